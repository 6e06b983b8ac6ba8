"""A study as a page: the answer, by label, constants, known worlds, systems against each other, what is open."""

from __future__ import annotations

from collections import Counter

import numpy as np
import xarray as xr

from neurouniv.figures.study_constants import constants_map
from neurouniv.figures.study_similarity import similarity_map
from neurouniv.figures.study_verdicts import verdict_map
from neurouniv.figures.tables import Table
from neurouniv.page.for_a_paper import for_a_paper
from neurouniv.page.section import Picture, Section
from neurouniv.page.study_data import study_again, study_data, study_player
from neurouniv.page.study_rules import rules_section
from neurouniv.page.study_tables import (
    all_systems,
    by_label,
    count_of,
    counted_of,
    counts_table,
    in_sample,
    labels_of,
    missing_table,
    warnings_table,
    worlds_table,
)
from neurouniv.page.words import explaining
from neurouniv.schema import InputError
from neurouniv.studies.reading.similarity import similarity_of_systems
from neurouniv.studies.reading.verdicts import verdicts
from neurouniv.universality.verdict.words import CANNOT_TELL, DESCRIBED, NOT_DESCRIBED, NOTHING

TERMS = (
    "A system is something that learns: all seeds of a network with the same settings, seen at one layer; a brain; or "
    "a recording. Its RDM movie says how far apart its patterns for every two stimuli are, at every "
    "time of learning. A law is an equation for how these distances change, with a few constants that are fitted."
)
HELD_OUT = (
    "Laws were fitted to one part of the data and predicted the other, held-out part. R² is the share of it that is "
    "predicted: 1 is all, 0 no more than its mean, and below 0 is worse. R² of change counts only what changes over "
    "time. The ceiling is what the truth would reach, given the noise. A system is described if the law nearly "
    "reaches its ceiling and predicts better than every other law. It is not described if the law misses "
    "significantly more, or another law predicts better. Else the data do not decide (cannot tell). Every system is "
    "judged by itself, so among many systems some are misjudged by chance."
)
NOT_TESTED = "Nothing was tested on held-out data: the study asks for no comparison of laws."
NO_ANSWER = "Nothing was tested on held-out data: no comparison could be made; the reasons are below."
NOT_TESTED_YET = "Nothing is tested on held-out data yet: no system that was to be compared has a result."
IN_SAMPLE = (
    "R² is of the data that laws were fitted to. A law with more constants fits better whether it is true or not, so "
    "this is no test. The key `compare: {resamples: 200}` in the study's file, with two laws or more, asks for one."
)


def is_study(result: object) -> bool:
    """Whether it is of `neurouniv.open_study`."""
    return isinstance(result, xr.DataTree) and "systems" in result.children and "study" in result.attrs


def study_sections(study: xr.DataTree) -> list[Section]:
    """The sections of the page, in order; what could not be computed has none.

    Raises
    ------
    InputError : it is no tree of `neurouniv.open_study`.
    """
    if not is_study(study):
        raise InputError("A page of a study is made of `neurouniv.open_study(folder)`; this is another tree.")
    systems = study["systems"].to_dataset()
    groups = verdicts(study) if "compare" in study.children else None
    law = systems["law"].values.astype(str)[0] if "law" in systems.coords else ""
    law = law if groups is None else groups.attrs["law"]
    sections = [
        _answer(study, systems, groups),
        study_data(study),
        study_player(study, law),
        _by_labels(systems, groups),
        _worlds(groups),
        rules_section(study),
        _constants(systems, law),
        _similarity(study),
        _all(systems, groups),
        _open(systems),
        Section("How it was done", f"{study.attrs['text']}\n\nThe folder of the study: {study.attrs['folder']}."),
    ]
    return [section for section in sections if section is not None]


def answer_of(systems: xr.Dataset, groups: xr.Dataset | None) -> str:
    """The answer in a sentence or two: how many systems the law describes, of how many, and what is missing."""
    without = systems["state"].values != "done"
    names = systems["cell"].str.cat(systems["group"], sep=" ").values
    rest, total = len(set(names[without])), len(set(names))
    missing = f" {rest} of all {total} systems have no result, or none yet." if rest else ""
    if groups is None:
        asked = any("compare" in words.split() for words in systems["unanswered"].values.astype(str))
        return f"{NOT_TESTED_YET if without.all() else NO_ANSWER if asked else NOT_TESTED}{missing}"
    counted = counted_of(groups)
    sentences = [_in_words(counted, str(groups.attrs["law"])), *_others_in_words(groups), *_controls_in_words(groups)]
    return f"{' '.join(sentences)}{missing}"


def _in_words(counted: xr.Dataset, law: str) -> str:
    counts = count_of(counted)
    judged = sum(counts.values())
    if not judged:
        if not counted.sizes["group"]:
            return f"All systems so far are simulated worlds whose law is known, which do not count for the {law} law."
        return f"There is no verdict on the {law} law in any of {counted.sizes['group']} systems; below is why."
    parts = [f"One law, the {law} law, describes {counts[DESCRIBED]} of {judged} systems"]
    parts += [f"it does not describe {counts[NOT_DESCRIBED]}"] if counts[NOT_DESCRIBED] else []
    parts += [f"for {counts[CANNOT_TELL]} the data do not decide"] if counts[CANNOT_TELL] else []
    parts += [f"in {counts[NOTHING]} nothing is learned"] if counts[NOTHING] else []
    rest = counted.sizes["group"] - judged
    more = f" {rest} more {'has' if rest == 1 else 'have'} no verdict; the reason is below." if rest else ""
    return f"{'; '.join(parts)}.{more}"


def _others_in_words(groups: xr.Dataset) -> list[str]:
    """What is said of systems that were judged on another law, which are not counted with the rest."""
    laws = Counter(law for law in groups["on_trial"].values.tolist() if law not in ("", groups.attrs["law"]))
    return [f"{count} more {'system was' if count == 1 else 'systems were'} judged on the {law} law, and "
            f"{'is' if count == 1 else 'are'} not counted here." for law, count in laws.items()]  # fmt: skip


def _controls_in_words(groups: xr.Dataset) -> list[str]:
    sentences = []
    for truth in ("false", "true"):
        counts = count_of(groups.isel(group=groups["law_is"].values == truth))
        if counts:
            total = sum(counts.values())
            brains = f"{total} simulated brain{'s' if total > 1 else ''} in which this law is known to be {truth}"
            sentences.append(f"Of {brains}, it is said to describe {counts[DESCRIBED]}.")
    return sentences


def _answer(study: xr.DataTree, systems: xr.Dataset, groups: xr.Dataset | None) -> Section:
    text = f"{TERMS}\n\n{HELD_OUT if groups is not None else IN_SAMPLE}"
    tables, cautions = [], _cautions(study, groups)
    if groups is not None:
        counted = counted_of(groups)
        if counted.sizes["group"]:
            tables = [counts_table(counted)]
    return Section(
        "The answer", text, tables=tables, warnings=cautions, lead=answer_of(systems, groups),
        again=study_again(study), paper=for_a_paper(study), **explaining("study"),
    )  # fmt: skip


def _cautions(study: xr.DataTree, groups: xr.Dataset | None) -> list[str]:
    """What stands against the answer as a whole."""
    if groups is None:
        return []
    settings = [node.attrs for node in study["compare"].leaves]
    notes = []
    if any(attrs.get("split") == "conditions" and attrs.get("partitions") == 1 for attrs in settings):
        notes.append("Conditions were split once only: another split may say otherwise. Use partitions: 2 or more.")
    if any(attrs.get("split") in (None, "", "none") for attrs in settings):
        notes.append("Laws were scored on the data they were fitted to (split: null): nothing was held out.")
    reasons = sorted({str(reason) for reason in groups["reason"].values if reason})
    return notes + [f"No verdict on some systems: {reason}" for reason in reasons]


def _by_labels(systems: xr.Dataset, groups: xr.Dataset | None) -> Section | None:
    pictures = []
    if groups is None:
        labels = labels_of(systems, "system") if "r2" in systems else []
        tables = [in_sample(systems, label) for label in labels]
        title, text = "How well laws fit, by setting", "A table for every setting in which systems differ."
    else:
        counted = counted_of(groups)
        tables = [by_label(counted, label) for label in labels_of(counted, "group")]
        pictures = [
            Picture(
                verdict_map(groups),
                "Systems by two of their settings, and the verdict on each. Numbers: described, of those in which "
                "something is learned. Worlds in which the law is known to be true or false do not count as systems.",
                f"Bars of how many systems the {groups.attrs['law']} law describes, by their settings",
            )
        ]
        title = "Where the law holds, and where not"
        text = (
            "A table for every setting in which systems differ. Settings may differ together: a table alone does not "
            "say which of them makes the difference."
        )
    return Section(title, text, figures=pictures, tables=tables) if tables or pictures else None


def _worlds(groups: xr.Dataset | None) -> Section | None:
    if groups is None or not (groups["law_is"].values != "").any():
        return None
    known = groups.isel(group=groups["law_is"].values != "")
    text = (
        "Some simulated brains do not learn by a rule: their distances follow a law that is prescribed, so that the "
        "truth is known. They do not count above. Where the law on trial is false, it should never be called "
        "described; where it is true, it should be, as far as the noise allows."
    )
    return Section("Worlds whose truth is known", text, tables=[worlds_table(known)])


def _constants(systems: xr.Dataset, law: str) -> Section | None:
    try:
        picture = Picture(
            constants_map(systems, law),
            f"Constants of the {law} law, a point a system and seed. Hollow: doubtful, for the fit did not converge or "
            "the data do not determine them.",
            f"Map of the constants of the {law} law of all systems",
        )
    except InputError:
        return None
    text = (
        "The constants of the law stand for how a system is built: two of the same kind should lie close together. "
        "They are per unit of a system's own time, and in recordings hold the gain of the instrument, so that places "
        "compare within a panel of one kind only."
    )
    return Section("The constants", text, figures=[picture])


def _similarity(study: xr.DataTree) -> Section | None:
    if "trajectories" not in study.children:
        return None
    similarity = similarity_of_systems(study)
    values = similarity["similarity"].values.copy()
    np.fill_diagonal(values, np.nan)
    if not np.isfinite(values).any():
        return None
    text = (
        "Nothing is fitted here. The last RDM of one system is correlated with that of the other, over the stimuli "
        "that both have by name. 1 is the same geometry, and 0 no relation. Noise makes correlations smaller."
    )
    table = _within_and_between(similarity)
    picture = Picture(
        similarity_map(similarity),
        "Correlation of the last RDMs of every two systems. Grey: fewer than four stimuli in common, or distances that "
        "do not differ.",
        "Matrix of similarity between all systems",
    )
    return Section("Systems against each other", text, figures=[picture], tables=[table] if table.rows else [])


def _within_and_between(similarity: xr.Dataset) -> Table:
    """The mean similarity within and between systems of one name."""
    names = similarity["name"].values.astype(str)
    values = similarity["similarity"].values.copy()
    np.fill_diagonal(values, np.nan)
    rows = []
    for name in dict.fromkeys(names.tolist()):
        own = names == name
        parts = [values[np.ix_(own, own)], values[np.ix_(own, ~own)]]
        rows.append([name, int(own.sum()), *(float(np.nanmean(p)) if np.isfinite(p).any() else None for p in parts)])
    return Table(["systems called", "how many", "among themselves", "with all others"], rows,
                 "Mean correlation of last RDMs.")  # fmt: skip


def _all(systems: xr.Dataset, groups: xr.Dataset | None) -> Section | None:
    if groups is None:
        return None
    return Section(
        "All systems",
        "Every system by itself.",
        tables=[all_systems(groups, systems)],
    )


def _open(systems: xr.Dataset) -> Section:
    missing, warned = missing_table(systems), warnings_table(systems)
    text = "Systems without a result, with the reason, and warnings of the computation."
    if missing is None and warned is None:
        return Section(
            "What is missing, and what was warned of", "Every system has a result, and there were no warnings."
        )
    tables = [table for table in (missing, warned) if table is not None]
    return Section("What is missing, and what was warned of", text, tables=tables)
