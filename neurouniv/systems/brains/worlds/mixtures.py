"""Worlds in which nothing is learned of the law's kind: geometries that stay, wander, relax, jump or scale."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from scipy.spatial.distance import pdist
from scipy.special import expit

from neurouniv.quantities import need_number
from neurouniv.schema import InputError
from neurouniv.systems.brains.embedding import gram_of
from neurouniv.systems.brains.worlds.world import Course, Geometry, World, outputs_at
from neurouniv.theory import rivals


@dataclass(frozen=True)
class Static(World):
    """Nothing changes: h(t) = h(0), the stimuli's distances. The animal stays at chance."""

    name: ClassVar[str] = "static"

    def path(self, task: Geometry, time: np.ndarray, size: float, rng: np.random.Generator) -> Course:
        h = np.repeat(size * task.dx2[None] / task.dx2.mean(), len(time), axis=0)
        return Course(h, outputs_at(task, np.zeros(len(time))))


@dataclass(frozen=True)
class Drift(World):
    """Drift without learning: distances wander from the stimuli's with no regard for the task.

    From one session to the next h = `kept` h + (1 - kept) f, f the distances of a fresh random geometry: each pattern
    is the one before, shrunk, plus a random one. The size stays. (`drift` of `simulate_brain` turns the code instead
    and leaves distances as they are.) The animal stays at chance.
    """

    kept: float = 0.7

    name: ClassVar[str] = "drift"

    def path(self, task: Geometry, time: np.ndarray, size: float, rng: np.random.Generator) -> Course:
        _need_share(self.kept, "kept")
        conditions = len(task.stimuli)
        h = [size * task.dx2 / task.dx2.mean()]
        for _ in time[1:]:
            fresh = pdist(rng.normal(size=(conditions, max(2, conditions // 4))), "sqeuclidean")
            h.append(self.kept * h[-1] + (1 - self.kept) * size * fresh / fresh.mean())
        return Course(np.array(h), outputs_at(task, np.zeros(len(time))), {"kept": self.kept})


@dataclass(frozen=True)
class Exponential(World):
    """Squared distances relax to a mix of stimuli and targets: h = h_inf + (h(0) - h_inf) e^(-rate t), for all pairs.

    h_inf = stimulus dx2 + target dy2, a share `stimulus` of its mean from the stimuli. `rate` is per session; default 4
    over all sessions. Outputs come as near to the targets as distances to h_inf.
    """

    stimulus: float = 0.3
    rate: float | None = None

    name: ClassVar[str] = "exponential"

    def path(self, task: Geometry, time: np.ndarray, size: float, rng: np.random.Generator) -> Course:
        _need_share(self.stimulus, "stimulus")
        rate = 4 / time[-1] if self.rate is None else need_number(self.rate, "rate", above=0)
        constants = {**_end(task, size, self.stimulus), "rate": rate}
        stimulus, target, pace = (np.array([value]) for value in constants.values())
        h = rivals.exponential(self.first(task, size), stimulus, target, pace, task.dx2, task.dy2, time).T
        return Course(h, outputs_at(task, 1 - np.exp(-rate * time)), constants)


@dataclass(frozen=True)
class Step(World):
    """Sudden insight: squared distances jump from the stimuli's to a mix of stimuli and targets, and stay.

    h = h(0) + s (h_inf - h(0)), with the end of `Exponential` and s 0 before and 1 from the time `at` on (a share of
    the course), or a logistic curve of time constant `width` sessions around it. Outputs jump with them.
    """

    stimulus: float = 0.3
    at: float = 0.5
    width: float = 0.0

    name: ClassVar[str] = "step"

    def path(self, task: Geometry, time: np.ndarray, size: float, rng: np.random.Generator) -> Course:
        _need_share(self.stimulus, "stimulus")
        _need_share(self.at, "at")
        when = self.at * time[-1]
        progress = expit((time - when) / self.width) if self.width > 0 else (time >= when).astype(float)
        end = _end(task, size, self.stimulus)
        first, last = self.first(task, size), end["stimulus"] * task.dx2 + end["target"] * task.dy2
        h = first + progress[:, None] * (last - first)
        return Course(h, outputs_at(task, progress), {**end, "at": when, "width": self.width})


@dataclass(frozen=True)
class Gain(World):
    """Attention: all distances grow by one factor, h = h(0) s(t), s logistic from 1 to `growth`.

    h(0) are the stimuli's distances; `rate` is per session, default 6 over all sessions. Outputs come as near to the
    targets as s to its end.
    """

    rate: float | None = None

    name: ClassVar[str] = "gain"

    def path(self, task: Geometry, time: np.ndarray, size: float, rng: np.random.Generator) -> Course:
        rate = 6 / time[-1] if self.rate is None else need_number(self.rate, "rate", above=0)
        s = rivals.gain(np.ones(1), np.array([self.growth]), np.array([rate]), time)[0]
        progress = (s - 1) / (self.growth - 1) if self.growth != 1 else np.zeros(len(time))
        h = s[:, None] * self.first(task, size)
        return Course(h, outputs_at(task, progress), {"factor": self.growth, "rate": rate})


@dataclass(frozen=True)
class Lazy(World):
    """The representation stays at the stimuli's distances, and a readout of it learns: Y = Y* (1 - e^(-eta_y G t)).

    G is the centred Gram matrix of the population and outputs start at the mean target. `eta_y` is per session and
    squared unit of activity; default: the average mode comes to within e^-4 of its end.
    """

    eta_y: float | None = None

    name: ClassVar[str] = "lazy"

    def path(self, task: Geometry, time: np.ndarray, size: float, rng: np.random.Generator) -> Course:
        first = size * task.dx2 / task.dx2.mean()
        values, vectors = np.linalg.eigh(gram_of(first))
        values = np.maximum(values, 0.0)
        eta_y = 4 / (time[-1] * values.mean()) if self.eta_y is None else need_number(self.eta_y, "eta_y", above=0)
        mean = task.targets.mean(axis=0)
        learned = 1 - np.exp(-eta_y * values * time[:, None])
        outputs = mean + np.einsum("cm,tm,dm,do->tco", vectors, learned, vectors, task.targets - mean, optimize=True)
        return Course(np.repeat(first[None], len(time), axis=0), outputs, {"eta_y": eta_y})


def _end(task: Geometry, size: float, stimulus: float) -> dict[str, float]:
    """The weights of dx2 and dy2 in distances of that mean `size`, a share `stimulus` of it from the stimuli."""
    return {"stimulus": stimulus * size / task.dx2.mean(), "target": (1 - stimulus) * size / task.dy2.mean()}


def _need_share(value: float, name: str) -> None:
    if not 0 <= value <= 1:
        raise InputError(f"{name} lies from 0 to 1; got {value}.")
