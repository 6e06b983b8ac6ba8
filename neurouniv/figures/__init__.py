"""Figures: each takes Datasets and returns a `matplotlib.figure.Figure`. matplotlib only; no global state."""

from neurouniv.figures.answer import constants_of, courses, explained, master_curve
from neurouniv.figures.between import alike, between
from neurouniv.figures.collapse import collapse
from neurouniv.figures.comparison import comparison
from neurouniv.figures.constants import constants
from neurouniv.figures.curves import curve_scores, curves, curves_grid
from neurouniv.figures.diagnostics import profiles, waterfall
from neurouniv.figures.geometry import geometry, geometry_scores
from neurouniv.figures.power import confusion, power
from neurouniv.figures.time_courses import group_means, time_courses

__all__ = [
    "alike", "between", "collapse", "comparison", "confusion", "constants", "constants_of", "courses", "curve_scores",
    "curves", "curves_grid", "explained", "geometry", "geometry_scores", "group_means", "master_curve", "power",
    "profiles", "time_courses", "waterfall",
]  # fmt: skip
