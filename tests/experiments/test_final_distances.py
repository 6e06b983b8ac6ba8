"""Where learning ends: a law that is true is found so, and points keep distances that a plane can keep."""

import numpy as np
import pytest
import xarray as xr
from scipy.spatial.distance import pdist, squareform

from neurouniv.experiments.final_distances import correlation, explained, points, predicted
from neurouniv.laws import PairwiseModel


def test_a_law_that_is_true_tells_the_end(two_points_by_law):
    parts = [two_points_by_law(dy2=dy2, end=20_000)[["h", "y", "w"]] for dy2 in (0.2, 0.5, 1.0)]
    names = {"first": ("pair", list("ACE")), "second": ("pair", list("BDF"))}
    traj = xr.concat(parts, "pair").drop_vars("condition", errors="ignore").assign_coords(names)
    found = predicted(traj, {"a": PairwiseModel(), "b": PairwiseModel(restarts=1)}).sel(law="a")
    assert found.eta_h.item() == pytest.approx(0.02, rel=1e-3)
    np.testing.assert_allclose(found.final_law, traj.h.isel(time=-1), rtol=1e-3)
    for name in ("r_final", "r2_final", "r2_movie"):
        assert found[name].item() == pytest.approx(1, abs=1e-4)


def test_correlation_and_r2_are_those_of_numpy():
    a, b = (xr.DataArray(x, dims=("seed", "pair")) for x in np.random.default_rng(0).random((2, 3, 9)))
    np.testing.assert_allclose(correlation(a, b), [np.corrcoef(x, y)[0, 1] for x, y in zip(a, b, strict=True)])
    sse, sst = ((a - b) ** 2).sum(), ((a - a.mean()) ** 2).sum()
    assert float(explained(a, b, ("seed", "pair"))) == pytest.approx(float(1 - sse / sst))
    assert np.isnan(correlation(a, 0 * b + 1)).all()
    assert np.isnan(explained(0 * a, b)).all()


@pytest.mark.parametrize("seed", range(4))
def test_points_of_a_plane_keep_their_distances_and_are_turned_onto_others(seed):
    rng = np.random.default_rng(seed)
    there = rng.normal(size=(7, 2))
    squared = squareform(pdist(there) ** 2)
    np.testing.assert_allclose(squareform(pdist(points(squared)) ** 2), squared, atol=1e-10)
    turned = (there - there.mean(0)) @ np.linalg.qr(rng.normal(size=(2, 2)))[0]
    np.testing.assert_allclose(points(squared, like=turned), turned, atol=1e-10)
