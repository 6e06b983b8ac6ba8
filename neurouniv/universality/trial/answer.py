"""The answer of a test of universality in one sentence, and the systems that do not count."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr

from neurouniv.tasks.origin import note
from neurouniv.universality.trial.evidence import counted
from neurouniv.universality.trial.learners import CONTROL, EXPLORATORY
from neurouniv.universality.verdict.rule import CANNOT_TELL, DESCRIBED, NOT_DESCRIBED, NOT_UNIVERSAL, NOTHING, UNIVERSAL

MOST_NAMED = 6
HALF = 0.5
"""The answer says where the law explains less than this share of the change that can be explained."""


def sentence(result: xr.Dataset) -> str:
    """The answer first; then the controls, the systems that do not count, and those whose task is a guess.

    Parameters
    ----------
    result : `decision`, `role`, `change_r2`, `change_most`, `change_bound` (system), and `overall`.
    """
    counting = counted(result)
    unlearned = counting.isel(system=counting["decision"].values == NOTHING)
    counting = counting.isel(system=counting["decision"].values != NOTHING)
    names = {word: _named(counting, word) for word in (DESCRIBED, NOT_DESCRIBED, CANNOT_TELL)}
    several = counting.sizes["system"] > 1
    sentences = [_nothing_learned(unlearned)] if unlearned.sizes["system"] else []
    if counting.sizes["system"] or not unlearned.sizes["system"]:
        sentences += [_overall(str(result["overall"].item()), names) if several else _of_one_system(counting)]
    sentences += _small_changes(counting) + _systematic_misses(counting)
    controls = result.isel(system=result["role"].values == CONTROL)
    sentences += [_controls(controls)] if controls.sizes["system"] else []
    uncounted = [str(name) for name in result["system"].values[result["role"].values == EXPLORATORY]]
    sentences += (
        [f"Not counted: {listed(uncounted)}, whose time is within a trial and not learning."] if uncounted else []
    )
    return " ".join([*sentences, *filter(None, [note(result)])])


def _nothing_learned(unlearned: xr.Dataset) -> str:
    """The systems in which nothing is learned, with the largest change that data allow; no law is judged there."""
    names = listed([str(name) for name in unlearned["system"].values])
    most = float(unlearned["change_bound"].max())
    bound = f", at most by {most:.0%} of their mean" if np.isfinite(most) else ""
    return f"Nothing is learned in {names}: distances change by no more than noise{bound}, so no law is judged there."


def _overall(overall: str, systems: dict[str, list[str]]) -> str:
    count = sum(map(len, systems.values()))
    undecided = f"; of {listed(systems[CANNOT_TELL])} one cannot tell" if systems[CANNOT_TELL] else ""
    if overall == UNIVERSAL:
        law = "one law, with constants of each system's own,"
        if not systems[CANNOT_TELL]:
            return (
                f"Yes: {law} describes all {count} systems, and predicts held-out data of all of them together better "
                "than every rival: it is universal among them."
            )
        return (
            f"Together yes, one by one in {len(systems[DESCRIBED])} of {count}: {law} predicts held-out data of all "
            f"systems together better than every rival, but of {listed(systems[CANNOT_TELL])} alone one cannot tell."
        )
    if overall == NOT_UNIVERSAL:
        holds = f"; it describes {listed(systems[DESCRIBED])}" if systems[DESCRIBED] else ""
        return f"No: the law does not describe {listed(systems[NOT_DESCRIBED])}{holds}{undecided}."
    holds = f"the law describes {listed(systems[DESCRIBED])}" if systems[DESCRIBED] else "of no system does it show"
    return f"One cannot tell yet: {holds}{undecided}; nothing here is against it."


def _small_changes(rows: xr.Dataset) -> list[str]:
    """The systems that the law describes though it explains little of their change: most of a movie is its mean."""
    described = rows["decision"].values == DESCRIBED
    few = described & (rows["change_r2"].values < HALF * rows["change_most"].values)
    names = [str(name) for name in rows["system"].values[few]]
    return [f"In {listed(names)} it explains less than half of what can be explained of the change."] if names else []


def _systematic_misses(rows: xr.Dataset) -> list[str]:
    """The systems in which a free mixture predicts better than the law."""
    if "misses" not in rows:
        return []
    names = [str(name) for name in rows["system"].values[rows["misses"].values != ""]]
    return [f"In {listed(names)} the law misses something systematic: a free mixture predicts better."] if names else []


def _of_one_system(rows: xr.Dataset) -> str:
    if not rows.sizes["system"]:
        return "One cannot tell: no system here counts."
    name, decision = str(rows["system"].values[0]), str(rows["decision"].values[0])
    if decision == DESCRIBED:
        return f"The law describes {name}: it predicts held-out data better than every rival."
    if decision == NOT_DESCRIBED:
        return f"The law does not describe {name}."
    return f"One cannot tell whether the law describes {name}."


def _controls(controls: xr.Dataset) -> str:
    """The answer in controls, where the law is known to be false."""
    described, not_described = _named(controls, DESCRIBED), _named(controls, NOT_DESCRIBED)
    undecided = _named(controls, CANNOT_TELL)
    if described:
        return f"But of {listed(described)}, where the law is false, it says the same: do not trust it."
    refusals = (
        f"Of {listed(not_described)}, where the law is false, it says that the law does not describe it"
        if not_described
        else ""
    )
    doubts = f"of {listed(undecided)}, where the law is false, that one cannot tell" if undecided else ""
    joined = ", and ".join(part for part in (refusals, doubts) if part)
    return f"{joined[0].upper()}{joined[1:]}."


def _named(rows: xr.Dataset, decision: str) -> list[str]:
    return [str(name) for name in rows["system"].values[rows["decision"].values == decision]]


def listed(names: Sequence[str]) -> str:
    """Names as a list in a sentence.

    Examples
    --------
    >>> listed(["a"]), listed(["a", "b", "c"]), listed(list("abcdefgh"))
    ('a', 'a, b and c', 'a, b, c, d, e, f and 2 more')
    """
    if len(names) > MOST_NAMED:
        return f"{', '.join(names[:MOST_NAMED])} and {len(names) - MOST_NAMED} more"
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))
