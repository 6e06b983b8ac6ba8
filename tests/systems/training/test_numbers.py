"""Settings and tasks whose numbers training cannot hold are refused in words."""

import numpy as np
import pytest
import xarray as xr

from neurouniv import tasks
from neurouniv.schema import InputError
from neurouniv.systems.training.members import Members
from neurouniv.systems.training.train import train

TINY = {"width": 4, "epochs": 2, "record": 2, "progress": False, "device": "cpu"}


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"lr": 1e300}, r"lr is a number that dtype='float32' holds.*1e\+300"),
        ({"gain": 1e-300}, "gain is a number that dtype='float32' holds"),  # weights would be 0, and stay
        ({"gain": [[1.0, 2.0]]}, "gain is one number, several in a row.*got 2 dimensions"),
        ({"architecture": "cnn", "kernel": 2}, "kernel of 'cnn' is an odd number"),
    ],
)
def test_numbers_that_training_cannot_hold(settings, message):
    with pytest.raises(InputError, match=message):
        train(tasks.xor(), **TINY | settings)


def test_a_task_of_large_numbers_asks_for_double_precision():
    large = tasks.xor() * 1e50
    with pytest.raises(InputError, match=r"dtype='float32' need stimuli up to 3.4e\+38; got 1e\+50"):
        train(large, **TINY)
    assert np.isfinite(train(large, **TINY, dtype="float64", lr=1e-120).hidden).all()


@pytest.mark.parametrize("gain", [(1.0,), xr.DataArray(np.broadcast_to(0.5, 2), dims="copy")])
def test_arrays_of_members_are_torchs_to_write(gain):
    task = tasks.xor()
    task.stimuli.values.flags.writeable = False
    members = Members.of(task, [0, 1], gain, 0.1, "float64")
    assert all(part.flags.writeable for part in (members.gain, members.stimuli, members.targets, members.seed))


@pytest.mark.parametrize("task", [tasks.xor(), tasks.from_arrays(np.eye(2), [[0.0, 0.0], [0.0, 1.0]])])
def test_cross_entropy_needs_targets_that_are_shares(task):
    with pytest.raises(InputError, match="targets that are shares of two outputs or more"):
        train(task, **TINY, loss="cross_entropy")
