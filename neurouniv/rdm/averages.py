"""Means of trials: which trial belongs to which session, run and condition, and the mean of each such cell."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from neurouniv.schema import InputError, NeurounivWarning

CELL = ("session", "fold", "condition")


@dataclass(frozen=True)
class Cells:
    """Which session, fold and condition every trial belongs to, as indices (trial,) from 0.

    Folds are the runs of a session, numbered anew in each; there is one fold where runs are not asked for.
    """

    session: np.ndarray
    fold: np.ndarray
    condition: np.ndarray
    sessions: np.ndarray  # (session,): their numbers, or [0] where there is one or none
    conditions: np.ndarray  # (condition,): their names

    @property
    def shape(self) -> tuple[int, int, int]:
        """Numbers of sessions, of folds in the session with the most, and of conditions."""
        return len(self.sessions), int(self.fold.max()) + 1, len(self.conditions)

    @property
    def counts(self) -> np.ndarray:
        """The number of trials in every cell (session, fold, condition)."""
        return np.bincount(self.flat, minlength=int(np.prod(self.shape))).reshape(self.shape)

    @property
    def flat(self) -> np.ndarray:
        """The cell of every trial (trial,) as one index."""
        return np.ravel_multi_index((self.session, self.fold, self.condition), self.shape)


def cells_of(rec: xr.Dataset, conditions: Sequence[str], by_run: bool) -> Cells:
    """The cells of a recording whose trials carry `condition` and, where there are, `session` and `run`.

    Conditions that a session lacks altogether are told in a warning: they will be missing there.
    """
    names = np.asarray(conditions, dtype=str)
    order = np.argsort(names)
    condition = order[np.searchsorted(names[order], rec["condition"].values.astype(str))]
    trials = rec.sizes["trial"]
    sessions, session = np.zeros(1, dtype=int), np.zeros(trials, dtype=int)
    if "session" in rec.variables and rec["session"].dims == ("trial",):
        sessions, session = np.unique(_numbers(_column(rec, "session")), return_inverse=True)
    fold = _folds(session, _column(rec, "run")) if by_run else np.zeros(trials, dtype=int)
    cells = Cells(session, fold, condition, sessions, names)
    _tell_absent(cells)
    return cells


def means(array: xr.DataArray, cells: Cells) -> xr.DataArray:
    """Mean over the trials of each cell: (trial, ...) -> (..., session, fold, condition), NaN where a cell is empty.

    Raises
    ------
    InputError : `array` holds NaN or infinity; the message says in which trials and where else.
    """
    need_finite(array)
    return xr.apply_ufunc(
        lambda values: _means(values, cells),
        array.reset_coords(drop=True),
        input_core_dims=[["trial"]],
        output_core_dims=[list(CELL)],
        dask="parallelized",
        output_dtypes=[float],
        dask_gufunc_kwargs={"output_sizes": dict(zip(CELL, cells.shape, strict=True)), "allow_rechunk": True},
    )


def need_finite(array: xr.DataArray) -> None:
    """Raise `InputError`, naming trials and channels, unless `array` is finite everywhere."""
    if array.dtype.kind not in "fiub":
        raise InputError(f"{array.name} needs to be real numbers; type {array.dtype} came.")
    bad = ~np.isfinite(array)
    if not bool(bad.any()):
        return
    where = []
    for dim in array.dims:
        hit = bad.any([d for d in array.dims if d != dim]).values
        labels = array[dim].values[hit] if dim in array.coords else np.flatnonzero(hit)
        where.append(f"{dim} {_some(labels)} ({hit.sum()} of {hit.size})")
    raise InputError(
        f"A trajectory needs finite {array.name}; {int(bad.sum())} of {bad.size} values are NaN or infinite, in "
        f"{', '.join(where)}. Drop these first, for example `rec.dropna('trial')` or `rec.dropna('channel')`."
    )


def _means(values: np.ndarray, cells: Cells) -> np.ndarray:
    """(..., trial) -> (..., session, fold, condition), by one sparse one-hot matrix product."""
    from scipy.sparse import csr_array

    trials, counts = values.shape[-1], cells.counts.ravel()
    weights = csr_array((np.ones(trials), (cells.flat, np.arange(trials))), shape=(counts.size, trials))
    rows = np.moveaxis(values, -1, 0)  # back to the order of the recording, which needs no copy
    sums = weights @ rows.reshape(trials, -1).astype(float, copy=False)
    with np.errstate(invalid="ignore"):
        average = np.where(counts[:, None] > 0, sums / counts[:, None], np.nan)
    average = average.reshape(*cells.shape, *rows.shape[1:])
    return np.moveaxis(average, (0, 1, 2), (-3, -2, -1))


def _folds(session: np.ndarray, run: np.ndarray) -> np.ndarray:
    """The rank of every trial's run among the runs of its session."""
    runs, code = np.unique(run, return_inverse=True)
    pairs, index = np.unique(session * runs.size + code, return_inverse=True)
    starts = np.searchsorted(pairs // runs.size, np.arange(session.max() + 1))
    return index - starts[session]


def _column(rec: xr.Dataset, name: str) -> np.ndarray:
    """A value for each trial, none of them missing."""
    column = rec[name]
    if column.dims != ("trial",):
        raise InputError(f"`{name}` needs one value per trial; it has the dimensions {column.dims}.")
    missing = column.isnull().values
    if missing.any():
        raise InputError(
            f"Every trial needs a {name}; {missing.sum()} of {missing.size} have none (trials "
            f"{_some(np.flatnonzero(missing))}, counted from 0). Drop them: `rec.isel(trial=rec.{name}.notnull())`."
        )
    return column.values


def _numbers(session: np.ndarray) -> np.ndarray:
    if session.dtype.kind in "iuf":
        return session
    try:
        return session.astype(float)
    except (TypeError, ValueError):
        raise InputError(
            f"Sessions need to be numbers in the order of learning; '{session[0]}' came. Number them: 1, 2, 3, ..."
        ) from None


def _tell_absent(cells: Cells) -> None:
    absent = np.argwhere(cells.counts.sum(axis=1) == 0)
    if len(absent):
        session, condition = absent[0]
        more = f" (and {len(absent) - 1} more such)" if len(absent) > 1 else ""
        warnings.warn(
            f"Condition '{cells.conditions[condition]}' has no trial in session {cells.sessions[session]}{more}; its "
            "distances are missing (NaN) there. Merge sessions, or drop the condition.",
            NeurounivWarning,
            stacklevel=5,
        )


def _some(values: np.ndarray, most: int = 5) -> str:
    return ", ".join(map(str, values[:most])) + (", ..." if len(values) > most else "")
