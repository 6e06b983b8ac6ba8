"""The task in the experiment's own terms at the command line, and guesses, which are told or refused."""

import numpy as np
import pytest

import neurouniv as nu
from neurouniv.cli import run_command

NAMES = ["hexanal", "limonene", "octanal", "pinene", "decanal", "carvone"]
WORDS = ["--map", "activity=rates", "condition=odour", "session=day", "run=block"]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Three days of six odours in four blocks, and tables about the odours."""
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    day, block, odour = np.indices((3, 4, 6)).reshape(3, -1)
    rates = rng.normal(size=(6, 8))[odour] + 0.3 * rng.normal(size=(day.size, 8))
    fields = {"day": day + 1, "block": block, "rewarded": odour % 2, "side": rng.integers(0, 2, day.size)}
    np.savez("day.npz", rates=rates, odour=np.array(NAMES)[odour], **fields)
    chain = {name: 6 + k for k, name in enumerate(NAMES)}
    (tmp_path / "odours.csv").write_text("odour;chain\n" + "".join(f"{name};{n}\n" for name, n in chain.items()))
    rows = [f"{name},{n},{'go' if n % 2 else 'stop'}\n" for name, n in chain.items()]
    (tmp_path / "task.csv").write_text("condition,stimulus_chain,target\n" + "".join(rows))
    return tmp_path


def said(capsys, *arguments):
    """The exit code, and what stands on stdout and stderr."""
    code = run_command([str(argument) for argument in arguments])
    return code, *capsys.readouterr()


def test_without_a_task_the_movie_is_made_and_a_fit_refused(folder, capsys):
    code, out, _ = said(capsys, "rdm", "day.npz", "t.nc", *WORDS)
    assert code == 0
    assert "task: not known; the names of the conditions say nothing of it" in out
    assert "dx2" not in nu.load("t.nc").coords
    for command in (["fit", "t.nc"], ["compare", "t.nc", "--out", "c.nc"], ["universality", "t.nc", "--out", "u.nc"]):
        code, _, err = said(capsys, *command)
        assert code == 2
        assert "this trajectory has no task. To give the task" in err
        assert "targets=FIELD" in err


def test_a_guess_that_is_asked_for_and_says_nothing_is_refused_too(folder, capsys):
    code, out, _ = said(capsys, "rdm", "day.npz", "t.nc", *WORDS, "--stimuli", "names")
    assert (code, "it says nothing: all pairs are equally far apart" in out) == (0, True)
    code, _, err = said(capsys, "fit", "t.nc")
    assert (code, "the guess says nothing" in err) == (2, True)


@pytest.mark.filterwarnings("ignore::neurouniv.NeurounivWarning")
@pytest.mark.parametrize("by", [["targets=rewarded"], ["--targets", "rewarded"]])
def test_targets_of_a_field_and_stimuli_of_a_table(folder, capsys, by):
    code, out, _ = said(capsys, "rdm", "day.npz", "t.nc", *WORDS, *by, "--stimuli", "odours.csv")
    assert (code, out.splitlines()[-1]) == (0, "task: stimuli: odours.csv; targets: `rewarded` of the trials")
    traj = nu.load("t.nc")
    assert traj.condition.values.tolist() == NAMES
    assert traj.dx2.values[:5].tolist() == [1, 4, 9, 16, 25]
    assert traj.dy2.values[:5].tolist() == [1, 0, 1, 0, 1]


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::neurouniv.NeurounivWarning")
def test_half_a_task_is_told_to_be_half_a_guess(folder, capsys):
    _, out, _ = said(capsys, "rdm", "day.npz", "t.nc", *WORDS, "--targets", "rewarded")
    origin = "stimuli: a guess from the conditions' names; targets: `rewarded` of the trials"
    told = f"The task is in part a guess ({origin})."
    for command in (["fit", "t.nc", "--law", "static"], ["compare", "t.nc", "--laws", "static", "--out", "c.nc"]):
        assert said(capsys, *command)[1].splitlines()[0] == told
    assert f"task: {origin}. If it is known: " in out
    assert nu.load("c.nc").attrs["task_from"] == origin


def test_a_task_is_a_table_of_both(folder, capsys):
    assert said(capsys, "rdm", "day.npz", "t.nc", *WORDS, "--task", "task.csv")[0] == 0
    traj = nu.load("t.nc")
    assert traj.dx2.values[:3].tolist() == [1, 4, 9]
    assert traj.dy2.values[:3].tolist() == [2, 0, 2]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--task", "odours.csv"], "needs a column `condition` with the names of the conditions; its columns are od"),
        (["--task", "tasks.csv"], "columns condition, stimulus..., target..."),
        (["--task", "task.csv", "--targets", "angles"], "--task gives stimuli and targets; --targets gives them too"),
        (["--targets", "side"], "`side` has several in 6 of 6"),
        (["--targets", "reward"], "has no field 'reward'"),
        (["--targets", "reward.csv"], "There is no file reward.csv to take targets from"),
        (["--stimuli", "odour.csv"], "There is no file odour.csv to take stimuli from"),
        (["--stimuli", "chain"], "--stimuli is names or first, or the file of a table"),
        (["targets=rewarded", "--targets", "side"], "--targets side and --map targets=rewarded differ"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_told_in_one_message(folder, capsys, words, told):
    code, _, err = said(capsys, "rdm", "day.npz", "t.nc", *WORDS, *words)
    assert (code, err.count("\n")) == (2, 1)
    assert told in err


def test_the_demo_refuses_a_guess_that_says_nothing_before_any_work(folder, capsys):
    code, _, err = said(capsys, "demo", "--recording", "day.npz", "--out", "out", *WORDS)
    assert (code, "'day.npz': The task of this trajectory is a guess" in err) == (2, True)
    assert not (folder / "out").exists()
