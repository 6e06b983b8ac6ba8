"""RSA on a page (`neurouniv.rsa`): the answer, doubts, figures, numbers, and what was compared and how."""

from __future__ import annotations

import numpy as np
import xarray as xr

from neurouniv.figures import mixture_weights, rsa, rsa_matrix, variance_parts
from neurouniv.figures.rsa_panels import batch_of, by_similarity
from neurouniv.figures.rsa_words import (
    correction_in_words,
    counts_in_words,
    held_fixed,
    is_corrected,
    measure_of,
    member_dim,
    p_of,
)
from neurouniv.figures.tables import Table
from neurouniv.page.rsa_tables import differences_table, models_table, names_table, parts_table, steps_table
from neurouniv.page.section import Picture, Section
from neurouniv.schema import LEARNING, WITHIN_TRIAL
from neurouniv.similarity.words import ALPHA

MODELS, EACH = "Models against data", "Two systems, frame by frame"
"""Titles of the section where none is given."""
DOUBT = "Doubt: "
NOT_LEARNING = "Time is within the trial: it is not learning."


def is_rsa(result: xr.Dataset) -> bool:
    """Whether it is of `neurouniv.rsa`."""
    return result.attrs.get("kind") == "rsa" and "similarity" in result


def rsa_section(title: str, result: xr.Dataset) -> Section:
    """A result of `neurouniv.rsa` as a section: text, doubts, figures with captions, and tables.

    `title` "" takes a title of its own, and the answer stands above the contents too.
    """
    each = result.attrs.get("model") == "each"
    own = EACH if each else MODELS
    over, *answer = [line for line in str(result.attrs.get("text", "")).splitlines() if not line.startswith(DOUBT)] or [
        ""
    ]
    one_place = each or not batch_of(result)
    lead = answer[0] if answer and one_place and not title else ""
    pictures = [_matrix_picture(result)] if each else _model_pictures(result)
    tables = (
        [steps_table(result), names_table(result)]
        if each
        else [models_table(result), differences_table(result), parts_table(result)]
    )
    tables += [_origins_table(result), _method_table(result)]
    return Section(
        title or own, "\n\n".join([over, *answer]), figures=pictures,
        tables=[table for table in tables if table is not None], warnings=doubts_of(result),
        sources={title or own: result}, lead=lead,
    )  # fmt: skip


def doubts_of(result: xr.Dataset) -> list[str]:
    """The result's doubts, and a word where p values were not corrected."""
    doubts = [str(doubt) for doubt in result.attrs.get("doubts", [])]
    p = p_of(result, "similarity")
    if p is not None and p.size > 1 and not is_corrected(result, "similarity"):
        doubts.append(
            f"p values are not corrected: of {p.size} tests of models that explain nothing, about "
            f"{max(1, round(ALPHA * p.size))} would have p below .05. `correction='max'` corrects them."
        )
    return doubts


def _model_pictures(result: xr.Dataset) -> list[Picture]:
    """Bars or courses; bars at the last time of learning; parts of the variance; weights of mixtures."""
    pictures = [Picture(rsa(result), caption_of(result), _alt(result))]
    axis = result["time"].attrs.get("axis")
    if result.sizes["time"] > 1 and axis == LEARNING:
        last = result.isel(time=[-1])
        moment = f"{float(last['time'].item()):g} {last['time'].attrs.get('units', '')}".rstrip()
        pictures.append(Picture(rsa(last), f"At the last time ({moment}). {caption_of(last)}", _alt(last)))
    if "r2" in result:
        pictures.append(Picture(
            variance_parts(result),
            "Parts of the variance of the data's RDM: what each model explains alone, and what models share; parts sum "
            "to the R² of all together. Lines or bands: 95 % intervals of what a model explains alone, not corrected "
            "for their number. A shared part below 0 is no error: together the models explain more than each tells "
            "(suppression).",
            f"Variance explained alone and shared by {result.sizes['model']} models",
        ))  # fmt: skip
    if "weight" in result:
        pictures.append(Picture(
            mixture_weights(result),
            "Weights fitted to all data, to be looked at: they tell how models are mixed, not how well. The "
            "similarities of mixtures come from weights that were fitted to other conditions. A weight depends on the "
            "scale of its RDM, so it is not to be compared with that of another.",
            f"Weights of {result.sizes['term']} models in {result.sizes['mixture']} mixtures",
        ))  # fmt: skip
    return pictures


def caption_of(result: xr.Dataset) -> str:
    """What the marks of the main figure mean, how p was corrected, and where the ceiling is from."""
    marks = _marks_of_bars(result) if result.sizes["time"] == 1 else _marks_of_courses(result)
    tested = "" if p_of(result, "similarity") is not None else "Nothing was tested."
    trial = NOT_LEARNING if result["time"].attrs.get("axis") == WITHIN_TRIAL else ""
    return " ".join(filter(None, [*marks, tested, trial, _ceiling_words(result)]))


def _marks_of_bars(result: xr.Dataset) -> list[str]:
    dots = " (dots: each)" if member_dim(result) else ""
    words = [
        f"Bars: similarity of RDMs ({measure_of(result)}){_mean_in_words(result)}{dots}{_intervals(result, 'lines')}."
    ]
    if p_of(result, "similarity") is not None:
        words.append(f"Filled markers: p against 0 below .05 ({correction_in_words(result)}).")
    if result.sizes["model"] > 1 and p_of(result, "difference") is not None:
        words.append(
            "Matrix: > the row's model is more similar than the column's, < less, p below .05 "
            f"({correction_in_words(result, 'difference')}); blank: no significant difference."
        )
    return words


def _marks_of_courses(result: xr.Dataset) -> list[str]:
    words = [f"Lines: similarity of RDMs ({measure_of(result)}){_mean_in_words(result)}{_intervals(result, 'bands')}."]
    if p_of(result, "similarity") is not None:
        words.append(f"Rows below: times with p against 0 below .05 ({correction_in_words(result)}; hatched: below 0).")
    if result.sizes["model"] > 1 and p_of(result, "difference") is not None:
        words.append(
            "Lowest rows: the most similar model of every time, pale where its p against 0 is not below .05. The other "
            "rows there: times at which another model is less similar, p below .05 "
            f"({correction_in_words(result, 'difference')})."
        )
    return words


def _mean_in_words(result: xr.Dataset) -> str:
    return f", mean over {counts_in_words(result).split(', ')[-1]}" if member_dim(result) else ""


def _intervals(result: xr.Dataset, marks: str) -> str:
    if "similarity_interval" not in result or not result["similarity_interval"].notnull().any():
        return ""
    about = str(result.attrs.get("errors_about") or "")
    return f"; {marks}: 95 % intervals{f' about {about}' if about else ''}, each by itself"


def _ceiling_words(result: xr.Dataset) -> str:
    known = "ceiling" in result and result["ceiling"].notnull().any()
    origin = str(result.attrs.get("noise", ""))
    if known:
        return f"Grey band: noise ceiling{f', {origin}' if origin else ''}."
    why = "it is that of whole similarities, not of partial ones" if result.attrs.get("control") else origin
    return f"The noise ceiling is not known{f': {why}' if why else ''}."


def _alt(result: xr.Dataset) -> str:
    """The models in order, for readers who cannot see the figure."""
    similarity = result["similarity"]
    mean = similarity.mean([dim for dim in similarity.dims if dim != "model"])
    ranking = ", ".join(f"{name} {float(mean.sel(model=name)):.2f}" for name in by_similarity(result)[:5])
    kind = (
        "Bars of models" if result.sizes["time"] == 1 else "Time courses of models, and the times at which they differ"
    )
    shown = "the five most similar" if result.sizes["model"] > 5 else "the most similar first"
    return f"{kind}; mean similarity, {shown}: {ranking}"


def _matrix_picture(result: xr.Dataset) -> Picture:
    text = (
        f"Similarity of RDMs ({measure_of(result)}) of every frame of the models (rows) with every frame of the data "
    )
    text += "(columns), means over members; no cell is tested. Strips: noise ceilings of the data (above) and of the "
    text += "models (right), where they are known."
    if "best_step" in result:
        text += " Dots: the most similar step of the models for every frame of the data, with its 95 % interval; where "
        text += "all similarities are near 0 it means nothing."
    if any(str(name).endswith("_share") for name in result):
        text += " Frames: the most similar name, and of numbers a line over its 95 % interval; shares are of resampled "
        text += "conditions."
    times = [result[dim].attrs.get("axis") for dim in ("time", "time_model") if dim in result.coords]
    text += f" {NOT_LEARNING}" if WITHIN_TRIAL in times and LEARNING not in times else ""
    values = result["similarity"].values
    highest = f"{np.nanmax(values):.2f}" if np.isfinite(values).any() else "not known"
    return Picture(rsa_matrix(result), text, f"Matrices of similarities of models with data; the highest is {highest}")


def _origins_table(result: xr.Dataset) -> Table | None:
    origins = result.attrs.get("models_from") or {}
    rows = [[str(name), str(words)] for name, words in origins.items()]
    return Table(["model", "what was taken of it"], rows, "What was compared.") if rows else None


def _method_table(result: xr.Dataset) -> Table:
    attrs = result.attrs
    each = attrs.get("model") == "each"
    entries = {
        "similarity": measure_of(result),
        "conditions, joined by name": str(attrs.get("n_conditions", "not known")),
        "members of the data": str(attrs.get("n_members", "not known")),
        "held fixed": held_fixed(result).removesuffix(" held fixed") or "nothing",
        "errors are about": str(attrs.get("errors_about") or "conditions"),
        "test": "none of single cells" if each else str(attrs.get("test", "none")),
        "correction": "none of single cells" if each else correction_in_words(result),
        "noise ceiling": str(attrs.get("noise") or "not known"),
    }  # fmt: skip
    if attrs.get("held_out"):
        entries["held out"] = "laws and mixtures were fitted to other conditions than all models are scored on"
    rows = [[name, words] for name, words in entries.items()]
    return Table(["how", "what was done"], rows, "How it was done.", sortable=False)
