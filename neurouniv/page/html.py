"""Sections as HTML: what the template is given, and the policy by which the page itself forbids every request."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import files
from platform import python_version
from typing import Any

import jinja2
import xarray as xr
from markupsafe import Markup, escape

from neurouniv.figures.embed import data_uri, pdf_uri
from neurouniv.figures.numbers import words
from neurouniv.figures.tables import Table, cells, table_of
from neurouniv.page.player import look, script
from neurouniv.page.section import Picture, Section
from neurouniv.page.steps import settings_of
from neurouniv.schema import history, package_version

PACKAGES = ("numpy", "scipy", "xarray", "torch", "rsatoolbox", "scikit-learn", "matplotlib")
TEMPLATE, WIDE = "page.html.jinja", 460
"""The template, and the pixels above which a figure is scrolled on a narrow screen, for its letters stay as large."""
INTERVAL, LOOSE = "number interval", "loose"
LONG_CELL, LONG_WORD = 60, 18
"""Letters of a cell that needs room, and of a word that may be broken."""


def html(sections: Sequence[Section], title: str, settings: Mapping[str, Any]) -> str:
    """The page of some sections, at least one."""
    contexts = [_section_context(section, i) for i, section in enumerate(sections, start=1)]
    sources = {name: source for section in sections for name, source in section.sources.items()}
    has_player = any(section.player for section in sections)
    scripts = [_text("tables.js"), *([script()] if has_player else [])]
    styles = [_text("page.css"), *([look()] if has_player else [])]
    return _environment().get_template(TEMPLATE).render(
        title=title,
        policy=policy(scripts, styles),
        scripts=[Markup(text) for text in scripts],
        styles=[Markup(text) for text in styles],
        question=sections[0].question,
        lead=sections[0].lead,
        terms=sections[0].terms,
        sections=contexts,
        again=[section.again for section in sections if section.again],
        papers=[section.paper for section in sections if section.paper],
        settings={str(name): words(value) for name, value in settings.items()},
        versions=versions(),
        histories=_histories(sources),
    )  # fmt: skip


def policy(scripts: Sequence[str], styles: Sequence[str]) -> str:
    """The page's Content Security Policy: these scripts and styles, pictures inside the page, and no request at all.

    Source: Content Security Policy Level 3, https://www.w3.org/TR/CSP3/
    """
    kinds = {"script-src": scripts, "style-src": styles}
    allowed = [f"{kind} {' '.join(map(_checksum, texts))}" for kind, texts in kinds.items()]
    return "; ".join(["default-src 'none'", "img-src data:", *allowed, "base-uri 'none'", "form-action 'none'"])


def versions() -> dict[str, str]:
    """Versions of Python, neurouniv and its numerical packages, read without importing them."""
    numbers = {"Python": python_version(), "neurouniv": package_version()}
    for package in PACKAGES:
        try:
            numbers[package] = version(package)
        except PackageNotFoundError:
            numbers[package] = "not installed"
    return numbers


def _checksum(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _section_context(section: Section, place: int) -> dict[str, Any]:
    """The variables of a section that the template needs."""
    anchor = f"s{place}-" + (re.sub(r"[^a-z0-9]+", "-", section.title.lower()).strip("-")[:60] or "section")
    pictures = [item if isinstance(item, Picture) else Picture(item) for item in section.figures]
    tables = [item if isinstance(item, Table) else table_of(item) for item in section.tables]
    return {
        "title": section.title,
        "anchor": anchor,
        "blocks": _blocks(section.text),
        "warnings": list(section.warnings),
        "player": _player_context(section, f"{anchor}-player"),
        "figures": [
            _figure_context(picture, f"{section.title}, figure {n}", f"{anchor}-figure-{n}")
            for n, picture in enumerate(pictures, start=1)
        ],
        "tables": [_table_context(table, f"{anchor}-table-{n}") for n, table in enumerate(tables, start=1)],
    }


def _blocks(text: str) -> list[str | list[str]]:
    """Paragraphs, and lists where several that begin with a dash follow each other.

    Examples
    --------
    >>> _blocks("Said.\\n\\n- one\\n\\n- two")
    ['Said.', ['one', 'two']]
    """
    blocks: list[str | list[str]] = []
    for paragraph in filter(None, map(str.strip, re.split(r"\n\s*\n", text))):
        if not paragraph.startswith("- "):
            blocks.append(paragraph)
        elif blocks and isinstance(blocks[-1], list):
            blocks[-1].append(paragraph[2:])
        else:
            blocks.append([paragraph[2:]])
    return blocks


def _table_context(table: Table, name: str) -> dict[str, Any]:
    """The cells as text, and how each is broken into lines."""
    text = cells(table)
    looks = [
        [_number(cell) if of_numbers else _look(cell) for cell, of_numbers in zip(row, text["numeric"], strict=True)]
        for row in text["rows"]
    ]
    rows = [
        [_in_parts(cell, look) for cell, look in zip(*row, strict=True)]
        for row in zip(text["rows"], looks, strict=True)
    ]
    return text | {"id": name, "rows": rows, "looks": looks}


def _in_parts(cell: str, look: str) -> str:
    """A cell with the places at which it may be broken: before an interval, and after marks in long names."""
    if look == INTERVAL:
        value, bracket, rest = cell.partition("[")
        return Markup("{}<span>{}</span>").format(value, bracket + rest)
    return coded(cell, LOOSE in look.split())


def _number(cell: str) -> str:
    """A number, which is never broken into lines but before its interval."""
    return INTERVAL if "[" in cell else "number"


def _look(cell: str) -> str:
    loose = max(map(len, cell.split()), default=0) > LONG_WORD
    return " ".join(filter(None, ["long" if len(cell) > LONG_CELL else "", LOOSE if loose else ""]))


def _player_context(section: Section, name: str) -> dict[str, Any] | None:
    if section.player is None:
        return None
    return {"id": name, "data": Markup(section.player.text), "notes": section.player.notes}


def _figure_context(picture: Picture, fallback: str, name: str) -> dict[str, Any]:
    width, uri = round(picture.figure.get_size_inches()[0] * 96), data_uri(picture.figure)
    return {
        "id": name, "uri": uri, "kind": "SVG" if uri.startswith("data:image/svg") else "PNG",
        "pdf": pdf_uri(picture.figure), "alt": picture.alt or picture.caption or fallback, "caption": picture.caption,
        "width": width, "is_wide": width > WIDE, "still": picture.still,
    }  # fmt: skip


def _histories(sources: Mapping[str, xr.Dataset]) -> dict[str, list[dict[str, Any]]]:
    """The steps of every source, and of the systems that it was made of."""
    histories = {}
    for name, source in sources.items():
        lines = history(source)
        histories[name] = [_step_in_words(line) for line in lines]
        for line in lines:
            for system, steps in (settings_of(line).get("systems") or {}).items():
                histories[str(system)] = [_step_in_words(step) for step in steps]
    return histories


def _step_in_words(line: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "step": str(line.get("step", "?")),
        "version": str(line.get("version", "?")),
        "settings": {str(k): str(v) for k, v in settings_of(line).items() if k != "systems"},
    }


def _text(name: str) -> str:
    return files("neurouniv.page").joinpath(name).read_text(encoding="utf-8")


def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FunctionLoader(_text), autoescape=True, undefined=jinja2.StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    environment.filters["coded"] = coded
    return environment


def coded(text: str, loose: bool = False) -> Markup:
    """A text, escaped, in which `code` stands as code; if it is loose, its long words may be broken after their marks.

    Examples
    --------
    >>> coded("a < b: `f(x)`")
    Markup('a &lt; b: <code>f(x)</code>')
    >>> coded("0.5 in sub-01_task-odours.nc", loose=True)
    Markup('0.5 in sub-<wbr>01_<wbr>task-<wbr>odours.<wbr>nc')
    """
    parts = [_breakable(part) if loose else escape(part) for part in re.split(r"`([^`\n]+)`", text)]
    return Markup("").join(Markup("<code>{}</code>").format(part) if n % 2 else part for n, part in enumerate(parts))


def _breakable(text: str) -> Markup:
    """A text whose long words may be broken after the marks in them."""
    words = re.split(r"(\s+)", text)
    pieces = [re.split(r"(?<=[_/.-])(?=\w)", word) if len(word) > LONG_WORD else [word] for word in words]
    return Markup("").join(Markup("<wbr>").join(parts) for parts in pieces)
