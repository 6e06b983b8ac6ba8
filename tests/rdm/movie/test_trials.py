"""How often each condition was shown goes with a recording's distances, and laws can take it as exposure."""

import numpy as np
import pytest
import xarray as xr

import neurouniv as nu

TASK = nu.tasks.from_arrays(np.eye(4), np.eye(4)[:, :2], ["a", "b", "c", "d"])


def unequal(rec, counts):
    """The recording with so many trials of every condition in each session."""
    kept = [
        np.flatnonzero((rec.session == session) & (rec.condition == name))[:count]
        for session in np.unique(rec.session)
        for name, count in zip("abcd", counts, strict=True)
    ]
    return rec.isel(trial=np.sort(np.concatenate(kept)))


@pytest.fixture
def rec():
    return nu.simulate_brain(TASK, world="universal", sessions=5, repeats=8, neurons=30, snr=2.0, seed=0)


def test_trials_of_all_sessions_are_counted(rec):
    counted = nu.trajectory(unequal(rec, [8, 2, 4, 6])).trials
    assert counted.to_series().to_dict() == {"a": 40, "b": 10, "c": 20, "d": 30}


def test_every_subject_has_its_own_count(rec):
    one, other = (unequal(rec, counts)[["activity"]] for counts in ([8, 2, 4, 6], [1, 8, 8, 8]))
    named = [
        r.assign_coords(subject=("trial", np.full(r.sizes["trial"], name))) for r, name in ((one, "x"), (other, "y"))
    ]
    trials = nu.trajectory(xr.concat(named, "trial", data_vars="minimal", combine_attrs="override")).trials
    trials = trials.sel(condition=list("abcd"))
    assert trials.transpose("subject", "condition").values.tolist() == [[40, 10, 20, 30], [5, 40, 40, 40]]


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::neurouniv.NeurounivWarning")  # few and noisy
def test_exposure_by_counts_is_that_of_the_recording(rec):
    counts = [8, 2, 4, 6]
    traj = nu.trajectory(unequal(rec, counts), TASK)
    own, same, none = (nu.UniversalModel(exposure=e).fit(traj).constants_ for e in ("counts", counts, None))
    np.testing.assert_allclose(own.eta_h, same.eta_h, rtol=1e-9)
    assert abs(float(own.loss / none.loss) - 1) > 1e-4
