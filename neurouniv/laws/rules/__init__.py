"""The laws of learning rules beside backprop's, which is the universal law: which rule does a system learn by?"""

from neurouniv.laws.rules.feedback import FeedbackAlignmentModel, WeightMirrorModel
from neurouniv.laws.rules.perturbation import HebbianModel, NodePerturbationModel
from neurouniv.laws.rules.predictive_coding import PredictiveCodingModel
from neurouniv.laws.rules.rule_law import RuleLaw
from neurouniv.laws.rules.tangent import TangentModel
from neurouniv.laws.rules.variants import ExposureModel, IdentityModel
from neurouniv.laws.rules.weight_decay import KolenPollackModel, WeightDecayModel

RULES = (
    FeedbackAlignmentModel, KolenPollackModel, WeightMirrorModel, PredictiveCodingModel, WeightDecayModel,
    NodePerturbationModel, HebbianModel, TangentModel, IdentityModel, ExposureModel,
)  # fmt: skip

__all__ = [
    "RULES", "ExposureModel", "FeedbackAlignmentModel", "HebbianModel", "IdentityModel", "KolenPollackModel",
    "NodePerturbationModel", "PredictiveCodingModel", "RuleLaw", "TangentModel", "WeightDecayModel",
    "WeightMirrorModel",
]  # fmt: skip
