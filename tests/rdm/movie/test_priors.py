"""The priors of Poisson rates, through `trajectory` and the command line."""

import numpy as np
import pytest
import xarray as xr
from rsatoolbox.data import Dataset
from rsatoolbox.rdm import calc_rdm, calc_rdm_unbalanced

import neurouniv as nu
from neurouniv.cli import run_command
from neurouniv.rdm.movie.trajectory import trajectory
from neurouniv.schema import InputError

PRIORS = [(1.0, 0.1), (3.0, 0.5), (0.2, 2.0)]


def rates(make_recording, **sizes):
    """Counts, some of them 0."""
    rec = make_recording(sessions=1, **sizes)
    return rec.assign(activity=abs(rec.activity).round().assign_attrs(rec.activity.attrs))


def rdm_of_theirs(rec, compute, **settings):
    """rsatoolbox's distances, summed over channels, in the order of appearance."""
    coords = {"condition": rec.condition.values, "run": rec.run.values.astype(str)}
    rdm = compute(Dataset(rec.activity.values, obs_descriptors=coords), descriptor="condition", **settings)
    order = [list(rdm.pattern_descriptors["condition"]).index(name) for name in dict.fromkeys(rec.condition.values)]
    square = rdm.get_matrices()[0][np.ix_(order, order)] * rec.sizes["channel"]
    return square[np.triu_indices(len(order), 1)]


@pytest.mark.parametrize(("expected_rate", "weight"), PRIORS)
def test_divergences_with_priors_are_those_of_rsatoolbox(make_recording, expected_rate, weight):
    rec = rates(make_recording)
    priors = {"prior_lambda": expected_rate, "prior_weight": weight}
    found = trajectory(rec, metric="poisson", **priors)
    np.testing.assert_allclose(found.h.values[0], rdm_of_theirs(rec, calc_rdm, method="poisson", **priors), atol=1e-10)
    assert {name: found.h.attrs[name] for name in priors} == priors
    crossvalidated = trajectory(rec, metric="poisson_cv", weighting="trials", **priors)
    settings = {"method": "poisson_cv", "cv_descriptor": "run", **priors}
    np.testing.assert_allclose(
        crossvalidated.h.values[0], rdm_of_theirs(rec, calc_rdm_unbalanced, **settings), atol=1e-10
    )


def test_priors_that_are_not_named_are_those_of_rsatoolbox(make_recording):
    rec = rates(make_recording)
    for metric in ("poisson", "poisson_cv"):
        named = trajectory(rec, metric=metric, prior_lambda=1, prior_weight=0.1)
        np.testing.assert_array_equal(trajectory(rec, metric=metric).h, named.h)
        assert not np.allclose(trajectory(rec, metric=metric, prior_weight=1).h, named.h)


def test_priors_reach_networks(make_networks):
    runs = make_networks()
    runs = runs.assign(hidden=abs(runs.hidden))
    with_prior = (runs.hidden + 2.0 * 0.5) / 1.5
    expected = trajectory(runs.assign(hidden=with_prior), metric="poisson", prior_weight=0)
    found = trajectory(runs, metric="poisson", prior_lambda=2, prior_weight=0.5)
    np.testing.assert_allclose(found.h, expected.h, rtol=1e-5)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {"prior_weight": 0.2},
            r"prior_weight=0\.2 needs metric='poisson' or metric='poisson_cv'; got metric='sqe",
        ),
        (
            {"metric": "poisson", "prior_lambda": -1},
            r"prior_lambda is a rate in the unit of activity, 0 or more; got -1",
        ),
        ({"metric": "poisson", "prior_weight": np.nan}, "prior_weight is a number of observations, 0 or more; got nan"),
        ({"metric": "poisson", "prior_weight": "much"}, "prior_weight is a number of observations, 0 or more"),
        ({"metric": "poisson", "prior_weight": 0}, "more than zero with their prior"),
    ],
)
def test_priors_that_cannot_be_used_are_refused(make_recording, settings, message):
    with pytest.raises(InputError, match=message):
        trajectory(rates(make_recording), **settings)


def test_the_command_line_takes_priors(tmp_path, make_recording):
    rec = rates(make_recording)
    nu.save(rec, tmp_path / "rec.nc")
    command = ["rdm", str(tmp_path / "rec.nc"), str(tmp_path / "traj.nc"), "--metric", "poisson"]
    assert run_command([*command, "--prior-lambda", "3", "--prior-weight", "0.5"]) == 0
    expected = trajectory(rec, metric="poisson", prior_lambda=3, prior_weight=0.5)
    xr.testing.assert_allclose(nu.load(tmp_path / "traj.nc").h, expected.h)
