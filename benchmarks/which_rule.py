"""Which rule does it learn by? Networks of known rules, and what every rule's law predicts of them.

    python benchmarks/which_rule.py make DIR [--settings 0 1 2 ...]
    python benchmarks/which_rule.py learn DIR [--keep]

"make" writes a file for every setting and view, and goes on where it was interrupted. "learn" finds the constants of
the conditional logit, prints what it is worth on settings that it has not seen, and with --keep writes them into the
package.

Every setting is a task and a network drawn at random (`which_rule_parts.systems`); three networks learn it by each of
nine rules, and worlds without a rule are put beside them. Each is seen whole at 12 frames, in half of the settings at
6, 8 or 20; one network of each rule, and all worlds, through spikes or calcium at one of three signal-to-noise ratios.
"""

import argparse
import warnings
from pathlib import Path
from time import perf_counter

import numpy as np
import pandas as pd
import xarray as xr
from which_rule_parts import regression
from which_rule_parts.systems import learned, setting
from which_rule_parts.views import held_out, seen_through, whole

FRAMES = 12
RATIOS = (0.1, 0.3, 1.0)
BINS = np.array([0.0, 0.35, 0.55, 0.75, 0.85, 0.95, 1.0001])
KEPT = Path(__file__).parents[1] / "neurouniv" / "which_rule" / "calibration.json"


def made(place: int, folder: Path) -> None:
    given, begun = setting(place), perf_counter()
    rules, strengths, patterns = learned(given, FRAMES if place % 4 < 2 else given.frames)
    labels = {"rule": ("system", rules), "strength": ("system", strengths)}
    attrs = {"setting": given.name, "place": place, "conditions": given.task.sizes["condition"]}
    attrs |= {name: value for name, value in given.network.items() if name != "layers"}
    trained = perf_counter() - begun
    path = folder / f"{place}-whole.nc"
    if not path.exists():
        _save(held_out(whole(given, patterns)), labels, attrs | {"view": "whole", "snr": np.inf}, path)
    first = [i for i, rule in enumerate(rules) if rule == "none" or rules[:i].count(rule) == 0]
    some = patterns.isel(system=first)
    labels = {name: ("system", [values[i] for i in first]) for name, (_, values) in labels.items()}
    sensor, snr = ("spikes", "calcium")[place % 2], RATIOS[place // 2 % 3]
    noisy = held_out(seen_through(given, some, sensor, snr))
    _save(noisy, labels, attrs | {"view": sensor, "snr": snr}, folder / f"{place}-noisy.nc")
    print(place, given.name, len(rules), f"trained {trained:.0f} s, all {perf_counter() - begun:.0f} s", flush=True)


def _save(table: xr.Dataset, labels: dict, attrs: dict, path: Path) -> None:
    table.assign_coords(labels).assign_attrs(attrs).to_netcdf(path)


def learn(folder: Path, keep: bool) -> None:
    seen = regression.movies(folder)
    found = regression.on_other_tasks(seen)
    settings, loss = seen.table["place"].nunique(), regression.log_loss(seen, found)
    print(f"{len(seen.table)} movies of {settings} settings, log loss {loss:.3f}")
    tables = pd.DataFrame({name: regression.summary(seen.among(c), found[c]) for name, c in _kinds(seen).items()}).T
    print(_table(tables.round(3)))
    for name, chosen in _views(seen).items():
        counts = regression.confusion(seen.among(chosen), found[chosen])
        print(f"\n{name}\n\n{_table(pd.DataFrame(counts, regression.names(), regression.names()))}")
    calls = regression.reliability(seen, found, BINS)
    print(f"\n{_table(calls.round(3))}")
    if keep:
        right = {name: round(float(value), 3) for name, value in tables["named"].items()}
        regression.kept(seen, right, KEPT)
        regression.confusions(seen, found, BINS, folder / "confusion.nc")


def _table(frame: pd.DataFrame) -> str:
    rows = [["", *frame.columns], ["---"] * (frame.shape[1] + 1)]
    rows += [[name, *values] for name, values in zip(frame.index, frame.to_numpy().tolist(), strict=True)]
    return "\n".join(f"| {' | '.join(map(str, row))} |" for row in rows)


def _views(seen: regression.Movies) -> dict[str, np.ndarray]:
    view = seen.table["view"].to_numpy()
    return {"seen whole": view == "whole", "through sensors": view != "whole"}


def _kinds(seen: regression.Movies) -> dict[str, np.ndarray]:
    """Which movies (movie,) are of each kind."""
    table, views = seen.table, _views(seen)
    whole, tanh = views["seen whole"], (table["nonlinearity"] == "tanh").to_numpy()
    of_goal = ((table["conditions"] == 16) & (table["frames"] >= 12)).to_numpy()
    kinds = views | {
        "whole, tanh": whole & tanh,
        "whole, tanh, 16 conditions, 12 frames or more": whole & tanh & of_goal,
    }
    kinds |= {"whole, relu": whole & ~tanh}
    for depth in sorted(table["hidden_layers"].unique()):
        kinds[f"whole, {depth} hidden layers"] = whole & (table["hidden_layers"] == depth).to_numpy()
    for count in sorted(table["conditions"].unique()):
        kinds[f"whole, {count} conditions"] = whole & (table["conditions"] == count).to_numpy()
    for snr in RATIOS:
        for sensor in ("spikes", "calcium"):
            kinds[f"{sensor}, snr {snr:g}"] = ((table["view"] == sensor) & np.isclose(table["snr"], snr)).to_numpy()
    return kinds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("task", choices=("make", "learn"))
    parser.add_argument("folder", type=Path)
    parser.add_argument("--settings", type=int, nargs="+", default=list(range(48)))
    parser.add_argument("--keep", action="store_true")
    asked = parser.parse_args()
    warnings.simplefilter("ignore")
    if asked.task == "learn":
        learn(asked.folder, asked.keep)
        return
    asked.folder.mkdir(parents=True, exist_ok=True)
    for place in asked.settings:
        if not (asked.folder / f"{place}-noisy.nc").exists():
            made(place, asked.folder)


if __name__ == "__main__":
    main()
