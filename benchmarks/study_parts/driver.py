"""A process of a study whose cells take a set time and write down when they begin and end; `kills.py` kills it.

    STUDY_LOG=LOG STUDY_SECONDS=.2 [STUDY_CLOCK=-3600] python driver.py run | work STUDY.yaml DIR [SCHEDULER]

Dask's processes import this file too, as the main one or by `--preload`. `STUDY_CLOCK` moves this process's clock.
"""

import os
import sys
import time
from collections.abc import Callable

import numpy as np
import xarray as xr

from neurouniv.studies import run_study, work, worker
from neurouniv.studies.cell.cell import Cell


def result_of(cell: Cell) -> xr.Dataset:
    """Numbers that only this cell has."""
    return xr.Dataset({"h": (("time", "pair"), np.random.default_rng(int(cell.id, 16)).normal(size=(25, 190)))})


def logged(cell: Cell) -> xr.Dataset:
    """The result after a wait, with a line before and after it."""
    line("begin", cell)
    time.sleep(float(os.environ["STUDY_SECONDS"]))
    line("end", cell)
    return result_of(cell)


def line(mark: str, cell: Cell) -> None:
    handle = os.open(os.environ["STUDY_LOG"], os.O_CREAT | os.O_APPEND | os.O_WRONLY)
    os.write(handle, f"{mark} {cell.id} {os.getpid()}\n".encode())
    os.close(handle)


def computing() -> Callable[[Cell], xr.Dataset]:
    return logged


worker._imported = computing
if "STUDY_CLOCK" in os.environ:
    right = time.time
    time.time = lambda: right() + float(os.environ["STUDY_CLOCK"])


def main() -> None:
    mode, spec, folder, *scheduler = sys.argv[1:]
    if mode == "work":
        work(folder)
        return
    if not scheduler:
        run_study(spec, folder, workers=2, progress=False)
        return
    from distributed import Client

    with Client(scheduler[0], timeout=60) as client:
        run_study(spec, folder, client, progress=False)


if __name__ == "__main__":
    main()
