"""What every learning rule is: it asks for a change of every parameter, and takes steps."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Any, ClassVar, Generic, Protocol, TypeVar

import torch
from torch import Tensor

from neurouniv.schema import InputError
from neurouniv.systems.learning_rules.noise import Noise
from neurouniv.systems.networks import MLP, Pass

Rate = float | Tensor
"""A learning rate: one for all members, or a tensor (member, 1, 1)."""

FEW = 4
"""A single network's weights take so few outer products faster, one by one, than as a product of matrices."""


class Presented(Protocol):
    """What every network makes of stimuli, as `Pass` has it."""

    @property
    def output(self) -> Tensor:
        """(member, condition, output)."""


Seen = TypeVar("Seen", bound=Presented)
"""What a rule's network makes of stimuli: most rules' a `Pass`."""


class LearningRule(ABC, Generic[Seen]):
    """A rule that asks, from what a network did and what was wrong with it, for a change of every parameter.

    Parameters
    ----------
    network : the networks that learn.
    generators : one per member, from which the rule's own chance is drawn (after the network's own weights).

    Attributes
    ----------
    network : what learns, and what to present stimuli to; most rules' is the network they were given.
    loss_of : a function from output (member, condition, output) to every condition's contribution to the loss
        (member, condition), or, where contributions cannot be told apart, to the loss (member,). For rules that
        only learn how good an output was. Without it they take half the mean squared error.

    Raises
    ------
    InputError : the network has dropout, and the rule presents stimuli by itself.
    """

    presents: ClassVar[bool] = False
    """The rule presents stimuli by itself, and would not know which units dropout had silenced."""
    same_every_step: ClassVar[bool] = True
    """Every step asks the device for the same: nothing is drawn, and no number is looked at to decide what follows."""

    moves_feedback: ClassVar[bool] = False
    """Weights that carry errors learn too, in the rule's own steps, which an optimiser does not take."""

    def __init__(self, network: MLP, generators: Sequence[torch.Generator]):
        self.need_fit(network.dropout)
        self.network: Any = network
        self.loss_of: Callable[[Tensor], Tensor] | None = None

    @classmethod
    def need_fit(cls, dropout: float) -> None:
        """Raise `InputError` where the rule cannot be told apart from what dropout does."""
        if cls.presents and dropout:
            raise InputError(
                f"{cls.__name__} compares presentations of the same network, and dropout silences other units every "
                f"time; got dropout={dropout:g}. Use dropout=0, or rule='backprop'."
            )

    @abstractmethod
    def gradients(self, seen: Seen, error: Tensor) -> list[Tensor]:
        """What the rule has in the gradient's place, for every parameter: [W0, b0, W1, b1, ...].

        From what was `seen` of the stimuli to learn from and `error` (member, condition, output), the derivative of
        the loss with respect to the output.
        """

    def learn(self, seen: Seen, error: Tensor, lr: Rate) -> None:
        """One step, in place: every parameter moves by -lr times what the rule has in the gradient's place."""
        for parameter, gradient in zip(self.network.parameters, self.gradients(seen, error), strict=True):
            parameter.sub_(gradient * lr)

    def losses(self, output: Tensor, seen: Seen, error: Tensor) -> Tensor:
        """What conditions contribute to the loss if they lead to `output`: (member, condition), or (member, 1)."""
        if self.loss_of is not None:
            losses = self.loss_of(output)
            return losses if losses.ndim == 2 else losses[:, None]
        numbers = error[0].numel()
        targets = seen.output - numbers * error
        return (output - targets).square().sum(-1) / (2 * numbers)


class Exploring(LearningRule[Pass]):
    """A rule that tries out what noise does to the loss.

    Attributes
    ----------
    noise : every member's own.
    """

    presents = True
    same_every_step = False

    def __init__(self, network: MLP, generators: Sequence[torch.Generator]):
        super().__init__(network, generators)
        self.noise = Noise(generators, network.weights[0])


class LocalRule(LearningRule[Seen]):
    """A rule by which a weight changes by what it reads times what its unit is taught, W <- W - lr delta^T a."""

    @abstractmethod
    def local(self, seen: Seen, error: Tensor) -> tuple[list[Tensor], list[Tensor]]:
        """delta (member, condition, unit) of every layer, the readout's last, and what every layer reads."""

    def gradients(self, seen: Seen, error: Tensor) -> list[Tensor]:
        deltas, activity = self.local(seen, error)
        pairs = zip(deltas, activity, strict=True)
        return [part for delta, a in pairs for part in (torch.bmm(delta.mT, a), delta.sum(1, keepdim=True))]

    def learn(self, seen: Seen, error: Tensor, lr: Rate) -> None:
        """One step, in place and without the gradients' own arrays: b <- b - lr sum of delta over conditions."""
        deltas, activity = self.local(seen, error)
        parameters = self.network.parameters
        for W, b, delta, a in zip(parameters[::2], parameters[1::2], deltas, activity, strict=True):
            if isinstance(lr, Tensor):
                delta, alpha = delta * lr, 1.0
            else:
                alpha = lr
            _add_products(W, delta, a, -alpha)
            b.sub_(delta.sum(1, keepdim=True), alpha=alpha)


def _add_products(W: Tensor, delta: Tensor, a: Tensor, alpha: float) -> None:
    """W (member, unit, unit below) plus `alpha` delta^T a, in place."""
    if W.shape[0] > 1 or a.shape[1] > FEW:
        W.baddbmm_(delta.mT, a, alpha=alpha)
        return
    for row, read in zip(delta[0], a[0], strict=True):
        W[0].addr_(row, read, alpha=alpha)
