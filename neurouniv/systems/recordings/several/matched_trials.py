"""Trials of files that are channels of one session: matched by number where they are the same trials, else by
condition and the order of repeats."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from neurouniv.schema import InputError, some, warn
from neurouniv.systems.recordings.several.concatenate import Part

BY_NUMBER = "by number, as the files share trial numbers and their conditions"
BY_REPEAT = "by condition and repeat, so noise is independent between files"


@dataclass(frozen=True)
class Match:
    """Which trials of every file (row by row) belong together, how that was told, and whether by their numbers."""

    rows: list[np.ndarray]
    said: str
    by_number: bool


def matched(parts: Sequence[Part]) -> Match:
    """The trials that all files have.

    By trial number where the files have numbers, share at least half of them, and have the same conditions at all that
    they share: these are the same trials. Otherwise by session, condition (and run, where all files have the same) and
    the order of repeats, as many as all files have.

    Warns
    -----
    NeurounivWarning : trials, or conditions, that not all files have are left out.

    Raises
    ------
    InputError : the files share fewer than two conditions.
    """
    rows = _same_trials(parts)
    by_number = rows is not None
    if rows is None:
        rows = _same_repeats(parts)
    if np.unique(parts[0].rec.condition.values[rows[0]]).size < 2:
        conditions = [np.unique(part.rec.condition.values).tolist() for part in parts[:2]]
        raise InputError(
            f"Files as channels need two conditions that all have; '{Path(parts[0].name).name}' has "
            f"{some(conditions[0])} and '{Path(parts[1].name).name}' {some(conditions[1])}."
        )
    matches, counts = len(rows[0]), [part.rec.sizes["trial"] for part in parts]
    number = str(max(counts)) if min(counts) == max(counts) else f"{min(counts)} to {max(counts)}"
    said = f"{BY_NUMBER if by_number else BY_REPEAT}; {matches} of {number} kept"
    if matches < max(counts):
        absent = _absent(parts, rows)
        remark = f" Left out altogether, as some files lack them: the conditions {some(absent)}." if absent else ""
        warn(f"Trials of the {len(parts)} files are matched {said}, those that all files have.{remark}")
    return Match(rows, said, by_number)


def _same_trials(parts: Sequence[Part]) -> list[np.ndarray] | None:
    """The rows of the trials whose numbers all files have; None where these are not the same trials."""
    if all(np.array_equal(part.rec.trial.values, np.arange(part.rec.sizes["trial"])) for part in parts):
        return None  # numbered by us, or in no way that says more than the order
    names = [name for name in ("session", "run") if all(name in part.rec.coords for part in parts)]
    codes = _codes(parts, [*names, "trial"])
    shared = codes[0][np.isin(codes[0], _in_all(codes))]
    if any(np.unique(code).size < code.size for code in codes) or 2 * shared.size < min(map(len, codes)):
        return None
    rows = [_places(code, shared) for code in codes]
    first = parts[0].rec.condition.values[rows[0]]
    same = all((part.rec.condition.values[r] == first).all() for part, r in zip(parts, rows, strict=True))
    return rows if same else None


def _same_repeats(parts: Sequence[Part]) -> list[np.ndarray]:
    """The rows of the first, second, ... repeats of every condition that all files have, in the first file's order."""
    names = ["session"] if all("session" in part.rec.coords for part in parts) else []
    names += ["run"] if _alike(parts, "run") else []
    codes = _codes(parts, [*names, "condition"])
    most = max(map(len, codes))
    places = [code * most + _repeats(code) for code in codes]
    shared = places[0][np.isin(places[0], _in_all(places))]
    return [_places(place, shared) for place in places]


def _alike(parts: Sequence[Part], name: str) -> bool:
    """Whether all files have the same runs; if they have others, the label is no part of the match."""
    kinds = [set(part.rec[name].values.tolist()) if name in part.rec.coords else set() for part in parts]
    return bool(kinds[0]) and all(kind == kinds[0] for kind in kinds)


def _codes(parts: Sequence[Part], names: Sequence[str]) -> list[np.ndarray]:
    """One number for every different combination of labels, the same in all files."""
    code: np.ndarray = np.zeros(sum(part.rec.sizes["trial"] for part in parts), dtype=np.int64)
    for name in names:
        of_name = np.unique(np.concatenate([part.rec[name].values.astype(str) for part in parts]), return_inverse=True)
        code = np.unique(code * of_name[0].size + of_name[1], return_inverse=True)[1]
    return np.split(code, np.cumsum([part.rec.sizes["trial"] for part in parts])[:-1])


def _repeats(code: np.ndarray) -> np.ndarray:
    """How many trials of the same kind came before each.

    Examples
    --------
    >>> _repeats(np.array([5, 7, 5, 5, 7])).tolist()
    [0, 0, 1, 2, 1]
    """
    order = np.argsort(code, kind="stable")
    starts = np.r_[True, np.diff(code[order]) != 0]
    first = np.maximum.accumulate(np.where(starts, np.arange(code.size), 0))
    rank = np.empty_like(code)
    rank[order] = np.arange(code.size) - first
    return rank


def _in_all(codes: Sequence[np.ndarray]) -> np.ndarray:
    shared = codes[0]
    for code in codes[1:]:
        shared = np.intersect1d(shared, code)
    return shared


def _places(code: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Where each of `wanted` is in `code`, whose values differ."""
    order = np.argsort(code)
    return order[np.searchsorted(code[order], wanted)]


def _absent(parts: Sequence[Part], rows: Sequence[np.ndarray]) -> list[str]:
    """The conditions of any file of which no trial is kept."""
    every = np.unique(np.concatenate([part.rec.condition.values for part in parts]))
    return np.setdiff1d(every, parts[0].rec.condition.values[rows[0]]).tolist()
