"""The parts of a trajectory as every call takes them: real numbers in their dimensions, and pairs that have names.

A part that is not there is not looked at; what lies in chunks has its values looked at when it is computed.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import xarray as xr

from neurouniv.errors import InputError, some

NEVER_NEGATIVE = ("sqeuclidean", "mahalanobis")
"""Measures whose values are negative by rounding alone; others scatter about 0 where they are crossvalidated."""
ROUNDING = 1e-6
"""What is negative by less than this share of the largest value is 0. A convention: single precision."""
REAL = "fiu"
KINDS = {"b": "truth values", "c": "complex numbers", "M": "dates", "m": "durations", "S": "bytes", "U": "text",
         "O": "Python objects", "T": "text", "V": "records"}  # fmt: skip
"""What is no real number, by NumPy's letter for it."""
TO_NUMBERS = "Turn them into numbers, if they are such: `.astype(float)`."


class Part(NamedTuple):
    """A variable or coordinate of a trajectory: what it holds, its dimensions, and which values it may have.

    Outputs and norms of a network that diverged are infinite in frames that have no distances.
    """

    what: str
    dims: tuple[str, ...]
    missing: bool = False
    negative: bool = False
    infinite: bool = False


PARTS = {
    "h": Part("distances (h)", ("time", "pair"), missing=True, negative=True),
    "y": Part("distances of outputs (y)", ("time", "pair"), missing=True, negative=True),
    "w": Part("inner products (w)", ("time", "pair"), missing=True, negative=True),
    "choices": Part("distances of choices", ("time", "pair"), missing=True, negative=True),
    "choices_w": Part("inner products of choices", ("time", "pair"), missing=True, negative=True),
    "h_var": Part("sampling variances (h_var)", ("time", "pair"), missing=True),
    "dx2": Part("distances of stimuli (dx2)", ("pair",)),
    "dy2": Part("distances of targets (dy2)", ("pair",)),
    "output": Part("outputs (output)", ("condition", "output"), missing=True, negative=True, infinite=True),
    "norm": Part("squared norms (norm)", ("condition",), missing=True, negative=True, infinite=True),
    "trials": Part("counts of trials (trials)", ("condition",), missing=True),
    "stimuli": Part("stimuli", ("condition", "feature"), negative=True),
    "targets": Part("targets", ("condition", "output"), negative=True),
}  # fmt: skip
"""What of a trajectory is numbers."""
OWN = ("condition", "feature", "output")
"""Dimensions that a part may have though `h` has them not."""


def need_parts(traj: xr.Dataset, what: str = "A trajectory") -> None:
    """Raise `InputError` unless every part that is there is as it has to be.

    Examples
    --------
    >>> ends = {"first": ("pair", ["a"]), "second": ("pair", ["b"]), "dx2": ("pair", [-1.0])}
    >>> need_parts(xr.Dataset({"h": (("time", "pair"), [[1.0], [2.0]])}, ends))
    Traceback (most recent call last):
        ...
    neurouniv.errors.InputError: A trajectory needs distances of stimuli (dx2) that are 0 or more; 1 of 1 is \
negative, the first -1 at the pair 'a' and 'b'. Mend it, or leave it out.
    """
    need_distances(traj["h"], what)
    for name, part in PARTS.items():
        if name in traj.variables and name != "h" and not (name == "y" and _is_place(traj)):
            _need_place(traj, name, part, what)
            _need_numbers(traj[name], part, what)
    if not _may_be_negative(traj):
        _need_values(traj["h"], PARTS["h"]._replace(negative=False), f"{what} of {traj['h'].attrs['metric']}")
    _need_conditions(traj, what)
    if {"output", "dy2"} <= set(traj.variables) and "targets" not in traj.variables:
        raise InputError(
            f"{what} with outputs (output) needs the targets that they are to become; targets is absent. Add them: "
            "`neurouniv.trajectory(runs, task)`, or leave out `output`."
        )


def need_distances(h: xr.DataArray, what: str) -> None:
    """Raise `InputError` unless `h` (..., pair) has finite real numbers, NaN where not observed, of pairs that are as
    `need_pairs` needs them."""
    need_pairs(h, what)
    _need_numbers(h, PARTS["h"], what)


def need_pairs(h: xr.DataArray, what: str) -> None:
    """Raise `InputError` unless `h` (..., pair) has at least one of each dimension, and its pairs, if they are named,
    join two different conditions, every pair once."""
    _need_some(h, what)
    _need_one_label(h, what)
    if {"first", "second"} & set(h.coords):
        _need_names(h, what)


def need_real(array: xr.DataArray, what: str) -> None:
    """Raise `InputError` unless an array holds real numbers."""
    if array.dtype.kind not in REAL:
        got = KINDS.get(array.dtype.kind, str(array.dtype))
        remedy = "Give their real part: `.real`." if array.dtype.kind == "c" else TO_NUMBERS
        raise InputError(f"{what}; got {got} ({array.dtype}). {remedy}")


def _need_some(array: xr.DataArray, what: str) -> None:
    empty = [str(dim) for dim, size in array.sizes.items() if not size]
    if empty:
        raise InputError(
            f"{what} needs at least one {' and one '.join(empty)}; got {dict(array.sizes)}. Is a selection empty?"
        )


def _need_one_label(h: xr.DataArray, what: str) -> None:
    """Raise `InputError` where a place has several labels (a MultiIndex), which files do not hold, or several places
    have one, by which nothing can be joined."""
    for dim, index in h.indexes.items():
        if index.nlevels > 1:
            raise InputError(
                f"{what} needs one label at every place of {dim}; got a MultiIndex of {some(list(index.names))}. Keep "
                f"these as coordinates: `.reset_index({dim!r})`."
            )
        if dim not in ("time", "pair") and not index.is_unique:
            twice = index[index.duplicated()]
            raise InputError(
                f"{what} needs labels of {dim} that differ; got {some(twice.unique().tolist())} more than once. Leave "
                f"them out, or give others: `.drop_vars({dim!r})`, `.assign_coords({{{dim!r}: [...]}})`."
            )


def _need_numbers(array: xr.DataArray, part: Part, what: str) -> None:
    need_real(array, f"{what} needs {part.what} as real numbers")
    _need_values(array, part, what)


def _need_values(array: xr.DataArray, part: Part, what: str) -> None:
    if array.chunks:
        return
    values = array.values
    if not part.missing:
        _need_none(np.isnan(values), array, f"{what} needs {part.what} that are known", "NaN")
    if not part.infinite:
        _need_none(np.isinf(values), array, f"{what} needs {part.what} that are finite", "infinite")
    if not part.negative:
        least = -ROUNDING * np.nanmax(np.abs(values), initial=0.0)
        _need_none(values < least, array, f"{what} needs {part.what} that are 0 or more", "negative")


def _need_none(bad: np.ndarray, array: xr.DataArray, needed: str, amiss: str) -> None:
    if not bad.any():
        return
    place = tuple(np.argwhere(bad)[0])
    count, value = int(bad.sum()), array.values[place]
    first = "the first" if amiss == "NaN" else f"the first {value:g}"
    where = f" at {_in_words(array, place)}" if place else ""
    raise InputError(
        f"{needed}; {count} of {bad.size} {'is' if count == 1 else 'are'} {amiss}, {first}{where}. "
        f"Mend {'it' if count == 1 else 'them'}, or leave {'it' if count == 1 else 'them'} out."
    )


def _in_words(array: xr.DataArray, place: tuple[int, ...]) -> str:
    """A place of an array by its labels."""
    words = []
    for dim, k in zip(array.dims, place, strict=True):
        if dim == "pair" and {"first", "second"} <= set(array.coords):
            words.append(f"the pair '{array['first'].values[k]}' and '{array['second'].values[k]}'")
        else:
            words.append(f"{dim} {array[dim].values[k] if dim in array.coords else k}")
    return ", ".join(words)


def _is_place(traj: xr.Dataset) -> bool:
    """Whether y is where searchlights are, beside x and z, and no distance of outputs."""
    return "y" in traj.coords and not {"time", "pair"} & set(traj["y"].dims)


def _need_place(traj: xr.Dataset, name: str, part: Part, what: str) -> None:
    """Raise `InputError` unless a part has its dimensions, none of them empty, and none that `h` has not."""
    dims = tuple(map(str, traj[name].dims))
    foreign = [dim for dim in dims if dim not in (*map(str, traj["h"].dims), *OWN)]
    needed = tuple(dim for dim in part.dims if dim in OWN or dim in traj["h"].dims)  # RDMs without a movie have no time
    if foreign or not set(needed) <= set(dims):
        raise InputError(
            f"{what} needs {part.what} over {needed}, and over further dimensions of h alone; got {dims}, where h "
            f"has {tuple(map(str, traj['h'].dims))}. Put them there: `.rename(...)`, or leave out `{name}`."
        )
    _need_some(traj[name], f"{what} with {part.what}")


def _may_be_negative(traj: xr.Dataset) -> bool:
    """Whether distances may scatter about 0: noise is known, or the measure is crossvalidated or not known."""
    return "h_var" in traj or traj["h"].attrs.get("metric") not in NEVER_NEGATIVE


def _need_names(h: xr.DataArray, what: str) -> None:
    """Raise `InputError` unless `first` and `second` (pair) name two different conditions, every pair once."""
    for name in ("first", "second"):
        if name not in h.coords or h[name].dims != ("pair",):
            dims = f"it has {h[name].dims}" if name in h.coords else "it is absent"
            raise InputError(
                f"{what} needs both names of every pair, the coordinates first and second (pair); {name} is amiss, for "
                f"{dims}. Add it: `.assign_coords({name}=('pair', [...]))`."
            )
        _need_labels(h[name].values, f"{what} needs a name for {name} of every pair")
    first, second = (h[name].values.astype(str).tolist() for name in ("first", "second"))
    same = [a for a, b in zip(first, second, strict=True) if a == b]
    if same:
        raise InputError(
            f"{what} needs pairs of two different conditions; {len(same)} join one with itself, the first '{same[0]}'. "
            "Leave them out: `.isel(pair=...)`."
        )
    pairs = [(a, b) if a <= b else (b, a) for a, b in zip(first, second, strict=True)]
    if len(set(pairs)) < len(pairs):
        seen: set[tuple[str, str]] = set()
        a, b = next(pair for pair in pairs if pair in seen or seen.add(pair))  # type: ignore[func-returns-value]
        raise InputError(
            f"{what} needs every pair once; the pair '{a}' and '{b}' is there more than once. Leave one out: "
            "`.isel(pair=...)`."
        )


def _need_conditions(traj: xr.Dataset, what: str) -> None:
    """Raise `InputError` unless conditions, where they are listed, have a name each of their own, and what is known of
    them is known of all that pairs join."""
    if "condition" not in traj.coords or traj["condition"].dims != ("condition",):
        return
    _need_labels(traj["condition"].values, f"{what} needs a name for every condition")
    names, counts = np.unique(traj["condition"].values.astype(str), return_counts=True)
    if (counts > 1).any():
        raise InputError(
            f"{what} needs conditions with names of their own; {some(names[counts > 1])} stands for more than one. "
            "Rename them: `.assign_coords(condition=[...])`."
        )
    known = [name for name, part in PARTS.items() if "condition" in part.dims and name in traj.variables]
    if known and "first" in traj.coords:
        ends = np.unique(np.concatenate([traj[end].values.astype(str) for end in ("first", "second")]))
        absent = ends[~np.isin(ends, names)]
        if absent.size:
            raise InputError(
                f"{what} needs {known[0]} of every condition that its pairs join; {some(absent)} is absent from "
                f"`condition`, which has {some(names)}. Name both alike, or leave out `{known[0]}`."
            )


def _need_labels(labels: np.ndarray, needed: str) -> None:
    """Raise `InputError` unless every label is text or a number."""
    if labels.dtype.kind in "SbcV":
        raise InputError(f"{needed}; got {KINDS[labels.dtype.kind]}. Turn them into text: `.astype(str)`.")
    if labels.dtype.kind not in "fOUT":
        return
    absent = [k for k, label in enumerate(labels.tolist()) if label is None or label != label or label == ""]
    if absent:
        raise InputError(
            f"{needed}; {len(absent)} of {labels.size} have none, the first in place {absent[0]} (counted from 0). "
            "Give them one, or leave them out."
        )
