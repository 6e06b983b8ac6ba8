"""The fits that should not be used, in words."""

from __future__ import annotations

from collections.abc import Mapping

import xarray as xr


def unconverged(systems: Mapping[str, xr.Dataset]) -> list[str]:
    """One sentence for every fit in `{name: law.constants_}` that should not be used, for `Section.warnings`.

    Examples
    --------
    >>> fit = xr.Dataset({"converged": False, "message": "The optimiser did not converge."})
    >>> unconverged({"gain 1.3": fit})
    ['gain 1.3: the fit is not usable. The optimiser did not converge.']
    """
    notes = []
    for name, constants in systems.items():
        dims = constants["converged"].dims
        flat = constants[["converged", "message"]].stack(member=dims) if dims else constants.expand_dims("member")
        unusable = flat.isel(member=(~flat["converged"].values.astype(bool)).nonzero()[0])
        for message in dict.fromkeys(map(str, unusable["message"].values)):
            count = int((unusable["message"].values == message).sum())
            fits = f"{count} of {flat.sizes['member']} fits are" if dims else "the fit is"
            notes.append(f"{name}: {fits} not usable. {message}")
    return notes
