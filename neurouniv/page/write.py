"""A study as one self-contained page: results, warnings, and exactly what was run."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import files
from pathlib import Path
from platform import python_version
from typing import Any

import jinja2
import xarray as xr
from matplotlib.figure import Figure

from neurouniv.figures.embed import data_uri
from neurouniv.figures.numbers import words
from neurouniv.figures.rule_words import is_rules
from neurouniv.figures.tables import Table, cells, table_of
from neurouniv.page.comparison import comparison_section
from neurouniv.page.rsa import EACH, MODELS, is_rsa, rsa_section
from neurouniv.page.rules import RULES, rules_section
from neurouniv.page.section import Picture, Section
from neurouniv.page.studies import is_plan, is_recovery, plan_section, recovery_section
from neurouniv.page.study import study_sections
from neurouniv.page.universality import is_universality, universality_sections
from neurouniv.schema import InputError, history, package_version

PACKAGES = ("numpy", "scipy", "xarray", "torch", "rsatoolbox", "scikit-learn", "matplotlib")
UNTITLED, ANSWERED = "neurouniv report", "One law for these systems?"
TITLES = {
    "Comparison": "Comparison of laws", "Designs": "How much data it takes", "Recovery": "What can be recovered",
    MODELS: "Which model explains these RDMs?", EACH: "Where are two systems alike?",
    RULES: "Which rule does it learn by?",
}  # fmt: skip
"""Titles of pages that show one result."""
TEMPLATE = "page.html.jinja"


def report(
    result: xr.Dataset | xr.DataTree | Section | Sequence[Section] | Mapping[str, Any],
    path: str | os.PathLike[str],
    title: str | None = None,
    settings: Mapping[str, Any] | None = None,
) -> Path:
    """Write `result` as one HTML file that needs nothing else, and return its path.

    Parameters
    ----------
    result : the Dataset of `neurouniv.universality_test`, `compare`, `rsa`, `rules`, `plan` or `recover`; the tree of
        `neurouniv.open_study`; or sections: a `Section`, several, or `{title: content}`, where content is such a
        Dataset, a figure, or a mapping with the fields of `Section` (text, figures, tables, ...).
    path : the file to write. It appears whole or not at all.
    title : the title of the page; by default what its only result is, the study's name, else "neurouniv report".
    settings : what was run with, shown in the last section beside versions and the history of every source.

    Raises
    ------
    InputError : if `result` is none of these, or `path` names another kind of file than HTML.
    OSError : if `path` cannot be written; what was there before stays.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     page = report(Section("Result", "The law holds."), Path(folder) / "report.html", title="A study")
    ...     "The law holds." in page.read_text(encoding="utf-8")
    True
    """
    need_html(path)
    sections = _sections(result)
    contexts = [_section_context(section, i) for i, section in enumerate(sections, start=1)]
    sources = {name: history(source) for section in sections for name, source in section.sources.items()}
    page = _environment().get_template(TEMPLATE).render(
        title=title or _title(sections, result),
        lead=sections[0].lead,
        sections=contexts,
        settings=_settings_in_words(settings or {}),
        versions=versions(),
        histories={name: [_step_in_words(line) for line in lines] for name, lines in sources.items()},
    )  # fmt: skip
    return _write(Path(path), page)


def _title(sections: list[Section], result: Any) -> str:
    """The default title of a page."""
    if isinstance(result, xr.DataTree):
        return f"Study: {result.attrs['study']}"
    if len(sections) == 1 and sections[0].title in TITLES:
        return TITLES[sections[0].title]
    return ANSWERED if sections[0].lead else UNTITLED


def versions() -> dict[str, str]:
    """Versions of Python, neurouniv and its numerical packages, read without importing them."""
    numbers = {"Python": python_version(), "neurouniv": package_version()}
    for package in PACKAGES:
        try:
            numbers[package] = version(package)
        except PackageNotFoundError:
            numbers[package] = "not installed"
    return numbers


def _sections(result: Any) -> list[Section]:
    """`result` in any of its forms as sections."""
    if isinstance(result, Section):
        return [result]
    if isinstance(result, xr.DataTree):
        return study_sections(result)
    if isinstance(result, xr.Dataset):
        return universality_sections(result) if is_universality(result) else [_of_dataset("", result)]
    if isinstance(result, Mapping) and result:
        return [_section(str(title), content) for title, content in result.items()]
    if isinstance(result, Sequence) and not isinstance(result, str) and result:
        others = [item for item in result if not isinstance(item, Section)]
        if not others:
            return list(result)
        raise InputError(f"A report's list holds neurouniv.page.Section; got a {type(others[0]).__name__}.")
    kind = f"{'an empty ' if result is not None and not result else 'a '}{type(result).__name__}"
    raise InputError(
        "A report is made from a result (Dataset of compare, rsa, rules, plan or recover; tree of open_study), "
        f"sections or {{title: content}}; got {kind}."
    )


def _section(title: str, content: Any) -> Section:
    """One entry of `{title: content}`."""
    if isinstance(content, Section):
        return content
    if isinstance(content, xr.Dataset):
        return _of_dataset(title, content)
    if isinstance(content, (Figure, Picture)):
        return Section(title, figures=[content])
    if isinstance(content, Mapping):
        fields = set(Section.__dataclass_fields__) - {"title"}
        if set(content) <= fields:
            return Section(title, **content)
        raise InputError(
            f"Section {title!r} may have {sorted(fields)}; got {sorted(set(content) - fields)}. Rename or drop it."
        )
    raise InputError(
        f"Section {title!r} is a Dataset of compare, rsa, rules, plan or recover, a figure or a mapping of its fields; "
        f"got a {type(content).__name__}."
    )


def _of_dataset(title: str, result: xr.Dataset) -> Section:
    """A result as a section, by what it holds."""
    if is_rsa(result):
        return rsa_section(title, result)
    if is_rules(result):
        return rules_section(title, result)
    if is_plan(result):
        return plan_section(title or "Designs", result)
    if is_recovery(result):
        return recovery_section(title or "Recovery", result)
    return comparison_section(title or "Comparison", result)


def _section_context(section: Section, place: int) -> dict[str, Any]:
    """The variables of a section that the template needs."""
    pictures = [item if isinstance(item, Picture) else Picture(item) for item in section.figures]
    return {
        "title": section.title,
        "anchor": f"s{place}-" + (re.sub(r"[^a-z0-9]+", "-", section.title.lower()).strip("-")[:60] or "section"),
        "paragraphs": [p.strip() for p in re.split(r"\n\s*\n", section.text) if p.strip()],
        "warnings": list(section.warnings),
        "figures": [
            _figure_context(picture, f"{section.title}, figure {n}") for n, picture in enumerate(pictures, start=1)
        ],
        "tables": [cells(item if isinstance(item, Table) else table_of(item)) for item in section.tables],
    }


def _figure_context(picture: Picture, fallback: str) -> dict[str, Any]:
    width = picture.figure.get_size_inches()[0] * 96
    return {
        "uri": data_uri(picture.figure),
        "alt": picture.alt or picture.caption or fallback,
        "caption": picture.caption,
        "width": round(width),
    }


def _settings_in_words(settings: Mapping[str, Any]) -> dict[str, str]:
    return {str(name): words(value) for name, value in settings.items()}


def _step_in_words(line: Mapping[str, Any]) -> dict[str, Any]:
    settings = line.get("settings")
    return {
        "step": str(line.get("step", "?")),
        "version": str(line.get("version", "?")),
        "settings": {str(k): str(v) for k, v in settings.items()} if isinstance(settings, Mapping) else {},
    }


def _environment() -> jinja2.Environment:
    def load(name: str) -> str:
        return files("neurouniv.page").joinpath(name).read_text(encoding="utf-8")

    return jinja2.Environment(
        loader=jinja2.FunctionLoader(load), autoescape=True, undefined=jinja2.StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip


def need_html(path: str | os.PathLike[str]) -> None:
    """Raise `InputError` unless `path` is a name for a page."""
    if Path(path).suffix.lower() not in ("", ".html", ".htm"):
        raise InputError(f"A page is HTML, and its name ends in .html; got '{Path(path).name}'.")


def _write(path: Path, page: str) -> Path:
    """Write beside `path` and move into place, so that a reader never meets half a page."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".tmp")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(page)
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    return path
