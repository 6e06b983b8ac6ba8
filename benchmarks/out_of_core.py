"""A recording larger than memory: the RDM movie of an array that is made chunk by chunk and never held whole.

    python benchmarks/out_of_core.py GIGABYTES [METRIC] [NOISE]

Trials x units x times of float32 in chunks of about 100 MB. Reports the peak of resident memory, and the ratio of the
time to that of only making the chunks and looking at each value once.
"""

import resource
import sys
import warnings
from time import perf_counter

import dask
import dask.array as da
import numpy as np
import xarray as xr

import neurouniv as nu

CONDITIONS, RUNS, UNITS, TIMES = 16, 8, 500, 200
CHUNK = (250, UNITS, TIMES)
THREADS = 2


def made(block_info=None) -> np.ndarray:
    """One chunk: noise whose every value differs between trials, at the cost of one pass over memory."""
    (first, _), *_ = block_info[None]["array-location"]
    shape = tuple(b - a for a, b in block_info[None]["array-location"])
    rng = np.random.default_rng(first)
    return rng.standard_normal(shape, dtype=np.float32)


def recording(gigabytes: float) -> xr.Dataset:
    trials = int(gigabytes * 1e9 / (4 * UNITS * TIMES))
    activity = da.map_blocks(
        made,
        chunks=da.core.normalize_chunks(CHUNK, (trials, UNITS, TIMES)),
        dtype=np.float32,
        meta=np.empty((0, 0, 0), np.float32),
    )
    rng = np.random.default_rng(0)
    coords = {
        "condition": ("trial", np.char.add("c", rng.integers(CONDITIONS, size=trials).astype(str))),
        "run": ("trial", np.arange(trials) * RUNS // trials),
        "latency": np.linspace(0, 1, TIMES),
    }
    return xr.Dataset({"activity": (("trial", "channel", "latency"), activity)}, coords)


def peak() -> float:
    """Peak resident memory so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3


def main() -> None:
    warnings.simplefilter("ignore")
    gigabytes, metric = float(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else "crossnobis"
    noise = sys.argv[3] if len(sys.argv) > 3 else None
    rec = recording(gigabytes)
    print(
        f"{rec.activity.nbytes / 1e9:.1f} GB in {rec.activity.data.npartitions} chunks of "
        f"{np.prod(CHUNK) * 4 / 1e6:.0f} MB, {THREADS} threads, {metric}, noise {noise}",
        flush=True,
    )
    with dask.config.set(scheduler="threads", num_workers=THREADS):
        start = perf_counter()
        float(rec.activity.data.sum())
        reading, before = perf_counter() - start, peak()
        print(f"only reading (sum of all values): {reading:.1f} s, peak memory {before:.0f} MB", flush=True)
        start = perf_counter()
        traj = nu.trajectory(rec, metric=metric, noise_precision=noise).compute()
        whole = perf_counter() - start
    print(
        f"trajectory: {whole:.1f} s, {whole / reading:.2f} times as long; peak memory {peak():.0f} MB; "
        f"h {dict(traj.h.sizes)}, mean {float(traj.h.mean()):.4g}"
    )


if __name__ == "__main__":
    main()
