"""Two runs with one output: one wins whole, the other says so before any work, as of what cannot be written."""

import errno
import os
import signal
import subprocess
import sys

import pytest

from neurouniv.cli import run_command
from neurouniv.commands.claims import claim, claiming

OTHER = """
import sys, time
from pathlib import Path
from neurouniv.commands.claims import claim, claiming
with claiming():
    claim(Path(sys.argv[1]))
    print("claimed", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def other(tmp_path):
    """Starts another run, which holds the claim to an output until it ends."""
    running = []

    def start(name):
        code = [sys.executable, "-c", OTHER, tmp_path / name]
        running.append(subprocess.Popen(code, stdout=subprocess.PIPE, text=True))
        assert running[-1].stdout.readline() == "claimed\n"
        return running[-1]

    yield start
    for process in running:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("words", ["rdms rdm.nc out.nc --overwrite", "demo --out out.nc"])
def test_a_second_run_says_so_and_writes_nothing(rdm_folder, other, capsys, words):
    other("out.nc")
    assert run_command(words.split()) == 2
    told = "'out.nc' is being written by another run. Wait for its end, or give the output another name."
    assert capsys.readouterr().err == f"neurouniv: {told}\n"
    assert {path.name for path in rdm_folder.iterdir()} == {"rdm.nc", ".out.nc.lock"}


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_the_claim_of_a_run_that_ended_is_free(rdm_folder, other, number):
    first = other("out.nc")
    first.send_signal(number)
    first.wait()
    assert run_command(["rdms", "rdm.nc", "out.nc", "--squared"]) == 0
    assert {path.name for path in rdm_folder.iterdir()} == {"rdm.nc", "out.nc"}


def test_a_command_may_name_its_output_twice_and_frees_it(tmp_path):
    for _ in range(2):
        with claiming():
            claim(tmp_path / "a.nc")
            claim(tmp_path / "." / "a.nc")
            assert [path.name for path in tmp_path.iterdir()] == [".a.nc.lock"]
        assert not list(tmp_path.iterdir())


@pytest.mark.slow
def test_of_many_that_claim_at_once_one_has_it(tmp_path):
    """Each holds the lock a moment and counts; two at once would count the same number twice."""
    code = (
        "import sys, time\n"
        "from pathlib import Path\n"
        "from neurouniv.commands.claims import claim, claiming\n"
        "from neurouniv.errors import InputError\n"
        "count, done = Path(sys.argv[1]) / 'count', 0\n"
        "while done < 20:\n"
        "    try:\n"
        "        with claiming():\n"
        "            claim(Path(sys.argv[1]) / 'a.nc')\n"
        "            seen = int(count.read_text())\n"
        "            time.sleep(0.001)\n"
        "            count.write_text(str(seen + 1))\n"
        "            done += 1\n"
        "    except InputError:\n"
        "        time.sleep(0.0005)\n"
    )
    (tmp_path / "count").write_text("0")
    runs = [subprocess.Popen([sys.executable, "-c", code, tmp_path]) for _ in range(3)]
    assert [run.wait(60) for run in runs] == [0, 0, 0]
    assert (tmp_path / "count").read_text() == "60"
    assert [path.name for path in tmp_path.iterdir()] == ["count"]


@pytest.mark.parametrize("code", [errno.EACCES, errno.EROFS, errno.ENOSPC])
def test_a_place_that_cannot_be_written_is_told_before_any_work(rdm_folder, monkeypatch, capsys, code):
    def refused(path, *rest, opened=open):
        if str(path).endswith(".lock"):
            raise OSError(code, os.strerror(code), path)
        return opened(path, *rest)

    monkeypatch.setattr("builtins.open", refused)
    (rdm_folder / "rdm.nc").write_text("damaged, which reading it would tell")
    assert run_command(["rdms", "rdm.nc", "out.nc", "--squared"]) == 2
    told = f"'out.nc' cannot be written: {os.strerror(code)}. Give the output another place or name."
    assert capsys.readouterr().err == f"neurouniv: {told}\n"


def test_a_name_that_is_too_long_is_told_too(rdm_folder, capsys):
    assert run_command(["rdms", "rdm.nc", "x" * 300 + ".nc"]) == 2
    assert "File name too long" in capsys.readouterr().err
