"""The README says what is true: its Python runs, its commands and folders exist."""

import re
from pathlib import Path

import pytest

from neurouniv.cli import run_command
from neurouniv.commands import app

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()


def test_the_python_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code = "\n".join(re.findall(r"```python\n(.*?)```", README, flags=re.S))
    exec(compile(code, "README.md", "exec"), {})
    assert (tmp_path / "report.html").stat().st_size > 10_000


@pytest.mark.parametrize("command", sorted(set(re.findall(r"^    neurouniv (\w+)", README, flags=re.M))))
def test_every_command_has_help_with_an_example(command, capsys):
    assert run_command([command, "--help"]) == 0
    assert "Example: neurouniv" in capsys.readouterr().out
    assert command in app


def test_every_folder_and_picture_named_exists():
    named = re.findall(r"`((?:neurouniv|tests|benchmarks)[\w/.]*)`", README)
    named += re.findall(r"!\[[^]]*\]\(([^)]+)\)", README)
    assert len(named) > 8
    assert [name for name in named if not (ROOT / name).exists() and not (ROOT / f"{name}.py").exists()] == []
