"""A comparison of laws on a page: text, figure, table, the verdict, and warnings."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr

from neurouniv.figures import comparison
from neurouniv.figures.baselines import BASELINE_NAMES
from neurouniv.figures.tables import Table, table_of
from neurouniv.page.comparison_answer import judged_of
from neurouniv.page.section import Picture, Section
from neurouniv.rdm.comparators import long_name_of
from neurouniv.tasks.origin import notes
from neurouniv.universality.inference.p_values import too_few
from neurouniv.universality.rivals import reference_of, rivals_of

HELD = {"conditions": "conditions that were held out", "times": "later times that were held out",
        "systems": "systems that were held out"}  # fmt: skip
NOTHING_FITTED = "Rows below the laws: RDMs that stimuli and targets suggest, to which nothing is fitted."


def comparison_section(title: str, result: xr.Dataset) -> Section:
    """A comparison as a section: text, the verdict (where differences have errors), figure and table."""
    ceilings = np.unique(result["ceiling"]) if "ceiling" in result else [result.attrs.get("ceiling", "")]
    picture = Picture(comparison(result), _caption(result, "; ".join(filter(None, map(str, ceilings)))), _alt(result))
    decision = verdict_in_words(result)
    paragraphs = [
        "" if decision else notes(result).replace("\n", "\n\n"),
        decision,
        scores_in_words(result),
        baselines_in_words(result),
    ]
    text = "\n\n".join(filter(None, paragraphs))
    table, doubts = comparison_table(result), doubtful(result)
    return Section(title, text, figures=[picture], tables=[table], warnings=doubts, sources={title: result})


def _caption(result: xr.Dataset, ceiling: str) -> str:
    """The caption of the figure, panel by panel."""
    text = "Left: similarity of the predicted with the observed RDM, frame by frame"
    text += "; grey and dotted, RDMs to which nothing is fitted. " if "baseline_geometry" in result else ". "
    text += "Then R² of the time courses; dots are members, large markers their mean, an arrow marks a value off the "
    text += "scale. "
    if "error_ratio" in result:
        text += "Right: root-mean-square error of every rival over that of the law on trial, with 95 % intervals, each "
        text += "by itself; hollow where the interval holds 1. "
    return f"{text}Grey band: noise ceiling{': ' if ceiling else ''}{ceiling}."


def _alt(result: xr.Dataset) -> str:
    text = "Geometry over time and dynamics of every law beside the noise ceiling"
    return f"{text}, and every rival's error over the law's" if "error_ratio" in result else text


def verdict_in_words(result: xr.Dataset) -> str:
    """The verdict's text, a paragraph a line; nothing where there is none to give."""
    outcome = judged_of(result)
    return "" if outcome is None else str(outcome.attrs["text"]).replace("\n", "\n\n")


def scores_in_words(result: xr.Dataset) -> str:
    """The scores of the law on trial and of its best rival, in one system."""
    law = reference_of(result)
    dynamics, geometry = _mean(result["dynamics"]).to_series(), _mean(result["geometry"]).to_series()
    rivals = dynamics[rivals_of(result, law)].dropna()
    if "system" in result.dims or not len(rivals) or np.isnan(dynamics[law]):
        return ""
    law_score, best = dynamics[law], rivals.idxmax()
    text = (
        f"On {_data_in_words(result)}, the law explains R² = {law_score:.2f} of the time courses, "
        f"{_place(law_score, rivals[best])} its best rival ({best}, {rivals[best]:.2f})."
    )
    if np.isfinite(geometry[[law, best]]).all():
        text += (
            f" The mean {_comparator(result)} of predicted and observed RDMs is {geometry[law]:.2f} (law) and "
            f"{geometry[best]:.2f} ({best})."
        )
    if law_score < 0:
        text += " Below zero means worse than the mean of what was held out: the law does not describe this."
    return text


def _place(law_score: float, best: float) -> str:
    """The place of the law beside its best rival, at two decimals, so that a tie is a tie."""
    law_score, best = round(law_score, 2), round(best, 2)
    return "level with" if law_score == best else "ahead of" if law_score > best else "behind"


def baselines_in_words(result: xr.Dataset) -> str:
    """The law on trial among RDMs to which nothing is fitted, in one system, the best first."""
    if "baseline_geometry" not in result or "system" in result.dims:
        return ""
    scores = {"the law": result["geometry"].sel(law=reference_of(result))}
    for name in result["baseline"].values:
        scores[_baseline_in_words(str(name))] = result["baseline_geometry"].sel(baseline=name)
    ends = {name: float(_mean(last_observed(score))) for name, score in scores.items()}
    ends = {name: end for name, end in sorted(ends.items(), key=lambda item: -item[1]) if np.isfinite(end)}
    if len(ends) < 2 or "the law" not in ends:
        return ""
    ranking = ", ".join(f"{name} {end:.2f} ({float(_mean(scores[name])):.2f})" for name, end in ends.items())
    return (
        f"Beside RDMs to which nothing is fitted, on {_data_in_words(result)}: {_comparator(result)} with the observed "
        f"RDM at the last frame (and in the mean over frames), the best first: {ranking}."
    )


def _data_in_words(result: xr.Dataset) -> str:
    return HELD.get(result.attrs.get("split", ""), "the data they were fitted to")


def _baseline_in_words(baseline: str) -> str:
    return "class means of the stimuli" if baseline == "class means" else BASELINE_NAMES.get(baseline, baseline)


def _comparator(result: xr.Dataset) -> str:
    return long_name_of(result["geometry"].attrs.get("comparator", "corr"))


def _mean(array: xr.DataArray, keep: tuple[str, ...] = ("law",)) -> xr.DataArray:
    return array.mean([dim for dim in array.dims if dim not in keep])


def doubtful(result: xr.Dataset) -> list[str]:
    """Warnings: differences over few conditions, and laws whose fits should not all be used."""
    counts = [int(result.attrs.get(name, 0)) for name in ("n_conditions", "n_subjects")]
    notes = [too_few(*counts)] if all(counts) and too_few(*counts) else []
    if "converged" not in result or "message" not in result:
        return notes
    for law in result["law"].values:
        share, reason = (np.atleast_1d(result[name].sel(law=law).values).ravel() for name in ("converged", "message"))
        if (share < 1).any():
            notes.append(f"{law}: {100 * np.nanmean(share):.0f} % of the fits are usable. {reason[share < 1][0]}")
    return notes


def comparison_table(result: xr.Dataset) -> Table:
    """Means per law (and system), then those of RDMs to which nothing is fitted: geometry, dynamics, errors."""
    keep = tuple(dim for dim in ("system", "law") if dim in result.dims)
    numbers = {
        "geometry, mean over time": _mean(result["geometry"], keep),
        "geometry, last frame": _mean(last_observed(result["geometry"]), keep),
        "dynamics R²": _mean(result["dynamics"], keep),
    }
    numbers |= _ratios(result, keep)
    numbers |= {"fitted constants": result["n_constants"]} if "n_constants" in result else {}
    columns = xr.Dataset({name: array.reset_coords(drop=True) for name, array in numbers.items()})
    table = table_of(columns.transpose(*keep, ...), "Means over members.")
    if "baseline_geometry" not in result:
        return table
    rows = _with_baselines(table, result)
    return Table(table.columns, rows, f"{table.caption} {NOTHING_FITTED}")


def _ratios(result: xr.Dataset, keep: tuple[str, ...]) -> dict[str, xr.DataArray]:
    """Every rival's error over the law's with its interval, where each system has one."""
    if "error_ratio" not in result:
        return {}
    ratio, bounds = result["error_ratio"], result["error_ratio_interval"]
    rest = [dim for dim in ratio.dims if dim not in keep]
    if int(ratio.notnull().sum(rest).max()) > 1:
        return {}
    name = f"error over that of the {reference_of(result)} law"
    return {name: ratio.max(rest), f"{name}_interval": bounds.max(rest)}


def _with_baselines(table: Table, result: xr.Dataset) -> list[list[Any]]:
    """The rows of the laws, and under those of every system its baselines."""
    baselines = result["baseline_geometry"]
    systems = baselines["system"].values if "system" in baselines.dims else [None]
    count = len(table.rows) // len(systems)
    rows: list[list[Any]] = []
    for i, system in enumerate(systems):
        baselines_of, name = (baselines, []) if system is None else (baselines.sel(system=system), [system])
        rows += [list(row) for row in table.rows[i * count : (i + 1) * count]]
        for baseline in baselines_of["baseline"].values:
            score = baselines_of.sel(baseline=baseline)
            means = [float(_mean(score)), float(_mean(last_observed(score)))]
            if np.isfinite(means).any():
                filled = [*name, _baseline_in_words(str(baseline)), *means]
                rows.append(filled + [None] * (len(table.columns) - len(filled)))
    return rows


def last_observed(array: xr.DataArray) -> xr.DataArray:
    """The last value over time that is not NaN."""

    def last(values: np.ndarray) -> float:
        finite = values[np.isfinite(values)]
        return finite[-1] if finite.size else np.nan

    return xr.apply_ufunc(last, array, input_core_dims=[["time"]], vectorize=True)
