"""Why two rules may look alike, and what would tell them apart."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple


class Alike(NamedTuple):
    """Why recordings may not tell two rules apart, and what does."""

    why: str
    remedies: tuple[str, ...]


OUTPUTS = "fits that see outputs too (`outputs=True`): feedback shows in how outputs grow"
EARLY = "early sessions, close together"
LATER = "sessions after behaviour has stopped to change: weights that decay go on to change, others rest"
MORE = "more conditions and sessions, or less noise (`neurouniv plan TASK --rules`)"
NAMED: dict[frozenset[str], Alike] = {
    frozenset(("backprop", "node_perturbation")): Alike(
        "node perturbation steps along the gradient in the mean, so that with small steps its law is backprop's",
        (
            "no recording of distances alone where steps are small; where they are large, "
            "sessions after behaviour has stopped to change, in which distances grow on",
        ),
    ),
    frozenset(("backprop", "predictive_coding")): Alike(
        "predictive coding is backprop where errors barely move activity", ("activity within a trial, as it settles",)
    ),
    frozenset(("backprop", "weight_decay")): Alike(
        "weights that forget little in the time seen learn as others", (LATER,)
    ),
    frozenset(("weight_decay", "kolen_pollack")): Alike(
        "Kolen-Pollack learning becomes backprop with weight decay as its feedback aligns", (EARLY, OUTPUTS)
    ),
    frozenset(("feedback_alignment", "kolen_pollack")): Alike(
        "Kolen-Pollack learning is feedback alignment until its weights have decayed", (LATER,)
    ),
    frozenset(("feedback_alignment", "weight_mirror")): Alike(
        "a slow mirror leaves feedback as it was", ("a longer recording", OUTPUTS)
    ),
    frozenset(("backprop", "weight_mirror")): Alike("a fast mirror makes feedback the decoder's own", (EARLY, OUTPUTS)),
    frozenset(("kolen_pollack", "weight_mirror")): Alike("both align feedback with the decoder", (LATER,)),
    frozenset(("backprop", "feedback_alignment")): Alike(
        "from starts that are not small, both grow along the targets", (OUTPUTS, "starts that are small")
    ),
    frozenset(("backprop", "lazy")): Alike(
        "backprop from a large decoder is lazy learning", ("sessions in which distances change by more than half",)
    ),
    frozenset(("backprop", "identity")): Alike(
        "where stimuli are all about as far apart, what they are does not matter", ("stimuli some of which are alike",)
    ),
}


def reasons(names: Iterable[str]) -> list[Alike]:
    """What is known of the first of `names` beside each of the others; where nothing is, what helps any pair.

    Examples
    --------
    >>> reasons(["backprop", "node_perturbation"])[0].why
    "node perturbation steps along the gradient in the mean, so that with small steps its law is backprop's"
    >>> reasons(["lazy", "kolen_pollack"])[0].remedies
    ('more conditions and sessions, or less noise (`neurouniv plan TASK --rules`)',)
    """
    first, *others = names
    pairs = [frozenset((first, other)) for other in others]
    return [NAMED[pair] for pair in pairs if pair in NAMED] or [Alike("their laws predict much the same here", (MORE,))]
