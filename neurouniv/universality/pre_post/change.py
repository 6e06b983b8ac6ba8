"""`change`: whether the RDM changed from one time to another, by how much, and along which model RDM."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr

from neurouniv.kinds import CHANGED
from neurouniv.names import public
from neurouniv.rdm.classes import named_classes
from neurouniv.rdm.comparators import Comparator, comparator_of
from neurouniv.rdm.pairs import Pairs
from neurouniv.schema import InputError, batch_dims, check_trajectory, need_free_names, some, with_history
from neurouniv.statement import sealed
from neurouniv.universality.held_out.condition_order import canonical_pairs
from neurouniv.universality.inference.error_units import units as error_units
from neurouniv.universality.pre_post.against_noise import against_noise
from neurouniv.universality.pre_post.along import Along, along, growth
from neurouniv.universality.pre_post.models import model_rdms
from neurouniv.universality.pre_post.whether import whether
from neurouniv.universality.pre_post.words import in_words
from neurouniv.universality.scores.noise_ceiling import BOUND, geometry_ceiling, has_variance, member_dim
from neurouniv.universality.verdict.learned import runs_of

OF_PLACES = (
    "mean_before", "mean_after", "growth", "growth_interval", "correlation", "correlation_interval", "correlation_p",
    "best", "lead", "lead_p",
)  # fmt: skip


@public
def change(
    traj: xr.Dataset,
    models: Mapping[str, Any] | None = None,
    *,
    before: Any = None,
    after: Any = None,
    comparator: str = "corr",
    permutations: int = 1000,
    seed: int = 0,
) -> xr.Dataset:
    """What two times can tell: did the RDM change beyond noise, by how much, along which model RDM.

    Laws need three times; this needs two, such as a session before and one after training. The change h(after) -
    h(before) is compared with model RDMs: those of the task (see `neurouniv.universality.scores.baselines`) and any of
    your own. Two sessions cannot tell learning from whatever else differs between them.

    Parameters
    ----------
    traj : trajectory with names of conditions; members (seed, subject, member, system) are averaged over, every other
        dimension (region, layer, latency) stays.
    models : name -> model RDM: a value of every condition (dict or pandas.Series; numbers give squared differences,
        texts 0 or 1), so a table of conditions will do; a square pandas.DataFrame; or an RDM over `pair` with `first`
        and `second`, such as a frame of a network's trajectory.
    before, after : the two times, as the coordinate has them; default the first and the last.
    comparator : of the change with models, see `neurouniv.compare`.
    permutations : random orders of conditions that p of a model rests on.
    seed : of these orders.

    Returns
    -------
    Dataset over the remaining batch dimensions, with the answer in words as its attribute `text`:
        `change` (..., pair): h(after) - h(before), of every member.
        `changed_p`: p of no change. With `h_var` by an F test, else of what five or more members have in common, see
        `neurouniv.universality.verdict.learned`; NaN where noise is not known. `change_size`, `change_most`: how far
        single distances changed, the noise taken away, and at most (95 %), root mean squares as shares of the mean
        distance.
        `mean_before`, `mean_after`, `growth` = after/before - 1 of the mean distance, with `growth_interval` (bound).
        `correlation` (model): similarity of the change with every model, with `correlation_interval` (model, bound) and
        `correlation_p`, two-sided, the larger of two: against noise, where it is known (by a t test over five or more
        members, else by `h_var`), and against conditions in random order (Mantel 1967). It may be small where
        `changed_p`, which looks in all directions at once, is not. `ceiling`: the similarity that the true change would
        have, as far as noise lets it.
        `best`: the model with the largest similarity in either direction; `lead` (model): by how much it leads every
        other, with `lead_p`.
    Intervals and `lead_p` are about other conditions (classes of them where there are six or more) and members, by the
    jackknife. Attributes: what they are about (`errors_about`), what `changed_p` rests on (`how`).

    Raises
    ------
    InputError : one time only, a time that is not there, no names of conditions, or a model that cannot be joined.

    Examples
    --------
    >>> pair = {"first": ("pair", list("aaabbc")), "second": ("pair", list("bcdcdd"))}
    >>> h = [[1.0, 1.1, 0.9, 1.0, 1.2, 1.0], [1.1, 3.0, 3.2, 3.1, 2.9, 0.8]]
    >>> traj = xr.Dataset({"h": (("time", "pair"), h)}, {"time": [1, 2], **pair})
    >>> found = change(traj, {"category": {"a": "cat", "b": "cat", "c": "dog", "d": "dog"}})
    >>> found.growth.item().__round__(2), found.correlation.sel(model="category").item().__round__(2)
    (1.27, 0.98)
    """
    traj = check_trajectory(traj, ("h", "first", "second")).compute()
    need_free_names(batch_dims(traj["h"]), {*CHANGED.names, "lead", "lead_p", "ceiling"}, "The result of a change")
    definition = comparator_of(comparator)
    pair = _two_times(traj, before, after)
    rdms = model_rdms(pair, models)
    h, member = pair["h"], member_dim(pair["h"])
    result = xr.Dataset({"change": (h.isel(time=-1, drop=True) - h.isel(time=0, drop=True))})
    tested = whether(pair, member)
    places = _of_places(pair, member, rdms, definition, permutations, seed)
    result = result.assign(tested.data_vars).assign(places.data_vars).assign(ceiling=_ceiling(pair, member, comparator))
    units = _units(pair)
    attrs = {"before": _label(pair, 0), "after": _label(pair, -1), "how": tested.attrs["how"], "comparator": comparator}
    attrs |= {"n_conditions": len(Pairs.of(pair).names), "n_members": h.sizes[member] if member else 1}
    attrs["errors_about"] = ("other members and " if member else "") + units.about.removesuffix(", given these fits")
    result = result.assign_attrs(attrs)
    result.attrs["text"] = in_words(result, pair)
    record = {"before": attrs["before"], "after": attrs["after"], "models": rdms["model"].values.tolist()}
    record |= {"comparator": comparator, "permutations": permutations, "seed": seed}
    return sealed(with_history(result, "change", source=traj, **record))


def _two_times(traj: xr.Dataset, before: Any, after: Any) -> xr.Dataset:
    """The two frames, without dimensions of one element, and only the pairs that both have."""
    times = traj["time"].values
    if len(times) < 2:
        raise InputError(
            f"A change needs two times; the trajectory has {len(times)}. Read both sessions as one recording: "
            "read_recording([FILE, FILE]), in a shell neurouniv rdm FILE FILE --out traj.nc; or name the field: "
            "session=FIELD."
        )
    places = []
    for name, label, usual in (("before", before, 0), ("after", after, len(times) - 1)):
        found = [usual] if label is None else np.flatnonzero(times.astype(str) == str(label))
        if not len(found):
            raise InputError(f"{name} is one of the times, {some(times.tolist(), 12)}; got {label!r}.")
        places.append(int(found[0]))
    if places[0] == places[1]:
        raise InputError(f"before and after are two different times; got {times[places[0]]} twice.")
    pair = traj.isel(time=places)
    pair = pair.squeeze([dim for dim in batch_dims(pair["h"]) if pair.sizes[dim] == 1])
    there = pair["h"].notnull().all("time").any(batch_dims(pair["h"])).values
    if not there.any():
        raise InputError("No pair of conditions has a distance at both times. Choose other times with before, after.")
    return pair.isel(pair=np.flatnonzero(there)) if not there.all() else pair


def _label(pair: xr.Dataset, place: int) -> str:
    return str(pair["time"].values[place])


def _units(pair: xr.Dataset) -> Any:
    return error_units(canonical_pairs(pair).names, named_classes(pair), None, [])


def _of_places(
    pair: xr.Dataset, member: str | None, rdms: xr.DataArray, comparator: Comparator, permutations: int, seed: int
) -> xr.Dataset:
    """What is found of every place in the dimensions that are neither members nor time nor pair."""
    h = pair["h"] if member else pair["h"].expand_dims("_member")
    core = [member or "_member", "time", "pair"]
    dims = [dim for dim in h.dims if dim not in core]
    ends, of = canonical_pairs(pair).ends, _units(pair).of
    number = np.arange(of.max() + 1)[:, None]
    touched = (of[ends[0]] == number) | (of[ends[1]] == number)  # (unit, pair)
    names, about = rdms["model"].values, rdms.values - comparator.centred * rdms.values.mean(-1, keepdims=True)
    variance = pair["h_var"] if has_variance(pair) else np.nan * pair["h"]
    runs = runs_of(pair)

    def one(movie: np.ndarray, noise: np.ndarray) -> tuple[np.ndarray, ...]:
        both = np.isfinite(movie[:, -1] - movie[:, 0]).any(-1)  # who was there both times
        movie, noise = movie[both], noise[both]
        size = growth(movie, touched)
        found = along(movie[:, -1] - movie[:, 0], rdms.values, ends, touched, comparator, permutations, seed)
        found = found or _unknown(len(names))
        by_noise = against_noise(movie, noise, about, ends, runs)
        p = np.where(np.isfinite(found.p), np.fmax(found.p, by_noise), np.nan)
        best = names[found.best] if found.best >= 0 else ""
        return (
            *map(np.asarray, (size.before, size.after, size.growth)), size.interval, found.correlation, found.interval,
            p, np.asarray(best, dtype=object), found.lead, found.lead_p,
        )  # fmt: skip

    results = xr.apply_ufunc(
        one, h, variance.broadcast_like(pair["h"]).expand_dims([] if member else "_member"),
        input_core_dims=[core, core], vectorize=True,
        output_dtypes=[object if name == "best" else float for name in OF_PLACES],
        output_core_dims=[[], [], [], ["bound"], ["model"], ["model", "bound"], ["model"], [], ["model"], ["model"]],
    )  # fmt: skip
    data = dict(zip(OF_PLACES, results, strict=True))
    data["best"] = data["best"].astype(str)
    return xr.Dataset(data).assign_coords(model=names, bound=BOUND.values).transpose(*dims, "model", "bound")


def _unknown(models: int) -> Along:
    nothing = np.full(models, np.nan)
    return Along(nothing, np.full((models, 2), np.nan), nothing, -1, nothing, nothing)


def _ceiling(pair: xr.Dataset, member: str | None, comparator: str) -> xr.DataArray:
    """The similarity (...) that the true change would have with the one seen, averaged over members."""
    both = pair[["h"]].isel(time=[-1]).assign(h=pair["h"].isel(time=[-1]) - pair["h"].isel(time=0, drop=True))
    if has_variance(pair):
        both["h_var"] = pair["h_var"].sum("time").expand_dims("time")
    upper = geometry_ceiling(both, comparator).sel(bound="upper", drop=True).isel(time=0, drop=True)
    return upper.mean(member) if member else upper
