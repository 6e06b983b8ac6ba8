"""The sentences of a history under their headings, step by step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from neurouniv.methods import analyses, data
from neurouniv.methods.citing import cite, plain
from neurouniv.methods.words import listed

DATA, RDMS, ANALYSIS, SOFTWARE = "Data", "Representational dissimilarity", "Analysis", "Software"
ORDER = (DATA, RDMS, ANALYSIS, SOFTWARE)
LAST = ("fit", "compare", "universality_test", "rsa", "rules", "change")
Paragraph = tuple[str, str]
"""A heading and a text."""


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
