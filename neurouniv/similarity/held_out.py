"""Models, laws and mixtures on the same held-out conditions: what is fitted never sees the pairs it is scored on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from neurouniv.progress import progress_bar
from neurouniv.rdm.labels import listed
from neurouniv.rdm.pairs import Pairs
from neurouniv.schema import InputError
from neurouniv.similarity.mixtures import Mixture, fit, fits, mixed, same_terms
from neurouniv.similarity.sample import Frames
from neurouniv.similarity.settings import Settings
from neurouniv.universality.held_out.predictions import predictions
from neurouniv.universality.held_out.splits import Part, partition
from neurouniv.universality.inference.bootstrap import Fold

LEAST_IN_FOLD = 3
"""Fewer conditions have no three pairs to compare."""
MEMBER_FOLDS = 5
PARTITIONS, PARTITIONS_OF_LAWS = 10, 2
"""Random ways to deal conditions into folds; laws take long to fit."""
Models = Mapping[str, xr.DataArray]


def parts_of(data: xr.Dataset, settings: Settings, laws: bool) -> list[Part]:
    """The folds of the conditions, all partitions in one list.

    Raises
    ------
    InputError : a fold would have fewer than three conditions.
    """
    conditions = len(Pairs.of(data).names)
    if conditions < LEAST_IN_FOLD * settings.folds:
        raise InputError(
            f"Laws and mixtures are fitted to some conditions and predict others, at least {LEAST_IN_FOLD} in each "
            f"of {settings.folds} folds; the data has {conditions}. Give models that need no fit."
        )
    partitions = settings.partitions or (PARTITIONS_OF_LAWS if laws else PARTITIONS)
    return partition(data, "conditions", settings.folds, partitions, 0.5, settings.seed)


def folds_of(
    data: xr.Dataset, parts: list[Part], names: Sequence[str], rdms: Models, laws: Mapping[str, Any],
    settings: Settings, progress: bool | None,
) -> list[Fold]:  # fmt: skip
    """What every model, in the order of `names`, predicts of the held-out pairs of each part, and what was observed."""
    frames, pairs = Frames.of(data["h"]), Pairs.of(data)
    place = {pair: number for number, pair in enumerate(pairs.keys)}
    with progress_bar(len(laws) * len(parts), "fits", progress) as bar:
        of_laws = {name: predictions(law, parts, bar) for name, law in laws.items()}
    folds = []
    for number, part in enumerate(parts):
        test, train = (np.array([place[pair] for pair in Pairs.of(side).keys]) for side in (part.test, part.train))
        predicted = {name: _of_rdm(frames, rdm.isel(pair=test)) for name, rdm in rdms.items()}
        predicted |= {name: _of_law(frames, law[number].h) for name, law in of_laws.items()}
        predicted |= _of_mixtures(frames, rdms, train, test, pairs, settings)
        shape = np.broadcast_shapes(*(array.shape for array in predicted.values()))
        models = np.stack([np.broadcast_to(predicted[name], shape) for name in names])
        folds.append(Fold(frames.observed(test), models, pairs.ends[:, test]))
    return folds


def weights_of(data: xr.Dataset, rdms: Models, settings: Settings) -> xr.DataArray:
    """The weights of every mixture (mixture, term, ..., time) fitted to all pairs and members, to be looked at."""
    frames, pairs = Frames.of(data["h"]), Pairs.of(data)
    terms = list(rdms)
    observed = np.moveaxis(frames.observed(), 0, 1)
    weights = np.full((len(settings.mixtures), len(terms), observed.shape[0]), np.nan)
    for row, (kind, names) in enumerate(settings.mixtures.values()):
        stacked = _stacked(frames, [rdms[name] for name in names])
        fitted = fit(kind, observed, stacked, pairs.ends, settings.comparator)
        weights[row, [terms.index(name) for name in names]] = fitted.T
    labels = {"mixture": list(settings.mixtures), "term": terms}
    return frames.labelled(weights, ("mixture", "term")).assign_coords(labels)


def doubts_of_weights(data: xr.Dataset, rdms: Models, settings: Settings) -> list[str]:
    """A sentence for every weighted mixture among whose models some say the same, so that its weights are arbitrary."""
    frames, pairs = Frames.of(data["h"]), Pairs.of(data)
    doubts = []
    for mixture, (kind, names) in settings.mixtures.items():
        same = same_terms(_stacked(frames, [rdms[name] for name in names]), pairs.ends, settings.comparator)
        if kind == "weighted" and same.any():
            some = listed([name for name, is_same in zip(names, same, strict=True) if is_same])
            doubts.append(f"{some} predict the same, so their single weights in the mixture '{mixture}' are not known.")
    return doubts


def _of_rdm(frames: Frames, rdm: xr.DataArray) -> np.ndarray:
    """(member or 1, frame or 1, pair)."""
    if "time" in rdm.dims:
        return frames.flat(rdm)[:1]
    return rdm.values[None, None]


def _of_law(frames: Frames, h: xr.DataArray) -> np.ndarray:
    """What a law says of all frames but the first, which it is given."""
    return frames.flat(h.where(h["time"] != h["time"][0]))


def _of_mixtures(
    frames: Frames, rdms: Models, train: np.ndarray, test: np.ndarray, pairs: Pairs, settings: Settings
) -> dict[str, np.ndarray]:
    """(member, frame, pair): of every member what the others' weights predict, fitted to pairs of other conditions."""
    if not settings.mixtures:
        return {}
    names, models = list(rdms), _stacked(frames, list(rdms.values()))
    mixtures = [Mixture(kind, list(map(names.index, terms))) for kind, terms in settings.mixtures.values()]
    observed = np.moveaxis(frames.observed(train), 0, 1)
    members = observed.shape[1]
    left_out = np.random.default_rng(settings.seed).permutation(members) % MEMBER_FOLDS
    groups = left_out != np.arange(min(members, MEMBER_FOLDS))[:, None] if members > 1 else np.ones((1, 1), dtype=bool)
    weights = fits(mixtures, observed, models[..., train], pairs.ends[:, train], settings.comparator, groups)
    predicted = {}
    for name, mixture, of_groups in zip(settings.mixtures, mixtures, weights, strict=True):
        terms = models[..., list(mixture.terms), :][..., test]
        predicted[name] = mixed(np.moveaxis(of_groups, 1, 0), terms)[left_out if members > 1 else [0]]
    return predicted


def _stacked(frames: Frames, models: list[xr.DataArray]) -> np.ndarray:
    """(model, pair), or (frame, model, pair) where a model moves."""
    if any("time" in model.dims for model in models):
        return np.stack([frames.flat(model)[0] for model in models], axis=1)
    return np.stack([model.values for model in models])
