"""Times of trials and of events in them: whether an event lies in its own trial, and trials in the order of time."""

from __future__ import annotations

import numpy as np

from neurouniv.schema import InputError, warn

MANY = 0.25  # the share of trials from which a window that reaches into a neighbour is worth a word


def near_own(times: np.ndarray, start: np.ndarray) -> np.ndarray:
    """Which times lie in their own trial or just before: between the start of the trial before and that of the next.

    Examples
    --------
    >>> near_own(np.array([1.2, 0.1, 7.0]), np.array([1.0, 3.0, 5.0])).tolist()
    [True, False, True]
    """
    known = np.unique(start[np.isfinite(start)])
    if known.size < 2:
        return np.isfinite(times)
    gap = float(np.median(np.diff(known)))
    padded = np.r_[known[0] - gap, known, known[-1] + gap * 2, known[-1] + gap * 2]
    own = np.searchsorted(known, start)
    own = np.clip(own, 0, known.size - 1)
    return (times >= padded[own]) & (times <= padded[own + 2])


def need_near(zero: np.ndarray, start: np.ndarray, name: str, source: str, guess: bool = True) -> None:
    """Tell times that lie far from their own trials; with `guess` refuse them where it is plain what they are instead.

    zero, start : (trial,) of the event and of the trial in s, NaN where not known.
    """
    known = np.isfinite(zero) & np.isfinite(start)
    far = np.flatnonzero(known & ~near_own(zero, start))
    if not far.size:
        return
    span = f"{name} runs from {zero[known].min():.6g} to {zero[known].max():.6g}"
    trials = f"trials start from {start[known].min():.6g} to {start[known].max():.6g} s"
    if guess and far.size > known.sum() / 2:
        others = {
            "counted from each trial's start": (zero + start, f'align="start_time+{name}"'),
            "in milliseconds": (zero * 1e-3, "align=TIMES / 1000"),
        }
        for what, (times, call) in others.items():
            if near_own(times, start)[known].mean() >= 0.9:
                raise InputError(
                    f"{span}, {trials} of {source}: {far.size} of {known.sum()} times lie outside their own trials. "
                    f"Are they {what}? Then say so: {call}."
                )
    warn(
        f"{far.size} of {known.sum()} times of `align={name}` in {source} lie outside their own trials, and are used "
        f"as they are; {span}, {trials}. The first is {zero[far[0]]:.6g} s of row {far[0]}, which starts at "
        f"{start[far[0]]:.6g} s. Where a number stands for no event (0, -1), leave these trials out with `keep`."
    )


def tell_order(start: np.ndarray, table: str, source: str) -> None:
    """Warn of trials that are not in the order of time, and of trials that start together."""
    known = start[np.isfinite(start)]
    back = np.flatnonzero(np.diff(known) < 0)
    doubles = known.size - np.unique(known).size
    if back.size:
        warn(
            f"Trials of '{table}' in {source} are not in the order of their start_time (the first that is earlier than "
            f"the one before is row {back[0] + 1}); they keep the order of the file, which windows of trials go by."
        )
    if doubles:
        warn(
            f"{doubles} of {known.size} trials of '{table}' in {source} start at the same time as another one, so that "
            "the same activity is counted in both. Are rows repeated?"
        )


def tell_neighbours(
    zero: np.ndarray, start: np.ndarray, stop: np.ndarray, window: tuple[float, float], source: str
) -> None:
    """Say where many windows reach into another trial: after the next start, or before the last stop."""
    known = np.flatnonzero(np.isfinite(zero) & np.isfinite(start) & near_own(zero, start))
    order = known[np.argsort(start[known], kind="stable")]
    if order.size < 2:
        return
    begin, end = zero[order] + window[0], zero[order] + window[1]
    stops = np.maximum.accumulate(np.where(np.isfinite(stop[order]), stop[order], start[order]))
    reaches = np.r_[end[:-1] > start[order][1:], False] | np.r_[False, begin[1:] < stops[:-1]]
    trials = int(np.isfinite(zero).sum())
    if reaches.sum() >= MANY * trials:
        warn(
            f"The window of {reaches.sum()} of {trials} trials of {source} reaches into a neighbouring trial, "
            f"whose activity is then counted too; trials start {np.median(np.diff(start[order])):.3g} s apart "
            f"(median), the window runs from {window[0]:g} to {window[1]:g} s."
        )
