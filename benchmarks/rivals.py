"""Every rival's best sum of squared errors relative to the law's, on two-point runs, all optimised equally hard.

    python benchmarks/rivals.py RUNS [--every 10]
    python benchmarks/rivals.py --train shallow [--seeds 8] [--centred]

RUNS is a folder of npz files with time, h, y, w, dx2 and dy2, one file a run; --train makes the runs, with the settings
of van Rossem & Saxe (2024), and --centred moves stimuli and targets so that their means are 0. All laws see the same
frames, start from the best of the same scan over ratio and speed (with means: from the law's rates), and go through
the same optimiser.
"""

import argparse
import warnings
from pathlib import Path

import numpy as np
import xarray as xr

import neurouniv as nu
from neurouniv.laws import ALTERED, RIVALS, Law, UniversalModel

TRAINED = {
    "two_layer": {"hidden_layers": 1, "nonlinearity": "linear", "gain": 0.1, "lr": 0.005, "layers": 0},
    "shallow": {"hidden_layers": 2, "gain": 0.35, "lr": 0.02, "layers": 1},
    "default": {"hidden_layers": 20, "gain": 1.0, "lr": 0.01, "layers": 10},
}
SHOWN = {
    "lazy": RIVALS["lazy"](),
    **{law.name: law(restarts=5) for law in ALTERED},
    "with means": UniversalModel(means=True, restarts=3),
}


def trajectory(path: Path, every: int) -> xr.Dataset:
    """Frames of a run, with the inputs -1 and 0 and the targets that the published experiments have."""
    run = np.load(path, allow_pickle=False)
    frames = {name: (("time", "pair"), run[name][::every, None].astype(float)) for name in "hyw"}
    time = np.arange(len(run["h"]), dtype=float)[::every]
    coords = {"time": time, "first": ("pair", ["a"]), "second": ("pair", ["b"]), "condition": ["a", "b"]}
    coords |= {name: ("pair", [float(run[name])]) for name in ("dx2", "dy2")}
    task = {
        "stimuli": (("condition", "feature"), [[-1.0], [-1.0 + float(run["dx2"]) ** 0.5]]),
        "targets": (("condition", "output"), [[0.6], [0.6 + float(run["dy2"]) ** 0.5]]),
    }
    return xr.Dataset(frames | task, coords)


def fitted(law: Law, traj: xr.Dataset) -> xr.Dataset:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return law.fit(traj).constants_


def ratios(traj: xr.Dataset) -> dict[str, float]:
    """The law's own sum of squares, and every rival's relative to it."""
    own = float(fitted(UniversalModel(restarts=5), traj).loss)
    return {"law": own} | {name: float(fitted(law, traj).loss) / own for name, law in SHOWN.items()}


def shown(name: str, found: dict[str, float]) -> None:
    print(f"{name}: {'; '.join(f'{law} {value:.3g}' for law, value in found.items())}", flush=True)


def trained(name: str, seeds: int, centred: bool) -> None:
    """The rivals on every seed, and their medians with how often each beats the law."""
    task = nu.tasks.two_points()
    if centred:
        task = task.assign({key: task[key] - task[key].mean("condition") for key in ("stimuli", "targets")})
    settings = {"width": 500, "epochs": 3000, "record": 300, "seeds": range(seeds)} | TRAINED[name]
    traj = nu.trajectory(nu.train(task, "mlp", **settings)).isel(layer=0)
    found = [ratios(traj.isel(seed=s)) for s in range(seeds)]
    for s in range(seeds):
        shown(f"{name} {s}", found[s])
    for law in list(SHOWN):
        values = np.array([one[law] for one in found])
        print(f"{name}, {law}: median {np.median(values):.3g}, better than the law in {(values < 1).sum()} of {seeds}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("runs", type=Path, nargs="?")
    parser.add_argument("--every", type=int, default=10)
    parser.add_argument("--train", choices=tuple(TRAINED))
    parser.add_argument("--seeds", type=int, default=8)
    parser.add_argument("--centred", action="store_true")
    chosen = parser.parse_args()
    if chosen.train:
        trained(chosen.train, chosen.seeds, chosen.centred)
    elif chosen.runs:
        for path in sorted(chosen.runs.glob("*.npz")):
            shown(path.stem, ratios(trajectory(path, chosen.every)))
    else:
        parser.error("give a folder of runs, or --train")


if __name__ == "__main__":
    main()
