"""Tutorials are run as a user runs them: as a script, without a screen, in an empty folder that stays empty."""

from __future__ import annotations

import runpy
from pathlib import Path

import matplotlib.pyplot as plt
import pytest

FOLDER = Path(__file__).parents[2] / "tutorials"


@pytest.fixture
def folder():
    return FOLDER


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Run a tutorial by its number; returns its names, and closes its figures afterwards."""

    def run_one(number: str) -> dict:
        (path,) = FOLDER.glob(f"{number}_*.py")
        made = runpy.run_path(str(path), run_name="__main__")
        assert plt.get_fignums()
        assert not list(tmp_path.iterdir())
        return made

    monkeypatch.chdir(tmp_path)
    plt.switch_backend("agg")
    yield run_one
    plt.close("all")
