"""The data of RSA: RDMs of one system, or of several by name, which become the dimension `data`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import xarray as xr

from neurouniv.schema import InputError, batch_dims, framed
from neurouniv.similarity.forms import conditions_of, rdms_of
from neurouniv.similarity.joined import in_order_of

DATA = "data"


def data_of(data: Any) -> tuple[xr.Dataset, list[str]]:
    """The data with `h` (..., time, pair), dimensions of one element left out, and doubts.

    Parameters
    ----------
    data : any form of `neurouniv.similarity.forms.rdms_of`, or a dict of such by name (regions, animals to be looked at
        one by one), with the same conditions, dimensions and times.

    Raises
    ------
    InputError : see there; or those of a dict differ.

    Examples
    --------
    >>> import pandas as pd
    >>> square = pd.DataFrame([[0, 1, 2], [1, 0, 3], [2, 3, 0]], index=list("abc"), columns=list("abc"))
    >>> data_of({"V1": square, "IT": 2 * square})[0].h.sel(data="IT").values
    array([[2., 4., 6.]])
    """
    if not isinstance(data, Mapping) or isinstance(data, xr.Dataset):
        rdms, doubts = rdms_of(data, "The data")
        return _plain(framed(rdms)), doubts
    if not data:
        raise InputError("RSA needs data; got an empty dict. Give RDMs, or {'name': RDMs, ...}.")
    by_name, doubts = {}, []
    for name, one in data.items():
        rdms, more = rdms_of(one, f"The data '{name}'")
        by_name[str(name)], doubts = _plain(framed(rdms)), [*doubts, *more]
    return _side_by_side(by_name), doubts


def _plain(rdms: xr.Dataset) -> xr.Dataset:
    return rdms.squeeze([dim for dim in batch_dims(rdms["h"]) if rdms.sizes[dim] == 1], drop=True)


def _side_by_side(by_name: dict[str, xr.Dataset]) -> xr.Dataset:
    """All data along the dimension `data`, their pairs in the order of the first."""
    names, first = list(by_name), next(iter(by_name.values()))
    for name, rdms in by_name.items():
        apart = sorted(set(conditions_of(rdms)) ^ set(conditions_of(first)))
        sizes = [{dim: size for dim, size in one["h"].sizes.items() if dim != "pair"} for one in (rdms, first)]
        if apart or sizes[0] != sizes[1] or not rdms["time"].equals(first["time"]):
            differs = f"conditions {apart[:6]}" if apart else f"dimensions or times: {sizes[0]} and {sizes[1]}"
            raise InputError(
                f"Data by name have the same conditions, dimensions and times; '{name}' and '{names[0]}' differ in "
                f"{differs}. Ask of one at a time."
            )
    variables = ["h", *(["h_var"] if all("h_var" in rdms for rdms in by_name.values()) else [])]
    ordered = [in_order_of(rdms, first, f"The data '{name}'")[variables] for name, rdms in by_name.items()]
    together = xr.concat(ordered, xr.Variable(DATA, names), coords="minimal", compat="override", join="override")
    return together.assign_attrs(first.attrs)
