"""Old names of arguments work, and say what they are called now."""

import inspect
import json

import numpy as np
import pytest
import xarray as xr

import neurouniv as nu
from neurouniv.commands import app
from neurouniv.renamed import renamed
from neurouniv.universality.scores.start_ceiling import _measure


@renamed(repeats="partitions")
def split(data, *, partitions=2):
    """Docs."""
    return data, partitions


def test_the_old_name_gives_what_the_new_one_gives():
    with pytest.warns(FutureWarning, match="'repeats' is called 'partitions' now"):
        old = split("h", repeats=5)
    assert old == split("h", partitions=5)


def test_one_argument_by_both_names_is_refused():
    with pytest.raises(TypeError, match="got both 'repeats', its old name, and 'partitions'"):
        split("h", repeats=5, partitions=5)


def test_people_see_the_new_name_alone():
    assert list(inspect.signature(split).parameters) == ["data", "partitions"]
    assert split.__doc__ == "Docs."


def test_old_names_of_this_release_work():
    activity = np.random.default_rng(0).normal(size=(8, 3))
    rec = xr.Dataset({"activity": (("trial", "channel"), activity)}, {"condition": ("trial", list("abab" * 2))})
    with pytest.warns(FutureWarning, match="'folds' is called 'runs' now"):
        old = nu.with_runs(rec, folds=2)
    assert old.identical(nu.with_runs(rec, runs=2))
    with pytest.warns(FutureWarning, match="'folds' is called 'runs' now"):
        windows = nu.learning_axis(rec, windows=2, folds=2)
    assert windows.identical(nu.learning_axis(rec, windows=2, runs=2))
    with pytest.warns(FutureWarning, match="'noise' is called 'noise_precision' now"):
        movie = nu.trajectory(windows, metric="crossnobis", noise=np.eye(3))
    assert movie.identical(nu.trajectory(windows, metric="crossnobis", noise_precision=np.eye(3)))
    assert movie.h.attrs["noise_precision"] == "precision matrix (3, 3)"


def test_old_files_say_what_whitened_their_distances():
    step = {"step": "trajectory", "settings": {"metric": "crossnobis", "noise": "residuals"}}
    older = xr.Dataset(attrs={"history": json.dumps([step])})
    with pytest.raises(nu.InputError, match="precision of the noise, residuals"):
        _measure(older)


def test_old_flags_are_aliases():
    words = ["rdm", "rec.nc", "t.nc", "--metric", "crossnobis"]
    old = app.parse_args([*words, "--noise", "residuals", "--folds", "2"])[1]
    new = app.parse_args([*words, "--noise-precision", "residuals", "--runs", "2"])[1]
    assert old.kwargs == new.kwargs == {"metric": "crossnobis", "noise_precision": "residuals", "runs": 2}
