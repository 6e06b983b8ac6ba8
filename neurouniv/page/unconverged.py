"""The fits that should not be used, in words."""

from __future__ import annotations

from collections.abc import Mapping

import xarray as xr


def unconverged(systems: Mapping[str, xr.Dataset]) -> list[str]:
    """One sentence for every fit in `{name: law.constants_}` that should not be used, for `Section.warnings`.

    Examples
    --------
    >>> fit = xr.Dataset({"converged": False, "message": "eta_h ended at its upper bound"})
    >>> unconverged({"gain 1.3": fit})
    ['gain 1.3: not converged: eta_h ended at its upper bound']
    """
    notes = []
    for name, constants in systems.items():
        dims = constants["converged"].dims
        flat = constants[["converged", "message"]].stack(member=dims) if dims else constants.expand_dims("member")
        unusable = flat.isel(member=(~flat["converged"].values.astype(bool)).nonzero()[0])
        for message in dict.fromkeys(map(str, unusable["message"].values)):
            count = int((unusable["message"].values == message).sum())
            count_in_words = f" ({count} of {flat.sizes['member']})" if dims else ""
            notes.append(f"{name}{count_in_words}: not converged: {message}")
    return notes
