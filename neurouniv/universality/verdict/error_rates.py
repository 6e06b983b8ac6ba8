"""Error rates of the verdict: how often its rule errs in simulations, and which of them are like the data at hand."""

from __future__ import annotations

import csv
from functools import cache
from importlib.resources import files
from typing import NamedTuple

import numpy as np
import xarray as xr

from neurouniv.universality.result import by_new_names
from neurouniv.universality.rivals import identities_in

FILE = "error_rates.csv"
NEAR = 0.15
"""Simulations are like data of the same design whose noise ceiling is this near."""
RULE = {"alpha": 0.05, "share": 0.97, "change_share": 0.75, "split": "conditions", "folds": 2, "partitions": 2}
RIVALS = frozenset({"static", "exponential", "step", "gain", "target"})
"""The rule whose errors were measured, and the rivals that were on trial."""
WITHOUT_OUTPUTS = " These simulations had no outputs."
LEAST = 10
"""A world has an error rate of its own from this number of studies on."""


class Rate(NamedTuple):
    """What the rule said in simulated studies of one `world`, with the `law` on trial."""

    law: str
    world: str
    true: bool
    conditions: int
    frames: int
    ceiling: float
    studies: int
    described: int
    not_described: int
    cannot_tell: int


@cache
def measured() -> tuple[Rate, ...]:
    """All that was measured, by `benchmarks/roc.py` and `benchmarks/verdict.py`."""
    with files("neurouniv.universality.verdict").joinpath(FILE).open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return tuple(
        Rate(
            row["law"], row["world"], row["true"] == "1", int(row["conditions"]), int(row["frames"]),
            float(row["ceiling"]), *(int(row[name]) for name in Rate._fields[-4:]),
        )
        for row in rows
    )  # fmt: skip


def in_words(verdict: xr.Dataset, result: xr.Dataset, rivals: list[str]) -> str:
    """The error rates of the rule for data like these, in words, or that they were not measured.

    They are quoted for the very rule, rivals, split and design that were simulated, and no other.
    """
    identities = identities_in(result)
    law, names = identities[verdict.attrs["law"]].name, sorted(identities[rival].name for rival in rivals)
    ceiling = float(verdict["ceiling"].mean())
    level = f"noise ceiling {ceiling:.2f}" if np.isfinite(ceiling) else "noise ceiling not known"
    conditions, frames = int(result.attrs.get("n_conditions", 0)), _frames(result)
    settings = by_new_names(verdict.attrs | result.attrs)
    comparable = all(settings.get(name) == value for name, value in RULE.items()) and names == sorted(RIVALS)
    rates = [r for r in measured() if comparable and r.law == law and _is_like(r, ceiling, conditions, frames)]
    true_rates, false_rates = [r for r in rates if r.true], [r for r in rates if not r.true]
    if not true_rates or not false_rates:
        return (
            f"The error rate of this verdict was not measured for data like these ({conditions} conditions, {frames} "
            f"frames, {level}; {_settings_in_words(settings)}). `neurouniv.recover(laws, like=trajectory)` measures it."
        )
    nearest = min((r.ceiling for r in true_rates), key=lambda level: abs(level - ceiling))
    true_rates, false_rates = ([r for r in group if r.ceiling == nearest] for group in (true_rates, false_rates))
    described, studies = _sums(true_rates)
    errors, false_studies = _sums(false_rates)
    counted = [r for r in false_rates if r.studies >= LEAST]
    worst = max(counted, key=lambda r: r.described / r.studies, default=None)
    worst_case = f", and in {worst.described} of {worst.studies} in the worst world ({worst.world})" if worst else ""
    return (
        f"This rule was simulated for data like these ({conditions} conditions, {frames} frames, noise ceiling "
        f"{nearest:.2f}, random tasks). Where the law is true, it said described in {described} of {studies} studies. "
        f"Where the law is false and misses more than 5 % without noise ({len({r.world for r in false_rates})} "
        "worlds), "
        f"it said described in {errors} of {false_studies}{worst_case}."
        + (WITHOUT_OUTPUTS if "outputs_r2" in verdict else "")
    )


def _frames(result: xr.Dataset) -> int:
    """How many frames a system has; of several, whose times stand side by side, the most."""
    if "progress" not in result:
        return result.sizes.get("time", 0)
    return int(result["progress"].notnull().sum("time").max())


def _sums(rates: list[Rate]) -> tuple[int, int]:
    """In how many studies the law was described, and how many there were."""
    return sum(r.described for r in rates), sum(r.studies for r in rates)


def _settings_in_words(settings: dict) -> str:
    """The settings of the rule in use that error rates depend on."""
    return ", ".join(f"{name} {settings[name]}" for name in RULE if name in settings)


def _is_like(rate: Rate, ceiling: float, conditions: int, frames: int) -> bool:
    return abs(rate.ceiling - ceiling) <= NEAR and (rate.conditions, rate.frames) == (conditions, frames)
