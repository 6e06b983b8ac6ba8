"""Constants over layers, latencies, regions: what should not be read is hollow, and in no median."""

import numpy as np
import pytest
import xarray as xr

from neurouniv import InputError, figures


def fits(seeds=3, dim="layer", labels=(0, 1, 2)):
    """Constants that double along the dimension, with intervals of 10 %."""
    value = 1e-3 * 2.0 ** np.arange(3) * (1 + 0.01 * np.arange(seeds))[:, None]
    data = {name: (("seed", dim), value, {"units": "per epoch"}) for name in ("eta_h", "eta_y")}
    ends = np.stack([0.9 * value, 1.1 * value], axis=-1)
    data |= {f"{name}_interval": (("seed", dim, "bound"), ends.copy()) for name in ("eta_h", "eta_y")}
    data |= {name: (("seed", dim), np.ones(value.shape, dtype=bool)) for name in ("converged", "identified")}
    data["r2"] = (("seed", dim, "variable"), np.full((*value.shape, 1), 0.9))
    return xr.Dataset(data, {dim: list(labels), "variable": ["h"], "bound": ["lower", "upper"]})


def bold(ax):
    """The line of medians."""
    return next(line for line in ax.get_lines() if line.get_linewidth() == 2.2)


def hollow(ax):
    return next(line for line in ax.get_lines() if line.get_markerfacecolor() == "white")


def test_the_median_is_that_of_the_members():
    ax = figures.constants_along(fits()).axes[0]
    np.testing.assert_allclose(bold(ax).get_ydata(), 1.01e-3 * 2.0 ** np.arange(3))
    assert hollow(ax).get_xdata().size == 0


@pytest.mark.parametrize("amiss", ["converged", "identified", "interval"])
def test_what_should_not_be_read_is_hollow_and_in_no_median(amiss):
    fitted = fits()
    if amiss == "interval":
        fitted["eta_h_interval"][:, 1] = [0.0, np.inf]
    else:
        fitted[amiss][:, 1] = False
    ax = figures.constants_along(fitted).axes[0]
    np.testing.assert_array_equal(np.isnan(bold(ax).get_ydata()), [False, True, False])
    np.testing.assert_array_equal(hollow(ax).get_xdata(), [1, 1, 1])


def test_one_member_has_its_intervals():
    ax = figures.constants_along(fits(seeds=1)).axes[1]
    segments = ax.collections[0].get_segments()
    np.testing.assert_allclose(
        [(low[1], high[1]) for low, high in segments], [(0.9 * x, 1.1 * x) for x in (1e-3, 2e-3, 4e-3)]
    )


def test_names_stand_side_by_side(shown_ticks, drawn):
    figure = drawn(figures.constants_along(fits(dim="region", labels=("V1", "V4", "IT")), "region"))
    assert shown_ticks(figure.axes[0].xaxis) == ["V1", "V4", "IT"]


def test_a_dimension_or_constant_that_is_not_there_is_named():
    with pytest.raises(InputError, match="with that dimension"):
        figures.constants_along(fits().isel(layer=0))
    with pytest.raises(InputError, match="'speeed'"):
        figures.constants_along(fits(), names=("eta_h", "speeed"))
