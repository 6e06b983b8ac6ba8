"""How many sessions, conditions and repeats it takes to name the learning rule."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Sequence
from inspect import signature
from typing import Any

import numpy as np
import xarray as xr

from neurouniv.names import listed_names, need_known
from neurouniv.progress import progress_bar
from neurouniv.quantities import need_whole
from neurouniv.rdm.movie.trajectory import trajectory
from neurouniv.schema import InputError, NeurounivWarning, check_task, with_history
from neurouniv.statement import sealed
from neurouniv.systems.brains.design import Design
from neurouniv.systems.brains.record import record_patterns
from neurouniv.systems.brains.sensors import sensor_of
from neurouniv.universality.planning import study_designs
from neurouniv.universality.planning.plan import RUNS
from neurouniv.universality.planning.simulated_studies import at_one_latency
from neurouniv.which_rule import plan_text
from neurouniv.which_rule.answer import alike, best, need_level
from neurouniv.which_rule.calibration import probability
from neurouniv.which_rule.candidates import RULES, chosen, laws_of
from neurouniv.which_rule.evidence import Evidence
from neurouniv.which_rule.learners import Network, known, trained, while_learning
from neurouniv.which_rule.rules import FEWEST_CONDITIONS, FEWEST_TIMES

LEARNERS = ("backprop", "feedback_alignment", "lazy")
RATE_GAIN, WINDOW = 10.0, 1.0
"""Neurons as `neurouniv.simulate_brain` has them."""
OF_RECORDINGS = ("runs", "turnover", "drift")
"""Settings of `record_patterns` that matter to a recording whose snr is given."""


def plan_rules(
    task: xr.Dataset,
    rules: Iterable[str] = LEARNERS,
    *,
    sessions: Sequence[int] = (5, 8, 12),
    conditions: Sequence[Any] | int | None = None,
    repeats: Sequence[int] = (4, 8, 16),
    neurons: int = 80,
    snr: float | Sequence[float] = 0.2,
    sensors: Any = "spikes",
    subjects: int = 1,
    studies: int = 10,
    power: float = 0.8,
    among: Iterable[str] | None = None,
    rough: bool = False,
    level: float = 0.9,
    width: int = 120,
    gain: float = 0.3,
    nonlinearity: str = "tanh",
    epochs: int = 2000,
    seed: int = 0,
    progress: bool | None = None,
    **settings: Any,
) -> xr.Dataset:
    """Simulate studies of brains that learn by each of `rules`, and count how often `neurouniv.rules` names the rule.

    Brains are networks of one hidden layer, each trained once at the smallest learning rate that is fast enough, and
    recorded anew in every design, in sessions at equal steps of the time in which it learns: until 5 % of its loss is
    left, and half as long again.

    Parameters
    ----------
    task : `stimuli` (condition, feature), `targets` (condition, output), as the animal will learn it.
    rules : the rules of the brains, some of the nine that `neurouniv.rules` has probabilities for.
    sessions, conditions, repeats, snr : the designs, every combination, see `neurouniv.plan`; at least 4 sessions and 6
        conditions.
    neurons, sensors : see `neurouniv.simulate_brain`; at least `neurons` units learn.
    subjects : brains in a study, all of one rule.
    studies : simulated for every design and rule.
    power : the share of studies in which a sufficient design names the rule, whichever of `rules` it is.
    among : the rules that are possible to whoever judges, as `rules` of `neurouniv.rules`; default all nine.
    rough : leave out designs with at least as much of everything as one that suffices. They are NaN.
    level : a rule is named alone where it is at least so probable.
    width, gain, nonlinearity, epochs : of the networks, see `neurouniv.train`.
    seed : of networks, recordings, and which conditions are chosen. Designs share networks.
    progress : show a progress bar; default at a terminal, where the work is long.
    settings : further ones of `neurouniv.systems.brains.record_patterns`: runs, turnover, drift.

    Returns
    -------
    Dataset over `truth`, the true rule, and the designs (sessions, conditions, repeats[, snr, where several came]):
    `right`, the share of studies in which the rule is the most probable, `alone`, in which it is named alone, and
    `inside`, in which it is among those that are not separated, each with a 95 % `..._interval` (Wilson); `most`
    (truth, rule, ...), the share in which every rule, or none, is the most probable. Over the designs, `power`, the
    least `right` of all rules, with `power_interval`, `weakest`, that rule, and `trials`, how many a study has in all.
    `learned` (conditions, truth), the share of brains that learned the task: the others are counted too. Attribute
    `text`: the smallest design that suffices, for all rules and for each, and the table of all.

    Raises
    ------
    InputError : rules without probabilities, a design that cannot be simulated or judged, or networks that diverge.

    Examples
    --------
    >>> import neurouniv as nu
    >>> few = {"sessions": [4], "conditions": 6, "repeats": [4], "neurons": 20, "epochs": 300, "studies": 1}
    >>> found = plan_rules(nu.tasks.digits(per_class=1), ["backprop", "lazy"], snr=8.0, **few)
    >>> found.right.dims, round(float(found.most.sum("rule").min()), 9)
    (('truth', 'sessions', 'conditions', 'repeats'), 1.0)

    Time: a design of three rules, 10 studies each and 16 conditions in 8 sessions takes some minutes on one core, for
    fourteen laws are fitted to every study; try few designs first.
    """
    own = [name for name in signature(plan_rules).parameters if name != "settings"]
    need_known("plan_rules", settings, [*own, *OF_RECORDINGS])
    for name, count in {"neurons": neurons, "width": width, "epochs": epochs}.items():
        need_whole(count, name)
    task, learners = check_task(task), known(listed_names(rules, "rules"))
    names = list(RULES) if among is None else chosen(among, task)
    axes, subsets = study_designs.axes(task, sessions, conditions, repeats, snr, seed)
    _need_counts(axes, learners, names, level)
    study_designs.need_counts(studies, subjects, power)
    network = Network(max(width, neurons), gain, nonlinearity, epochs)
    brains = range(seed, seed + studies * subjects)
    designs: list[xr.Dataset] = []
    cells = list(study_designs.cheapest_first(axes))
    _need_designs(cells, neurons, sensors, settings)
    with progress_bar(len(subsets) * len(learners) + len(cells), "networks, designs", progress) as bar:
        populations: dict[int, list[xr.Dataset]] = {count: [] for count in subsets}
        for count, rule in ((count, rule) for count in subsets for rule in learners):
            populations[count].append(trained(task.sel(condition=subsets[count]), rule, network, brains))
            bar.update()
        design: dict[str, Any] = {"channels": neurons, "sensors": sensors, **_above_zero(populations), **settings}
        for cell in cells:
            if not (rough and study_designs.dominated(cell, designs, power)):
                part = task.sel(condition=subsets[cell["conditions"]])
                traj = _studies(part, populations[cell["conditions"]], learners, cell, subjects, design)
                designs.append(_shares(traj, names, level, seed).assign_coords(cell))
            bar.update()
    learned = [[float(runs["learned"].mean()) for runs in populations[count]] for count in axes["conditions"]]
    table = study_designs.over_axes(designs, axes)
    table = plan_text.finished(table, studies, subjects).assign(learned=(("conditions", "truth"), learned))
    table = table if np.ndim(snr) else table.isel(snr=0)
    table = table.assign_attrs(asked=power, studies=studies, subjects=subjects, level=level, among=names)
    table = table.assign_attrs(counted="the rule is named, whichever of those simulated it is")
    table = table.assign_attrs(text=plan_text.text(table))
    record: dict[str, Any] = {
        "rules": learners,
        "among": names,
        "studies": studies,
        "subjects": subjects,
        "power": power,
    }
    record |= {name: list(map(str, values)) for name, values in axes.items()} | network._asdict()
    record |= {"level": level, "seed": seed, "neurons": neurons, "sensors": str(sensors)}
    return sealed(with_history(table, "plan_rules", task, **record, **settings))


def _need_counts(axes: dict[str, list[Any]], learners: list[str], among: list[str], level: float) -> None:
    """Raise `InputError` where `neurouniv.rules` could not judge the studies."""
    if axes["sessions"][0] < FEWEST_TIMES or axes["conditions"][0] < FEWEST_CONDITIONS:
        raise InputError(
            f"Rules need {FEWEST_CONDITIONS} conditions and {FEWEST_TIMES} sessions or more; got "
            f"sessions={axes['sessions']} and conditions={axes['conditions']}."
        )
    impossible = [name for name in learners if name not in among]
    unjudged = [name for name in among if name not in RULES]
    if impossible or unjudged:
        raise InputError(
            f"among are rules with probabilities, {', '.join(RULES)}, and the rules of all brains are among them; got "
            f"among={among} and rules={learners}."
        )
    need_level(level)


def _need_designs(cells: list[dict[str, Any]], neurons: int, sensors: Any, settings: dict[str, Any]) -> None:
    """Raise `InputError`, before networks learn, where they cannot be recorded, or not in two runs."""
    for cell in cells:
        runs = need_whole(settings.get("runs", min(RUNS, cell["repeats"])), "runs", least=2)
        lost = {"turnover": settings.get("turnover", 0.0), "drift": settings.get("drift", 0.0)}
        design = Design(cell["repeats"], runs, neurons, noise=1.0, snr=cell["snr"], **lost, seed=0)
        design.need_fit(sensor_of(sensors), cell["sessions"])


def _above_zero(populations: dict[int, list[xr.Dataset]]) -> dict[str, float]:
    """Settings of neurons whose rates stay above 0: units of lazy networks may go below -1."""
    lowest = min(float(runs["hidden"].min()) for of_rules in populations.values() for runs in of_rules)
    return {"rate_gain": RATE_GAIN, "baseline": RATE_GAIN * max(1.0, -lowest), "window": WINDOW}


def _studies(
    task: xr.Dataset, populations: list[xr.Dataset], learners: list[str], cell: dict[str, Any], subjects: int,
    design: dict[str, Any],
) -> xr.Dataset:  # fmt: skip
    """Trajectories (truth, study[, subject], time, pair) of one design."""
    recorded = {"runs": min(RUNS, cell["repeats"]), "repeats": cell["repeats"], "snr": cell["snr"]} | design
    rows = []
    for runs in populations:
        patterns = while_learning(runs, cell["sessions"]).rename(time="session")
        brains = [_trajectory(task, patterns.sel(seed=brain), int(brain), recorded) for brain in patterns["seed"]]
        rows.append(_side_by_side(brains, xr.Variable("study", range(len(brains)))))
    traj = _side_by_side(rows, xr.Variable("truth", learners))
    traj = at_one_latency(traj)
    traj["time"].attrs = {"units": "sessions", "axis": "learning"}
    if subjects == 1:
        return traj
    labels = {"study": np.arange(traj.sizes["study"]) // subjects, "subject": np.arange(traj.sizes["study"]) % subjects}
    coords = {name: ("_brain", values) for name, values in labels.items()}
    by_brain = traj.drop_vars("study").rename(study="_brain").assign_coords(coords)
    return by_brain.set_index(_brain=["study", "subject"]).unstack("_brain")


def _trajectory(task: xr.Dataset, patterns: xr.DataArray, brain: int, recorded: dict[str, Any]) -> xr.Dataset:
    rec = record_patterns(patterns.reset_coords(drop=True), seed=brain, **recorded)
    return trajectory(rec, task, metric="crossnobis").drop_attrs(deep=False)


def _side_by_side(parts: list[xr.Dataset], dim: xr.Variable) -> xr.Dataset:
    return xr.concat(parts, dim, data_vars=["h", "h_var"], coords="minimal", compat="override")


def _shares(traj: xr.Dataset, among: list[str], level: float, seed: int) -> xr.Dataset:
    """What probabilities say of the studies of one design."""
    with warnings.catch_warnings(), progress_bar(0, "laws", False) as bar:
        warnings.simplefilter("ignore", NeurounivWarning)  # how often rules err with so few data is measured here
        errors = Evidence(laws_of(among), traj, 2, 1, seed, bar).errors
    found = probability(errors, among, "subject" if "subject" in traj["h"].dims else None)
    group, named = alike(found, level), best(found)
    inside = group.sel(rule=found["truth"]).drop_vars("rule")
    right = (named == named["truth"]).mean("study")
    shares = {
        "power": right.min("truth"),
        "right": right,
        "alone": (inside & (group.sum("rule") == 1)).mean("study"),
        "inside": inside.mean("study"),
        "most": (named == found["rule"]).mean("study"),
    }
    return xr.Dataset(shares)
