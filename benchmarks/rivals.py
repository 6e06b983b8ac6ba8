"""Every rival's best sum of squared errors relative to the law's, on two-point runs, all optimised equally hard.

    python benchmarks/rivals.py RUNS [--every 10]

RUNS is a folder of npz files with time, h, y, w, dx2 and dy2, one file a run. All laws see the same frames, start
from the best of the same scan over ratio and speed (the collective law: from the two-point law's rates), and go
through the same optimiser.
"""

import argparse
import warnings
from pathlib import Path
from time import perf_counter

import numpy as np
import xarray as xr

from neurouniv.laws import ALTERED, RIVALS, CollectiveModel, Law, UniversalModel

SHOWN = {
    "lazy": RIVALS["lazy"](),
    **{law.name: law(restarts=5) for law in ALTERED},
    "collective": CollectiveModel(restarts=3),
    "collective, means": CollectiveModel(means=True, restarts=3),
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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("runs", type=Path)
    parser.add_argument("--every", type=int, default=10)
    chosen = parser.parse_args()
    for path in sorted(chosen.runs.glob("*.npz")):
        traj = trajectory(path, chosen.every)
        start = perf_counter()
        own = fitted(UniversalModel(restarts=5), traj)
        told = [f"{path.stem}: law {float(own.loss):.4g} in {perf_counter() - start:.2f} s"]
        told += [f"{name} {float(fitted(law, traj).loss) / float(own.loss):.3g}" for name, law in SHOWN.items()]
        print("; ".join(told), flush=True)


if __name__ == "__main__":
    main()
