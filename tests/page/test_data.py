"""What a page tells of its data: trials, channels, animals, conditions, times and the task, or that it is not known."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

import neurouniv as nu
from neurouniv.page.data import COLUMNS, data_section, sources_of
from neurouniv.schema import history, with_history

TASK = nu.tasks.digits(per_class=1)


@pytest.fixture(scope="module")
def network():
    return nu.trajectory(nu.train(TASK, width=12, epochs=20, record=4, seeds=range(3)))


@pytest.fixture(scope="module")
def recording():
    return nu.simulate_brain(TASK, sessions=3, repeats=4, runs=2, neurons=15, epochs=20, width=20)


def rows(sources):
    table = data_section(sources).tables[0]
    assert list(table.columns) == COLUMNS
    return {row[0]: dict(zip(COLUMNS[1:], row[1:], strict=True)) for row in table.rows}


def test_a_network_and_a_brain_are_told_with_their_numbers(network, recording):
    brain = nu.trajectory(recording, TASK, metric="crossnobis")
    result = with_history(xr.Dataset(), "universality_test", systems={})
    told = rows(sources_of(result, {"net": network, "mouse": brain}))
    assert told["net"] == {
        "what it is": "network, mlp, backprop", "trials": "none", "channels": 12, "animals or networks": "3 networks",
        "conditions": 10, "times": "epoch 0 to epoch 20, 4 times", "the task assumed": "given: digits",
    }  # fmt: skip
    assert told["mouse"]["trials"] == recording.sizes["trial"] == 120
    assert told["mouse"]["channels"] == 15
    assert told["mouse"]["animals or networks"] == "1 simulated"
    assert told["mouse"]["times"] == "session 1 to session 3, 3 times"


def test_without_trajectories_the_history_of_the_result_tells(network):
    result = with_history(xr.Dataset(), "compare", systems={"net": history(network)})
    told = rows(sources_of(result))
    assert told["net"]["channels"] == 12
    assert told["net"]["animals or networks"] == "3 networks"
    assert told["net"]["the task assumed"] == "given: digits"
    assert told["net"]["times"] == "not known"


def test_files_tell_their_trials_channels_and_subjects(tmp_path):
    rng = np.random.default_rng(0)
    for subject, channels in (("a", 5), ("b", 7)):
        activity = rng.normal(size=(12, channels))
        np.savez(tmp_path / f"sub-{subject}_ses-1.npz", rates=activity, odour=np.tile(["x", "y", "z"], 4))
    rec = nu.read_recording(str(tmp_path / "*.npz"), activity="rates", condition="odour", session=1)
    traj = nu.trajectory(rec)
    one = rows(sources_of(with_history(xr.Dataset(), "rsa", source=traj), {"mice": traj}))["mice"]
    assert one["trials"] == 24
    assert one["channels"] == "5 to 7 in a file"
    assert one["animals or networks"] == "2 subjects"
    assert one["what it is"] == "recording, 2 files, sub-a_ses-1.npz to sub-b_ses-1.npz"
    assert one["the task assumed"] == "none was needed"


def test_a_data_set_is_called_by_its_name():
    traj = nu.trajectory(nu.datasets.load("simulated_mouse"), metric="crossnobis")
    one = rows(sources_of(with_history(xr.Dataset(), "rsa", source=traj)))["the data"]
    assert one["what it is"] == "recording, data set simulated_mouse"
    assert one["trials"] == 5 * 64
    assert one["channels"] == "26 to 34 in a file"


def test_layers_of_a_trajectory_are_one_row(network):
    result = with_history(xr.Dataset(), "universality_test", systems={"net, layer 0": [], "net, layer 1": []})
    assert list(sources_of(result, {"net": network})) == ["net"]


def test_what_is_not_known_is_said_and_simulated_designs_have_no_data():
    traj = xr.Dataset(
        {"h": (("time", "pair"), np.ones((2, 3)))},
        {"time": [0.0, 1.0], "first": ("pair", list("aab")), "second": ("pair", list("bcc"))},
    )
    one = rows(sources_of(xr.Dataset(), {"mine": traj}))["mine"]
    assert one["trials"] == one["channels"] == one["animals or networks"] == "not known"
    assert one["conditions"] == 3
    assert data_section(sources_of(with_history(TASK, "plan"))) is None
    assert data_section({}) is None
