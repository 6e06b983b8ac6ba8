"""The tree of an RDM: scipy's joins, the names at their leaves, the colours of classes that hang together."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from matplotlib.colors import to_hex
from scipy.cluster.hierarchy import cophenet, linkage
from scipy.spatial.distance import pdist

import neurouniv as nu
from neurouniv import figures

METHODS = ("average", "complete", "single", "weighted", "ward")


@pytest.fixture
def patterns():
    return np.random.default_rng(3).normal(size=(7, 4))


@pytest.fixture
def rdm_of(pair_coords):
    def made(patterns):
        h = xr.DataArray(pdist(patterns, "sqeuclidean"), dims="pair", attrs={"units": "V^2", "metric": "sqeuclidean"})
        return h.assign_coords(pair_coords([f"c{i}" for i in range(len(patterns))]))

    return made


def joins(figure):
    """The heights at which clusters join, sorted."""
    return np.sort([path.vertices[:, 0].max() for path in figure.axes[0].collections[0].get_paths()])


@pytest.mark.parametrize("method", METHODS)
def test_clusters_join_where_scipy_joins_them(method, patterns, rdm_of):
    """Ward's linkage is of distances, the others of the squared distances as they are drawn elsewhere."""
    distances = pdist(patterns) if method == "ward" else pdist(patterns, "sqeuclidean")
    wanted = linkage(distances, method)
    np.testing.assert_allclose(joins(figures.dendrogram(rdm_of(patterns), linkage=method)), np.sort(wanted[:, 2]))


def test_leaves_are_the_conditions_and_fidelity_is_the_cophenetic_correlation(patterns, rdm_of, texts):
    h = rdm_of(patterns)
    figure = figures.dendrogram(h)
    assert sorted(label.get_text() for label in figure.axes[0].get_yticklabels()) == [f"c{i}" for i in range(7)]
    r, _ = cophenet(linkage(h.values, "average"), h.values)
    assert f"cophenetic r {r:.2f}" in texts(figure)
    assert "mean squared Euclidean distance of clusters (V²)" in texts(figure)


def test_classes_that_hang_together_have_one_colour(rdm_of):
    apart = np.concatenate(
        [np.random.default_rng(0).normal(size=(4, 3)), 50 + np.random.default_rng(1).normal(size=(3, 3))]
    )
    classes = {f"c{i}": "near" if i < 4 else "far" for i in range(7)}
    figure = figures.dendrogram(rdm_of(apart), classes=classes)
    lines = figure.axes[0].collections[0]
    colours = [to_hex(colour) for colour in lines.get_colors()]
    assert sorted(map(colours.count, set(colours))) == [1, 2, 3]
    leaves = {label.get_text(): to_hex(label.get_color()) for label in figure.axes[0].get_yticklabels()}
    assert len({leaves[f"c{i}"] for i in range(4)}) == 1
    assert {leaves["c0"], leaves["c6"]} < set(colours)


def test_negative_distances_count_as_0_and_conditions_without_any_are_left_out(patterns, rdm_of, texts):
    h = rdm_of(patterns)
    h[0] = -1.0
    gone = h.where((h["first"] != "c6") & (h["second"] != "c6"))
    figure = figures.dendrogram(gone)
    assert joins(figure)[0] == 0
    assert len(figure.axes[0].get_yticklabels()) == 6
    told = texts(figure).replace("\n", " ")
    assert "1 of 21 below 0 count as 0" in told
    assert "1 conditions without dissimilarities are left out" in told
    h[5] = np.nan
    with pytest.raises(nu.InputError, match=r"need the dissimilarities of all pairs.*order="):
        figures.dendrogram(h)
    with pytest.raises(nu.InputError, match="needs two conditions with a dissimilarity"):
        figures.dendrogram(h.where(h > 1e9))
    with pytest.raises(nu.InputError, match="linkage is one of average"):
        figures.dendrogram(gone, linkage="median")
