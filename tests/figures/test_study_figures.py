"""Figures of a study: every bar has the counts of its systems, and no point or label is lost."""

import numpy as np
import pytest
import xarray as xr
from matplotlib.colors import to_rgb
from matplotlib.patches import Rectangle

import neurouniv as nu
from neurouniv import figures
from neurouniv.figures.study_verdicts import LOOKS
from neurouniv.universality.verdict.words import CANNOT_TELL, DESCRIBED, NOT_DESCRIBED, NOTHING


def groups_by_hand() -> xr.Dataset:
    """Verdicts on four networks, a brain, a recording and a world in which the law is false."""
    kinds = ["networks"] * 4 + ["brains", "recordings", "brains"]
    labels = {
        "kind": kinds, "name": ["mlp", "mlp", "mlp", "relu", "mouse", "monkey", "worlds"],
        "rule": ["backprop", "backprop", "weight_decay", "backprop", "backprop", "", ""],
        "sensors": ["", "", "", "", "spikes", "", "voxels"], "world": [""] * 6 + ["gain"],
    }  # fmt: skip
    decisions = [DESCRIBED, NOTHING, NOT_DESCRIBED, CANNOT_TELL, DESCRIBED, "", NOT_DESCRIBED]
    data = {"decision": ("group", decisions), "law_is": ("group", [""] * 6 + ["false"])}
    coords = {name: ("group", np.array(values)) for name, values in labels.items()}
    return xr.Dataset(data, coords | {"group": [f"g{i}" for i in range(7)]}, {"law": "universal"})


def systems_by_hand() -> xr.Dataset:
    """Constants of four systems, two of them doubtful, in two units of time."""
    values = np.array([[1e-3, 2e-3], [2e-3, 1e-2], [0.1, 0.3], [np.nan, 1.0]])
    data = {
        "constants": (("system", "law", "constant"), values[:, None]),
        "constants_interval": (("system", "law", "constant", "bound"), values[:, None, :, None] * [0.9, 1.1]),
        "converged": (("system", "law"), [[1.0], [0.0], [1.0], [1.0]]),
        "identified": (("system", "law"), [[1.0], [1.0], [1.0], [1.0]]),
    }
    coords = {
        "system": [f"s{i}" for i in range(4)], "law": ["universal"], "constant": ["eta_h", "eta_y"],
        "bound": ["lower", "upper"], "name": ("system", ["mlp", "mlp", "mouse", "mouse"]),
        "rule": ("system", ["backprop", "weight_decay", "", ""]),
        "time_unit": ("system", ["epochs", "epochs", "sessions", "sessions"]),
    }  # fmt: skip
    return xr.Dataset(data, coords)


def similarity_by_hand(count: int) -> xr.Dataset:
    """How alike so many systems are; the first shares no conditions with the others."""
    values = np.corrcoef(np.random.default_rng(0).normal(size=(count, 6)))
    values[0, 1:] = values[1:, 0] = np.nan
    names = np.array([f"kind {i // 3}" for i in range(count)])
    coords = {"group": [f"{name}, seeds 0 1, layer {i}" for i, name in enumerate(names)], "name": ("group", names)}
    return xr.Dataset({"similarity": (("group", "group_"), values)}, coords)


DRAWN = {
    "verdict_map": lambda: figures.verdict_map(groups_by_hand()),
    "constants_map": lambda: figures.constants_map(systems_by_hand()),
    "similarity_map": lambda: figures.similarity_map(similarity_by_hand(6)),
    "similarity_map of many": lambda: figures.similarity_map(similarity_by_hand(60)),
}


@pytest.mark.parametrize("name", DRAWN)
def test_is_drawn_within_its_edges(name):
    figure = DRAWN[name]()
    figure.draw_without_rendering()
    box, (width, height) = figure.get_tightbbox(), figure.get_size_inches()
    assert min(box.x0, box.y0, width - box.x1, height - box.y1) >= -0.02


def bars(ax):
    """Of every bar in a panel its place, and the width of the part of each verdict as a share of the bar."""
    words = {to_rgb(colour): word for word, (colour, _) in LOOKS.items() if word != NOTHING}
    parts = {}
    for patch in ax.patches:
        assert isinstance(patch, Rectangle)
        word = NOTHING if patch.get_hatch() else words[patch.get_facecolor()[:3]]
        place = (int(patch.get_x() + 0.01), int(patch.get_y()))
        parts.setdefault(place, {})[word] = patch.get_width()
    return {place: {word: width / sum(found.values()) for word, width in found.items()}
            for place, found in parts.items()}  # fmt: skip


def test_bars_are_cut_by_verdicts_and_worlds_stand_apart():
    figure = figures.verdict_map(groups_by_hand())
    titles = [ax.get_title(loc="left") for ax in figure.axes]
    assert titles == ["Networks", "Simulated brains that learn", "Recordings", "Worlds in which the law is false"]
    networks = figure.axes[0]
    assert [label.get_text() for label in networks.get_yticklabels()] == ["mlp", "relu"]
    assert [label.get_text() for label in networks.get_xticklabels()] == ["backprop", "weight\ndecay"]
    found = bars(networks)
    assert found[0, 0] == pytest.approx({DESCRIBED: 0.5, NOTHING: 0.5})
    assert found[1, 0] == pytest.approx({NOT_DESCRIBED: 1.0})
    assert found[0, 1] == pytest.approx({CANNOT_TELL: 1.0})
    assert (1, 1) not in found
    assert sorted(text.get_text() for text in networks.texts) == ["0/1", "0/1", "1/1"]
    assert bars(figure.axes[2])[0, 0] == {"": 1.0}
    assert bars(figure.axes[3])[0, 0] == {NOT_DESCRIBED: 1.0}


def test_settings_of_your_own_are_rows_and_columns():
    figure = figures.verdict_map(groups_by_hand(), rows="rule", columns="kind")
    (ax,) = figure.axes
    assert [label.get_text() for label in ax.get_yticklabels()] == ["backprop", "weight_decay", ""]
    with pytest.raises(nu.InputError, match="'depth'"):
        figures.verdict_map(groups_by_hand(), rows="depth")
    with pytest.raises(nu.InputError, match="verdicts"):
        figures.verdict_map(systems_by_hand())


def test_constants_have_a_point_for_every_system_that_has_them():
    figure = figures.constants_map(systems_by_hand())
    assert len(figure.axes) == 2  # a panel for every unit of time
    assert [sum(len(line.get_xdata()) for line in ax.lines) for ax in figure.axes] == [2, 1]
    hollow = [line for line in figure.axes[0].lines if line.get_markerfacecolor() == "none" and len(line.get_xdata())]
    assert [line.get_xdata().tolist() for line in hollow] == [[2e-3]]


@pytest.mark.parametrize("count", [6, 60])
def test_similarity_is_drawn_as_it_is(count):
    similarity = similarity_by_hand(count)
    figure = figures.similarity_map(similarity)
    image = figure.axes[0].images[0].get_array()
    assert np.array_equal(np.ma.filled(image, np.nan), similarity.similarity, equal_nan=True)
    assert len(figure.axes[0].get_yticklabels()) == (6 if count == 6 else 20)
