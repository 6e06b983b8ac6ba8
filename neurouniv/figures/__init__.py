"""Figures: each takes Datasets and returns a `matplotlib.figure.Figure`. matplotlib only; no global state."""

from typing import TYPE_CHECKING

from neurouniv.figures.agreement import agreement
from neurouniv.figures.column import to_column
from neurouniv.figures.constants_along import constants_along
from neurouniv.figures.data_collapse import collapse
from neurouniv.figures.diagnostics import profiles, waterfall
from neurouniv.figures.final_rdms import geometry, geometry_scores
from neurouniv.figures.fitted_constants import constants
from neurouniv.figures.group_courses import group_means, time_courses
from neurouniv.figures.law_comparison import comparison
from neurouniv.figures.rdm_animation import animation
from neurouniv.figures.rdm_film import film
from neurouniv.figures.rdm_matrix import rdm
from neurouniv.figures.rdm_mds import mds
from neurouniv.figures.rdm_shepard import shepard
from neurouniv.figures.rdm_tree import dendrogram
from neurouniv.figures.rsa_matrix import rsa_matrix
from neurouniv.figures.rsa_models import rsa
from neurouniv.figures.rsa_parts import variance_parts
from neurouniv.figures.rsa_weights import mixture_weights
from neurouniv.figures.rule_confusion import rule_confusion
from neurouniv.figures.rule_probabilities import rule_probabilities
from neurouniv.figures.rule_signatures import rule_signatures
from neurouniv.figures.rule_switch import rule_switch
from neurouniv.figures.searchlight_map import searchlight_map
from neurouniv.figures.shown import show
from neurouniv.figures.simulated_studies import confusion, power
from neurouniv.figures.study_constants import constants_map
from neurouniv.figures.study_similarity import similarity_map
from neurouniv.figures.study_verdicts import verdict_map
from neurouniv.figures.system_pairs import alike, between
from neurouniv.figures.two_point_curves import curve_scores, curves, curves_grid
from neurouniv.figures.verdict import constants_of, courses, explained, master_curve

__all__ = [
    "agreement", "alike", "animation", "between", "collapse", "comparison", "confusion", "constants",
    "constants_along", "constants_map", "constants_of", "courses", "curve_scores", "curves", "curves_grid",
    "dendrogram", "explained", "film", "geometry", "geometry_scores", "group_means", "master_curve", "mds",
    "mixture_weights", "power", "profiles", "rdm", "rsa", "rsa_matrix", "rule_confusion", "rule_probabilities",
    "rule_signatures", "rule_switch", "searchlight_map", "shepard", "show", "similarity_map", "time_courses",
    "to_column", "variance_parts", "verdict_map", "waterfall",
]  # fmt: skip

if not TYPE_CHECKING:  # for a type checker, a name that is not there stays an error

    def __getattr__(name: str) -> object:
        from neurouniv.got import no_such_attribute

        raise no_such_attribute(__name__, name, __all__)
