"""How often the verdict's rule was right in simulations, and which of them were like the data at hand."""

from __future__ import annotations

import csv
from functools import cache
from importlib.resources import files
from typing import NamedTuple

import numpy as np
import xarray as xr

FILE = "rates.csv"
NEAR = 0.15
"""Simulations are like data of the same design whose noise ceiling is this near."""
RULE = {"alpha": 0.05, "share": 0.9, "split": "conditions", "folds": 2, "repeats": 1}
RIVALS = frozenset({"static", "exponential", "step", "gain", "target"})
"""The rule whose errors were measured, and the rivals that were on trial."""


class Rate(NamedTuple):
    """What the rule said in simulated studies of one `world`, with the `law` on trial."""

    law: str
    world: str
    true: bool
    conditions: int
    frames: int
    ceiling: float
    studies: int
    universal: int
    not_universal: int
    cannot_tell: int


@cache
def measured() -> tuple[Rate, ...]:
    """All that was measured, by `benchmarks/verdict.py`."""
    with files("neurouniv.universality").joinpath(FILE).open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return tuple(
        Rate(
            row["law"], row["world"], row["true"] == "1", int(row["conditions"]), int(row["frames"]),
            float(row["ceiling"]), *(int(row[name]) for name in Rate._fields[-4:]),
        )
        for row in rows
    )  # fmt: skip


def told(made: xr.Dataset, result: xr.Dataset, rivals: list[str]) -> str:
    """The error rates of the rule for data like these, in words, or that they were not measured.

    They are quoted for the very rule, rivals, split and design that were simulated, and no other.
    """
    law, ceiling = made.attrs["law"], float(made["ceiling"].mean())
    level = f"noise ceiling {ceiling:.2f}" if np.isfinite(ceiling) else "noise ceiling not known"
    conditions, frames = int(result.attrs.get("n_conditions", 0)), result.sizes.get("time", 0)
    used = made.attrs | result.attrs
    same = all(used.get(name) == value for name, value in RULE.items()) and set(rivals) == RIVALS
    alike = [r for r in measured() if same and r.law == law and _alike(r, ceiling, conditions, frames)]
    own, false = [r for r in alike if r.true], [r for r in alike if not r.true]
    if not own or not false:
        return (
            f"How often this rule errs at data like these ({conditions} conditions, {frames} frames, {level}; "
            f"{_settings(used)}) was not measured; `neurouniv.recover(laws, like=trajectory)` does."
        )
    nearest = min((r.ceiling for r in own), key=lambda level: abs(level - ceiling))
    own = [r for r in own if r.ceiling == nearest]
    worst = max(false, key=lambda r: r.universal / r.studies)
    right = sum(r.universal for r in own) / sum(r.studies for r in own)
    worlds = len({r.world for r in false})
    wrong = f"at most in {worst.universal / worst.studies:.1%} ({worst.world}; worlds tried: {worlds})"
    return (
        f"In simulations like these data ({own[0].conditions} conditions, {own[0].frames} frames, noise ceiling "
        f"{nearest:.2f}; {own[0].studies} studies a world) this rule says universal in {right:.1%} where the law is "
        f"true, and {wrong} where it is false."
    )


def _settings(used: dict) -> str:
    """The settings of the rule in use that error rates depend on."""
    return ", ".join(f"{name} {used[name]}" for name in RULE if name in used)


def _alike(rate: Rate, ceiling: float, conditions: int, frames: int) -> bool:
    return abs(rate.ceiling - ceiling) <= NEAR and (rate.conditions, rate.frames) == (conditions, frames)
