"""Figures of learning rules: what is drawn is what the result holds, and doubts are not left out."""

from __future__ import annotations

import io

import numpy as np
import pytest
import xarray as xr
from matplotlib.colors import to_hex

from neurouniv import figures
from neurouniv.figures.rule_probabilities import ALIKE, OTHER
from neurouniv.schema import InputError


def bars(ax):
    return [(round(bar.get_width(), 6), to_hex(bar.get_facecolor())) for bar in ax.patches]


def within(figure):
    figure.savefig(io.BytesIO(), format="svg")
    box, (width, height) = figure.get_tightbbox(), figure.get_size_inches()
    return min(box.x0, box.y0, width - box.x1, height - box.y1) >= -0.02


def test_bars_are_probabilities_and_the_group_has_a_colour(compared_rules, texts):
    figure = figures.rule_probabilities(compared_rules())
    left, right = figure.axes
    assert bars(left) == [(0.5, ALIKE), (0.42, ALIKE), (0.078, OTHER), (0.002, OTHER)]
    assert [label.get_text() for label in left.get_yticklabels()][:2] == ["backprop", "lazy learning"]
    words = texts(figure)
    for text in ("50%", "<1%", "not separated", "Doubts: One doubt.", "The rule is backprop (50%)", "from 90%"):
        assert text in words
    assert "a member by itself" not in words
    assert right.get_xscale() == "log"
    assert within(figure)


def test_rows_are_in_the_order_of_probabilities(compared_rules):
    figure = figures.rule_probabilities(compared_rules([0.02, 0.03, 0.05, 0.9]), title="Mine")
    names = [label.get_text().split(" (")[0] for label in figure.axes[0].get_yticklabels()]
    assert names == ["none of these", "feedback alignment", "lazy learning", "backprop"]
    assert bars(figure.axes[0])[0] == (0.9, ALIKE)
    assert "named" in "".join(text.get_text() for text in figure.legends[0].get_texts())


def test_ratios_are_hollow_where_the_interval_holds_one_and_have_an_arrow_off_the_scale(compared_rules):
    right = figures.rule_probabilities(compared_rules()).axes[1]
    marks = {line.get_ydata()[0]: line for line in right.get_lines() if len(line.get_ydata()) == 1}
    assert [marks[row].get_markerfacecolor() for row in (0, 1)] == ["white", "white"]
    assert marks[2].get_markerfacecolor() != "white"
    assert marks[2].get_xdata()[0] == pytest.approx(2.0)
    assert marks[3].get_marker() == "$\u2192$"
    assert [text.get_text() for text in right.texts] == ["smallest", "1.05", "2.00", "30.0"]


@pytest.mark.slow
def test_members_are_points_and_layers_have_panels(compared_rules, texts):
    left = figures.rule_probabilities(compared_rules(members=3)).axes[0]
    points = [line.get_xdata() for line in left.get_lines() if len(line.get_xdata()) == 3]
    np.testing.assert_allclose(points[0], 0.5 * np.linspace(0.9, 1.1, 3))
    layers = figures.rule_probabilities(compared_rules(layers=8))
    assert len(layers.axes) == 12
    assert layers.axes[2].get_title(loc="left") == "layer 2"
    assert "6 of 8 panels are drawn" in texts(layers)
    assert within(layers)


def test_without_probabilities_there_is_no_bar_and_no_level(compared_rules, texts):
    figure = figures.rule_probabilities(compared_rules([np.nan] * 4, doubts=""))
    assert {width for width, _ in bars(figure.axes[0])} == {0.0}
    assert texts(figure).count("not known") == 4
    assert not any(word in texts(figure) for word in ("named from", "less probable", "Doubts"))


def test_results_of_other_things_are_refused():
    with pytest.raises(InputError, match=r"neurouniv rules traj\.nc --out"):
        figures.rule_probabilities(xr.Dataset({"h": ("pair", [1.0])}))


@pytest.fixture
def counts():
    names = ["backprop", "lazy", "none", "growth on one clock"]
    values = np.array([[[8, 2, 0, 0], [0, 400, 1, 0], [3, 0, 0, 0], [0, 0, 0, 0]]] * 2)
    result = xr.Dataset(
        {"confusion": (("view", "true", "best"), values)}, {"view": ["whole", "spikes"], "true": names, "best": names}
    )
    reliability = {"reliability": ("bin", [0.4, 0.96]), "reliability_count": ("bin", [20, 300])}
    reliability["reliability_interval"] = ("bin", "bound"), [[0.2, 0.6], [0.94, 0.98]]
    return result.assign(reliability).assign_coords(bin=[0.5, 0.95], bound=["lower", "upper"])


def test_confusions_have_shares_counts_and_totals(counts, texts):
    figure = figures.rule_confusion(counts, title="Mine")
    whole, spikes, reliability = figure.axes[:3]
    assert [ax.get_title(loc="left").split("\n")[0] for ax in figure.axes[:3]] == [
        "whole", "spikes", "Are probabilities right?",
    ]  # fmt: skip
    shown = [text.get_text() for text in whole.texts]
    assert shown[:4] == ["80%", "8", "20%", "2"]
    assert "<1%" in shown  # 1 of 401 is not 0
    assert {"n = 10", "n = 401", "n = 3", "n = 0"} <= set(shown)
    np.testing.assert_allclose(whole.images[0].get_array()[0], [0.8, 0.2, 0, 0])
    assert [label.get_text().replace("\n", " ") for label in spikes.get_yticklabels()] == [
        "backprop", "lazy learning", "none of these", "growth on one clock",
    ]  # fmt: skip
    np.testing.assert_allclose(reliability.get_lines()[-1].get_xydata(), [[0.5, 0.4], [0.95, 0.96]])
    assert {"20", "300"} <= {text.get_text() for text in reliability.texts}
    assert "95 % intervals" in texts(figure)
    assert within(figure)


def test_confusions_of_one_view_and_without_reliability(counts, texts):
    bare = counts.drop_vars(["reliability_count", "reliability_interval"]).isel(view=0, drop=True)
    assert "95 %" not in texts(figures.rule_confusion(bare))
    assert len(figures.rule_confusion(bare.drop_vars("reliability")).axes) == 1
    for wrong, message in (
        (counts.rename(best="law"), "over view, true and best"),
        (counts.drop_vars("bin"), "reliability is over `bin`"),
        (xr.Dataset({"best": ("truth", [1.0])}), "confusion"),
    ):
        with pytest.raises(InputError, match=message):
            figures.rule_confusion(wrong)
