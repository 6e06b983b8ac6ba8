"""The account of a result: what was run, in paragraphs, from its history."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import xarray as xr

from neurouniv.methods import analyses, data
from neurouniv.methods.citing import cite, plain
from neurouniv.methods.words import counted, listed
from neurouniv.rdm.pairs import Pairs
from neurouniv.schema import history

DATA, RDMS, ANALYSIS, SOFTWARE = "Data", "Representational dissimilarity", "Analysis", "Software"
ORDER = (DATA, RDMS, ANALYSIS, SOFTWARE)
FROM_RESULT = ("ceiling", "errors_about", "errors_unit", "models_from", "noise", "how", "calibration",
               "interval_method", "reference")  # fmt: skip
"""Attributes of a result that say how it was made, which the history of its last steps does not repeat."""
LAST = ("fit", "compare", "universality_test", "rsa", "rules", "change")
Paragraph = tuple[str, str]
"""A heading and a text."""


def account(result: xr.Dataset | xr.DataTree) -> list[Paragraph]:
    """Paragraphs on what was run; empty where nothing of it is recorded."""
    if isinstance(result, xr.DataTree):
        from neurouniv.methods.study import account_of_study

        return account_of_study(result)
    steps = history(result)
    if not steps:
        return []
    texts = sentences(steps, {name: result.attrs[name] for name in FROM_RESULT if name in result.attrs})
    texts[DATA] += _sizes(result) + _assumed(result)
    texts[SOFTWARE] += software(steps)
    return paragraphs(texts)


def paragraphs(texts: Mapping[str, Sequence[str]]) -> list[Paragraph]:
    """Sentences under their headings, none twice."""
    return [(name, " ".join(dict.fromkeys(texts[name]))) for name in ORDER if texts.get(name)]


def sentences(steps: Sequence[Mapping[str, Any]], attrs: Mapping[str, Any] | None = None) -> dict[str, list[str]]:
    """The sentences of a history under their headings; `attrs` are further settings of its last steps."""
    texts: dict[str, list[str]] = {heading: [] for heading in ORDER}
    for line in steps:
        step, settings = str(line.get("step", "")), dict(line.get("settings") or {})
        settings |= {key: one for key, one in (attrs or {}).items() if step in LAST and key not in settings}
        for name, earlier in _systems(settings):
            for heading, of_system in sentences(earlier).items():
                texts[heading] += [f"System {name}: {' '.join(of_system)}"] if of_system else []
        if step in data.STEPS:
            texts[DATA] += data.STEPS[step](settings)
        elif step in data.RDMS:
            texts[RDMS] += data.RDMS[step](settings)
        else:
            write = analyses.STEPS.get(step)
            texts[ANALYSIS] += write(settings) if write else analyses.other(step, settings)
    return texts


def _systems(settings: Mapping[str, Any]) -> list[tuple[str, list[dict[str, Any]]]]:
    """The histories of several systems by name."""
    given = settings.get("systems")
    if not isinstance(given, Mapping):
        return []
    return [(plain(name), steps) for name, steps in given.items() if isinstance(steps, list)]


def _sizes(result: xr.Dataset) -> list[str]:
    """What the data of a result are, as far as it says so itself."""
    parts = []
    conditions = result.attrs.get("n_conditions")
    if conditions is None and {"first", "second"} <= set(result.coords):
        conditions = len(Pairs.of(result).names)
    if conditions is not None:
        parts.append(counted(int(conditions), "condition"))
    if "h" in result and "time" in result["h"].dims:
        parts.append(f"{counted(result.sizes['time'], 'time')} ({_axis(result)})")
    if "activity" in result and "trial" in result.dims:
        parts += [counted(result.sizes["trial"], "trial"), counted(result.sizes.get("channel"), "channel")]
    subjects = result.attrs.get("n_subjects")
    if subjects is not None:
        parts.append(f"{int(subjects)} subjects (or seeds), whose mean is judged")
    return [f"There were {listed(parts)}."] if parts else []


def _axis(result: xr.Dataset) -> str:
    time = result["time"].attrs
    words = {"learning": "learning", "within_trial": "within the trial, not learning", "one_frame": "one frame"}
    return words.get(str(time.get("axis")), "what kind of time is not recorded")


def _assumed(result: xr.Dataset) -> list[str]:
    origin = result.attrs.get("task_from")
    return [f"What stimuli and targets the learner had was assumed: {plain(origin)}."] if origin else []


def software(steps: Sequence[Mapping[str, Any]]) -> list[str]:
    """The versions that ran; those of other packages are not in a history."""
    versions = list(dict.fromkeys(_versions(steps)))
    told = f"neurouniv {listed(versions)}" if versions else "neurouniv, in a version that is not recorded"
    return [
        f"All was computed with {told}{cite('neurouniv')}, on labelled arrays of xarray{cite('hoyer2017xarray')}; the "
        "versions of Python and other packages are not recorded in the result."
    ]


def _versions(steps: Sequence[Mapping[str, Any]]) -> list[str]:
    found: list[str] = []
    for line in steps:
        for _, earlier in _systems(line.get("settings") or {}):
            found += _versions(earlier)
        found += [plain(line["version"])] if line.get("version") else []
    return found
