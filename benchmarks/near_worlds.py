"""Worlds for `roc.py`: ways in which the law is true, and worlds near it in which it is false and no rival is true.

Every world prescribes the distances of a population session by session, as `neurouniv.systems.brains.worlds` do; most
solve equations of motion of G = H'H, the outputs Y and S = D D', for conditions that share one encoder and decoder.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from scipy.integrate import solve_ivp
from scipy.special import expit

from neurouniv.schema import pair_indices
from neurouniv.systems.brains.embedding import gram_of
from neurouniv.systems.brains.worlds import Course, Universal, World
from neurouniv.systems.brains.worlds.laws import _ends, _mean_distance, _speed
from neurouniv.systems.brains.worlds.world import Geometry

LONG = 40.0
State = dict[str, np.ndarray]


@dataclass(frozen=True)
class Motion(World):
    """A world of equations of motion: `begin` and `velocity` say which. Half of learning is done at `half`."""

    half: float = 0.35

    name: ClassVar[str] = "motion"

    def path(self, task: Geometry, time: np.ndarray, size: float, rng: np.random.Generator) -> Course:
        kernel, targets = self.given(task)
        ends, pace = _ends(kernel, targets)
        state = self.begin(kernel * (_mean_distance(ends) / self.growth / _mean_distance(kernel)), targets, rng)
        grid = np.concatenate([[0.0], np.geomspace(0.01, LONG, 200)]) / pace
        moved = self._solved(state, kernel, targets, pace, grid, np.inf)
        progress = (moved["Y"] * targets).sum((1, 2)) / (targets**2).sum()
        speed = _speed(progress, grid, self.half * time[-1])
        gram = self._solved(state, kernel, targets, pace, speed * time, speed * time[-1])["G"]
        first, second = pair_indices(len(kernel))
        own = np.diagonal(gram, axis1=1, axis2=2)
        h = own[:, first] + own[:, second] - 2 * gram[:, first, second]
        return Course(np.maximum(h * size / h[-1].mean(), 0.0), np.repeat(task.targets[None], len(time), axis=0))

    def given(self, task: Geometry) -> tuple[np.ndarray, np.ndarray]:
        """The encoder's kernel (N, N) and the targets (o, N), both centred."""
        return gram_of(task.dx2), (task.targets - task.targets.mean(0)).T

    def begin(self, gram: np.ndarray, targets: np.ndarray, rng: np.random.Generator) -> State:
        return {"G": gram, "Y": 0 * targets, "S": np.zeros((len(targets), len(targets)))}

    def velocity(self, state: State, kernel: np.ndarray, targets: np.ndarray, pace: float, done: float) -> State:
        """The law of all conditions; `done` is the share of the course."""
        return law(state, kernel, state["Y"] - targets)

    def _solved(self, state: State, kernel, targets, pace, time, end) -> State:
        shapes = {name: array.shape for name, array in state.items()}
        places = np.cumsum([0, *(array.size for array in state.values())])

        def unpacked(flat: np.ndarray) -> State:
            cut = zip(shapes.items(), places[:-1], places[1:], strict=True)
            return {name: flat[a:b].reshape(*shape, *flat.shape[1:]) for (name, shape), a, b in cut}

        def moving(t: float, flat: np.ndarray) -> np.ndarray:
            found = self.velocity(unpacked(flat), kernel, targets, pace, t / end)
            return np.concatenate([found[name].ravel() for name in shapes])

        flat = np.concatenate([array.ravel() for array in state.values()])
        made = solve_ivp(moving, (0.0, time[-1]), flat, t_eval=time, rtol=1e-6, atol=1e-9, max_step=time[-1] / 20)
        return {name: np.moveaxis(array, -1, 0) for name, array in unpacked(made.y).items()}


def law(state: State, kernel: np.ndarray, error: np.ndarray) -> State:
    """The law's velocity, rates 1 (`neurouniv.theory.all_conditions`)."""
    pull, turned = state["Y"].T @ error @ kernel, error @ state["Y"].T
    return {"G": -(pull + pull.T), "Y": -error @ state["G"] - state["S"] @ error @ kernel, "S": -(turned + turned.T)}


@dataclass(frozen=True)
class Decoder(Motion):
    """True: the decoder starts at S(0) = `share` of the strength that it will have."""

    share: float = 0.3
    name: ClassVar[str] = "true: decoder at the start"

    def begin(self, gram, targets, rng):
        strength = np.linalg.norm(targets) / len(targets)
        return super().begin(gram, targets, rng) | {"S": self.share * strength * np.eye(len(targets))}


@dataclass(frozen=True)
class OwnStart(Motion):
    """True: a start of its own, half of it unrelated to the stimuli."""

    name: ClassVar[str] = "true: a start of its own"

    def begin(self, gram, targets, rng):
        other = rng.normal(size=(len(gram), len(gram)))
        other = (other - other.mean(0)) @ (other - other.mean(0)).T
        other = other - other.mean(0) - other.mean(1)[:, None] + other.mean()
        return super().begin(0.5 * gram + 0.5 * other * np.trace(gram) / np.trace(other), targets, rng)


@dataclass(frozen=True)
class Exposure(Motion):
    """True, of a law that knows it: conditions are shown unequally often, P (N,), up to four times."""

    name: ClassVar[str] = "true: unequal exposure"

    @staticmethod
    def often(conditions: int) -> np.ndarray:
        made = np.random.default_rng(5).uniform(0.5, 2.0, conditions)
        return made / made.mean()

    def given(self, task):
        often = self.often(len(task.targets))
        centring = np.eye(len(often)) - np.outer(np.ones(len(often)), often) / len(often)
        targets = (task.targets - (often[:, None] * task.targets).mean(0)).T
        return centring @ gram_of(task.dx2) @ centring.T, targets

    def velocity(self, state, kernel, targets, pace, done):
        return law(state, kernel, (state["Y"] - targets) * self.often(len(kernel)))


@dataclass(frozen=True)
class Means(Motion):
    """True in the form with means: no centring, biases in both layers."""

    name: ClassVar[str] = "true: means and biases"

    def given(self, task):
        return task.stimuli @ task.stimuli.T + 1, task.targets.T

    def begin(self, gram, targets, rng):
        return super().begin(gram, targets, rng) | {"c": np.zeros((len(targets), 1))}

    def velocity(self, state, kernel, targets, pace, done):
        error = state["Y"] - targets
        moved = law(state | {"Y": state["Y"] - state["c"]}, kernel, error)
        own = error.sum(1, keepdims=True)
        return moved | {"Y": moved["Y"] - own, "c": -own}


@dataclass(frozen=True)
class OneClock(Universal):
    """All distances go from the law's start to its end together, on one logistic clock."""

    name: ClassVar[str] = "one clock"

    def path(self, task, time, size, rng):
        made = super().path(task, time, size, rng)
        clock = expit(12 * (time / time[-1] - self.half))
        clock = (clock - clock[0]) / (clock[-1] - clock[0])
        return Course(made.h[0] + clock[:, None] * (made.h[-1] - made.h[0]), made.outputs)


@dataclass(frozen=True)
class Wobble(Universal):
    """The law, times a gain of its own in every session (standard deviation of its logarithm: `sd`)."""

    sd: float = 0.3
    name: ClassVar[str] = "gain of every session"

    def path(self, task, time, size, rng):
        made = super().path(task, time, size, rng)
        gain = np.exp(self.sd * rng.normal(size=len(time)))
        gain[0] = 1.0
        return Course(made.h * gain[:, None], made.outputs)


@dataclass(frozen=True)
class OtherTask(Universal):
    """The law of another task: a third of the conditions have each other's targets."""

    name: ClassVar[str] = "other targets"

    def path(self, task, time, size, rng):
        n = len(task.targets)
        some = np.random.default_rng(3).permutation(n)[: max(2, n // 3)]
        order = np.arange(n)
        order[some] = np.roll(some, 1)
        first, second = pair_indices(n)
        targets = task.targets[order]
        dy2 = ((targets[first] - targets[second]) ** 2).sum(-1)
        return super().path(Geometry(task.stimuli, targets, task.dx2, dy2), time, size, rng)


@dataclass(frozen=True)
class Identity(Motion):
    """Features learn without stimuli: the kernel is the identity, the start the stimuli's."""

    name: ClassVar[str] = "no stimuli in the kernel"

    def velocity(self, state, kernel, targets, pace, done):
        n = len(kernel)
        blind = (np.eye(n) - 1 / n) * np.trace(kernel) / (n - 1)
        return law(state, blind, state["Y"] - targets)


@dataclass(frozen=True)
class Feedback(Motion):
    """Feedback alignment: errors reach the encoder through weights that are fixed and random."""

    name: ClassVar[str] = "feedback alignment"

    def begin(self, gram, targets, rng):
        return {"G": gram, "Y": 0 * targets, "Z": 0 * targets, "M": np.zeros((len(targets), len(targets)))}

    def velocity(self, state, kernel, targets, pace, done):
        error = state["Y"] - targets
        pull, strength = state["Z"].T @ error @ kernel, np.linalg.norm(targets) / len(targets)
        return {
            "G": -(pull + pull.T),
            "Y": -error @ state["G"] - state["M"] @ error @ kernel,
            "Z": -strength * error @ kernel,
            "M": -error @ state["Z"].T,
        }


@dataclass(frozen=True)
class Decay(Motion):
    """The law with weights that decay, at a quarter of the pace of learning."""

    name: ClassVar[str] = "weights decay"

    def velocity(self, state, kernel, targets, pace, done):
        moved = law(state, kernel, state["Y"] - targets)
        return {name: rate - 0.25 * pace * state[name] for name, rate in moved.items()}


@dataclass(frozen=True)
class Curriculum(Motion):
    """Half of the conditions are taught in the second half of the course alone."""

    name: ClassVar[str] = "half taught later"

    def velocity(self, state, kernel, targets, pace, done):
        taught = (np.arange(len(kernel)) % 2 == 0) | (done >= 0.5)
        error = (state["Y"] - targets) * taught
        return law(state, kernel, error)


@dataclass(frozen=True)
class HalfLaw(Universal):
    """Half of the distances' growth is the law's, half that of attention, one factor for all."""

    name: ClassVar[str] = "half law, half gain"

    def path(self, task, time, size, rng):
        made = super().path(task, time, size, rng)
        end = made.h.mean(1, keepdims=True)
        return Course(0.5 * made.h + 0.5 * end * task.dx2 / task.dx2.mean(), made.outputs)


TRUE = (Universal(), Universal(growth=3.0), Decoder(), OwnStart(), Exposure(), Means())
NEAR = (OneClock(), Wobble(), OtherTask(), Identity(), Feedback(), Decay(), Curriculum(), HalfLaw())
