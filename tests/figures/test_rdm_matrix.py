"""One RDM drawn: its numbers at the places of its names, and what was averaged, missing or negative is said."""

from __future__ import annotations

from itertools import pairwise

import dask.array as da
import matplotlib as mpl
import numpy as np
import pytest
import xarray as xr
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from scipy.spatial.distance import pdist, squareform

import neurouniv as nu
from neurouniv import figures


@pytest.fixture
def movie(pair_coords):
    """Random RDMs (region, subject, time, pair) of five conditions, not in the order of the alphabet."""
    names = ["d", "a", "e", "b", "c"]
    h = np.random.default_rng(0).uniform(1, 9, (2, 3, 4, 10))
    coords = pair_coords(names) | {"condition": names, "region": ["V1", "IT"], "subject": ["s1", "s2", "s3"]}
    coords["time"] = "time", [1.0, 2.0, 4.0, 8.0], {"units": "days", "axis": "learning"}
    return xr.Dataset({"h": (("region", "subject", "time", "pair"), h, {"units": "V^2"})}, coords)


def said(figure, texts):
    """All that is written, in one line."""
    return texts(figure).replace("\n", " ")


def drawn_matrix(figure):
    """The matrix drawn and the names of its rows and columns."""
    ax = figure.axes[0]
    names = [[label.get_text() for label in axis.get_ticklabels()] for axis in (ax.xaxis, ax.yaxis)]
    return ax.images[0].get_array().filled(np.nan), names


def test_numbers_stand_at_their_names_in_every_order(movie):
    wanted = nu.to_square(movie).sel(region="IT", subject="s2", time=4.0)
    for order, names in (
        (None, list("daebc")),
        ("given", list("daebc")),
        ("alphabet", list("abcde")),
        (list("cab"), list("cab")),
    ):
        matrix, (below, left) = drawn_matrix(figures.rdm(movie, 4.0, order=order, region="IT", subject="s2"))
        assert below == left == names
        np.testing.assert_array_equal(matrix, wanted.sel(condition=names, condition_=names))


def test_members_are_averaged_and_it_is_said_with_the_time(movie, texts):
    figure = figures.rdm(movie, region="V1")
    mean = squareform(movie.h.sel(region="V1").mean("subject").isel(time=-1).values)
    np.testing.assert_allclose(drawn_matrix(figure)[0], mean)
    assert "day 8 · region V1 · mean over 3 subjects" in said(figure, texts)


def test_a_pair_that_a_member_lacks_is_a_mean_of_fewer_and_it_is_said(movie, texts):
    movie["h"][0, 0, -1, 2] = np.nan
    figure = figures.rdm(movie, region="V1")
    assert drawn_matrix(figure)[0][0, 3] == pytest.approx(float(movie.h[0, 1:, -1, 2].mean()))
    assert "1 values are means of fewer" in said(figure, texts)


def test_a_region_is_asked_for_never_picked(movie):
    with pytest.raises(nu.InputError, match=r"2 x region \(V1, IT\). Choose one: region='V1' \(.*--select region=V1\)"):
        figures.rdm(movie)


def test_missing_pairs_are_grey_and_counted_whether_they_are_nan_or_absent(movie, texts, drawn):
    one = movie.h.isel(region=0, subject=0, time=0)
    one[3] = np.nan
    figure = drawn(figures.rdm(one.isel(pair=slice(9))))
    matrix, _ = drawn_matrix(figure)
    assert np.isnan(matrix).sum() == 4
    assert "2 of 10 pairs missing (grey)" in said(figure, texts)
    assert to_hex(figure.axes[0].images[0].cmap(np.ma.masked)) == "#c9c9d0"


def test_negative_distances_are_blue_and_zero_is_not(movie, texts):
    one = movie.h.isel(region=0, subject=0, time=0).assign_attrs(metric="crossnobis")
    one[0] = -2.0
    image = figures.rdm(one).axes[0].images[0]
    colours = image.cmap(image.norm([-2.0, -1.0, 0.0, 0.1, float(one.max())]))
    assert (colours[:2, 2] > colours[:2, 0]).all()
    assert (colours[2:4, 0] > colours[2:4, 2]).all()
    np.testing.assert_allclose(colours[-1], mpl.colormaps["magma_r"](1.0))
    assert "1 of 10 below 0 (blue): noise of crossvalidation" in said(figures.rdm(one), texts)


def test_the_bar_has_words_units_and_the_limits_asked_for(movie, texts, drawn):
    h = movie.h.isel(region=0, subject=0, time=-1).assign_attrs(metric="sqeuclidean")
    figure = drawn(figures.rdm(h.copy(data=1e-12 * h)))
    assert "squared Euclidean distance (µV²)" in said(figure, texts)
    data = figures.rdm(h, limits="data").axes[0].images[0]
    assert (data.norm.vmin, data.norm.vmax) == (float(h.min()), float(h.max()))
    assert to_hex(data.cmap(data.norm(0.0))) == "#ffffff"
    assert figures.rdm(h, limits=(2, 3)).axes[0].images[0].norm.vmax == 3.0
    with pytest.raises(nu.InputError, match="ends of the colour scale"):
        figures.rdm(h, limits=(3, 2))


def test_conditions_of_a_class_stand_together_under_its_name(classes_of_three, texts):
    traj, _ = classes_of_three(per_class=3, classes=4)
    figure = figures.rdm(traj)
    _, (below, _) = drawn_matrix(figure)
    assert below == [f"c{i}" for label in range(4) for i in range(label, 12, 4)]
    assert {"0", "1", "2", "3"} <= set(texts(figure).splitlines())
    given = figures.rdm(traj, classes={f"c{i}": "first" if i < 6 else "second" for i in range(12)}, order="given")
    assert drawn_matrix(given)[1][0] == [f"c{i}" for i in range(12)]
    assert {"first", "second"} <= set(texts(given).splitlines())
    mixed = figures.rdm(traj, order="given")
    assert [text.get_text() for text in mixed.legends[0].get_texts()] == ["0", "1", "2", "3"]
    with pytest.raises(nu.InputError, match=r"'c1', 'c2'.* have none"):
        figures.rdm(traj, classes={"c0": "x"})


def test_it_is_drawn_on_axes_of_ones_own_and_leaves_their_figure(movie):
    figure = Figure(figsize=(8, 4))
    left, right = figure.subplots(1, 2)
    assert figures.rdm(movie, ax=right, region="V1", title="mine") is figure
    assert not left.images
    assert right.get_title(loc="left") == "mine"


@pytest.mark.slow
@pytest.mark.parametrize(("count", "length"), [(4, 5), (12, 60), (24, 12), (40, 9), (92, 9), (200, 6)])
def test_names_never_touch_and_stay_within_the_figure(count, length, pair_coords, drawn):
    names = [f"{'x' * (length - 3)}{i:03d}" for i in range(count)]
    h = xr.DataArray(pdist(np.random.default_rng(0).normal(size=(count, 3)), "sqeuclidean"), dims="pair")
    figure = drawn(figures.rdm(h.assign_coords(pair_coords(names))))
    ax = figure.axes[0]
    boxes = [label.get_window_extent() for label in ax.get_yticklabels()]
    assert all(one.y0 >= other.y1 - 0.25 * one.height for one, other in pairwise(boxes))
    sides = [label.get_window_extent() for label in ax.get_xticklabels()]
    assert all(one.x1 <= other.x0 + 0.25 * one.width for one, other in pairwise(sides))
    assert len({label.get_text() for label in ax.get_yticklabels()}) == len(boxes)
    box, (wide, high) = figure.get_tightbbox(), figure.get_size_inches()
    assert min(box.x0, box.y0, wide - box.x1, high - box.y1) >= -0.02


@pytest.mark.slow
def test_classes_that_rest_on_a_guess_say_so(classes_of_three, texts):
    traj, _ = classes_of_three(classes=4)
    guessed = traj.drop_vars("label").assign_attrs(task_from="a guess from the conditions' names")
    for draw in (figures.rdm, figures.film, figures.mds, figures.dendrogram):
        assert "classes: the task is not known, but a guess from the conditions' names" in said(draw(guessed), texts)
        assert "guess" not in said(draw(traj), texts)
    given = {name: "one" if name < "c5" else "two" for name in traj.condition.values.tolist()}
    assert "guess" not in said(figures.rdm(guessed, classes=given), texts)


def test_of_chunks_only_what_is_drawn_is_computed(movie):
    computed = []

    def block(block_info=None):
        computed.extend([block_info] if isinstance(block_info, dict) else [])  # else dask asks for the type alone
        return np.ones((1, 3, 4, 10))

    lazy = da.map_blocks(block, chunks=((1, 1), (3,), (4,), (10,)), dtype=float)
    figures.rdm(movie.assign(h=(movie.h.dims, lazy)), region="IT")
    assert len(computed) == 1
