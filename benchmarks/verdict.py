"""How often the verdict is right, design by design: studies of worlds in which the law is true, and false ones near it.

    python benchmarks/verdict.py run FOLDER [--conditions 8 12 ...] [--sessions 4 6 ...] [--snr .3 1] [--studies 2]
    python benchmarks/verdict.py table FOLDER

A study is one brain, 8 repeats, 80 spiking neurons, one of 12 random tasks; only h is seen, by crossnobis. The
universal law is on trial against five rivals on held-out conditions, by the defaults of `neurouniv.compare` and
`neurouniv.verdict`. `run` keeps what the rule looks at, a file for every design, SNR and task, and goes on where it
stopped; `table` applies the rule, counts, and writes the rates that `neurouniv.verdict` tells. Of false worlds it
counts those in which, in the task at hand and without noise, the law's R2 stays below .95 or a rival is better, as
`roc.py`.
"""

import argparse
import csv
import warnings
from pathlib import Path

import numpy as np
import xarray as xr

import neurouniv as nu
from neurouniv.universality.verdict import error_rates
from neurouniv.universality.verdict.decisions import WORDS, decisions
from neurouniv.universality.verdict.error_rates import Rate

CONDITIONS, SESSIONS, SNRS = (8, 12, 16, 24, 40), (4, 6, 8, 12), (0.3, 1.0)
RIVALS = ("static", "exponential", "step", "gain", "target")
TRUE = ("universal", "true: large start", "true: a start of its own")
FALSE = ("one clock", "gain of every session", "no stimuli in the kernel", "other targets", "exponential", "gain")
RATES = Path(error_rates.__file__).with_name(error_rates.FILE)
DESIGN = {"sessions": 8, "repeats": 8, "neurons": 80}


def classes(count: int = 4, per_class: int = 4, features: int = 8, seed: int = 0) -> xr.Dataset:
    """Stimuli scattered about the means of classes, targets that tell the classes apart."""
    rng = np.random.default_rng(seed)
    means = np.repeat(rng.normal(size=(count, features)), per_class, axis=0)
    stimuli = means + 0.7 * rng.normal(size=means.shape)
    names = [f"c{i:02d}" for i in range(len(means))]
    return nu.tasks.from_arrays(stimuli, np.repeat(np.eye(count), per_class, axis=0), names)


def compared(conditions: int, sessions: int, snr: float, number: int, studies: int) -> xr.Dataset:
    """Every world of one task, as many studies of each, at one design."""
    from roc import brains  # which takes the classes above

    names = [*(name for name in TRUE for _ in range(2)), *FALSE]  # twice as many true ones
    made = brains(names, number, snr, studies, 0, conditions, {"sessions": sessions})
    laws = [nu.UniversalModel(), *(nu.RIVALS[name]() for name in RIVALS)]
    world = made["world"].values
    traj = made.drop_vars("world").assign_coords(study=np.arange(made.sizes["study"]))
    result = nu.compare(laws, traj, resamples=200, reference="universal", seed=number)
    return result.drop_vars("geometry").assign(world=("study", world))


def run(folder: Path, asked: argparse.Namespace) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for number in asked.tasks:
        for conditions in asked.conditions:
            for sessions in asked.sessions:
                for snr in asked.snr:
                    path = folder / f"{conditions}-{sessions}-{snr:g}-{number}.nc"
                    if not path.exists():
                        nu.save(compared(conditions, sessions, snr, number, asked.studies), path)
                        print(path.name, flush=True)


def false_worlds(folder: Path, conditions: int, sessions: int, number: int) -> list[str]:
    """The worlds that are false in this design and task, without noise; those that are rivals on trial are in any."""
    from roc import FALSE as LEAST
    from roc import clean

    path = folder / "clean" / f"{conditions}-{sessions}-{number}.nc"
    if not path.exists():
        path.parent.mkdir(exist_ok=True)
        near = tuple(name for name in FALSE if name not in RIVALS)
        nu.save(clean(number, conditions, sessions, near), path)
    exact = nu.load(path)
    false = exact["world"].values[(exact.clean_r2 < LEAST) | (exact.clean_ratio < 1)]
    return [name for name in FALSE if name in RIVALS or name in false]


def counted(folder: Path) -> list[dict]:
    """A row for every design, SNR and world: what the rule said, each study by itself."""
    found: dict[tuple, list[xr.Dataset]] = {}
    for path in folder.glob("*-*.nc"):
        conditions, sessions, snr, number = path.stem.split("-")
        result = nu.load(path)
        judged = nu.verdict(result)[["ceiling", "explained"]].drop_vars("law", errors="ignore")
        judged["decision"] = decisions(result)
        judged["world"] = result["world"]
        told = {*TRUE, *false_worlds(folder, int(conditions), int(sessions), int(number))}
        judged = judged.isel(study=np.flatnonzero(np.isin(judged["world"], list(told))))
        found.setdefault((int(conditions), int(sessions), float(snr)), []).append(judged.reset_coords(drop=True))
    rows = []
    for (conditions, sessions, snr), parts in sorted(found.items()):
        made = xr.concat(parts, "study")
        ceiling = float(made["ceiling"].values[np.isin(made["world"], TRUE)].mean())
        for world in np.unique(made["world"]):
            one = made.isel(study=np.flatnonzero(made["world"].values == world))
            said = one["decision"].values
            rows.append({
                "snr": snr, "law": "universal", "world": world, "true": int(world in TRUE), "conditions": conditions,
                "frames": sessions, "ceiling": f"{ceiling:.2f}", "studies": len(said),
                **{word.replace(" ", "_"): int((said == word).sum()) for word in WORDS},
                "explained": f"{float(one.explained.median()):.2f}",
            })  # fmt: skip
    return rows


def table(folder: Path) -> None:
    """Print the rows, and keep what `neurouniv.verdict` tells of them."""
    rows = counted(folder)
    for row in rows:
        print(" | ".join(map(str, row.values())))
    keep(rows)


def keep(rows: list[dict]) -> None:
    """Write the rates that `neurouniv.verdict` tells; those of other designs stay."""
    designs = {(row["conditions"], row["frames"]) for row in rows}
    others = [rate._asdict() | {"true": int(rate.true)} for rate in error_rates.measured()]
    others = [one for one in others if (one["conditions"], one["frames"]) not in designs]
    with RATES.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, Rate._fields, extrasaction="ignore", lineterminator="\n")
        writer.writeheader()
        writer.writerows([*others, *rows])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=("run", "table"))
    parser.add_argument("folder", type=Path)
    parser.add_argument("--conditions", nargs="+", type=int, default=list(CONDITIONS))
    parser.add_argument("--sessions", nargs="+", type=int, default=list(SESSIONS))
    parser.add_argument("--snr", nargs="+", type=float, default=list(SNRS))
    parser.add_argument("--tasks", nargs="+", type=int, default=list(range(12)))
    parser.add_argument("--studies", type=int, default=2)
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    if given.what == "run":
        run(given.folder, given)
    else:
        table(given.folder)


if __name__ == "__main__":
    main()
