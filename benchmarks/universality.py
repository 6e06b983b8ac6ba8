"""How much networks and brains share: constants of their own, one set for all, free curves, and each other's movies.

    python benchmarks/universality.py [--systems "mlp, 1 layer" residual ...] [--seeds 3]

Networks as in `verdict_systems.py` (the task of `verdict.py`, only h seen, ten frames at which the loss has fallen by
equal steps) and brains, seen through spikes. Held-out conditions throughout. "another's movie" is cross-prediction:
the mean movie of backprop's networks with one hidden layer, re-timed and re-scaled by two constants.
"""

import argparse
import warnings

import numpy as np
import torch
import xarray as xr
from verdict_systems import MLP, NETWORKS, RIVALS, WORLD, brains, frames, networks, rate, watched

import neurouniv as nu

SYSTEMS = ("mlp, 1 layer", "mlp, 3 layers", "residual", "recurrent", "gated", "feedback alignment", "lazy", WORLD)
TEMPLATE = "mlp, 1 layer"


def movie(name: str, seeds: range) -> xr.Dataset:
    settings = MLP | NETWORKS.get(name, {})
    lr, epochs = rate(settings)
    time, left = watched(settings, lr, epochs)
    if name != WORLD:
        return networks(settings, lr, frames("loss", time, left), seeds)[0]
    last = int(time[np.argmax(left <= max(0.1, left[-1]))])
    made = brains(settings | {"width": 160, "world": "universal"}, lr, 2 * last, seeds)
    return made.rename(subject="seed")


def shared(systems: dict[str, xr.Dataset]) -> None:
    """R2 of held-out time courses at every level, the median over a system's seeds."""
    rivals = [nu.RIVALS[name]() for name in RIVALS]
    found = nu.levels({name: traj[["h"]] for name, traj in systems.items()}, rivals=rivals)
    names = np.array([name.rsplit(", seed", 1)[0] for name in found.system.values])
    print(f"| system | {' | '.join(found.level.values)} |\n{'|---' * (1 + found.sizes['level'])}|")
    for name in systems:
        own = found.dynamics.isel(system=np.flatnonzero(names == name)).median("system")
        print(f"| {name} | {' | '.join(f'{value:.2f}' for value in own.values)} |")
    print({name: f"{value:.3g}" for name, value in found.attrs.items() if name.startswith("shared")}, flush=True)


def fit_free(name: str, traj: xr.Dataset) -> None:
    """The collapse of held-out pairs, and the order of pairs against dx dy* and simpler predictors."""
    tested, order = nu.collapse_test(traj), nu.proportionality(traj).median("seed")
    cells = [name, f"{float(tested.overall):.2f}, p {float(tested.overall_p):.3f}"]
    for quantity in order.quantity.values:
        one = order.sel(quantity=quantity)
        told = zip(one.predictor.values, one.correlation.values, strict=True)
        p = float(one.p.sel(predictor="dx dy*"))
        cells.append(f"{', '.join(f'{label} {r:.2f}' for label, r in told)}; p {p:.3f}")
    print(f"| {' | '.join(cells)} |", flush=True)


def crossed(name: str, traj: xr.Dataset, template: xr.Dataset) -> None:
    """Held-out R2 of the law's form and of an example of it."""
    laws = {
        "pairwise": nu.PairwiseModel(),
        "universal": nu.UniversalModel(),
        "another's movie": nu.TemplateModel(template),
    }
    found = nu.compare(laws, traj, partitions=1)
    r2 = found.dynamics.median("seed")
    print(f"| {name} | {' | '.join(f'{float(one):.2f}' for one in r2)} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--systems", nargs="+", default=list(SYSTEMS))
    parser.add_argument("--seeds", type=int, default=3)
    asked = parser.parse_args()
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    systems = {name: movie(name, range(asked.seeds)) for name in asked.systems}
    others = movie(TEMPLATE, range(100, 100 + asked.seeds))
    template = others.mean("seed")
    shared({name: traj for name, traj in systems.items() if name != WORLD})  # a brain's distances have other units
    print("\n| system | collapse | final distance, rank correlation | rate, rank correlation |\n|---|---|---|---|")
    for name, traj in systems.items():
        fit_free(name, traj)
    print("\n| system | pairwise | universal | another's movie |\n|---|---|---|---|")
    for name, traj in systems.items():
        crossed(name, traj, template)


if __name__ == "__main__":
    main()
