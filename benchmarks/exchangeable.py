"""p of the difference between two laws that are equally good over other conditions (and classes of them).

Distances grow as the points of the truth say. A law is given those points with errors of its own, of one distribution
for both, by class (where conditions are in classes) and by condition, and fits to every fold's training pairs how the
distances that it is given grow: h = d (c1 t + c2 t^2 + ...) + floors, by least squares.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.spatial.distance import pdist

from neurouniv.schema import pair_indices
from neurouniv.universality.inference.bootstrap import Fold, bootstrap_scores, draw
from neurouniv.universality.inference.error_units import FITS
from neurouniv.universality.inference.p_values import infer

FEATURES, SCATTER, FRAMES = 8, 0.7, 8
"""Of points; how far conditions lie about their class's point, as a share of the spread of classes; times."""


class Exchangeable(NamedTuple):
    """How many conditions and classes (0: none), errors by class and by condition, constants, partitions and folds."""

    conditions: int
    classes: int
    by_class: float = 0.5
    by_condition: float = 0.5
    constants: int = 4
    partitions: int = 1
    folds: int = 2
    noise: float = 0.1

    def __str__(self) -> str:
        groups = f"in {self.classes} classes" if self.classes else "independent"
        errors = f"errors {self.by_class:g} / {self.by_condition:g}, noise {self.noise:g}"
        return (
            f"{self.conditions} {groups}, {errors}, {self.constants} constants, {self.partitions} x {self.folds} folds"
        )

    @property
    def groups(self) -> np.ndarray:
        """The class of every condition; without classes, each its own."""
        return np.arange(self.conditions) * (self.classes or self.conditions) // self.conditions


def classes_of(rng: np.random.Generator, world: Exchangeable) -> np.ndarray:
    """The points of classes and the errors of both laws (3, condition, feature)."""
    spread = np.array([1.0, world.by_class, world.by_class])[:, None, None]
    return spread * rng.normal(size=(3, world.groups.max() + 1, FEATURES))[:, world.groups]


def study(rng: np.random.Generator, world: Exchangeable, classes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Distances that were observed (time, pair), and those that laws are given (law, pair)."""
    spread = SCATTER * np.array([1.0, world.by_condition, world.by_condition])[:, None, None]
    truth, *errors = classes + spread * rng.normal(size=classes.shape)
    growth = 1 / (1 + np.exp(-8 * (np.linspace(0, 1, FRAMES) - 0.4)))
    h = growth[:, None] * pdist(truth) ** 2
    h += world.noise * h.mean() * rng.normal(size=h.shape)
    return h, np.stack([pdist(truth + error) ** 2 for error in errors])


def held_out(rng: np.random.Generator, world: Exchangeable, classes: np.ndarray) -> list[Fold]:
    """What was observed and expected in every fold, as `neurouniv.compare` holds conditions out."""
    h, given = study(rng, world, classes)
    first, second = pair_indices(world.conditions)
    folds = []
    for _ in range(world.partitions):
        fold = rng.permutation(world.conditions) % world.folds
        for number in range(world.folds):
            test = (fold[first] == number) & (fold[second] == number)
            train = (fold[first] != number) & (fold[second] != number)
            laws = [expected(world.constants, h[:, train], d[train], d[test]) for d in given]
            folds.append(Fold(h[None][..., test], np.stack(laws)[:, None], np.stack([first, second])[:, test]))
    return folds


def expected(constants: int, h: np.ndarray, given: np.ndarray, other: np.ndarray) -> np.ndarray:
    """A law fitted to distances (time, pair) of pairs that are `given` apart, of pairs that are `other` apart."""
    fitted = np.linalg.lstsq(terms(constants, given), h.ravel(), rcond=None)[0]
    return (terms(constants, other) @ fitted).reshape(len(h), -1)


def terms(constants: int, given: np.ndarray) -> np.ndarray:
    """(time and pair, constant)."""
    t = np.linspace(0, 1, FRAMES)[:, None]
    whole = [given * t, 0 * given + 1 + 0 * t, given * t**2, given * t**3, given + 0 * t, 0 * given + t]
    return np.stack([term.ravel() for term in whole[:constants]], -1)


def p_values(rng: np.random.Generator, world: Exchangeable) -> dict[str, float]:
    """Of the ratio of errors, by condition and by class, given the fits and with their spread."""
    folds, found = held_out(rng, world, classes_of(rng, world)), {}
    for kind, units in {"condition": None, **({"class": world.groups} if world.classes else {})}.items():
        drawn = draw(world.conditions, 1, 2, rng, units)
        apart = bootstrap_scores(folds, drawn, "log_error", reference=0)
        for told, fits in {f"by {kind}": fits_of(world), f"by {kind}, fits as given": 0.0}.items():
            found[told] = float(infer(apart, drawn, fits=fits).p[1, 0])
    return found


def misses_of_these_classes(rng: np.random.Generator, world: Exchangeable, others: int = 20) -> bool:
    """Whether the interval of the log ratio by condition misses its mean over other conditions of these classes."""
    classes, once = classes_of(rng, world), draw(world.conditions, 1, 2, rng)
    scores = [
        bootstrap_scores(held_out(rng, world, classes), once, "log_error", reference=0) for _ in range(1 + others)
    ]
    found = infer(scores[0], once, fits=fits_of(world))
    truth = np.mean([one.each[1, 0, 0] for one in scores[1:]])
    return bool(not found.lower[1, 0] <= truth <= found.upper[1, 0])


def fits_of(world: Exchangeable) -> float:
    return FITS / (world.folds - 1)
