"""Standard courses: what each rule's law predicts of a task, from one start and with constants that can be compared."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import xarray as xr

from neurouniv.laws import LAWS, Law
from neurouniv.laws.all_conditions import square_of
from neurouniv.laws.integrated import between
from neurouniv.rdm.labels import labelled, names_of
from neurouniv.schema import InputError, check_task
from neurouniv.theory import kernels
from neurouniv.which_rule.constants import ABSORBS, RATES, equations_of, with_constants
from neurouniv.which_rule.events import passage

BACKPROP, IDENTITY = "universal", "identity"
SIZES = {"decay": 0.1, "mirror": 1.0, "strength": 1.0, "exploration": 0.5, "blur": 0.1}
"""How much each rule's own constant does in the time in which backprop halves the loss: weights decay by a tenth; the
mirror closes 1 - 1/e of the gap; errors relax to about half; scattered steps add half of what backprop adds to
distances; noise makes the decoder decay by a tenth. By hand: seen, and the rule still learns."""
MOSTLY = 5.0
"""What backprop has learned counts as much at so many times that in which it halves the loss. By hand."""
TIMELESS = "strength", "blur"
"""Own constants that are not per unit of time."""
FEEDBACK = 2.0
"""The squared size of the feedback weights of wide networks of `neurouniv.train`."""
SOUGHT = 0.1, 1.0, 10.0, 300.0
"""Until when the loss is looked for to be halved, one after the other, in units of 1 / sqrt(mean of dx2 dy2)."""
MOMENTS = np.concatenate([[0.0], np.geomspace(1e-3, 1.0, 400)])
"""The times at which it is looked at, as shares of the last."""
HALVED = "halved"


def start_of_task(task: xr.Dataset, gain: float) -> xr.Dataset:
    """A trajectory of one frame: a wide network of `neurouniv.train` at its start, h = 2 gain^2 dx2.

    Raises
    ------
    InputError : it is no task of three conditions or more.
    """
    task = check_task(task)
    if task["stimuli"].ndim != 2 or task.sizes["condition"] < 3:
        raise InputError(
            f"Signatures are of one task of three conditions or more; got {dict(task.sizes)}. Select one of several "
            "tasks: `task.isel(...)`."
        )
    names = names_of(task, "A task")
    pairs = len(names) * (len(names) - 1) // 2
    traj = labelled(xr.Dataset({"h": (("time", "pair"), np.zeros((1, pairs)))}, {"time": [0.0]}), names, task)
    return traj.assign(h=(traj["h"] + 2 * gain**2 * traj["dx2"]).transpose("time", "pair"))


def standard_laws(
    rules: tuple[str, ...], start: xr.Dataset, gain: float, sizes: Mapping[str, Mapping[str, float]]
) -> Iterator[Law]:
    """The laws of rules with standard constants, one by one, each in the unit of time in which it halves the loss.

    The rates of encoder and decoder are equal, as in `neurouniv.train`, and feedback weights are of gain 1. A law that
    never halves the loss is in backprop's unit, and its attribute `halved` of the constants is 0.
    """
    backprop = _law(BACKPROP, {}, start, gain)
    unit = _halved(backprop, start)
    if not np.isfinite(unit):
        raise InputError(
            "Signatures need the time at which backprop halves the loss; a linear network never halves it here, "
            "because "
            "the targets are no linear function of the stimuli, as in XOR. Give a linear task, or a trajectory: "
            "`neurouniv.rule_signatures(traj)`."
        )
    reached = backprop.predict(start, [0.0, MOSTLY * unit]).isel(time=-1)
    for rule in rules:
        own = _own_constants(rule, start, reached, unit, sizes.get(rule, {}))
        law = _law(rule, own, start, gain)
        own_unit = _halved(law, start)
        halves = np.isfinite(own_unit)
        law = _law(rule, own, start, gain, own_unit if halves else unit)
        law.constants_.attrs[HALVED] = int(halves)
        yield law


def summed_error(movie: xr.Dataset) -> xr.DataArray:
    """The squared error summed over pairs (..., time), |dy - dy*|^2 = 2 w - y + dy2, from y and w (..., time, pair)."""
    return (2 * movie["w"] - movie["y"] + movie["dy2"]).sum("pair", skipna=False)


def halving_time(movie: xr.Dataset) -> np.ndarray:
    """When the summed squared error is half of its first, (...)."""
    loss = summed_error(movie).transpose(..., "time").to_numpy()
    return passage(loss, movie["time"].to_numpy().astype(float), 0.5 * loss[..., 0])


def _halved(law: Law, start: xr.Dataset) -> float:
    """When the loss is halved; NaN where it never is."""
    pace = float((start["dx2"] * start["dy2"]).mean()) ** 0.5
    times = (float(halving_time(law.predict(start, end / pace * MOMENTS))) for end in SOUGHT)
    return next(filter(np.isfinite, times), float("nan"))


def _law(rule: str, own: Mapping[str, float], start: xr.Dataset, gain: float, unit: float = 1.0) -> Law:
    """The law with equal rates of 1 per unit of time, and that in other units of time.

    Where each stimulus is a thing of its own, the things are as far apart as stimuli are in the mean.
    """
    parts = equations_of(rule)[0].State._fields
    constants = dict.fromkeys(RATES, unit)
    if rule == ABSORBS:
        constants["eta_h"] *= FEEDBACK**0.5
    if rule == IDENTITY:
        constants["eta_h"] *= float(start["dx2"].mean()) / 2
    constants |= {name: value if name in TIMELESS else unit * value for name, value in own.items()}
    if "decoder" in parts:
        constants["decoder0"] = 2 * gain**2
    if "feedback" in parts:
        constants["feedback0"] = FEEDBACK
    return with_constants(LAWS[rule](), constants)


def _own_constants(
    rule: str, start: xr.Dataset, reached: xr.Dataset, unit: float, given: Mapping[str, float]
) -> dict[str, float]:
    """The rule's own constants at rates of 1, of the sizes that are given or standard."""
    names = equations_of(rule)[1]
    if unknown := sorted(set(given) - set(names)):
        raise InputError(f"The law of {rule} has the own constants {list(names)}; got sizes of {unknown}.")
    per_size: dict[str, Any] = {
        "decay": 1 / unit,
        "mirror": 1 / unit,
        "strength": float(reached["h"].mean() / reached["y"].mean()),
        "exploration": float((reached["h"] - start["h"].isel(time=0)).mean()) / (unit * _scatter(start)),
        "blur": 1 / (unit * start.sizes["condition"]),
    }
    return {name: given.get(name, SIZES[name]) * per_size[name] for name in names}


def _scatter(start: xr.Dataset) -> float:
    """The mean squared distance that K diag(q) K adds, with q the first squared errors, |y*|^2."""
    kernel, targets = (kernels.of_distances(square_of(start[name].values[None])) for name in ("dx2", "dy2"))
    spread = np.diagonal(targets, axis1=-2, axis2=-1)[..., None]
    return float(between(kernel @ (spread * kernel), symmetric=True).mean())
