"""Fits and comparisons in words and numbers, for the terminal and for JSON."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr

from neurouniv.commands.json_text import rows_of
from neurouniv.figures.numbers import NOT_DETERMINED
from neurouniv.fitting.constants import constant_names
from neurouniv.fitting.intervals import undetermined
from neurouniv.tasks.origin import notes


def constants_text(constants: xr.Dataset) -> str:
    """A fit's constants for the terminal: four digits, each message once."""
    table = constants[[*constant_names(constants), "loss", "converged"]].map(_determined, constants=constants)
    r2 = constants.r2.to_dataset("variable").rename({str(v): f"R2 of {v}" for v in constants["variable"].values})
    frame = table.merge(r2.drop_vars("bound", errors="ignore"))
    if not frame.sizes:
        lines = [f"{name:>12}  {_short(frame[name].item())}" for name in frame]
    else:
        lines = [frame.to_dataframe().map(_short).to_string()]
    return "\n".join([*filter(None, [notes(constants)]), *lines, *_messages(constants["message"])])


def _determined(values: xr.DataArray, constants: xr.Dataset) -> xr.DataArray:
    """The values of a constant, "not determined" where their intervals say nothing."""
    interval = constants.get(f"{values.name}_interval")
    if interval is None:
        return values
    low, high = (interval.sel(bound=end).transpose(*values.dims).values for end in ("lower", "upper"))
    nothing = undetermined(low, high)
    if not nothing.any():
        return values
    return values.copy(data=np.where(nothing, NOT_DETERMINED, values.values.astype(object)))


def _short(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _messages(message: xr.DataArray) -> list[str]:
    """Every message of a fit, once, with how many of several fits it is about."""
    texts = message.values.astype(str).ravel().tolist()
    lines = []
    for text in dict.fromkeys(texts):
        whose = f" ({texts.count(text)} of {len(texts)})" if len(texts) > 1 else ""
        lines += [f"message{whose}: {text}"] if text not in ("", "converged") else []
    return lines


def scores_text(result: xr.Dataset) -> str:
    """A comparison's held-out scores for the terminal."""
    rest = [dim for dim in result["dynamics"].dims if dim not in ("law", "system")]
    table = result["dynamics"].mean(rest).rename("R2 of held-out time courses").to_series().to_string()
    return "\n".join(filter(None, [notes(result), table]))


def constants_rows(constants: xr.Dataset) -> list[dict[str, Any]]:
    """A row a fit: its labels, constants with their intervals, loss, R2 of every variable, and what the fit says.

    Examples
    --------
    >>> fit = xr.Dataset({"eta": 0.2, "eta_interval": ("bound", [0.1, 0.3]), "loss": 0.0, "converged": True})
    >>> fit = fit.assign(message="converged", r2=("variable", [0.9])).assign_coords(variable=["h"])
    >>> constants_rows(fit)[0]["constants"], constants_rows(fit)[0]["r2"]
    ({'eta': {'value': 0.2, 'interval': [0.1, 0.3], 'determined': True}}, {'h': 0.9})
    """
    names = constant_names(constants)
    intervals = {f"{name}_interval" for name in names}
    columns = [*names, *(name for name in constants if name in intervals), "loss", "r2", "converged", "message"]
    rows = rows_of(constants[columns], tuple(map(str, constants["loss"].dims)))
    variables = constants["variable"].values.astype(str).tolist()
    for row in rows:
        row["r2"] = dict(zip(variables, row["r2"], strict=True))
        row["constants"] = {name: _constant(row.pop(name), row.pop(f"{name}_interval", None)) for name in names}
    return rows


def _constant(value: float, interval: list[float] | None) -> dict[str, Any]:
    """`determined` is false where the interval says nothing, so that the value should not be read."""
    determined = interval is None or not bool(undetermined(*map(np.asarray, interval)))
    return {"value": value, "interval": interval, "determined": determined}


def scores_rows(result: xr.Dataset) -> list[dict[str, Any]]:
    """A row a law (and system): `r2` of held-out time courses, the mean over all else."""
    rest = [dim for dim in result["dynamics"].dims if dim not in ("law", "system")]
    return rows_of(result["dynamics"].mean(rest).to_dataset(name="r2"))
