"""Proves on a machine with a GPU what cannot be tried without one: that results are right, how fast they come, and
that what does not fit is refused in words.

    python benchmarks/gpu.py [--out gpu.json] [--minutes 6] [--parts right fast movies big study tests]
    python benchmarks/gpu.py --needs

It needs torch for CUDA, NumPy, SciPy, pandas, scikit-learn and h5py, and what `--needs` lists. It ends by itself: what
there is no time for is left out, and said. Results are written after every row; the table is printed at the end.
`--device cpu` tries the command itself, small, where there is no GPU.
"""

import argparse
import json
import platform
import sys
import warnings
from pathlib import Path
from time import perf_counter

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # this tree, installed or not
NEEDS = ("xarray", "array-api-compat", "tqdm", "lazy-loader")
"""Pure Python, and no more than these beside what a machine for torch has."""
OF_STUDIES = ("dask", "distributed", "netcdf4", "pyyaml", "joblib")
"""What the part `study` needs besides; it is left out, and said, where they are not there."""
OF_BIG_PACKAGES = ("threadpoolctl", "packaging", "python-dateutil")
"""What scikit-learn, xarray and pandas bring, if they were installed without what they need."""
PARTS = ("right", "fast", "movies", "big", "study", "tests")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("gpu.json"))
    parser.add_argument("--minutes", type=float, default=6.0)
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--needs", action="store_true", help="list the wheels to carry to a machine without a network")
    asked = parser.parse_args()
    if asked.needs:
        print(f"pip download --no-deps -d wheels {' '.join(NEEDS)}")
        print(f"(for the part study, with what they need: pip download -d wheels {' '.join(OF_STUDIES)})")
        print(f"(and, where scikit-learn, xarray or pandas came without them: {' '.join(OF_BIG_PACKAGES)})")
        return 0
    return run(asked)


def run(asked: argparse.Namespace) -> int:
    """Row after row until the time is over; 1 if a row is wrong."""
    from gpu_parts import Machine, big, fast, movies, right, study, tests

    from neurouniv.devices import device_of

    warnings.simplefilter("ignore")
    machine = Machine(device_of(asked.device), perf_counter() + 60 * asked.minutes)
    known = {"right": right, "fast": fast, "movies": movies, "big": big, "study": study, "tests": tests}
    results = {"machine": machine.described() | {"python": platform.python_version()}, "rows": []}
    for part in asked.parts:
        for row in known[part].rows(machine):
            results["rows"].append({"part": part} | row)
            asked.out.write_text(json.dumps(results, indent=1))
            print(line(results["rows"][-1]), flush=True)
    wrong = [row for row in results["rows"] if row.get("ok") is False]
    print(f"{results['machine']}\n{len(results['rows'])} rows, {len(wrong)} wrong; {asked.out}")
    return bool(wrong)


def line(row: dict) -> str:
    """A row of the table."""
    mark = {True: "ok", False: "WRONG", None: ""}[row.get("ok")]
    values = "; ".join(f"{name} {shown(value)}" for name, value in row.items() if name not in ("part", "what", "ok"))
    return f"{row['part']:7s}| {row['what']:52s}| {mark:6s}| {values}"


def shown(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


if __name__ == "__main__":
    sys.exit(main())
