"""The settings of a training, checked once, before any work is done."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields
from typing import Any, Self

import torch

from neurouniv.devices import device_of
from neurouniv.names import one_of
from neurouniv.quantities import LARGEST_SEED, need_whole
from neurouniv.schema import InputError
from neurouniv.systems.learning_rules import RULES
from neurouniv.systems.networks import ARCHITECTURES, NONLINEARITIES
from neurouniv.systems.training.checks import DTYPES, indices, numbers, share
from neurouniv.systems.training.losses import LOSSES
from neurouniv.systems.training.optimizers import OPTIMIZERS

Factory = Callable[[], torch.nn.Module]
Layer = int | str
"""A hidden layer: its index, or the name of a submodule of a module of the user's own."""
LARGEST_DRAW = 2**32 - 1


@dataclass(frozen=True)
class TrainingSettings:
    """The settings of `train` that all members share, under their names there."""

    architecture: str | Factory
    hidden_layers: int
    width: int
    nonlinearity: str
    dropout: float
    kernel: int
    channels: int
    optimizer: str
    loss: str
    batch_size: int | None
    epochs: int
    stop: float | None
    seeds: list[int]
    layers: list[Layer]
    rule: str
    above: Layer | None
    draws: list[int] | None
    weights: bool
    device: str
    dtype: str

    @classmethod
    def checked(
        cls,
        *,
        architecture: str | Factory,
        hidden_layers: int,
        width: int,
        nonlinearity: str,
        dropout: float,
        kernel: int,
        channels: int,
        optimizer: str,
        loss: str,
        batch_size: int | None,
        epochs: int,
        stop: float | None,
        seeds: int | Iterable[int],
        layers: Any,
        rule: str,
        above: Any,
        draws: int | Iterable[int] | None,
        weights: bool,
        device: str,
        dtype: str,
    ) -> Self:
        """The settings as they were given, each checked, and then whether they go together.

        Raises
        ------
        InputError : a setting cannot be used; the message says what to give.
        """
        hidden_layers = need_whole(hidden_layers, "hidden_layers")
        if not callable(architecture):
            one_of(architecture, ARCHITECTURES, "architecture")
        recorded = _layers(layers, hidden_layers, architecture)
        settings = cls(
            architecture=architecture,
            hidden_layers=hidden_layers,
            width=need_whole(width, "width"),
            nonlinearity=one_of(nonlinearity, NONLINEARITIES, "nonlinearity"),
            dropout=share(dropout, "dropout"),
            kernel=need_whole(kernel, "kernel"),
            channels=need_whole(channels, "channels"),
            optimizer=one_of(optimizer, OPTIMIZERS, "optimizer"),
            loss=one_of(loss, LOSSES, "loss"),
            batch_size=None if batch_size is None else need_whole(batch_size, "batch_size"),
            epochs=need_whole(epochs, "epochs"),
            stop=None if stop is None else share(stop, "stop"),
            seeds=numbers(seeds, LARGEST_SEED, "seeds"),
            layers=recorded,
            rule=one_of(rule, RULES, "rule"),
            above=_above(above, draws, hidden_layers, recorded, architecture),
            draws=None if draws is None else numbers(draws, LARGEST_DRAW, "draws"),
            weights=bool(weights),
            device=device_of(device),
            dtype=one_of(dtype, DTYPES, "dtype"),
        )
        settings._need_fit()
        return settings

    @property
    def torch_dtype(self) -> torch.dtype:
        """The type that `dtype` names."""
        return DTYPES[self.dtype]

    def place(self, layer: Layer) -> int:
        """Where the activity of a hidden layer stands among those that a network gives."""
        return layer if isinstance(layer, int) else self.layers.index(layer)

    def told(self) -> dict[str, Any]:
        """The settings as the history keeps them, an architecture of the user's own by its name."""
        named = {field.name: getattr(self, field.name) for field in fields(self)}
        return named | {"architecture": getattr(self.architecture, "__qualname__", str(self.architecture))}

    def _need_fit(self) -> None:
        """Whether architecture, rule and dropout go together."""
        if self.architecture != "mlp" and (self.rule != "backprop" or self.dropout):
            raise InputError(
                f"rule={self.rule!r} with dropout={self.dropout} needs architecture='mlp'; others learn by backprop "
                "without dropout (a module of your own may have nn.Dropout)."
            )
        if self.architecture in ("cnn", "cnn2d") and self.kernel % 2 == 0:
            raise InputError(
                f"kernel of {self.architecture!r} is an odd number of positions, as many on one side as on the other; "
                f"got {self.kernel}."
            )
        RULES[self.rule].need_fit(self.dropout)
        if self.weights and self.rule == "lazy":
            raise InputError(
                "A network of rule='lazy' is an expansion about its first weights, which has no weights to record. Use "
                "weights=False."
            )
        if RULES[self.rule].moves_feedback and self.optimizer != "sgd":
            raise InputError(
                f"The feedback weights of rule={self.rule!r} learn by steps of their own, beside which "
                f"optimizer={self.optimizer!r} would take others. Use optimizer='sgd'."
            )


def _layers(layers: Any, hidden_layers: int, architecture: str | Factory) -> list[Layer]:
    """The layers that are recorded."""
    if not callable(architecture):
        return [*indices(hidden_layers // 2 if layers is None else layers, 0, hidden_layers - 1, "layers")]
    named = [layers] if isinstance(layers, str) else list(layers or [])
    if not named or not all(isinstance(name, str) for name in named):
        raise InputError(f"With a module of your own, layers names its submodules to record; got {layers!r}.")
    return named


def _above(
    above: Any, draws: Any, hidden_layers: int, layers: list[Layer], architecture: str | Factory
) -> Layer | None:
    """The layer above which starts are drawn anew, where they are."""
    if (above is None) != (draws is None):
        raise InputError(f"above and draws go together, a layer and numbers of draws; got {above!r} and {draws!r}.")
    if above is None:
        return None
    if not callable(architecture):
        [index] = indices(above, 0, hidden_layers - 1, "above")
        return index
    if above not in layers:
        raise InputError(f"above is one of the layers recorded, {layers}; got {above!r}.")
    return above
