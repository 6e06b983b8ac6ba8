"""The README says what is true: its Python runs, its commands and folders exist."""

import re
import shlex
from pathlib import Path

import pytest

import neurouniv
from neurouniv.cli import run_command
from neurouniv.commands import app
from neurouniv.commands.word_order import first_word_first

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text()
EXAMPLES = README + (ROOT / "docs/guide/command_line.md").read_text()
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")), *sorted((ROOT / "docs" / "guide").glob("*.md"))]
DOCS = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "docs/rsa.md", "docs/words.md", "tests/README.md")]


@pytest.mark.slow
def test_the_python_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code = "\n".join(re.findall(r"```python\n(.*?)```", README, flags=re.S))
    exec(compile(code, "README.md", "exec"), {})
    assert (tmp_path / "report.html").stat().st_size > 10_000


@pytest.mark.parametrize("command", sorted(set(re.findall(r"^    neurouniv ((?:study )?\w+)", EXAMPLES, flags=re.M))))
def test_every_command_has_help_with_an_example(command, capsys):
    assert run_command([*command.split(), "--help"]) == 0
    assert f"Examples:\n  neurouniv {command}" in capsys.readouterr().out
    assert command.split()[0] in app


def command_lines(page):
    """The commands of a page's indented and bash blocks, without what a shell does with their output."""
    blocks = re.findall(r"```bash\n(.*?)```|((?:^    .*\n)+)", page.read_text(), flags=re.S | re.M)
    lines = "\n".join("".join(block) for block in blocks).replace("\\\n", " ").splitlines()
    return [re.split(r" (?:2>|\|) ", line)[0] for line in lines if line.strip().startswith("neurouniv ")]


def test_every_command_line_of_the_docs_is_understood():
    """Commands and options exist under these names, and no argument is missing; old names are not understood here."""
    given = [shlex.split(line, comments=True)[1:] for page in PAGES for line in command_lines(page)]
    asked = [words for words in given if not {"--help", "--help-all", "--install-completion"} & set(words)]
    assert len(asked) > 40
    for words in asked:
        app.parse_args(first_word_first(words), exit_on_error=False, print_error=False)


def test_every_folder_and_picture_named_exists():
    named = re.findall(r"`((?:neurouniv|tests|benchmarks)(?:/[\w/.]*)?)`", CONTRIBUTING)
    named += re.findall(r"!?\[[^]]*\]\(([\w/.]+)\)", README)
    assert len(named) > 30
    assert [name for name in named if not (ROOT / name).exists() and not (ROOT / f"{name}.py").exists()] == []


def test_the_map_holds_every_part_of_the_package_and_nothing_else():
    rows = re.findall(r"^\| (`neurouniv/[^|]*) \|", CONTRIBUTING, flags=re.M)
    named = [name.removeprefix("neurouniv/") for row in rows for name in re.findall(r"`([\w/.]+)`", row)]
    parts = [path for path in (ROOT / "neurouniv").iterdir() if path.is_dir() or path.suffix == ".py"]
    assert sorted(named) == sorted(path.name for path in parts if not path.name.startswith("_"))


@pytest.mark.parametrize("path", DOCS, ids=lambda path: path.name)
def test_places_that_the_docs_name_exist(path):
    text = path.read_text()
    places = re.findall(r"`((?:neurouniv|tests|benchmarks|docs)/[\w/.]*)`", text)
    links = re.findall(r"\]\((?!https?:)([\w/.]+)", text)
    places += [f"{path.parent.relative_to(ROOT)}/{link}" for link in links]
    assert [place for place in places if not (ROOT / place).exists()] == []
    assert [name for name in re.findall(r"`nu\.(\w+)", text) if name not in neurouniv.__all__] == []
