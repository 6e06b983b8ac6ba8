"""Handwritten digits: which geometry is learned, how it comes about, and what predicts it best."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr

from neurouniv import tasks
from neurouniv.experiments.digits_figure import draw
from neurouniv.experiments.experiment import claimed, count_of, finished, steps
from neurouniv.experiments.final_distances import correlation, explained, predicted
from neurouniv.figures.numbers import number
from neurouniv.figures.structure import silhouette, square
from neurouniv.laws import PairwiseModel, UniversalModel
from neurouniv.rdm.classes import classes, condition_names, same_class
from neurouniv.rdm.movie.trajectory import trajectory
from neurouniv.schema import InputError, warn
from neurouniv.universality.scores.baselines import baseline_rdms
from neurouniv.universality.scores.noise_ceiling import geometry_ceiling
from neurouniv.universality.scores.other_members import by_others

__all__ = ["claim", "draw", "run"]

NAME = "digits"
LAWS = {"pairwise": PairwiseModel, "universal": UniversalModel}
TRAINING: dict[str, dict[str, dict[str, Any]]] = {
    "8x8": {"sgd": {"lr": 0.2, "epochs": 4000}, "adam": {"lr": 1e-3, "epochs": 200}},
    "mnist": {"sgd": {"lr": 0.1, "epochs": 4000}, "adam": {"lr": 1e-3, "epochs": 100}},
}
NETWORK: dict[str, Any] = {"hidden_layers": 4, "width": 200, "gain": 0.7, "layers": 3}
"""A leaky rectified MLP from small weights, recorded at its last hidden layer."""
PER_CLASS, FRAMES = 5, 31
QUICK_TRAINING: dict[str, dict[str, dict[str, Any]]] = {
    "8x8": {"sgd": {"lr": 0.5, "epochs": 400}, "adam": {"lr": 3e-3, "epochs": 60}}
}
"""A quick look stays with the 8x8 digits, which need no network connection."""
QUICK_NETWORK: dict[str, Any] = {"hidden_layers": 2, "width": 30, "gain": 0.7, "layers": 1}
QUICK_PER_CLASS, QUICK_FRAMES = 2, 9
BASELINES = ("class means", "dx dy", "input")
GOOD, LEAD = 0.9, 0.02
"""The law is said to describe the movie from this R2 on, and to do better by a correlation that much higher."""


def run(seeds: int, device: str = "auto", progress: bool | None = None, quick: bool = False) -> xr.Dataset:
    """Train networks on digits of 8x8 pixels and of MNIST by SGD and by Adam, and see what predicts their geometry.

    The same digits are shown to every network. Predictors of the last RDM ("structure"): the laws "pairwise" and
    "universal", fitted to the whole movie; distances of the stimuli ("input"), of their class means, and dx dy*,
    from the stimuli and targets alone; and "others", the mean RDM of the other seeds, the ceiling.

    Returns
    -------
    Dataset over `case` (with the coordinates `images` and `optimizer`), `seed` and `frame`, at `epoch` (case, frame):
    `h` (..., frame, pair), the RDM movie of the last hidden layer; `h_law` (law, case, frame, pair), the laws', means
    over seeds; `expected` (structure, case, pair), the predictors; `correlation` and `r2` (structure, case, seed,
    pairs) with the last RDM over "all" pairs or only those "between" classes, R2 of predictors without a unit after
    the best scaling; `r2_movie` (law, case, seed); `silhouette` (structure, case, seed); constants; `loss`.

    Warns
    -----
    NeurounivWarning : MNIST cannot be reached, so only the 8x8 digits are run; the attribute `mnist` says so.
    """
    training, note = _images(quick)
    cases = [(images, optimizer) for images in training for optimizer in training[images]]
    blocks = [_case(*case, training, range(seeds), device, quick) for case in steps(cases, NAME, progress)]
    results = xr.concat(blocks, dim="case", join="exact", coords="minimal", compat="override")
    results = results.assign_coords(
        case=[" ".join(case) for case in cases],
        images=("case", [images for images, _ in cases]),
        optimizer=("case", [optimizer for _, optimizer in cases]),
    ).assign_attrs(mnist=note)
    network = QUICK_NETWORK if quick else NETWORK
    return finished(results, NAME, seeds, device, quick, **network, training=training, per_class=_per_class(quick))


def claim(results: xr.Dataset) -> str:
    """Whether the two-point law predicts movie and final geometry, and better than each simple predictor does."""
    seeds = count_of(results.sizes["seed"], "seed")
    over = results["correlation"].median("seed")
    simple, law = over.sel(structure=list(BASELINES)), over.sel(structure="pairwise")
    best = (law - simple.max("structure") >= LEAD).all("pairs")
    movie = results["r2_movie"].sel(law="pairwise").median("seed")
    holds = bool((best & (movie >= GOOD)).all())
    parts = "; ".join(_case_words(results.sel(case=case), str(case)) for case in results["case"].values)
    text = (
        f"the two-point law predicts the final RDM better than each simple predictor (r higher by {LEAD}) in "
        f"{int(best.sum())} of {best.size} cases; it predicts the movie with R2 of {GOOD} or more in "
        f"{int((movie >= GOOD).sum())}; r over all pairs (between classes): {parts}; medians over {seeds}"
    )
    note = results.attrs.get("mnist", "")
    return claimed(results, holds, bool(best.any() | (movie >= GOOD).any()), f"{text}; {note}" if note else text)


def _case_words(results: xr.Dataset, case: str) -> str:
    r = results["correlation"].median("seed")
    scores = [
        f"{name} {number(float(r.sel(structure=name, pairs='all')), 2)} "
        f"({number(float(r.sel(structure=name, pairs='between')), 2)})"
        for name in r["structure"].values
    ]
    movie = number(float(results["r2_movie"].sel(law="pairwise").median()), 2)
    return f"{case}: {', '.join(scores)}, movie R2 {movie}"


def _per_class(quick: bool) -> int:
    return QUICK_PER_CLASS if quick else PER_CLASS


def _images(quick: bool) -> tuple[dict[str, dict[str, dict[str, Any]]], str]:
    """The training of every kind of images, and a note where MNIST is left out."""
    if quick:
        return QUICK_TRAINING, "8x8 digits only"
    try:
        tasks.digits(1, images="mnist")
    except InputError as error:
        warn(f"MNIST is left out, only the 8x8 digits are run: {error}")
        return {"8x8": TRAINING["8x8"]}, "8x8 digits only, since MNIST could not be had"
    return TRAINING, ""


def _case(images: str, optimizer: str, training: dict, seeds: range, device: str, quick: bool) -> xr.Dataset:
    """Networks of one case: their movies, the predictors, and how well each does."""
    from neurouniv.systems.training.train import train

    task = tasks.digits(_per_class(quick), seed=0, images=images)
    network, frames = (QUICK_NETWORK, QUICK_FRAMES) if quick else (NETWORK, FRAMES)
    runs = train(
        task, seeds=seeds, device=device, record=frames, progress=False, optimizer=optimizer,
        **network, **training[images][optimizer],
    )  # fmt: skip
    traj = trajectory(runs).isel(layer=0, drop=True)
    expected = predicted(traj, {name: law() for name, law in LAWS.items()})
    results = expected[["r2_movie", "eta_h", "eta_y", "converged", "message"]]
    results = results.assign(h=traj["h"].astype(np.float32), h_law=expected["h_law"].mean("seed").astype(np.float32))
    results = results.merge(_scores(traj, _predictors(traj, expected))).assign(loss=runs["loss"])
    return _by_frame(results.assign_coords(same=("pair", same_class(traj)))).drop_attrs(deep=False)


def _predictors(traj: xr.Dataset, expected: xr.Dataset) -> xr.DataArray:
    """The predictions of the last RDM (structure, seed, pair), by the laws and by simple predictors."""
    simple = baseline_rdms(traj).sel(baseline=list(BASELINES)).rename(baseline="structure")
    laws = expected["final_law"].rename(law="structure").reset_coords(drop=True)
    simple = simple.expand_dims(seed=traj["seed"]).drop_vars("seed")
    parts = [rdms.drop_vars("seed", errors="ignore").transpose("structure", "seed", "pair") for rdms in (laws, simple)]
    return xr.concat(parts, "structure", join="exact").assign_coords(seed=traj["seed"])


def _scores(traj: xr.Dataset, expected: xr.DataArray) -> xr.Dataset:
    """How well each predictor, and the other seeds, tell the last RDM, over all pairs and those between classes."""
    last = traj["h"].isel(time=[-1])
    groups, same = classes(traj), same_class(traj)
    if groups is None or same is None:
        raise InputError("Scores of digits need at least two classes, and one with two digits or more; got others.")
    parts = {"all": slice(None), "between": np.flatnonzero(~same)}
    scores = [_agreement(last.isel(pair=places), expected.isel(pair=places)) for places in parts.values()]
    results = xr.concat(scores, "pairs", join="exact").assign_coords(pairs=list(parts))
    names = condition_names(traj)
    end = last.isel(time=0, drop=True).reset_coords(drop=True).expand_dims(structure=["learned"])
    everything = xr.concat([expected, end], "structure", join="exact")
    clusters = xr.apply_ufunc(
        lambda h: silhouette(square(h, traj, names), groups), everything, input_core_dims=[["pair"]], vectorize=True
    )
    drawn = everything.mean("seed").rename(structure="shown").astype(np.float32).drop_attrs()
    return results.assign(expected=drawn, silhouette=clusters.rename(structure="shown").drop_attrs())


def _agreement(last: xr.DataArray, expected: xr.DataArray) -> xr.Dataset:
    """`correlation` and `r2` (structure, seed) of what is expected, and of the mean of the other seeds."""
    end = last.isel(time=0, drop=True).reset_coords(drop=True)
    unitless = expected["structure"].isin(BASELINES)
    factor = (expected * end).sum("pair") / (expected**2).sum("pair")
    r2 = explained(end, expected * factor.where(unitless, 1.0))
    alike = geometry_ceiling(xr.Dataset({"h": last})).sel(bound="lower", drop=True).isel(time=0, drop=True)
    others = alike, by_others(last)
    scores = []
    for score, score_of_others in zip((correlation(expected, end), r2), others, strict=True):
        score_of_others = score_of_others.reset_coords(drop=True).expand_dims(structure=["others"])
        scores.append(xr.concat([score, score_of_others], "structure", join="exact"))
    return xr.Dataset({"correlation": scores[0], "r2": scores[1]}).drop_attrs()


def _by_frame(results: xr.Dataset) -> xr.Dataset:
    """`results` over `frame` at `epoch`, since cases have epochs of their own."""
    epoch = results["time"].values
    dropped = [name for name in results.coords if name == "time" or "condition" in results[name].dims]
    results = results.drop_vars(dropped).rename(time="frame").assign(epoch=("frame", epoch))
    return results.reset_coords(["dx2"], drop=True)
