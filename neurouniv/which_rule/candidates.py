"""The learning rules that are told apart, each with its law, and what stands for "none of these"."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import xarray as xr

from neurouniv.got import did_you_mean
from neurouniv.laws import LAWS, Law
from neurouniv.laws.integrated import IntegratedLaw
from neurouniv.names import listed_names
from neurouniv.schema import InputError

NONE = "none"
"""None of the rules: the world of the curve that predicts best."""
CURVES = ("static", "exponential", "step", "gain", "target")
"""Laws of no rule. The best of them speaks for `NONE`."""


class Candidate(NamedTuple):
    """A learning rule: the name of its law, and how sentences call it."""

    law: str
    words: str


RULES = {
    "backprop": Candidate("universal", "backprop"),
    "feedback_alignment": Candidate("feedback_alignment", "feedback alignment"),
    "kolen_pollack": Candidate("kolen_pollack", "Kolen-Pollack learning"),
    "weight_mirror": Candidate("weight_mirror", "weight mirrors"),
    "predictive_coding": Candidate("predictive_coding", "predictive coding"),
    "weight_decay": Candidate("weight_decay", "backprop with weight decay"),
    "node_perturbation": Candidate("node_perturbation", "node perturbation"),
    "lazy": Candidate("tangent", "lazy learning"),
    "identity": Candidate("identity", "learning blind to stimuli"),
}
"""The rules that probabilities are calibrated for, by name."""
EXPOSURE = "exposure"
UNCALIBRATED = {
    "hebbian": Candidate("hebbian", "reward-modulated Hebbian learning"),
    EXPOSURE: Candidate("exposure", "backprop by how often stimuli are shown"),
}
"""Rules that may be compared, without a probability."""
KNOWN = RULES | UNCALIBRATED


def chosen(rules: Iterable[str] | None, traj: xr.Dataset) -> list[str]:
    """The rules to compare; by default all that are calibrated, and exposure where trials differ in number.

    Raises
    ------
    InputError : an unknown name, or fewer than two.
    """
    if rules is None:
        return [*RULES, *([EXPOSURE] if _shown_unequally(traj) else [])]
    names = listed_names(rules, "rules")
    unknown = [name for name in names if name not in KNOWN]
    if unknown or len(names) < 2:
        raise InputError(
            f"rules are two or more of {', '.join(KNOWN)}; got {names}. Leave them out to compare all: "
            f"`neurouniv.rules(traj)`.{did_you_mean(next(iter(unknown), None), KNOWN)}"
        )
    return names


def laws_of(rules: Iterable[str]) -> dict[str, Law]:
    """The laws to compare, by the names of their rules, curves by their own; fitted as accurately as predictions need.

    Examples
    --------
    >>> list(laws_of(["backprop", "lazy"]))
    ['backprop', 'lazy', 'static', 'exponential', 'step', 'gain', 'target']
    """
    named = {name: KNOWN[name].law for name in rules} | {name: name for name in CURVES}
    laws = {name: LAWS[law]() for name, law in named.items()}
    return {name: law.briskly() if isinstance(law, IntegratedLaw) else law for name, law in laws.items()}


def in_words(name: str) -> str:
    """How sentences call a rule, or none; one that is not known here, such as of a newer version, by its name.

    Examples
    --------
    >>> in_words("lazy"), in_words("none")
    ('lazy learning', 'none of these rules')
    """
    if name == NONE:
        return "none of these rules"
    return KNOWN[name].words if name in KNOWN else str(name).replace("_", " ")


def share_in_words(share: float) -> str:
    """A probability in per cent, never as certain or impossible.

    Examples
    --------
    >>> share_in_words(0.0004), share_in_words(0.283), share_in_words(0.999), share_in_words(float("nan"))
    ('<1%', '28%', '>99%', 'not known')
    """
    if share != share:
        return "not known"
    return "<1%" if share < 0.005 else ">99%" if share > 0.995 else f"{share:.0%}"


def _shown_unequally(traj: xr.Dataset) -> bool:
    if "trials" not in traj:
        return False
    trials = traj["trials"].values[np.isfinite(traj["trials"].values)]
    return bool(trials.size and np.ptp(trials) > 0)
