"""Trajectories are joined by the names of conditions: order does not matter, and what is missing is named."""

import numpy as np
import pytest
import xarray as xr

import neurouniv as nu
from neurouniv.rdm.align import shared_conditions


def shuffled(traj, seed=0):
    """The same trajectory with its pairs in another order, and half of them named the other way round."""
    rng = np.random.default_rng(seed)
    made = traj.isel(pair=rng.permutation(traj.sizes["pair"]), condition=rng.permutation(traj.sizes["condition"]))
    turn = rng.random(traj.sizes["pair"]) < 0.5
    first, second = made["first"].values, made["second"].values
    return made.assign_coords(
        first=("pair", np.where(turn, second, first)), second=("pair", np.where(turn, first, second))
    )


@pytest.mark.parametrize("seed", range(3))
def test_order_does_not_matter(make_world, seed):
    world = make_world(seed=seed)
    ours, theirs = nu.align(world, shuffled(world, seed))
    xr.testing.assert_identical(ours, world)
    for name in ("h", "first", "second", "dx2", "targets"):
        np.testing.assert_array_equal(theirs[name].values, world[name].values)


def test_what_is_missing_is_named_on_its_side(make_world):
    world = make_world()
    less = world.isel(pair=np.flatnonzero((world["first"] != "c0").values))
    with pytest.raises(nu.InputError, match="the mouse lacks 'c0'"):
        nu.align(world, less, names=("the network", "the mouse"))
    renamed = world.assign_coords({end: world[end].where(world[end] != "c5", "other") for end in ("first", "second")})
    with pytest.raises(nu.InputError, match="the first lacks 'other'; the second lacks 'c5'"):
        nu.align(world, renamed)
    gap = world.isel(pair=slice(1, None))
    with pytest.raises(nu.InputError, match="the second lacks the pairs 'c0 and c1'"):
        nu.align(world, gap)


def test_inner_keeps_what_both_have(make_world):
    world = make_world()
    less = shuffled(world.isel(pair=np.flatnonzero((world["first"] != "c0").values)))
    ours, theirs = nu.align(world, less, join="inner")
    assert shared_conditions(world, less) == [f"c{i}" for i in range(1, 6)]
    assert ours.condition.values.tolist() == theirs.condition.values.tolist() == [f"c{i}" for i in range(1, 6)]
    np.testing.assert_array_equal(ours.h.values, theirs.h.values)


def test_nothing_shared_twice_or_unnamed(make_world):
    world = make_world()
    others = world.assign_coords({end: "x" + world[end].astype(object) for end in ("first", "second")})
    with pytest.raises(nu.InputError, match=r"no pair is in both.*'c0'.*'xc0'"):
        nu.align(world, others, join="inner")
    with pytest.raises(nu.InputError, match="'c0' and 'c1' is there more than once"):
        nu.align(world.isel(pair=[0, 0, 1]), world)
    with pytest.raises(nu.InputError, match="without the coordinates first and second"):
        nu.align(world, world.drop_vars("first"))
    with pytest.raises(nu.InputError, match="got 'outer'"):
        nu.align(world, world, join="outer")
