"""Whether the GPU computes what the CPU computes: the largest difference, relative to the largest value."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch

import neurouniv as nu
from gpu_parts import laws
from gpu_parts.machine import Machine
from gpu_parts.rows import difference, row
from neurouniv.rdm.measures import MEASURES
from neurouniv.rdm.movie.movie import Part, Recipe, movie
from neurouniv.rdm.movie.repeats import variance_from_repeats
from neurouniv.schema import pair_indices
from neurouniv.systems.learning_rules import RULES
from neurouniv.systems.networks import ARCHITECTURES
from neurouniv.universality.inference.bootstrap import Fold, bootstrap_scores, deal, draw

NETWORK = {
    "hidden_layers": 2, "width": 32, "channels": 4, "kernel": 3, "nonlinearity": "tanh", "lr": 0.02, "epochs": 20,
    "record": 3, "seeds": range(3), "layers": [0, 1], "progress": False,
}  # fmt: skip
TOLERANCE = {"float64": 1e-8, "float32": 1e-3}
WAYS = {
    "minibatches": {"batch_size": 3}, "stop": {"stop": 0.9}, "dropout": {"dropout": 0.2}, "one network": {"seeds": [3]},
    "adam": {"optimizer": "adam"}, "momentum": {"optimizer": "momentum"}, "cross-entropy": {"loss": "cross_entropy"},
    "leaky relu, 300 epochs": {"epochs": 300, "nonlinearity": "leaky_relu"},
    "residual, 300 epochs": {"epochs": 300, "architecture": "residual"},
}  # fmt: skip


class Own(torch.nn.Module):
    """A module as users write them."""

    def __init__(self):
        super().__init__()
        self.lift, self.dropout, self.readout = torch.nn.Linear(64, 30), torch.nn.Dropout(0.3), torch.nn.Linear(30, 10)

    def forward(self, stimuli):
        return self.readout(self.dropout(torch.tanh(self.lift(stimuli))))


def rows(machine: Machine) -> Iterator[dict[str, Any]]:
    yield from networks(machine)
    yield from ceilings(machine)
    yield from distances(machine)
    yield from bootstraps(machine)
    yield from laws.rows(machine)


def networks(machine: Machine) -> Iterator[dict[str, Any]]:
    ways = {f"architecture {name}": {"architecture": name} for name in ARCHITECTURES}
    ways |= {f"rule {name}": {"rule": name} for name in RULES} | WAYS
    ways["a module with dropout"] = {"architecture": Own, "layers": "lift"}
    for name, way in ways.items():
        for dtype, tolerance in TOLERANCE.items():
            there, here = (trained(way | {"dtype": dtype}, device) for device in (machine.device, "cpu"))
            worst = max((row("", there[v], here[v], tolerance) for v in ("hidden", "output", "loss")),
                        key=lambda one: one["difference"])  # fmt: skip
            yield worst | {"what": f"{name}, {dtype}"}
    again = [trained({"dtype": "float32", "architecture": "cnn2d"}, machine.device).output for _ in range(2)]
    yield row("the same seeds twice, cnn2d", *again, 0.0)
    single, double = (trained({"dtype": dtype, "architecture": "cnn2d", "epochs": 1, "record": 2}, machine.device)
                      for dtype in TOLERANCE)  # fmt: skip
    yield row("convolutions are not rounded to TF32", single.hidden, double.hidden, 1e-6)


def trained(way: dict[str, Any], device: str) -> Any:
    settings = NETWORK | way
    return nu.train(nu.tasks.digits(1), settings.pop("architecture", "mlp"), device=device, **settings)


def ceilings(machine: Machine) -> Iterator[dict[str, Any]]:
    settings = {name: value for name, value in NETWORK.items() if name != "layers"} | {"record": 5, "dtype": "float64"}
    for architecture in ARCHITECTURES:
        ways = (settings | {"device": device} for device in (machine.device, "cpu"))
        both = (nu.start_ceiling(nu.tasks.digits(1), architecture, layer=[0, 1], **way) for way in ways)
        yield row(f"variance given the start, {architecture}", *(one.start_var for one in both), TOLERANCE["float64"])


def distances(machine: Machine) -> Iterator[dict[str, Any]]:
    rng = np.random.default_rng(0)
    averages = np.abs(rng.normal(size=(2, 4, 12, 20, 30)))
    root = rng.normal(size=(1, 20, 40))
    counts = rng.integers(1, 4, size=(2, 4, 12))
    for name, measure in MEASURES.items():
        precision = root @ np.swapaxes(root, 1, 2) if measure.whitens else None
        parts = [Part(np.arange(2), np.arange(1), np.arange(20)[None], precision)]
        variance = variance_from_repeats if name in ("sqeuclidean", "mahalanobis") else None
        both = (movie(averages, parts, Recipe(measure, variance, counts, device=d)) for d in (machine.device, "cpu"))
        yield row(f"distances, {name}", *both, 1e-9)
    runs = trained({}, "cpu")
    yield row("RDM movie of networks", *(nu.trajectory(runs, device=d).h for d in (machine.device, "cpu")), 1e-9)


def bootstraps(machine: Machine) -> Iterator[dict[str, Any]]:
    rng, ends = np.random.default_rng(0), np.stack(pair_indices(20))
    drawn = draw(20, 4, 100)
    for gaps in (False, True):
        h = rng.gamma(2.0, size=(4, 6, ends.shape[1]))
        fold = Fold(h.copy(), np.stack([h + rng.gamma(0.5, size=h.shape), rng.gamma(2.0, size=h.shape)]), ends)
        fold.observed[1, :3, :5] = np.nan if gaps else 1.0
        for comparator in ("corr", "cosine", "corr_cov", "cosine_cov"):
            for assigned in (None, deal(drawn.conditions, 2, 1)):
                both = (bootstrap_scores([fold], drawn, comparator, 0, assigned, d) for d in (machine.device, "cpu"))
                worst = max(difference(*pair) for pair in zip(*both, strict=True))
                told = f"bootstrap, {comparator}{', gaps' if gaps else ''}{', folds' if assigned is not None else ''}"
                yield {"what": told, "difference": worst, "allowed": 1e-9, "ok": worst <= 1e-9}
