"""The laws users fit: the universal law, the published two-point law pair by pair, and their rivals."""

from neurouniv.laws.altered import (
    DoubledOutput,
    DoubledRepresentation,
    OutputWithoutEncoder,
    ReversedAlignment,
    VelocityLaw,
)
from neurouniv.laws.curves import ExponentialModel, GainModel, LazyModel, StaticModel, StepModel, TargetModel
from neurouniv.laws.driven import DrivenModel, InheritedModel
from neurouniv.laws.free import FreeModel
from neurouniv.laws.law import Law
from neurouniv.laws.mixture import MixtureModel
from neurouniv.laws.pairwise import PairwiseModel
from neurouniv.laws.rules import RULES
from neurouniv.laws.scaled_input import ScaledInputModel
from neurouniv.laws.template import TemplateModel
from neurouniv.laws.universal import UniversalModel
from neurouniv.names import Named

ALTERED = (DoubledOutput, DoubledRepresentation, ReversedAlignment, OutputWithoutEncoder)
OF_INPUT = (DrivenModel, ScaledInputModel, InheritedModel)
_ALL: tuple[type[Law], ...] = (
    UniversalModel, PairwiseModel, StaticModel, ExponentialModel, StepModel, GainModel, LazyModel, TargetModel,
    *ALTERED, *RULES, *OF_INPUT, FreeModel,
)  # fmt: skip
_ALSO = {"constant": "static", "null": "static", "no change": "static", "linear": "lazy", "saturating": "exponential",
         "two_point": "pairwise", "two-point": "pairwise", "spline": "free"}  # fmt: skip
LAWS = Named({law.name: law for law in _ALL}, "law", _ALSO)
"""All laws that need nothing but a trajectory, by name: rivals, help texts and colours follow from it. "exposure" needs
its numbers of trials too, those in `OF_INPUT` the movie of the area's input (`neurouniv.driven_by`)."""

RIVALS = Named({name: law for name, law in LAWS.items() if law not in (UniversalModel, PairwiseModel)}, "rival", _ALSO)

COMPARED = tuple(law.name for law in (StaticModel, ExponentialModel, StepModel, GainModel, TargetModel))
"""The rivals a comparison has unless others are named: those that can predict pairs they have not seen, and differ."""

__all__ = [
    "ALTERED", "COMPARED", "LAWS", "OF_INPUT", "RIVALS", "RULES", "DrivenModel", "Law", "MixtureModel",
    "PairwiseModel", "TemplateModel", "UniversalModel", "VelocityLaw",
]  # fmt: skip
