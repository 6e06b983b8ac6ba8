"""Rich and lazy: the shade changes where the theory's richness is 1."""

import numpy as np
import pytest
import xarray as xr

from neurouniv import InputError
from neurouniv.figures.rich_and_lazy import shade, typical_richness
from neurouniv.figures.style import new_figure

SEEN = {"h": (("time", "pair"), [[0.1, 0.1]]), "dx2": ("pair", [1.0, 1.0]), "dy2": ("pair", [4.0, 0.0])}
START = xr.Dataset(SEEN, {"time": [0.0]})


def test_without_outputs_richness_is_1_where_the_task_asks_for_the_distance_of_the_start():
    """A_low = sqrt(eta_h/eta_y) dx dy*, A_high = h(0): equal at eta_h/eta_y = h(0)^2 / (dx dy*)^2."""
    border = 0.1**2 / 4.0
    np.testing.assert_allclose(typical_richness(START, np.array([border, 100 * border]), np.ones(2)), [1, 10])


def test_the_line_stands_at_the_border():
    ax = new_figure(4, 4).add_subplot()
    ax.set(xscale="log", yscale="log", xlim=(1e-6, 1e0), ylim=(1e-3, 1e1))
    shade(ax, ("eta_h", "eta_y"), START)
    line = np.concatenate([path.vertices for path in ax.collections[-1].get_paths()])
    np.testing.assert_allclose(np.log10(line[:, 0] / line[:, 1]), np.log10(0.1**2 / 4.0), atol=0.05)
    assert ax.get_xlim() == (1e-6, 1e0)


def test_other_constants_and_starts_without_a_task_are_refused():
    ax = new_figure(4, 4).add_subplot()
    with pytest.raises(InputError, match="eta_h and eta_y"):
        shade(ax, ("eta_h", "decoder0"), START)
    with pytest.raises(InputError, match="different stimuli and targets"):
        typical_richness(START.assign(dy2=("pair", [0.0, 0.0])), np.ones(1), np.ones(1))
