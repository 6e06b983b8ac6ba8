"""How often the verdict is right: simulated studies of the law's own world and of worlds where it is false.

    python benchmarks/verdict.py run FOLDER [--studies 200] [--worlds universal gain ...] [--snr .05 .3 1]
    python benchmarks/verdict.py table FOLDER

A study is one brain, 16 conditions in four classes, 8 sessions, 8 repeats, 80 spiking neurons; only h is seen, by
crossnobis. The universal law is on trial against five rivals on held-out conditions. `run` keeps what the rule looks
at, a file for every 50 studies, and goes on where it stopped; `table` applies the rule, counts, and writes the rates
that `neurouniv.verdict` tells.
"""

import argparse
import csv
import warnings
from pathlib import Path

import numpy as np
import xarray as xr

import neurouniv as nu
from neurouniv.universality import rates
from neurouniv.universality.decisions import WORDS, decisions
from neurouniv.universality.rates import Rate
from neurouniv.universality.studies import simulated_studies

WORLDS = ("universal", "exponential", "step", "gain", "target", "drift", "static")
SNRS = (0.05, 0.3, 1.0)
RIVALS = ("static", "exponential", "step", "gain", "target")
AT_ONCE = 50
RATES = Path(rates.__file__).with_name(rates.FILE)
DESIGN = {"sessions": 8, "repeats": 8, "neurons": 80}


def classes(count: int = 4, per_class: int = 4, features: int = 8, seed: int = 0) -> xr.Dataset:
    """Stimuli scattered about the means of classes, targets that tell the classes apart."""
    rng = np.random.default_rng(seed)
    means = np.repeat(rng.normal(size=(count, features)), per_class, axis=0)
    stimuli = means + 0.7 * rng.normal(size=means.shape)
    names = [f"c{i:02d}" for i in range(len(means))]
    return nu.tasks.from_arrays(stimuli, np.repeat(np.eye(count), per_class, axis=0), names)


def compared(world: str, snr: float, first: int) -> xr.Dataset:
    traj = simulated_studies(classes(), world, AT_ONCE, seed=first, snr=snr, **DESIGN)
    laws = [nu.UniversalModel(), *(nu.RIVALS[name]() for name in RIVALS)]
    return nu.compare(laws, traj, repeats=1, bootstrap=300, reference="universal").drop_vars("geometry")


def run(folder: Path, worlds: list[str], snrs: list[float], studies: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for first in range(0, studies, AT_ONCE):
        for snr in snrs:
            for world in worlds:
                path = folder / f"{world}_{snr:g}_{first}.nc"
                if not path.exists():
                    nu.save(compared(world, snr, first), path)
                    print(path.name, flush=True)


def counted(folder: Path) -> list[dict]:
    """A row for every world and SNR: what the rule said, each study by itself."""
    found: dict[tuple[float, str], list[xr.Dataset]] = {}
    for path in sorted(folder.glob("*.nc")):
        world, snr, _ = path.stem.split("_")
        found.setdefault((float(snr), world), []).append(nu.load(path))
    rows = []
    for (snr, world), results in sorted(found.items()):
        decision = np.concatenate([decisions(result).values for result in results])
        judged = xr.concat([nu.verdict(result)[["ceiling", "explained"]] for result in results], "study")
        rows.append({
            "snr": snr, "law": "universal", "world": world, "true": int(world == "universal"),
            "conditions": classes().sizes["condition"], "frames": DESIGN["sessions"],
            "ceiling": f"{float(judged.ceiling.mean()):.2f}", "studies": len(decision),
            **{word.replace(" ", "_"): int((decision == word).sum()) for word in WORDS},
            "explained": f"{float(judged.explained.median()):.2f}",
        })  # fmt: skip
    return rows


def table(folder: Path) -> None:
    """Print the rows, and keep what `neurouniv.verdict` tells of them."""
    rows = counted(folder)
    for row in rows:
        print(" | ".join(map(str, row.values())))
    with RATES.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, Rate._fields, extrasaction="ignore", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=("run", "table"))
    parser.add_argument("folder", type=Path)
    parser.add_argument("--worlds", nargs="+", default=list(WORLDS))
    parser.add_argument("--snr", nargs="+", type=float, default=list(SNRS))
    parser.add_argument("--studies", type=int, default=200)
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    if given.what == "run":
        run(given.folder, given.worlds, given.snr, given.studies)
    else:
        table(given.folder)


if __name__ == "__main__":
    main()
