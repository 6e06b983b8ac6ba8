"""Node perturbation and reward-modulated Hebbian learning: units try noise, and one number tells how good it was.

Every unit's input gets noise sigma xi, anew for every condition and step, l is the condition's half squared error, and
every unit is taught delta = xi (l with noise - l expected) / sigma. For linear units l is quadratic in the noise: for
node perturbation, which compares with the network without noise, **the mean step is exactly the gradient's**, and so is
the law as steps become small. It cannot be told from backprop by any RDM then.

What can be told is the scatter of steps of finite size, which adds up in all units alike. With P hidden units, a step
eta and the gradient (D'e, e) of a condition at hidden units and outputs, E[delta' delta] over hidden units is
P (|D'e|^2 + |e|^2) + 2 |D'e|^2, so that to leading order in P

    E[dA' dA] = eta^2 P sum_i q_i x_i x_i',        q_i = e_i' (I + S) e_i

and G = X'A'A X gains K diag(q) K. No other product sums over hidden units this way. So, for eta P of order 1,

    dG/dt = - eta_h (Yh' E K + K E' Yh) + nu K diag(q) K                nu = eta_h^2 P, time in steps
    dY/dt = - eta_y E (G + u u') - eta_h S E K - eta_y sigma^2 N Yh
    dS/dt = - eta_y (E Yh' + Yh E') - 2 eta_y sigma^2 N S
    q_i   = e_i' (I + S) e_i + sigma^2 |I + S|^2 / 2                    |.| the Frobenius norm

The terms in sigma^2 are those of reward-modulated Hebbian learning (Frémaux & Gerstner 2016), which never sees the
network without noise: it follows the loss that the noise has blurred, which is the loss plus sigma^2 N |D|^2 / 2, a
decay of the decoder alone; and the quadratic part of l, of variance sigma^4 |I + S|^2 / 2, scatters steps even where
nothing is wrong. A reward expectation that itself is a running mean of the last rewards, with the share m of the new
one, scatters by 2 / (2 - m) as much, which is absorbed by nu.

Constants: eta_h, eta_y, nu (`exploration`) and sigma^2 (`blur`, 0 for node perturbation). Unseen: the size of S(0).
The law is exact for G in the mean over noise where P is large, and single networks keep to it the better the wider
they are.
"""

from __future__ import annotations

from array_api_compat import array_namespace, device

from neurouniv.theory.integrate import Array
from neurouniv.theory.rules.flow import Task, both
from neurouniv.theory.rules.weight_decay import State

__all__ = ["State", "velocity"]


def velocity(state: State, task: Task, *, eta_h: Array, eta_y: Array, exploration: Array, blur: Array) -> State:
    """d state/dt; nu and sigma^2 are `exploration` and `blur`; they and the rates are (element, 1, 1)."""
    xp, outputs = array_namespace(state.output), state.decoder.shape[-1]
    error, decoded = state.output - task.targets, task.decoded(state.output, state.bias)
    error_kernel, shares = error @ task.kernel, task.ones**2
    response = xp.eye(outputs, dtype=error.dtype, device=device(error)) + state.decoder
    spread = xp.sum(error * (response @ error), axis=-2)
    spread = spread + 0.5 * blur[..., 0] * xp.sum(response**2, axis=(-2, -1))[..., None] * shares
    decay = eta_y * blur * xp.sum(shares, axis=-1)[..., None, None]
    scatter = task.kernel @ ((spread / shares)[..., None] * task.kernel)
    return State(
        gram=-eta_h * both(decoded.mT @ error_kernel) + exploration * scatter,
        output=-eta_y * (error @ task.with_mean(state.gram)) - eta_h * (state.decoder @ error_kernel) - decay * decoded,
        decoder=-eta_y * both(error @ decoded.mT) - 2 * decay * state.decoder,
        bias=-eta_y[..., 0] * task.summed(error),
    )
