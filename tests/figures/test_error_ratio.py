"""Errors of rivals over the law's: a log axis, arrows beyond its ends, a marker a member."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from neurouniv import figures
from neurouniv.figures import style
from neurouniv.figures.numbers import number


def test_error_ratios_stand_on_a_log_axis_with_their_intervals_and_directions_in_words(compared, with_ratios):
    figure = figures.comparison(with_ratios((1.0, 3.0, 0.95)))
    right = figure.axes[2]
    assert right.get_xscale() == "log"
    low, high = right.get_xlim()
    assert low < 0.8 < 3.3 < high
    drawn = {line.get_label(): line for line in right.get_lines()}
    assert "universal" not in drawn
    assert drawn["static"].get_xdata() == pytest.approx([3.0])
    assert drawn["static"].get_markerfacecolor() == style.LAW_COLOURS["static"]  # its interval is above 1
    assert drawn["exponential"].get_markerfacecolor() == "white"  # .855 to 1.045 holds 1
    ends = sorted(segment[:, 0].tolist() for group in right.collections for segment in group.get_segments())
    np.testing.assert_allclose(ends, [[0.855, 1.045], [2.7, 3.3]])
    words = {text.get_text(): text for text in right.texts}
    assert {"← rival better", "law better →", "law on trial"} <= set(words)
    figure.draw_without_rendering()
    one = right.transData.transform((1, 0))[0]
    assert words["← rival better"].get_window_extent().x1 < one < words["law better →"].get_window_extent().x0
    assert len(figures.comparison(compared()).axes) == 2


def test_ratios_off_the_scale_are_arrows_with_their_number_and_do_not_wreck_it(with_ratios):
    figure = figures.comparison(with_ratios((1.0, 1e4, 1e-3)))
    right = figure.axes[2]
    assert right.get_xlim()[1] < 30
    drawn = {line.get_label(): line for line in right.get_lines()}
    assert drawn["static"].get_marker() == "$\u2192$"
    assert drawn["exponential"].get_marker() == "$\u2190$"
    assert {number(1e4), number(1e-3)} <= {text.get_text() for text in right.texts}


def test_members_have_a_ratio_each_and_unknown_ones_are_left_out(with_ratios):
    result = with_ratios((1.0, 2.0, 3.0))
    factor = xr.DataArray([1.0, 2.0, np.nan], dims="layer")
    ratios = {name: factor * result[name] for name in ("error_ratio", "error_ratio_interval")}
    right = figures.comparison(result.assign(ratios)).axes[2]
    seen = [float(line.get_xdata()[0]) for line in right.get_lines() if line.get_label() == "static"]
    assert seen == [2.0, 4.0]
    assert number(np.sqrt(8)) in {text.get_text() for text in right.texts}
