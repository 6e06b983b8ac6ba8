"""The account of a result: what was run, in paragraphs, from its history."""

from __future__ import annotations

import xarray as xr

from neurouniv.methods.citing import plain
from neurouniv.methods.sentences import DATA, SOFTWARE, Paragraph, paragraphs, sentences, software
from neurouniv.methods.study import account_of_study
from neurouniv.methods.words import counted, listed
from neurouniv.rdm.pairs import Pairs
from neurouniv.schema import history

FROM_RESULT = ("ceiling", "errors_about", "errors_unit", "models_from", "noise", "how", "calibration",
               "interval_method", "reference")  # fmt: skip
"""Attributes of a result that say how it was made, which the history of its last steps does not repeat."""


def account(result: xr.Dataset | xr.DataTree) -> list[Paragraph]:
    """Paragraphs on what was run; empty where nothing of it is recorded."""
    if isinstance(result, xr.DataTree):
        return account_of_study(result)
    steps = history(result)
    if not steps:
        return []
    texts = sentences(steps, {name: result.attrs[name] for name in FROM_RESULT if name in result.attrs})
    texts[DATA] += _sizes(result) + _assumed(result)
    texts[SOFTWARE] += software(steps)
    return paragraphs(texts)


def _sizes(result: xr.Dataset) -> list[str]:
    """What the data of a result are, as far as it says so itself."""
    parts = []
    conditions = result.attrs.get("n_conditions")
    if conditions is None and {"first", "second"} <= set(result.coords):
        conditions = len(Pairs.of(result).names)
    if conditions is not None:
        parts.append(counted(int(conditions), "condition"))
    if "h" in result and "time" in result["h"].dims:
        parts.append(f"{counted(result.sizes['time'], 'time')} ({_axis(result)})")
    if "activity" in result and "trial" in result.dims:
        parts += [counted(result.sizes["trial"], "trial"), counted(result.sizes.get("channel"), "channel")]
    subjects = result.attrs.get("n_subjects")
    if subjects is not None:
        parts.append(f"{int(subjects)} subjects (or seeds), whose mean is judged")
    return [f"There were {listed(parts)}."] if parts else []


def _axis(result: xr.Dataset) -> str:
    time = result["time"].attrs
    words = {"learning": "learning", "within_trial": "within the trial, not learning", "one_frame": "one frame"}
    return words.get(str(time.get("axis")), "what kind of time is not recorded")


def _assumed(result: xr.Dataset) -> list[str]:
    origin = result.attrs.get("task_from")
    return [f"What stimuli and targets the learner had was assumed: {plain(origin)}."] if origin else []
