"""Worlds in which distances obey a law of learning: the universal law, the two-point law, its target-only rival."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from neurouniv.quantities import need_number
from neurouniv.schema import InputError, pair_indices
from neurouniv.systems.brains.embedding import gram_of
from neurouniv.systems.brains.worlds.world import Course, Geometry, World, outputs_at
from neurouniv.theory import all_conditions, closed_form, two_point

HALF, SOONEST = 0.5, 0.01
"""The part of the way to the targets that `half` is about, and the least share of the course that it can take."""
MOMENTS, LONG = 400, 60.0
"""How finely, and how far in units of the fastest mode's time, the pace of learning is looked for."""
LEARNABLE = 1e-9
"""The share of the targets' squares that has to be linear in the stimuli. A convention: above rounding."""


@dataclass(frozen=True)
class Universal(World):
    """The law of all conditions at once (see `neurouniv.theory.all_conditions`), exactly: K the stimuli's centred Gram.

    G starts in proportion to K, and outputs and decoder at none (Y = 0, S = 0, centred). Half the way to the targets is
    done after the share `half` of the course. Constants: `eta_h`, `eta_y`, per session and summed squared error.
    """

    half: float = 0.35

    name: ClassVar[str] = "universal"

    def path(self, task: Geometry, time: np.ndarray, size: float, rng: np.random.Generator) -> Course:
        need_number(self.half, "half", SOONEST, 1)
        kernel = gram_of(task.dx2)
        targets = (task.targets - task.targets.mean(axis=0)).T
        ends, pace = _ends(kernel, targets)
        start = kernel * (_mean_distance(ends) / self.growth / _mean_distance(kernel))
        speed = self._speed(start, kernel, targets, pace, self.half * time[-1])
        flow = self._flow(start, kernel, targets, speed * time[-1])
        gram, outputs = (course[0] for course in flow.at(speed * time[None]))
        ratio = size / _mean_distance(gram[-1])
        constants = {"eta_h": speed * ratio, "eta_y": speed / ratio}
        first, second = pair_indices(len(kernel))
        squares = np.diagonal(gram, axis1=1, axis2=2)
        h = ratio * (squares[:, first] + squares[:, second] - 2 * gram[:, first, second])
        return Course(np.maximum(h, 0.0), outputs.swapaxes(1, 2) + task.targets.mean(axis=0), constants)

    def _speed(self, start: np.ndarray, kernel: np.ndarray, targets: np.ndarray, pace: float, when: float) -> float:
        """See `_speed`; a short look mostly suffices."""
        for long in (LONG / 5, LONG):
            grid = _grid(long) / pace
            outputs = self._flow(start, kernel, targets, grid[-1], rtol=1e-5).at(grid[None])[1][0]
            progress = (outputs * targets).sum((1, 2)) / (targets**2).sum()
            if progress.max() > HALF:
                break
        return _speed(progress, grid, when)

    def _flow(
        self, start: np.ndarray, kernel: np.ndarray, targets: np.ndarray, end: float, rtol: float = 1e-8
    ) -> all_conditions.Flow:
        unit, outputs = np.ones(1), len(targets)
        begin = all_conditions.Start(
            start[None], np.zeros((1, *targets.shape)), np.zeros((1, outputs, outputs)), np.zeros((1, outputs))
        )
        encoder = all_conditions.Kernel.of(kernel[None])
        return all_conditions.Flow(begin, unit, unit, encoder, targets[None], end * unit, rtol=rtol, max_steps=5000)


@dataclass(frozen=True)
class Pairwise(World):
    """The two-point law for every pair (see `neurouniv.theory.two_point`), in closed form.

    Every pair starts at h0 in proportion to dx2 and balanced, y0 = (eta_y/eta_h) h0^2/dx2, with w0 = y0 - `alignment`
    sqrt(y0 dy2). Half the way to the targets is done after the share `half` of the course. Constants: `eta_h`, `eta_y`
    per session, `y0_per_h0`, `alignment0`.

    Pair by pair the law asks for distances that are not Euclidean once more than two conditions differ in dx2: dx dy*
    violates the triangle inequality. Then no population follows it; `simulate_brain` refuses where the nearest one is
    far from it, and says how near it is otherwise. `Universal` is the law that populations can follow.
    """

    half: float = 0.35
    alignment: float = 0.5

    name: ClassVar[str] = "pairwise"

    def path(self, task: Geometry, time: np.ndarray, size: float, rng: np.random.Generator) -> Course:
        need_number(self.half, "half", SOONEST, 1)
        if not 0 < self.alignment <= 1:
            raise InputError(f"alignment lies above 0 and up to 1; got {self.alignment}.")
        told_apart = self.told_apart(task)
        apart = told_apart > 0  # pairs of one stimulus stay at h = 0
        dx2, dy2 = told_apart[apart], task.dy2[apart]
        pace = np.sqrt(told_apart * task.dy2).mean()
        if not pace > 0:
            raise InputError(
                f"The law of world='{self.name}' learns targets of pairs whose stimuli differ; here no such pair has "
                "different targets. Give every condition a stimulus of its own."
            )
        ratio = (size / pace) ** 2
        y0_per_h0 = size / self.growth / told_apart.mean() / ratio
        h0 = size / self.growth * dx2 / told_apart.mean()
        start = two_point.Start(h0, h0 * y0_per_h0, h0 * y0_per_h0 - self.alignment * np.sqrt(h0 * y0_per_h0 * dy2))
        rates = np.sqrt(ratio), 1 / np.sqrt(ratio)
        grid = _grid(LONG) / pace
        speed = _speed(self._progress(start, rates, dx2, dy2, grid), grid, self.half * time[-1])
        if not speed > 0:
            raise InputError(
                f"The law of world='{self.name}' has half its way behind it at the first session, where distances "
                f"grow {self.growth:g} times. Give a larger growth, such as 10."
            )
        rates = speed * rates[0], speed * rates[1]
        h = np.zeros((len(time), len(apart)))
        h[:, apart] = closed_form.solve(start, *rates, dx2, dy2, time)[0].T
        constants = {"eta_h": rates[0], "eta_y": rates[1], "y0_per_h0": y0_per_h0, "alignment0": self.alignment}
        return Course(h, outputs_at(task, self._progress(start, rates, dx2, dy2, time)), constants)

    def told_apart(self, task: Geometry) -> np.ndarray:
        """The squared distances (pair,) of what the encoder reads."""
        return task.dx2

    def _progress(
        self, start: Any, rates: tuple[Any, Any], dx2: np.ndarray, dy2: np.ndarray, time: np.ndarray
    ) -> np.ndarray:
        _, y, w = closed_form.solve(start, *rates, dx2, dy2, time)
        return (y - w).sum(axis=0) / dy2.sum()


@dataclass(frozen=True)
class Target(Pairwise):
    """Growth that knows targets only: the two-point law with dx2 = 1 for every pair, from equal distances.

    A population follows it exactly where targets are equally far from each other (classes), and nearly otherwise.
    """

    name: ClassVar[str] = "target"

    def told_apart(self, task: Geometry) -> np.ndarray:
        return np.ones_like(task.dx2)


def _grid(long: float) -> np.ndarray:
    return np.concatenate([[0.0], np.geomspace(0.01, long, MOMENTS)])


def _speed(progress: np.ndarray, grid: np.ndarray, when: float) -> float:
    """How many times as fast time has to go for half the way to be done at `when`."""
    reached = min(HALF, 0.999 * progress.max())
    place = int(np.argmax(progress >= reached))
    share = (reached - progress[place - 1]) / (progress[place] - progress[place - 1]) if place else 0.0
    return float((grid[max(place - 1, 0)] + share * (grid[place] - grid[max(place - 1, 0)])) / when)


def _ends(kernel: np.ndarray, targets: np.ndarray) -> tuple[np.ndarray, float]:
    """The Gram matrix that equal rates end at from a small start, and the pace of the fastest mode.

    With Y* = U s V' in the coordinates x of the stimuli (K = x'x), the encoder's G ends at x' V s V' x.

    Raises
    ------
    InputError : nothing of the targets is linear in the stimuli.
    """
    values, vectors = np.linalg.eigh(kernel)
    kept = values > 1e-6 * values.max()
    x = np.sqrt(values[kept])[:, None] * vectors[:, kept].T
    readout = targets @ np.linalg.pinv(x)
    if ((readout @ x) ** 2).sum() <= LEARNABLE * (targets**2).sum():
        raise InputError(
            "The universal law learns what is linear in the stimuli; no part of this task's targets is (those of an "
            "exclusive or are not). Give stimuli in another code, one feature for each condition say, or another world."
        )
    _, strength, across = np.linalg.svd(readout, full_matrices=False)
    gram = x.T @ (across.T * strength) @ across @ x
    return gram, float(np.linalg.svd(targets @ x.T, compute_uv=False).max())


def _mean_distance(gram: np.ndarray) -> float:
    """The mean squared distance between conditions of a centred Gram matrix."""
    return float(2 * np.trace(gram) / (len(gram) - 1))
