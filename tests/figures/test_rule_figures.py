"""What learning rules predict differently, and re-learning after a switch, in pictures."""

import numpy as np
import pytest

from neurouniv import InputError, figures


def test_a_row_is_a_rule_and_its_marks_are_its_numbers(signed, texts, drawn):
    found = signed(members=3, observed=True)
    figure = drawn(figures.rule_signatures(found))
    events, classes, growth, ends = figure.axes
    labels = [label.get_text() for label in events.get_yticklabels()]
    assert labels == ["observed", "universal (backprop)", "feedback alignment", "hebbian"]
    lines = {line.get_label(): line for line in events.get_lines()}
    np.testing.assert_allclose(lines["squared distances"].get_xdata(), found.half_euclidean.mean("seed"))
    np.testing.assert_allclose(lines["squared distances"].get_ydata(), range(4))
    widths = [bar.get_width() for bar in classes.patches]
    np.testing.assert_allclose(widths, found.within_per_between.mean("seed").fillna(0.0))
    assert "see note" in texts(figure)
    assert "40 " not in [text.get_text() for text in growth.texts]
    assert any("\N{RIGHTWARDS ARROW}" in text.get_text() for text in growth.texts)
    assert ends.get_xlim()[1] > 1


def test_time_counts_from_the_first_frame(signed):
    late = signed().assign_coords(time=signed().time + 100)
    late = late.assign({name: late[name] + 100 for name in ("half_loss", "half_euclidean", "half_correlation")})
    for one, other in zip(
        *(figures.rule_signatures(part).axes[0].get_lines() for part in (signed(), late)), strict=True
    ):
        np.testing.assert_allclose(np.asarray(other.get_xdata(), float), np.asarray(one.get_xdata(), float))


def test_a_switch_shows_how_pairs_moved_and_what_a_law_without_memory_says(switched, texts, drawn):
    result = switched()
    figure = drawn(figures.rule_switch(result))
    left, right = figure.axes
    observed = {line.get_label(): line for line in left.get_lines()}["observed"]
    np.testing.assert_allclose(observed.get_ydata(), result.h.mean(("seed", "pair")))
    [points] = [line for line in right.get_lines() if line.get_marker() == "o"]
    moved = (result.h.isel(time=-1) - result.h.isel(time=2)).transpose("seed", "pair").values.ravel()
    np.testing.assert_allclose(points.get_xdata(), moved)
    np.testing.assert_allclose(points.get_ydata(), 1.02 * moved)
    assert "universal, then weight decay" in texts(figure)
    assert "learned before: R² 0.980" in texts(figure)
    assert "(µV²)" in texts(figure)
    assert "outside" in texts(figure)


def test_what_is_no_result_is_told(signed, switched):
    with pytest.raises(InputError, match="rule_signatures"):
        figures.rule_signatures(switched())
    with pytest.raises(InputError, match="relearning"):
        figures.rule_switch(signed())
