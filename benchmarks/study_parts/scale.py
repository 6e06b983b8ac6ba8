"""What a study costs a cell when cells do nothing, from 100 to 10 000 of them."""

import os
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path

from neurouniv.studies import cells_of, read_study, study_status
from neurouniv.studies.folder import Folder
from neurouniv.studies.worker import Worker
from neurouniv.studies.yaml_lines import write_yaml
from study_parts.driver import result_of
from study_parts.kills import DRIVER, SPEC


def costs(place: Path, counts: list[int], on_dask: int) -> None:
    """Print milliseconds a cell of a worker in this process, and up to `on_dask` cells of two of dask's."""
    for count in counts:
        spec = place / f"{count}.yaml"
        spec.write_text(write_yaml(SPEC | {"seeds": count}))
        clocks = [time.perf_counter()]
        cells = cells_of(read_study(spec))
        clocks.append(time.perf_counter())
        folder = Folder(place / str(count))
        folder.make()
        folder.list_cells("scale", cells, spec.read_text())
        clocks.append(time.perf_counter())
        begin = time.process_time()
        Worker(folder, compute=result_of).work(cells)
        worked = time.process_time() - begin
        clocks.append(time.perf_counter())
        study_status(folder.path)
        clocks.append(time.perf_counter())
        listing, writing, working, status = (1000 * (b - a) for a, b in pairwise(clocks))
        size = (folder.path / "cells.json").stat().st_size
        print(
            f"{count} cells: {working / count:.1f} ms a cell ({1000 * worked / count:.1f} of a processor), making the "
            f"list {listing / count:.2f}, writing it {writing / count:.3f}; a status {status:.0f} ms; "
            f"cells.json {size / count:.0f} bytes a cell",
            flush=True,
        )
        if count <= on_dask:
            dask(place, spec, count)


def dask(place: Path, spec: Path, count: int) -> None:
    """The same with two workers of dask, its start included."""
    env = os.environ | {"STUDY_LOG": os.devnull, "STUDY_SECONDS": "0"}
    begin = time.perf_counter()
    command = [sys.executable, str(DRIVER), "run", str(spec), str(place / f"dask{count}")]
    subprocess.run(command, env=env, check=True, stderr=subprocess.DEVNULL)
    took = time.perf_counter() - begin
    print(f"{count} cells, two workers of dask: {took:.1f} s, {1000 * took / count:.1f} ms a cell", flush=True)
