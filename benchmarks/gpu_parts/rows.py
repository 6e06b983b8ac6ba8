"""A row of the table: how far two arrays are apart, relative to the largest value, and whether it is allowed."""

from typing import Any

import numpy as np


def row(what: str, there: Any, here: Any, tolerance: float) -> dict[str, Any]:
    apart = difference(there, here)
    return {"what": what, "difference": apart, "allowed": tolerance, "ok": bool(apart <= tolerance)}


def difference(there: Any, here: Any) -> float:
    there, here = (np.asarray(one, dtype=float) for one in (there, here))
    if not np.array_equal(np.isnan(there), np.isnan(here)):
        return float("inf")
    return float(np.nanmax(abs(there - here)) / max(np.nanmax(abs(here)), 1e-300))
