"""Network-epochs a second: all members at once against one network after the other in plain torch.

    python benchmarks/training.py [--threads 2]

Two points, leaky relu, hidden activity of the middle layer kept at every epoch. "lean" is torch.nn.Sequential with
torch.optim.SGD and a list of activities; "data frame" appends the activity, outputs and targets of both conditions to
a pandas data frame at every epoch, as code for one network is often written. Both are timed on one network for fewer
epochs, the first left out. Each is the median of five runs, taken in turn.
"""

import argparse
import warnings
from itertools import pairwise
from time import perf_counter

import numpy as np
import pandas as pd
import torch
from torch import nn

import neurouniv as nu

SIZES = {  # hidden layers, width, gain, members, epochs of ours, of theirs
    "one layer of 500": (1, 500, 0.35, 128, 300, 400),
    "narrow, 20 of 50": (20, 50, 1.05, 128, 200, 150),
    "two layers of 500": (2, 500, 0.35, 128, 60, 250),
    "20 layers of 500": (20, 500, 1.0, 4, 30, 30),
}
CONDITIONS = ["a", "b"]


def lean(task, layers: int, width: int, gain: float, epochs: int, framed: bool) -> float:
    """Epochs a second of one network."""
    stimuli, targets = (torch.tensor(task[name].values, dtype=torch.float32) for name in ("stimuli", "targets"))
    sizes = [1, *[width] * layers, 1]
    parts = [part for a, b in pairwise(sizes) for part in (nn.Linear(a, b), nn.LeakyReLU())]
    network = nn.Sequential(*parts[:-1])
    for part in network:
        if isinstance(part, nn.Linear):
            nn.init.xavier_normal_(part.weight, gain)
            nn.init.zeros_(part.bias)
    middle, optimiser, kept = 2 * (layers // 2) + 2, torch.optim.SGD(network.parameters(), lr=1e-3), []
    frame = None
    start = perf_counter()
    for epoch in range(epochs):
        if epoch == epochs // 5:
            start = perf_counter()
        optimiser.zero_grad()
        hidden = network[:middle](stimuli)
        output = network[middle:](hidden)
        (nn.functional.mse_loss(output, targets) / 2).backward()
        optimiser.step()
        if not framed:
            kept.append(hidden.detach().clone())
            continue
        seen = pd.DataFrame(hidden.detach().numpy()).assign(
            epoch=epoch, condition=CONDITIONS, output=output.detach().numpy()[:, 0], target=targets.numpy()[:, 0]
        )
        frame = pd.concat([frame, seen], ignore_index=True)
    return (epochs - epochs // 5) / (perf_counter() - start)


def ours(task, layers: int, width: int, gain: float, members: int, epochs: int) -> float:
    """Network-epochs a second."""
    settings = {"hidden_layers": layers, "width": width, "gain": gain, "lr": 1e-3, "seeds": range(members)}
    nu.train(task, **settings, epochs=2, record=3, progress=False)
    took = []
    for n in (1, epochs + 1):  # what starting takes is left out
        start = perf_counter()
        nu.train(task, **settings, epochs=n, record=n + 1, progress=False)
        took.append(perf_counter() - start)
    return members * epochs / (took[1] - took[0])


def copying() -> float:
    """Bytes a second that a copy of a large array reads and writes."""
    array = np.zeros(50_000_000, np.float32)
    target = np.zeros_like(array)
    start = perf_counter()
    for _ in range(5):
        np.copyto(target, array)
    return 5 * 2 * array.nbytes / (perf_counter() - start)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--threads", type=int, default=2)
    torch.set_num_threads(parser.parse_args().threads)
    warnings.simplefilter("ignore")
    task = nu.tasks.two_points()
    for name, (layers, width, gain, members, epochs, fewer) in SIZES.items():
        size = task, layers, width, gain
        runs = [(ours(*size, members, epochs), lean(*size, fewer, False), lean(*size, fewer, True)) for _ in range(5)]
        together, plain, framed = np.median(runs, axis=0)
        told = f"{name}, {members} members: {together:.0f} network-epochs a second; lean {plain:.0f} (ratio"
        print(f"{told} {together / plain:.1f}), data frame {framed:.0f} (ratio {together / framed:.1f})", flush=True)
    bandwidth = copying()
    weights = 4 * 19 * 500 * 500
    print(f"memory: {bandwidth / 1e9:.1f} GB/s; a network of 20 x 500 read twice and written once: "
          f"{bandwidth / (3 * weights):.0f} epochs a second")  # fmt: skip


if __name__ == "__main__":
    main()
