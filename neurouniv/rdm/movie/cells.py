"""Cells: the subject, session, run and condition of every trial."""

from __future__ import annotations

from collections.abc import Sequence, Sized
from dataclasses import dataclass

import numpy as np
import xarray as xr

from neurouniv.schema import InputError, some, warn


@dataclass(frozen=True)
class Cells:
    """Which block, fold and condition every trial belongs to, as indices (trial,) from 0.

    A block is a session of a subject. Folds are the runs of a block, numbered anew in each; there is one fold where
    runs are not asked for.
    """

    block: np.ndarray
    fold: np.ndarray
    condition: np.ndarray
    subjects: np.ndarray | None  # (subject,): their names; None where there is one or none
    sessions: np.ndarray  # (session,): their numbers, or [0] where there is one or none
    conditions: np.ndarray  # (condition,): their names

    @property
    def n_blocks(self) -> int:
        """Number of subjects times number of sessions."""
        return len(self.sessions) * (1 if self.subjects is None else len(self.subjects))

    @property
    def shape(self) -> tuple[int, int, int]:
        """Numbers of blocks, of folds in the block with the most, and of conditions."""
        return self.n_blocks, int(self.fold.max()) + 1, len(self.conditions)

    @property
    def counts(self) -> np.ndarray:
        """The number of trials in every cell (block, fold, condition)."""
        return np.bincount(self.flat, minlength=int(np.prod(self.shape))).reshape(self.shape)

    @property
    def flat(self) -> np.ndarray:
        """The cell of every trial (trial,) as one index."""
        return np.ravel_multi_index((self.block, self.fold, self.condition), self.shape)

    @property
    def used(self) -> np.ndarray:
        """The blocks that have trials, in order."""
        return np.unique(self.block)

    def name(self, block: int) -> str:
        """What a block is called in messages."""
        subject, session = divmod(int(block), len(self.sessions))
        whose = "" if self.subjects is None else f" of subject '{self.subjects[subject]}'"
        return f"session {self.sessions[session]}{whose}"


def cells_of(rec: xr.Dataset, conditions: Sequence[str] | np.ndarray, by_run: bool) -> Cells:
    """The cells of a recording whose trials carry `condition` and, where there are, `subject`, `session` and `run`.

    Conditions that a block lacks altogether, and sessions that a subject lacks, are told in a warning: they will be
    missing there.
    """
    names = np.asarray(conditions, dtype=str)
    order = np.argsort(names)
    condition = order[np.searchsorted(names[order], rec["condition"].values.astype(str))]
    trials = rec.sizes["trial"]
    sessions, session = _kinds(rec, "session", trials)
    subjects, subject = _kinds(rec, "subject", trials)
    block = subject * len(sessions) + session
    fold = folds_of(rec, block) if by_run else np.zeros(trials, dtype=int)
    cells = Cells(block, fold, condition, subjects if len(subjects) > 1 else None, sessions, names)
    _tell_absent(cells)
    return cells


def column(rec: xr.Dataset, name: str) -> np.ndarray:
    """A value for each trial, none of them missing."""
    labels = rec[name]
    if labels.dims != ("trial",):
        raise InputError(f"`{name}` needs one value per trial; it has the dimensions {labels.dims}.")
    missing = labels.isnull().values
    if missing.any():
        raise InputError(
            f"Every trial needs a {name}; {missing.sum()} of {missing.size} have none (trials "
            f"{some(np.flatnonzero(missing))}, counted from 0). Drop them: `rec.isel(trial=rec.{name}.notnull())`."
        )
    return labels.values


def folds_of(rec: xr.Dataset, block: np.ndarray) -> np.ndarray:
    """The rank of every trial's run among the runs of its block (trial,)."""
    runs, code = np.unique(column(rec, "run"), return_inverse=True)
    pairs, index = np.unique(block * runs.size + code, return_inverse=True)
    starts = np.searchsorted(pairs // runs.size, np.arange(block.max() + 1))
    return index - starts[block]


def _kinds(rec: xr.Dataset, name: str, trials: int) -> tuple[np.ndarray, np.ndarray]:
    """The different values of a trial coordinate and the code of every trial; one kind where there is no such."""
    if name not in rec.variables or rec[name].dims != ("trial",):
        return np.zeros(1, dtype=int), np.zeros(trials, dtype=int)
    values = column(rec, name)
    return np.unique(_numbers(values) if name == "session" else values.astype(str), return_inverse=True)


def _numbers(session: np.ndarray) -> np.ndarray:
    if session.dtype.kind in "iuf":
        return session
    try:
        return session.astype(float)
    except (TypeError, ValueError):
        raise InputError(
            f"Sessions need to be numbers in the order of learning; got '{session[0]}'. Number them: 1, 2, 3, ..."
        ) from None


def _tell_absent(cells: Cells) -> None:
    counts = cells.counts.sum(axis=1)
    whole = np.flatnonzero(counts.sum(axis=1) == 0)
    absent = np.argwhere((counts == 0) & (counts.sum(axis=1, keepdims=True) > 0))
    if len(whole):
        warn(
            f"{_capital(cells.name(whole[0]))} has no trials{_more(whole)}; its distances are missing (NaN). Drop "
            "the session for all subjects, or leave the subject out, if a law needs every frame."
        )
    if len(absent):
        block, condition = absent[0]
        warn(
            f"Condition '{cells.conditions[condition]}' has no trial in {cells.name(block)}{_more(absent)}; its "
            "distances are missing (NaN) there. Merge sessions, or drop the condition."
        )


def _more(cases: Sized) -> str:
    return f" (and {len(cases) - 1} more such)" if len(cases) > 1 else ""


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
