"""What a study costs beyond its work: cells a minute against a plain loop over the same work; the time of a status.

    python benchmarks/study.py [--seconds 1.0] [--cells 60] [--status 5000]

The work of a cell is a wait of known length, so that all else is overhead: claims, results, dask. `--status N` measures
`study_status` of a folder of N cells.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import xarray as xr

from neurouniv.studies import cells_of, read_study, study_status
from neurouniv.studies.cell.cell import Cell
from neurouniv.studies.folder import Folder
from neurouniv.studies.worker import Worker

SPEC = {"task": "xor", "laws": ["static"], "systems": {"networks": [{"name": "mlp", "width": 10}]}}


def folder_of(path: Path, count: int) -> tuple[Folder, list[Cell]]:
    """A study's folder of so many cells."""
    (cell,) = cells_of(read_study(SPEC))
    cells = [replace(cell, seeds=[seed]) for seed in range(count)]
    folder = Folder(path)
    folder.make()
    folder.list_cells("benchmark", cells, "")
    return folder, cells


def result_of(seconds: float) -> xr.Dataset:
    """What a cell's work of that length gives: a result of usual size."""
    time.sleep(seconds)
    return xr.Dataset({"h": (("seed", "time", "pair"), [[[1.0] * 190] * 25] * 8)})


def main() -> None:
    """Print cells a minute of a loop and of a worker, and the time of a status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=1.0)
    parser.add_argument("--cells", type=int, default=60)
    parser.add_argument("--status", type=int, default=5000)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        folder, cells = folder_of(Path(place) / "work", given.cells)
        begin = time.perf_counter()
        for _ in cells:
            result_of(given.seconds)
        loop = time.perf_counter() - begin
        Worker(folder, compute=lambda _: result_of(given.seconds)).work(cells)
        study = time.perf_counter() - begin - loop
        pace = [60 * given.cells / seconds for seconds in (loop, study)]
        more = f"overhead {100 * (study / loop - 1):.1f} %, {1000 * (study - loop) / given.cells:.0f} ms a cell"
        print(f"{given.cells} cells of {given.seconds} s: loop {pace[0]:.1f}, study {pace[1]:.1f} a minute; {more}")
        many, cells = folder_of(Path(place) / "status", given.status)
        for cell in cells[: given.status * 9 // 10]:
            many.result(cell.id).touch()
        begin = time.perf_counter()
        line = study_status(many.path).line
        print(f"status of {given.status} cells: {time.perf_counter() - begin:.2f} s ({line})")


if __name__ == "__main__":
    main()
