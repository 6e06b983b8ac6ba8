"""RDMs to which nothing is fitted: thin lines with their names."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from matplotlib.colors import to_hex

from neurouniv import figures


def test_baselines_are_thin_grey_lines_named_at_their_ends_without_touching(compared, texts, lines, with_baselines):
    result = with_baselines(compared())
    figure = figures.comparison(result)
    drawn, left = lines(figure), figure.axes[0]
    for name, value in zip(result.baseline.values, [0.9, 0.89, 0.88, 0.2], strict=True):
        line = drawn[str(name)]
        np.testing.assert_allclose(line.get_ydata(), value + 0.05 * np.linspace(0, 1, 8))
        assert line.get_linewidth() < min(drawn[str(law)].get_linewidth() for law in result.law.values)
        assert line.get_zorder() < drawn["universal"].get_zorder()
        red, green, blue = (int(to_hex(line.get_color())[i : i + 2], 16) for i in (1, 3, 5))
        assert max(red, green, blue) - min(red, green, blue) < 16
    labels = [text for text in left.texts if text.get_text() in ("class means", "stimuli", "dx·dy*", "targets")]
    assert [text.get_text() for text in labels] == ["targets", "dx·dy*", "stimuli", "class means"]  # as lines end
    figure.draw_without_rendering()
    boxes = [text.get_window_extent() for text in labels]
    assert all(low.y1 <= high.y0 + 1 for low, high in pairwise(boxes))
    assert "nothing fitted" in texts(figure)
    assert "nothing fitted" not in texts(figures.comparison(compared()))


def test_a_baseline_known_at_no_time_is_left_out(compared, texts, with_baselines):
    result = with_baselines(compared())
    gone = result.assign(baseline_geometry=result.baseline_geometry.where(result.baseline != "targets"))
    assert "targets" not in texts(figures.comparison(gone))
