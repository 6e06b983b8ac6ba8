"""The page of every figure draws every figure."""

import re

from neurouniv import figures

NO_FIGURES = {"curve_scores", "geometry_scores", "group_means", "show"}
"""Numbers, and what shows a figure outside of notebooks."""


def test_every_figure_is_on_the_page(docs):
    named = set(re.findall(r"nu\.figures\.(\w+)", (docs / "figures" / "every_figure.py").read_text()))
    assert set(figures.__all__) - NO_FIGURES - named == set()
