"""The answer of a comparison in a sentence: which systems the law describes, or why nothing is said of them."""

from __future__ import annotations

import warnings

import numpy as np
import xarray as xr

from neurouniv.exploratory import exploratory
from neurouniv.schema import NeurounivWarning
from neurouniv.universality.rivals import reference_of, rivals_of
from neurouniv.universality.trial.answer import listed
from neurouniv.universality.verdict.rule import verdict
from neurouniv.universality.verdict.words import CANNOT_TELL, DESCRIBED, NOT_DESCRIBED, NOTHING

NO_ERRORS = "Nothing is decided: differences between laws have no errors, because resamples=0."
NO_RIVAL = "Nothing is decided: no rival was compared with the law."
MIXED = "Nothing is decided of all together: time is learning in some systems, and within a trial in others."
WITHIN = " Time is within a trial here, and not learning."


def answer_of(result: xr.Dataset) -> str:
    """The answer, for the top of a page."""
    law = reference_of(result)
    if "error_ratio" not in result:
        return NO_ERRORS
    if not rivals_of(result, law):
        return NO_RIVAL
    outcome = judged_of(result)
    if outcome is None:
        return MIXED
    decisions = outcome["decision"]
    if not decisions.dims:
        words = {
            DESCRIBED: f"The {law} law describes these data: it predicts held-out data better than every rival.",
            NOT_DESCRIBED: f"The {law} law does not describe these data.",
            CANNOT_TELL: f"These data do not decide whether the {law} law describes them.",
            NOTHING: "Nothing is learned in these data: distances change by no more than noise, so no law is judged.",
        }
        return words[str(decisions.item())] + (WITHIN if exploratory(result) else "")
    said = {DESCRIBED: f"the {law} law describes", NOT_DESCRIBED: "it does not describe",
            CANNOT_TELL: "the data do not decide for", NOTHING: "nothing is learned in"}  # fmt: skip
    called = {word: _systems(decisions, word) for word in said}
    parts = [f"{words} {listed(called[word])}" for word, words in said.items() if called[word]]
    parts = parts if called[DESCRIBED] else [f"the {law} law describes no system significantly", *parts]
    text = "; ".join(parts)
    return f"{text[0].upper()}{text[1:]}.{WITHIN if exploratory(result) else ''}"


def judged_of(result: xr.Dataset) -> xr.Dataset | None:
    """The verdict; None where there is none to give: differences have no errors, there is no rival, or times of some
    systems only are within a trial."""
    mixed = 0 < len(exploratory(result)) < result.sizes.get("system", 1)
    if "error_ratio" not in result or not rivals_of(result, reference_of(result)) or mixed:
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NeurounivWarning)  # the text says it too
        return verdict(result, exploratory=True)


def _systems(decisions: xr.DataArray, word: str) -> list[str]:
    """The names of the systems, or members, with one decision."""
    flat = decisions.stack(_one=decisions.dims, create_index=False)
    chosen = flat.isel(_one=np.flatnonzero(flat.values == word))
    return [
        ", ".join(
            str(one[dim].item()) if dim == "system" else f"{dim} {one[dim].item() if dim in one.coords else place}"
            for dim in map(str, decisions.dims)
        )
        for place, one in ((i, chosen.isel(_one=i)) for i in range(chosen.sizes["_one"]))
    ]
