"""The tables of "Is this for my data?": `python docs/plan_tables/make.py [designs | noise]`, some ten minutes each.

Every line is a design of `nu.plan`: studies are simulated in which the universal law is true, and the verdict is asked.
"""

import csv
import sys
import time
from pathlib import Path

import xarray as xr

import neurouniv as nu

HERE = Path(__file__).parent
STUDIES = 20
DESIGN = ("sessions", "conditions", "repeats", "snr")
TABLES = {
    "designs": {"sessions": [4, 8], "conditions": [8, 12, 20], "repeats": [8], "snr": [0.3]},
    "noise": {"sessions": [6], "conditions": [16], "repeats": [4, 12], "snr": [0.1, 0.3, 1.0]},
}
"""What varies in each table; one subject, 80 neurons seen through their spikes, handwritten digits."""


def rows_of(found: xr.Dataset) -> list[dict[str, object]]:
    """One row a design: what varies, and what came of it, in whole per cent."""
    designs = found.stack(design=DESIGN)
    varied = [name for name in DESIGN if found.sizes[name] > 1]
    rows = []
    for number in range(designs.sizes["design"]):
        one = designs.isel(design=number)
        low, high = (round(100 * float(bound)) for bound in one["power_interval"])
        labels = {name: one[name].item() for name in varied}
        rows.append(
            labels
            | {
                "described": f"{round(100 * float(one['power']))} %",
                "95 % interval": f"{low}–{high} %",
                "cannot tell": f"{round(100 * float(one['cannot_tell']))} %",
                "not described": f"{round(100 * float(one['missed']))} %",
                "ceiling of R²": f"{float(one['ceiling']):.2f}",
                "nearest rival": str(one["nearest"].item()),
                "trials": one["trials"].item(),
            }
        )
    return rows


def write(name: str) -> None:
    """Simulate the studies of a table, and write it beside this script."""
    began = time.perf_counter()
    task = nu.tasks.digits(per_class=2)
    rows = rows_of(nu.plan(task, **TABLES[name], studies=STUDIES))
    with (HERE / f"{name}.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    sys.stderr.write(f"{name}: {time.perf_counter() - began:.0f} s\n")


if __name__ == "__main__":
    for table in sys.argv[1:] or TABLES:
        write(table)
