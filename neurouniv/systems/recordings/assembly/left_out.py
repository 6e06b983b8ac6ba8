"""Rows and channels that a recording goes without: rows without the event asked for, channels not kept."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr

from neurouniv.schema import InputError, some, warn
from neurouniv.systems.recordings.assembly.fields import Fields
from neurouniv.systems.recordings.assembly.kept import kept_rows


def with_event(fields: Fields, mask: np.ndarray, condition: np.ndarray) -> np.ndarray:
    """Which rows of `mask` stay: those in which what they are aligned to happened.

    A reader says which rows go in `rows_left_out` of what it gives: what is the matter with them -> (row,) bool.

    Warns
    -----
    NeurounivWarning : rows that are kept go; how many, and of which conditions.

    Raises
    ------
    InputError : no row stays.
    """
    stays = mask.copy()
    for what, rows in fields.given.get("rows_left_out", {}).items():
        gone = mask & rows
        stays &= ~rows
        if gone.any():
            names, counts = np.unique(condition[gone], return_counts=True)
            listed = some([f"{count} of '{name}'" for name, count in zip(names, counts, strict=True)], 10)
            warn(
                f"{gone.sum()} of {mask.sum()} trials of {fields.source} {what} and are left out: {listed}. Conditions "
                "whose trials often lack the event then have fewer, selected trials."
            )
    if not stays.any():
        raise InputError(f"No trial of {fields.source} is left: all {', '.join(fields.given['rows_left_out'])}.")
    return stays


def with_channels(rec: xr.Dataset, keep: Any, source: str) -> xr.Dataset:
    """`rec` with the channels that `keep` keeps by one of their labels, in the words of `keep` for trials.

    Raises
    ------
    InputError : there is no such label, or no channel is kept.

    Examples
    --------
    >>> labels = {"channel": [7, 8], "isi_violation": ("channel", [0.1, 0.9])}
    >>> rec = xr.Dataset({"activity": (("trial", "channel"), np.eye(2))}, labels)
    >>> with_channels(rec, ("isi_violation", None, 0.5), "x.nwb").channel.values.tolist()
    [7]
    """
    if keep is None:
        return rec
    labels = {str(name): coord.values for name, coord in rec.coords.items() if coord.dims == ("channel",)}
    fields = Fields(labels, source, "Labels of its channels", given={})
    try:
        mask = kept_rows(fields, keep, rec.sizes["channel"])
    except InputError as error:
        raise InputError(f"`keep_channels` keeps channels as `keep` keeps rows. {error}") from error
    return rec.isel(channel=np.flatnonzero(mask))
