"""Labels of systems: what each is called, its kind, and the settings in which systems of the study differ."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from neurouniv.studies.cell.cell import Cell

ALWAYS = ("task", "architecture", "rule", "world")
"""Settings that are told even where all systems share them."""
OF_LEARNERS = ("architecture", "rule", "hidden_layers", "width", "gain", "nonlinearity", "lr", "epochs")
"""Settings of a brain that learns, which mean nothing where a world prescribes what happens."""
NOT_TOLD = ("files", "map", "stimuli", "targets", "windows", "runs", "layers", "record")
EXACT = 2**53
"""Whole numbers up to here are the same as floating-point ones."""


def settings_of(cells: Sequence[Cell]) -> list[dict[str, Any]]:
    """Of every cell, the settings that tell it from others, by name; what a cell has no such setting of is absent."""
    whole = [_flat(cell) for cell in cells]
    names = list(dict.fromkeys(name for settings in whole for name in settings))
    values: dict[str, set[str]] = {name: {_key(settings[name]) for settings in whole if name in settings}
                                   for name in names}  # fmt: skip
    labels = [name for name in names if name in ALWAYS or len(values[name]) > 1]
    return [{name: settings[name] for name in labels if settings.get(name) is not None} for settings in whole]


def column(values: Sequence[Any]) -> np.ndarray:
    """Values of one setting as an array: numbers where all are, else text; None is NaN or an empty text.

    Examples
    --------
    >>> column([1, 2]), column([1, None]), column(["relu", 3, None]).tolist()
    (array([1, 2]), array([ 1., nan]), ['relu', '3', ''])
    """
    present = [value for value in values if value is not None]
    if present and all(isinstance(value, bool) for value in present) and len(present) == len(values):
        return np.array(values, dtype=bool)
    if present and all(_is_number(value) for value in present):
        if len(present) == len(values):
            return np.array(values)
        return np.array([np.nan if value is None else float(value) for value in values])
    return np.array(["" if value is None else _word(value) for value in values], dtype=str)


def named(cell: Cell, place: dict[str, Any]) -> str:
    """A system in words: its name, what varies, and which seed, layer or subject it is.

    Examples
    --------
    >>> named(Cell("mlp", "networks", {"rule": "hebbian"}, [0, 1], {}, ""), {"seed": 1, "layer": 0})
    'mlp, rule hebbian, seed 1, layer 0'
    """
    alone = Cell(cell.system, cell.kind, cell.varied, [], cell.content, cell.code)
    return ", ".join([alone.label, *(f"{dim} {label}" for dim, label in place.items())])


def _flat(cell: Cell) -> dict[str, Any]:
    content = cell.content
    settings = {name: value for name, value in content["settings"].items() if name not in NOT_TOLD}
    if cell.kind == "brains" and settings.get("world") is not None:
        settings = {name: value for name, value in settings.items() if name not in OF_LEARNERS}
    if cell.kind == "recordings":
        files = content["settings"]["files"]
        more = f" and {len(files) - 1} more" if len(files) > 1 else ""
        settings["file"] = f"{Path(files[0]).name}{more}"
    movie = {f"trajectory_{name}": value for name, value in content["trajectory"].items()}
    task = {f"task_{name}": value for name, value in (content["task"] or {}).items() if name not in ("name", "file")}
    return {"task": _task(content["task"]), **task, **settings, **movie}


def _task(task: dict[str, Any] | None) -> str:
    """The task by its name or its file."""
    if task is None:
        return "of the recording"
    if "file" in task:
        return Path(task["file"]).name
    return str(task["name"])


def _is_number(value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, (int, float, np.integer, np.floating)):
        return False
    return not isinstance(value, (int, np.integer)) or abs(int(value)) <= EXACT


def _word(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value) if isinstance(value, (list, dict)) else str(value)


def _key(value: Any) -> str:
    return json.dumps(value, sort_keys=True)
