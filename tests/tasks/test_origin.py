"""Every guess of the task is told in fits, comparisons, verdicts and pages; one that says nothing is refused."""

import html

import numpy as np
import pytest
import xarray as xr

import neurouniv as nu
from neurouniv.page.universality import universality_sections
from neurouniv.tasks.inferred_task import recorded_task
from neurouniv.tasks.origin import notes, says_nothing

GUESS = "a guess from the conditions' names"
NOTE = f"The task is not known, but {GUESS}."
LAWS = [nu.RIVALS["exponential"](), nu.RIVALS["static"]()]
ODOURS = ["hexanal", "limonene", "octanal", "pinene", "decanal", "carvone"]
PARTS = [f"{kind}_{side}" for kind in ("car", "cat", "cup") for side in ("left", "right")]


def recording(names, sessions=4, runs=4, seed=0):
    """Activity in which the first halves of names come apart over sessions."""
    rng = np.random.default_rng(seed)
    session, run, condition = np.indices((sessions, runs, len(names))).reshape(3, -1)
    fixed, learned = rng.normal(size=(len(names), 12)), rng.normal(size=(2, 12))
    grown = np.array([0.2, 1.0, 1.6, 1.8, 1.9])[session][:, None] * learned[condition % 2]
    values = fixed[condition] + grown + 0.3 * rng.normal(size=(session.size, 12))
    coords = {"condition": np.array(names)[condition], "session": session + 1, "run": run, "rewarded": condition % 2}
    return xr.Dataset({"activity": (("trial", "channel"), values)}, {n: ("trial", v) for n, v in coords.items()})


def movie(names, **task):
    rec = recording(names)
    return nu.trajectory(rec, recorded_task(rec, **task), metric="crossnobis")


@pytest.fixture(scope="module")
def guessed():
    return movie(PARTS)


@pytest.fixture(scope="module")
def compared(guessed):
    with pytest.warns(nu.NeurounivWarning):  # few conditions
        return nu.compare(LAWS, guessed, resamples=20, progress=False)


def test_a_trajectory_carries_where_its_task_is_from(guessed, tmp_path):
    assert guessed.attrs["task_from"] == GUESS
    assert nu.load(nu.save(guessed, tmp_path / "t.nc")).attrs["task_from"] == GUESS
    half = movie(ODOURS, targets="rewarded")
    assert half.attrs["task_from"] == f"stimuli: {GUESS}; targets: `rewarded` of the trials"
    assert notes(half) == f"The task is in part a guess ({half.attrs['task_from']})."
    table = {name: [k, k % 3] for k, name in enumerate(ODOURS)}
    known = movie(ODOURS, stimuli=table, targets="rewarded")
    assert known.attrs["task_from"] == "stimuli: a table given; targets: `rewarded` of the trials"
    assert notes(known) == ""
    both = movie(PARTS, stimuli="first")
    assert notes(both) == f"The task is a guess (stimuli: a guess from the earliest activity; targets: {GUESS})."
    given = nu.tasks.from_arrays(np.eye(6), np.eye(6), PARTS)
    assert "task_from" not in nu.trajectory(recording(PARTS), given).attrs


def test_networks_that_learn_a_guess_carry_it():
    task = recorded_task(recording(PARTS))
    runs = nu.train(task, width=5, epochs=4, record=3, progress=False)
    assert nu.trajectory(runs).attrs["task_from"] == GUESS
    known = nu.tasks.from_arrays(task.stimuli, task.targets)
    assert "task_from" not in nu.trajectory(runs, known).attrs


def test_rdms_read_with_a_guess_carry_it(guessed):
    square = nu.to_square(guessed)
    read = nu.read_rdms(square, squared=True, task=recorded_task(recording(PARTS)))
    assert read.attrs["task_from"] == GUESS


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::neurouniv.NeurounivWarning")
def test_fits_say_it(guessed):
    fitted = nu.UniversalModel().fit(guessed).constants_
    assert fitted.attrs["task_from"] == GUESS
    assert fitted.message.item().startswith(f"The task is not known, but {GUESS}. ")
    known = nu.UniversalModel().fit(guessed.drop_attrs(deep=False)).constants_
    assert "task_from" not in known.attrs
    assert fitted.message.item().lower().endswith(f"{known.message.item().rstrip('.')}.".lower())


@pytest.mark.slow
def test_comparisons_and_verdicts_say_it(compared, tmp_path):
    compared = nu.load(nu.save(compared, tmp_path / "c.nc"))
    assert compared.attrs["task_from"] == GUESS
    assert nu.verdict(compared).text.splitlines()[0] == NOTE


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::neurouniv.NeurounivWarning")
def test_the_page_says_it(compared, guessed, tmp_path):
    assert NOTE in html.unescape(nu.report(compared, tmp_path / "errors.html").read_text())
    without_errors = nu.compare(LAWS, guessed, progress=False)
    assert NOTE in html.unescape(nu.report(without_errors, tmp_path / "none.html").read_text())


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::neurouniv.NeurounivWarning")
def test_of_several_systems_those_are_named_that_rest_on_a_guess(guessed, tmp_path):
    known = guessed.drop_attrs(deep=False)
    result = nu.compare(LAWS, {"mouse": guessed, "net": known}, progress=False)
    result = nu.load(nu.save(result, tmp_path / "c.zarr"))
    assert result["task_from"].values.tolist() == [GUESS, ""]
    assert notes(result) == f"The task is not known, but {GUESS} (in mouse)."
    assert notes(result.sel(system=["net"])) == ""
    assert "task_from" not in nu.compare(LAWS, {"a": known, "b": known}, progress=False).coords


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::neurouniv.NeurounivWarning")
def test_the_answer_on_universality_says_it(guessed, tmp_path):
    options = {"law": nu.PairwiseModel(), "rivals": ["static"], "resamples": 20, "permutations": 20, "progress": False}
    result = nu.universality_test({"mouse": guessed}, **options)
    sections = {section.title: section for section in universality_sections(result)}
    told = f"The task is not known, but {GUESS} (in mouse)."
    assert result.attrs["answer"].endswith(told)
    assert sections["The answer"].lead.endswith(told)
    assert f"guessed: {GUESS}: mouse" in sections["The task that was assumed"].text
    assert told in sections["How it was done"].text
    assert {"stimuli all equally far apart", "every condition its own target"} <= set(result["assumption"].values)


@pytest.mark.parametrize("names", [ODOURS, ["0", "45", "90", "135"], ["s_1", "s_2", "s_3", "s_4"], ["car_a", "car_b"]])
def test_a_guess_that_says_nothing_is_refused(names):
    traj = movie(names)
    assert says_nothing(traj.dx2, traj.dy2)
    told = (
        r"a guess from the conditions' names, and the guess says nothing.*--map condition=FIELD targets=FIELD.*--task"
    )
    for law in (nu.UniversalModel(), nu.PairwiseModel(), nu.RIVALS["static"]()):
        with pytest.raises(nu.InputError, match=told):
            law.fit(traj)
    with pytest.raises(nu.InputError, match=told):
        nu.compare(LAWS, traj, split=None)
    with pytest.raises(nu.InputError, match=f"'mouse': The task of this trajectory is {told}"):
        nu.universality_test({"mouse": traj})


@pytest.mark.filterwarnings("ignore::neurouniv.NeurounivWarning")
def test_what_is_given_may_say_nothing():
    """Stimuli all unlike and targets all unlike are a task like any other, where somebody says so."""
    rec = recording(ODOURS)
    traj = nu.trajectory(rec, nu.tasks.from_arrays(np.eye(6), np.eye(6), ODOURS), metric="crossnobis")
    assert says_nothing(traj.dx2, traj.dy2)
    assert np.isfinite(nu.RIVALS["static"]().fit(traj).constants_.loss)


def test_a_trajectory_without_a_task_says_how_to_give_one():
    traj = nu.trajectory(recording(ODOURS), metric="crossnobis")
    told = r"this trajectory has no task.*--map condition=FIELD targets=FIELD.*recorded_task\(rec, stimuli=table"
    with pytest.raises(nu.InputError, match=told):
        nu.UniversalModel().fit(traj)
    with pytest.raises(nu.InputError, match=told):
        nu.compare(LAWS, traj)
    with pytest.raises(nu.InputError, match=f"'mouse': .*{told}"):
        nu.universality_test({"mouse": traj})
