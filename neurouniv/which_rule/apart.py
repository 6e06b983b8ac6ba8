"""Why two rules may look alike, and what would tell them apart."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple


class Alike(NamedTuple):
    """Why recordings may not tell two rules apart, and what does."""

    why: str
    remedies: tuple[str, ...]


OUTPUTS = "fits with outputs (`outputs=True`): feedback changes how outputs grow"
EARLY = "early sessions, close together"
LATER = "sessions after behaviour has stopped changing: weights that decay still change, others do not"
MORE = "more conditions and sessions, or less noise (`neurouniv plan TASK --rules`)"
NAMED: dict[frozenset[str], Alike] = {
    frozenset(("backprop", "node_perturbation")): Alike(
        "node perturbation follows the gradient on average, so with small steps its law is that of backprop",
        (
            "with small steps no recording of distances alone; with large steps sessions after behaviour has stopped "
            "changing, in which distances still grow",
        ),
    ),
    frozenset(("backprop", "predictive_coding")): Alike(
        "predictive coding equals backprop if errors change activity little",
        ("activity within a trial, while it settles",),
    ),
    frozenset(("backprop", "weight_decay")): Alike(
        "weights that decay little during the recording learn as weights without decay", (LATER,)
    ),
    frozenset(("weight_decay", "kolen_pollack")): Alike(
        "Kolen-Pollack learning becomes backprop with weight decay when its feedback aligns", (EARLY, OUTPUTS)
    ),
    frozenset(("feedback_alignment", "kolen_pollack")): Alike(
        "Kolen-Pollack learning equals feedback alignment until its weights have decayed", (LATER,)
    ),
    frozenset(("feedback_alignment", "weight_mirror")): Alike(
        "a slow weight mirror hardly changes feedback", ("a longer recording", OUTPUTS)
    ),
    frozenset(("backprop", "weight_mirror")): Alike(
        "a fast weight mirror makes feedback equal to the decoder", (EARLY, OUTPUTS)
    ),
    frozenset(("kolen_pollack", "weight_mirror")): Alike("both align feedback with the decoder", (LATER,)),
    frozenset(("backprop", "feedback_alignment")): Alike(
        "if initial weights are not small, both grow along the targets", (OUTPUTS, "small initial weights")
    ),
    frozenset(("backprop", "lazy")): Alike(
        "backprop with a large initial decoder is lazy learning",
        ("sessions in which distances change by more than half",),
    ),
    frozenset(("backprop", "identity")): Alike(
        "if all stimuli are about equally far apart, they do not matter", ("some stimuli that resemble each other",)
    ),
}


def reasons(names: Iterable[str]) -> list[Alike]:
    """What is known of the first of `names` beside each of the others; where nothing is, what helps any pair.

    Examples
    --------
    >>> reasons(["backprop", "node_perturbation"])[0].why
    'node perturbation follows the gradient on average, so with small steps its law is that of backprop'
    >>> reasons(["lazy", "kolen_pollack"])[0].remedies
    ('more conditions and sessions, or less noise (`neurouniv plan TASK --rules`)',)
    """
    first, *others = names
    pairs = [frozenset((first, other)) for other in others]
    return [NAMED[pair] for pair in pairs if pair in NAMED] or [
        Alike("their laws predict nearly the same distances here", (MORE,))
    ]
