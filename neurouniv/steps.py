"""The steps that a history records, read back; what of one is damaged counts as not recorded."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any

LISTS = ("laws", "rivals", "controls", "rules", "models", "truths")
"""Settings that are lists of names; None is not recorded."""
NAMES = ("fits", "models_from", "mixtures")
"""Settings that are values by name."""
TEXTS = ("name", "rule")
"""Settings that are words; None is not recorded."""
COUNTS = ("folds", "partitions", "resamples", "permutations", "sessions", "repeats", "neurons", "width", "level")
"""Settings that are numbers, or lists of them."""
NUMBERS = {
    "simulate_brain": ("sessions", "repeats", "neurons", "epochs_per_session"), "train": ("width",),
}  # fmt: skip
"""Settings of a step that are one number."""

SIZES = ("trials", "channels")


def recorded(text: Any) -> list[dict[str, Any]]:
    """The steps in the JSON text of an attribute `history`, oldest first, each with `step`, `version` and `settings`.

    Examples
    --------
    >>> recorded('[{"step": "compare", "version": "1", "settings": {"laws": 5, "folds": 2}}, 7]')
    [{'step': 'compare', 'version': '1', 'settings': {'folds': 2}}]
    >>> recorded("[{"), recorded(b"no")
    ([], [])
    """
    try:
        content = json.loads(text)
    except (TypeError, ValueError, RecursionError):  # no text; no JSON, or bytes that are no text; nested without end
        return []
    return _steps(content)


def _steps(content: Any) -> list[dict[str, Any]]:
    lines = content if isinstance(content, list) else []
    return [_step(line) for line in lines if isinstance(line, dict) and isinstance(line.get("step"), str)]


def _step(line: dict[str, Any]) -> dict[str, Any]:
    settings = line.get("settings")
    version = {"version": line["version"]} if isinstance(line.get("version"), str) else {}
    entries = _settings(settings) if isinstance(settings, dict) else {}
    entries = {k: v for k, v in entries.items() if k not in NUMBERS.get(line["step"], ()) or _is_number(v)}
    return {"step": line["step"], **version, "settings": entries}


def _settings(settings: dict[str, Any]) -> dict[str, Any]:
    """The settings that are what readers take them for."""
    entries = {name: value for name, value in settings.items() if READS.get(name, _anything)(value)}
    if entries.get("systems"):
        entries["systems"] = {name: _steps(steps) for name, steps in entries["systems"].items()}
    if "files" in entries:
        entries["files"] = [_file(file) for file in entries["files"]]
    return entries


def _file(file: dict[str, Any]) -> dict[str, Any]:
    """What is known of a file, its sizes where they are numbers."""
    return {name: value for name, value in file.items() if name not in SIZES or isinstance(value, int)}


def _anything(_: Any) -> bool:
    return True


def _is_list(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def _is_text(value: Any) -> bool:
    return value is None or isinstance(value, str)


def _are_named(value: Any) -> bool:
    return value is None or isinstance(value, dict)


def _is_count(value: Any) -> bool:
    return value is None or isinstance(value, list) or _is_number(value)


def _is_number(value: Any) -> bool:
    return isinstance(value, int) or (isinstance(value, float) and math.isfinite(value))


def _are_numbered(value: Any) -> bool:
    return value is None or (isinstance(value, list) and all(map(_is_number, value)))


def _are_files(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, dict) for one in value)


READS: dict[str, Callable[[Any], bool]] = {
    **dict.fromkeys(LISTS, _is_list), **dict.fromkeys(NAMES, _are_named), **dict.fromkeys(COUNTS, _is_count),
    **dict.fromkeys(TEXTS, _is_text),
    "systems": _are_named, "files": _are_files, "layers": _are_numbered,
}  # fmt: skip
"""Whether a setting is what readers take it for, by its name."""
