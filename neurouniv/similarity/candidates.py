"""Candidate models, whatever each is, by name: RDMs at every time of the data, or laws to be fitted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import xarray as xr

from neurouniv.rdm.candidate import candidate_rdm
from neurouniv.rdm.labels import listed
from neurouniv.rdm.pairs import Pairs
from neurouniv.schema import InputError, batch_dims
from neurouniv.similarity.forms import is_table_of_conditions, rdms_of
from neurouniv.universality.held_out.predictor import check_law
from neurouniv.universality.scores.noise_ceiling import MEMBERS

LAST = ", the last of its "


class Candidates(NamedTuple):
    """Model RDMs by name, each `h` (pair,) or (time, pair); laws by name; what each is in words; doubts."""

    rdms: dict[str, xr.DataArray]
    laws: dict[str, Any]
    origins: dict[str, str]
    doubts: list[str]


class Given(NamedTuple):
    """Models as they were given, by name: RDMs, values by condition, laws, and doubts about their forms."""

    rdms: dict[str, xr.Dataset]
    values: dict[str, Any]
    laws: dict[str, Any]
    doubts: list[str]


def models_given(models: Any) -> Given:
    """Models sorted by what they are. One object that is no dict stands for all models it holds.

    Raises
    ------
    InputError : there is none, or one has no form that is known.
    """
    given = Given({}, {}, {}, [])
    for name, model in _entries(models).items():
        if callable(getattr(model, "fit", None)):
            check_law(name, model)
            given.laws[name] = model() if isinstance(model, type) else model
        elif _is_values(model):
            given.values[name] = model
        else:
            rdms, doubts = rdms_of(model, f"The model '{name}'" if name else "`models`")
            given.rdms[name] = rdms
            given.doubts.extend(doubts)
    return given


def one_each(given: Given, data: xr.Dataset) -> Candidates:
    """Every model as one RDM (pair,), or one at every time of the data (time, pair), in the order of the data's pairs.

    Members (seeds, subjects) are averaged; any other dimension makes several models. A movie that has the data's times
    is taken time by time, another one by its last frame.
    """
    candidates = Candidates({}, dict(given.laws), _origins(given), given.doubts)
    for name, rdms in given.rdms.items():
        for label, h, origin in _frames(name, rdms["h"], data["time"]):
            _add(candidates, label, h.transpose(..., "pair").reset_coords(drop=True), origin)
        _, which_frames = _in_time(rdms["h"], data["time"])
        if LAST in which_frames:
            what = f"From the model '{name}'" if name else "From `models`"
            candidates.doubts.append(f"{what} one RDM was taken{which_frames}. model='each' compares every one.")
    pairs = Pairs.of(data)
    for name, values in given.values.items():
        rdm = xr.DataArray(candidate_rdm(name, values, pairs), dims="pair")
        _add(candidates, name, rdm, "values of conditions")
    return candidates


def _origins(given: Given) -> dict[str, str]:
    names = {name: getattr(law, "name", type(law).__name__) for name, law in given.laws.items()}
    return {name: f"law '{law}', fitted to other conditions, from the first frame" for name, law in names.items()}


def _entries(models: Any) -> dict[str, Any]:
    if isinstance(models, Mapping) and not isinstance(models, xr.Dataset):
        if not models:
            raise InputError("RSA needs at least one model; got none. Give {'name': RDM, ...}.")
        if not any(np.isscalar(value) for value in models.values()):
            return {str(name): model for name, model in models.items()}
        raise InputError(
            "Models come by name; got one model's values by condition. Name it: {'size': {'cat': 1, 'dog': 2}}."
        )
    if isinstance(models, list | tuple):
        raise InputError(f"Models come by name, {{'name': model, ...}}; got a {type(models).__name__} without names.")
    if is_table_of_conditions(models):
        return {str(name): models[name] for name in models}
    return {str(getattr(models, "name", None) or "") if callable(getattr(models, "fit", None)) else "": models}


def _is_values(model: Any) -> bool:
    """Whether it is a value of every condition by name."""
    if isinstance(model, xr.Dataset | xr.DataArray):
        return False
    return isinstance(model, Mapping) or (getattr(model, "ndim", 0) == 1 and hasattr(model, "items"))


def _add(candidates: Candidates, name: str, rdm: xr.DataArray, origin: str) -> None:
    if name in candidates.rdms or name in candidates.laws:
        raise InputError(f"Models have names of their own; '{name}' comes twice. Give another name.")
    candidates.rdms[name], candidates.origins[name] = rdm, origin


def _frames(name: str, h: xr.DataArray, time: xr.DataArray) -> list[tuple[str, xr.DataArray, str]]:
    """The models that RDMs hold: name, `h` (pair,) or (time, pair), and what was taken of it."""
    members = [dim for dim in h.dims if dim in MEMBERS]
    origin = "RDM" + "".join(f", mean of {h.sizes[dim]} {dim}s" for dim in members)
    h = h.mean(members) if members else h
    h, which_frames = _in_time(h, time)
    dims = batch_dims(h)
    models = []
    for place in np.ndindex(*(h.sizes[dim] for dim in dims)):
        chosen = h.isel(dict(zip(dims, place, strict=True)))
        labels = [_label(h, dim, number) for dim, number in zip(dims, place, strict=True)]
        models.append((", ".join(filter(None, (name, *labels))) or "model", chosen, origin + which_frames))
    return models


def _label(h: xr.DataArray, dim: Any, place: int) -> str:
    """What a place along a dimension is called: "layer 2"; a text stands for itself."""
    if h.sizes[dim] == 1 and dim not in h.coords:
        return ""
    value = h[dim].values[place] if dim in h.coords else place
    return str(value) if np.asarray(value).dtype.kind in "UO" else f"{dim} {value}"


def _in_time(h: xr.DataArray, time: xr.DataArray) -> tuple[xr.DataArray, str]:
    if "time" not in h.dims:
        return h, ""
    own = h["time"]
    if own.size == 1:
        return h.isel(time=0, drop=True), ""
    if has_times_of(own, time):
        return h, ", time by time"
    last = f"{own.values[-1]:g} {own.attrs.get('units', '')}".strip()
    return h.isel(time=-1, drop=True), f"{LAST}{own.size} times ({last})"


def has_times_of(own: xr.DataArray, time: xr.DataArray) -> bool:
    """Whether a movie has the data's times: as many, alike, on the same axis and in the same unit."""
    alike = own.size == time.size and np.allclose(own.values.astype(float), time.values.astype(float))
    return bool(alike) and all(own.attrs.get(name) == time.attrs.get(name) for name in ("axis", "units"))


def need_names(names: Any, known: Any, what: str) -> None:
    """Raise `InputError` unless `names` are all among the `known` models."""
    unknown = [name for name in names if name not in known]
    if unknown:
        raise InputError(f"{what} names models, {listed(list(known), 12)}; got {listed(unknown)}.")
