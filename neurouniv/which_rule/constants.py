"""The constants that hold over a switch of rules: the first law's, those given, and sizes that neither tells."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr

from neurouniv.fitting.constants import constant_names
from neurouniv.got import did_you_mean
from neurouniv.laws import LAWS, Law
from neurouniv.laws.rules import RuleLaw
from neurouniv.laws.universal import UniversalModel
from neurouniv.schema import InputError
from neurouniv.which_rule.taken_over import NEXT, equations_of, sends_back

RATES = "eta_h", "eta_y"
RULES = ("universal", *(law.name for law in LAWS.values() if issubclass(law, RuleLaw)))
FIRST = tuple(name for name, law in LAWS.items() if issubclass(law, (UniversalModel, RuleLaw)) and name != "tangent")
"""The laws before a switch; a lazy learner has no weights from which another rule could go on."""
ABSORBS = "feedback_alignment"
"""The law whose eta_h is times the size of the feedback weights."""
SIZES = {
    "feedback0": ("the squared size of feedback weights, B B' = feedback0 I", "2 width / (width + outputs)"),
    "decoder0": ("the squared size of the first decoder, D D' = decoder0 I", "2 gain^2 width / (width + outputs)"),
}


def fitted_before(law: str | Law, first: xr.Dataset) -> Law:
    """The law of the first phase, fitted."""
    fitted: Any = LAWS[named(law, FIRST)]() if isinstance(law, str) else law
    if fitted.name not in FIRST or fitted.clock is not None:
        raise InputError(
            f"Re-learning needs a rule's law without a clock of its own, one of {', '.join(FIRST)}; got {fitted!r}."
        )
    if first.sizes["pair"] < 3:
        raise InputError(
            f"Re-learning is integrated for three conditions or more; got {first.sizes['pair']} pairs. Two conditions "
            "share one encoder as well: record a third."
        )
    return fitted if hasattr(fitted, "constants_") else fitted.clone().fit(first)


def with_constants(law: Law, values: Mapping[str, Any], like: xr.Dataset | None = None) -> Law:
    """The law with these constants, numbers or arrays (...), as if they had been fitted exactly.

    `like` are the constants of a fit whose noise, if it had to be found, is that of the law's start too.
    """
    arrays = {name: xr.DataArray(value) for name, value in values.items()}
    exact = {f"{name}_interval": array.expand_dims(bound=2, axis=-1) for name, array in arrays.items()}
    noise = {} if like is None or "noise" not in like else {"noise": like["noise"]}
    law.constants_ = xr.Dataset(arrays | exact | noise)
    return law


def named(name: Any, names: tuple[str, ...]) -> str:
    if name not in names:
        raise InputError(
            f"Learning before and after a switch is by one of {', '.join(names)}; got {name!r}."
            f"{did_you_mean(name, names)}"
        )
    return str(name)


def constants_over(
    fitted: Law, rule: str, first: xr.Dataset, switched: float, given: dict[str, float]
) -> dict[str, Any]:
    """The constants of `TakenOver`: the first law's, those given, and the sizes that neither has."""
    names, own = constant_names(fitted.constants_), equations_of(rule)[1]
    if unknown := sorted(set(given) - {*RATES, *SIZES, *own}):
        raise InputError(
            f"The constants of {rule} after a switch are {', '.join((*RATES, *SIZES, *own))}; got {unknown}."
        )
    values: dict[str, Any] = {name: fitted.constants_[name] for name in names}
    values |= {name: _size(name, fitted, rule, first, values, given) for name in SIZES}
    if fitted.name == ABSORBS:
        values["eta_h"] = values["eta_h"] / values["feedback0"] ** 0.5
    for name in (*RATES, *own):
        if name not in given and name not in values:
            raise InputError(
                f"The law of {rule} has the constant {name}, which {fitted.name} does not determine. Give "
                f"constants={{{name!r}: ...}}, of the second phase."
            )
        values[NEXT + name] = given.get(name, values.get(name))
    values["switch"] = switched - fitted.begin(first)["begin"]
    return values


def _size(
    name: str, fitted: Law, rule: str, first: xr.Dataset, values: Mapping[str, Any], given: Mapping[str, float]
) -> Any:
    """`feedback0` or `decoder0`: as seen, as given or as fitted; what it is where it does not matter."""
    seen = name.removesuffix("0")
    if seen in first:
        return xr.apply_ufunc(
            lambda product: np.trace(product, axis1=-2, axis2=-1) / product.shape[-1],
            first[seen].isel(time=0, drop=True) if "time" in first[seen].dims else first[seen],
            input_core_dims=[["output", "output_"]],
        )
    if name in given or name in values:
        return given.get(name, values.get(name))
    back = [sends_back(law) for law in (fitted.name, rule)]
    if name == "feedback0":
        needed = any(back) and not fitted.name == rule == ABSORBS
    else:
        needed = "decoder" in equations_of(rule)[0].State._fields
    if needed:
        raise InputError(
            f"A switch from {fitted.name} to {rule} needs {name}, {SIZES[name][0]}, which the first law does not "
            "determine. Give "
            f"constants={{{name!r}: ...}}; for networks of `neurouniv.train` it is about {SIZES[name][1]}."
        )
    return 1.0 if name == "feedback0" else 0.0
