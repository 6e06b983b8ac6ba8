"""The answer of a test of universality in one sentence, and the systems that do not count."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr

from neurouniv.tasks.origin import note
from neurouniv.universality.sentence_parts import listed, percent
from neurouniv.universality.trial.evidence import counted
from neurouniv.universality.trial.learners import CONTROL, EXPLORATORY
from neurouniv.universality.verdict.rule import CANNOT_TELL, DESCRIBED, NOT_DESCRIBED, NOT_UNIVERSAL, NOTHING, UNIVERSAL

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
    if uncounted:
        sentences.append(
            f"{listed(uncounted)} {_are(uncounted)} not counted: time there is within a trial, not learning."
        )
    return " ".join(filter(None, [*sentences, note(result)]))


def _nothing_learned(unlearned: xr.Dataset) -> str:
    """The systems in which nothing is learned, with the largest change that data allow; no law is judged there."""
    names = listed([str(name) for name in unlearned["system"].values])
    most = float(unlearned["change_bound"].max())
    bound = f", at most by {percent(most)} of their mean" if np.isfinite(most) else ""
    return f"Nothing is learned in {names}: distances change by no more than noise{bound}. No law is judged there."


def _overall(overall: str, systems: dict[str, list[str]]) -> str:
    count, open_ = sum(map(len, systems.values())), systems[CANNOT_TELL]
    undecided = f"For {listed(open_)} the data do not decide." if open_ else ""
    holds = f"The law describes {listed(systems[DESCRIBED])}." if systems[DESCRIBED] else ""
    if overall == UNIVERSAL and not open_:
        every = "both systems" if count == 2 else f"all {count} systems"
        return (
            f"Yes: one law, with constants of each system's own, describes {every}. It predicts held-out "
            "data of all of them together better than every rival, so it is universal among them."
        )
    if overall == UNIVERSAL:
        return (
            f"Yes for the {count} systems together: one law, with constants of each system's own, predicts their "
            f"held-out data better than every rival. Alone, it describes {len(systems[DESCRIBED])} of {count}: for "
            f"{listed(open_)} alone the data do not decide."
        )
    if overall == NOT_UNIVERSAL:
        no = f"No: the law does not describe {listed(systems[NOT_DESCRIBED])}."
        return " ".join(filter(None, [no, holds, undecided]))
    undecided = undecided or "For all of them together the data do not decide."
    return " ".join(filter(None, ["Not decided yet.", holds, undecided, "No verdict here is against the law."]))


def _small_changes(rows: xr.Dataset) -> list[str]:
    """The systems that the law describes though it explains little of their change: most of a movie is its mean."""
    described = rows["decision"].values == DESCRIBED
    few = described & (rows["change_r2"].values < HALF * rows["change_most"].values)
    names = [str(name) for name in rows["system"].values[few]]
    return [f"In {listed(names)} the law explains less than half of the change that can be explained."] if names else []


def _systematic_misses(rows: xr.Dataset) -> list[str]:
    """The systems in which a free mixture predicts better than the law."""
    if "misses" not in rows:
        return []
    names = [str(name) for name in rows["system"].values[rows["misses"].values != ""]]
    return [f"In {listed(names)} the law misses something systematic: a free mixture predicts better."] if names else []


def _of_one_system(rows: xr.Dataset) -> str:
    if not rows.sizes["system"]:
        return "Nothing can be decided: no system here counts."
    name, decision = str(rows["system"].values[0]), str(rows["decision"].values[0])
    if decision == DESCRIBED:
        return f"The law describes {name}: it predicts held-out data better than every rival."
    if decision == NOT_DESCRIBED:
        return f"The law does not describe {name}."
    return f"The data do not decide whether the law describes {name}."


def _controls(controls: xr.Dataset) -> str:
    """The answer in controls, where the law is known to be false."""
    described, not_described = _named(controls, DESCRIBED), _named(controls, NOT_DESCRIBED)
    undecided = _named(controls, CANNOT_TELL)
    if described:
        return (
            f"Do not trust this answer: for {listed(described)}, where the law is false, the test says described too."
        )
    right = f"The law does not describe {listed(not_described)}, where it is false." if not_described else ""
    doubts = f"For {listed(undecided)}, where the law is false, the data do not decide." if undecided else ""
    return " ".join(filter(None, [right, doubts]))


def _are(names: Sequence[str]) -> str:
    return "is" if len(names) == 1 else "are"


def _named(rows: xr.Dataset, decision: str) -> list[str]:
    return [str(name) for name in rows["system"].values[rows["decision"].values == decision]]
