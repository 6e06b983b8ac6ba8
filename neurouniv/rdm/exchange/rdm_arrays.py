"""RDMs that an xarray Dataset holds, whatever its dimensions are called, with the labels it brings."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr

from neurouniv.rdm.exchange.condensed import conditions_of
from neurouniv.schema import InputError


def rdms_of(held: xr.Dataset, name: str | None) -> xr.DataArray:
    """The variable that holds RDMs: `name`, or `h`, or the only one over `pair` or over one dimension twice, such as
    `condition` and `condition_`.

    Raises
    ------
    InputError : there is none of that name, or more than one could be it.
    """
    candidates = [str(n) for n, v in held.data_vars.items() if "pair" in v.dims or _twice(v)]
    name = name or ("h" if "h" in candidates else candidates[0] if len(candidates) == 1 else None)
    if name not in held.variables:
        variables = ", ".join(f"{n} {v.dims}" for n, v in held.data_vars.items())
        problem = f"no variable '{name}'" if name else f"{len(candidates)} variables that could be RDMs"
        raise InputError(f'The Dataset has {problem}; name one: read_rdms(data, "h"). Its variables: {variables}.')
    array = held[name]
    return array.transpose(..., "pair") if "pair" in array.dims else array


def leading_dims(array: xr.DataArray) -> tuple[str, ...]:
    """The dimensions before the conditions or pairs, which are the last."""
    return tuple(map(str, array.dims[: -1 if array.dims[-1] == "pair" else -2]))


def own_labels(array: xr.DataArray) -> dict[str, Any]:
    """The labels of the leading dimensions, and the names of the conditions, in the order of the RDM."""
    labels = {dim: array[dim].values for dim in leading_dims(array) if dim in array.coords}
    if array.dims[-1] != "pair" and array.dims[-2] in array.coords:
        labels["condition"] = array[array.dims[-2]].values
    elif {"first", "second"} <= set(array.coords):
        labels["condition"] = _names(array)
    return labels


def _names(array: xr.DataArray) -> np.ndarray:
    """The names of the conditions, from those of the pairs, which need to be all pairs in pdist order."""
    n = conditions_of(array.sizes["pair"]) or 0
    names = np.concatenate([array["first"].values[:1], array["second"].values[: n - 1]])
    i, j = np.triu_indices(n, 1)
    single = all(np.ndim(name) == 0 for pair in ("first", "second") for name in array[pair].values.ravel())
    single = single and array.sizes["pair"] > 0
    if not (single and (names[i] == array["first"]).all() and (names[j] == array["second"]).all()):
        raise InputError(
            "RDMs over `pair` need every pair once, in the order of scipy's pdist; `first` and `second` have another. "
            "`neurouniv.to_square` puts them in order: read_rdms(nu.to_square(h))."
        )
    return names


def _twice(array: xr.DataArray) -> bool:
    return len({str(dim).strip("_") for dim in array.dims}) < array.ndim
