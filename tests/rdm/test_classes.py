"""Which conditions belong together: by label, else by target, and not at all where names do not tell."""

import numpy as np
import pytest
import xarray as xr

from neurouniv.rdm.classes import classes, condition_names, same_class


def named(names=("c", "a", "b", "d"), known=("a", "b", "c", "d")) -> xr.Dataset:
    first, second = np.triu_indices(len(names), 1)
    coords = {"first": ("pair", np.array(names)[first]), "second": ("pair", np.array(names)[second])}
    targets = [[0.0, 1.0], [1.0, 0.0], [0.0, 1.0], [2.0, 2.0]]
    return xr.Dataset({"targets": (("condition", "output"), targets)}, coords | {"condition": list(known)})


def test_names_come_in_the_order_of_pairs_and_classes_with_them():
    traj = named()
    assert condition_names(traj).tolist() == ["c", "a", "b", "d"]
    found = classes(traj)
    assert found[0] == found[1]
    assert len(set(found.tolist())) == 3
    assert same_class(traj).tolist() == [True, False, False, False, False, False]


def test_a_label_goes_before_targets():
    traj = named().assign_coords(label=("condition", ["x", "y", "y", "x"]))
    assert classes(traj).tolist() == ["y", "x", "y", "x"]


@pytest.mark.parametrize(
    "change",
    [
        lambda traj: traj.drop_vars("condition"),
        lambda traj: traj.drop_vars("targets"),
        lambda traj: traj.drop_vars("first"),
        lambda traj: traj.isel(condition=[0, 1, 2]),
        lambda traj: traj.assign_coords(condition=["a", "a", "b", "c"]),
        lambda traj: traj.assign_coords(label=("condition", list("wxyz"))),
        lambda traj: traj.assign_coords(label=("condition", list("xxxx"))),
    ],
)
def test_without_names_or_classes_there_are_none(change):
    traj = change(named())
    assert classes(traj) is None
    assert same_class(traj) is None
