"""The answer in one sentence, and what it does not count."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr

from neurouniv.universality.trial.evidence import counted
from neurouniv.universality.trial.learners import CONTROL, EXPLORATORY
from neurouniv.universality.verdict.rule import CANNOT_TELL, DESCRIBED, NOT_DESCRIBED, NOT_UNIVERSAL, NOTHING, UNIVERSAL

MOST_NAMED = 6
HALF = 0.5
"""Of the change that can be explained: less is said in the answer."""


def sentence(made: xr.Dataset) -> str:
    """What a test of universality says, first; then what became of controls, and what does not count.

    Parameters
    ----------
    made : `decision`, `role`, `change_r2`, `change_most`, `change_bound` (system), and `overall`.
    """
    rows = counted(made)
    still = rows.isel(system=rows["decision"].values == NOTHING)
    rows = rows.isel(system=rows["decision"].values != NOTHING)
    by = {word: _named(rows, word) for word in (DESCRIBED, NOT_DESCRIBED, CANNOT_TELL)}
    several = rows.sizes["system"] > 1
    said = [_still(still)] if still.sizes["system"] else []
    if rows.sizes["system"] or not still.sizes["system"]:
        said += [_together(str(made["overall"].item()), by) if several else _alone(rows)]
    said += _little(rows) + _missed(rows)
    controls = made.isel(system=made["role"].values == CONTROL)
    said += [_control(controls)] if controls.sizes["system"] else []
    aside = [str(name) for name in made["system"].values[made["role"].values == EXPLORATORY]]
    said += [f"Not counted: {listed(aside)}, whose time is within a trial and not learning."] if aside else []
    return " ".join(said)


def _still(rows: xr.Dataset) -> str:
    """Of which systems nothing is learned, and how much may be all the same; no law is judged there."""
    names = listed([str(name) for name in rows["system"].values])
    most = float(rows["change_bound"].max())
    bound = f", at most by {most:.0%} of their mean" if np.isfinite(most) else ""
    return f"Nothing is learned in {names}: distances change by no more than noise{bound}, so no law is judged there."


def _together(overall: str, by: dict[str, list[str]]) -> str:
    number = sum(map(len, by.values()))
    open_ones = f"; of {listed(by[CANNOT_TELL])} one cannot tell" if by[CANNOT_TELL] else ""
    if overall == UNIVERSAL:
        law = "one law, with constants of each system's own,"
        if not by[CANNOT_TELL]:
            return (
                f"Yes: {law} describes all {number} systems, and predicts held-out data of all of them together better "
                "than every rival: it is universal among them."
            )
        return (
            f"Together yes, one by one in {len(by[DESCRIBED])} of {number}: {law} predicts held-out data of all "
            f"systems together better than every rival, but of {listed(by[CANNOT_TELL])} alone one cannot tell."
        )
    if overall == NOT_UNIVERSAL:
        holds = f"; it describes {listed(by[DESCRIBED])}" if by[DESCRIBED] else ""
        return f"No: the law does not describe {listed(by[NOT_DESCRIBED])}{holds}{open_ones}."
    holds = f"the law describes {listed(by[DESCRIBED])}" if by[DESCRIBED] else "of no system does it show"
    return f"One cannot tell yet: {holds}{open_ones}; nothing here is against it."


def _little(rows: xr.Dataset) -> list[str]:
    """Where the law describes a movie whose changes it explains in small part: most of a movie is its mean."""
    described = rows["decision"].values == DESCRIBED
    few = described & (rows["change_r2"].values < HALF * rows["change_most"].values)
    names = [str(name) for name in rows["system"].values[few]]
    return [f"In {listed(names)} it explains less than half of what can be explained of the change."] if names else []


def _missed(rows: xr.Dataset) -> list[str]:
    """Where a free mixture predicts better than the law."""
    if "misses" not in rows:
        return []
    names = [str(name) for name in rows["system"].values[rows["misses"].values != ""]]
    return [f"In {listed(names)} the law misses something systematic: a free mixture predicts better."] if names else []


def _alone(rows: xr.Dataset) -> str:
    if not rows.sizes["system"]:
        return "One cannot tell: no system here counts."
    name, decision = str(rows["system"].values[0]), str(rows["decision"].values[0])
    if decision == DESCRIBED:
        return f"The law describes {name}: it predicts held-out data better than every rival."
    if decision == NOT_DESCRIBED:
        return f"The law does not describe {name}."
    return f"One cannot tell whether the law describes {name}."


def _control(controls: xr.Dataset) -> str:
    """Whether the false worlds were turned down."""
    wrong, right = _named(controls, DESCRIBED), _named(controls, NOT_DESCRIBED)
    other = _named(controls, CANNOT_TELL)
    if wrong:
        return f"But of {listed(wrong)}, where the law is false, it says the same: do not trust it."
    said = f"Of {listed(right)}, where the law is false, it says that the law does not describe it" if right else ""
    unsure = f"of {listed(other)}, where the law is false, that one cannot tell" if other else ""
    joined = ", and ".join(part for part in (said, unsure) if part)
    return f"{joined[0].upper()}{joined[1:]}."


def _named(rows: xr.Dataset, decision: str) -> list[str]:
    return [str(name) for name in rows["system"].values[rows["decision"].values == decision]]


def listed(names: Sequence[str]) -> str:
    """Names as a sentence has them.

    Examples
    --------
    >>> listed(["a"]), listed(["a", "b", "c"]), listed(list("abcdefgh"))
    ('a', 'a, b and c', 'a, b, c, d, e, f and 2 more')
    """
    if len(names) > MOST_NAMED:
        return f"{', '.join(names[:MOST_NAMED])} and {len(names) - MOST_NAMED} more"
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))
