"""The square view of RDMs, for people and figures."""

from __future__ import annotations

import xarray as xr

from neurouniv.names import public
from neurouniv.rdm.pairs import Pairs, are_named
from neurouniv.schema import InputError, need_free_names, need_pairs, need_real


@public
def to_square(h: xr.DataArray | xr.Dataset) -> xr.DataArray:
    """RDMs in square form: (..., pair) -> (..., condition, condition_), symmetric, 0 on the diagonal.

    Parameters
    ----------
    h : an array over `pair` with the coordinates `first` and `second`, such as `traj.h` or
        `law.final_structure(traj)`; of a trajectory its `h`, conditions in the order of its coordinate `condition`,
        else as pairs name them. Pairs that are absent (a selection was made) are NaN.

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
    pairs = pairs_of(h)
    return square_of(h["h"] if isinstance(h, xr.Dataset) else h, pairs)


def square_of(h: xr.DataArray, pairs: Pairs) -> xr.DataArray:
    """`h` (..., pair) of these `pairs` in square form, conditions in their order."""
    sizes = {"condition": len(pairs.names), "condition_": len(pairs.names)}
    square = xr.apply_ufunc(
        pairs.square,
        h.drop_vars([name for name, c in h.coords.items() if "pair" in c.dims]),
        input_core_dims=[["pair"]],
        output_core_dims=[["condition", "condition_"]],
        dask="parallelized",
        output_dtypes=[float],
        dask_gufunc_kwargs={"output_sizes": sizes, "allow_rechunk": True},
        keep_attrs=True,
    )
    return square.assign_coords(condition=pairs.names, condition_=pairs.names)


def pairs_of(h: xr.DataArray | xr.Dataset) -> Pairs:
    """The pairs of RDMs, their names as they come.

    Raises
    ------
    InputError : there is no array over `pair`, or pairs have no names.
    """
    rdms = h["h"] if isinstance(h, xr.Dataset) and "h" in h else h
    if not isinstance(rdms, xr.DataArray) or "pair" not in rdms.dims or not are_named(rdms):
        content = f"{h.dims} and {sorted(map(str, h.coords))}" if hasattr(h, "coords") else type(h).__name__
        raise InputError(
            "The square form needs a DataArray over `pair` with the coordinates `first` and `second`, such as "
            f"`traj.h`; found {content}."
        )
    need_real(rdms, "The square form needs real numbers")
    need_pairs(rdms, "The square form")
    need_free_names(rdms.dims, ("condition", "condition_"), "The square form")
    return Pairs.of(h, text=False)
