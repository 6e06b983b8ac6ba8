"""RDM movies: the whole call `neurouniv.trajectory` against rsatoolbox's loop over time points.

    python benchmarks/rdm_movies.py [repeats]

Set OMP_NUM_THREADS to the number of threads. `h_var` is work that rsatoolbox does not do, so crossnobis is timed
without it and with it. Memory is the peak of what each allocates beside its input (tracemalloc sees NumPy's arrays).
"""

import os
import sys
import tracemalloc
import warnings
from time import perf_counter

import numpy as np
import xarray as xr

import neurouniv as nu

SIZES = {"92 conditions x 8 x 64 x 200": (92, 8, 64, 200), "8 conditions x 8 x 64 x 1000": (8, 8, 64, 1000)}


def recording(conditions: int, runs: int, channels: int, times: int, seed: int = 0) -> xr.Dataset:
    """Noise, one trial per condition and run, in random order."""
    rng = np.random.default_rng(seed)
    index = rng.permutation(conditions * runs)
    condition, run = np.divmod(index, runs)
    coords = {
        "condition": ("trial", np.char.add("c", condition.astype(str))),
        "run": ("trial", run),
        "latency": np.linspace(0, 1, times),
    }
    activity = rng.normal(size=(index.size, channels, times))
    return xr.Dataset({"activity": (("trial", "channel", "latency"), activity)}, coords)


def rivals(rec: xr.Dataset, precision: np.ndarray) -> dict[str, tuple]:
    """Of every metric, the call to rsatoolbox and ours."""
    from rsatoolbox.data import TemporalDataset
    from rsatoolbox.rdm import calc_rdm_movie

    descriptors = {"condition": rec.condition.values, "run": rec.run.values}
    theirs = TemporalDataset(
        rec.activity.values, obs_descriptors=descriptors, time_descriptors={"time": rec.latency.values}
    )

    def pair(method, metric, settings, **own):
        return (
            lambda: calc_rdm_movie(theirs, method=method, descriptor="condition", **settings),
            lambda: nu.trajectory(rec, metric=metric, **own),
        )

    folds = {"cv_descriptor": "run"}
    return {
        "euclidean": pair("euclidean", "sqeuclidean", {}),
        "correlation": pair("correlation", "correlation", {}),
        "mahalanobis": pair("mahalanobis", "mahalanobis", {"noise": precision}, noise_precision=precision),
        "crossnobis": pair("crossnobis", "crossnobis", folds, variance=False),
        "crossnobis, whitened": pair(
            "crossnobis", "crossnobis", {**folds, "noise": precision}, noise_precision=precision, variance=False
        ),
        "crossnobis with h_var": pair("crossnobis", "crossnobis", folds),
    }


def seconds(work, repeats: int) -> float:
    """The least of some timings."""
    times = []
    for _ in range(repeats):
        start = perf_counter()
        work()
        times.append(perf_counter() - start)
    return min(times)


def megabytes(work) -> float:
    """The peak of what `work` allocates."""
    tracemalloc.start()
    work()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / 1e6


def main() -> None:
    warnings.simplefilter("ignore")
    repeats = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    print(f"OMP_NUM_THREADS={os.environ.get('OMP_NUM_THREADS', 'unset')}")
    for size, numbers in SIZES.items():
        rec = recording(*numbers)
        root = np.random.default_rng(1).normal(size=(1000, numbers[2]))
        print(f"\n{size}: input {rec.nbytes / 1e6:.0f} MB")
        print(f"{'':24}{'rsatoolbox':>12}{'neurouniv':>12}{'ratio':>8}{'their MB':>10}{'our MB':>8}")
        for metric, (slow, fast) in rivals(rec, np.linalg.inv(np.cov(root.T))).items():
            ours, theirs = seconds(fast, repeats), seconds(slow, min(2, repeats))
            print(
                f"{metric:24}{theirs:10.3f} s{ours * 1e3:9.1f} ms{theirs / ours:8.1f}"
                f"{megabytes(slow):10.0f}{megabytes(fast):8.0f}",
                flush=True,
            )


if __name__ == "__main__":
    main()
