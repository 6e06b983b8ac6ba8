"""Trajectories beside a result: its own are taken, others are refused with what is needed, got and to do."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

import neurouniv as nu
from neurouniv.page import report
from neurouniv.page.known import systems_of
from neurouniv.page.same_data import names_in, need_same
from neurouniv.page.watch import player_of_result
from neurouniv.schema import with_history

pytestmark = pytest.mark.filterwarnings("ignore::neurouniv.NeurounivWarning")


@pytest.fixture(scope="module")
def worlds(make_world):
    """Two systems that were made by different steps."""
    made = {name: make_world(n=6, times=5, seed=seed) for seed, name in enumerate(("net", "mouse"))}
    return {name: with_history(traj, "train", lr=n, seeds=[0, 1]) for n, (name, traj) in enumerate(made.items())}


@pytest.fixture(scope="module")
def compared(worlds):
    return nu.compare([nu.RIVALS["static"]()], worlds, partitions=1)


@pytest.mark.slow
def test_a_result_knows_the_conditions_times_and_steps_of_its_systems(compared, worlds):
    known = systems_of(compared)
    assert list(known) == list(worlds)
    for name, traj in worlds.items():
        np.testing.assert_allclose(known[name].times, traj.time)
        assert known[name].steps[-1]["settings"]["lr"] == list(worlds).index(name)
    single = nu.compare([nu.RIVALS["static"]()], worlds["net"], partitions=1, resamples=20)
    assert systems_of(single)["the data"].conditions == 6
    need_same(single, {"whatever it is called": worlds["net"]})


def test_the_trajectories_of_a_result_are_taken_all_or_some(compared, worlds):
    need_same(compared, worlds)
    need_same(compared, {"mouse": worlds["mouse"]})
    need_same(compared, {"mouse": worlds["mouse"].drop_attrs(deep=False)})  # where nothing is known, sizes decide


@pytest.mark.parametrize(
    ("name", "change", "message"),
    [
        ("rat", lambda traj: traj, "its result, net and mouse; got one that is called 'rat'"),
        ("net", lambda traj: traj.isel(time=slice(3)), "needs the times of the result, 0 to 60; got 0 to 30"),
        ("net", lambda traj: with_history(traj.drop_attrs(deep=False), "train", lr=0, seeds=[3]),
         r"got train with seeds \[3\], not \[0, 1\]"),
        ("net", lambda traj: with_history(traj, "scaled"), "got the steps train, scaled, not train"),
        ("net", lambda traj: with_history(traj.drop_attrs(deep=False), "simulate_brain"),
         "got the step simulate_brain in place of train"),
    ],
)  # fmt: skip
def test_others_are_refused(compared, worlds, name, change, message, tmp_path):
    with pytest.raises(nu.InputError, match=f"{message}.* Give the trajectory"):
        report(compared, tmp_path / "page.html", trajectories={name: change(worlds["net"])})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_another_number_of_conditions_is_refused(worlds, make_world):
    single = nu.compare([nu.RIVALS["static"]()], worlds["net"], partitions=1, resamples=20)
    with pytest.raises(nu.InputError, match="needs the 6 conditions of the result; got 7"):
        need_same(single, {"net": make_world(n=7, times=5)})


def test_rsa_has_the_trajectory_of_its_data_and_those_of_its_models(worlds):
    data, layers = worlds["mouse"], worlds["net"].isel(time=slice(2))
    found = nu.rsa(data, {"layers": layers, "stimuli": data.dx2}, resamples=0, correction="none")
    need_same(found, {"layers": layers, "mouse": data})
    with pytest.raises(nu.InputError, match="needs the trajectory of its data; got models, layers"):
        need_same(found, {"layers": layers})
    with pytest.raises(nu.InputError, match="'mouse' needs"):
        need_same(found, {"mouse": worlds["net"]})


def test_a_plan_has_no_trajectory(worlds):
    plan = xr.Dataset(dict.fromkeys(("power", "power_interval", "trials"), 0.5))
    with pytest.raises(nu.InputError, match=r"A plan is about studies that were simulated.*got net"):
        need_same(plan, {"net": worlds["net"]})


def test_files_of_other_names_have_those_of_the_systems_that_were_made_alike(compared, worlds):
    given = {"mouse_final": worlds["mouse"], "net": worlds["net"], "other": with_history(worlds["net"], "x")}
    assert list(names_in(compared, given)) == ["mouse", "net", "other"]


@pytest.mark.slow
def test_a_law_with_settings_of_its_own_is_not_in_the_player(compared, worlds):
    own = nu.compare({"static": nu.RIVALS["static"](weighting="range")}, worlds, partitions=1)
    section = player_of_result(own, worlds, "static", "Two systems.")
    assert section.player.data["law"] == ""
    assert section.text.startswith(
        "Two systems.\n\nThe static law of this result has settings of its own (StaticModel(w"
    )
    assert player_of_result(compared, worlds, "static").player.data["law"] == "static"
