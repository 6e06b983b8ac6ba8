"""Tab completes commands, options and values: scripts for three shells, and what bash makes of its own."""

import os
import shutil
import subprocess
from typing import get_args

import pytest

from neurouniv.cli import run_command
from neurouniv.commands import app
from neurouniv.commands.choices import LearningRule

ASK = """
source {script}
{function}() {{ $(complete -p neurouniv | sed 's/.*-F \\([^ ]*\\) .*/\\1/'); printf '%s\\n' "${{COMPREPLY[@]}}"; }}
COMP_WORDS=({words})
COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))
{function}
"""


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_is_put_where_the_shell_looks_and_names_all(tmp_path, monkeypatch, capsys, shell):
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("ZSH_CUSTOM", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "ZDOTDIR", "ZSH"):
        monkeypatch.delenv(name, raising=False)
    assert run_command(["--install-completion", "--shell", shell]) == 0
    assert str(tmp_path) in capsys.readouterr().out
    scripts = [path for path in tmp_path.rglob("*neurouniv*") if path.is_file()]
    text = scripts[0].read_text()
    for word in (
        "universality",
        "sbatch",
        "noise-precision",
        "install-completion",
        "help-all",
        *get_args(LearningRule),
    ):
        assert word in text


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
@pytest.mark.parametrize(
    ("words", "completed"),
    [
        ("neurouniv univ", ["universality"]),
        ("neurouniv study sb", ["sbatch"]),
        ("neurouniv rdm --noise-", ["--noise-by", "--noise-precision"]),
        ("neurouniv fit traj.nc --law ga", ["gain"]),
        ("neurouniv train xor runs.nc --rule pred", ["predictive_coding"]),
    ],
)
def test_bash_completes(tmp_path, words, completed):
    script = tmp_path / "neurouniv.bash"
    script.write_text(app.generate_completion(shell="bash"))
    asked = ASK.format(script=script, words=words, function="ask_neurouniv")
    done = subprocess.run(["bash", "-c", asked], capture_output=True, text=True, check=True, env=os.environ)
    assert sorted(done.stdout.split()) == completed
