"""How long a fit of each law takes: one network, 30 conditions x 60 times, from h alone and with outputs.

    python benchmarks/law_times.py [--repeats 3]

A network of 200 units learns 30 digits; the median over repeats of the CPU's seconds of one thread.
"""

import argparse
import warnings
from time import process_time

import numpy as np
import xarray as xr
from threadpoolctl import threadpool_limits

import neurouniv as nu
from neurouniv.laws.integrated import IntegratedLaw

OF_INPUT = ("driven", "scaled_input", "inherited")


def trajectories(times: int = 60) -> tuple[xr.Dataset, xr.Dataset]:
    """The RDM movies of a network's second layer and of the first, which drives it."""
    task = nu.tasks.digits(per_class=3)
    settings = {"hidden_layers": 2, "width": 200, "gain": 0.7, "lr": 0.1, "epochs": 600, "seeds": 1, "layers": [0, 1]}
    runs = nu.train(task, **settings, record=times, progress=False)
    movie = nu.trajectory(runs).isel(seed=0)
    movie = movie.assign_coords(trials=("condition", np.arange(30) % 3 + 1.0))  # shown unequally often, for "exposure"
    return movie.isel(layer=1), movie.isel(layer=0)


def law_of(name: str, below: xr.Dataset) -> nu.Law:
    law = nu.LAWS[name]
    return law(driven_by=below) if name in OF_INPUT else law()


def seconds(law: nu.Law, traj: xr.Dataset, repeats: int) -> float:
    found = []
    for _ in range(repeats):
        begin = process_time()
        law.fit(traj)
        found.append(process_time() - begin)
    return float(np.median(found))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=3)
    repeats = parser.parse_args().repeats
    warnings.simplefilter("ignore")
    traj, below = trajectories()
    alone = traj.drop_vars(["y", "w", "output"])
    print(f"{traj.sizes['condition']} conditions x {traj.sizes['time']} times; CPU seconds, median of {repeats}\n")
    print("| law | from h alone | brisk | with outputs |\n| --- | --- | --- | --- |")
    with threadpool_limits(limits=1):
        for name in nu.LAWS:
            law = law_of(name, below)
            cells = [seconds(law, alone, repeats), np.nan, seconds(law, traj, repeats)]
            if isinstance(law, IntegratedLaw):
                cells[1] = seconds(law.briskly(), alone, repeats)
            print(
                f"| {name} | " + " | ".join("" if np.isnan(cell) else f"{cell:.3g}" for cell in cells) + " |",
                flush=True,
            )


if __name__ == "__main__":
    main()
