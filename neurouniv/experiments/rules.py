"""Learning rules: of networks whose rule is known, which rule do the laws of all rules name?"""

from __future__ import annotations

import warnings
from typing import NamedTuple

import numpy as np
import xarray as xr

from neurouniv import tasks
from neurouniv.experiments.experiment import claimed, count_of, finished, steps
from neurouniv.experiments.rules_figure import draw as draw
from neurouniv.rdm.movie.trajectory import trajectory
from neurouniv.schema import LEARNING, NeurounivWarning, with_history
from neurouniv.which_rule.answer import alike, best
from neurouniv.which_rule.candidates import NONE, in_words
from neurouniv.which_rule.learners import Network, trained, while_learning
from neurouniv.which_rule.rules import rules

NAME = "rules"
LEARNERS = (
    "backprop", "feedback_alignment", "kolen_pollack", "weight_mirror", "predictive_coding", "weight_decay",
    "node_perturbation", "lazy",
)  # fmt: skip
RIGHT = 0.9
"""The share of networks whose rule is named, of which the claim holds."""
LEVEL = 0.9


class Design(NamedTuple):
    """Which networks learn what, and how they are seen."""

    learners: tuple[str, ...] = LEARNERS
    tasks: tuple[str, ...] = ("digits", "clusters", "numbers")
    conditions: int = 16
    frames: int = 12
    network: Network = Network(width=80, gain=0.3, nonlinearity="tanh", epochs=2000)


QUICK = Design(
    ("backprop", "feedback_alignment", "lazy"), ("digits",), conditions=8, frames=6,
    network=Network(width=40, gain=0.3, nonlinearity="tanh", epochs=600),
)  # fmt: skip
"""A quick look has so few rules, tasks, conditions and frames, and small networks."""


def run(seeds: int, device: str = "auto", progress: bool | None = None, quick: bool = False) -> xr.Dataset:
    """Train networks by every rule on every task, and let the laws of all rules judge each of them (`neurouniv.rules`).

    Networks have one hidden layer of tanh units, seen whole: 16 conditions in 12 frames of the time in which each
    learns. The learning rate is the smallest at which a rule learns in time. Rules have one strength: decay 0.001 an
    epoch, mirrors that learn half of the decoder's rate, predictions of variance 1.

    Returns
    -------
    Dataset over `task`, `learner` (the true rule) and `rule` (whose law, and "none"): `error_ratio`, the held-out error
    over that of the law with the smallest, the geometric mean over networks; `probability`, of all seeds together,
    and `probability_each` (..., seed); `alike` (..., seed), whether a network's rule cannot be told from it; over
    `task`, `learner` and `seed`: `best`, the most probable rule, `change_r2` of the best law, `learned`, whether the
    network did, and `loss_left`, its share; `lr` (task, learner).
    """
    design = QUICK if quick else Design()
    parts = []
    for name in steps(design.tasks, NAME, progress):
        task = TASKS[name](design.conditions)
        parts.append(_of_task(task, design.learners, design.network, design.frames, seeds, device))
    results = xr.concat(parts, "task", coords="minimal", compat="override", combine_attrs="drop")
    results = results.assign_coords(task=list(design.tasks))
    settings = {"conditions": design.conditions, "frames": design.frames, "level": LEVEL, **design.network._asdict()}
    return finished(results.assign_attrs(level=LEVEL), NAME, seeds, device, quick, **settings)


def claim(results: xr.Dataset) -> str:
    """How many networks' rule is the most probable, how many are told alone, and which rules are not named."""
    learned = results["learned"].values
    right = (results["best"] == results["learner"]).transpose(*results["learned"].dims).values & learned
    own = results["alike"].sel(rule=results["learner"]).transpose(*results["learned"].dims).values & learned
    alone = own & (results["alike"].sum("rule") == 1).transpose(*results["learned"].dims).values
    wrong = (results["alike"].sum("rule") == 1).transpose(*results["learned"].dims).values & learned & ~own
    count = int(learned.sum())
    text = f"the rule is the most probable of {int(right.sum())} of {count_of(count, 'network')} "
    text += (
        f"({_by(results, 'task', right, learned)}); at the level {results.attrs['level']:.0%} it is the only possible "
    )
    text += f"rule in {int(alone.sum())}, one of several in {int((own & ~alone).sum())}, and another rule is the only "
    text += f"one in {int(wrong.sum())}; by rule {_by(results, 'learner', right, learned)}"
    text += _not_learned(results)
    return claimed(results, bool(right.sum() >= RIGHT * count), bool(right.sum() >= 0.5 * count), text)


def _of_task(
    task: xr.Dataset, learners: tuple[str, ...], network: Network, frames: int, seeds: int, device: str
) -> xr.Dataset:
    """Results of one task."""
    runs = [trained(task, rule, network, range(seeds), device) for rule in learners]
    learner = xr.DataArray(list(learners), dims="learner", name="learner")
    hidden = xr.concat([while_learning(one, frames) for one in runs], learner)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NeurounivWarning)  # results keep what fits are worth
        table = rules(_seen_whole(task, hidden), resamples=2, level=LEVEL, progress=False)
    each = table["probability_each"]
    together = table["probability"].mean("seed") if seeds == 1 else table["probability"]
    log_error = xr.apply_ufunc(np.log, table["error"])
    loss_left = xr.concat([one["loss"].isel(time=-1) / one["loss"].isel(time=0) for one in runs], learner)
    return xr.Dataset(
        {
            "error_ratio": np.exp((log_error - log_error.min("rule")).mean("seed")),
            "probability": together,
            "probability_each": each,
            "alike": alike(each, LEVEL),
            "best": best(each),
            "change_r2": table["change_r2"].drop_sel(rule=NONE).max("rule"),
            "learned": xr.concat([one["learned"] for one in runs], learner),
            "loss_left": loss_left,
            "lr": ("learner", [one["lr"].item() for one in runs]),
        }
    ).drop_vars(["time", "layer"], errors="ignore")


def _seen_whole(task: xr.Dataset, hidden: xr.DataArray) -> xr.Dataset:
    """The trajectory of networks without noise."""
    names = {"condition": task["condition"].astype(str)}
    runs = task[["stimuli", "targets"]].assign_coords(names).assign(hidden=hidden)
    runs["time"].attrs = {"units": "1", "axis": LEARNING}
    return trajectory(with_history(runs, "train", task))


def _digits(conditions: int) -> xr.Dataset:
    return tasks.digits(per_class=-(-conditions // 8)).isel(condition=range(conditions))


def _clusters(conditions: int) -> xr.Dataset:
    """Stimuli in four clusters, targets that are their classes in half of them and cross clusters in the others."""
    rng = np.random.default_rng(1)
    cluster = np.arange(conditions) % 4
    label = (cluster + (np.arange(conditions) >= conditions // 2)) % 4
    stimuli = rng.normal(size=(4, 12))[cluster] + rng.normal(size=(conditions, 12))
    return tasks.from_arrays(_scaled(stimuli), np.eye(4)[label])


def _numbers(conditions: int) -> xr.Dataset:
    """Stimuli without clusters, targets that are three random numbers each."""
    rng = np.random.default_rng(2)
    return tasks.from_arrays(_scaled(rng.normal(size=(conditions, 30))), rng.normal(size=(conditions, 3)))


def _scaled(stimuli: np.ndarray) -> np.ndarray:
    """Stimuli of mean squared norm 10, about that of digits."""
    return stimuli * np.sqrt(10 / (stimuli**2).sum(1).mean())


TASKS = {"digits": _digits, "clusters": _clusters, "numbers": _numbers}
"""Digits and two random tasks, by how many conditions they have."""


def _by(results: xr.Dataset, dim: str, right: np.ndarray, learned: np.ndarray) -> str:
    """Counts along one dimension, in words."""
    axis = results["learned"].dims.index(dim)
    others = tuple(i for i in range(right.ndim) if i != axis)
    counts = zip(results[dim].values, right.sum(others), learned.sum(others), strict=True)
    names = {name: in_words(str(name)) if dim == "learner" else str(name) for name in results[dim].values}
    return ", ".join(f"{names[name]} {yes} of {of}" for name, yes, of in counts)


def _not_learned(results: xr.Dataset) -> str:
    count = int((~results["learned"]).sum())
    return f"; {count_of(count, 'network')} did not learn: not counted" if count else ""
