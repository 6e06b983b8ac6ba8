"""Learning that a second rule takes over, or that goes on towards new targets, from what the first rule learned."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np

from neurouniv.fitting.equation import Curves
from neurouniv.fitting.observed import Observed
from neurouniv.fitting.parameter import Parameter
from neurouniv.laws import LAWS, Law
from neurouniv.laws.integrated import IntegratedLaw, Solved
from neurouniv.laws.rules.rule_law import steps_of
from neurouniv.laws.universal import UniversalModel
from neurouniv.schema import InputError
from neurouniv.theory import kernels
from neurouniv.theory.all_conditions import Start
from neurouniv.theory.rules import perturbation, switch, tangent, weight_decay
from neurouniv.theory.rules.flow import Flow

OF_ENCODER = "kernel", "means", "depth", "leak", "exposure"
NEXT = "next_"
"""Before the names of constants that hold after the switch."""


def equations_of(name: str) -> tuple[ModuleType, tuple[str, ...]]:
    """The file of a law's equations, and the constants that they have beside eta_h and eta_y."""
    law: Any = LAWS[name]
    return (weight_decay, ()) if issubclass(law, UniversalModel) else (law.theory, law.own)


def sends_back(name: str) -> bool:
    """Whether the rule's errors return through weights of their own."""
    return "pseudo" in equations_of(name)[0].State._fields


class TakenOver(IntegratedLaw):
    """A law after a switch: its network learned by rule `first` until the time `switch`, and goes on by rule `then`.

    Its constants are the first law's, `switch`, `feedback0` and `decoder0` where they matter, and what holds after the
    switch: `next_eta_h`, `next_eta_y` and the second rule's own. Rates of encoders are in true units: where the first
    law is feedback alignment's, which absorbs the size of the feedback weights, eta_h / feedback0^(1/2). The start may
    have, of what is seldom known, `decoder`, `feedback`, `pseudo` and `product`, and `next_targets`.

    Parameters
    ----------
    first : the law of the first phase, whose kernel, exposure and floor hold after the switch too.
    then : the name of the second rule's law.
    """

    name = "taken over"
    predicts = ("h", "y")

    def __init__(self, first: Law, then: str):
        super().__init__(floor=first.floor, clock=first.clock, **{name: getattr(first, name) for name in OF_ENCODER})
        self.first, self.then = first, then

    def parameters(self, seen: Observed) -> list[Parameter]:
        raise InputError(f"Nothing is fitted after a switch: constants are those of {self.first.name} before it.")

    def _flow(self, rates, start, dx2, dy2, targets, often, end, rtol) -> Solved:
        begin = self._begin({"decoder0": 0 * rates["eta_h"]} | rates, start, dx2, dy2, targets, often)
        kernel = self._encoded(start, dx2, begin.gram, often).matrix
        how: dict[str, Any] = {"means": self.means, "exposure": often}
        accurate = {"rtol": rtol, "max_steps": steps_of(rtol)}
        theory, own = equations_of(self.first.name)
        until = rates["switch"]
        state = self._state(begin, rates, start, often)
        constants = {name: rates[name] for name in ("eta_h", "eta_y", *own)}
        before = Flow(
            switch.followed(theory), state, _all_of(theory, constants), kernel, targets, until, **how, **accurate
        )
        reached = before.state(until)
        if "next_targets" in start:
            targets = self._targets(start | {"targets": start["next_targets"]}, dy2, often)
        theory, own = equations_of(self.then)
        constants = {name: rates[NEXT + name] for name in ("eta_h", "eta_y", *own)}
        if theory is tangent:
            tangent_state = tangent.State(*(getattr(reached, name) for name in tangent.State._fields))
            after: Solved = tangent.Flow(tangent_state, constants, kernel, targets, **how)
        else:
            velocity, constants = switch.followed(theory), _all_of(theory, constants)
            later = np.maximum(end - until, 0.0)
            after = Flow(velocity, reached, constants, kernel, targets, later, **how, **accurate)
        return _InTurn(before, after, until)

    def _state(self, begin: Start, rates: Curves, start: Curves, often: np.ndarray | None) -> switch.State:
        """All products at the first time; those of unseen feedback weights with others have mean 0."""
        parts = begin._asdict() | {"pseudo": 0 * begin.output, "product": 0 * begin.decoder}
        parts["feedback"] = rates["feedback0"][:, None, None] * np.eye(begin.output.shape[-2])
        parts |= {name: start[name] for name in ("feedback", "product") if name in start}
        if "pseudo" in start:
            pseudo = np.swapaxes(start["pseudo"], -1, -2)
            parts["pseudo"] = pseudo if self.means else pseudo - kernels.mean(pseudo, often)
        return switch.State(**parts)


class _InTurn:
    """One solution until the time `switch` (element,), and from there another one."""

    def __init__(self, before: Solved, after: Solved, switch: np.ndarray):
        self._before, self._after, self._switch = before, after, switch[:, None]

    def at(self, time: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        early = self._before.at(np.minimum(time, self._switch))
        late = self._after.at(np.maximum(time - self._switch, 0.0))
        is_early = (time <= self._switch)[..., None, None]
        gram, output = (np.where(is_early, one, other) for one, other in zip(early, late, strict=True))
        return gram, output


def _all_of(theory: ModuleType, constants: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The rates of a rule's equations; those that its law does not have are 0."""
    silent = {weight_decay: ("decay",), perturbation: ("blur",)}.get(theory, ())
    return dict.fromkeys(silent, 0 * constants["eta_h"]) | constants
