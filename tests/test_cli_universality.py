"""The command that asks the one question: its page, and one message for each mistake, before any work."""

import json
import re

import numpy as np
import pytest

import neurouniv as nu
from neurouniv.cli import run_command


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Two brains that share their conditions."""
    task, folder = nu.tasks.digits(per_class=1).isel(condition=slice(0, 6)), tmp_path_factory.mktemp("systems")
    for seed, name in enumerate(("net", "mouse")):
        rec = nu.simulate_brain(task, world="universal", sessions=4, repeats=6, runs=3, snr=2.0, seed=seed)
        nu.save(nu.trajectory(rec, task, metric="crossnobis"), folder / f"{name}.nc")
    return [folder / "net.nc", folder / "mouse.nc"]


def players_of(page):
    """The names of the systems in a page's player, sorted."""
    [data] = re.findall(r'<script type="application/json"[^>]*>(.*?)</script>', page)
    return sorted(one["name"] for one in json.loads(data)["systems"])


def command(*arguments):
    return run_command(["universality", *map(str, arguments)])


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::neurouniv.NeurounivWarning")
def test_from_files_to_a_page(files, tmp_path, capsys):
    page, kept = tmp_path / "page.html", tmp_path / "result.nc"
    quick = ["--rivals", "static", "--partitions", "1", "--resamples", "20", "--no-other-tasks", "--workers", "1"]
    assert command(*files, "--report", page, "--out", kept, "--names", "network", "mouse A", *quick) == 0
    result = nu.load(kept)
    answer, where = capsys.readouterr().out.strip().splitlines()
    assert answer == result.attrs["answer"]
    assert where == f"The page is {page}"
    assert result.system.values.tolist() == ["network", "mouse A"]
    text = page.read_text(encoding="utf-8")
    assert f"neurouniv universality {files[0]} {files[1]} --report {page}" in text


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::neurouniv.NeurounivWarning")
def test_the_page_of_a_kept_result_has_the_player_of_its_trajectories(files, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    words = ["compare", *map(str, files), "--out", "kept.nc", "--laws", "static", "--partitions", "1", "--quiet"]
    assert run_command(words) == 0
    assert run_command(["report", "kept.nc", "bare.html"]) == 0
    assert "<div data-player=" not in (tmp_path / "bare.html").read_text(encoding="utf-8")
    renamed, short = nu.load(files[1]), nu.load(files[0]).isel(time=slice(3))
    nu.save(renamed, "renamed.nc")
    nu.save(short, "short.nc")
    asked = ["report", "kept.nc", "page.html", "--trajectories"]
    assert run_command([*asked, "renamed.nc", str(files[0])]) == 0
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert players_of(page) == ["mouse", "net"]  # the renamed file by how it was made
    assert f"neurouniv compare {files[0]} renamed.nc --out comparison.nc" in page
    capsys.readouterr()
    assert run_command([*asked, "short.nc", "--overwrite"]) == 2
    assert "'net' needs the times of the result, 1 to 4; got 1 to 3. Give" in capsys.readouterr().err
    assert run_command([*asked, str(files[0]), "--names", "rat", "--overwrite"]) == 2
    assert "its result, net and mouse; got one that is called 'rat'" in capsys.readouterr().err
    assert run_command(["report", "kept.nc", "--names", "a"]) == 2
    assert "--names are the names of trajectories" in capsys.readouterr().err
    assert (tmp_path / "page.html").read_text(encoding="utf-8") == page


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--names", "one"], "got 2 files and 1 names"),
        (["--names", "a", "a"], r"got ['a'] more than once"),
        (["--report", "page.pdf"], "A page is HTML"),
        (["--out", "result.txt"], "ends in .nc or .zarr"),
        (["--report", "nowhere/page.html"], "The folder nowhere"),
        (["--controls", "rat"], "controls are names of systems"),
        (["--rivals", "magc"], "Choose from"),
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
    assert command(tmp_path / "task.nc", "--report", tmp_path / "page.html") == 2
    assert "holds no trajectory" in capsys.readouterr().err
    np.testing.assert_equal((tmp_path / "page.html").exists(), False)
