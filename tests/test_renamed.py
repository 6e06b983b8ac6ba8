"""Old names of arguments work, and say what they are called now."""

import inspect
import json

import numpy as np
import pytest
import xarray as xr

import neurouniv as nu
from neurouniv.cli import run_command
from neurouniv.commands import app
from neurouniv.commands.old_names import OLD, renewed
from neurouniv.renamed import renamed
from neurouniv.universality.scores.start_ceiling import _measure

LAWS = [nu.RIVALS["gain"](), nu.RIVALS["static"]()]
QUICK = {"law": "gain", "rivals": ["static"], "sessions": [4], "repeats": [4], "neurons": 10, "studies": 1}


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


NAMES = [(words, old, new) for words, names in OLD.items() for old, new in names.items()]


@pytest.mark.parametrize(("words", "old", "new"), NAMES, ids=lambda value: str(value) if isinstance(value, str) else "")
def test_old_options_of_the_command_line_work_and_say_their_new_names(words, old, new):
    for value in new.values or {f"3{new.ends}": f"3{new.ends}"}:
        given = new.values.get(value, value)
        for ways in (([old, value], [new.option, given]), ([f"{old}={value}"], [f"{new.option}={given}"])):
            told = []
            assert renewed([*words, "a.nc", *ways[0], "--json"], told.append) == [*words, "a.nc", *ways[1], "--json"]
            (sentence,) = told
            assert old in sentence
            assert f"called {new.option}" in sentence
    command = app
    for word in words:
        command = command[word]
    options = {name for one in command.assemble_argument_collection() for name in one.names}
    assert new.option in options
    assert old not in options or new.ends


def test_what_is_no_old_name_stays_as_it_is():
    words = ["universality", "a.nc", "--out", "answer.nc", "--report", "page.html", "--", "--save"]
    assert renewed(words, pytest.fail) == words
    assert renewed(["fit", "a.nc", "--time", "--save"], pytest.fail) == ["fit", "a.nc", "--time", "--save"]


@pytest.mark.parametrize(
    ("old", "call", "answer"),
    [
        ("repeats", lambda traj: nu.compare(LAWS, traj, repeats=0), "partitions=0"),
        ("bootstrap", lambda traj: nu.compare(LAWS, traj, bootstrap=1), "resamples is at least"),
        ("source", lambda traj: nu.compare(LAWS, traj, "systems", source=7), "constants_from is one of"),
        ("repeats", lambda traj: nu.levels({"net": traj}, LAWS[0], repeats=0), "partitions=0"),
        ("repeats", lambda traj: nu.recover(LAWS, traj, 1, repeats=0), "partitions=0"),
        ("bootstrap", lambda traj: nu.recover(LAWS, traj, 1, bootstrap=1), "resamples is at least"),
        ("noise", lambda traj: nu.recover(LAWS, traj, 1, noise=-1.0), "noise_sd is a positive"),
        ("bootstrap", lambda _: nu.plan(nu.tasks.digits(per_class=1), **QUICK, bootstrap=1), "resamples is at least"),
        ("repeats", lambda traj: nu.universality_test(traj, repeats=0), "partitions=0"),
        ("bootstrap", lambda traj: nu.universality_test(traj, bootstrap=1), "resamples is at least"),
        ("bootstrap", lambda traj: nu.rsa_between(traj, traj, bootstrap=1), "resamples a number"),
    ],
)
def test_old_names_of_the_toolkit_work_and_warn(make_world, old, call, answer):
    one = make_world(n=6, times=5, see=("h",), noise=0.05)
    traj = xr.concat([one, one], "seed", data_vars=["h", "h_var"])
    with pytest.warns(FutureWarning, match=f"'{old}' is called"), pytest.raises(nu.InputError, match=answer):
        call(traj)


def test_the_draws_of_a_bootstrap_have_an_old_name(make_world):
    with pytest.warns(FutureWarning, match="'repeats' is called 'resamples' now"):
        draws = nu.bootstrap(nu.PairwiseModel(), make_world(n=5, times=5, see=("h",)), repeats=3)
    assert draws.sizes["repeat"] == 3


@pytest.mark.parametrize("command", ["compare", "universality", "rules"])
def test_the_command_line_takes_old_flags_too(command, capsys):
    assert run_command([command, "net.nc", "--out", "result.nc", "--repeats", "3", "--bootstrap", "9"]) == 2
    told = capsys.readouterr().err.splitlines()
    assert [line.split(" ")[1] for line in told[:2]] == ["--repeats", "--bootstrap"]
    assert "net.nc" in told[2]
