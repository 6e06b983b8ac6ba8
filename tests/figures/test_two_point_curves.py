"""Curves of a pair: the data as given, in the colours of the paper, with their R2."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from neurouniv import figures
from neurouniv.figures import style
from neurouniv.figures.numbers import number
from neurouniv.schema import InputError


def test_curves_have_the_colours_of_the_paper_and_data_solid_law_dotted(two_points, lines):
    figure = figures.curves(*two_points())
    drawn = lines(figure)
    hues = {"h": "green", "y": "orange", "w": "blue"}
    for name, hue in hues.items():
        assert drawn[name].get_linestyle() == "-"
        assert drawn[f"{name} law"].get_linestyle() == ":"
        red, green, blue = (int(to_hex(drawn[name].get_color())[i : i + 2], 16) for i in (1, 3, 5))
        order = {"green": green > max(red, blue), "orange": red > green > blue, "blue": blue > max(red, green)}
        assert order[hue]


def test_curves_draw_the_data_they_are_given(two_points, lines):
    traj, prediction = two_points()
    drawn = lines(figures.curves(traj, prediction))
    for name in ("h", "y", "w"):
        np.testing.assert_array_equal(drawn[name].get_ydata(), traj[name].isel(pair=0))
        np.testing.assert_array_equal(drawn[f"{name} law"].get_ydata(), prediction[name].isel(pair=0))


def test_curves_write_the_computed_r2_and_the_unit_of_time(two_points, texts):
    traj, prediction = two_points()
    figure = figures.curves(traj, prediction, title="shallow")
    for name, value in figures.curve_scores(traj, prediction).items():
        error, total = ((traj[name] - prediction[name]) ** 2).sum(), ((traj[name] - traj[name].mean()) ** 2).sum()
        assert float(value) == pytest.approx(1 - float(error / total))
        assert f"{name} {number(float(value))}" in texts(figure)
    assert figure.axes[0].get_xlabel() == "learning time (epochs)"
    assert "shallow" in texts(figure)


def test_h_gets_an_axis_of_its_own_only_where_its_scale_differs_and_zeros_align(two_points):
    assert len(figures.curves(*two_points()).axes) == 1
    ax, right = figures.curves(*two_points(scale=50)).axes
    assert [line.get_label() for line in right.get_lines()] == ["h", "h law"]
    zero, right_zero = (-low / (high - low) for low, high in (ax.get_ylim(), right.get_ylim()))
    assert zero == pytest.approx(right_zero)


def test_curves_of_seeds_show_every_member_and_say_so(two_points, texts):
    figure = figures.curves(*two_points(seeds=4))
    assert "bold: seed 0; thin: 3 more" in texts(figure)
    green = [line for line in figure.axes[0].get_lines() if line.get_color() == style.COLOURS["h"]]
    assert len(green) == 4


def test_curves_draws_on_the_axes_it_is_given(two_points):
    figure = Figure()
    ax = figure.add_subplot()
    assert figures.curves(*two_points(), ax=ax) is figure
    assert len(ax.get_lines()) == 7


def test_curves_of_many_pairs_say_what_to_do(classes_of_three):
    with pytest.raises(InputError, match="time_courses"):
        figures.curves(*classes_of_three())


@pytest.mark.parametrize("columns", [1, 2, 3, 4])
def test_the_legend_of_a_grid_is_within_the_figure(two_points, columns):
    figure = figures.curves_grid({name: two_points() for name in "abcd"}, columns)
    figure.canvas.draw()
    box, whole = figure.legends[0].get_window_extent(), figure.bbox
    assert whole.x0 <= box.x0 < box.x1 <= whole.x1


def test_grid_has_a_panel_a_system_and_one_legend(two_points):
    figure = figures.curves_grid({name: two_points() for name in "abcde"})
    assert len(figure.axes) == 5
    assert len(figure.legends) == 1
    with pytest.raises(InputError, match="at least one system"):
        figures.curves_grid({})
