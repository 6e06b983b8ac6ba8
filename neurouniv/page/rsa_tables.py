"""RSA in numbers: models at one time and over several, differences from the best one, and two systems."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import xarray as xr

from neurouniv.figures.numbers import number
from neurouniv.figures.rsa_panels import batch_of, panels_of
from neurouniv.figures.rsa_words import correction_in_words, is_corrected, measure_of, p_in_words, p_of
from neurouniv.figures.tables import Table
from neurouniv.schema import LEARNING
from neurouniv.similarity.words import ALPHA

MOST_ROWS = 36
UNKNOWN = "not known"
QUANTITIES = {"best": "similarity there", "final": "last", "untrained": "untrained", "final_gain": "gain of the last",
              "best_gain": "gain of the best"}  # fmt: skip
"""Columns of the table of steps, beside the best step itself."""


def models_table(result: xr.Dataset) -> Table:
    """A row for every model in every place: numbers at one time, or what stands out over several."""
    return _at_one_time(result.isel(time=0)) if result.sizes["time"] == 1 else _over_times(result)


def _places(result: xr.Dataset) -> Iterator[tuple[list[str], xr.Dataset]]:
    """Every region, latency or other place: its name as cells of a row, none where there is one place."""
    dims = batch_of(result)
    panels, _ = panels_of(result, dims, most=int(np.prod([result.sizes[dim] for dim in dims])))
    for panel in panels:
        yield [panel.title] if dims else [], panel.result


def _at_one_time(result: xr.Dataset) -> Table:
    rows = []
    for place, part in _places(result):
        order = np.argsort(-part["similarity"].fillna(-np.inf).values, kind="stable")
        for name in part["model"].values[order]:
            model = part.sel(model=name)
            cells = [_with_interval(model, "similarity"), *_p_values(model, "similarity"), _ceiling(model)]
            rows.append([*place, str(name), *cells, _below_ceiling(model)])
    columns = [*_place_column(result), "model", f"similarity ({measure_of(result)})", "p", "p corrected"]
    caption = (
        f"95 % intervals. p: two-sided, against 0; {correction_in_words(result)}. Below the ceiling: p of a t test "
    )
    caption += "over members that a model stays below the lower ceiling, not corrected."
    return _limited([*columns, "noise ceiling", "p below the ceiling"], rows, caption)


def _over_times(result: xr.Dataset) -> Table:
    learns = result["time"].attrs.get("axis") == LEARNING
    times, unit = result["time"].values.astype(float), result["time"].attrs.get("units", "")
    rows = []
    for place, part in _places(result):
        for name in part["model"].values:
            model = part.sel(model=name)
            values = model["similarity"].values
            if not np.isfinite(values).any():
                rows.append([*place, str(name), UNKNOWN, None, None, None, None])
                continue
            top = model.isel(time=int(np.nanargmax(values)))
            end = _with_interval(model.isel(time=-1), "similarity") if learns else number(float(np.nanmean(values)))
            moment, p = f"{times[int(np.nanargmax(values))]:.4g}", p_of(top, "similarity")
            cells = [_with_interval(top, "similarity"), moment, UNKNOWN if p is None else p_in_words(float(p))]
            rows.append([*place, str(name), *cells, end, _times_above(model, times)])
    corrected = "p corrected there" if is_corrected(result, "similarity") else "p there, not corrected"
    columns = [*_place_column(result), "model", "highest similarity", f"at {'' if not unit else f'({unit})'}".strip()]
    columns += [
        corrected,
        "at the last time" if learns else "mean over time",
        f"times with p < {ALPHA:g}".replace("0.", "."),
    ]
    caption = (
        f"Similarity: {measure_of(result)}, 95 % intervals; p: two-sided, against 0, {correction_in_words(result)}. "
    )
    caption += "The highest is chosen among all times, so it is somewhat too high; its interval does not know of that."
    return _limited(columns, rows, caption)


def differences_table(result: xr.Dataset) -> Table | None:
    """The most similar model of every place against all others, at one time; None where there is one model."""
    if result.sizes["time"] > 1 or result.sizes["model"] < 2 or "difference" not in result:
        return None
    rows = []
    for place, part in _places(result.isel(time=0)):
        similarity = part["similarity"]
        if not similarity.notnull().any():
            continue
        best = str(similarity["model"].values[int(np.nanargmax(similarity.values))])
        for other in part["model_"].values:
            if other != best:
                pair = part.sel(model=best, model_=other)
                rows.append(
                    [*place, best, str(other), _with_interval(pair, "difference"), *_p_values(pair, "difference")]
                )
    columns = [*_place_column(result), "most similar", "less", "difference of similarity", "p", "p corrected"]
    caption = _tested(result, "difference", ", of all pairs of models")
    return _limited(columns, rows, caption)


def steps_table(result: xr.Dataset) -> Table | None:
    """The best training step (or latency) of the models for every frame of the data, in numbers; None without steps."""
    if "best_step" not in result:
        return None
    dims = [str(dim) for dim in result["best_step"].dims]
    names = [name for name in QUANTITIES if name in result]
    columns = [
        *(_title(result, dim) for dim in dims),
        f"best {_title(result, 'time_model')}",
        *(QUANTITIES[n] for n in names),
    ]
    rows = [
        [*place, _with_interval(part, "best_step"), *(_with_interval(part, name) for name in names)]
        for place, part in _cells(result[[*names, "best_step", *_intervals(result, [*names, "best_step"])]], dims)
    ]
    caption = "Similarities are means over members, with 95 % intervals over conditions where known. The gain of the "
    caption += "best step is chosen on one half of the conditions and read on the other."
    return _limited(columns, rows, caption if "best_gain" in names else caption.split(" The gain")[0])


def names_table(result: xr.Dataset) -> Table | None:
    """The best layer (or other name) of the models for every frame of the data, and in which share it is the best."""
    names = [
        str(name).removesuffix("_share")
        for name in result
        if str(name).startswith("best_") and str(name).endswith("_share")
    ]
    if not names:
        return None
    dims = [str(dim) for dim in result[names[0]].dims]
    columns = [*(_title(result, dim) for dim in dims)]
    for name in names:
        columns += [f"best {name.removeprefix('best_')}", "in a share of resamples"]
    rows = []
    shares = [f"{name}_share" for name in names]
    for place, part in _cells(result[[*names, *shares, *_intervals(result, names)]], dims):
        row: list[Any] = [*place]
        for name in names:
            row += [_best(part, name), f"{float(part[f'{name}_share'].max()):.0%}"]
        rows.append(row)
    return _limited(columns, rows, "The share: the largest of all, over resampled conditions and members.")


def _best(part: xr.Dataset, name: str) -> str:
    """The best name, and of numbers its interval."""
    if f"{name}_interval" not in part:
        return str(part[name].item())
    low, high = part[f"{name}_interval"].sel(bound=["lower", "upper"]).values
    return f"{part[name].item()} [{low:g}, {high:g}]"


def parts_table(result: xr.Dataset) -> Table | None:
    """What every model explains alone, and its coefficient among all, at one time; None without these."""
    if "unique" not in result or result.sizes["time"] > 1:
        return None
    names = {"unique": "explains alone (share)", "coefficient": "coefficient, standardised"}
    there = {name: title for name, title in names.items() if name in result}
    dims = [str(dim) for dim in result["r2"].dims if dim != "time"]
    panels, _ = panels_of(result.isel(time=0), dims, most=int(np.prod([result.sizes[dim] for dim in dims])))
    rows = []
    for panel in panels:
        for name in result["model"].values:
            numbers = [_with_interval(panel.result.sel(model=name), key) for key in there]
            rows.append([*([panel.title] if dims else []), str(name), *numbers])
    columns = [*_place_column(result), "model", *there.values()]
    total = f"All models together explain {number(float(result['r2'].values.ravel()[0]))}. " if not dims else ""
    return _limited(columns, rows, f"{total}95 % intervals, not corrected for their number.")


def _cells(result: xr.Dataset, dims: list[str]) -> Iterator[tuple[list[str], xr.Dataset]]:
    for place in np.ndindex(*(result.sizes[dim] for dim in dims)):
        chosen = dict(zip(dims, map(int, place), strict=True))
        yield [_label(result, dim, i) for dim, i in chosen.items()], result.isel(chosen)


def _label(result: xr.Dataset, dim: str, place: int) -> str:
    value = result[dim].values[place] if dim in result.coords else place
    return f"{value:g}" if isinstance(value, (float, np.floating)) else str(value)


def _title(result: xr.Dataset, dim: str) -> str:
    unit = result[dim].attrs.get("units", "") if dim in result.coords else ""
    name = "step" if dim == "time_model" and result[dim].attrs.get("axis") == LEARNING else dim.removesuffix("_model")
    return f"{name} ({unit})" if unit else name


def _intervals(result: xr.Dataset, names: list[str]) -> list[str]:
    return [f"{name}_interval" for name in names if f"{name}_interval" in result]


def _tested(result: xr.Dataset, name: str, of_what: str) -> str:
    """What intervals and p values are, for captions."""
    if p_of(result, name) is None:
        return "Nothing was tested."
    return f"95 % intervals, each by itself; p: two-sided{of_what}; {correction_in_words(result, name)}."


def _place_column(result: xr.Dataset) -> list[str]:
    return [", ".join(batch_of(result))] if batch_of(result) else []


def _with_interval(part: xr.Dataset, name: str) -> str:
    value = float(part[name])
    if not np.isfinite(value):
        return UNKNOWN
    if f"{name}_interval" not in part or not part[f"{name}_interval"].notnull().all():
        return number(value)
    low, high = part[f"{name}_interval"].sel(bound=["lower", "upper"]).values
    return f"{number(value)} [{number(low)}, {number(high)}]"


def _p_values(part: xr.Dataset, name: str) -> list[str]:
    """p, and p corrected: words where there is none, and where it was not corrected."""
    plain, corrected = (part.get(f"{name}_{kind}") for kind in ("p", "p_corrected"))
    if plain is None or not np.isfinite(plain):
        return [UNKNOWN, UNKNOWN]
    if corrected is None or not is_corrected(part, name):
        return [p_in_words(float(plain)), "not corrected"]
    return [p_in_words(float(plain)), p_in_words(float(corrected))]


def _ceiling(model: xr.Dataset) -> str:
    if "ceiling" not in model or not model["ceiling"].notnull().all():
        return UNKNOWN
    low, high = model["ceiling"].sel(bound=["lower", "upper"]).values
    return f"{number(low)} to {number(high)}"


def _below_ceiling(model: xr.Dataset) -> str:
    """The p of a similarity below the lower ceiling."""
    known = "below_ceiling_p" in model and np.isfinite(model["below_ceiling_p"])
    return p_in_words(float(model["below_ceiling_p"])) if known else UNKNOWN


def _times_above(model: xr.Dataset, times: np.ndarray) -> str:
    """At how many times p is below .05, and from when to when."""
    p = p_of(model, "similarity")
    if p is None:
        return "not tested"
    holds = np.flatnonzero((p < ALPHA).values)
    count = f"{len(holds)} of {len(times)}"
    return f"{count}, {times[holds[0]]:.3g} to {times[holds[-1]]:.3g}" if len(holds) > 1 else count


def _limited(columns: list[str], rows: list[list[Any]], caption: str) -> Table:
    """A table of at most `MOST_ROWS` rows, which says how many there are."""
    more = f" The first {MOST_ROWS} of {len(rows)} rows; the result holds all." if len(rows) > MOST_ROWS else ""
    return Table(columns, rows[:MOST_ROWS], caption + more)
