"""docs/rsa.md says what is true: its Python and its commands run, and every call of a peer that it names exists."""

import importlib
import re
import shlex
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.io import savemat

import neurouniv as nu
from neurouniv.cli import run_command

PAGE = (Path(__file__).parents[2] / "docs" / "rsa.md").read_text()


def exists(name):
    """Whether a dotted name leads to something, through modules and their contents."""
    parts = name.split(".")
    for place in range(len(parts), 0, -1):
        try:
            found = importlib.import_module(".".join(parts[:place]))
        except ModuleNotFoundError:
            continue
        for part in parts[place:]:
            if not hasattr(found, part):
                return False
            found = getattr(found, part)
        return True
    return False


@pytest.mark.slow
def test_the_python_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code = "\n".join(re.findall(r"```python\n(.*?)```", PAGE, flags=re.S))
    made = {}
    exec(compile(code, "rsa.md", "exec"), made)
    assert made["result"].best.item() == "kind"
    assert {"models.png", "rsa.html", "rsa.nc"} == {file.name for file in tmp_path.iterdir()}


def test_every_name_of_neurouniv_and_rsatoolbox_exists():
    ours = [f"neurouniv.{name}" for name in re.findall(r"\bnu\.([\w.]*\w)", PAGE)]
    theirs = re.findall(r"\brsatoolbox(?:\.\w+)+", PAGE)
    assert len(set(ours)) > 15
    assert len(set(theirs)) > 25
    assert [name for name in {*ours, *theirs} if not exists(name)] == []
    assert not exists("rsatoolbox.rdm.no_such_thing")


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_the_commands_of_matlab_users_run(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    names = np.array([f"picture {k}" for k in range(9)], dtype=object)
    kind = np.arange(9) % 3
    rdm = (kind[:, None] != kind) + 0.1 * abs(np.subtract.outer(np.arange(9), np.arange(9)))
    savemat("brain.mat", {"RDMs": np.stack([rdm, rdm**2, 2 * rdm], axis=-1), "names": names})
    pd.DataFrame({"kind": kind.astype(str), "size": np.sin(np.arange(9))}, names).to_csv("models.csv")
    commands = re.findall(r"^system\('neurouniv (.*?)'\)", PAGE, flags=re.M)
    assert [run_command(shlex.split(command)) for command in commands] == [0, 0]
    assert "'kind' is the most similar" in capsys.readouterr().out
    result = nu.load("rsa.nc")
    assert result.similarity.sizes == {"model": 2, "time": 1}
    assert Path("rsa.html").stat().st_size > 10_000
