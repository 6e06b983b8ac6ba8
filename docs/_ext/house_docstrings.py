"""The package's docstrings as reStructuredText.

They are written to be read in a terminal: sections are underlined, an entry is `names : text`, code stands in single
backticks, and nothing else is markup. So asterisks, bars and underscores of formulas have to be kept from Sphinx.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

OF_ENTRIES = ("Parameters", "Attributes", "Raises", "Warns")
ENTRY = re.compile(r"^(\S.*?) : (.*)$")
CODE = re.compile(r"``[^`]+``|`[^`]+`")
MARKUP = re.compile(r"[\\*|]|(?<=\w)_(?!\w)")


def as_rst(lines: list[str]) -> list[str]:
    """The docstring's lines, already dedented, in reStructuredText.

    Examples
    --------
    >>> as_rst(["Read h*.", "", "Parameters", "----------", "path : where `h` is,", "    and more."])
    ['Read h\\\\*.', '', '.. rubric:: Parameters', '', '``path``', '    where ``h`` is,', '    and more.', '']
    """
    out = []
    for title, body in _sections(lines):
        if title:
            out += [f".. rubric:: {title}", ""]
        out += list(_entries(body) if title in OF_ENTRIES else _prose(body))
    return out


def _sections(lines: list[str]) -> Iterator[tuple[str, list[str]]]:
    """(title, lines) of every part; the first has no title."""
    heads = [n for n, line in enumerate(lines[1:]) if re.fullmatch(r"-{3,}", line) and lines[n].strip()]
    for title_at, end in zip([None, *heads], [*heads, len(lines)], strict=True):
        if title_at is None:
            yield "", lines[:end]
        else:
            yield lines[title_at], lines[title_at + 2 : end]


def _entries(lines: list[str]) -> Iterator[str]:
    """Entries as a definition list; what follows them without indent is prose."""
    for first, *rest in _blocks(lines):
        match = ENTRY.match(first)
        if match is None:
            yield from _prose([first, *rest, ""])
            continue
        names, text = match.groups()
        yield ", ".join(f"``{name.strip('`')}``" for name in names.split(", "))
        yield from (f"    {escaped(line.strip())}" for line in [text, *rest])
        yield ""


def _blocks(lines: list[str]) -> Iterator[list[str]]:
    """Lines that belong together: one without indent and those with it below, or a paragraph that is no entry."""
    block: list[str] = []
    for line in lines:
        apart = not line.strip() or (ENTRY.match(line) and not line.startswith(" "))
        if apart and block:
            yield block
            block = []
        if line.strip():
            block.append(line)
    if block:
        yield block


def _prose(lines: list[str]) -> Iterator[str]:
    """Paragraphs escaped; an indented block after a paragraph's end is set as it stands, examples too."""
    for paragraph in _paragraphs(lines):
        if paragraph[0].startswith(">>>"):
            yield from paragraph
        elif all(line.startswith(" ") for line in paragraph):
            yield from ["::", "", *paragraph]
        else:
            yield from (escaped(line.strip()) for line in paragraph)
        yield ""


def _paragraphs(lines: list[str]) -> Iterator[list[str]]:
    paragraph: list[str] = []
    for line in [*lines, ""]:
        if line.strip():
            paragraph.append(line)
        elif paragraph:
            yield paragraph
            paragraph = []


def escaped(line: str) -> str:
    """Code in double backticks, everything else without markup; three dots are one sign, at which no summary ends."""
    out, at = "", 0
    for match in CODE.finditer(line):
        out += _plain(line[at : match.start()]) + f"``{match.group().strip('`')}``"
        at = match.end()
        if line[at : at + 1].isalnum():
            out += "\\ "
    return out + _plain(line[at:])


def _plain(text: str) -> str:
    return MARKUP.sub(r"\\\g<0>", text.replace("...", "…"))


def _process(app, what, name, obj, options, lines: list[str]) -> None:
    lines[:] = as_rst(lines)


def setup(app) -> dict[str, bool]:
    app.connect("autodoc-process-docstring", _process)
    return {"parallel_read_safe": True}
