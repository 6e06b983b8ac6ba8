"""Exclusive or: a law that is true is found so in every regime, and larger weights are less rich."""

import numpy as np
import pytest
import xarray as xr

import neurouniv as nu
from neurouniv.experiments import xor
from neurouniv.laws import PairwiseModel
from neurouniv.theory import closed_form, two_point


def pairs_of(task):
    """The names, dx2 and dy2 of all pairs of conditions."""
    i, j = np.triu_indices(task.sizes["condition"], 1)
    names = task.condition.values
    found = {"first": names[i], "second": names[j]}
    for name, rows in (("dx2", task.stimuli.values), ("dy2", task.targets.values)):
        found[name] = ((rows[i] - rows[j]) ** 2).sum(1)
    return {name: ("pair", values) for name, values in found.items()}


def by_law(h0, changed=1.0):
    """A trajectory (seed, layer, time, pair) of xor by the law, but pairs with one target lie `changed` as far."""
    pairs, time = pairs_of(nu.tasks.xor()), np.linspace(0, 400, 60)
    start = two_point.Start(*(np.full(6, value) for value in (h0, 0.0, 0.0)))
    curves = closed_form.solve(start, 0.01, 0.02, pairs["dx2"][1], pairs["dy2"][1], time)
    data = {name: (("time", "pair"), curve.T) for name, curve in zip("hyw", curves, strict=True)}
    made = xr.Dataset(data, {"time": ("time", time, {"units": "epochs", "axis": "learning"}), **pairs})
    made["h"] = made["h"] * xr.where(made["dy2"] == 0, changed, 1.0)
    return made.expand_dims(seed=[0, 1]).expand_dims(layer=[0], axis=1)


@pytest.fixture
def run(monkeypatch):
    """The experiment on trajectories that obey the law, or in which pairs with one target lie `changed` as far."""

    def run(changed=1.0):
        given = iter([by_law(h0, changed) for h0 in (0.01, 1.0, 100.0)])
        runs = xr.Dataset({"loss": (("seed", "time"), np.zeros((2, 60)))})
        monkeypatch.setattr("neurouniv.systems.training.train.train", lambda *a, **s: runs)
        monkeypatch.setattr(xor, "trajectory", lambda runs: next(given))
        monkeypatch.setattr(xor, "laws", lambda depth: {"pairwise": PairwiseModel(), "universal": PairwiseModel()})
        return xor.run(2, "cpu", False)

    return run


@pytest.mark.slow
def test_where_the_law_is_true_it_tells_every_regime_and_richness_falls_with_the_start(run, tmp_path):
    results = run()
    assert xor.claim(results).startswith("holds: final RDM of the two-point law at least R2 0.9 in 3 of 3 regimes")
    np.testing.assert_allclose(results.r2_final, 1, atol=1e-2)
    low = np.sqrt(0.5 * 4 * 4)
    expected = [low / h0 for h0 in (0.01, 1.0, 100.0)]
    other = results.richness.isel(pair=results.kind.values == "other target", seed=0)
    np.testing.assert_allclose(other.median("pair"), expected, rtol=0.05)
    xor.draw(nu.load(nu.save(results, tmp_path / "r.nc"))).savefig(tmp_path / "r.png")


@pytest.mark.slow
def test_kinds_are_told_by_the_targets(run):
    results = run()
    same = results.kind.values == "same target"
    opposite = [
        a[0] != b[0] and a[1] != b[1] for a, b in zip(results["first"].values, results["second"].values, strict=True)
    ]
    np.testing.assert_array_equal(same, opposite)


@pytest.mark.slow
def test_where_one_kind_of_pair_breaks_the_law_the_claim_does_not_hold(run):
    results = run(changed=xr.DataArray(np.linspace(1, 30, 60), dims="time"))
    assert (results.r2_final.sel(regime="intermediate") < 0.9).all()
    assert not xor.claim(results).startswith("holds:")


@pytest.mark.slow
def test_networks_are_richer_from_smaller_weights_and_hardly_move_from_large_ones():
    results = xor.run(1, "cpu", False, quick=True)
    rich = results.richness.isel(pair=results.kind.values == "other target").median(("pair", "seed"))
    assert rich.sel(regime="rich") > rich.sel(regime="intermediate") > rich.sel(regime="lazy")
    moved = abs(results.h.isel(time=-1) / results.h.isel(time=0) - 1).mean(("pair", "seed"))
    assert moved.sel(regime="lazy") < 0.2 < 1 < moved.sel(regime="rich")
    assert "quick look" in xor.claim(results)
