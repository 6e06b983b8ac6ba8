"""The movie of an area's input is joined to the area by names, times and members, never by order."""

import numpy as np
import pytest
import xarray as xr

import neurouniv as nu


@pytest.fixture(scope="module")
def runs():
    network = {"hidden_layers": 2, "layers": [0, 1], "width": 9, "lr": 0.1, "epochs": 9, "record": 4}
    return nu.train(nu.tasks.xor(), **network, seeds=range(2), progress=False)


@pytest.fixture(scope="module")
def layers(runs):
    movie = nu.trajectory(runs)
    return movie.sel(layer=1), movie.sel(layer=0)


def test_conditions_times_and_members_are_joined_by_label(layers, runs):
    area, below = layers
    turned = below.isel(pair=[5, 2, 0, 1, 4, 3], seed=[1, 0]).assign_coords(layer=7)
    swapped = turned.assign_coords(first=turned.second, second=turned.first)
    patterns = runs.hidden.sel(layer=0).isel(condition=[3, 1, 0, 2], seed=[1, 0])
    joined = nu.driven_by(area, swapped, patterns)
    np.testing.assert_array_equal(joined.input_h.rename(input_time="time").transpose(*below.h.dims), below.h)
    own = runs.hidden.sel(layer=0).transpose("seed", "time", "condition", "unit")
    np.testing.assert_array_equal(joined.input_patterns.transpose("seed", "input_time", "condition", "input_unit"), own)
    assert list(joined.h.coords) == list(area.h.coords)
    xr.testing.assert_identical(joined[list(area.data_vars)].drop_vars("input_time", errors="ignore").h, area.h)


def test_what_only_the_input_has_is_kept_of_times_and_left_of_conditions(layers):
    area, below = layers
    later = nu.driven_by(area.isel(time=[1, 3], pair=[0, 1, 3]), below)
    assert later.sizes["input_time"] == 4
    np.testing.assert_array_equal(later.input_h.values, below.h.isel(pair=[0, 1, 3]).transpose(*below.h.dims).values)
    assert nu.driven_by(area, below.isel(seed=0, drop=True)).input_h.dims == ("input_time", "pair")


def test_an_input_is_joined_anew_and_survives_files(layers, tmp_path):
    area, below = layers
    once = nu.driven_by(area, below)
    twice = nu.driven_by(once, below.assign(h=2 * below.h))
    np.testing.assert_array_equal(twice.input_h, 2 * once.input_h)
    kept = nu.load(nu.save(once, tmp_path / "area.nc"))
    xr.testing.assert_equal(kept.input_h, once.input_h)


def wrong(layers, runs):
    below = layers[1]
    patterns = runs.hidden.sel(layer=0)
    others = {end: ("pair", np.char.add("x", below[end].values)) for end in ("first", "second")}
    yield "no pair is in both", below[["h"]].assign_coords(others), None
    yield r"no distance between .*neurouniv.align", below.isel(pair=slice(3)), None
    yield r"has none at 9 .*below.interp\(time=traj.time\)", below.isel(time=slice(3)), None
    yield r"assign_coords\(seed=traj.seed\)", below.assign_coords(seed=[4, 5]), None
    yield r"below.sel\(subject=...\)", below.expand_dims(subject=2), None
    days = below.assign_coords(time=below.time.assign_attrs(units="days"))
    yield "have one clock", days, None
    yield "away from them. Give both of one layer", below, 2 * patterns
    yield "one dimension of units more", below, patterns.isel(condition=slice(2))
    yield "need the dimensions", below, patterns.rename(time="epoch")


def test_what_does_not_fit_is_refused_with_the_call_to_make(layers, runs):
    for message, below, patterns in wrong(layers, runs):
        with pytest.raises(nu.InputError, match=message):
            nu.driven_by(layers[0], below, patterns)
