"""All sentences that users can meet, in one file to read through: `make sentences` writes docs/_build/sentences.md.

First the texts of results, made by running the code on made-up results over its branches, as users read them; then the
strings in the code, file by file, with `{...}` for what is filled in and the kind of sentence they belong to.
"""

from __future__ import annotations

import ast
import importlib.util
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "neurouniv"
FEWEST_WORDS = 4
"""Shorter strings are labels, options and names."""
KINDS = {"page": "page", "figures": "figure", "commands": "command", "demo": "page", "experiments": "claim"}
VERDICTS = (
    "universality/verdict",
    "universality/trial",
    "universality/pre_post",
    "universality/planning",
    "which_rule",
)


class Sentence(NamedTuple):
    """A string of the code: its file, line and text, and whether it is an error, a warning, or of what else."""

    path: str
    line: int
    kind: str
    text: str


def sentences(packages: tuple[str, ...] | None = None) -> Iterator[Sentence]:
    """The strings of the code with a few words or more, without docstrings; of all packages, or of some."""
    for path in sorted(PACKAGE.rglob("*.py")):
        name = path.relative_to(PACKAGE)
        if packages is None or name.parts[0].removesuffix(".py") in packages:
            tree = ast.parse(path.read_text(encoding="utf-8"))
            for line, kind, text in _strings(tree, _kind_of(name.as_posix()), _docstrings(tree)):
                if len(text.split()) >= FEWEST_WORDS and re.search("[a-z]{2}", text):
                    yield Sentence(name.as_posix(), line, kind, text)


def _kind_of(path: str) -> str:
    return KINDS.get(path.split("/")[0], "verdict" if path.startswith(VERDICTS) else "text")


def _docstrings(tree: ast.AST) -> set[int]:
    """The strings that stand alone as statements."""
    alone = (node.value for node in ast.walk(tree) if isinstance(node, ast.Expr))
    return {id(value) for value in alone if isinstance(value, ast.Constant)}


def _strings(node: ast.AST, kind: str, left_out: set[int]) -> Iterator[tuple[int, str, str]]:
    """Line, kind and text of every string below a node, each as whole as the code has it."""
    if id(node) in left_out:
        return
    text = _text(node)
    if text is not None:
        yield getattr(node, "lineno", 0), kind, text
        return
    if isinstance(node, ast.Raise):
        kind = "error"
    if isinstance(node, ast.Call):
        name = ast.unparse(node.func)
        kind = "warning" if name.endswith("warn") else "error" if name.endswith("Error") else kind
    for child in ast.iter_child_nodes(node):
        yield from _strings(child, kind, left_out)


def _text(node: ast.AST) -> str | None:
    """A string as it is written, with what is filled in in braces; None of what is no string."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        parts = [
            part.value if isinstance(part, ast.Constant) else f"{{{ast.unparse(part.value)}}}" for part in node.values
        ]
        return "".join(map(str, parts))
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        left, right = _text(node.left), _text(node.right)
        return None if left is None or right is None else left + right
    return None


def main() -> None:
    """Write all sentences."""
    place = ROOT / "docs" / "_build" / "sentences.md"
    place.parent.mkdir(parents=True, exist_ok=True)
    lines = ["# Texts of results", ""]
    for title, text in _results().texts():
        lines += [f"## {title}", "", text, ""]
    lines += ["# Sentences in the code", ""]
    last = ""
    for sentence in sentences():
        lines += [f"\n## {sentence.path}\n"] if sentence.path != last else []
        lines.append(f"- {sentence.line}, {sentence.kind}: {' '.join(sentence.text.split())}")
        last = sentence.path
    place.write_text("\n".join(lines) + "\n", encoding="utf-8")
    sys.stdout.write(f"{place}\n")


def _results():
    """The module beside this one that makes results and their texts."""
    spec = importlib.util.spec_from_file_location("result_texts", Path(__file__).with_name("result_texts.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


if __name__ == "__main__":
    main()
