"""What trials ask for: the field that the user names with `targets`, kept as the trial coordinate `target`."""

from __future__ import annotations

import numpy as np
import xarray as xr

from neurouniv.systems.recordings.assembly.mapped import Mapped
from neurouniv.systems.recordings.checks.check import tidy_labels

TARGETS, TARGET = "targets", "target"


def target_column(mapped: Mapped, rows: int) -> dict[str, np.ndarray]:
    """The target of every row, where the user named a field of targets: numbers as they are, anything else as text."""
    targets = mapped.column(TARGETS, rows) if TARGETS in mapped.mapping else None
    if targets is None:
        return {}
    return {TARGET: targets if targets.dtype.kind in "biuf" else tidy_labels(targets)}


def with_field_named(rec: xr.Dataset, mapped: Mapped) -> xr.Dataset:
    """`rec` whose targets say which field they are from."""
    if TARGET in rec.coords and isinstance(field := mapped.mapping.get(TARGETS), str):
        rec[TARGET].attrs["field"] = field
    return rec
