"""Predictive coding: activity settles between what is predicted and what should be; then weights learn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from neurouniv.devices import LOOKS_ON_GPU, is_gpu
from neurouniv.schema import warn
from neurouniv.systems.learning_rules.rule import LocalRule
from neurouniv.systems.networks import MLP, Pass


class State(NamedTuple):
    """Values of the hidden units and what follows from them; everything (member, condition, unit).

    `values` and `activity` f(values) of hidden layers, `errors` of all layers (the output's over its variance),
    `forces` the derivatives of the energy with respect to the values.
    """

    values: list[Tensor]
    activity: list[Tensor]
    errors: list[Tensor]
    forces: list[Tensor]


class PredictiveCoding(LocalRule[Pass]):
    """Local learning at the equilibrium of a network of prediction errors (Whittington & Bogacz 2017).

    Hidden units have values v_l, predicted by the layer below as mu_l = W_l f(v_{l-1}) + b_l; the output is held at the
    target. Every condition's values relax from the prediction to a minimum of its energy

        F = 1/2 sum_l |v_l - mu_l|^2 + |y* - mu_out|^2 / (2 variance)
        dv_l/dt = -eps_l + f'(v_l) * (W_{l+1}^T eps_{l+1})

    with eps = v - mu (the output's over its variance), and then every weight changes by its unit's error times the
    relaxed activity that it reads. The larger the variance of the output, the less the values move from the prediction;
    in that limit the change, times the variance, is backprop's.
    For other losses than half the mean squared error, the output is held where a step down its error leads.

    Attributes
    ----------
    variance : of the output, in units of the hidden layers' own.
    tolerance : relaxation ends where the next step is smaller than this share of the output's error.
    steps : at most so many.
    """

    presents = True
    same_every_step = False
    variance = 1.0
    tolerance = 1e-4
    steps = 2000

    def __init__(self, network: MLP, generators: Sequence[torch.Generator]):
        super().__init__(network, generators)
        self._warned = False

    def local(self, seen: Pass, error: Tensor) -> tuple[list[Tensor], list[Tensor]]:
        numbers = error[0].numel()
        state = self.relax(seen, seen.output - numbers * error)
        scale = -self.variance / numbers
        return [errors * scale for errors in state.errors], [seen.activity[0], *state.activity]

    def relax(self, seen: Pass, held: Tensor) -> State:
        """The equilibrium with the output `held` (member, condition, output), from where predictions put the values.

        The step of every condition halves whenever its forces turn against themselves, and that step is taken back:
        where the energy is quadratic, it falls in every step by at least half of what its slope promises.
        """
        stimuli = seen.activity[0]
        state = self.state(stimuli, self._predicted(stimuli), held)
        step = stimuli.new_ones(*held.shape[:2], 1)
        enough = self._enough(state)
        every = LOOKS_ON_GPU if is_gpu(stimuli.device) else 1
        for count in range(self.steps):
            moving = step * _norm(state.forces) > enough
            if count % every == 0 and not moving.any():
                return state
            values = [v - step * moving * g for v, g in zip(state.values, state.forces, strict=True)]
            new = self.state(stimuli, values, held)
            back = _dot(state.forces, new.forces) < 0
            step = torch.where(back, step / 2, step)
            state = new if every == 1 and not back.any() else _chosen(back, state, new)
        self._tell(step * _norm(state.forces) > enough)
        return state

    def energy(self, state: State) -> Tensor:
        """F of every condition (member, condition)."""
        *hidden, output = state.errors
        return (_dot(hidden, hidden) + self.variance * _dot([output], [output])).squeeze(-1) / 2

    def state(self, stimuli: Tensor, values: list[Tensor], held: Tensor) -> State:
        """What follows from `values`, with the output at `held`."""
        function, slope = self.network.nonlinearity
        activity = [function(v) for v in values]
        layers = zip(self.network.weights, self.network.biases, [stimuli, *activity], strict=True)
        predicted = [torch.baddbmm(b, a, W.mT) for W, b, a in layers]
        errors = [v - mu for v, mu in zip([*values, held], predicted, strict=True)]
        errors[-1] /= self.variance
        forces = [
            errors[k] - slope(v, activity[k]) * torch.bmm(errors[k + 1], self.network.weights[k + 1])
            for k, v in enumerate(values)
        ]
        return State(values, activity, errors, forces)

    def _predicted(self, stimuli: Tensor) -> list[Tensor]:
        """Values without any error: the inputs of units on the way forward."""
        values, a = [], stimuli
        for W, b in zip(self.network.weights[:-1], self.network.biases[:-1], strict=True):
            values.append(torch.baddbmm(b, a, W.mT))
            a = self.network.nonlinearity.function(values[-1])
        return values

    def _enough(self, state: State) -> Tensor:
        """The size of a step that need not be made, no smaller than rounding."""
        smallest = 4 * torch.finfo(state.values[0].dtype).eps * _norm(state.values)
        return self.tolerance * _norm(state.errors[-1:]) + smallest

    def _tell(self, moving: Tensor) -> None:
        members = moving.flatten(1).any(1)
        if self._warned or not members.any():
            return
        self._warned = True
        warn(
            f"Predictive coding had not settled after {self.steps} steps in {int(members.sum())} of {len(members)} "
            "networks, and learned from where it was. Its equilibrium is slow where weights are large: try a smaller "
            "gain or lr."
        )


def _dot(first: list[Tensor], second: list[Tensor]) -> Tensor:
    """The product of all layers' vectors (member, condition, 1)."""
    return torch.stack([(a * b).sum(-1, keepdim=True) for a, b in zip(first, second, strict=True)]).sum(0)


def _norm(layers: list[Tensor]) -> Tensor:
    return _dot(layers, layers).sqrt()


def _chosen(first: Tensor, one: State, other: State) -> State:
    """`one` where `first` (member, condition, 1), elsewhere the `other`."""
    parts = zip(one, other, strict=True)
    return State(*([torch.where(first, a, b) for a, b in zip(*part, strict=True)] for part in parts))
