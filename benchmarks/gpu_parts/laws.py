"""Whether laws are solved on the GPU as on the CPU."""

from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import numpy as np
import torch

from gpu_parts.machine import Machine
from gpu_parts.rows import row
from neurouniv.theory import all_conditions, closed_form, driven
from neurouniv.theory.rules import (
    feedback_alignment,
    kolen_pollack,
    perturbation,
    predictive_coding,
    tangent,
    weight_decay,
    weight_mirror,
)  # fmt: skip
from neurouniv.theory.rules.flow import Flow
from neurouniv.theory.two_point import Start

SYSTEMS, CONDITIONS, OUTPUTS, UNITS, FEATURES, END = 3, 12, 4, 20, 30, 5.0
RULES: dict[str, tuple[ModuleType, dict[str, float]]] = {
    "feedback alignment": (feedback_alignment, {}),
    "Kolen-Pollack": (kolen_pollack, {"decay": 0.01}),
    "weight mirror": (weight_mirror, {"mirror": 0.1}),
    "predictive coding": (predictive_coding, {"strength": 1.0}),
    "weight decay": (weight_decay, {"decay": 0.01}),
    "perturbation": (perturbation, {"exploration": 1e-4, "blur": 0.01}),
}


def rows(machine: Machine) -> Iterator[dict[str, Any]]:
    yield two_points(machine)
    state, task = drawn()
    rates = {"eta_h": np.full(SYSTEMS, 0.02), "eta_y": np.full(SYSTEMS, 0.02)}
    moments = np.linspace(0, END, 6) * np.ones((SYSTEMS, 1))
    end, kernel, targets = np.full(SYSTEMS, END), task["stimuli"].mT @ task["stimuli"], task["targets"]
    shared = kernel, targets

    def of_all_conditions(state: Any, rates: Any, kernel: Any, targets: Any, end: Any) -> Any:
        begin = all_conditions.Start(*(state[name] for name in all_conditions.Start._fields))
        return all_conditions.Flow(begin, *rates.values(), all_conditions.Kernel.of(kernel), targets, end)

    def of_tangent(state: Any, rates: Any, *shared: Any) -> Any:
        begin = tangent.State(*(state[name] for name in tangent.State._fields))
        return tangent.Flow(begin, rates, *shared[:2])

    def of_driven(state: Any, rates: Any, patterns: Any, targets: Any, end: Any) -> Any:
        below = driven.Input(patterns["patterns"], patterns["time"], patterns["learned"])
        begin = driven.Start.seen(state["gram"], state["output"], state["decoder"], below, below.inverse)
        return driven.Flow(begin, *rates.values(), below, targets, end)

    yield from compared(machine, "the law of all conditions", of_all_conditions, (state, rates, *shared, end), moments)
    for name, (theory, own) in RULES.items():
        constants = rates | {constant: np.full(SYSTEMS, value) for constant, value in own.items()}
        constants |= {"feedback": state["feedback"]} if theory is feedback_alignment else {}
        yield from compared(machine, f"the law of {name}", of_rule(theory), (state, constants, *shared, end), moments)
    yield from compared(machine, "the lazy law", of_tangent, (state, rates, *shared, end), moments)
    yield from compared(machine, "a driven area", of_driven, (state, rates, moving(task), targets, end), moments)


def compared(
    machine: Machine, name: str, solved: Callable[..., Any], given: tuple[Any, ...], moments: np.ndarray
) -> Iterator[dict[str, Any]]:
    there = solved(*sent(given, machine.device)).at(sent(moments, machine.device))
    for what, law, expected in zip(("products", "outputs"), there, solved(*given).at(moments), strict=True):
        yield row(f"{name}, {what}", law.cpu(), expected, 1e-6)


def of_rule(theory: ModuleType) -> Callable[..., Flow]:
    def solved(state: Any, constants: Any, *shared: Any) -> Flow:
        begin = theory.State(*(state[name] for name in theory.State._fields))
        return Flow(theory.velocity, begin, constants, *shared)

    return solved


def drawn() -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """All that a law may start from (element, ...), of random weights, and the task."""
    rng = np.random.default_rng(0)
    stimuli = rng.normal(size=(SYSTEMS, FEATURES, CONDITIONS))
    hidden = 0.3 * rng.normal(size=(SYSTEMS, UNITS, CONDITIONS))
    decoder, back = 0.3 * rng.normal(size=(2, SYSTEMS, OUTPUTS, UNITS))
    state = {"gram": hidden.mT @ hidden, "output": decoder @ hidden, "bias": np.zeros((SYSTEMS, OUTPUTS))}
    state |= {"pseudo": back @ hidden, "decoder": decoder @ decoder.mT}
    state |= {"product": decoder @ back.mT, "feedback": back @ back.mT}
    return state, {"stimuli": stimuli, "targets": rng.normal(size=(SYSTEMS, OUTPUTS, CONDITIONS))}


def moving(task: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """An input that grows and turns, four frames."""
    growth = np.linspace(1.0, 1.5, 4)[:, None, None]
    turned = np.roll(task["stimuli"], 1, axis=1)
    patterns = growth * task["stimuli"][:, None] + (growth - 1) * turned[:, None]
    time = np.linspace(0, END, 4) * np.ones((SYSTEMS, 1))
    return {"patterns": patterns, "time": time, "learned": np.ones((SYSTEMS, FEATURES))}


def two_points(machine: Machine) -> dict[str, Any]:
    rng, one = np.random.default_rng(0), np.ones(50)
    start, dy2 = Start(*rng.uniform(0.1, 1, (2, 50)), rng.uniform(-0.1, 0.1, 50)), rng.uniform(0, 1, 50)
    dy2[:5], start.y[0] = 0.0, start.h[0] ** 2 / 2  # the first with encoder and decoder in balance
    system, time = (start, one, 0.5 * one, one, dy2), np.linspace(0, 20, 30)
    there = closed_form.solve(*sent(system, machine.device), sent(time, machine.device))
    return row("the law of two points", np.stack([law.cpu() for law in there]), closed_form.solve(*system, time), 1e-9)


def sent(given: Any, device: str) -> Any:
    """Arrays, also those in tuples and dictionaries, sent to a device."""
    if isinstance(given, np.ndarray):
        return torch.as_tensor(given, device=device)
    if isinstance(given, dict):
        return {name: sent(part, device) for name, part in given.items()}
    parts = [sent(part, device) for part in given]
    return type(given)(*parts) if hasattr(given, "_fields") else tuple(parts)
