"""The answer of RSA in words."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr

from neurouniv.rdm.comparators import long_name_of
from neurouniv.rdm.labels import listed
from neurouniv.schema import ONE_FRAME, WITHIN_TRIAL
from neurouniv.similarity.significance import ALPHA
from neurouniv.universality.sentence_parts import interval_in_words, p_in_words, percent

MOST = 6
"""So many places (regions, latencies) are spoken of one by one."""
CORRECTED = {
    "max": "corrected for all models and times (largest deviation)", "cluster": "corrected by clusters of times",
    "holm": "corrected for all models and times (Holm)", "fdr": "corrected by the false discovery rate",
    "none": "not corrected for the number of tests",
}  # fmt: skip


def in_words(result: xr.Dataset) -> str:
    """The answer: which model is the most similar, how certain that is, and what limits it."""
    attrs = result.attrs
    head = [_over(attrs)]
    lines = _of_each(result) if attrs["model"] == "each" else _of_models(result)
    doubts = [f"Doubt: {doubt}" for doubt in attrs["doubts"]]
    return "\n".join([*head, *lines, *doubts])


def _over(attrs: dict[str, Any]) -> str:
    members = f" and {attrs['n_members']} {attrs['members']}s" if attrs["n_members"] > 1 else ""
    held = ", on conditions that were held out of all fits" if attrs.get("held_out") else ""
    what = long_name_of(attrs["comparator"])
    if attrs["control"]:
        fixed = "all other models" if attrs["control"] == "others" else attrs["control"]
        what = f"partial {what} ({fixed} held fixed)"
    return f"{what[0].upper()}{what[1:]} of RDMs over {attrs['n_conditions']} conditions{members}{held}."


def _of_models(result: xr.Dataset) -> list[str]:
    """A few lines a place, at its best time."""
    dims = [dim for dim in result["similarity"].dims if dim not in ("model", "time")]
    lines, sizes = [], [result.sizes[dim] for dim in dims]
    if np.prod(sizes) > MOST:
        return [*_of_many(result, dims), _about(result)]
    for place in np.ndindex(*sizes):
        chosen = dict(zip(dims, place, strict=True))
        where = ", ".join(f"{dim} {_value(result, dim, k)}" for dim, k in chosen.items())
        lines += [f"{where}: {line}" if where else line for line in _of_place(result.isel(chosen))]
    return [*lines, _about(result)]


def _of_many(result: xr.Dataset, dims: list[Any]) -> list[str]:
    """Of so many places that none can be spoken of by itself: at how many each model is above 0."""
    number = int(np.prod([result.sizes[dim] for dim in dims]))
    if not result["similarity_p_corrected"].notnull().any():
        return [f"There are {number} places ({', '.join(map(str, dims))})."]
    above = ((result["similarity_p_corrected"] < ALPHA) & (result["similarity"] > 0)).any("time").sum(dims)
    counts = ", ".join(f"for '{name}' in {int(above.sel(model=name))}" for name in result["model"].values[:MOST])
    places = f"of {number} places ({', '.join(map(str, dims))})"
    return [f"The similarity is above 0 ({_small(result)}) {counts} {places}."]


def _small(result: xr.Dataset) -> str:
    return f"p < .05, {'not corrected' if result.attrs['correction'] == 'none' else 'corrected'}"


def _about(result: xr.Dataset) -> str:
    if not result["similarity_p"].notnull().any():
        return "Nothing was tested."
    correction = CORRECTED[str(result.attrs["correction"])]
    orders = ", from similarities with conditions in other orders" if result.attrs["test"] == "permutation" else ""
    return f"Intervals and p values generalise to {result.attrs['errors_about']}. p is two-sided{orders}, {correction}."


def _of_place(result: xr.Dataset) -> list[str]:
    similar = result["similarity"].transpose("model", "time")
    if not similar.notnull().any():
        return ["No similarity is defined."]
    top, when = np.unravel_index(int(np.nanargmax(similar.values)), similar.shape)
    at = result.isel(time=int(when))
    best = at.isel(model=int(top))
    name, p = str(best["model"].item()), float(best["similarity_p_corrected"])
    low, high = best["similarity_interval"].values
    moment = "" if result["time"].attrs.get("axis") == ONE_FRAME else f" at {_time(result, int(when))}"
    numbers = f"{_number(float(best['similarity']))}{interval_in_words(low, high)}, {_ceiling_words(at)}"
    line = f"'{name}' is the most similar model{moment}: {numbers}, {p_in_words(p)}."
    line += " It is not significantly above 0." if p >= ALPHA else ""
    return [line, *_against_others(at, name), *_over_time(result, name)]


def _against_others(at: xr.Dataset, name: str) -> list[str]:
    others = [other for other in at["model"].values.tolist() if other != name]
    if not others:
        return []
    p = at["difference_p_corrected"].sel(model=name, model_=others)
    more = at["difference"].sel(model=name, model_=others)
    weaker = [o for o, value, size in zip(others, p.values, more.values, strict=True) if value < ALPHA and size > 0]
    rest = [other for other, known in zip(others, np.isfinite(p.values), strict=True) if known and other not in weaker]
    lines = [f"It is significantly more similar than {listed(weaker, MOST)} ({_small(at)})."] if weaker else []
    return lines + ([f"It is not significantly more similar than {listed(rest, MOST)}."] if rest else [])


def _over_time(result: xr.Dataset, name: str) -> list[str]:
    if result.sizes["time"] < 2:
        return []
    p = result["similarity_p_corrected"].sel(model=name)
    size = result["similarity"].sel(model=name)
    count, times = int(((p < ALPHA) & (size > 0)).sum()), result.sizes["time"]
    trial = " (time within the trial)" if result["time"].attrs.get("axis") == WITHIN_TRIAL else ""
    best = result["best"].values[result["best"].values != ""]
    kinds, counts = np.unique(best, return_counts=True)
    first = ", ".join(f"'{kinds[k]}' at {counts[k]}" for k in np.argsort(-counts)[:MOST])
    above = f"'{name}' is above 0 at {count} of {times} times{trial} ({_small(result)}). " if p.notnull().any() else ""
    return [f"{above}The most similar model is {first} times."]


def _ceiling_words(at: xr.Dataset) -> str:
    low, high = (float(at["ceiling"].sel(bound=end)) for end in ("lower", "upper"))
    if not np.isfinite(high):
        return "noise ceiling not known"
    return "noise ceiling " + (f"{_number(low)} to {_number(high)}" if abs(high - low) > 5e-4 else _number(high))


def _of_each(result: xr.Dataset) -> list[str]:
    similar = result["similarity"]
    if not similar.notnull().any():
        return ["No similarity is defined."]
    place = np.unravel_index(int(np.nanargmax(similar.values)), similar.shape)
    where = [_on_side(similar, dim, k) for dim, k in zip(similar.dims, place, strict=True) if similar.sizes[dim] > 1]
    highest = f"The highest similarity is {_number(similar.values[place])}"
    lines = [": ".join(filter(None, [highest, ", ".join(where)])) + "."]
    for name in [str(name) for name in result if str(name).startswith("best_") and f"{name}_share" in result]:
        values = result[name].values.ravel()
        kinds, counts = np.unique(values, return_counts=True)
        share = float(result[f"{name}_share"].max(f"{name.removeprefix('best_')}_model").mean())
        lines.append(
            f"The most similar {name.removeprefix('best_')} is {kinds[counts.argmax()]} at {counts.max()} of "
            f"{values.size} frames. It stays the most similar in {percent(share)} of resamples of the conditions."
        )
    if "final_gain" in result:
        gain = result["final_gain"]
        above = int((result["final_gain_interval"].sel(bound="lower") > 0).sum())
        lines.append(
            f"The last frame of the models is more similar than the untrained one by {_number(float(gain.mean()))} on "
            f"average. The 95 % interval is above 0 at {above} of {gain.size} frames."
        )
    return lines


def _on_side(similar: xr.DataArray, dim: Any, place: Any) -> str:
    """Where on one side: "layer 2 of the models"."""
    whose = " of the models" if str(dim).endswith("_model") else ""
    return f"{str(dim).removesuffix('_model')} {_value(similar, dim, int(place))}{whose}"


def _value(result: Any, dim: Any, place: int) -> str:
    """A coordinate with its unit: "0.12 s", "3 (sessions)"."""
    value = result[dim].values[place] if dim in result.coords else place
    unit = str(result[dim].attrs.get("units", "")) if dim in result.coords else ""
    text = f"{value:g}" if isinstance(value, (float, np.floating)) else str(value)
    return f"{text} {unit}" if 0 < len(unit) < 3 else f"{text} ({unit})" if unit else text


def _time(result: xr.Dataset, place: int) -> str:
    text = _value(result, "time", place)
    return text if result["time"].attrs.get("units") == "s" else f"time {text}"


def _number(value: float) -> str:
    return f"{value:.2f}"
