"""What every world does: prescribe the path of the distances between conditions, session by session."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
import xarray as xr
from scipy.spatial.distance import pdist

from neurouniv.quantities import need_numbers_in
from neurouniv.schema import InputError

LARGEST, SMALLEST = 1e75, 1e-70
"""The largest numbers, and the least spread of numbers, whose fourth powers a law can compute with in doubles."""


@dataclass(frozen=True)
class Geometry:
    """What a task says of its conditions: `stimuli` (condition, feature), `targets` (condition, output), and `dx2`,
    `dy2` (pair), their squared distances."""

    stimuli: np.ndarray
    targets: np.ndarray
    dx2: np.ndarray
    dy2: np.ndarray


@dataclass(frozen=True)
class Course:
    """What happens in a world: `h` (session, pair), squared distances of the population; `outputs` (session,
    condition, output), what the animal says; and the world's `constants`, per session where they are rates."""

    h: np.ndarray
    outputs: np.ndarray
    constants: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class World(ABC):
    """A world whose law is known, because it is prescribed rather than learned.

    Parameters
    ----------
    size : mean squared distance between conditions, per unit, in the last session.
    growth : how many times that of the first session it is; where a law of learning sets it, about so many.
    """

    size: float = 0.04
    growth: float = 10.0

    name: ClassVar[str]

    def __post_init__(self) -> None:
        need_numbers_in(self)
        if not (self.size > 0 and self.growth > 0):
            raise InputError(f"A world needs a positive size and growth; got {self}.")

    def course(self, task: xr.Dataset, sessions: int, units: int, rng: np.random.Generator) -> Course:
        """The course of `sessions` sessions, at times 0, 1, ..., of a population of `units` units."""
        return self.path(geometry(task), np.arange(sessions, dtype=float), self.size * units, rng)

    @abstractmethod
    def path(self, task: Geometry, time: np.ndarray, size: float, rng: np.random.Generator) -> Course:
        """The course at `time` (session,), with the mean distance `size` at its end."""

    def first(self, task: Geometry, size: float) -> np.ndarray:
        """Distances (pair,) before learning: those of the stimuli."""
        return size / self.growth * task.dx2 / task.dx2.mean()


def geometry(task: xr.Dataset) -> Geometry:
    """The geometry of a task whose stimuli and targets differ.

    Raises
    ------
    InputError : all are the same, or their sizes are beyond what a law can compute with.
    """
    stimuli = task.stimuli.transpose("condition", "feature").values.astype(float)
    targets = task.targets.transpose("condition", "output").values.astype(float)
    for name, values in (("stimuli", stimuli), ("targets", targets)):
        largest, spread = np.abs(values).max(), np.ptp(values, axis=0).max()
        if largest > LARGEST or 0 < spread < SMALLEST:
            raise InputError(
                f"A world needs {name} up to {LARGEST:g} that differ by {SMALLEST:g} or more; got up to "
                f"{largest:.3g}, with differences up to {spread:.3g}. Give them in another unit."
            )
    dx2, dy2 = pdist(stimuli, "sqeuclidean"), pdist(targets, "sqeuclidean")
    if not (dx2.mean() > 0 and dy2.mean() > 0):
        raise InputError("A world needs a task whose stimuli differ and whose targets differ; all are the same here.")
    return Geometry(stimuli, targets, dx2, dy2)


def outputs_at(task: Geometry, progress: np.ndarray) -> np.ndarray:
    """Outputs (session, condition, output) that have come so far from the mean target, 0, to their own, 1."""
    mean = task.targets.mean(axis=0)
    return mean + progress[:, None, None] * (task.targets - mean)
