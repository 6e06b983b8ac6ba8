"""Alternatives: the law wins where it is true, and an altered equation where that is."""

import numpy as np
import pytest
import xarray as xr

import neurouniv as nu
from neurouniv.experiments import alternatives
from neurouniv.laws import ALTERED, DoubledRepresentation, OutputWithoutEncoder, UniversalModel


@pytest.fixture
def run_in(monkeypatch):
    """A factory of results where every network is the trajectory given, of one seed; two laws, for speed."""

    def run(traj):
        networks = traj.expand_dims(seed=[0], axis=0).expand_dims(layer=[0], axis=1)
        monkeypatch.setattr(alternatives, "trained", lambda *_, **__: networks)
        monkeypatch.setattr(alternatives, "SETTINGS", ("one",))
        monkeypatch.setattr(alternatives, "LAWS", {law.name: law for law in (UniversalModel, DoubledRepresentation)})
        monkeypatch.setattr(alternatives, "RESTARTS", 1)
        return alternatives.run(1, "cpu", False)

    return run


def test_where_the_law_is_true_an_altered_equation_is_far_worse(run_in, two_points_by_law):
    results = run_in(two_points_by_law(end=600, times=15)[["h", "y", "w"]])
    assert float(results.r2.sel(law="universal").min()) > 0.999999
    assert results.ratio.sel(law=DoubledRepresentation.name).item() > 100
    np.testing.assert_array_equal(results.ratio.sel(law="universal"), 1)


def test_where_an_altered_equation_is_true_it_wins(run_in, two_points_by_law):
    traj = two_points_by_law(end=600, times=15)[["h", "y", "w"]]
    other = DoubledRepresentation()
    known = {"eta_h": 0.02, "eta_y": 0.02}
    other.constants_ = xr.Dataset(known | {f"{name}_interval": ("bound", [0.02, 0.02]) for name in known})
    results = run_in(traj.assign({name: other.predict(traj)[name] for name in "hyw"}))
    assert (results.ratio.sel(law=other.name) < 1e-3).all()


def results_of(ratios):
    """Results (one setting, two seeds) with these ratios of every altered equation."""
    laws = ["universal", *(law.name for law in ALTERED), alternatives.MEANS]
    ratio = np.array([[1.0, 1.0], *ratios, [0.5, 0.5]])[None]
    dims = ("setting", "law", "seed")
    made = {"ratio": (dims, ratio), "r2": ((*dims, "variable"), np.ones((1, 6, 2, 3)))}
    return xr.Dataset(made, {"setting": ["one"], "law": laws, "variable": ["h", "y", "w"]})


def test_the_claim_counts_medians_and_wins(tmp_path):
    worse = results_of([[2, 3], [4, 5], [6, 7], [0.9, 3]])
    begin = "holds: squared error relative to the law's, median over 2 seeds, one: "
    assert alternatives.claim(worse).startswith(begin)
    assert f"{OutputWithoutEncoder.name} 1.95, wins 1" in alternatives.claim(worse)
    assert "with means 0.5, wins 2 (not one of the altered)" in alternatives.claim(worse)
    assert alternatives.claim(results_of([[2, 3], [0.4, 0.5], [6, 7], [9, 9]])).startswith("holds in part:")
    assert alternatives.claim(results_of([[0.2, 0.3], [0.4, 0.5], [0.6, 0.7], [9, 9]])).startswith("does not hold:")
    alternatives.draw(nu.load(nu.save(worse, tmp_path / "r.nc"))).savefig(tmp_path / "r.png")


def test_no_law_is_optimised_less_than_another():
    restarts = alternatives.RESTARTS
    assert {law(restarts=restarts).restarts for law in alternatives.LAWS.values()} == {restarts}
    assert next(iter(alternatives.LAWS)) == "universal"
