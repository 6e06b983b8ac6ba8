"""How much data it takes to tell the law from its rivals: `neurouniv.plan` for realistic designs.

    python benchmarks/power.py FOLDER [--designs mouse monkey scans people]    # hours for people, .3 for the others

Stimuli in four classes, only h seen, by crossnobis; the universal law is true and on trial against five rivals.
Results are kept in the folder and not made again. Signal to noise is that of a trial (`neurouniv.estimate_snr`:
.20 to .35 in inferior temporal neurons).
"""

import argparse
import warnings
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter

import xarray as xr
from verdict import classes

import neurouniv as nu

DESIGNS = {
    "mouse": {  # two-photon calcium imaging, one mouse, up to ten days
        "sensors": "calcium", "neurons": 150, "sessions": (5, 10), "conditions": (8, 16), "repeats": (10,),
        "snr": (0.02, 0.1), "studies": 40,
    },
    "monkey": {  # spikes, one monkey, classes of objects
        "sensors": "spikes", "neurons": 80, "sessions": (5, 10), "conditions": (8, 16), "repeats": (8,),
        "snr": (0.05, 0.2), "studies": 40,
    },
    "scans": {  # functional MRI, twelve people, four scans
        "sensors": "voxels", "neurons": 100, "sessions": (4,), "conditions": (16,), "repeats": (8,),
        "snr": (0.1, 0.5), "subjects": 12, "studies": 10,
    },
    "people": {  # as the 26 people who learned sequences: three scans, twelve conditions
        "sensors": "voxels", "neurons": 100, "sessions": (3,), "conditions": (12,), "repeats": (8,),
        "snr": (0.1, 0.5), "subjects": 26, "studies": 10,
    },
}  # fmt: skip
HEAD = (
    "design", "sessions", "conditions", "repeats", "SNR", "ceiling of R2", "universal", "95 %", "not universal",
    "cannot tell", "nearest rival", "distinguished from it", "its error over the law's",
)  # fmt: skip


def rows(name: str, made: xr.Dataset) -> Iterator[str]:
    flat = made.stack(cell=("sessions", "conditions", "repeats", "snr"))
    for i in range(flat.sizes["cell"]):
        one = flat.isel(cell=i)
        nearest = one["nearest"].item()
        low, high = one["power_interval"].values
        cells = [name, *(f"{part:g}" for part in one["cell"].item()), f"{float(one['ceiling']):.2f}"]
        cells += [f"{float(one['power']):.0%}", f"{low:.0%} to {high:.0%}"]
        cells += [f"{float(one[word]):.0%}" for word in ("missed", "cannot_tell")]
        cells += [nearest, f"{float(one['power_nearest']):.0%}", f"{float(one['ratio'].sel(rival=nearest)):.2f}"]
        yield f"| {' | '.join(cells)} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--designs", nargs="+", choices=list(DESIGNS), default=list(DESIGNS))
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    given.folder.mkdir(parents=True, exist_ok=True)
    print(f"| {' | '.join(HEAD)} |\n{'|---' * len(HEAD)}|", flush=True)
    for name in given.designs:
        path, begun = given.folder / f"{name}.nc", perf_counter()
        if not path.exists():
            nu.save(nu.plan(classes(), **DESIGNS[name]), path)
        print(*rows(name, nu.load(path)), f"{name}: {perf_counter() - begun:.0f} s", sep="\n", flush=True)


if __name__ == "__main__":
    main()
