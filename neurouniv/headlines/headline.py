"""The headline of a result: its sentence, what belongs to it, and its doubts; or that it speaks of something else."""

from __future__ import annotations

from collections import Counter
from typing import Any, NamedTuple

import numpy as np
import xarray as xr

from neurouniv.headlines.comparison import is_comparison, of_comparison
from neurouniv.statement import SEAL, is_whole

TEXTS = ("answer", "text")
DOUBTS = {"why": "These data do not separate them because", "apart": "What would separate them:", "doubts": "",
          "left_out": "Not computed:", "calibration": ""}  # fmt: skip
"""Attributes with doubts, and what is said before them."""
MOST_DOUBTS = 12
OTHER = (
    "The sentence of this result is about the whole of it, and is not shown: this is a part of it, or a changed copy. "
    "`result.attrs[{name!r}]` has it."
)
UNSEALED = (
    "This result has a sentence, and neurouniv does not know whether it is about all that is here. An older version "
    "wrote it, or it is too large to be checked. `result.attrs[{name!r}]` has it."
)


class Headline(NamedTuple):
    """What is shown above a result."""

    sentence: str
    details: str = ""
    doubts: tuple[str, ...] = ()
    stale: bool = False
    """The sentence that is shown is not the result's own, but says why that is not shown."""


def headline_of(result: xr.Dataset | xr.DataTree) -> Headline | None:
    """What is shown above `result`; None where it is no result that says something."""
    name = next((name for name in TEXTS if isinstance(result.attrs.get(name), str) and "history" in result.attrs), "")
    if isinstance(result, xr.DataTree):
        return _of_study(result) if "study" in result.attrs else None
    if name:
        return _of_sentence(result, name)
    if is_comparison(result):
        return Headline(*of_comparison(result))
    return _of_groups(result) if {"decision", "law_is"} <= set(result.data_vars) else None


def _of_sentence(result: xr.Dataset | xr.DataTree, name: str) -> Headline:
    """The sentence that the result carries, if it is about all that the result holds."""
    if not is_whole(result):
        return Headline((OTHER if result.attrs.get(SEAL) else UNSEALED).format(name=name), stale=True)
    first, _, rest = str(result.attrs[name]).partition("\n")
    doubts = [f"{before} {text}".strip() for key, before in DOUBTS.items() for text in _texts(result.attrs.get(key))]
    unsaid_doubts = [text for text in doubts if text not in rest and text not in first]
    more = [f"and {len(unsaid_doubts) - MOST_DOUBTS} more"] if len(unsaid_doubts) > MOST_DOUBTS else []
    return Headline(first, rest, (*unsaid_doubts[:MOST_DOUBTS], *more))


def _texts(value: Any) -> list[str]:
    values = [value] if isinstance(value, str) else list(value) if isinstance(value, list | tuple | np.ndarray) else []
    return [str(text) for text in values if str(text)]


def _of_study(study: xr.DataTree) -> Headline | None:
    """How a study stands, if all of it is here, and what is missing."""
    if not is_whole(study):
        return Headline(OTHER.format(name="text"), stale=True)
    states = Counter(study["systems"].to_dataset()["state"].values.tolist())
    without = [f"{count} systems have no result: {state}." for state, count in states.items() if state != "done"]
    first, _, rest = str(study.attrs.get("text", "")).partition("\n")
    return Headline(first, rest, tuple(without))


def _of_groups(groups: xr.Dataset) -> Headline | None:
    """Counts of the verdicts on many groups of systems, made of those that are here."""
    if "group" not in groups.dims:
        return None
    counts = Counter(groups["decision"].values.tolist())
    unanswered = counts.pop("", 0)
    words = ", ".join(f"{word} in {count}" for word, count in counts.most_common())
    sentence = f"{words} of {groups.sizes['group']} groups of systems."
    known = groups["law_is"].values == "false"
    wrong = int((known & (groups["decision"].values == "described")).sum())
    doubts = [f"{unanswered} have no verdict; `reason` says why."] if unanswered else []
    if known.any():
        doubts.append(f"Of {int(known.sum())} in which the law is known to be false, {wrong} are called described.")
    return Headline(sentence[0].upper() + sentence[1:], "", ("Each group was judged by itself.", *doubts))
