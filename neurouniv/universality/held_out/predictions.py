"""Predictions of laws for the held-out part of every fold, fitted to its training part."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple, TypeVar

import numpy as np
import xarray as xr
from tqdm import tqdm

from neurouniv.rdm.pairs import Pairs
from neurouniv.schema import InputError, NeurounivWarning
from neurouniv.universality.held_out.predictor import Predictor, check_fit, check_law
from neurouniv.universality.held_out.splits import Part, among
from neurouniv.universality.scores.log_score import training_spread

L = TypeVar("L", bound=Predictor)


class Prediction(NamedTuple):
    """The prediction of a law in one fold: `h` (..., time, pair) as the test part has it, and the fit it comes from.

    `y`, with the dimensions of h, where outputs are known and the law predicts them, else None.
    """

    h: xr.DataArray
    constants: xr.Dataset
    spread: xr.DataArray | None  # the variance of its errors in the training part
    y: xr.DataArray | None = None


def named_laws(laws: Any) -> dict[str, Predictor]:
    """Estimators by name; classes are instantiated.

    Raises
    ------
    InputError : one is no law, or they are not at least one, each with a name of its own.
    """
    if isinstance(laws, xr.Dataset | xr.DataArray):
        raise InputError(f"Laws come before trajectories; got a {type(laws).__name__} as laws.")
    if isinstance(laws, Mapping):
        pairs = [(str(name), law) for name, law in laws.items()]
    else:
        listed = list(laws) if isinstance(laws, Iterable) and not isinstance(laws, str) else [laws]
        pairs = [(str(getattr(law, "name", law)), law) for law in listed]
    for name, law in pairs:
        check_law(name, law)
    names = [name for name, _ in pairs]
    if not names or len(set(names)) < len(names):
        raise InputError(
            f"compare needs at least one law, each with a name of its own; got {names}. "
            "Name them in a dict: {'first': law, 'second': other}."
        )
    return {name: law() if isinstance(law, type) else law for name, law in pairs}


def predictions(law: Predictor, parts: list[Part], bar: tqdm) -> list[Prediction]:
    """The predictions of `law` in every fold."""
    results = []
    for part in parts:
        results.append(_predict(law, part))
        bar.update()
    return results


def fitted_quietly(law: L, train: xr.Dataset) -> L:
    """A copy of `law` fitted to `train`; what is wrong with the fit is told by its constants, not once a fold."""
    law = law.clone() if hasattr(law, "clone") else copy.deepcopy(law)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NeurounivWarning)
        fitted = law.fit(train)
    check_fit(type(law).__name__, fitted)
    return fitted


def training(law: Predictor, part: Part) -> xr.Dataset:
    """The training data of `law`: laws that couple all pairs know the whole task."""
    hidden = _hidden(law, part)
    return part.train if hidden is None else hidden


def expected_of(law: Predictor, part: Part) -> xr.Dataset:
    """The prediction of the fitted `law` for the pairs and times of the test part."""
    hidden = _hidden(law, part)
    if hidden is None:
        return law.predict(part.given, time=part.test["time"])
    return among(law.predict(hidden, time=part.test["time"]), Pairs.of(part.test).names)


def _hidden(law: Predictor, part: Part) -> xr.Dataset | None:
    """The trajectory as laws see it that couple all pairs; None for the others."""
    return None if getattr(law, "pairwise", True) else part.hidden


def _predict(law: Predictor, part: Part) -> Prediction:
    """The prediction of a copy of `law`, fitted to the part's training data, for its test data."""
    law = fitted_quietly(law, training(law, part))
    expected = expected_of(law, part)
    for end in {"first", "second"} & set(expected.coords) & set(part.test.coords):
        if not np.array_equal(expected[end], part.test[end]):
            raise InputError(f"A law predicts the pairs it is asked for, in their order; {law!r} changed {end!r}.")
    h = _labelled_as_test(expected["h"], part.test)
    y = _labelled_as_test(expected["y"], part.test) if "y" in expected and "y" in part.test else None
    return Prediction(h, law.constants_, training_spread(law.constants_, part.train), y)


def _labelled_as_test(expected: xr.DataArray, test: xr.Dataset) -> xr.DataArray:
    """A prediction with the dimensions and labels of the test part."""
    return test["h"].copy(data=expected.broadcast_like(test["h"]).transpose(*test["h"].dims).values)
