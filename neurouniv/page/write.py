"""A study as one self-contained page: results, warnings, and exactly what was run."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import xarray as xr
from matplotlib.figure import Figure

from neurouniv.figures.rule_words import is_rules
from neurouniv.got import got
from neurouniv.inputs import need_path
from neurouniv.kinds import COMPARED, kind_of
from neurouniv.names import public
from neurouniv.page.comparison import comparison_section
from neurouniv.page.comparison_answer import answer_of
from neurouniv.page.data import data_section, sources_of
from neurouniv.page.for_a_paper import for_a_paper
from neurouniv.page.html import html
from neurouniv.page.needed import no_page
from neurouniv.page.rsa import EACH, MODELS, is_rsa, rsa_section
from neurouniv.page.rules import RULES, rules_section
from neurouniv.page.run_again import again_of
from neurouniv.page.same_data import need_same
from neurouniv.page.section import Picture, Section
from neurouniv.page.simulated_answers import plan_answer, recovery_answer
from neurouniv.page.studies import is_plan, is_recovery, plan_section, planned_data, recovery_section
from neurouniv.page.study import study_sections
from neurouniv.page.universality import is_universality, universality_sections
from neurouniv.page.watch import player_of_result
from neurouniv.page.words import explaining
from neurouniv.schema import InputError
from neurouniv.statement import SEAL, is_whole
from neurouniv.universality.rivals import reference_of
from neurouniv.whole_files import whole

PART = (
    "This is a part or a changed copy of a result. The sentences below were written about the whole of it, and may be "
    "wrong of this part. Make the page of the whole, or run the analysis on the part."
)
UNTITLED, ANSWERED = "neurouniv report", "One law for these systems?"
TITLES = {
    "Comparison": "Comparison of laws", "Designs": "How much data it takes", "Recovery": "What can be recovered",
    MODELS: "Which model explains these RDMs?", EACH: "Where are two systems alike?",
    RULES: "Which rule does it learn by?",
}  # fmt: skip
"""Titles of pages that show one result."""
ANSWERS = {"compare": answer_of, "plan": plan_answer, "plan_rules": plan_answer, "recover": recovery_answer}
"""The answer in a sentence, by what a result is of; sections of others have it."""


@public
def report(
    result: xr.Dataset | xr.DataTree | Section | Sequence[Section] | Mapping[str, Any],
    path: str | os.PathLike[str],
    title: str | None = None,
    settings: Mapping[str, Any] | None = None,
    *,
    trajectories: xr.Dataset | Mapping[str, xr.Dataset] | None = None,
    command: Sequence[str] = (),
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
    trajectories : what the result was computed of, by name: of a test of universality, a comparison, rules, a recovery
        or RSA (of this the models too). They have to be the same: systems by name, conditions, times and history. The
        page then has a player of their movies, and tells more of the data. A study has its own.
    command : the words of the command that made the result, such as `["neurouniv", "rsa", "brain.nc", "models.csv"]`.

    Raises
    ------
    InputError : if `result` is none of these, or `path` names another kind of file than HTML; if `trajectories` are
        none, others than the result's, or go with no result that has them.
    OSError : if `path` cannot be written, since the disk is full, say; what was there before stays.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     page = report(Section("Result", "The law holds."), Path(folder) / "report.html", title="A study")
    ...     "The law holds." in page.read_text(encoding="utf-8")
    True
    """
    need_path(path, "report")
    need_html(path)
    sections = _sections(result, _trajectories(trajectories, result), command)
    return _write(Path(path), html(sections, title or _title(sections, result), settings or {}))


def _trajectories(given: xr.Dataset | Mapping[str, xr.Dataset] | None, result: Any) -> dict[str, xr.Dataset]:
    """The trajectories of a page by name."""
    named = {"the data": given} if isinstance(given, xr.Dataset) else dict(given or {})
    amiss = [name for name, traj in named.items() if not isinstance(traj, xr.Dataset) or "h" not in traj]
    if amiss:
        raise InputError(
            f"trajectories of a page are Datasets with h, by name; {amiss[0]!r} is a {type(named[amiss[0]]).__name__}. "
            "`neurouniv.trajectory` makes them."
        )
    if named and not isinstance(result, xr.Dataset):
        raise InputError(
            "trajectories go with the Dataset of universality_test, compare or rsa. A study has its own, and sections "
            f"have a `player`; got a {type(result).__name__}. Leave them out."
        )
    if named:
        need_same(result, named)
    return named


def _title(sections: list[Section], result: Any) -> str:
    """The default title of a page."""
    if isinstance(result, xr.DataTree):
        return f"Study: {result.attrs['study']}"
    if sections[0].title in TITLES and (isinstance(result, xr.Dataset) or len(sections) == 1):
        return TITLES[sections[0].title]
    return ANSWERED if sections[0].lead else UNTITLED


def _sections(result: Any, trajectories: Mapping[str, xr.Dataset], command: Sequence[str]) -> list[Section]:
    """`result` in any of its forms as sections."""
    if isinstance(result, Section):
        return [result]
    if isinstance(result, xr.DataTree):
        return study_sections(result)
    if isinstance(result, xr.Dataset):
        if is_universality(result):
            return _of_a_part(universality_sections(result, trajectories, command), result)
        return _of_a_part(_with_data(_of_dataset("", result), result, trajectories, command), result)
    if isinstance(result, Mapping) and result:
        return [_section(str(title), content) for title, content in result.items()]
    if isinstance(result, Sequence) and not isinstance(result, str) and result:
        others = [item for item in result if not isinstance(item, Section)]
        if not others:
            return list(result)
        raise InputError(
            f"A list of which a page is made holds sections (neurouniv.page.Section); got {got(others[0])}. Give "
            "results and figures by their titles: {title: content}."
        )
    raise no_page(result)


def _of_a_part(sections: list[Section], result: xr.Dataset) -> list[Section]:
    """The sections as they are; with a caution, and no answer above all, where the sentences are of a larger result."""
    if SEAL not in result.attrs or is_whole(result):
        return sections
    first = sections[0]
    lead = PART if first.lead else ""
    return [replace(first, lead=lead, warnings=[PART, *first.warnings]), *sections[1:]]


def _with_data(
    section: Section, result: xr.Dataset, trajectories: Mapping[str, xr.Dataset], command: Sequence[str]
) -> list[Section]:
    """The section of a result, the data it is about, their movies, and how it is made again."""
    kind = _kind(result)
    lead = ANSWERS[kind](result) if kind in ANSWERS else section.lead
    law = reference_of(result) if kind == "compare" else ""
    first = replace(
        section, lead=lead, again=again_of(result, trajectories, command), paper=for_a_paper(result), **explaining(kind)
    )
    data = planned_data(result) if is_plan(result) else data_section(sources_of(result, trajectories))
    return [one for one in (first, data, player_of_result(result, trajectories, law)) if one is not None]


def _kind(result: xr.Dataset) -> str:
    """What a result is of, as its question and its terms are called."""
    if is_rsa(result):
        return "each" if result.attrs.get("model") == "each" else "rsa"
    if is_plan(result):
        return "plan_rules" if "truth" in result.dims else "plan"
    return "rules" if is_rules(result) else "recover" if is_recovery(result) else "compare"


def _section(title: str, content: Any) -> Section:
    """One entry of `{title: content}`."""
    if isinstance(content, Section):
        return content
    if isinstance(content, xr.Dataset):
        return _of_dataset(title, content, f"of the section {title!r} ")
    if isinstance(content, (Figure, Picture)):
        return Section(title, figures=[content])
    if isinstance(content, Mapping):
        fields = set(Section.__dataclass_fields__) - {"title"}
        if set(content) <= fields:
            return Section(title, **content)
        raise InputError(
            f"Section {title!r} may have {sorted(fields)}; got {sorted(set(content) - fields)}. Rename or drop it."
        )
    raise no_page(content, f"of the section {title!r} ")


def _of_dataset(title: str, result: xr.Dataset, whose: str = "") -> Section:
    """A result as a section, by what it holds."""
    if is_rsa(result):
        return rsa_section(title, result)
    if is_rules(result):
        return rules_section(title, result)
    if is_plan(result):
        return plan_section(title or "Designs", result)
    if is_recovery(result):
        return recovery_section(title or "Recovery", result)
    kind = kind_of(result)
    if kind is not COMPARED and (kind is not None or "dynamics" not in result):
        raise no_page(result, whose)
    return comparison_section(title or "Comparison", result)


def need_html(path: str | os.PathLike[str]) -> None:
    """Raise `InputError` unless `path` is a name for a page."""
    if Path(path).suffix.lower() not in ("", ".html", ".htm"):
        raise InputError(f"A page is HTML, and its name ends in .html; got '{Path(path).name}'.")


def _write(path: Path, page: str) -> Path:
    with whole(path, len(page)) as written:
        written.write_text(page, encoding="utf-8")
    return path
