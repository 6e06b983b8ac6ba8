"""Trajectories in chunks, as `neurouniv.load(path, chunks={})` reads them, are fitted and judged as those in memory."""

import pytest
import xarray as xr

import neurouniv as nu


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    """A trajectory of a simulated brain in memory, and in chunks of a file."""
    task = nu.tasks.digits(per_class=1)
    traj = nu.trajectory(nu.simulate_brain(task, sessions=4, repeats=4, neurons=30), task, metric="crossnobis")
    path = nu.save(traj, tmp_path_factory.mktemp("chunked") / "traj.zarr")
    return nu.load(path), nu.load(path, chunks={})


def fitted(law):
    return lambda traj: law.clone().fit(traj).constants_


CALLS = {
    "universal": fitted(nu.UniversalModel()),
    "pairwise": fitted(nu.PairwiseModel()),
    "mixture": fitted(nu.MixtureModel()),
    "score": lambda traj: nu.RIVALS["gain"]().fit(traj).score(traj),
    "predict": lambda traj: nu.RIVALS["gain"]().fit(traj).predict(traj),
    "compare": lambda traj: nu.compare([nu.RIVALS[name]() for name in ("gain", "static")], traj, resamples=10),
    "levels": lambda traj: nu.levels({"a": traj, "b": traj}, partitions=1),
    "proportionality": nu.proportionality,
    "change": nu.change,
}


@pytest.mark.filterwarnings("ignore::neurouniv.NeurounivWarning")
@pytest.mark.parametrize(
    "call",
    [pytest.param(name, marks=[pytest.mark.slow] * (name in ("levels", "universal", "compare"))) for name in CALLS],
)
def test_chunks_change_nothing(both, call):
    inside, chunked = both
    assert chunked.chunks
    xr.testing.assert_equal(*(CALLS[call](traj) for traj in (inside, chunked)))
