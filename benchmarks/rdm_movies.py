"""RDM movies: the whole call `neurouniv.trajectory` against rsatoolbox's loop over time points.

    python benchmarks/rdm_movies.py [repeats] [--sizes large | usual] [--metrics WORD ...]

Set OMP_NUM_THREADS to the number of threads; with one, times are of the processor, which other work on the machine
changes less than the clock. `h_var` is work that rsatoolbox does not do, so crossnobis is timed without it and with it.
Memory is the peak of what each allocates beside its input (tracemalloc sees NumPy's arrays).
"""

import argparse
import os
import tracemalloc
import warnings
from time import perf_counter, process_time

import numpy as np
import xarray as xr

import neurouniv as nu

SIZES = {
    "large": [(92, 8, 64, 200, 1), (8, 8, 64, 1000, 1)],
    "usual": [
        (16, 4, 50, 50, 1),
        (16, 8, 100, 200, 1),
        (30, 6, 100, 100, 1),
        (30, 6, 100, 100, 4),
        (60, 4, 200, 50, 1),
        (60, 8, 100, 200, 1),
    ],
}
"""Numbers of conditions, runs, channels, times, and trials of a condition in a run."""


def recording(conditions: int, runs: int, channels: int, times: int, trials: int = 1, seed: int = 0) -> xr.Dataset:
    """Noise, the trials of all conditions and runs in random order."""
    rng = np.random.default_rng(seed)
    index = rng.permutation(conditions * runs * trials)
    condition, run = np.divmod(index // trials, runs)
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
    clock = process_time if os.environ.get("OMP_NUM_THREADS") == "1" else perf_counter
    times = []
    for _ in range(repeats):
        start = clock()
        work()
        times.append(clock() - start)
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
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("repeats", type=int, nargs="?", default=5)
    parser.add_argument("--sizes", choices=SIZES, default="large")
    parser.add_argument("--metrics", nargs="*", default=[], help="those whose names hold one of these words")
    asked = parser.parse_args()
    print(f"OMP_NUM_THREADS={os.environ.get('OMP_NUM_THREADS', 'unset')}")
    for numbers in SIZES[asked.sizes]:
        print("{} conditions x {} runs x {} channels x {} times x {} trials".format(*numbers))
        print(f"{'':24}{'theirs':>12}{'ours':>12}{'ratio':>8}{'MB theirs':>10}{'MB ours':>8}")
        rec = recording(*numbers)
        noise = np.random.default_rng(1).normal(size=(4 * numbers[2], numbers[2]))
        for metric, (slow, fast) in rivals(rec, np.linalg.inv(np.cov(noise.T))).items():
            if asked.metrics and not any(word in metric for word in asked.metrics):
                continue
            ours, theirs = np.inf, np.inf
            for _ in range(min(2, asked.repeats)):  # in turn, so that both meet the same other work
                ours = min(ours, seconds(fast, asked.repeats))
                theirs = min(theirs, seconds(slow, 1))
            print(
                f"{metric:24}{theirs:10.3f} s{ours * 1e3:9.1f} ms{theirs / ours:8.1f}"
                f"{megabytes(slow):10.0f}{megabytes(fast):8.0f}",
                flush=True,
            )


if __name__ == "__main__":
    main()
