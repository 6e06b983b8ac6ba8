"""The command that asks the one question: its page, and one message for each mistake, before any work."""

import numpy as np
import pytest

import neurouniv as nu
from neurouniv.cli import run_command


@pytest.fixture
def files(tmp_path, make_world):
    """Two systems that share their conditions."""
    paths = []
    for number, name in enumerate(("net", "mouse")):
        paths.append(tmp_path / f"{name}.nc")
        nu.save(make_world(n=8, times=6, see=("h",), noise=0.02, seed=0 if number else 1), paths[-1])
    return paths


def command(*arguments):
    return run_command(["universality", *map(str, arguments)])


@pytest.mark.filterwarnings("ignore::neurouniv.NeurounivWarning")
def test_from_files_to_a_page(files, tmp_path, capsys):
    page, kept = tmp_path / "page.html", tmp_path / "result.nc"
    asked = ["--out", page, "--save", kept, "--names", "network", "mouse A", "--rivals", "static", "--bootstrap", "20"]
    assert command(*files, *asked) == 0
    result = nu.load(kept)
    answer, where = capsys.readouterr().out.strip().splitlines()
    assert answer == result.attrs["answer"]
    assert where == f"The page is {page}"
    assert result.system.values.tolist() == ["network", "mouse A"]
    assert "mouse A" in page.read_text()
    assert run_command(["report", str(kept), str(tmp_path / "again.html")]) == 0


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--names", "one"], "2 files and 1 names came"),
        (["--names", "a", "a"], r"['a'] came more than once"),
        (["--out", "page.pdf"], "A page is HTML"),
        (["--save", "result.txt"], "ends in .nc or .zarr"),
        (["--out", "nowhere/page.html"], "The folder nowhere"),
        (["--controls", "rat"], "controls are names of systems"),
        (["--rivals", "magic"], "rivals are names"),
    ],
)
def test_mistakes_are_told_before_the_work(files, more, said, capsys, monkeypatch):
    monkeypatch.setattr(nu.UniversalModel, "fit", lambda *_: pytest.fail("it worked before it checked"))
    assert command(*files, *more) == 2
    error = capsys.readouterr().err
    assert said in error
    assert len(error.strip().splitlines()) == 1


def test_a_file_without_a_trajectory(tmp_path, capsys):
    nu.save(nu.tasks.xor(), tmp_path / "task.nc")
    assert command(tmp_path / "task.nc", "--out", tmp_path / "page.html") == 2
    assert "holds no trajectory" in capsys.readouterr().err
    np.testing.assert_equal((tmp_path / "page.html").exists(), False)
