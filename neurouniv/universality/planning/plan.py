"""How many sessions, conditions and repeats it takes to tell a law from its rivals."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Sequence
from inspect import signature
from typing import Any

import numpy as np
import xarray as xr

from neurouniv.laws import COMPARED, LAWS
from neurouniv.names import listed_names, need_known
from neurouniv.progress import progress_bar
from neurouniv.quantities import is_whole, shown
from neurouniv.renamed import renamed
from neurouniv.schema import InputError, NeurounivWarning, check_task, with_history
from neurouniv.statement import sealed
from neurouniv.systems.brains.worlds import World, world_of
from neurouniv.universality.compare import compare
from neurouniv.universality.planning import plan_report, study_designs
from neurouniv.universality.planning.simulated_studies import at_one_latency, simulated_studies
from neurouniv.universality.rivals import identities, rivals_among
from neurouniv.universality.verdict.decisions import decisions, shares
from neurouniv.universality.verdict.rule import CANNOT_TELL, DESCRIBED, NOT_DESCRIBED, SHARE, need_levels

RUNS = 4
"""Trials are split into so many runs where there are enough; the variance of distances needs three."""
OF_BRAINS = ("runs", "turnover", "drift", "rate_gain", "baseline", "window", "width")
"""Settings of `neurouniv.simulate_brain` that matter to a brain in a world whose snr is given."""


@renamed(bootstrap="resamples")
def plan(
    task: xr.Dataset,
    *,
    law: str | World = "universal",
    sessions: Sequence[int] = (5, 8, 12),
    conditions: Sequence[Any] | int | None = None,
    repeats: Sequence[int] = (4, 8, 16),
    neurons: int = 80,
    snr: float | Sequence[float] = 0.2,
    sensors: Any = "spikes",
    subjects: int = 1,
    studies: int = 40,
    power: float = 0.8,
    rivals: Iterable[str] = COMPARED,
    rough: bool = False,
    resamples: int = 300,
    alpha: float = 0.05,
    share: float = SHARE,
    seed: int = 0,
    progress: bool | None = None,
    **settings: Any,
) -> xr.Dataset:
    """Simulate studies of every design in which `law` is true, and count how often the verdict says described.

    A study is `subjects` brains in which the law holds exactly, recorded and turned to crossnobis distances; laws are
    compared on held-out conditions as by `neurouniv.compare`, and the verdict is that of `neurouniv.verdict`.

    Parameters
    ----------
    task : `stimuli` (condition, feature), `targets` (condition, output), as the animal will learn it.
    law : the world that is simulated and the law on trial in it: "universal", "pairwise", a rival's name that is also
        a world, or a World with constants of its own (how soon it learns, how much distances grow).
    sessions, repeats, conditions, snr : the designs, every combination: recording sessions (at least 3), trials of a
        condition in a session (at least 3), numbers of the task's conditions (spread over its targets) or lists of
        their names (default: all), and signal to noise of a trial as `neurouniv.estimate_snr` measures it.
    neurons, sensors : see `neurouniv.simulate_brain`. Sensors that give several latencies are read at the one where
        distances grow most.
    subjects : brains in a study; with two or more the verdict generalises over them.
    studies : simulated for every design.
    power : the share of studies in which a sufficient design says described.
    rivals : names in `neurouniv.RIVALS`.
    rough : leave out designs with at least as much of everything as one that suffices. They are NaN.
    resamples, alpha, share : of the comparison and the verdict.
    seed : of brains, and of which conditions are chosen. Designs share brains' seeds.
    progress : show a progress bar; default at a terminal, where the work is long.
    settings : further ones of `neurouniv.simulate_brain`: runs, turnover, drift, rate_gain, baseline, window, width.

    Returns
    -------
    Dataset over the designs (sessions, conditions, repeats[, snr, where several came]): `power`, the share of studies
    called described, `missed`, that of not described, and `cannot_tell`, each with a 95 % `..._interval` (Wilson);
    `told` (rival, ...), the share in which the law predicts better than that rival with p < `alpha`, whatever the
    others do, and `ratio`, that rival's error over the law's, the median; `nearest`, the rival for which `told` is
    least (of several, that with the smallest error), and `power_nearest`, that share; `ceiling`, the median noise
    ceiling of R2; `trials`, how many a study has in all. Attribute `text`: the smallest design that suffices, or how
    power grows, and the table of all.

    Raises
    ------
    InputError : a design that cannot be simulated or compared, or a law that is not both a world and a law.

    Examples
    --------
    >>> import neurouniv as nu
    >>> task, few = nu.tasks.digits(per_class=1), {"sessions": [4], "repeats": [4], "neurons": 40, "studies": 3}
    >>> found = plan(task, law="gain", snr=8.0, rivals=["static"], **few)
    >>> found.power.dims, found.power.item(), str(found.nearest.item())
    (('sessions', 'conditions', 'repeats'), 1.0, 'static')

    Time: with the universal law and five rivals about 2 s a study of 12 to 20 conditions on one core, so that the
    nine designs of the default, 40 studies each, take about a quarter of an hour; `studies=10, rough=True` is a first
    look of a few minutes. Laws in closed form take a tenth of it.
    """
    need_known("plan", settings, [*(name for name in signature(plan).parameters if name != "settings"), *OF_BRAINS])
    task, world = check_task(task), world_of(law)
    laws = _laws(world.name, listed_names(rivals, "rivals"))
    axes, subsets = study_designs.axes(task, sessions, conditions, repeats, snr, seed)
    study_designs.need_counts(studies, subjects, power)
    if not is_whole(resamples) or resamples < 2:
        raise InputError(f"resamples is at least 2, since verdicts rest on them; got {shown(resamples)}.")
    need_levels(alpha, share)
    common = {"neurons": neurons, "sensors": sensors, **settings}
    verdict_settings: dict[str, Any] = {"resamples": resamples, "alpha": alpha, "share": share, "seed": seed}
    designs: list[xr.Dataset] = []
    with progress_bar(int(np.prod([len(v) for v in axes.values()])), "designs", progress) as bar:
        for cell in study_designs.cheapest_first(axes):
            if not (rough and study_designs.dominated(cell, designs, power)):
                part = task.sel(condition=subsets[cell["conditions"]])
                traj = _simulated_trajectories(part, world, cell, studies, subjects, seed, common)
                designs.append(_powers(traj, laws, **verdict_settings).assign_coords(cell))
            bar.update()
    table = study_designs.table_of_designs(designs, axes, subjects, studies)
    table = table if np.ndim(snr) else table.isel(snr=0)
    table = table.assign_attrs(law=world.name, asked=power, studies=studies, subjects=subjects)
    table = table.assign_attrs(text=plan_report.text(table))
    record = {"law": str(world), "rivals": list(laws)[1:], "studies": studies, "subjects": subjects, "power": power}
    record |= {name: list(map(str, values)) for name, values in axes.items()} | verdict_settings | {"neurons": neurons}
    return sealed(with_history(table, "plan", task, **record, sensors=str(sensors), **settings))


def _laws(name: str, rivals: list[str]) -> dict[str, Any]:
    """The law on trial, first, and its rivals."""
    unknown = [rival for rival in rivals if rival not in LAWS]
    if name not in LAWS or unknown:
        raise InputError(
            f"plan needs a law that is both a world and a law, and rivals that are laws, {list(LAWS)}; got "
            f"law={name!r} and rivals={rivals}."
        )
    rest = rivals_among(identities({law: LAWS[law] for law in (name, *rivals)}), name)
    if not rest:
        raise InputError(f"plan needs a rival that differs from the {name} law; got {rivals}.")
    return {law: LAWS[law]() for law in (name, *rest)}


def _simulated_trajectories(
    task: xr.Dataset, world: World, cell: dict[str, Any], studies: int, subjects: int, seed: int, common: dict[str, Any]
) -> xr.Dataset:
    """Trajectories (study[, subject], time, pair) of one design."""
    runs = {"runs": min(RUNS, cell["repeats"])}
    design = {**runs, **common, **{name: cell[name] for name in ("sessions", "repeats", "snr")}}
    studies_drawn = simulated_studies(task, world, studies * subjects, seed=seed, progress=False, **design)
    studies_drawn = at_one_latency(studies_drawn)
    if subjects == 1:
        return studies_drawn
    labels = {"study": np.arange(studies), "subject": np.arange(subjects)}
    by_brain = studies_drawn.drop_vars("study").rename(study="_brain").assign_coords(
        study=("_brain", np.repeat(labels["study"], subjects)), subject=("_brain", np.tile(labels["subject"], studies))
    )  # fmt: skip
    return by_brain.set_index(_brain=["study", "subject"]).unstack("_brain")


def _powers(traj: xr.Dataset, laws: dict[str, Any], resamples: int, alpha: float, share: float, seed: int) -> Any:
    """What the verdict says of the studies of one design, and which rivals the law is told from."""
    law = next(iter(laws))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NeurounivWarning)  # how often rules err with so few data is measured here
        result = compare(laws, traj, resamples=resamples, reference=law, seed=seed, progress=False)
    decision_shares = shares(decisions(result, alpha, share))
    rival_scores = result.sel(law=[name for name in laws if name != law])
    told = (
        ((rival_scores["error_ratio"] > 1) & (rival_scores["error_ratio_p"] < alpha)).mean("study").rename(law="rival")
    )
    ratio = rival_scores["error_ratio"].median("study").rename(law="rival")
    return xr.Dataset(
        {
            "power": decision_shares.sel(verdict=DESCRIBED, drop=True),
            "missed": decision_shares.sel(verdict=NOT_DESCRIBED, drop=True),
            "cannot_tell": decision_shares.sel(verdict=CANNOT_TELL, drop=True),
            "told": told,
            "ratio": ratio,
            "nearest": study_designs.hardest_rival(told, ratio),
            "power_nearest": told.min("rival"),
            "ceiling": result["dynamics_ceiling"].sel(bound="upper", drop=True).median(),
        }
    )
