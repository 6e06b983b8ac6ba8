"""What a kind of result holds, and what of it is amiss in a damaged one: absent parts, values that cannot be."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain
from numbers import Real
from typing import Any

import xarray as xr

from neurouniv.possible import INTERVAL, RANGES, impossible_in, marked, other_words

NUMBER, WORD, TRUTH = "fiu", "UOT", "bfiu"
"""NumPy's letters of numbers, of text, and of truth values, which files may keep as numbers."""
CALLED = {NUMBER: "numbers", WORD: "text", TRUTH: "truth values"}
LIST = (list, tuple)
TYPES: dict[Any, str] = {
    str: "text", Real: "a number, 0 or more", Mapping: "names with values", (str, *LIST): "text or a list",
    (str, Real): "text or a number",
}  # fmt: skip
EVERY: Mapping[str, Any] = {"statement_of": str, "text": str, "answer": str, "task_from": str, "ceiling": str}
"""Attributes of any result, where it has them."""
TOGETHER = (
    "learned_p learned_most", "flexible_ratio flexible_ratio_p", "line_height line_age collapse collapse_p",
    "collapse_overall collapse_overall_p", "cross first_similarity last_similarity",
    "rsa_similarity rsa_ceiling_a rsa_ceiling_b rsa_conditions rsa_time_a rsa_time_b rsa_unit_a rsa_unit_b rsa_a rsa_b",
    "rsa_best rsa_best_step rsa_best_gain rsa_final rsa_final_gain rsa_untrained",
)  # fmt: skip
"""Variables of which a result has all or none; intervals go with what they are of."""
WITH = {name: set(group.split()) - {name} for group in TOGETHER for name in group.split()}
WITH |= {"error_ratio_p": {"error_ratio"}}
"""Variables that a result has where it has one of others."""
ALIKE = {"learned_p": "learned_most", "flexible_ratio_p": "flexible_ratio", "error_ratio_p": "error_ratio"}
"""Variables that have the same dimensions as another."""
MARKS = "?!~*%^+"


@dataclass(frozen=True)
class Contents:
    """The contents of one kind of result.

    Parameters
    ----------
    call : what makes it.
    numbers, words, truths : names of variables, by the dimensions that they have at least; with "?" after a name, where
        the result has it, with "!" numbers that are known and finite, with "~" that are not infinite, with "*" of which
        one is known, with "%", "^" and "+" that have a range (`neurouniv.possible.RANGES`), as have their intervals.
    attrs : the types of attributes; with "?" after a name, where the result has it. Numbers are 0 or more.
    widest : a variable that has all dimensions of the others, but for those of `beside`.
    """

    call: str
    numbers: Mapping[str, str]
    words: Mapping[str, str] = field(default_factory=dict)
    truths: Mapping[str, str] = field(default_factory=dict)
    attrs: Mapping[str, Any] = field(default_factory=dict)
    widest: str = ""
    beside: str = "bound"

    def variables(self) -> Iterator[tuple[str, str, tuple[str, ...], str]]:
        """Of every variable its name, the marks after it, its dimensions and its kind."""
        for kind, table in ((NUMBER, self.numbers), (WORD, self.words), (TRUTH, self.truths)):
            for dims, names in table.items():
                for name in names.split():
                    marks = name[len(name.rstrip(MARKS)) :] + ("%" if kind == TRUTH else "")
                    yield name.rstrip(MARKS), marks, tuple(dims.split()), kind

    @property
    def names(self) -> frozenset[str]:
        """The names of its variables and of their dimensions."""
        return frozenset(name for variable, _, dims, _ in self.variables() for name in (variable, *dims))

    def held_by(self, result: xr.Dataset) -> tuple[int, float]:
        """How much `result` has of what has to be there: the number, and the share."""
        names = set(result.variables)
        needed = [name in names for name, marks, *_ in self.variables() if "?" not in marks]
        needed += [name in result.attrs for name in self.attrs if not name.endswith("?")]
        return sum(needed), sum(needed) / len(needed)

    def amiss(self, result: xr.Dataset) -> str:
        """What is first amiss in `result`, parts that are absent too; "" where nothing is."""
        return next(chain(self._absent(result), self._wrong(result)), "")

    def wrong(self, result: xr.Dataset) -> str:
        """What is first amiss in what `result` holds, be it a part; "" where nothing is."""
        return next(self._wrong(result), "")

    def _absent(self, result: xr.Dataset) -> Iterator[str]:
        arrays = dict(result.variables)
        for name, marks, dims, _ in self.variables():
            if name not in arrays:
                if "?" not in marks or WITH.get(name, {name.removesuffix(INTERVAL)}) & set(arrays):
                    yield f"the variable {name} {dims} is absent"
                continue
            held = tuple(map(str, arrays[name].dims))
            yield from [f"the dimension {dim} is empty" for dim in held if not result.sizes[dim]]
            if not set(dims) <= set(held):
                yield f"the variable {name} needs the dimensions {dims}, and has {held}"
            if self.widest in arrays and not set(held) <= {*arrays[self.widest].dims, *self.beside.split()}:
                yield f"the variable {name} has other dimensions, {held}, than {self.widest}"
            if (other := ALIKE.get(name)) in arrays and set(held) != set(arrays[other].dims):
                yield f"the variable {name} has other dimensions, {held}, than {other}"
        for name in self.attrs:
            if not name.endswith("?") and name not in result.attrs:
                yield f"the attribute {name} is absent"

    def _wrong(self, result: xr.Dataset) -> Iterator[str]:
        ranges = {f"{name}{INTERVAL}": "".join(set(marks) & set(RANGES)) for name, marks, *_ in self.variables()}
        dims_of_all: set[str] = set()
        arrays = dict(result.variables)
        for name, marks, _, kind in self.variables():
            if name not in arrays or not arrays[name].size:  # of change without models, say, those of models are empty
                continue
            array, marks = arrays[name], marked(name, marks + ranges.get(name, ""))
            dims_of_all |= set(map(str, array.dims))
            if array.dtype.kind not in kind:
                yield f"the variable {name} holds {CALLED[kind]}; got {array.dtype}"
            elif not array.chunks:
                found = other_words(name, array) if kind == WORD else impossible_in(name, marks, array)
                yield from [f"the variable {name} {found}"] if found else []
        for dim in sorted(dims_of_all):
            yield from _of_labels(result, dim)
        for name, types in {**EVERY, **self.attrs}.items():
            called = name.rstrip("?")
            got = _got_for(result.attrs[called], types) if called in result.attrs else ""
            yield from [f"the attribute {called} is {TYPES[types]}; got {got}"] if got else []


def _got_for(value: Any, types: Any) -> str:
    """What an attribute's value is instead of one of `types`; counts and shares are finite, and not negative."""
    if not isinstance(value, types):
        return f"one of the type {type(value).__name__}"
    possible = not isinstance(value, Real) or (math.isfinite(value) and (float(value) >= 0 or types is not Real))
    return "" if possible else f"{value:g}"


def _of_labels(result: xr.Dataset, dim: str) -> Iterator[str]:
    """What is amiss in the labels of a dimension; each stands for one place."""
    if dim in (*NAMED, *TIMES) and (dim not in result.coords or result[dim].dims != (dim,)):
        yield f"the dimension {dim} has no labels"
    elif dim in result.indexes and not result.indexes[dim].is_unique:
        yield f"the dimension {dim} has a label more than once"
    elif dim in NAMED and result[dim].dtype.kind not in WORD:
        yield f"the labels of {dim} are text; got {result[dim].dtype}"
    elif dim == "bound" and result["bound"].values.tolist() != ["lower", "upper"]:
        yield f"the labels of bound are lower and upper; got {result['bound'].values.tolist()}"


NAMED = ("law", "rule", "model", "rival", "truth", "constant", "system", "bound", "account", "verdict", "constant_name")
"""Dimensions whose labels are names."""
TIMES = ("time", "time_model")
