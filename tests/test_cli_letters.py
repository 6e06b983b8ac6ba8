"""Letters of any language in names of files and conditions, whatever encoding the system and the terminal have."""

import os
import subprocess
import sys

import numpy as np
import pytest

import neurouniv as nu
from neurouniv.cli import run_command

NAMES = ["Ä/ö", "猫", "a b%#", "ı <b>"]
FILE = "u n%#é.nc"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with RDMs of conditions whose names have letters of many languages."""
    made = tmp_path_factory.mktemp("ordner é %20#")
    movie = np.abs(np.subtract.outer(np.arange(4.0), np.arange(4.0)))[None] * np.arange(1, 4)[:, None, None]
    traj = nu.read_rdms(movie, dims="time", condition=NAMES, time=[0, 1, 2], squared=True)
    nu.save(traj, made / FILE)
    return made


def asked(folder, words, **environment):
    code = "import sys; from neurouniv.cli import main; main(sys.argv[1:])"
    with_these = {name: value for name, value in os.environ.items() if not name.startswith(("LC_", "LANG", "PYTHONIO"))}
    done = subprocess.run(
        [sys.executable, "-c", code, *words], cwd=folder, env=with_these | environment, capture_output=True, check=False
    )
    return done.returncode, done.stdout.decode() + done.stderr.decode()


@pytest.mark.slow
def test_a_terminal_of_few_letters_gets_their_numbers(folder):
    words = ["figure", "rdm", FILE, "bild é.svg", "--quiet"]
    assert asked(folder, words, PYTHONIOENCODING="ascii", LC_ALL="C", COLUMNS="20") == (
        0, "The figure is bild \\xe9.svg\n",
    )  # fmt: skip
    drawn = (folder / "bild é.svg").read_text(encoding="utf-8")
    assert all(name in drawn for name in ("Ä/ö", "猫", "a b%#", "ı &lt;b&gt;"))


def test_a_python_without_utf_8_says_what_to_set(folder):
    code, told = asked(folder, ["fit", FILE], LC_ALL="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0")
    assert (code, told) == (
        2,
        "neurouniv: Names need letters of the encoding ascii; got 'u n%#\\udcc3\\udca9.nc'. Set PYTHONUTF8=1 before "
        "the command, or give the file another name.\n",
    )


def test_a_name_of_bytes_that_are_no_letters_is_told(capsys):
    assert run_command(["fit", os.fsdecode(b"traj\xff.nc")]) == 2
    assert r"Names need letters of the encoding utf-8; got 'traj\udcff.nc'." in capsys.readouterr().err
