"""The answer in words: the rule that is most probable, those it cannot be told from, and what would tell them apart."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import xarray as xr

from neurouniv.quantities import is_number, shown
from neurouniv.schema import InputError
from neurouniv.which_rule.apart import reasons
from neurouniv.which_rule.calibration import measured
from neurouniv.which_rule.candidates import NONE, in_words, share_in_words


def described(table: xr.Dataset, doubts: list[str], level: float) -> xr.Dataset:
    """`table` with `best` and `alike`, and the attributes `answer`, `why`, `apart`, `doubts` and `calibration`."""
    table = table.assign(best=best(table["probability"]), alike=alike(table["probability"], level))
    places = list(_places(table["probability"]))
    unclear = [reasons(group) for group in (_group(table.sel(place)) for place in places) if len(group) > 1]
    why = dict.fromkeys(reason.why for group in unclear for reason in group)
    remedies = dict.fromkeys(remedy for group in unclear for reason in group for remedy in reason.remedies)
    return table.assign_attrs(
        answer=" ".join(_sentence(table.sel(place), place) for place in places),
        why=_listed(why), apart=_listed(remedies), doubts=" ".join(doubts), calibration=_calibration(),
    )  # fmt: skip


def best(probability: xr.DataArray) -> xr.DataArray:
    """The most probable rule (...) of probabilities (rule, ...); "" where none is known.

    Examples
    --------
    >>> best(xr.DataArray([0.2, 0.8], {"rule": ["backprop", "lazy"]}, ("rule",))).item()
    'lazy'
    """
    known = probability.notnull().any("rule")
    names = probability["rule"].values[probability.fillna(-1.0).argmax("rule").values]
    return xr.where(known, known.copy(data=names), "")


def nearest(error: xr.DataArray, dim: str) -> str:
    """The label along `dim` of the smallest error, in the mean of logarithms over all other dimensions.

    Examples
    --------
    >>> nearest(xr.DataArray([2.0, 1.0], {"law": ["static", "gain"]}, ("law",)), "law")
    'gain'
    """
    logarithm = xr.apply_ufunc(np.log, error)
    return str(logarithm.mean([other for other in error.dims if other != dim]).idxmin(dim).item())


def need_level(level: float) -> None:
    """Raise `InputError` unless `level` is a probability from which one rule is told from all others."""
    if not (is_number(level) and 0.5 < level < 1):
        raise InputError(f"level is a probability between 0.5 and 1; got {shown(level)}.")


def alike(probability: xr.DataArray, level: float) -> xr.DataArray:
    """Whether a rule (rule, ...) is among the fewest that together are at least as probable as `level`.

    Examples
    --------
    >>> alike(xr.DataArray([0.5, 0.42, 0.08], dims="rule"), 0.9).values.tolist()
    [True, True, False]
    """
    core = [["rule"]]
    found = xr.apply_ufunc(_fewest, probability, level, input_core_dims=[*core, []], output_core_dims=core)
    return found.transpose(*probability.dims)


def _fewest(probability: np.ndarray, level: float) -> np.ndarray:
    values = np.nan_to_num(probability)
    order = np.argsort(-values, axis=-1, kind="stable")
    ranked = np.take_along_axis(values, order, -1)
    inside = np.zeros(values.shape, dtype=bool)
    np.put_along_axis(inside, order, (np.cumsum(ranked, axis=-1) - ranked < level) & (ranked > 0), -1)
    return inside


def _places(probability: xr.DataArray) -> Iterator[dict[str, Any]]:
    """The labels of every batch element, counted where it has none."""
    dims = [str(dim) for dim in probability.dims if dim != "rule"]
    labels = {dim: probability[dim].values for dim in dims}
    for place in np.ndindex(*(len(labels[dim]) for dim in dims)):
        yield {dim: labels[dim][i] for dim, i in zip(dims, place, strict=True)}


def _group(table: xr.Dataset) -> list[str]:
    """The rules that cannot be told apart, the most probable first."""
    inside = table["probability"].where(table["alike"], drop=True)
    return [str(name) for name in inside["rule"].values[np.argsort(-inside.values, kind="stable")]]


def _sentence(table: xr.Dataset, place: dict[str, Any]) -> str:
    of = ", ".join(f"{dim} {label}" for dim, label in place.items())
    head = f"{of}: " if of else ""
    group = _group(table)
    if not group:
        law = in_words(nearest(table["error"], "rule"))
        text = f"the law of {law} predicts held-out conditions best, but its probability is not known."
        return head + (text if of else text[0].upper() + text[1:])
    shares = [f"{in_words(name)} ({share_in_words(float(table['probability'].sel(rule=name)))})" for name in group]
    if len(group) == 1:
        text = "the rule is {}." if group[0] != NONE else "the answer is {}."
        text = text.format(shares[0])
    else:
        text = f"the rule is {', '.join(shares[:-1])} or {shares[-1]}: the data do not decide which."
    return head + (text if of else text[0].upper() + text[1:])


def _listed(sentences: Any) -> str:
    return "; ".join(sentences)


def _calibration() -> str:
    """What the probabilities rest on, in a sentence."""
    like = measured().like
    return (
        f"Probabilities rest on {like['movies']} movies of {like['networks']} simulated networks and worlds with "
        f"{like['settings']} random tasks, and on equal priors. Only rules that were simulated are considered."
    )
