"""Any torch module of the user's, many of them in one computation."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.func import functional_call, stack_module_state

from neurouniv.schema import InputError
from neurouniv.systems.networks.dropout import kept_units, silences_of
from neurouniv.systems.networks.mlp import Pass
from neurouniv.systems.networks.start import derived, seeded


class Modules:
    """Modules of one make, one per member, watched at the named layers.

    A member's module is made with torch's generator set to its seed, so that its start depends on nothing else, and its
    dropout (`nn.Dropout`, 1d to 3d) draws from a generator of its own. Layers are filled up with units at 0 to the size
    of the largest, which leaves distances as they are.

    Parameters
    ----------
    factory : makes a module that maps (condition, feature) to (condition, output); torch decides its start.
    layers : names of submodules (`named_modules`) whose outputs are recorded, in this order.
    """

    def __init__(
        self, factory: Callable[[], nn.Module], layers: Sequence[str], seeds: Sequence[int], dtype: torch.dtype,
        device: str | torch.device,
    ):  # fmt: skip
        modules = [_module(factory, seed).to(device=device, dtype=dtype) for seed in seeds]
        _check(modules[0], layers)
        self._silences = silences_of(modules[0])
        for module in modules[1:]:
            silences_of(module)
        self._generators = derived(seeded(seeds))
        stacked, self._buffers = stack_module_state(modules)
        self._stacked: dict[str, Any] = {name: value.detach().requires_grad_() for name, value in stacked.items()}
        self.parameters = list(self._stacked.values())
        self._module, self._layers, self._seen = modules[0], list(layers), -1

    def forward(self, stimuli: Tensor) -> Pass:
        """Present `stimuli` (condition, feature), or each member its own, without what only training does."""
        return self._pass(stimuli, training=False)

    def present(self, stimuli: Tensor) -> Pass:
        """Present `stimuli` to learn from them, as a module in training does."""
        with torch.enable_grad():
            return self._pass(stimuli, training=True)

    def _pass(self, stimuli: Tensor, training: bool) -> Pass:
        factors = self._dropout_factors(stimuli) if training else {}
        self._module.train(training)
        stimuli_dim = 0 if stimuli.ndim == 3 else None
        watched = torch.func.vmap(self._watched, in_dims=(0, 0, 0, stimuli_dim), randomness="error")
        with _own_chance_refused():
            output, layers = watched(self._stacked, self._buffers, factors, stimuli)
        widest = max(layer.shape[-1] for layer in layers)
        filled = [nn.functional.pad(layer, (0, widest - layer.shape[-1])) for layer in layers]
        return Pass([stimuli, *filled], [], output)

    def _dropout_factors(self, stimuli: Tensor) -> dict[str, Tensor]:
        """What dropout leaves of the units of every place where the module has it (member, ...)."""
        if not self._silences:
            return {}
        if stimuli.shape[-2] != self._seen:  # as many factors as conditions
            self._pass(stimuli, training=False)
            self._seen = stimuli.shape[-2]
        return {
            name: kept_units(silence.shape, silence.share, self._generators, stimuli)
            for name, silence in self._silences.items()
        }

    def _watched(
        self, parameters: dict[str, Tensor], buffers: dict[str, Tensor], factors: dict[str, Tensor], stimuli: Tensor
    ):
        outputs: dict[str, Tensor] = {}
        for name, silence in self._silences.items():
            silence.kept = factors.get(name)
        modules = dict(self._module.named_modules())
        hooks = [
            modules[name].register_forward_hook(lambda _, __, out, name=name: outputs.__setitem__(name, out))
            for name in self._layers
        ]
        try:
            output = functional_call(self._module, (parameters, buffers), (stimuli,))
        finally:
            for hook in hooks:
                hook.remove()
            for silence in self._silences.values():
                silence.kept = None
        return output.flatten(1), tuple(outputs[name].flatten(1) for name in self._layers)


def _module(factory: Callable[[], nn.Module], seed: int) -> nn.Module:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        module = factory()
    if not isinstance(module, nn.Module):
        raise InputError(f"A factory makes a torch.nn.Module; got a {type(module).__name__}.")
    return module


@contextmanager
def _own_chance_refused() -> Iterator[None]:
    """A module that draws numbers by itself is refused in plain words; torch sees it where members run side by side."""
    try:
        yield
    except RuntimeError as error:
        if "random" not in str(error):
            raise
        raise InputError(
            "A module of your own draws random numbers only in nn.Dropout and nn.Dropout1d to 3d, which use every "
            "member's own generator; this one draws others (torch.nn.functional.dropout, nn.AlphaDropout, torch.rand, "
            "...), which seeds do not repeat. Use nn.Dropout as a submodule."
        ) from error


def _check(module: nn.Module, layers: Sequence[str]) -> None:
    names = [name for name, _ in module.named_modules() if name]
    unknown = [name for name in layers if name not in names]
    if unknown or not layers:
        raise InputError(
            f"With a module of your own, layers names the submodules to record; got {unknown or list(layers)}, and it "
            f"has {names}."
        )
    if any(getattr(part, "track_running_stats", False) for part in module.modules()):
        raise InputError(
            "Modules that keep running statistics, such as batch normalisation, cannot train side by side; make them "
            "with track_running_stats=False."
        )
