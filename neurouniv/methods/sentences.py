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
        of_systems = {name: sentences(earlier) for name, earlier in _systems(settings)}
        for heading in ORDER:
            texts[heading] += _together({name: of_system[heading] for name, of_system in of_systems.items()})
        if step in data.STEPS:
            texts[DATA] += data.STEPS[step](settings)
        elif step in data.RDMS:
            texts[RDMS] += data.RDMS[step](settings)
        else:
            write = analyses.STEPS.get(step)
            texts[ANALYSIS] += write(settings) if write else analyses.other(step, settings)
    return texts


def _together(of_systems: Mapping[str, Sequence[str]]) -> list[str]:
    """Sentences of systems, those that several have once, after the systems' names.

    Examples
    --------
    >>> _together({"net": ["Stimuli were digits.", "It has 1 layer."], "deep": ["Stimuli were digits."]})
    ['Both systems: Stimuli were digits.', 'System net: It has 1 layer.']
    """
    names: dict[str, list[str]] = {}
    for name, texts in of_systems.items():
        for text in dict.fromkeys(texts):
            names.setdefault(text, []).append(name)
    groups: dict[tuple[str, ...], list[str]] = {}
    for text, having in names.items():
        groups.setdefault(tuple(having), []).append(text)
    shared_first = sorted(groups.items(), key=lambda group: -len(group[0]))
    return [f"{_called(having, len(of_systems))}: {' '.join(group)}" for having, group in shared_first]


def _called(names: Sequence[str], count: int) -> str:
    if len(names) == 1:
        return f"System {names[0]}"
    if len(names) == count:
        return "Both systems" if count == 2 else f"All {count} systems"
    return f"Systems {'; '.join(names)}"


def _systems(settings: Mapping[str, Any]) -> list[tuple[str, list[dict[str, Any]]]]:
    """The histories of several systems by name."""
    given = settings.get("systems")
    if not isinstance(given, Mapping):
        return []
    return [(plain(name), steps) for name, steps in given.items() if isinstance(steps, list)]


def software(steps: Sequence[Mapping[str, Any]]) -> list[str]:
    """The versions that ran; those of other packages are not in a history."""
    versions = list(dict.fromkeys(_versions(steps)))
    tool = f"neurouniv {listed(versions)}" if versions else "neurouniv, in a version that is not recorded"
    return [
        f"All was computed with {tool}{cite('neurouniv')}, on labelled arrays of xarray{cite('hoyer2017xarray')}; the "
        "versions of Python and other packages are not recorded in the result."
    ]


def _versions(steps: Sequence[Mapping[str, Any]]) -> list[str]:
    versions: list[str] = []
    for line in steps:
        for _, earlier in _systems(line.get("settings") or {}):
            versions += _versions(earlier)
        versions += [plain(line["version"])] if line.get("version") else []
    return versions
