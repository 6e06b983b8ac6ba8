"""Learning that goes on by another rule: all products of weights, followed under any rule.

A rule's law follows the products that it needs. What another rule needs of the same weights follows from the same
steps. Where errors return through D' (backprop, weight decay, predictive coding, perturbation), with F the error that
the rule works with, E but for predictive coding, and B some feedback weights that wait and do not move,

    dZ/dt = B dH = - eta_h M' F K - lambda Z
    dM/dt = dD B' = - eta_y F (Z - s M' F)' - (lambda + eta_y sigma^2 N) M

(s is the strength of predictive coding, lambda the decay of weights that decay, sigma^2 N that of reward-modulated
Hebbian learning). Where errors return through B, the decoder's products S = D D' change as with backprop,

    dS/dt = - eta_y (E Yh' + Yh E') - 2 lambda S

So the state of `weight_mirror`, G Y Z M R S c, holds all that any of these rules starts from, and a rule that takes
over starts where the last one ended: exact for linear networks, with nothing unseen that was not unseen before.
Feedback weights that are drawn anew at the switch have Z = M = 0 in the mean.

The lazy learner is left out: it has no weights whose products these are.
"""

from __future__ import annotations

from typing import Any

from array_api_compat import array_namespace, device

from neurouniv.theory.integrate import Array
from neurouniv.theory.rules.flow import Task, Velocity, both
from neurouniv.theory.rules.weight_mirror import State

__all__ = ["State", "followed"]


def followed(rule: Any) -> Velocity:
    """The equations of a `rule`, a file of `neurouniv.theory.rules`, for the state that holds all products.

    The rates are the rule's own; feedback weights are a part of the state.

    Examples
    --------
    >>> import numpy as np
    >>> from neurouniv.theory.rules import weight_decay
    >>> one, targets = np.ones((1, 1, 1)), np.array([[[1.0, -1.0]]])
    >>> state = State(np.eye(2)[None], 0 * targets, 0 * targets, 0 * one, one, 0 * one, np.zeros((1, 1)))
    >>> task, none = Task(np.eye(2)[None], targets, np.ones((1, 2))), {"decay": 0 * one}
    >>> change = followed(weight_decay)(state, task, eta_h=one, eta_y=one, **none)
    >>> change.output, change.feedback
    (array([[[ 1., -1.]]]), array([[[0.]]]))
    """
    parts = rule.State._fields

    def velocity(state: State, task: Task, /, **rates: Array) -> State:
        own = rule.State(*(getattr(state, name) for name in parts))
        given = rates if "feedback" in parts or "pseudo" not in parts else rates | {"feedback": state.feedback}
        change = rule.velocity(own, task, **given)._asdict()
        beside = _decoder if "pseudo" in parts else _waiting
        return State(**{"feedback": 0 * state.feedback} | beside(state, task, rates) | change)

    return velocity


def _decoder(state: State, task: Task, rates: dict[str, Array]) -> dict[str, Array]:
    """dS/dt under a rule that sends errors through B."""
    error, decoded = state.output - task.targets, task.decoded(state.output, state.bias)
    change = -rates["eta_y"] * both(error @ decoded.mT)
    return {"decoder": change - 2 * rates["decay"] * state.decoder if "decay" in rates else change}


def _waiting(state: State, task: Task, rates: dict[str, Array]) -> dict[str, Array]:
    """dZ/dt and dM/dt of feedback weights that do not move, under a rule that sends errors through D'."""
    error, pseudo = state.output - task.targets, state.pseudo
    if "strength" in rates:
        xp, outputs = array_namespace(error), error.shape[-2]
        unit = xp.eye(outputs, dtype=error.dtype, device=device(error))
        error = xp.linalg.solve(unit + rates["strength"] * state.decoder, error)
        pseudo = pseudo - rates["strength"] * (state.product.mT @ error)
    decay = rates.get("decay", 0.0)
    faded = decay
    if "blur" in rates:
        faded = faded + rates["eta_y"] * rates["blur"] * (task.ones**2).sum(-1)[..., None, None]
    return {
        "pseudo": -rates["eta_h"] * (state.product.mT @ error @ task.kernel) - decay * state.pseudo,
        "product": -rates["eta_y"] * (error @ pseudo.mT) - faded * state.product,
    }
