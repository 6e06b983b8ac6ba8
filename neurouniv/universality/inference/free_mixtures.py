"""Free mixtures beside every law: simple RDMs with weights of their own at every time.

A law with a few constants that predicts held-out conditions as well as `neurouniv.laws.mixture.MixtureModel`, which
has a weight for every term and time, holds what the simple RDMs hold. Where a mix is better for certain, the law misses
something systematic.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr
from tqdm import tqdm

from neurouniv.laws.mixture import MixtureModel
from neurouniv.rdm.classes import class_mean_distances
from neurouniv.universality.held_out.predictions import Prediction, predictions
from neurouniv.universality.held_out.splits import Part
from neurouniv.universality.inference.differences import error_ratios
from neurouniv.universality.scores.dynamics import after_start, r2, r2_of_change, side_by_side
from neurouniv.universality.settings import InferenceSettings

ACCOUNTS = {
    "mixture": MixtureModel(),
    "mixture, non-negative": MixtureModel(weights="non-negative"),
    "mixture, ridge": MixtureModel(weights="ridge"),
}
RATIO = ("error_ratio", "error_ratio_interval", "error_ratio_p")


def with_class_means(traj: xr.Dataset) -> xr.Dataset:
    """`traj` with the distances between its classes' mean stimuli, which parts of it cannot tell."""
    means = class_mean_distances(traj)
    return traj if means is None else traj.assign_coords(class_means=("pair", means))


def flexible(
    parts: list[Part], reference: Mapping[str, list[Prediction]], inference: InferenceSettings,
    classes: Mapping[str, Any] | None,
) -> xr.Dataset:  # fmt: skip
    """Scores of free mixtures on the held-out part, and their error over that of the reference law.

    Parameters
    ----------
    reference : the name of the law on trial and its predictions.
    inference : without resamples there are no errors.
    classes : the class of every condition by its name, where conditions are in classes.

    Returns
    -------
    `flexible_dynamics`, `flexible_change` (account, ...), R2 as of laws; `flexible_numbers` (account), how many weights
    are fitted. With resamples `flexible_ratio` (account, ...), their root-mean-square error over the law's,
    `flexible_ratio_interval` (..., bound) and `flexible_ratio_p`. Nothing where stimuli and targets are not known.
    """
    if not {"dx2", "dy2"} <= set(parts[0].train.coords):
        return xr.Dataset()
    expected = {name: predictions(account, parts, tqdm(disable=True)) for name, account in ACCOUNTS.items()}
    observed = side_by_side([after_start(part.test["h"], part.given) for part in parts])
    label = xr.Variable("account", list(expected))
    courses = [
        side_by_side([after_start(prediction.h, part.given) for prediction, part in zip(results, parts, strict=True)])
        for results in expected.values()
    ]
    scores = xr.Dataset({
        "flexible_dynamics": xr.concat([r2(observed, course) for course in courses], label),
        "flexible_change": xr.concat([r2_of_change(observed, course) for course in courses], label),
        "flexible_numbers": ("account", [_numbers(results[0].constants) for results in expected.values()]),
    })  # fmt: skip
    if not inference.resamples:
        return scores
    [law] = reference
    ratios = error_ratios(
        parts, {**reference, **expected}, law, resamples=inference.resamples, subjects=inference.subjects,
        errors=inference.errors, unit=inference.unit, classes=classes, seed=inference.seed, device=inference.device,
    )  # fmt: skip
    ratio = ratios.sel(law=list(expected)).rename(law="account")
    return scores.assign({name.replace("error", "flexible"): ratio[name] for name in RATIO})


def _numbers(constants: xr.Dataset) -> int:
    """Weights of all times after the start, which is given."""
    weight = constants["weight"]
    return int(np.prod([weight.sizes[dim] for dim in ("term", "time")])) - weight.sizes["term"]
