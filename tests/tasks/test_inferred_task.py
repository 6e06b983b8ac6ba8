"""The task that is guessed from names: their parts, whatever joins them."""

import numpy as np
import pytest
import xarray as xr

from neurouniv.tasks.inferred_task import recorded_task


def recording(names):
    return xr.Dataset({"activity": (("trial", "channel"), np.eye(len(names)))}, {"condition": ("trial", names)})


@pytest.mark.parametrize("joint", ["/", "_", "-", " ", ":", ", ", "|", " - "])
def test_parts_of_names_are_the_same_whatever_joins_them(joint):
    pairs = [(kind, side) for kind in ("animal", "tool") for side in ("left", "right")]
    task = recorded_task(recording([joint.join(pair) for pair in pairs]))
    assert task.label.values.tolist() == ["animal", "animal", "tool", "tool"]
    first, second = np.repeat(np.eye(2), 2, axis=0), np.tile(np.eye(2), (2, 1))
    np.testing.assert_array_equal(task.targets, first)
    np.testing.assert_array_equal(task.stimuli, np.hstack([first, second]))


def test_levels_come_before_what_joins_words():
    task = recorded_task(recording(["left-hand/red_hot", "left-hand/blue", "right-foot/red_hot"]))
    assert task.label.values.tolist() == ["left-hand", "left-hand", "right-foot"]


@pytest.mark.parametrize("names", [["-90", "0", "90"], ["0.5", "1.5", "2.5"], ["cat", "dog", "owl"]])
def test_names_without_parts_are_all_apart(names):
    task = recorded_task(recording(names))
    assert task.label.values.tolist() == task.condition.values.tolist() == names
    assert np.unique(task.stimuli.values @ task.stimuli.values.T).tolist() == [0, 1]


def test_names_of_unequal_parts_share_their_first():
    task = recorded_task(recording(["animal/cat", "animal/dog/big", "tool"]))
    assert task.label.values.tolist() == ["animal", "animal", "tool"]
    np.testing.assert_array_equal(task.stimuli, np.eye(3))
