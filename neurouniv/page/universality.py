"""A test of universality as a page: the answer, a row a system, figures, the task, what is open, how it was done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import xarray as xr

from neurouniv.figures.law_comparison import comparison
from neurouniv.figures.numbers import number
from neurouniv.figures.system_pairs import alike, between
from neurouniv.figures.tables import Table
from neurouniv.figures.verdict import constants_of, courses, explained, master_curve
from neurouniv.methods.words import counted
from neurouniv.page.data import data_section, sources_of
from neurouniv.page.for_a_paper import for_a_paper
from neurouniv.page.run_again import again_of
from neurouniv.page.section import Picture, Section
from neurouniv.page.universality_tables import answer_table, beside_table, rsa_table, task_table
from neurouniv.page.watch import player_of_result
from neurouniv.page.words import explaining
from neurouniv.universality.result import by_new_names


def is_universality(result: xr.Dataset) -> bool:
    """Whether it is of `neurouniv.universality_test`."""
    return "answer" in result.attrs and {"decision", "change_r2", "until_text"} <= set(result.data_vars)


def universality_sections(
    result: xr.Dataset, trajectories: Mapping[str, xr.Dataset] | None = None, command: Sequence[str] = ()
) -> list[Section]:
    """The sections of the page, in order; what could not be computed has none.

    Parameters
    ----------
    trajectories, command : as in `neurouniv.report`.
    """
    given = trajectories or {}
    sections = [
        replace(answer_section(result), again=again_of(result, given, command), paper=for_a_paper(result)),
        data_section(sources_of(result, given)),
        player_of_result(result, given, str(result.attrs["law"])),
        _evidence(result),
        _constants(result),
        _collapse(result),
        _across(result),
        _rsa(result),
        _task(result),
        _next_steps(result),
        _method(result),
    ]
    return [section for section in sections if section is not None]


def answer_section(result: xr.Dataset) -> Section:
    """The answer in a sentence, and a row for every system."""
    text = (
        "R² of change counts only what changes in learning, about the mean of every pair over time. It is of "
        "conditions that were held out, unless a row says later times. Its ceiling is what the truth would reach, "
        "given the noise. "
        "A system is described if the law predicts it better than every rival, and its R² of the movie reaches "
        f"{result.attrs['share']:.0%} of the ceiling. It is not described if the law misses significantly more than a "
        "quarter of the change. If distances change by no more than noise, nothing is learned and no law is judged."
    )
    lead = str(result.attrs["answer"])
    return Section("The answer", text, tables=[answer_table(result)], lead=lead, **explaining("universality"))


def _evidence(result: xr.Dataset) -> Section:
    figures = [
        Picture(
            explained(result),
            "R² of change on held-out data, a row a system. Bars: rivals; thick line: ceiling, where it is known.",
            "R2 of change of the law and its rivals in every system",
        ),
        Picture(
            courses(result),
            "Mean squared distance of groups of pairs over time: what was seen, with its 95 % band where the noise "
            "is known, and the law fitted to all of it. Dashed: until when the law holds.",
            "Time courses of groups of pairs in every system, seen and by the law",
        ),
    ]
    return Section("What the law explains", _rivals_in_words(result), figures=figures, tables=[beside_table(result)])


def _rivals_in_words(result: xr.Dataset) -> str:
    """Rivals in words, with the number of systems in which each is nearest."""
    nearest = result["nearest"].values.astype(str)
    names, counts = np.unique(nearest, return_counts=True)
    ordered = sorted(zip(names, counts, strict=True), key=lambda pair: -pair[1])
    ranking = ", ".join(f"{name} in {count}" for name, count in ordered)
    noun = "systems" if len(nearest) > 1 else "system"
    return (
        f"The rivals are {', '.join(map(str, result.attrs['rivals']))}, fitted to the same data and scored on the "
        f"same held-out data. The nearest is {ranking} of {len(nearest)} {noun}."
    )


def _constants(result: xr.Dataset) -> Section:
    text = (
        "The constants stand for the implementation. They are per unit of a system's own time, and hold the gain of "
        "its instrument: the speed is free of that gain, the ratio is not. Only constants that the data determine "
        "are shown."
    )
    if "level_r2" in result:
        text += "\n\n" + _levels(result)
    if not result["constant_name"].size:
        return Section("Constants side by side", f"The law {result.attrs['law']} has no constants.")
    picture = Picture(
        constants_of(result),
        "Constants with 95 % intervals; members of a system side by side.",
        "Constants of every system with intervals",
    )
    return Section("Constants side by side", text, figures=[picture])


def _levels(result: xr.Dataset) -> str:
    mean = result["level_r2"].mean("level_system")
    own, shared, free = (float(mean.sel(level=name)) for name in ("own constants", "one set for all", "free curves"))
    names = ", ".join(map(str, result["level_system"].values))
    verdict = "One set does nearly as well" if shared >= own - 0.02 else "One set does not do"
    return (
        f"One set of constants or one each? {names} are measured in the same units. In sample, R² of change is "
        f"{own:.3f} with constants of their own, {shared:.3f} with one set fitted to all at once, and {free:.3f} with "
        f"free curves of every pair. {verdict}."
    )


def _collapse(result: xr.Dataset) -> Section | None:
    if "line_height" not in result:
        return None
    text = "In the units of the law of two conditions, pair by pair, small starts lie on one curve. "
    if "collapse_overall" in result:
        overall, p = (number(float(result[name])) for name in ("collapse_overall", "collapse_overall_p"))
        text += f"R² of held-out pairs about that curve is {overall} in the mean over the systems that count; with "
        text += f"conditions in random order it is as high with p = {p}. "
    text += "With many conditions this form is an approximation: it tells whether labels order the pairs, not more."
    rows = [
        [str(n), float(result["collapse"].sel(system=n)), float(result["collapse_p"].sel(system=n))]
        for n in result["system"].values
        if np.isfinite(result["collapse"].sel(system=n))
    ]
    picture = Picture(
        master_curve(result),
        "Some pairs of every system in the law's own units, from half their height.",
        "Data collapse of all systems on one curve",
    )
    table = Table(["system", "R² about the curve", "p"], rows)
    return Section("Data collapse", text, figures=[picture], tables=[table])


def _across(result: xr.Dataset) -> Section | None:
    if result.sizes.get("source", 0) < 2:
        return None
    text = (
        "Nothing is fitted to the first two matrices: similarity of RDMs over the conditions that both systems "
        "have, joined by name. In the third one system's movie, re-timed and re-scaled by two constants, predicts "
        "another's held-out conditions: what an example of learning predicts without a law. Blank: nothing in "
        "common, or not asked."
    )
    picture = Picture(
        alike(result),
        "All systems against each other, first and last RDMs, and cross-prediction.",
        "Matrices of similarity between systems and of cross-prediction",
    )
    return Section("Systems against each other", text, figures=[picture])


def _rsa(result: xr.Dataset) -> Section | None:
    if "rsa_similarity" not in result:
        return None
    text = (
        "Every training step against every session, over conditions joined by name. The best step is chosen on one "
        "half of the conditions, and its gain over the untrained network is measured on the other half. A step that is "
        "chosen and measured on the same conditions gains by luck alone."
    )
    picture = Picture(
        between(result),
        "Similarity of RDMs. White: the step most like each session, with 95 % intervals over conditions. Above: "
        "untrained and last, in the mean over sessions.",
        "RSA between systems at all times",
    )
    return Section("RSA between systems", text, figures=[picture], tables=[rsa_table(result)])


def _task(result: xr.Dataset) -> Section:
    systems: dict[str, list[str]] = {}
    for name, task in zip(result["system"].values.astype(str), result["task"].values.astype(str), strict=True):
        systems.setdefault(task, []).append(name)
    tasks = "\n\n".join(f"- {task}: {'; '.join(names)}" for task, names in systems.items())
    text = f"A law starts from how far apart stimuli and targets are. What was assumed:\n\n{tasks}"
    if "assumed_change" not in result:
        return Section(
            "The task that was assumed",
            f"{text}\n\nNo task was changed: there is no recording here, or it was not asked.",
        )
    text += (
        "\n\nRecordings are fitted again under other tasks, the law and all rivals alike. An answer that turns with "
        "the task is an answer about the task."
    )
    return Section("The task that was assumed", text, tables=[task_table(result)])


def _next_steps(result: xr.Dataset) -> Section:
    steps = [
        f"{name}: {text}" for name, text in zip(result["system"].values, result["settle"].values, strict=True) if text
    ]
    return Section("What would settle what is open", "\n\n".join(steps) or "Nothing is open in these systems.")


def _method(result: xr.Dataset) -> Section:
    attrs = by_new_names(result.attrs)
    folds, partitions = counted(attrs.get("folds"), "fold"), counted(attrs.get("partitions"), "random partition")
    text = (
        f"The law on trial is {attrs['law']}. Conditions were split into {folds}, in {partitions}, and errors rest on "
        f"{counted(attrs.get('resamples'), 'resample')} of conditions and members. The rule of the verdict stands at "
        "the top of neurouniv/universality/verdict/rule.py."
    )
    lines = str(attrs.get("verdict_text", "")).splitlines()
    text += "\n\n" + "\n\n".join(line for line in lines if not line.startswith(" "))  # systems stand in the tables
    reasons = "\n\n".join(map(str, attrs.get("left_out", [])))
    text += f"\n\nLeft out: {reasons}" if reasons else ""
    picture = Picture(
        comparison(result),
        "Left: similarity of predicted with observed RDMs. Middle: R² of the movie. Right: errors of rivals over "
        "the law's.",
        "Geometry, dynamics and errors of all laws in every system",
    )
    return Section("How it was done", text, figures=[picture], sources={"this test": result})
