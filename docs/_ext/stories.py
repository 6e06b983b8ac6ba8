"""The tutorials as rows of a table, from the first lines of each script: its title, question, time and memory."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from pathlib import Path

MEASURED = re.compile(r"Measured on one core: (\d+) seconds of processor time, ([\d.]+ GB) of memory\.")
HEADS = ("", "tutorial", "question", "time", "memory")


@dataclass(frozen=True)
class Story:
    """What a script says of itself; `seconds` are of one core's time."""

    file: str
    title: str
    question: str
    seconds: int
    memory: str

    @property
    def number(self) -> str:
        return self.file[:2]

    @property
    def costs(self) -> tuple[str, str]:
        return f"{self.seconds} s", self.memory


def story_of(script: Path) -> Story:
    """The story of a script, by the form that all of them keep."""
    text = ast.get_docstring(ast.parse(script.read_text())) or ""
    question = re.search(r"\*\*Question: (.+?)\*\*", text, flags=re.S)
    measured = MEASURED.search(" ".join(text.split()))
    if question is None or measured is None:
        raise ValueError(f"{script.name} needs '**Question: ...**' and 'Measured on one core: ...' in its first lines.")
    asked = " ".join(question.group(1).split())
    title = text.split("\n")[0].removeprefix(f"{script.name[:2]}. ")
    return Story(script.name, title, asked[0].upper() + asked[1:], int(measured[1]), measured[2])


def stories_in(folder: Path) -> list[Story]:
    """All numbered scripts, in order."""
    return [story_of(script) for script in sorted(folder.glob("[0-9][0-9]_*.py"))]


def as_markdown(stories: list[Story]) -> str:
    """The table of `tutorials/README.md`."""
    rows = [HEADS, ("---",) * len(HEADS)]
    rows += [(one.number, f"[{one.title}]({one.file})", one.question, *one.costs) for one in stories]
    return "\n".join(f"| {' | '.join(row)} |".replace("|  |", "| |") for row in rows)


def as_rst(stories: list[Story]) -> str:
    """The table of the site's page."""
    rows = [HEADS]
    rows += [(one.number, f":doc:`{one.title} <{Path(one.file).stem}>`", one.question, *one.costs) for one in stories]
    lines = [".. list-table::", "    :header-rows: 1", "    :class: stories", ""]
    for first, *rest in rows:
        lines += [f"    * - {first}".rstrip(), *(f"      - {cell}" for cell in rest)]
    return "\n".join(lines)
