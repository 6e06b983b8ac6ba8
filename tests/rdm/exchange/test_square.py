"""The square view: symmetric, labelled, scipy's order."""

import numpy as np
import pytest
import xarray as xr
from scipy.spatial.distance import squareform

from neurouniv.rdm.exchange.square import to_square
from neurouniv.rdm.movie.trajectory import trajectory
from neurouniv.schema import InputError


def test_square_is_scipys_squareform_with_labels(make_networks):
    traj = trajectory(make_networks())
    square = to_square(traj.h)
    assert square.dims == ("seed", "layer", "time", "condition", "condition_")
    np.testing.assert_array_equal(square[1, 0, 2], squareform(traj.h.values[1, 0, 2]))
    assert square.condition.values.tolist() == square.condition_.values.tolist() == traj.condition.values.tolist()
    for pair in range(10):
        one = traj.h.isel(pair=pair)
        for a, b in ((one.first, one.second), (one.second, one.first)):
            xr.testing.assert_equal(
                square.sel(condition=a.item(), condition_=b.item(), drop=True),
                one.drop_vars(["pair", "first", "second", "dx2", "dy2"]),
            )
    assert square.attrs == traj.h.attrs
    assert square.time.attrs == traj.time.attrs


def test_a_selection_of_pairs_is_nan_elsewhere_and_one_rdm_needs_no_time(make_networks):
    h = trajectory(make_networks()).h.isel(seed=0, layer=0, time=0, pair=[0, 9])
    square = to_square(h)
    assert square.shape == (4, 4)
    assert (np.diag(square) == 0).all()
    assert np.isnan(square).sum() == 16 - 4 - 4
    np.testing.assert_array_equal(square, square.T)


def test_chunks_stay_lazy(make_networks):
    h = trajectory(make_networks()).h
    lazy = to_square(h.chunk(time=1))
    assert lazy.chunks is not None
    xr.testing.assert_identical(lazy.compute(), to_square(h))


def test_what_has_no_pairs_is_told(make_networks):
    with pytest.raises(InputError, match="coordinates `first` and `second`"):
        to_square(trajectory(make_networks()).h.drop_vars("first"))
    with pytest.raises(InputError, match="needs a DataArray over `pair`"):
        to_square(make_networks())


def test_of_a_trajectory_it_is_its_distances(make_networks):
    traj = trajectory(make_networks())
    xr.testing.assert_identical(to_square(traj), to_square(traj.h))


def test_conditions_that_are_numbers_stay_numbers(make_networks):
    h = trajectory(make_networks()).h
    names = np.unique([h["first"], h["second"]])
    ends = {end: ("pair", np.searchsorted(names, h[end].values)) for end in ("first", "second")}
    square = to_square(h.assign_coords(ends))
    assert square.condition.dtype.kind == "i"
