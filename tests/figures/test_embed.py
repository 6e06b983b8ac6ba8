"""Figures inside a page."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from neurouniv.figures.embed import LARGEST_SVG, data_uri


def test_a_heavy_figure_is_embedded_as_png_and_a_light_one_as_svg():
    figure = Figure()
    ax = figure.add_subplot()
    ax.plot([0, 1])
    assert data_uri(figure).startswith("data:image/svg+xml;base64,")
    assert data_uri(figure) == data_uri(figure)
    ax.scatter(*np.random.default_rng(0).random((2, 10_000)))
    heavy = data_uri(figure)
    assert heavy.startswith("data:image/png;base64,")
    assert len(heavy) < 2 * LARGEST_SVG
