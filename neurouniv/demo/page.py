"""Sections of the demo's page beside the answer: curves of two points, the geometry of digits, recordings."""

from __future__ import annotations

import warnings

import xarray as xr

from neurouniv import figures
from neurouniv.demo.recorded import Recorded
from neurouniv.laws import Law, UniversalModel
from neurouniv.page import Picture, Section, unconverged
from neurouniv.schema import LEARNING, NeurounivWarning


def points_section(curves: dict[str, xr.Dataset]) -> Section:
    """Three curves of two points, for networks that differ in depth, shape and rule."""
    laws = {name: _fitted(observed) for name, observed in curves.items()}
    text = (
        "Two stimuli, two targets: the case of two conditions, in which the law has three variables and two constants. "
        "Solid: what networks did; dotted: the law, from the same start. |dh|² is the squared distance of their "
        "representations, |dy|² that of the predictions, and the alignment error is 0 when the prediction is right."
    )
    figure = figures.curves_grid({name: (curves[name], law.predict(curves[name])) for name, law in laws.items()})
    constants = {name: law.constants_ for name, law in laws.items()}
    return Section(
        "Two points: three curves, two constants", text,
        figures=[Picture(figure, "Three curves of two points, for networks that differ in depth, shape and rule.")],
        warnings=unconverged(constants), sources=constants,
    )  # fmt: skip


def geometry_section(observed: xr.Dataset, name: str) -> Section:
    """RDMs of stimuli, of the law and of networks that learned digits."""
    law = _fitted(observed)
    expected = law.predict(observed)
    text = (
        f"Handwritten digits in the networks «{name}»: four geometries. They are those of the stimuli, of their class "
        "means (the simplest predictor that knows the classes), of the law's prediction, and after learning.\n\n"
    ) + geometry_in_words(observed, expected)
    picture = Picture(figures.geometry(observed, expected), "RDMs ordered by digit.")
    return Section(
        "Digits: the geometry that is learned", text, figures=[picture], warnings=unconverged({name: law.constants_})
    )


def recording_section(recording: Recorded) -> Section:
    """A user's recording, and its RDMs."""
    observed = recording.observed
    law = _fitted(observed)
    expected = law.predict(observed)
    last = 1 if observed["time"].attrs.get("axis") == LEARNING else 3
    pictures = [
        Picture(figures.geometry(observed, expected, last=last), "RDMs of the recording."),
        Picture(figures.time_courses(observed, expected), "Mean crossvalidated distance over time."),
    ]
    r2 = float(law.constants_.r2.sel(variable="h"))
    fit_in_words = f"The law explains R² = {r2:.2f} of the movie of crossvalidated distances it was fitted to. "
    text = "\n\n".join([*recording.notes, fit_in_words + geometry_in_words(observed, expected, last)])
    name = recording.name
    return Section(f"The recording {name}", text, figures=pictures, warnings=unconverged({name: law.constants_}))


def geometry_in_words(observed: xr.Dataset, expected: xr.Dataset, last: int = 1) -> str:
    """The correlation of each structure with the final RDM, the best first."""
    scores = figures.geometry_scores(observed, expected, last)["correlation"]
    scores = scores.mean([dim for dim in scores.dims if dim != "structure"]).to_series().drop("learned").dropna()
    scores = scores.rename({"input": "stimuli", "class means": "class means of the stimuli", "prediction": "the law"})
    ranked = ", ".join(f"{name} {value:.2f}" for name, value in scores.sort_values(ascending=False).items())
    return f"Correlation with the final RDM: {ranked}."


def _fitted(observed: xr.Dataset) -> Law:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NeurounivWarning)  # the page says it, in every section that shows the fit
        return UniversalModel().fit(observed)
