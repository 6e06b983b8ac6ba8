"""The player's data: the very distances in few bytes, all systems in step, and all that was left out told."""

from __future__ import annotations

import base64
import json

import numpy as np
import pytest
import xarray as xr

from neurouniv import InputError, PairwiseModel, UniversalModel, to_square
from neurouniv.page import movie
from neurouniv.page import player as player_module
from neurouniv.page.movie import FARTHEST, MISSING, SHADES, Limits
from neurouniv.page.player import player_of, script
from neurouniv.page.watch import player_section, still


def decoded(one, name="seen"):
    """Distances (frame, pair) as the script reads them; NaN where they are not known."""
    count = len(one["names"])
    shades = np.frombuffer(base64.b64decode(one[name]), np.uint8).reshape(-1, count * (count - 1) // 2).astype(float)
    values = one["low"] + shades / SHADES * (one["high"] - one["low"])
    return np.where(shades == MISSING, np.nan, values)


def points_of(one):
    return np.frombuffer(base64.b64decode(one["points"]), "<i2").reshape(len(one["when"]), len(one["names"]), 2)


def test_distances_come_back_to_half_a_shade(make_world):
    traj = make_world(times=7)
    one = player_of(traj, PairwiseModel()).data["systems"][0]
    half_shade = 0.5 * (one["high"] - one["low"]) / SHADES
    np.testing.assert_allclose(decoded(one), traj.h, atol=1.001 * half_shade)
    np.testing.assert_allclose(decoded(one, "law"), PairwiseModel().fit(traj).predict(traj).h, atol=1.001 * half_shade)
    assert one["ends"][0] == "0"
    assert one["when"] == [f"epoch {t:g}" for t in traj.time.values]


def test_pairs_stand_in_the_order_of_the_names_whatever_their_order_was(make_world):
    traj = make_world(n=5, times=4)
    shuffled = traj.isel(pair=np.random.default_rng(1).permutation(10))
    ours, theirs = (player_of(one).data["systems"][0] for one in (traj, shuffled))
    assert ours["names"] == theirs["names"]
    np.testing.assert_array_equal(decoded(ours), decoded(theirs))
    square = to_square(traj.h).isel(time=2)
    first, second = np.triu_indices(5, 1)
    np.testing.assert_allclose(decoded(ours)[2], square.values[first, second], atol=0.01)


def test_what_is_missing_is_a_byte_of_its_own_and_gives_no_points(make_world):
    traj = make_world(n=4, times=3)
    h = traj.h.copy()
    h[1, 2] = np.nan
    one = player_of(traj.assign(h=h)).data["systems"][0]
    assert np.argwhere(np.isnan(decoded(one))).tolist() == [[1, 2]]
    assert one["points"] is None
    assert "missing" in one["plane"]


def test_a_class_has_one_colour_in_all_systems(make_world):
    one, other = make_world(n=4, times=3), make_world(n=5, times=3)
    other = other.isel(pair=[n for n, first in enumerate(other["first"].values) if first != "c0"])
    data = player_of({"one": one, "other": other}).data
    by_name = [dict(zip(movie["names"], movie["colours"], strict=True)) for movie in data["systems"]]
    assert set(by_name[1]) == {"c1", "c2", "c3", "c4"}
    assert all(data["classes"][name] == colour for own in by_name for name, colour in own.items())
    assert len(set(data["classes"].values())) == 5


def test_points_are_as_far_apart_as_the_distances_say_where_a_plane_holds_them():
    corners = np.array([[0.0, 0.0], [3.0, 0.0], [0.0, 4.0]])
    first, second = np.triu_indices(3, 1)
    grown = np.array([1.0, 2.0])[:, None] * ((corners[first] - corners[second]) ** 2).sum(-1)
    names = np.array(["a", "b", "c"])
    coords = {"first": ("pair", names[first]), "second": ("pair", names[second]), "time": [0.0, 1.0]}
    one = player_of(xr.Dataset({"h": (("time", "pair"), grown)}, coords)).data["systems"][0]
    points = points_of(one).astype(float)
    assert np.abs(points).max() == FARTHEST
    squared = ((points[:, first] - points[:, second]) ** 2).sum(-1)
    np.testing.assert_allclose(squared / squared[1, 2], grown / grown[1, 2], rtol=1e-3)
    assert one["shares"] == ["100 %", "100 %"]


def test_systems_go_in_step_over_their_own_time(make_world):
    long, short = make_world(times=9, end=80.0), make_world(times=3, end=4.0)
    data = player_of({"long": long, "short": short}).data
    assert data["steps"] == np.linspace(0, 1, 9).tolist()
    assert data["systems"][0]["frames"] == list(range(9))
    shown = np.array(data["systems"][1]["frames"])
    assert shown[[0, 4, 8]].tolist() == [0, 1, 2]
    assert (np.diff(shown) >= 0).all()


def test_every_frame_of_every_system_has_a_step(make_world):
    uneven = make_world(times=6).assign_coords(time=np.array([0.0, 1.0, 2.0, 4.0, 8.0, 16.0]))
    data = player_of({"even": make_world(times=5), "uneven": uneven}).data
    for one in data["systems"]:
        assert set(one["frames"]) == set(range(len(one["when"])))


def test_times_that_no_step_shows_are_told(make_world, monkeypatch):
    monkeypatch.setattr(player_module, "MOST_STEPS", 4)
    player = player_of(make_world(times=7))
    assert player.steps == 4
    assert "The slider has 4 steps; 3 times of systems lie between them." in player.notes


def test_members_are_averaged_layers_stand_side_by_side_and_it_is_told(make_world):
    one = make_world(times=4)
    both = xr.concat([one, one.assign(h=3 * one.h)], xr.DataArray([1, 2], dims="layer", name="layer"), data_vars=["h"])
    many = xr.concat([both, both.assign(h=2 * both.h)], xr.DataArray([0, 1], dims="seed", name="seed"), data_vars=["h"])
    player = player_of({"net": many})
    assert [movie["name"] for movie in player.data["systems"]] == ["net, layer 1", "net, layer 2"]
    np.testing.assert_allclose(decoded(player.data["systems"][0])[-1], 1.5 * one.h[-1], rtol=0.02, atol=0.01)
    assert "net: mean over 2 seeds." in player.notes


def test_too_much_is_cut_and_told(make_world, monkeypatch):
    traj = make_world(n=12, times=30)
    monkeypatch.setattr(player_module, "SIZES", (Limits(8, 6),))
    monkeypatch.setattr(player_module, "MOST_SYSTEMS", 2)
    player = player_of(dict.fromkeys("abc", traj))
    assert [len(one["names"]) for one in player.data["systems"]] == [6, 6]
    assert [len(one["when"]) for one in player.data["systems"]] == [8, 8]
    assert "The first 2 of 3 systems are shown." in player.notes
    assert any("8 of 30 times" in note for note in player.notes)
    assert any("6 of 12 conditions" in note for note in player.notes)


def test_group_means_are_those_of_all_pairs_though_fewer_conditions_are_shown(make_world, monkeypatch):
    traj = make_world(n=12, times=5)
    monkeypatch.setattr(player_module, "SIZES", (Limits(40, 6),))
    groups = player_of(traj).data["systems"][0]["groups"]
    far = traj.dy2 >= np.quantile(traj.dy2, 2 / 3)
    named = {group["name"].split(" (")[0]: group for group in groups}
    np.testing.assert_allclose(named["farthest targets"]["seen"], traj.h.isel(pair=far.values).mean("pair"), rtol=1e-3)


def test_a_large_study_of_movies_stays_below_a_megabyte(make_world):
    rng = np.random.default_rng(0)
    names = np.array([f"stimulus number {i}" for i in range(60)])
    first, second = np.triu_indices(60, 1)
    coords = {"first": ("pair", names[first]), "second": ("pair", names[second]), "time": np.arange(50.0)}
    traj = xr.Dataset({"h": (("time", "pair"), rng.random((50, len(first))))}, coords)
    player = player_of({f"system {n}": traj for n in range(14)})
    assert 100_000 < len(player.text) <= player_module.LARGEST
    assert any("of 60 conditions" in note for note in player.notes)


def test_the_text_cannot_leave_its_element(make_world):
    name = "</script><script>alert(1)</script><!-- & \u2028"
    player = player_of({name: make_world(times=3)})
    assert not set("<>&\u2028") & set(player.text)
    assert json.loads(player.text)["systems"][0]["name"] == name


@pytest.mark.slow
def test_a_law_that_cannot_be_fitted_and_a_fit_not_to_be_used_are_told(make_world):
    traj = make_world(times=5)
    still_traj = traj.assign(h=0 * traj.h + traj.h[0]).drop_vars(["y", "w"])
    player = player_of({"task": traj, "no task": traj.drop_vars(["dx2", "dy2"]), "still": still_traj}, UniversalModel())
    with_law = {one["name"]: "law" in one for one in player.data["systems"]}
    assert with_law == {"task": True, "no task": False, "still": True}
    assert any(note.startswith("no task: there is no law here") for note in player.notes)
    assert any(note.startswith("still: the fit is not usable. ") for note in player.notes)


def test_a_fitted_law_of_one_trajectory_is_asked_as_it_is(make_world):
    traj = make_world(times=5)
    law = PairwiseModel().fit(make_world(times=5, eta_h=0.02))
    one = player_of(traj, law).data["systems"][0]
    expected = law.predict(traj).h
    np.testing.assert_allclose(decoded(one, "law"), expected, atol=0.01 * float(max(expected.max(), traj.h.max())))


@pytest.mark.parametrize(
    ("given", "message"),
    [({}, "two times or more; got none"), ({"a": 3}, "'a' is a int"), ({"a": xr.Dataset()}, "Dataset without h")],
)
def test_what_cannot_be_played_is_refused(given, message):
    with pytest.raises(InputError, match=message):
        player_of(given)


def test_single_frames_have_no_player_and_pages_go_without(make_world):
    one = make_world(times=3).isel(time=[0])
    with pytest.raises(InputError, match="one frame each"):
        player_of(one)
    assert player_section({"a": one}) is None
    assert player_section({}) is None


def test_time_within_a_trial_is_told_not_to_be_learning(make_world):
    traj = make_world(times=4)
    traj["time"].attrs = {"units": "s", "axis": "within_trial"}
    assert "not learning" in player_of(traj).data["systems"][0]["time_note"]


def test_the_still_has_the_colours_of_the_movie(make_world):
    traj = make_world(n=4, times=9)
    figure = still(player_of({"one": traj, "two": traj}))
    images = [ax.get_images()[0].get_array() for ax in figure.axes]
    assert len(images) == 2 * 5
    assert figure.axes[0].get_title(loc="center") == "epoch 0"
    darkness = [image[0, 1].astype(float).sum() for image in images[:5]]
    distances = to_square(traj.h).isel(time=[0, 2, 4, 6, 8]).values[:, 0, 1]
    assert (np.argsort(darkness) == np.argsort(-distances)).all()


def test_the_script_is_short_and_asks_for_nothing():
    text = script()
    assert len(text.splitlines()) <= 300
    assert not [word for word in ("http", "import ", "fetch(", "XMLHttp", "WebSocket", "eval(") if word in text]
    assert movie.MISSING == 255
    for name in ("MISSING", "SHADES", "FARTHEST", "NOWHERE"):
        assert f"{name} = {getattr(movie, name)}" in text
