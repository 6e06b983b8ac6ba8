"""Which rule of decision errs least: candidates on studies of worlds in which the law is true, false, or nearly true.

    python benchmarks/roc.py run FOLDER [--studies 2] [--snr .3 1] [--tasks 0 1 ...]    # 2 s a study on one core
    python benchmarks/roc.py clean FOLDER    # how well the law does in every world without noise
    python benchmarks/roc.py table FOLDER

A study is one brain, 16 conditions of one of 12 random tasks, 8 sessions, 8 repeats, 80 spiking neurons; only h is
seen, by crossnobis. The universal law, five rivals and the free mixtures predict held-out conditions (2 folds, 2
partitions).
`run` keeps the predictions, a file for every task and SNR, and goes on where it stopped; `table` applies rules.
"""

import argparse
import warnings
from pathlib import Path

import numpy as np
import xarray as xr
from near_worlds import NEAR, TRUE, Exposure
from tqdm import tqdm
from verdict import DESIGN, RIVALS, classes, keep

import neurouniv as nu
from neurouniv.laws.mixture import MixtureModel
from neurouniv.rdm.classes import class_mean_distances, named_classes
from neurouniv.systems.brains.worlds import WORLDS
from neurouniv.systems.brains.worlds.world import geometry
from neurouniv.universality.held_out.predictions import Prediction, predictions
from neurouniv.universality.held_out.splits import Part, partition
from neurouniv.universality.inference.differences import differences
from neurouniv.universality.inference.own_r2 import p_below
from neurouniv.universality.planning.simulated_studies import simulated_studies
from neurouniv.universality.scores.dynamics import after_start, r2, r2_of_change
from neurouniv.universality.scores.noise_ceiling import change_ceiling, dynamics_ceiling

CONDITIONS, TASKS = 16, 12
OLD = ("exponential", "gain")
FORMS = ("free", "non-negative", "ridge")
FOLDS, PARTITIONS = 2, 2
CLEAN = "clean.nc"
NEAR_TRUE, FALSE, CHOSEN = 0.97, 0.95, "each, R2 0.97, change not missed"
HEAD = ("world", "without noise: R2, of change", "nearly true", "SNR", "described", "R2, change over ceiling")
HEAD += ("nearest, ratio", "mixture better")
SCORES = ("r2", "ceiling"), ("change", "change_ceiling")
GIVEN = ("world", "task", "snr")
TRUTHS = [*(world.name for world in TRUE), "true: large start"]


def worlds() -> dict:
    return {world.name if world.growth == 10 else "true: large start": world for world in (*TRUE, *NEAR)} | {
        name: WORLDS[name]() for name in OLD
    }


def task(number: int, conditions: int = CONDITIONS) -> xr.Dataset:
    """Random tasks: targets in four, two or eight classes, of every condition's own, a tree, or a ring."""
    rng = np.random.default_rng(100 + number)
    stimuli = rng.normal(size=(conditions, 8))
    names = [f"c{i:02d}" for i in range(conditions)]
    kind = number % 6
    if kind < 3:
        count = (4, conditions // 2, 2)[kind]
        return classes(count, conditions // count, seed=100 + number)
    if kind == 3:
        targets = rng.normal(size=(conditions, 3))
    elif kind == 4:
        digits = (np.arange(conditions)[:, None] >> np.arange(3)) & 1
        targets = digits * np.array([1.0, 0.6, 0.4])
        stimuli = stimuli + digits @ rng.normal(size=(3, 8))
    else:
        angle = 2 * np.pi * np.arange(conditions) / conditions
        targets = np.stack([np.cos(angle), np.sin(angle)], axis=1)
        stimuli = stimuli + 1.5 * targets @ rng.normal(size=(2, 8))
    return nu.tasks.from_arrays(stimuli, targets, names)


def laws(exposure: np.ndarray | None) -> dict:
    mixed = {f"mixture, {form}": MixtureModel(weights=form) for form in FORMS}
    return {"universal": nu.UniversalModel(exposure=exposure)} | {n: nu.RIVALS[n]() for n in RIVALS} | mixed


def brains(names: list[str], number: int, snr: float, studies: int, first: int, conditions: int, design: dict):
    """Trajectories (study, time, pair) of all worlds, `world` (study) of each."""
    made = []
    for place, name in enumerate(names):
        settings = DESIGN | design | {"snr": snr, "seed": 100_000 * number + 1000 * place + first}
        one = simulated_studies(task(number, conditions), worlds()[name], studies, **settings)
        made.append(one.drop_attrs().assign_coords(world=("study", [name] * studies)))
    return xr.concat(made, "study", data_vars=["h", "h_var"], coords="minimal", compat="override")


def predicted(
    names: list[str], number: int, snr: float, studies: int, first: int = 0, conditions: int = CONDITIONS, **design
) -> xr.Dataset:
    """What every law expects of the held-out pairs of all folds (law, study, time, pair), and what was seen."""
    traj = brains(names, number, snr, studies, first, conditions, design)
    means = class_mean_distances(traj)
    traj = traj if means is None else traj.assign_coords(class_means=("pair", means))
    parts = partition(traj, "conditions", FOLDS, PARTITIONS, 0.5, number)
    exposure = Exposure.often(conditions) if Exposure.name in names else None
    found = {law: predictions(one, parts, tqdm(disable=True)) for law, one in laws(exposure).items()}
    told = [part.test[["h", "h_var"]].drop_vars(["dx2", "dy2", "class_means"], errors="ignore") for part in parts]
    told = xr.concat(told, "pair", data_vars=["h", "h_var"], coords="minimal", compat="override")
    expected = [xr.concat([one.h.reset_coords(drop=True) for one in law], "pair") for law in found.values()]
    told["expected"] = xr.concat(expected, xr.Variable("law", list(found))).drop_vars(
        ["time", "study"], errors="ignore"
    )
    told["fold"] = ("pair", np.repeat(np.arange(len(parts)), [part.test.sizes["pair"] for part in parts]))
    given = {
        "task": ("study", np.full(traj.sizes["study"], number)),
        "snr": ("study", np.full(traj.sizes["study"], snr)),
    }
    return told.drop_attrs().assign_coords(given)


def run(folder: Path, snrs: list[float], numbers: list[int], studies: int, first: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    names = list(worlds())
    alike = {"all": [name for name in names if name != Exposure.name], "exposure": [Exposure.name]}
    for number in numbers:
        for snr in snrs:
            for label, group in alike.items():
                path = folder / f"{label}-{number}-{snr:g}-{first}.nc"
                if not path.exists():
                    predicted(group, number, snr, studies, first).astype("float32").to_netcdf(path)
                    print(path.name, flush=True)


def clean(
    number: int, conditions: int = CONDITIONS, sessions: int = DESIGN["sessions"], names: tuple[str, ...] = ()
) -> xr.Dataset:
    """Without noise: the law's R2 of held-out conditions in all worlds or those of `names`, and the nearest rival's
    error over its."""
    made = task(number, conditions)
    rng, time = np.random.default_rng(number), np.arange(float(sessions))
    tried = {name: world for name, world in worlds().items() if name in (names or worlds())}
    paths = [world.path(geometry(made), time, 1.0, rng).h for world in tried.values()]
    example = brains(["gain"], number, 1.0, 1, 0, conditions, {"sessions": sessions}).isel(study=0, drop=True)
    traj = example.drop_vars(["h_var", "world"], errors="ignore")
    traj = traj.assign(h=(("study", "time", "pair"), np.stack(paths))).assign_coords(study=list(tried))
    groups = [(traj.drop_sel(study=Exposure.name, errors="ignore"), None)]
    if Exposure.name in tried:
        groups.append((traj.sel(study=[Exposure.name]), Exposure.often(conditions)))
    found = []
    for some, exposure in groups:
        laws_on_trial = {name: law for name, law in laws(exposure).items() if not name.startswith("mixture")}
        found.append(nu.compare(laws_on_trial, some, folds=FOLDS, partitions=PARTITIONS, seed=number))
    result = xr.concat([one[["dynamics", "change", "dynamics_error"]] for one in found], "study")
    error = result["dynamics_error"]
    ratio = error.sel(law=list(RIVALS)).min("law") / error.sel(law="universal")
    scores = {"clean_r2": result["dynamics"], "clean_change": result["change"]}
    scores = {name: one.sel(law="universal", drop=True) for name, one in scores.items()}
    return xr.Dataset(scores | {"clean_ratio": ratio}).rename(study="world").assign_coords(task=number)


def parts_of(kept: xr.Dataset, partitions: int) -> tuple[list[Part], dict[str, list[Prediction]]]:
    """The folds of the first partitions, and what every law expected of them; with two, one is the other's training."""
    cuts = [kept.isel(pair=np.flatnonzero(kept["fold"].values == fold)) for fold in range(FOLDS * partitions)]
    tests = [cut[["h", "h_var"]].astype(float) for cut in cuts]
    parts = [Part(tests[fold ^ 1], test, test, test) for fold, test in enumerate(tests)]
    found = [cut["expected"].astype(float) for cut in cuts]
    return parts, {
        str(law): [Prediction(one.sel(law=law, drop=True), xr.Dataset(), None) for one in found]
        for law in kept["law"].values
    }


def judged(kept: xr.Dataset, partitions: int = PARTITIONS) -> xr.Dataset:
    """What rules look at (study): R2 and its ceiling, of movie and change, and errors of rivals with their p."""
    parts, expected = parts_of(kept, partitions)
    number = int(kept["task"].values[0])
    classed = named_classes(brains(["gain"], number, 1.0, 1, 0, CONDITIONS, {}))
    apart = differences(parts, expected, reference="universal", resamples=200, classes=classed)
    late = [after_start(part.test, part.given) for part in parts]
    seen = xr.concat([one[["h", "h_var"]] for one in late], "pair", coords="minimal", compat="override")
    own = [after_start(one.h, part.given) for one, part in zip(expected["universal"], parts, strict=True)]
    own = xr.concat(own, "pair", coords="minimal", compat="override")
    made = apart[["error_ratio", "error_ratio_p"]].rename(error_ratio="ratio", error_ratio_p="p")
    made["r2"], made["change"] = r2(seen["h"], own), r2_of_change(seen["h"], own)
    for name, found in (("ceiling", dynamics_ceiling(seen)), ("change_ceiling", change_ceiling(seen))):
        made[name] = found.sel(bound="upper", drop=True)
    made["repetition"] = dynamics_ceiling(seen).sel(bound="lower", drop=True)
    for name in ("dynamics_log_error", "dynamics_freedom", "change_log_error", "change_freedom"):
        made[name] = apart[name].sel(law="universal", drop=True)
    made["misfit"] = ((seen["h"] - own) ** 2).mean(("time", "pair")) / seen["h_var"].mean(("time", "pair"))
    return made.drop_vars("bound", errors="ignore").assign_coords(study=np.arange(made.sizes["study"]))


def gathered(folder: Path, partitions: int = PARTITIONS) -> xr.Dataset:
    """All studies (study) with their world, task and SNR."""
    found = []
    for path in sorted(folder.glob("*-*.nc")):
        kept = xr.load_dataset(path)
        found.append(judged(kept, partitions).assign({name: ("study", kept[name].values) for name in GIVEN}))
    return xr.concat(found, "study", coords="minimal", compat="override")


def rules(made: xr.Dataset) -> dict[str, np.ndarray]:
    """What every candidate says of every study: whether the law describes it."""
    rivals = made.sel(law=list(RIVALS))
    better = ((rivals["ratio"] < 1) & (rivals["p"] < 0.05 / len(RIVALS))).any("law")
    beats = {name: ((rivals["ratio"] > 1) & (rivals["p"] < level)).all("law") & ~better for name, level in
             (("corrected", 0.05 / len(RIVALS)), ("each", 0.05))}  # fmt: skip
    reached, changed = made["r2"] / made["ceiling"], made["change"] / made["change_ceiling"]
    mixed = made.sel(law=[f"mixture, {form}" for form in FORMS])
    worse = ((mixed["ratio"] < 1) & (mixed["p"] < 0.05 / len(FORMS))).any("law")
    missed = p_below(made, 0.75 * made["change_ceiling"], "change") < 0.025
    real = made["repetition"] > 0
    found = {}
    for name, beat in beats.items():
        for share in (0.9, 0.95, 0.97, 0.98):
            found[f"{name}, R2 {share:g}"] = beat & (reached >= share) & real
        for share in (0.75, 0.85, 0.9):
            found[f"{name}, change {share:g}"] = beat & (changed >= share) & real
            found[f"{name}, R2 0.97, change {share:g}"] = beat & (reached >= 0.97) & (changed >= share) & real
        found[f"{name}, R2 0.97, change not missed"] = beat & (reached >= 0.97) & ~missed & real
        found[f"{name}, R2 0.97, no mixture better"] = beat & (reached >= 0.97) & ~worse & real
        found[f"{name}, R2 0.9, misfit 1.4"] = beat & (reached >= 0.9) & (made["misfit"] < 1.4) & real
    return {name: one.values for name, one in found.items()}


def table(folder: Path, partitions: int = PARTITIONS) -> None:
    """Shares of studies in which every rule says "described", of true, false and nearly true worlds.

    False is a world of a task in which, without noise, the law's R2 stays below `FALSE` or a rival does better; nearly
    true one in which R2 reaches `NEAR_TRUE`, so that the share that is asked for is reached; the others lie between.
    """
    made, known = gathered(folder, partitions), xr.load_dataset(folder / CLEAN)
    made = made.isel(study=np.flatnonzero(np.isin(made["world"], known["world"])))
    world, snr = made["world"].values, made["snr"].values
    place = {"task": made["task"].astype(int), "world": made["world"]}
    r2, ratio = (known[name].sel(place).values for name in ("clean_r2", "clean_ratio"))
    true = np.array([name in TRUTHS for name in world])
    near, false = ~true & (r2 >= NEAR_TRUE) & (ratio > 1), ~true & ((r2 < FALSE) | (ratio < 1))
    groups = {"true": true, "false": false, "between": ~(true | near | false), "nearly true": near}
    levels = np.unique(snr)
    print(f"| rule | {' | '.join(f'{group}, SNR {level:g}' for level in levels for group in groups)} |")
    for name, said in rules(made).items():
        cells = [_share(said[(snr == level) & group]) for level in levels for group in groups.values()]
        print(f"| {name} | {' | '.join(cells)} |")
    said = rules(made)[CHOSEN]
    keep(counted(made, said, true, false))
    print(f"\n| {' | '.join(HEAD)} |")
    for name in sorted(np.unique(world), key=lambda one: (one not in TRUTHS, one)):
        for level in levels:
            here = (world == name) & (snr == level)
            one = made.isel(study=np.flatnonzero(here))
            rivals = one["ratio"].sel(law=list(RIVALS))
            mixed = one.sel(law=[f"mixture, {form}" for form in FORMS])
            better = float(((mixed["ratio"] < 1) & (mixed["p"] < 0.05 / len(FORMS))).any("law").mean())
            exact = known.sel(world=name)
            cells = [name, f"{float(exact.clean_r2.median()):.3f}, {float(exact.clean_change.median()):.3f}"]
            cells += [f"{near[here].mean():.2f}", f"{level:g}", _share(said[here])]
            cells.append(", ".join(f"{float((one[of] / one[most]).median()):.3f}" for of, most in SCORES))
            cells += [f"{rivals.median('study').idxmin('law').item()} {float(rivals.min('law').median()):.2f}"]
            print(f"| {' | '.join([*cells, f'{better:.2f}'])} |")


def counted(made: xr.Dataset, said: np.ndarray, true: np.ndarray, false: np.ndarray) -> list[dict]:
    """A row for every world and SNR of the chosen rule's words, of studies in which the law is true, or false."""
    rivals = made.sel(law=list(RIVALS))
    against = ((rivals["ratio"] < 1) & (rivals["p"] < 0.05 / len(RIVALS))).any("law")
    r2 = made.rename(r2="dynamics")
    against |= (p_below(r2, 0.97 * made["ceiling"]) < 0.025) | (
        p_below(made, 0.75 * made["change_ceiling"], "change") < 0.025
    )
    against = (against & (made["repetition"] > 0)).values
    rows = []
    for level in np.unique(made["snr"]):
        ceiling = float(made["ceiling"].values[(made["snr"].values == level) & true].mean())
        for name in np.unique(made["world"]):
            here = (made["world"].values == name) & (made["snr"].values == level) & (true | false)
            if here.any():
                described, turned_down = int(said[here].sum()), int(against[here].sum())
                words = {"described": described, "not_described": turned_down}
                words["cannot_tell"] = int(here.sum()) - described - turned_down
                rows.append({
                    "law": "universal", "world": name, "true": int(true[here].all()), "conditions": CONDITIONS,
                    "frames": DESIGN["sessions"], "studies": int(here.sum()), **words,
                    "ceiling": f"{ceiling:.2f}",
                })  # fmt: skip
    return rows


def _share(said: np.ndarray) -> str:
    return f"{said.sum()}/{said.size}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=("clean", "run", "table"))
    parser.add_argument("folder", type=Path)
    parser.add_argument("--studies", type=int, default=2)
    parser.add_argument("--snr", nargs="+", type=float, default=[0.3, 1.0])
    parser.add_argument("--tasks", nargs="+", type=int, default=list(range(TASKS)))
    parser.add_argument("--first", type=int, default=0, help="of the seeds, for more studies")
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    if given.what == "clean":
        given.folder.mkdir(parents=True, exist_ok=True)
        xr.concat([clean(number) for number in given.tasks], "task").to_netcdf(given.folder / CLEAN)
    elif given.what == "run":
        run(given.folder, given.snr, given.tasks, given.studies, given.first)
    else:
        table(given.folder)


if __name__ == "__main__":
    main()
