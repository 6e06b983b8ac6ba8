"""Networks that learn by a known rule, and worlds in which none of the rules holds, of one random setting."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pytest
import xarray as xr

import neurouniv as nu
from neurouniv.systems.brains.embedding import embedded
from neurouniv.systems.brains.worlds import world_of
from neurouniv.systems.learning_rules import RULES

STRENGTHS = {
    "kolen_pollack": ("decay", (3e-4, 3e-3)),
    "weight_decay": ("decay", (3e-4, 3e-3)),
    "weight_mirror": ("mirror", (0.05, 0.5)),
    "predictive_coding": ("variance", (0.3, 3.0)),
}
"""The constant of a rule and the range of its logarithm, from which one is drawn for each setting."""
LEARNERS = (
    "backprop", "feedback_alignment", "kolen_pollack", "weight_mirror", "predictive_coding", "weight_decay",
    "node_perturbation", "lazy", "identity",
)  # fmt: skip
WORLDS = ("exponential", "step", "gain", "target", "static")
RATES = 0.05 * 2.5 ** np.arange(4)
EPOCHS, LOOKS, SEEDS = 2000, 250, 3
FACTORS = {"predictive_coding": (2.5,), "node_perturbation": (0.03, 0.1, 0.3), "lazy": (1.0, 2.5, 6.25)}
"""Learning rates that are tried, beside backprop's."""
DEAD = 0.5
"""A network that has more than this share of its loss left at the end has not learned, and is left out."""


class Setting(NamedTuple):
    """What the networks of all rules share."""

    task: xr.Dataset
    network: dict[str, Any]
    until: float
    beyond: float
    frames: int
    name: str
    place: int


def setting(place: int) -> Setting:
    """The setting with this number: task, network, how much of learning is seen, all drawn at random.

    Every third task is of digits. Half of the networks have one hidden layer, 16 conditions are in 6 of 10 settings,
    tanh in 6 of 10.
    """
    rng = np.random.default_rng([18, place])
    conditions = int(rng.choice([8, 12, 16, 24], p=[0.1, 0.15, 0.6, 0.15]))
    depth = int(rng.choice([1, 2, 3], p=[0.5, 0.25, 0.25]))
    nonlinearity = str(rng.choice(["tanh", "relu"], p=[0.6, 0.4]))
    width, gain = int(rng.choice([40, 80, 120])), float(rng.choice([0.1, 0.3, 0.5, 0.7]))
    gain = gain if depth == 1 and nonlinearity == "tanh" else max(gain, 0.3 if depth == 1 else 0.5)
    layer = int(rng.integers(depth))
    kind, task = ("digits", _digits(conditions, rng)) if place % 3 == 0 else ("random", _random(conditions, rng))
    network = {"hidden_layers": depth, "width": width, "gain": gain, "nonlinearity": nonlinearity, "layers": [layer]}
    until, beyond = float(rng.choice([0.02, 0.05, 0.1])), float(rng.choice([1.0, 1.5]))
    frames = int(rng.choice([6, 8, 20]))
    name = f"{kind}, {conditions} conditions, {nonlinearity}, {depth} layers, layer {layer + 1}, width {width}, "
    return Setting(task, network, until, beyond, frames, name + f"gain {gain:g}, until {until:g} x {beyond:g}", place)


def _digits(conditions: int, rng: np.random.Generator) -> xr.Dataset:
    classes = rng.permutation(10)[: max(4, min(8, conditions // 2))]
    task = nu.tasks.digits(per_class=6, seed=int(rng.integers(1000)))
    places = np.concatenate([np.flatnonzero(task.label.values == digit) for digit in classes])
    order = np.argsort(np.tile(np.arange(6), len(classes)), kind="stable")[:conditions]
    task = task.isel(condition=np.sort(places[order]))
    return nu.tasks.from_arrays(task.stimuli.values, task.targets.values[:, classes], condition=task.condition.values)


def _random(conditions: int, rng: np.random.Generator) -> xr.Dataset:
    """Stimuli in clusters more or less tight, targets that are classes or numbers."""
    classes, features = int(rng.choice([2, 3, 4, 6])), int(rng.choice([6, 12, 30]))
    label = rng.permutation(np.arange(conditions) % classes)
    tight = rng.uniform(0, 1.2)
    stimuli = tight * rng.normal(size=(classes, features))[label] + rng.normal(size=(conditions, features))
    stimuli *= np.sqrt(10 / (stimuli**2).sum(1).mean())
    targets = np.eye(classes)[label]
    if rng.random() < 0.3:
        targets = rng.normal(size=(conditions, 3))
    return nu.tasks.from_arrays(stimuli, targets)


def learned(given: Setting, seen: int) -> tuple[list[str], list[str], xr.DataArray]:
    """The rule and the strength of every system, and patterns (system, time, condition, unit) of `seen` times.

    Times are equally spaced over the time in which each system learns.
    """
    rules: list[str] = []
    strengths: list[str] = []
    patterns = []
    rate = None
    for rule in LEARNERS:
        runs, strength, rate = _trained(given, rule, rate)
        for i in range(runs.sizes["seed"]):
            run = runs.isel(seed=i)
            if not _has_learned(run):
                continue
            rules.append(rule)
            strengths.append(strength)
            patterns.append(_frames(run, given, seen))
    for i, name in enumerate(WORLDS):
        if (given.place + i) % 2:  # every world in every other setting
            rules.append("none")
            strengths.append(name)
            patterns.append(_world(given, name, seen))
    most = max(p.shape[-1] for p in patterns)
    padded = np.stack([np.pad(p, ((0, 0), (0, 0), (0, most - p.shape[-1]))) for p in patterns])
    return rules, strengths, xr.DataArray(padded, dims=("system", "time", "condition", "unit"))


def _trained(given: Setting, rule: str, rate: float | None) -> tuple[xr.Dataset, str, float]:
    """Runs (seed, time) at the smallest learning rate at which all learn in two thirds of the epochs."""
    rng = np.random.default_rng([19, given.place, LEARNERS.index(rule)])
    by = "backprop" if rule == "identity" else rule
    task = _told_apart(given.task) if rule == "identity" else given.task
    name, ends = STRENGTHS.get(rule, ("presents", None))
    value = RULES[by].presents if ends is None else float(np.exp(rng.uniform(*np.log(ends))))
    slow = by == "predictive_coding"
    rates = RATES if rate is None else rate * np.array(FACTORS.get(by, (0.4, 1.0, 2.5)))
    rates = rates * max(1.0, value) if slow else rates
    epochs = EPOCHS // 2 if slow else EPOCHS
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(RULES[by], name, value)
        runs = nu.train(
            task, lr=rates, epochs=epochs, record=LOOKS, seeds=[1000 * given.place + s for s in range(SEEDS)], rule=by,
            progress=False, device="cpu", **given.network,
        )  # fmt: skip
    left = (runs.loss / runs.loss.isel(time=0)).transpose("lr", "seed", "time").values
    smooth = np.isfinite(left).all((1, 2)) & (np.diff(left, axis=2) < 0.1).all((1, 2))
    reached = smooth & (left[..., : 2 * LOOKS // 3].min(2) < given.until).all(1)
    best = int(np.argmax(reached)) if reached.any() else int(np.argmin(np.where(smooth, left[..., -1].mean(1), np.inf)))
    strength = "" if ends is None else f"{name}={value:.3g}"
    return runs.isel(lr=best), strength, float(rates[best]) if rate is None else rate


def _told_apart(task: xr.Dataset) -> xr.Dataset:
    """Every stimulus a thing of its own."""
    size = float(np.sqrt((task.stimuli.values**2).sum(1).mean()))
    return nu.tasks.from_arrays(
        size * np.eye(task.sizes["condition"]), task.targets.values, condition=task.condition.values
    )


def _has_learned(run: xr.Dataset) -> bool:
    loss = run.loss.values
    return bool(np.isfinite(loss).all() and np.isfinite(run.hidden).all() and loss[-1] < DEAD * loss[0])


def _frames(run: xr.Dataset, given: Setting, seen: int) -> np.ndarray:
    """Activity (time, condition, unit) at equal steps from the start to the end of learning, and beyond."""
    time, loss = run.time.values.astype(float), run.loss.values
    done = np.flatnonzero(loss < given.until * loss[0])
    end = min(time[-1], given.beyond * time[done[0]]) if len(done) else time[-1]
    hidden = run.hidden.isel(layer=0).transpose("time", "condition", "unit").values.astype(float)
    moments = np.linspace(0, end, seen)
    after = np.clip(np.searchsorted(time, moments), 1, len(time) - 1)
    share = ((moments - time[after - 1]) / (time[after] - time[after - 1]))[:, None, None]
    return (1 - share) * hidden[after - 1] + share * hidden[after]


def _world(given: Setting, name: str, seen: int) -> np.ndarray:
    rng = np.random.default_rng([20, given.place, WORLDS.index(name)])
    units = max(40, given.task.sizes["condition"])
    course = world_of(name).course(given.task, seen, units, rng)
    return embedded(course.h, units, rng)[0]
