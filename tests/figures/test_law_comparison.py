"""Laws beside the ceiling: means, intervals, what others predict, and a legend in rows."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from neurouniv import figures
from neurouniv.figures.numbers import number
from neurouniv.schema import InputError


def test_comparison_writes_means_marks_the_ceiling_and_keeps_its_scale(compared, texts, lines):
    result = compared()
    figure = figures.comparison(result)
    left, right = figure.axes
    for law in result.law.values:
        assert number(float(result.dynamics.sel(law=law).mean())) in texts(figure)
        np.testing.assert_allclose(lines(figure)[law].get_ydata().mean(), lines(figure)[law].get_ydata())
    assert right.get_xlim()[0] > -0.5
    assert left.get_xlabel() == "learning time (epochs)"
    assert "noise ceiling not known" not in texts(figure)
    without = result.drop_vars(["geometry_ceiling", "dynamics_ceiling"])
    assert "noise ceiling not known" in texts(figures.comparison(without))


def test_comparison_marks_what_other_members_predict(compared):
    """One dotted line at the mean; none where there are no other members."""

    def dotted(result):
        right = figures.comparison(result).axes[1]
        return [line.get_xdata()[0] for line in right.get_lines() if line.get_linestyle() == ":"]

    alone = compared()
    np.testing.assert_allclose(dotted(alone.assign(others=("fold", [0.5, 0.6, 0.7, 0.8]))), [0.65])
    assert dotted(alone.assign(others=("fold", [np.nan] * 4))) == dotted(alone) == []


def test_comparison_needs_what_compare_gives(compared):
    with pytest.raises(InputError, match="dynamics"):
        figures.comparison(compared().drop_vars("dynamics"))


def test_comparison_draws_the_intervals_it_is_given(compared, with_intervals, texts):
    result = with_intervals()
    figure = figures.comparison(result)
    segments = [seg for group in figure.axes[1].collections for seg in getattr(group, "get_segments", list)()]
    ends = {round(float(seg[0, 1])): seg[:, 0] for seg in segments}
    for row, law in enumerate(result.law.values):
        expected = result.dynamics_interval.sel(law=law).values.ravel()
        np.testing.assert_allclose(ends[row], np.maximum(expected, -0.25))
    assert "95 % interval" in texts(figure)
    assert "95 % interval" not in texts(figures.comparison(compared()))


def test_intervals_over_subjects_together_go_with_the_dots_of_every_subject(compared, lines):
    """R2 of every subject and layer; intervals of a layer are those of all its subjects."""
    result = compared().isel(fold=[0, 1]).rename(fold="seed")
    both = xr.concat([result.dynamics, result.dynamics - 0.1], "layer")
    ends = both.mean("seed") + xr.DataArray([-0.05, 0.05], {"bound": ["lower", "upper"]}, ("bound",))
    figure = figures.comparison(result.assign(dynamics=both, dynamics_interval=ends))
    segments = [segment for group in figure.axes[1].collections for segment in group.get_segments()]
    assert len(segments) == 2 * result.sizes["law"]
    assert lines(figure)["universal folds"].get_xdata().size == 4


def test_numbers_of_a_comparison_stand_beside_its_panel(compared, drawn):
    figure = drawn(figures.comparison(compared(systems=2)))
    for ax in figure.axes[1::2]:
        edge = ax.get_window_extent().x1
        assert len(ax.texts) == 3
        assert all(text.get_window_extent().x0 >= edge for text in ax.texts)


@pytest.mark.parametrize("laws", range(2, 10))
def test_rows_of_a_legend_are_balanced(laws, compared):
    result = compared().isel(law=[i % 3 for i in range(laws)]).assign_coords(law=[f"law {i}" for i in range(laws)])
    legend = figures.comparison(result).legends[0]
    entries, columns = len(legend.get_texts()), legend._ncols
    rows = -(-entries // columns)
    assert columns <= 6
    assert rows * columns - entries < rows
