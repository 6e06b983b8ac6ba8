"""Depth: constants of every layer are those it has, however many networks are trained at once."""

import numpy as np
import pytest
import xarray as xr

import neurouniv as nu
from neurouniv.experiments import depth


@pytest.fixture
def known(monkeypatch, two_points_by_law):
    """Results of networks whose 4 layers learn ever faster in h and slower in y, by the law."""
    rates = [(0.01 * 2**k, 0.08 / 2**k) for k in range(4)]
    layers = xr.concat([two_points_by_law(*one)[["h", "y", "w"]] for one in rates], dim="layer")
    monkeypatch.setattr(depth, "trained", lambda name, seeds, *_, **__: layers.expand_dims(seed=list(seeds), axis=0))
    monkeypatch.setattr(depth, "settings_of", lambda *_: {"hidden_layers": 4})
    return depth.run(2, "cpu", False)


def test_constants_of_every_layer_are_recovered(known):
    assert known.layer.values.tolist() == [1, 2, 3, 4]
    np.testing.assert_allclose(known.eta_h, np.tile(0.01 * 2.0 ** np.arange(4), (2, 1)), rtol=1e-3)
    np.testing.assert_allclose(known.eta_y, np.tile(0.08 / 2.0 ** np.arange(4), (2, 1)), rtol=1e-3)
    np.testing.assert_allclose(known.ratio, known.eta_h / known.eta_y)


def test_the_claim_tells_how_many_layers_and_where_constants_go(known):
    text = depth.claim(known)
    assert text.startswith("holds: R2 of h and y at least 0.9 at 4 of 4 layers (medians over 2 seeds)")
    assert "eta_h goes from 0.0100 to 0.0800 and eta_y goes from 0.0800 to 0.0100" in text
    low = known.r2.where(known.layer != 2, 0.5)
    assert depth.claim(known.assign(r2=low)).startswith("holds in part: R2 of h and y at least 0.9 at 3 of 4")
    peaked = known.eta_y.where(known.layer != 3, 7.0)
    assert "(largest, 7.00, at layer 3)" in depth.claim(known.assign(eta_y=peaked))
    assert depth.claim(known.assign(r2=known.r2 - 1)).startswith("does not hold:")


@pytest.mark.slow
def test_blocks_of_networks_change_no_number(monkeypatch):
    together = depth.run(3, "cpu", False, quick=True)
    monkeypatch.setattr(depth, "AT_ONCE", 2)
    xr.testing.assert_allclose(depth.run(3, "cpu", False, quick=True), together, rtol=1e-3)


@pytest.mark.slow
def test_the_figure_shows_every_layer_and_hollow_what_did_not_converge(known, tmp_path):
    bad = known.assign(converged=known.converged & ~((known.seed == 1) & (known.layer == 2)))
    figure = depth.draw(nu.load(nu.save(bad, tmp_path / "r.nc")))
    hollow = [line for line in figure.axes[0].get_lines() if line.get_markerfacecolor() == "white"]
    assert [line.get_xdata().tolist() for line in hollow] == [[], [2]]
    figure.savefig(tmp_path / "r.png")
