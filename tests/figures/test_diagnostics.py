"""The waterfall of restarts and the profiles of constants."""

from __future__ import annotations

import pytest
import xarray as xr

from neurouniv import figures
from neurouniv.schema import InputError


def test_a_waterfall_counts_the_restarts_that_found_the_optimum(restarted, texts):
    assert "found by 2 of 3 restarts" in texts(figures.waterfall(restarted([[1.0, 1.001, 3.0], [2.0, 2.0, 2.0]])))


def test_a_profile_shows_its_threshold_and_what_is_flat(profiled, texts):
    figure = figures.profiles(profiled())
    steep, flat = (ax.get_lines()[0].get_ydata() for ax in figure.axes)
    assert steep.max() > 3.84 > flat.max()
    assert "95 %" in texts(figure)


def test_diagnostics_say_what_they_need():
    for draw in (figures.waterfall, figures.profiles, lambda one: figures.collapse({"a": one})):
        with pytest.raises(InputError, match="needs"):
            draw(xr.Dataset({"h": 1.0}))
