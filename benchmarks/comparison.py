"""What a comparison of large systems costs: 72 conditions x 115 times, six laws, 200 resamples.

    python benchmarks/comparison.py [--systems 2] [--noise .3]

Networks of one tanh layer learn 72 digits, h, y and w seen; with --noise, brains do, recorded through voxels at this
signal-to-noise ratio in 115 sessions of 4 repeats, h seen with the variance of every distance.
"""

import argparse
import resource
import warnings
from time import perf_counter, process_time

import xarray as xr

import neurouniv as nu

RIVALS = ("static", "exponential", "step", "gain", "target")


def networks(task: xr.Dataset, systems: int) -> xr.Dataset:
    settings = {"hidden_layers": 1, "width": 100, "nonlinearity": "tanh", "gain": 0.5, "lr": 0.1, "epochs": 2000}
    return nu.trajectory(nu.train(task, "mlp", **settings, seeds=range(systems), record=115, progress=False))


def brains(task: xr.Dataset, systems: int, snr: float) -> xr.Dataset:
    settings = {"rule": "backprop", "sensors": "voxels", "sessions": 115, "repeats": 4, "gain": 0.5, "epochs": 2000}
    recs = (nu.simulate_brain(task, **settings, snr=snr, seed=seed) for seed in range(systems))
    made = [nu.trajectory(rec, task, metric="crossnobis") for rec in recs]
    seen = ["h", "h_var"]
    return made[0].drop_vars(seen).merge(xr.concat([one[seen] for one in made], "subject"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--systems", type=int, default=2)
    parser.add_argument("--noise", type=float)
    chosen = parser.parse_args()
    warnings.simplefilter("ignore")
    task = nu.tasks.digits(per_class=8).isel(condition=slice(0, 72))
    traj = networks(task, chosen.systems) if chosen.noise is None else brains(task, chosen.systems, chosen.noise)
    print(dict(traj.sizes), list(traj.data_vars), flush=True)
    laws = [nu.UniversalModel(), *(nu.RIVALS[name]() for name in RIVALS)]
    wall, cpu = perf_counter(), process_time()
    found = nu.compare(laws, traj, resamples=200, reference="universal")
    wall, cpu = perf_counter() - wall, process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(f"{wall:.0f} s, {cpu:.0f} s of processors, {peak:.2f} GB with the training")
    rest = [dim for dim in found["dynamics"].dims if dim != "law"]
    print(found["dynamics"].mean(rest).to_series().round(4).to_dict())


if __name__ == "__main__":
    main()
