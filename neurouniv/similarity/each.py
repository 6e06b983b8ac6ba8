"""Two systems: every frame of the models against every frame of the data, and which is the most similar."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr

from neurouniv.rdm.comparators import comparator_of
from neurouniv.rdm.comparators.table import similarity_table
from neurouniv.rdm.pairs import Pairs
from neurouniv.schema import LEARNING, InputError, batch_dims
from neurouniv.similarity.candidates import Given, has_times_of
from neurouniv.similarity.sample import Frames
from neurouniv.similarity.settings import Settings
from neurouniv.universality.inference.best_step import BOUNDS, best_steps
from neurouniv.universality.inference.bootstrap import Fold, bootstrap_scores, draw
from neurouniv.universality.scores import noise_ceiling
from neurouniv.universality.scores.geometry import similarity
from neurouniv.universality.scores.noise_ceiling import BOUND, MEMBERS

SIDE = "_model"
MOST = 20_000
"""So many similarities have errors unless they are asked for: resampling more takes minutes."""
GAINS = ("final", "untrained", "final_gain", "final_gain_interval", "best_gain", "best_gain_interval")
"""What is said of learners whose first frame is the untrained one."""


def one_system(given: Given) -> xr.Dataset:
    """The models as one Dataset `h` (..., pair), every dimension of theirs kept; several by name have `model`.

    Raises
    ------
    InputError : a law is among them, or models by name differ in their dimensions.
    """
    if given.laws or given.values:
        named = [*given.laws, *given.values]
        raise InputError(
            f"model='each' compares frames of RDM movies or sets of RDMs; {named[0]!r} has none. Use model='one'."
        )
    movies = {name: xr.Dataset({"h": rdms["h"]}) for name, rdms in given.rdms.items()}
    sizes = {name: {dim: size for dim, size in rdms.sizes.items() if dim != "pair"} for name, rdms in movies.items()}
    if len(movies) == 1:
        return next(iter(given.rdms.values()))
    if len({tuple(sorted(size.items())) for size in sizes.values()}) > 1:
        raise InputError(
            f"Models that are compared frame by frame have the same dimensions; got {sizes}. Give one at a time, or "
            "use model='one'."
        )
    label = xr.Variable("model", list(movies))
    return xr.concat(movies.values(), label, coords="minimal", compat="override", join="override")


def every_frame(data: xr.Dataset, models: xr.Dataset, settings: Settings, times: str) -> tuple[xr.Dataset, list[str]]:
    """All variables of `neurouniv.rsa` with model="each", and doubts."""
    theirs = models["h"].rename({dim: f"{dim}{SIDE}" for dim in models["h"].dims if dim != "pair"})
    coord_names = ("first", "second", *(dim for dim in theirs.dims if dim != "pair"))
    theirs = theirs.drop_vars([name for name in theirs.coords if name not in coord_names])
    members = [dim for dim in theirs.dims if str(dim).removesuffix(SIDE) in MEMBERS]
    theirs = theirs.mean(members) if members else theirs
    theirs = theirs.squeeze([dim for dim in theirs.dims if theirs.sizes[dim] == 1 and dim != "pair"], drop=True)
    if times == "same":
        return _at_same_times(data, models, theirs, settings), []
    frames = Frames.of(data["h"])
    dims = [dim for dim in theirs.dims if dim != "pair"]
    flat = theirs.transpose(*dims, "pair").values.reshape(-1, theirs.sizes["pair"])
    ends, definition = Pairs.of(data).ends, comparator_of(settings.comparator)
    observed = frames.observed()
    table = similarity_table(observed.reshape(-1, observed.shape[-1]), flat, ends, definition)
    mean = _mean(table.reshape(len(observed), -1, len(flat)))  # (frame, model frame)
    result = xr.Dataset({"similarity": _shaped(mean.T, theirs, dims, frames)})
    result = result.assign(_ceilings(data, models, settings))
    if not settings.resamples:
        return result, []
    if mean.size > MOST:
        return result, [
            f"{mean.size} similarities have no errors: more than {MOST} take long. Select times, or average."
        ]
    return result.assign(_best(theirs, dims, frames, ends, flat, settings)), []


def need_times(times: str, data: xr.Dataset, models: xr.Dataset) -> None:
    """Raise `InputError` unless `times` is a choice, and both sides have the same times where it is "same"."""
    if times not in ("all", "same"):
        raise InputError(f"times is 'all' or 'same'; got {times!r}.")
    if times == "same" and not ("time" in models["h"].dims and has_times_of(models["time"], data["time"])):
        raise InputError("times='same' needs models that have the data's times. Use times='all'.")


def _at_same_times(data: xr.Dataset, models: xr.Dataset, theirs: xr.DataArray, settings: Settings) -> xr.Dataset:
    ours, theirs = data["h"], theirs.rename({f"time{SIDE}": "time"})
    similar = similarity(ours, theirs.assign_coords(time=ours["time"]), settings.comparator)
    member = Frames.of(ours).member
    similar = similar.mean(member) if member else similar
    last = [dim for dim in similar.dims if str(dim).endswith(SIDE)]
    return xr.Dataset({"similarity": similar.transpose(*last, ..., "time")}).assign(_ceilings(data, models, settings))


def _mean(table: np.ndarray) -> np.ndarray:
    """The mean over members (member, ...) of those that are there."""
    there = np.isfinite(table)
    return np.where(there, table, 0.0).sum(0) / np.where(there.any(0), there.sum(0), np.nan)


def _shaped(values: np.ndarray, theirs: xr.DataArray, dims: list[Any], frames: Frames) -> xr.DataArray:
    """(model frame, frame) with the dimensions and labels of both sides."""
    array = values.reshape([theirs.sizes[dim] for dim in dims] + list(frames.shape))
    like = frames.labelled(np.zeros(int(np.prod(frames.shape))))
    labels = {dim: theirs[dim] for dim in dims if dim in theirs.coords}
    return xr.DataArray(array, dims=(*dims, *like.dims), coords=labels | dict(like.coords))


def _ceilings(data: xr.Dataset, models: xr.Dataset, settings: Settings) -> Mapping[str, xr.DataArray]:
    """`ceiling` (..., time, bound) of the data and `ceiling_model` of the models, means over members."""
    ceilings = {}
    for name, side, suffix in (("ceiling", data, ""), ("ceiling_model", models, SIDE)):
        if "time" not in side["h"].dims:
            side = side[["h"]].expand_dims(time=[0])
        ceiling = noise_ceiling.geometry_ceiling(side, settings.comparator)
        ceiling = noise_ceiling.of_networks(side, {"geometry_ceiling": ceiling})["geometry_ceiling"]
        ceiling = ceiling.mean([dim for dim in ceiling.dims if dim in MEMBERS])
        one = [dim for dim in ceiling.dims if ceiling.sizes[dim] == 1 and (suffix or dim != "time")]
        ceiling = ceiling.squeeze(one, drop=True).drop_vars([n for n in ceiling.coords if n not in ceiling.dims])
        ceilings[name] = ceiling.rename({dim: f"{dim}{suffix}" for dim in ceiling.dims if dim != "bound"})
    return ceilings


def _best(
    theirs: xr.DataArray, dims: list[Any], frames: Frames, ends: np.ndarray, flat: np.ndarray, settings: Settings
) -> Mapping[str, xr.DataArray]:
    """The place along every dimension of the models where similarity is highest, in the data and in resamples."""
    if not dims:  # one RDM, among which there is no best
        return {}
    observed = frames.observed()
    drawn = draw(int(ends.max()) + 1, len(observed), settings.resamples, settings.seed)
    scores = bootstrap_scores([Fold(observed, flat[:, None, None], ends)], drawn, settings.comparator)
    each = _mean(np.swapaxes(scores.each, 0, 1))
    variables: dict[str, xr.DataArray] = {}
    sizes = [theirs.sizes[dim] for dim in dims]
    whole, resampled = _highest(each[None], sizes)[:, 0], _highest(scores.both, sizes)
    for place, dim in enumerate(dims):
        if dim == f"time{SIDE}":
            continue
        name = f"best_{str(dim).removesuffix(SIDE)}"
        labels = theirs[dim].values if dim in theirs.coords else np.arange(theirs.sizes[dim])
        variables[name] = frames.labelled(labels[whole[place]])
        shares = np.stack([(resampled[place] == k).mean(0) for k in range(len(labels))])
        share = frames.labelled(shares, [str(dim)])
        variables[f"{name}_share"] = share.assign_coords({dim: labels})
        if labels.dtype.kind in "iuf":
            ends = np.percentile(labels[resampled[place]], BOUNDS, axis=0, method="nearest").T
            variables[f"{name}_interval"] = frames.labelled(ends, [], ["bound"]).assign_coords(bound=BOUND.values)
    if f"time{SIDE}" in dims:
        variables |= _best_steps(theirs, frames, settings)
    return variables


def _highest(scores: np.ndarray, sizes: list[int]) -> np.ndarray:
    """The place (dimension, resample, frame) of the highest of scores (resample, model frame, frame)."""
    top = np.where(np.isfinite(scores), scores, -np.inf).argmax(1)
    return np.stack(np.unravel_index(top, sizes))


def _best_steps(theirs: xr.DataArray, frames: Frames, settings: Settings) -> Mapping[str, xr.DataArray]:
    """The time of the models that is most similar, and what training gained, of learners."""
    ours = theirs.rename({f"time{SIDE}": "time_a"})
    data = frames.h.drop_vars([name for name in frames.h.coords if name not in (*frames.h.dims, "first", "second")])
    renamed = {"time": "time_b"} | ({frames.member: f"{frames.member}_b"} if frames.member else {})
    steps = best_steps(ours, data.rename(renamed), settings.comparator, settings.resamples, settings.seed)
    steps = steps.rename({"time_b": "time"})
    learns = theirs[f"time{SIDE}"].attrs.get("axis") == LEARNING
    return {str(name): array for name, array in steps.data_vars.items() if learns or name not in GAINS}


def dims_of_models(result: xr.Dataset) -> list[str]:
    """The dimensions of the models' side in a result of model="each"."""
    return [str(dim) for dim in batch_dims(result["similarity"]) if str(dim).endswith(SIDE)]
