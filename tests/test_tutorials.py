"""Every tutorial runs as it stands, and leaves what it says."""

import re
import runpy
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[1] / "tutorials"


@pytest.mark.parametrize("path", sorted(FOLDER.glob("[a-z]*.py")), ids=lambda path: path.stem)
@pytest.mark.filterwarnings("default")  # a reader sees warnings; they do not end a tutorial
def test_it_runs_and_leaves_its_files(path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    runpy.run_path(str(path))
    left = set(re.findall(r'"(\w+\.(?:png|nc|html|mat))"', path.read_text()))
    assert left == {file.name for file in tmp_path.iterdir()}
    assert all(file.stat().st_size > 1000 for file in tmp_path.iterdir())
