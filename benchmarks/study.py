"""What a study costs beyond its work, and what is lost when its processes die.

    python benchmarks/study.py loop                        # 512 networks against a plain loop over the same work
    python benchmarks/study.py kills [--kills 50]          # SIGKILL at random to workers, schedulers, runs
    python benchmarks/study.py scale [--cells 100 1000 10000] [--dask 1000]
    python benchmarks/study.py status [--cells 5000]       # how long a look at the folder takes

`--place DIR` is where folders are made (default: a temporary one).
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))


def main() -> None:
    """Print what is measured."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("loop", "kills", "scale", "status"))
    parser.add_argument("--place", type=Path)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--cells", type=int, nargs="+")
    parser.add_argument("--dask", type=int, default=1000)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=given.place) as place:
        if given.what == "loop":
            from study_parts.loop import against_a_loop

            against_a_loop(Path(place))
        elif given.what == "kills":
            from study_parts.kills import campaign

            campaign(Path(place), given.kills, given.seed)
        elif given.what == "scale":
            from study_parts.scale import costs

            costs(Path(place), given.cells or [100, 1000, 10_000], given.dask)
        else:
            status(Path(place), (given.cells or [5000])[0])


def status(place: Path, count: int) -> None:
    """The time of a status of so many cells, nine tenths of them done."""
    from study_parts.driver import result_of
    from study_parts.kills import SPEC

    from neurouniv.studies import cells_of, read_study, study_status
    from neurouniv.studies.folder import Folder

    folder, cells = Folder(place), cells_of(read_study(SPEC | {"seeds": count}))
    folder.make()
    folder.list_cells("status", cells, "")
    for cell in cells[: count * 9 // 10]:
        folder.keep_result(cell.id, 1, result_of(cell).assign_attrs(study_seconds=1.0))
    begin, clock = time.process_time(), time.perf_counter()
    line = study_status(place).line
    took, used = time.perf_counter() - clock, time.process_time() - begin
    print(f"status of {count} cells: {took:.2f} s, {used:.2f} of a processor: {line}")


if __name__ == "__main__":
    main()
