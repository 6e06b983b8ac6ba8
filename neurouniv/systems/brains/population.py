"""The units of a population: which are recorded when, and a code that drifts."""

from __future__ import annotations

import numpy as np

from neurouniv.schema import InputError


def needed_units(channels: int, sessions: int, turnover: float) -> int:
    """How many units are recorded in all, where every session replaces a share `turnover` by new ones."""
    return channels + round(turnover * channels) * (sessions - 1)


def recorded_units(
    rng: np.random.Generator, units: int, channels: int, sessions: int, turnover: float
) -> tuple[np.ndarray, np.ndarray | None]:
    """Which units are ever recorded (channel,), and in which sessions (session, channel); None where in all.

    Every session records `channels` units; a share `turnover` of them, chosen at random, is gone in the next one and
    replaced by units never recorded before.

    Raises
    ------
    InputError : the population has fewer units than that takes.

    Examples
    --------
    >>> who, when = recorded_units(np.random.default_rng(0), units=9, channels=4, sessions=3, turnover=0.5)
    >>> who.size, when.sum(1).tolist(), int((when[0] & when[1]).sum())
    (8, [4, 4, 4], 2)
    """
    needed = needed_units(channels, sessions, turnover)
    if needed > units:
        raise InputError(
            f"Recording {channels} units and replacing {turnover:g} of them in each of {sessions - 1} sessions needs "
            f"{needed} units; the population has {units}. Give a larger `width`, fewer `neurons` or less `turnover`."
        )
    chosen = rng.choice(units, needed, replace=False)
    order = np.argsort(chosen)
    if needed == channels:
        return chosen[order], None
    return chosen[order], _present(rng, needed, channels, sessions)[:, order]


def _present(rng: np.random.Generator, needed: int, channels: int, sessions: int) -> np.ndarray:
    present = np.zeros((sessions, needed), dtype=bool)
    present[0, :channels] = True
    lost = (needed - channels) // (sessions - 1)
    for session in range(1, sessions):
        present[session] = present[session - 1]
        present[session, rng.choice(np.flatnonzero(present[session]), lost, replace=False)] = False
        first_new = channels + (session - 1) * lost
        present[session, first_new : first_new + lost] = True
    return present


def rotated(patterns: np.ndarray, degrees: float, rng: np.random.Generator) -> np.ndarray:
    """Patterns (session, condition, unit) whose code turns by `degrees` every session; distances stay as they are.

    The space of units is split into random orthogonal planes, and every plane is turned by the same angle. A pattern
    and its own rotation of k sessions then have the cosine cos(k degrees), up to one axis where units are odd.

    Examples
    --------
    >>> turned = rotated(np.ones((2, 1, 4)), 60.0, np.random.default_rng(0))
    >>> round(float(turned[0, 0] @ turned[1, 0]) / 4, 12)
    0.5
    """
    sessions, _, units = patterns.shape
    axes = np.linalg.qr(rng.normal(size=(units, units)))[0]
    planes = units // 2
    along = patterns @ axes
    first, second = along[..., :planes].copy(), along[..., planes : 2 * planes].copy()
    angle = np.deg2rad(degrees) * np.arange(sessions)[:, None, None]
    along[..., :planes] = np.cos(angle) * first - np.sin(angle) * second
    along[..., planes : 2 * planes] = np.sin(angle) * first + np.cos(angle) * second
    return along @ axes.T
