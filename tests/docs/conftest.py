"""The folder of the site, and its extensions that need no Sphinx."""

import sys
from importlib import import_module
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture(scope="session")
def docs():
    return DOCS


@pytest.fixture
def extension(monkeypatch):
    """A module of docs/_ext by its name."""
    monkeypatch.setattr(sys, "path", [str(DOCS / "_ext"), *sys.path])
    return import_module
