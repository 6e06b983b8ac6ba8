"""A study of real networks against a plain loop over the same work: the overhead, cell by cell in turn."""

import random
import resource
import time
from collections.abc import Callable
from pathlib import Path

from neurouniv.studies import cells_of, read_study, run_study
from neurouniv.studies.folder import Folder
from neurouniv.studies.worker import Worker, _imported

SPEC = {
    "name": "loop",
    "task": {"name": "digits", "per_class": 1},
    "laws": ["exponential", "static"],
    "seeds": 64,
    "batch": 8,
    "systems": {
        "networks": [
            {"name": "mlp", "rule": ["backprop", "feedback_alignment"], "width": [20, 60], "hidden_layers": [1, 2],
             "epochs": 200, "record": 20, "lr": 0.1}
        ]
    },
}  # fmt: skip
"""512 networks in 64 cells."""


def against_a_loop(place: Path) -> None:
    """Print processor seconds of a loop and of a worker, each cell by both in turn, the first of them at random."""
    cells = cells_of(read_study(SPEC))
    networks = sum(len(cell.seeds) for cell in cells)
    folder, compute, rng = Folder(place / "turns"), _imported(), random.Random(0)
    folder.make()
    folder.list_cells("loop", cells, "")
    worker = Worker(folder)
    compute(cells[0])
    spent = {"loop": [0.0, 0.0], "study": [0.0, 0.0]}
    for cell in cells:
        ways: dict[str, Callable[[], object]] = {
            "loop": lambda cell=cell: compute(cell),
            "study": lambda cell=cell: worker.work_cell(cell),
        }
        for way in rng.sample(sorted(ways), 2):
            begin, clock = time.process_time(), time.perf_counter()
            ways[way]()
            spent[way][0] += time.process_time() - begin
            spent[way][1] += time.perf_counter() - clock
    (loop, wall), (study, study_wall) = spent.values()
    size = sum(path.stat().st_size for path in folder.path.rglob("*") if path.is_file())
    print(
        f"{networks} networks in {len(cells)} cells: processor seconds of a loop {loop:.1f}, of a worker {study:.1f} "
        f"({100 * (study / loop - 1):+.1f} %); wall {wall:.1f} and {study_wall:.1f} s; "
        f"{size / 1e6:.1f} MB on disk, {size / networks / 1e3:.0f} kB a network",
        flush=True,
    )
    for workers in (1, 2):
        before, clock = _of_children(), time.perf_counter()
        status = run_study(SPEC, place / f"dask{workers}", workers=workers, progress=False)
        took, wall = _of_children() - before, time.perf_counter() - clock
        before, clock = _of_children(), time.perf_counter()
        run_study(SPEC, place / f"dask{workers}", workers=workers, progress=False)
        empty, started = _of_children() - before, time.perf_counter() - clock
        print(
            f"{workers} workers of dask: {status.line}; {took:.1f} processor seconds, of an empty run {empty:.1f}; "
            f"{wall:.1f} s, {60 * networks / wall:.0f} networks a minute, an empty run {started:.1f} s",
            flush=True,
        )
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1e3
    print(f"largest worker {peak:.0f} MB")


def _of_children() -> float:
    """Processor seconds of ended processes that this one started."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
