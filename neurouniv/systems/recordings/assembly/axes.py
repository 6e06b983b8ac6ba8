"""Axes of activity: which is the trials', the channels' and the latencies', by names, by what the user says, or by
lengths."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from neurouniv.schema import InputError

TRIAL, CHANNEL, LATENCY = ROLES = ("trial", "channel", "latency")
CHECK = "Check the field given as `activity`."
SAID = {
    TRIAL: ("trials", "row", "rows", "epoch", "epochs", "presentation", "presentations"),
    CHANNEL: (
        "channels",
        "unit",
        "units",
        "neuron",
        "neurons",
        "cell",
        "cells",
        "neuroid",
        "voxel",
        "voxels",
        "sensor",
    ),
    LATENCY: ("latencies", "time", "times", "time_bin", "bin", "bins", "sample", "samples"),
}
"""Other words for the roles of axes, in which people say them."""
SHOWN = 6
"""As many readings of axes are listed."""


class Words(NamedTuple):
    """What messages say of the axes: their names, and the field that may be the latency."""

    names: str = ""
    latency: str = ""


NOTHING = Words()


def oriented(activity: np.ndarray, roles: Sequence[str]) -> np.ndarray:
    """`activity` as (trial, channel) or (trial, channel, latency), from the role of each of its axes.

    Several axes of channels become one; where there is none, there is one channel. A role beyond the last axis is that
    of an axis of length 1.

    Examples
    --------
    >>> oriented(np.zeros((5, 7, 30)), ("latency", "channel", "trial")).shape
    (30, 7, 5)
    >>> oriented(np.zeros((30, 4, 7)), ("trial", "channel", "channel")).shape
    (30, 28)
    """
    activity = activity.reshape(*activity.shape, *[1] * (len(roles) - activity.ndim))
    places = {role: [axis for axis, of_axis in enumerate(roles) if of_axis == role] for role in ROLES}
    turned = activity.transpose(*places[TRIAL], *places[CHANNEL], *places[LATENCY])
    if len(places[CHANNEL]) == 1:
        return turned
    channels = math.prod(activity.shape[axis] for axis in places[CHANNEL])
    return turned.reshape(len(turned), channels, *turned.shape[turned.ndim - len(places[LATENCY]) :])


def axes_as_said(dims: Any, shape: tuple[int, ...], rows: int, latencies: int | None) -> tuple[str, ...]:
    """The roles of axes that the setting `dims` gives: ("channel", "trial", "latency"), or the same as text.

    Raises
    ------
    InputError : they are other words, or as many as there are no axes, or lengths are not as they say.

    Examples
    --------
    >>> axes_as_said("channel,trial", (20, 20), 20, None)
    ('channel', 'trial')
    """
    roles = roles_of(dims)
    if len(roles) != len(shape):
        raise InputError(
            f"`dims` needs one word for every axis of the activity; got {len(roles)} ({', '.join(roles)}) for the "
            f"shape {shape}."
        )
    if LATENCY in roles and latencies is None:
        raise InputError(
            f'`dims` says that axis {roles.index(LATENCY)} of the activity is "latency"; give its times in s too, '
            "latency=... (a field, or the times themselves, such as "
            f"numpy.arange({shape[roles.index(LATENCY)]}) / RATE)."
        )
    wanted = {TRIAL: (rows, "conditions")} | ({} if latencies is None else {LATENCY: (latencies, "latencies")})
    for axis, role in enumerate(roles):
        length, what = wanted.get(role, (shape[axis], ""))
        if shape[axis] != length:
            raise InputError(
                f'`dims` says that axis {axis} of the activity is "{role}"; of the shape {shape} it has the length '
                f"{shape[axis]}, and there are {length} {what}."
            )
    if latencies is not None and LATENCY not in roles:
        raise InputError(f"`dims` names no axis of the {latencies} latencies: {', '.join(roles)}.")
    return roles


def roles_of(dims: Any) -> tuple[str, ...]:
    """The roles that the setting `dims` gives, as text or as words; other usual words for them are understood.

    Raises
    ------
    InputError : they are other words, or there is not one axis of trials.

    Examples
    --------
    >>> roles_of("neuron, trial, time")
    ('channel', 'trial', 'latency')
    """
    words = dims.split(",") if isinstance(dims, str) else dims
    said = [str(word).strip().lower() for word in (words if isinstance(words, (list, tuple)) else [words])]
    roles = tuple(next((role for role, others in SAID.items() if word in others), word) for word in said)
    if set(roles) - set(ROLES) or roles.count(TRIAL) != 1 or roles.count(LATENCY) > 1:
        raise InputError(
            '`dims` says of every axis of the activity whether it is "trial", "channel" or "latency", for example '
            f'dims="channel,trial,latency"; "trial" comes once, "latency" at most once. Got {dims!r}.'
        )
    return roles


def axes_by_length(
    shape: tuple[int, ...],
    rows: int,
    latencies: int | None,
    known: Mapping[int, str],
    source: str,
    words: Words = NOTHING,
) -> tuple[str, ...]:
    """The role of every axis of activity, by its length and what is `known` of some axes.

    Raises
    ------
    InputError : the lengths fit no reading of the axes, or more than one; the message asks which.

    Examples
    --------
    >>> axes_by_length((5, 7, 30), 30, 5, {}, "x.mat")
    ('latency', 'channel', 'trial')
    >>> axes_by_length((30, 30), 30, None, {1: "trial"}, "x.nc")
    ('channel', 'trial')
    """
    fits = _fitting(shape, rows, latencies, known)
    if not fits and latencies == 1:  # an axis of length 1 is often dropped
        fits = _fitting((*shape, 1), rows, 1, {**known, len(shape): LATENCY})
    if len(fits) == 1:
        return fits[0]
    if fits:
        raise InputError(_question(shape, rows, latencies, fits, source))
    raise InputError(f"Activity of shape {shape}{words.names} {_no_fit(shape, rows, latencies, known, words.latency)}")


def _fitting(shape: tuple[int, ...], rows: int, latencies: int | None, known: Mapping[int, str]) -> list[tuple]:
    """The readings of axes that lengths allow; those that differ in axes of length 1 alone are the same."""
    readings: dict[tuple, tuple] = {}
    times = [None] if latencies is None else _places(shape, latencies, known, LATENCY)
    for trial, time in itertools.product(_places(shape, rows, known, TRIAL), times):
        roles = [CHANNEL] * len(shape)
        roles[trial] = TRIAL
        if time is not None:
            roles[time] = LATENCY
        wide = [axis for axis, role in enumerate(roles) if role == CHANNEL and shape[axis] > 1]
        if time != trial and len(wide) <= 1 and all(roles[axis] == role for axis, role in known.items()):
            same = tuple(role if length > 1 else "" for role, length in zip(roles, shape, strict=True))
            readings.setdefault(same, tuple(roles))
    return list(readings.values())


def _places(shape: tuple[int, ...], length: int, known: Mapping[int, str], role: str) -> list[int]:
    """The axes that have the length of a role."""
    return [axis for axis, size in enumerate(shape) if size == length and known.get(axis, role) == role]


def _question(shape: tuple[int, ...], rows: int, latencies: int | None, fits: list[tuple], source: str) -> str:
    words = [",".join(roles) for roles in fits[:SHOWN]]
    counts = f"{rows} trials" + ("" if latencies is None else f", {latencies} latencies")
    more = f" or {len(fits) - SHOWN} more" if len(fits) > SHOWN else ""
    return (
        f"Which axis of the activity is which? Its axes in {source} have no names, and by its shape {shape} with "
        f"{counts} there are {len(fits)} readings, which give different distances. Give the right one: "
        f"{' or '.join(f'dims={word!r}' for word in words)}{more}; in a shell: "
        f"{' or '.join(f'--map dims={word}' for word in words)}{more}."
    )


def _no_fit(shape: tuple[int, ...], rows: int, latencies: int | None, known: Mapping[int, str], example: str) -> str:
    if rows not in shape:
        return (
            f"has no axis as long as the {rows} conditions, one per trial or row. Give the `condition` and the "
            "`activity` of the same trials."
        )
    beside = list(shape)
    beside.remove(rows)
    if latencies is not None and latencies not in beside:
        return f"has no axis for the {latencies} latencies beside the trials'."
    words = [known.get(axis, CHANNEL) for axis in range(len(shape))]
    for role, length in ((TRIAL, rows), (LATENCY, latencies)):
        axes = [axis for axis, word in enumerate(words) if word == CHANNEL and shape[axis] == length]
        if role not in words and axes:
            words[axes[0]] = role
    lengths = [str(length) for word, length in zip(words, shape, strict=True) if word == CHANNEL]
    timed = next((shape[axis] for axis, role in known.items() if role == LATENCY), None)
    example = example or (f" (a field, or the times themselves: numpy.arange({timed}) / RATE)" if timed else "")
    needed = "has too many axes" if latencies is not None else f"needs `latency`, the times in s of one axis{example}"
    return (
        f"{needed}. Beside the trials{'' if latencies is None else ' and latencies'} it has axes of length "
        f"{' and '.join(lengths)}; where all of these are of channels (a grid of electrodes, voxels), "
        f'dims="{",".join(words)}" makes one axis of channels of them.'
    )
