"""Noise from residuals that come with the betas: rsatoolbox's precision, of the sessions that have them."""

import numpy as np
import pytest
import xarray as xr
from rsatoolbox.data.noise import prec_from_residuals

import neurouniv as nu
from neurouniv.schema import InputError

rng = np.random.default_rng(0)
ROOT = rng.normal(size=(6, 6))


def recording(samples=80, freedom=None, sessions=1):
    """Three conditions in two runs, six channels, and residuals of a time series."""
    session, run, condition = np.indices((sessions, 2, 3)).reshape(3, -1)
    coords = {"condition": ("trial", np.array(list("abc"))[condition]), "run": ("trial", run)}
    coords["session"] = ("trial", session + 1)
    rec = xr.Dataset({"activity": (("trial", "channel"), rng.normal(size=(session.size, 6)))}, coords)
    left = rng.normal(size=(samples, 6)) @ ROOT + 3.0
    return rec.assign(residuals=(("sample", "channel"), left, {"freedom": freedom or samples - 1.0}))


@pytest.mark.parametrize("method", ["shrinkage_eye", "shrinkage_diag", "diag", "full"])
@pytest.mark.parametrize("dof", [None, 60])
def test_precision_of_residuals_is_that_of_rsatoolbox(method, dof):
    rec = recording(freedom=dof)
    theirs = prec_from_residuals(rec.residuals.values, dof=dof, method=method)
    for metric in ("mahalanobis", "crossnobis"):
        mine = nu.trajectory(rec, metric=metric, noise_precision="residuals", shrinkage=method)
        given = nu.trajectory(rec, metric=metric, noise_precision=theirs)
        np.testing.assert_allclose(mine.h, given.h, rtol=1e-10, atol=1e-10)
        assert mine.h.attrs["noise_from"] == f"residuals of 80 times, {dof or 79} degrees of freedom"


def test_channels_of_a_region_have_their_part_of_the_residuals():
    rec = recording().assign_coords(roi=("channel", list("uuuvvv")))
    traj = nu.trajectory(rec, metric="crossnobis", noise_precision="residuals", regions="roi")
    for name in "uv":
        alone = nu.trajectory(
            rec.isel(channel=(rec.roi == name).values), metric="crossnobis", noise_precision="residuals"
        )
        np.testing.assert_allclose(traj.h.sel(roi=name), alone.h, rtol=1e-10)


def test_residuals_of_sessions_are_pooled_each_about_its_own_mean():
    """Residuals of two sessions that differ by an offset say the same as without it."""
    rec = recording(sessions=2)
    labels = {"sample_session": ("sample", np.repeat([1, 2], 40)), "sample_freedom": ("sample", np.full(80, 39 / 40))}
    how = {"metric": "crossnobis", "noise_precision": "residuals"}
    plain = nu.trajectory(rec.assign_coords(labels), **how).h
    assert plain.attrs["noise_from"] == "residuals of 80 times, 78 degrees of freedom"
    moved = rec.residuals + 5.0 * (xr.DataArray(np.repeat([1, 2], 40), dims="sample") == 2)
    np.testing.assert_allclose(nu.trajectory(rec.assign(residuals=moved).assign_coords(labels), **how).h, plain)
    alone = rec.assign_coords(
        sample_session=("sample", np.ones(80, dtype=int)), **{"sample_freedom": labels["sample_freedom"]}
    )
    with pytest.raises(InputError, match="session 2 has none"):
        nu.trajectory(alone, **how)


def test_residuals_without_a_session_are_of_every_session():
    rec = recording(sessions=2)
    theirs = prec_from_residuals(rec.residuals.values, method="shrinkage_diag")
    mine = nu.trajectory(rec, metric="crossnobis", noise_precision="residuals", shrinkage="shrinkage_diag")
    given = nu.trajectory(rec, metric="crossnobis", noise_precision=theirs)
    np.testing.assert_allclose(mine.h, given.h, rtol=1e-10, atol=1e-10)


def test_residuals_whose_degrees_of_freedom_nobody_tells_have_lost_their_mean_alone():
    rec, how = recording(), {"metric": "crossnobis", "noise_precision": "residuals"}
    told, untold = (
        nu.trajectory(rec.assign(residuals=left), **how) for left in (rec.residuals, rec.residuals.drop_attrs())
    )
    xr.testing.assert_identical(told.h, untold.h)


def test_residuals_that_are_not_finite_are_told():
    rec = recording()
    rec.residuals[3, 2] = np.nan
    with pytest.raises(InputError, match="Residuals need finite values"):
        nu.trajectory(rec, metric="mahalanobis", noise_precision="residuals")
