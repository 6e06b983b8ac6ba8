"""The square view of RDMs, for people and figures."""

from __future__ import annotations

import numpy as np
import xarray as xr

from neurouniv.schema import InputError


def to_square(h: xr.DataArray | xr.Dataset) -> xr.DataArray:
    """RDMs in square form: (..., pair) -> (..., condition, condition_), symmetric, 0 on the diagonal.

    Parameters
    ----------
    h : an array over `pair` with the coordinates `first` and `second`, such as `traj.h` or
        `law.final_structure(traj)`; of a trajectory its `h`. Pairs that are absent (a selection was made) are NaN.

    Raises
    ------
    InputError : `pair`, `first` or `second` is absent.

    Examples
    --------
    >>> h = xr.DataArray([4.0, 9.0, 1.0], dims="pair").assign_coords(
    ...     first=("pair", ["a", "a", "b"]), second=("pair", ["b", "c", "c"]))
    >>> to_square(h).sel(condition="c").values.tolist()
    [9.0, 1.0, 0.0]
    """
    h = h["h"] if isinstance(h, xr.Dataset) and "h" in h else h
    names, first, second = condition_indices(h)
    sizes = {"condition": len(names), "condition_": len(names)}
    square = xr.apply_ufunc(
        lambda values: _square(values, first, second, len(names)),
        h.drop_vars([name for name, c in h.coords.items() if "pair" in c.dims]),
        input_core_dims=[["pair"]],
        output_core_dims=[["condition", "condition_"]],
        dask="parallelized",
        output_dtypes=[float],
        dask_gufunc_kwargs={"output_sizes": sizes, "allow_rechunk": True},
        keep_attrs=True,
    )
    return square.assign_coords(condition=names, condition_=names)


def condition_indices(h: xr.DataArray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The names of the conditions of `h` in the order of its pairs; the index of each pair's first; and second."""
    if not isinstance(h, xr.DataArray) or "pair" not in h.dims or not {"first", "second"} <= set(h.coords):
        found = f"{h.dims} and {sorted(map(str, h.coords))}" if hasattr(h, "coords") else type(h).__name__
        raise InputError(
            "The square form needs a DataArray over `pair` with the coordinates `first` and `second`, such as "
            f"`traj.h`; found {found}."
        )
    both = np.concatenate([h["first"].values, h["second"].values])
    names, at, code = np.unique(both, return_index=True, return_inverse=True)
    order = np.argsort(at)
    index = np.argsort(order)[code].reshape(2, -1)
    return names[order], index[0], index[1]


def _square(values: np.ndarray, first: np.ndarray, second: np.ndarray, n: int) -> np.ndarray:
    square = np.full((*values.shape[:-1], n, n), np.nan)
    square[..., first, second] = square[..., second, first] = values
    square[..., np.arange(n), np.arange(n)] = 0.0
    return square
