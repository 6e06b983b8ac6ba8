"""Network-epochs a second, beside a lean loop of torch and the limit of the device; then what `reproduce all` takes."""

from collections.abc import Iterator
from itertools import pairwise
from time import perf_counter
from typing import Any

import torch
from torch import nn

import neurouniv as nu
from gpu_parts.machine import Machine
from neurouniv.experiments.settings import DEFAULT, EPOCHS, SETTINGS
from neurouniv.systems.training import descent
from neurouniv.systems.training.recorder import Recorder

SIZES = {  # hidden layers, width, gain, members, epochs
    "128 x (1 x 500)": (1, 500, 0.35, 128, 4000),
    "128 x (20 x 50)": (20, 50, 1.05, 128, 2000),
    "128 x (2 x 500)": (2, 500, 0.35, 128, 2000),
    "4 x (20 x 500)": (20, 500, 1.0, 4, 1000),
    "32 x (20 x 500)": (20, 500, 1.0, 32, 1000),
    "128 x (20 x 500)": (20, 500, 1.0, 128, 500),
}
WEIGHTS_MOVED = 4
"""An epoch reads all weights forward and backward, then reads and writes them."""
SEEDS = 50
NEEDED = 30.0
"""Seconds that the largest size may take, mostly to draw its weights."""
FIRST = 20
"""The epoch from which time counts: libraries have set themselves up, and a graph is captured."""


class Timed(Recorder):
    """A recorder that knows when its first frame was over, and its last."""

    times: list[float]

    def __init__(self, *arguments: Any):
        super().__init__(*arguments)
        self._added, Timed.times = 0, []

    def add(self, **frame: torch.Tensor) -> None:
        super().add(**frame)
        self._added += 1
        if self._added in (1, self.frames):
            if frame["loss"].is_cuda:
                torch.cuda.synchronize(frame["loss"].device)
            Timed.times.append(perf_counter())


def rows(machine: Machine) -> Iterator[dict[str, Any]]:
    bandwidth, products = machine.bandwidth(), machine.products()
    yield {"what": "copying on the device", "GB/s": bandwidth / 1e9}
    yield {"what": "products of large matrices, float32", "TFLOP/s": products / 1e12}
    for name, (layers, width, gain, members, epochs) in SIZES.items():
        if machine.left() < NEEDED:
            yield {"what": name, "left out": "no time"}
            continue
        if not machine.gpu:
            members, epochs = max(2, members // 32), epochs // 50
        yield {"what": name} | one_size(machine, layers, width, gain, members, epochs, bandwidth, products)
    yield from reproduction(machine)


def one_size(
    machine: Machine, layers: int, width: int, gain: float, members: int, epochs: int, bandwidth: float, products: float
) -> dict[str, Any]:
    weights = 2 * width + (layers - 1) * width * width
    settings = {"hidden_layers": layers, "width": width, "gain": gain, "lr": 1e-3, "seeds": range(members)}
    rates = {}
    peak = machine.peak(lambda: rates.update(seldom=rate(machine, epochs, min(100, epochs // 3), **settings)))
    rates["each"] = rate(machine, epochs, 1, **settings)
    plain = lean(machine, layers, width, min(epochs, 200))
    limit = min(bandwidth / (4 * WEIGHTS_MOVED * weights), products / (6 * 2 * weights))
    return {
        "every epoch kept": rates["each"], "every 100th": rates["seldom"], "lean loop": plain,
        "over lean": rates["seldom"] / plain, "limit": limit, "of the limit": rates["seldom"] / limit, "peak MB": peak,
    }  # fmt: skip


def rate(machine: Machine, epochs: int, every: int, task: Any = None, **settings: Any) -> float:
    """Network-epochs a second, without what starting takes: from the first frame kept to the last."""
    first = min(FIRST, epochs // 2)
    frames = sorted({*range(first, epochs, every), epochs})
    settings = {"record": frames, "epochs": epochs, "device": machine.device, "progress": False} | settings
    recorder, descent.Recorder = descent.Recorder, Timed
    try:
        nu.train(nu.tasks.two_points() if task is None else task, settings.pop("architecture", "mlp"), **settings)
    finally:
        descent.Recorder = recorder
    begun, ended = Timed.times
    return len(settings["seeds"]) * (epochs - first) / (ended - begun)


def lean(machine: Machine, layers: int, width: int, epochs: int) -> float:
    """Epochs a second of one network in plain torch."""
    task = nu.tasks.two_points()
    stimuli, targets = (
        torch.tensor(task[name].values, dtype=torch.float32, device=machine.device) for name in ("stimuli", "targets")
    )
    sizes = [1, *[width] * layers, 1]
    parts = [part for a, b in pairwise(sizes) for part in (nn.Linear(a, b), nn.LeakyReLU())]
    network = nn.Sequential(*parts[:-1]).to(machine.device)
    optimiser = torch.optim.SGD(network.parameters(), lr=1e-3)

    def some() -> None:
        for _ in range(epochs):
            optimiser.zero_grad()
            (nn.functional.mse_loss(network(stimuli), targets) / 2).backward()
            optimiser.step()

    return epochs / machine.seconds(some, 1)


def reproduction(machine: Machine) -> Iterator[dict[str, Any]]:
    """What training takes in `reproduce all` with 50 seeds: network-epochs over the rate of networks of that shape."""
    total = 0.0
    for name, (settings, task, members, network_epochs) in trainings().items():
        if machine.left() < 15:
            yield {"what": f"training of {name}", "left out": "no time"}
            return
        epochs, members = (300, members) if machine.gpu else (10, 2)
        speed = rate(machine, epochs, epochs // 3, task, seeds=range(members), **settings)
        total += network_epochs / speed
        yield {"what": f"training of {name}", "network-epochs/s": speed, "minutes": network_epochs / speed / 60}
    yield {"what": f"training of reproduce all, {SEEDS} seeds", "minutes": total / 60}


def trainings() -> dict[str, tuple[dict[str, Any], Any, int, float]]:
    """Settings, task, networks at once and network-epochs of all that `reproduce all` trains, like with like."""
    shape = {"hidden_layers", "width", "architecture", "optimizer", "dropout"}
    alike = sum(not shape & set(own) for own in SETTINGS.values())  # as `default`
    one, grid = SEEDS * EPOCHS, SEEDS * 25 * 4 * EPOCHS  # cells of the grid have at most four times the epochs
    own = {"shallow": 2, "two_layer": 2, "narrow": 1, "skip": 1, "cnn": 1, "dropout": 1, "adam": 1}
    made = {"default and its like": (DEFAULT, None, SEEDS, (alike + 2) * one)}  # depth and alternatives once more
    made |= {name: (DEFAULT | SETTINGS[name], None, SEEDS, times * one) for name, times in own.items()}
    made |= {
        f"the grid, {name}": (DEFAULT | SETTINGS[name] | {"stop": 1e-9}, None, 25, grid)
        for name in ("default", "shallow", "narrow", "two_layer")
    }
    small = {"hidden_layers": 3, "width": 100, "lr": 1e-3}
    made["xor and contexts"] = small, nu.tasks.contexts(3), SEEDS, SEEDS * (3 * 1500 + 6 * 4000)
    digits = {"hidden_layers": 4, "width": 200, "gain": 0.7, "lr": 1e-2}
    made["digits"] = digits, nu.tasks.digits(5), SEEDS, SEEDS * 2 * 4300
    return made
