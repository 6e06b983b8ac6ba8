"""Data flows one way: a module imports only what comes before it."""

import ast
import subprocess
import sys
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import neurouniv

PACKAGE = Path(neurouniv.__file__).parent
ORDER = [
    ("renamed", "got", "memory", "streams"), ("errors",), ("untrusted",), ("version",), ("quantities", "label_text"),
    ("steps", "trajectory_parts", "possible"), ("task_parts",), ("schema",), ("contents",), ("kinds",), ("blame",),
    ("inputs",), ("names",), ("statement",), ("exploratory",), ("unwritten",), ("whole_files",), ("storage",),
    ("devices",), ("progress",), ("theory",), ("datasets",), ("tasks",), ("systems",), ("rdm",), ("fitting",),
    ("laws",), ("universality",), ("which_rule",), ("similarity",), ("studies",), ("headlines", "methods"),
    ("figures",), ("page",), ("demo", "experiments"), ("commands",), ("cli",), ("__main__",),
]  # fmt: skip
RANK = {part: rank for rank, parts in enumerate(ORDER) for part in parts}
FILES = sorted(path for path in PACKAGE.rglob("*.py") if path != PACKAGE / "__init__.py")


def part_of(path):
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported(path):
    """The parts of neurouniv that a file imports, anywhere in it."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("neurouniv"):
            names = node.module.split(".")[1:] or [alias.name for alias in node.names]
            yield from names[:1]
        elif isinstance(node, ast.Import):
            yield from (a.name.split(".")[1] for a in node.names if a.name.startswith("neurouniv."))


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_backwards(path):
    own = part_of(path)
    assert own in RANK, f"{own} has no place in the order of parts"
    ahead = [name for name in imported(path) if name != own and RANK[name] >= RANK[own]]
    assert not ahead, f"{own} imports {ahead}, which come later or beside it"


def module_of(path):
    return ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__")


def imported_modules(path, modules):
    """The modules of `modules` that a file imports, anywhere in it and for types alone too."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            named = [f"{node.module}.{alias.name}" for alias in node.names]
            yield from (name if name in modules else node.module for name in named)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def test_no_files_import_each_other_in_a_circle():
    modules = {module_of(path): path for path in FILES}
    imports = {name: set(imported_modules(path, modules)) & set(modules) for name, path in modules.items()}
    try:
        TopologicalSorter(imports).prepare()
    except CycleError as error:
        pytest.fail(f"These files import each other: {' <- '.join(error.args[1])}")


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_files_hold_one_idea(path):
    assert len(path.read_text().splitlines()) <= 300


def test_every_public_name_loads():
    for name in neurouniv.__all__:
        assert getattr(neurouniv, name) is not None
    with pytest.raises(AttributeError, match="has no attribute 'tran'"):
        _ = neurouniv.tran


def test_reading_help_needs_no_torch():
    code = "import sys, neurouniv.cli, neurouniv.storage; sys.exit(bool({'torch', 'mne'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
