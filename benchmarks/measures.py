"""Measures of dissimilarity against rsatoolbox, frame by frame, and the share of the machine's matrix-product peak.

    python benchmarks/measures.py [--threads 1 2] [--times 200]

92 conditions x 8 repeats x 64 channels x 200 times, float64 and float32. Ours has the means of the trials, per repeat
where it crossvalidates; rsatoolbox's `calc_rdm` has data sets made beforehand, one per time, and `calc_rdm_movie` one
over all times. Medians of rounds in which theirs and ours take turns, so that a busy machine slows both. One thread is
counted in seconds of the processor, two by the clock. The peak is that of a product of two 2048 x 2048 matrices in
the same dtype, measured in the same run; products of a matrix with its own transpose count half.
"""

import argparse
import warnings
from collections.abc import Callable
from statistics import median
from time import perf_counter, process_time

import numpy as np
from rsatoolbox.data import Dataset, TemporalDataset
from rsatoolbox.rdm import calc_rdm, calc_rdm_movie
from threadpoolctl import threadpool_limits

from neurouniv.rdm.measures import MEASURES, crossnobis_with_variance

CONDITIONS, REPEATS, CHANNELS = 92, 8, 64
THEIRS = {
    "sqeuclidean": ("euclidean", {}),
    "correlation": ("correlation", {}),
    "mahalanobis": ("mahalanobis", {}),
    "crossnobis": ("crossnobis", {"cv_descriptor": "run"}),
    "poisson": ("poisson", {}),
    "poisson_cv": ("poisson_cv", {"cv_descriptor": "run"}),
}
FRAMES = 10  # of rsatoolbox in one round; its time goes with the number of frames


def seconds(work: Callable[[], object], threads: int) -> float:
    clock = process_time if threads == 1 else perf_counter
    start = clock()
    work()
    return clock() - start


def peak(dtype: type, threads: int) -> float:
    """Operations a second of a large matrix product."""
    a = np.random.default_rng(0).normal(size=(2048, 2048)).astype(dtype)
    b = a[::-1].copy()
    return 2 * 2048**3 / min(seconds(lambda: a @ b, threads) for _ in range(3))


def operations(name: str) -> float:
    """Of the matrix products of one frame."""
    rows = CONDITIONS * (REPEATS if MEASURES[name].crossvalidated else 1)
    white = 2 * rows * CHANNELS**2 if MEASURES[name].whitens else 0
    half = 1 if name.startswith("poisson") else 0.5
    products = 2 * rows * CONDITIONS * CHANNELS * half
    across = 2 * CONDITIONS**2 * CHANNELS * half if MEASURES[name].crossvalidated else 0
    return white + products + across


def compared(threads: int, times: int, rounds: int) -> None:
    rng = np.random.default_rng(0)
    trials = rng.gamma(2.0, size=(times, CONDITIONS, REPEATS, CHANNELS))
    precision = np.linalg.inv(np.cov(rng.normal(size=(500, CHANNELS)).T))
    names = {"c": np.repeat(np.arange(CONDITIONS), REPEATS), "run": np.tile(np.arange(REPEATS), CONDITIONS)}
    rows = trials.reshape(times, -1, CHANNELS)
    frames = [Dataset(rows[t], obs_descriptors=dict(names)) for t in range(FRAMES)]
    together = TemporalDataset(
        np.moveaxis(rows[:FRAMES], 0, -1), obs_descriptors=dict(names), time_descriptors={"time": np.arange(FRAMES)}
    )
    peaks = {dtype: peak(dtype, threads) for dtype in (np.float64, np.float32)}
    print(f"{threads} threads: peak {peaks[np.float64] / 1e9:.0f}, float32 {peaks[np.float32] / 1e9:.0f} GFLOP/s")
    for name, (method, options) in THEIRS.items():
        measure, noise = MEASURES[name], precision if MEASURES[name].whitens else None
        given = trials.swapaxes(1, 2) if measure.crossvalidated else trials.mean(2)
        single = given.astype(np.float32)
        settings = {"method": method, "descriptor": "c", "noise": noise, **options}
        works = {
            "frames": lambda s=settings: [calc_rdm(frame, **s) for frame in frames],
            "movie": lambda s=settings: calc_rdm_movie(together, **s),
            "ours": lambda m=measure, x=given, p=noise: m.distances(x, p),
            "single": lambda m=measure, x=single, p=noise: m.distances(x, p),
        }
        if name == "crossnobis":
            works["variance"] = lambda x=given, p=noise: crossnobis_with_variance(x, p)
        taken = [{key: seconds(work, threads) for key, work in works.items()} for _ in range(rounds)]
        took = {key: median(one[key] for one in taken) for key in works}
        frame, movie = (took[key] * times / FRAMES for key in ("frames", "movie"))
        share = {
            k: operations(name) * times / took[k] / peaks[d] for k, d in (("ours", np.float64), ("single", np.float32))
        }
        print(
            f"{name}: {1e3 * took['ours']:.1f} ms ({share['ours']:.0%} of peak), float32 {1e3 * took['single']:.1f} ms "
            f"({share['single']:.0%}); calc_rdm {frame:.2f} s, ratio {frame / took['ours']:.0f}, float32 "
            f"{frame / took['single']:.0f}; calc_rdm_movie {movie:.2f} s, ratio {movie / took['ours']:.0f}"
            + (f"; with its variance {1e3 * took['variance']:.0f} ms" if "variance" in took else ""),
            flush=True,
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--times", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=7)
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    for threads in arguments.threads:
        with threadpool_limits(threads):
            compared(threads, arguments.times, arguments.rounds)


if __name__ == "__main__":
    main()
