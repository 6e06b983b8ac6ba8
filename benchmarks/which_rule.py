"""Which rule does it learn by? Networks of known rules, and what every rule's law predicts of them.

    python benchmarks/which_rule.py --out DIR [--settings 0 1 2 ...]

Every setting is a task and a network drawn at random (`which_rule_parts.systems`); three networks learn it by each of
nine rules, and worlds without a rule are put beside them. Each is seen whole at 12 frames, in half of the settings at
6, 8 or 20; one network of each rule, and all worlds, through spikes or calcium at one of three signal-to-noise ratios.
"""

import argparse
import warnings
from pathlib import Path
from time import perf_counter

import numpy as np
import xarray as xr
from which_rule_parts.systems import learned, setting
from which_rule_parts.views import held_out, seen_through, whole

FRAMES = 12
RATIOS = (0.1, 0.3, 1.0)


def made(place: int, folder: Path) -> None:
    given, begun = setting(place), perf_counter()
    rules, strengths, patterns = learned(given, FRAMES if place % 4 < 2 else given.frames)
    labels = {"rule": ("system", rules), "strength": ("system", strengths)}
    attrs = {"setting": given.name, "place": place, "conditions": given.task.sizes["condition"]}
    attrs |= {name: value for name, value in given.network.items() if name != "layers"}
    trained = perf_counter() - begun
    _save(
        held_out(whole(given, patterns)), labels, attrs | {"view": "whole", "snr": np.inf}, folder / f"{place}-whole.nc"
    )
    first = [i for i, rule in enumerate(rules) if rule == "none" or rules[:i].count(rule) == 0]
    some = patterns.isel(system=first)
    labels = {name: ("system", [values[i] for i in first]) for name, (_, values) in labels.items()}
    sensor, snr = ("spikes", "calcium")[place % 2], RATIOS[place // 2 % 3]
    noisy = held_out(seen_through(given, some, sensor, snr))
    _save(noisy, labels, attrs | {"view": sensor, "snr": snr}, folder / f"{place}-noisy.nc")
    print(place, given.name, len(rules), f"trained {trained:.0f} s, all {perf_counter() - begun:.0f} s", flush=True)


def _save(table: xr.Dataset, labels: dict, attrs: dict, path: Path) -> None:
    table.assign_coords(labels).assign_attrs(attrs).to_netcdf(path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--settings", type=int, nargs="+", default=list(range(36)))
    asked = parser.parse_args()
    asked.out.mkdir(parents=True, exist_ok=True)
    warnings.simplefilter("ignore")
    for place in asked.settings:
        if not (asked.out / f"{place}-noisy.nc").exists():
            made(place, asked.out)


if __name__ == "__main__":
    main()
