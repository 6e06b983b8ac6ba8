"""Figures in a journal's column: they fit, or are refused as they were."""

import numpy as np
import pytest
from matplotlib.text import Text

from neurouniv import InputError, figures


@pytest.mark.slow
@pytest.mark.parametrize("width", [89, 183])
def test_every_figure_fits_or_is_refused_unchanged(draw, width):
    figure = draw()
    size, letters = figure.get_size_inches().copy(), {text: text.get_fontsize() for text in figure.findobj(Text)}
    try:
        figures.to_column(figure, width)
    except InputError:
        np.testing.assert_array_equal(figure.get_size_inches(), size)
        assert {text: text.get_fontsize() for text in letters} == letters
    else:
        box = figure.get_tightbbox()
        assert figure.get_size_inches()[0] == pytest.approx(width / 25.4)
        assert min(box.x0, width / 25.4 - box.x1) > -0.05
        assert min(text.get_fontsize() for text in figure.findobj(Text) if text.get_text()) >= 5


@pytest.mark.slow
def test_plain_figures_fit_a_column(classes_of_three):
    for draw in (figures.rdm, figures.time_courses, figures.dendrogram):
        assert figures.to_column(draw(classes_of_three()[0])).get_size_inches()[0] == pytest.approx(89 / 25.4)


def test_a_width_is_millimetres(classes_of_three):
    with pytest.raises(InputError, match="millimetres"):
        figures.to_column(figures.rdm(classes_of_three()[0]), 3.5)
