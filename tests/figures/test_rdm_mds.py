"""Conditions in a plane: exact where a plane is enough, turned but never stretched, and honest about what is lost."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from scipy.spatial.distance import pdist, squareform
from scipy.stats import spearmanr
from sklearn.decomposition import PCA
from sklearn.manifold import smacof

import neurouniv as nu
from neurouniv import figures
from neurouniv.figures.rdm_frames import frames_of
from neurouniv.figures.rdm_labels import places_of
from neurouniv.figures.rdm_plane import aligned, plane_of, squared_between

RNG = np.random.default_rng(1)


def turned(points, angle, mirror=False):
    """Points turned, and mirrored."""
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    return points @ (turn @ np.diag([1, -1]) if mirror else turn)


@pytest.fixture
def rdms_of(pair_coords):
    def made(patterns, **attrs):
        """Squared distances (time, pair) of patterns (time, condition, channel)."""
        names = [f"c{i}" for i in range(patterns.shape[1])]
        h = np.stack([pdist(frame, "sqeuclidean") for frame in patterns])
        coords = pair_coords(names) | {"time": ("time", np.arange(1.0, len(h) + 1), {"units": "sessions"})}
        return xr.DataArray(h, coords, ("time", "pair"), attrs=attrs)

    return made


def plane(h, **settings):
    return plane_of(frames_of(h), np.arange(h.sizes["time"]), **settings)


def test_patterns_in_a_plane_keep_their_distances_exactly(rdms_of):
    h = rdms_of(RNG.normal(size=(5, 7, 2)))
    for method in ("classical", "metric"):
        found = plane(h, method=method)
        np.testing.assert_allclose(
            squared_between(found.points[0]), [squareform(frame) for frame in h.values], atol=1e-9
        )
        np.testing.assert_allclose(found.share, 1.0)
        np.testing.assert_allclose(found.stress, 0.0, atol=1e-9)


def test_share_of_variance_is_that_of_principal_components(rdms_of):
    patterns = RNG.normal(size=(1, 9, 6))
    wanted = PCA().fit(patterns[0]).explained_variance_ratio_[:2].sum()
    np.testing.assert_allclose(plane(rdms_of(patterns)).share, wanted)


def test_noise_below_zero_counts_against_the_share(rdms_of):
    """Of pure noise, half of whose eigenvalues are negative, two dimensions must not seem to hold much."""
    h = rdms_of(np.zeros((200, 12, 3)))
    noise = h.copy(data=RNG.normal(size=h.shape))
    assert plane(noise).share.mean() < 0.5


def test_a_configuration_that_turns_and_flips_stands_still():
    start = RNG.normal(size=(8, 2))
    start -= start.mean(0)
    movie = np.stack(
        [turned(start, angle, mirror) for angle, mirror in [(0, 0), (0.4, 0), (2.0, 1), (-1.0, 1), (3, 0)]]
    )
    still = aligned(movie[None])[0]
    np.testing.assert_allclose(still, np.broadcast_to(still[:1], still.shape), atol=1e-12)


def test_alignment_changes_no_distance_and_is_the_best_turn():
    movie = RNG.normal(size=(2, 4, 6, 2))
    movie -= movie.mean(-2, keepdims=True)
    found = aligned(movie)
    np.testing.assert_allclose(squared_between(found), squared_between(movie))
    apart = ((found[:, 1:] - found[:, :-1]) ** 2).sum((-2, -1))
    for angle in (-0.1, 0.1):
        assert (((turned(found[:, 1:], angle) - found[:, :-1]) ** 2).sum((-2, -1)) > apart).all()


def test_patterns_that_turn_in_their_own_space_stand_still(rdms_of):
    pattern = RNG.normal(size=(6, 4))
    turns = [np.linalg.qr(RNG.normal(size=(4, 4)))[0] for _ in range(4)]
    points = plane(rdms_of(np.stack([pattern @ turn for turn in turns]))).points[0]
    np.testing.assert_allclose(points, np.broadcast_to(points[:1], points.shape), atol=1e-8)


def test_least_stress_is_less_than_that_of_classical_and_is_scikit_learns(rdms_of):
    h = rdms_of(RNG.normal(size=(3, 8, 5)))
    classical, metric = plane(h), plane(h, method="metric")
    assert (metric.stress < classical.stress).all()
    start = plane(h.isel(time=[0])).points[0, 0]
    distances = np.sqrt(squareform(h.values[0]))
    _, raw = smacof(distances, init=start, n_init=1, max_iter=1000, eps=1e-9, normalized_stress=False, random_state=0)
    assert metric.stress[0, 0] == pytest.approx(np.sqrt(2 * raw / (distances**2).sum()))


def test_a_condition_that_is_missing_leaves_the_others_where_they_are(rdms_of):
    pattern = RNG.normal(size=(6, 2))
    h = rdms_of(np.stack([pattern] * 3))
    gone = h.where(~((h.time == 2) & ((h["first"] == "c2") | (h["second"] == "c2"))))
    points = plane(gone).points[0]
    assert np.isnan(points[1, 2]).all()
    kept = [0, 1, 3, 4, 5]
    np.testing.assert_allclose(points[1, kept], points[0, kept], atol=1e-9)
    np.testing.assert_allclose(points[2], points[0], atol=1e-9)


def test_one_pair_that_is_missing_is_told_and_a_frame_without_any_is_left_empty(rdms_of, texts):
    h = rdms_of(RNG.normal(size=(3, 5, 2)))
    hole = h.where((h.time != 2) | (h.pair > 0))
    with pytest.raises(nu.InputError, match="'c0' and 'c1' is missing, though both have others"):
        figures.mds(hole)
    figure = figures.mds(h.where(h.time != 2))
    assert "nothing to place" in texts(figure)
    assert "5 of 15 points have no dissimilarities: they are not drawn" in texts(figure).replace("\n", " ")


def dots(ax):
    """The points drawn on a panel."""
    return ax.collections[-1].get_offsets()


def test_points_are_drawn_at_their_times_with_share_and_stress(rdms_of, texts):
    h = rdms_of(RNG.normal(size=(20, 6, 4)))
    figure = figures.mds(h, times=[3, 20])
    found = plane_of(frames_of(h), np.array([2, 19]))
    for place, ax in enumerate(figure.axes):
        np.testing.assert_allclose(dots(ax), found.points[0, place])
        assert ax.get_title(loc="left").splitlines() == [f"session {(3, 20)[place]}", found.text(0, place)]
    assert "2 of 20 times" in texts(figure)
    assert "c0" in texts(figure)
    assert len({ax.get_xlim() for ax in figures.mds(h).axes}) == 1


def test_traces_go_from_an_open_start_to_a_full_end(rdms_of, texts):
    h = rdms_of(RNG.normal(size=(5, 6, 4)))
    figure = figures.mds(h, traces=True)
    points = plane(h).points[0]
    ways, _, starts, ends = figure.axes[0].collections
    np.testing.assert_allclose([path.vertices for path in ways.get_paths()], np.swapaxes(points, 0, 1))
    np.testing.assert_allclose(starts.get_offsets(), points[0])
    np.testing.assert_allclose(starts.get_facecolors(), [[1, 1, 1, 1]])
    np.testing.assert_allclose(ends.get_offsets(), points[-1])
    assert {"start, session 1", "end, session 5"} <= set(texts(figure).splitlines())


def test_rows_are_turned_alike_and_named(rdms_of, texts):
    pattern = RNG.normal(size=(3, 6, 2))
    h = xr.concat([rdms_of(pattern), 4 * rdms_of(turned(pattern, 1.0, mirror=True))], "region").assign_coords(
        region=["V1", "IT"]
    )
    points = plane_of(frames_of(h), np.arange(3)).points
    np.testing.assert_allclose(points[1], 2 * points[0], atol=1e-9)
    assert {"region V1", "region IT"} <= set(texts(figures.mds(h)).splitlines())
    with pytest.raises(nu.InputError, match="at most 10 rows; region would make 12"):
        figures.mds(xr.concat([h] * 6, "region").assign_coords(region=np.arange(12)))


def test_the_scale_bar_is_as_long_as_it_says(rdms_of, texts):
    ax = figures.mds(rdms_of(30 * RNG.normal(size=(1, 5, 2)), metric="sqeuclidean", units="V^2")).axes[0]
    bar = next(line.get_xydata() for line in ax.get_lines() if len(line.get_xydata()) == 2)
    told = next(text.get_text() for text in ax.texts if "squared Euclidean distance" in text.get_text())
    assert float(told.split()[-2]) == pytest.approx((bar[1, 0] - bar[0, 0]) ** 2)
    assert told.endswith("V²")


def test_shepards_dots_are_the_pairs_and_rho_is_spearmans(rdms_of, texts):
    exact, lossy = rdms_of(RNG.normal(size=(1, 8, 2))), rdms_of(RNG.normal(size=(1, 8, 6)))
    assert "Spearman's rho 1.00" in texts(figures.shepard(exact))
    figure = figures.shepard(lossy)
    held, between = figure.axes[0].collections[0].get_offsets().T
    np.testing.assert_allclose(held, lossy.values[0])
    np.testing.assert_allclose(between, squared_between(plane(lossy).points[0, 0])[np.triu_indices(8, 1)])
    assert f"Spearman's rho {spearmanr(held, between).statistic:.2f}" in texts(figure).replace("\n", " ")
    assert (between <= held + 1e-9).all()  # classical MDS projects, so no distance grows


def test_names_of_points_hide_each_other_no_more_than_they_must():
    points = np.array([[50.0, 50.0], [51.0, 50.0], [50.0, 52.0], [98.0, 98.0], [np.nan, np.nan]])
    places = places_of(points, ["one", "two", "three", "at the edge", "gone"], 7.0, 4.0, 100.0)
    half = np.array([[len(name) * 0.58 * 3.5, 4.375] for name in ("one", "two", "three", "at the edge")])
    low, high = places[:4] - half, places[:4] + half
    apart = (low[:, None] >= high[None]) | (high[:, None] <= low[None])
    assert apart.any(-1)[~np.eye(4, dtype=bool)].all()
    assert (high < 101).all()
    assert np.isnan(places[4]).all()


def test_a_plane_that_is_one_of_many_and_points_at_one_place_are_named(rdms_of, texts):
    h = rdms_of(RNG.normal(size=(3, 5, 4)))
    same = h.where(h.time > 1, 2.0)
    assert plane(same).chance.tolist() == [[True, False, False]]
    assert "another plane holds as much in 1 of 3 RDMs" in texts(figures.mds(same)).replace("\n", " ")
    assert "another plane" not in texts(figures.mds(h))
    for none in (0 * h, -h):
        assert texts(figures.mds(none)).count("no distance above 0") == 3
    assert "nan" not in texts(figures.mds(-h, method="metric", traces=True))
    assert texts(figures.mds(h.where(h.time > 1))).count("nothing to place") == 1
