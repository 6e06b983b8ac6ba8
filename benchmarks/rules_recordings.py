"""Which learning rule do real recordings speak for? The laws of all rules on two recordings of learning.

    python benchmarks/rules_recordings.py FOLDER [--partitions 1]     # the folder of NEUROUNIV_DATA

What stimuli and targets are is read from the recordings (`verdict_recordings.py`); everything that speaks against the
answer is printed beside it. A recording that rules cannot be judged on says why.
"""

import argparse
import warnings
from pathlib import Path
from time import perf_counter

import numpy as np
import xarray as xr
from verdict_recordings import monkey, people

import neurouniv as nu

RECORDINGS = {"monkey": monkey, "people": people}
COLUMNS = ("probability", "error_ratio", "low", "high", "p", "log_score_difference", "change_r2", "converged")


def table(found: xr.Dataset) -> str:
    """A line a rule."""
    low, high = (found["error_ratio_interval"].sel(bound=bound, drop=True) for bound in ("lower", "upper"))
    shown = found.assign(low=low, high=high, p=found["error_ratio_p"])
    rest = [dim for dim in shown["change_r2"].dims if dim != "rule"]
    return shown[list(COLUMNS)].mean(rest).to_dataframe()[list(COLUMNS)].round(3).to_string()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--partitions", type=int, default=1)
    asked = parser.parse_args()
    warnings.simplefilter("ignore")
    for name, read in RECORDINGS.items():
        traj, begun = read(asked.folder), perf_counter()
        print(f"{name}: {read.__doc__}\n  mean distance: {np.round(traj.h.mean('pair').values, 4).tolist()[:3]}")
        try:
            found = nu.rules(traj, partitions=asked.partitions, resamples=300)
        except nu.InputError as error:
            print(f"  not judged: {error}", flush=True)
            continue
        for attribute in ("answer", "why", "apart", "doubts", "calibration", "task_from"):
            print(f"  {attribute}: {found.attrs.get(attribute, '')}")
        print(f"{table(found)}\n  took {perf_counter() - begun:.0f} s", flush=True)


if __name__ == "__main__":
    main()
