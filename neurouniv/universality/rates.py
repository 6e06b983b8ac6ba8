"""How often the verdict's rule was right in simulations, and which of them were like the data at hand."""

from __future__ import annotations

import csv
from functools import cache
from importlib.resources import files
from typing import NamedTuple

import xarray as xr

FILE = "rates.csv"
NEAR, AS_MANY = 0.15, 2.0
"""Simulations are like data whose noise ceiling is this near and whose conditions and frames are within this factor."""


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


def told(made: xr.Dataset, result: xr.Dataset) -> str:
    """The error rates of the rule for data like these, in words, or that they were not measured."""
    law, ceiling = made.attrs["law"], float(made["ceiling"].mean())
    conditions, frames = int(result.attrs.get("n_conditions", 0)), result.sizes.get("time", 0)
    alike = [r for r in measured() if r.law == law and _alike(r, ceiling, conditions, frames)]
    own, false = [r for r in alike if r.true], [r for r in alike if not r.true]
    if not own or not false:
        return (
            f"How often this rule errs at data like these ({conditions} conditions, {frames} frames, noise ceiling "
            f"{ceiling:.2f}) was not measured; `neurouniv.recover(laws, like=trajectory)` does."
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


def _alike(rate: Rate, ceiling: float, conditions: int, frames: int) -> bool:
    counts = ((rate.conditions, conditions), (rate.frames, frames))
    return abs(rate.ceiling - ceiling) <= NEAR and all(1 / AS_MANY <= b / a <= AS_MANY for a, b in counts)
