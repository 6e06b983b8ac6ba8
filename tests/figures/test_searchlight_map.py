"""Maps of searchlights: every value stands in its voxel, and what is not known is grey."""

import numpy as np
import pytest
import xarray as xr

from neurouniv import InputError, figures


def volume(shape=(4, 5, 3), step=2.0):
    """A value for every voxel but one corner, which has none."""
    places = np.mgrid[tuple(slice(0, n) for n in shape)].reshape(3, -1)[:, 1:] * step
    coords = {name: ("searchlight", row) for name, row in zip("xyz", places, strict=True)}
    return xr.DataArray(1.0 + np.arange(places.shape[1]), coords, "searchlight", name="eta_h")


def coloured(ax):
    """The grid of values (y, x) of a slice."""
    return np.ma.filled(ax.collections[-1].get_array().astype(float), np.nan)


def test_every_value_stands_in_its_voxel():
    values = volume()
    order = np.random.default_rng(0).permutation(values.size)
    figure = figures.searchlight_map(values.isel(searchlight=order))
    for level, ax in zip((0.0, 2.0, 4.0), figure.axes[:3], strict=True):
        grid = coloured(ax)
        own = values.where(values.z == level, drop=True)
        for value, x, y in zip(own.values, own.x.values, own.y.values, strict=True):
            assert grid[int(y / 2), int(x / 2)] == value
    assert np.isnan(coloured(figure.axes[0])[0, 0])


def test_what_is_not_known_has_no_colour_and_is_counted():
    values = volume()
    known = xr.ones_like(values).copy(data=np.arange(values.size) != 7)
    figure = figures.searchlight_map(values, known)
    assert sum(np.isfinite(coloured(ax)).sum() for ax in figure.axes[:3]) == values.size - 1
    assert f"1 of {values.size} not known" in figure.get_suptitle()


def test_slices_that_are_left_out_are_said():
    figure = figures.searchlight_map(volume((3, 3, 9)), most=4)
    assert "4 of 9 slices" in figure.get_suptitle()


@pytest.mark.parametrize(
    ("values", "message"),
    [(volume().drop_vars("z"), "z is absent"), (volume().expand_dims(seed=2), "Select or average"),
     (volume() * np.nan, "none of 59 is")],
)  # fmt: skip
def test_what_is_no_map_is_refused(values, message):
    with pytest.raises(InputError, match=message):
        figures.searchlight_map(values)


def test_a_log_scale_needs_values_above_0():
    with pytest.raises(InputError, match="above 0"):
        figures.searchlight_map(volume() - 5, log=True)
