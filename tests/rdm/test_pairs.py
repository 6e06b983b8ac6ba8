"""Pairs and the conditions they join: orders, places and square forms are what loops over names find."""

import numpy as np
import pytest
import xarray as xr
from scipy.spatial.distance import squareform

from neurouniv.rdm.pairs import Pairs

FIRST, SECOND = ["b", "long name", "a", "b"], ["c", "a", "c", "a"]


def movie(task=None):
    coords = {"first": ("pair", FIRST), "second": ("pair", SECOND)}
    traj = xr.Dataset({"h": (("time", "pair"), [[1.0, 2.0, 3.0, 4.0]])}, coords)
    return traj if task is None else traj.assign_coords(condition=task)


@pytest.mark.parametrize(
    ("task", "order", "names"),
    [
        (None, "task", ["b", "long name", "a", "c"]),
        (["a", "b", "c", "other", "long name"], "task", ["a", "b", "c", "long name"]),
        (["c"], "task", ["c", "b", "long name", "a"]),
        (["c"], "pairs", ["b", "c", "long name", "a"]),
        (["c"], "alphabet", ["a", "b", "c", "long name"]),
    ],
)
def test_conditions_are_in_the_order_asked_for_and_pairs_keep_theirs(task, order, names):
    pairs = Pairs.of(movie(task), order)
    assert pairs.names.tolist() == names
    assert pairs.labels.tolist() == [FIRST, SECOND]
    assert pairs.ends.tolist() == [[names.index(name) for name in end] for end in (FIRST, SECOND)]


def test_names_of_an_array_keep_their_type_where_text_is_not_asked_for():
    coords = {"first": ("pair", [10, 2]), "second": ("pair", [9, 9])}
    h = xr.DataArray([1.0, 2.0], coords, "pair")
    assert Pairs.of(h, text=False).names.tolist() == [10, 2, 9]
    assert Pairs.of(h, "alphabet").names.tolist() == ["10", "2", "9"]


def test_pairs_without_names_join_two_conditions_of_their_own():
    pairs = Pairs.of(movie().drop_vars(["first", "second"]).assign_coords(condition=["a", "b"]))
    assert len(np.unique(pairs.ends)) == 8
    assert not pairs.is_complete


def test_pairs_among_some_conditions_are_those_with_both_in_them():
    pairs = Pairs.of(movie())
    assert pairs.among(["a", "b", "c", "absent"]).tolist() == [True, False, True, True]
    np.testing.assert_array_equal(pairs.touches, [[n in pair for n in pairs.names] for pair in pairs.keys])


def test_the_square_form_is_scipys_where_pairs_are_put_into_its_order():
    pairs, names = Pairs.of(movie()), np.array(["a", "b", "c"])
    kept = pairs.among(names)
    pairs = Pairs(names, pairs.in_order(np.array([*names, "long name"])).ends[:, kept])
    assert pairs.is_complete
    values = np.array([1.0, 3.0, 4.0])
    condensed = np.empty(3)
    condensed[pairs.pdist] = values
    np.testing.assert_array_equal(pairs.square(values), squareform(condensed))
