"""The contents of results: which variables and attributes each kind has, and what of them is amiss in a damaged one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain
from numbers import Real
from typing import Any

import numpy as np
import xarray as xr

NUMBER, WORD, TRUTH = "fiu", "UOT", "bfiu"
"""NumPy's letters of numbers, of text, and of truth values, which files may keep as numbers."""
CALLED = {NUMBER: "numbers", WORD: "text", TRUTH: "truth values"}
LIST = (list, tuple)
TYPES: dict[Any, str] = {str: "text", Real: "a number", Mapping: "names with values", (str, *LIST): "text or a list",
                         (str, Real): "text or a number"}  # fmt: skip
EVERY: Mapping[str, Any] = {"statement_of": str, "text": str, "answer": str, "task_from": str, "ceiling": str}
"""Attributes of any result, where it has them."""
MARKS = "?!~"
FEWEST = 0.5
"""The share of its variables and attributes by which a damaged result is still known as one of its kind."""


@dataclass(frozen=True)
class Contents:
    """The contents of one kind of result.

    Parameters
    ----------
    call : what makes it.
    numbers, words, truths : names of variables, by the dimensions that they have at least; with "?" after a name, where
        the result has it, with "!" numbers that are known and finite, with "~" that are not infinite.
    attrs : the types of attributes; with "?" after a name, where the result has it.
    widest : a variable that has all dimensions of the others, but for `bound`.
    """

    call: str
    numbers: Mapping[str, str]
    words: Mapping[str, str] = field(default_factory=dict)
    truths: Mapping[str, str] = field(default_factory=dict)
    attrs: Mapping[str, Any] = field(default_factory=dict)
    widest: str = ""

    def variables(self) -> Iterator[tuple[str, str, tuple[str, ...], str]]:
        """Of every variable its name, the mark after it, its dimensions and its kind."""
        for kind, table in ((NUMBER, self.numbers), (WORD, self.words), (TRUTH, self.truths)):
            for dims, names in table.items():
                for name in names.split():
                    yield name.rstrip(MARKS), name[len(name.rstrip(MARKS)) :], tuple(dims.split()), kind

    def held_by(self, result: xr.Dataset) -> tuple[int, float]:
        """How much `result` has of what has to be there: the number, and the share."""
        needed = [name in result.variables for name, mark, *_ in self.variables() if mark != "?"]
        needed += [name in result.attrs for name in self.attrs if not name.endswith("?")]
        return sum(needed), sum(needed) / len(needed)

    def amiss(self, result: xr.Dataset) -> str:
        """What is first amiss in `result`; "" where nothing is."""
        return next(chain(self._of_variables(result), self._of_attrs(result)), "")

    def _of_variables(self, result: xr.Dataset) -> Iterator[str]:
        dims_of_all: set[str] = set()
        for name, mark, dims, kind in self.variables():
            if name not in result.variables:
                if mark != "?" or name.removesuffix("_interval") in set(result.variables) - {name}:
                    yield f"the variable {name} {dims} is absent"
                continue
            array = result[name]
            lacks = [dim for dim in dims if dim not in array.dims]
            if lacks:
                yield f"the variable {name} needs the dimensions {dims}, and has {tuple(map(str, array.dims))}"
            if array.dtype.kind not in kind:
                yield f"the variable {name} holds {CALLED[kind]}; got {array.dtype}"
            elif (mark == "~" and np.isinf(array).any()) or (mark == "!" and not np.isfinite(array).all()):
                yield f"the variable {name} has values that are {'infinite' if mark == '~' else 'no finite numbers'}"
            if self.widest in result and not set(array.dims) <= {*result[self.widest].dims, "bound"}:
                yield f"the variable {name} has other dimensions, {tuple(map(str, array.dims))}, than {self.widest}"
            dims_of_all |= set(map(str, array.dims))
        for dim in sorted(dims_of_all):
            yield from _of_labels(result, dim)

    def _of_attrs(self, result: xr.Dataset) -> Iterator[str]:
        for name, kind in ({f"{name}?": kind for name, kind in EVERY.items()} | dict(self.attrs)).items():
            needed, called = not name.endswith("?"), name.rstrip("?")
            if called not in result.attrs:
                if needed:
                    yield f"the attribute {called} is absent"
            elif not isinstance(result.attrs[called], kind):
                got = type(result.attrs[called]).__name__
                yield f"the attribute {called} is {TYPES[kind]}; got one of the type {got}"


def _of_labels(result: xr.Dataset, dim: str) -> Iterator[str]:
    """What is amiss in the labels of a dimension; each stands for one place."""
    if not result.sizes[dim]:
        yield f"the dimension {dim} is empty"
    elif dim in (*NAMED, *TIMES) and (dim not in result.coords or result[dim].dims != (dim,)):
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
SCORES = "geometry? geometry_difference? geometry_p? geometry_p_corrected? missed? missed_least?"
PER_LAW = (
    "dynamics change dynamics_error log_score n_constants converged error_ratio? error_ratio_p? dynamics_log_error? "
    "dynamics_freedom? change_log_error? change_freedom? outputs? outputs_log_error? outputs_freedom? "
    "error_ratio_p_corrected? dynamics_difference? dynamics_p?"
)
BOUNDS = "dynamics_interval? change_interval? outputs_interval? error_ratio_interval? dynamics_difference_interval?"
COMPARED = Contents(
    "neurouniv.compare",
    {"law time": SCORES, "law": PER_LAW, "law bound": BOUNDS, "time bound": "geometry_ceiling?", "time": "progress?",
     "bound": "dynamics_ceiling change_ceiling outputs_ceiling?", "": "learned_p? learned_most? others? change_others?",
     "baseline time": "baseline_geometry?", "account bound": "flexible_ratio_interval?",
     "account": "flexible_dynamics flexible_change flexible_numbers flexible_ratio? flexible_ratio_p?"},
    {"law": "message law_name? law_family?", "system": "time_units? time_axis?"},
    attrs={"reference?": str, "resamples?": Real, "folds?": Real, "partitions?": Real, "comparator": str,
           "split?": str, "errors?": str, "correction?": str, "errors_about?": str, "errors_unit?": str,
           "n_conditions?": Real, "n_subjects?": Real, "kinds?": str},
)  # fmt: skip
ANSWERED = Contents(
    "neurouniv.universality_test",
    {**COMPARED.numbers, "system": "r2 r2_most change_r2 change_most nearest_ratio nearest_p change_p change_bound "
     "r2_least until until_share others_r2? change_others_r2? collapse? collapse_p?", "": "collapse_overall? "
     "collapse_overall_p?", "system bound": "nearest_ratio_interval change_r2_interval",
     "constant_name system member": "constant", "constant_name system member bound": "constant_interval",
     "system member": "identified fit_converged", "system group moment": "course_seen course_law course_error",
     "system moment": "course_time", "system line moment": "line_height? line_age?",
     "source target": "cross? first_similarity? last_similarity?", "rsa_pair step session": "rsa_similarity?"},
    {**COMPARED.words, "system": "what kind role split task decision nearest untold until_text misses flexible settle "
     "constant_unit course_units course_axis", "": "overall", "system group": "course_group",
     "system member": "fit_message", "rsa_pair": "rsa_noise_a? rsa_noise_b? rsa_a? rsa_b?"},
    {"system": "told"},
    {**COMPARED.attrs, "answer": str, "verdict_text": str, "law": str, "rivals": (str, *LIST), "left_out": (str, *LIST),
     "controls": (str, *LIST), "permutations": Real, "alpha": Real, "share": Real},
)  # fmt: skip
OF_RSA = {"kind": str, "model": str, "comparator": str, "test": str, "correction": str, "members": str, "noise": str,
          "control": (str, *LIST), "doubts": (str, *LIST), "text": str, "n_conditions": Real, "n_members": Real,
          "models_from": Mapping}  # fmt: skip
SIMILAR = Contents(
    "neurouniv.rsa",
    {"model": "similarity similarity_p? similarity_p_corrected? unique?", "bound": "ceiling?",
     "model bound": "similarity_interval?", "model model_": "difference? difference_p? difference_p_corrected?",
     "model model_ bound": "difference_interval?"},
    {"": "best?"}, attrs={**OF_RSA, "errors_about": str, "errors_unit": str},
)  # fmt: skip
EACH = Contents(
    "neurouniv.rsa",
    {"": "similarity best_step best final untrained final_gain best_gain",
     "bound": "ceiling ceiling_model best_step_interval? final_gain_interval? best_gain_interval?"},
    attrs=OF_RSA, widest="similarity",
)  # fmt: skip
RULES = Contents(
    "neurouniv.rules",
    {"rule": "r2? change_r2 error? log_score? converged? error_ratio log_score_difference probability probability_each",
     "rule bound": "error_ratio_interval log_score_difference_interval"}, {"": "best?"}, {"rule": "alike"},
    {"answer": str, "why": str, "apart": str, "doubts": str, "calibration": str, "reference": str, "curve": str,
     "level?": Real},
)  # fmt: skip
OF_DESIGNS = {"sessions": "sessions!", "conditions": "conditions!", "repeats": "repeats!", "": "snr!"}
DESIGNS, IN_ALL = "sessions conditions repeats", {"asked": Real, "studies": Real, "text": str}
PLANNED = Contents(
    "neurouniv.plan",
    {**OF_DESIGNS, DESIGNS: "power~ missed~ cannot_tell~ power_nearest~ ceiling~ trials~",
     f"{DESIGNS} rival": "told ratio", f"{DESIGNS} bound": "power_interval~ missed_interval~ cannot_tell_interval~"},
    {DESIGNS: "nearest"}, attrs={**IN_ALL, "law": str, "counted?": str},
)  # fmt: skip
RULES_PLANNED = Contents(
    "neurouniv.plan_rules",
    {**OF_DESIGNS, DESIGNS: "power~ trials~", f"{DESIGNS} truth": "right~ alone~ inside~",
     f"{DESIGNS} bound": "power_interval~",
     f"{DESIGNS} truth bound": "right_interval~ alone_interval~ inside_interval~"},
    attrs={**IN_ALL, "level": Real, "among": (str, *LIST), "counted?": str},
)  # fmt: skip
RECOVERED = Contents(
    "neurouniv.recover",
    {"constant": "true_value bias spread coverage identified", "constant study": "estimate",
     "constant study bound": "interval", "constant bound": "coverage_interval", "truth": "ceiling? flexible_better?",
     "truth law": "best?", "truth law bound": "best_interval?", "truth verdict": "decision?",
     "truth verdict bound": "decision_interval?", "": "false_described? false_described_worst?",
     "bound": "false_described_interval?"},
    {"constant": "constant_law constant_name"}, {"truth": "fitted"},
    {"law": str, "studies": Real, "n_conditions": Real, "n_frames": Real, "text": str},
)  # fmt: skip
FITTED = Contents(
    "a fit (`law.constants_`)",
    {"": "loss", "variable": "r2", "restart": "restart_loss?"}, {"": "message"}, {"": "converged identified?"},
    {"law": str, "interval_method?": str},
)  # fmt: skip
JUDGED = Contents(
    "neurouniv.verdict",
    {"rival": "ratio p", "": "r2 least most ceiling change_r2 nearest_ratio nearest_p"},
    {"": "decision describes beaten_by nearest overall"}, {"rival": "told"},
    {"law": str, "alpha": Real, "share": Real, "change_share": Real, "text": str},
)  # fmt: skip
CHANGED = Contents(
    "neurouniv.change",
    {"pair": "change", "": "changed_p change_most change_size mean_before mean_after growth",
     "bound": "growth_interval", "model": "correlation correlation_p", "model bound": "correlation_interval"},
    {"": "best?"},
    attrs={"before": (str, Real), "after": (str, Real), "how": str, "comparator": str, "n_conditions": Real,
           "n_members": Real, "errors_about": str, "text": str},
)  # fmt: skip
KINDS = (ANSWERED, COMPARED, SIMILAR, EACH, RULES, PLANNED, RULES_PLANNED, RECOVERED, FITTED, JUDGED, CHANGED)


def kind_of(result: xr.Dataset) -> Contents | None:
    """The kind that a result, damaged or not, is of; None where it is like none.

    Examples
    --------
    >>> kind_of(xr.Dataset(attrs={"before": "1"})) is None
    True
    """
    likely = [kind for kind in KINDS if kind.held_by(result)[1] >= FEWEST]
    return max(likely, key=lambda kind: kind.held_by(result)[0], default=None)


def amiss_in(result: xr.Dataset) -> str:
    """What is amiss in a damaged result, as a sentence and what to do; "" where nothing is, or it is none.

    Examples
    --------
    >>> fit = xr.Dataset({"loss": 0.1, "r2": ("variable", [0.9]), "message": "", "converged": True}, attrs={"law": 7})
    >>> amiss_in(fit).split(". ")[0]
    'This result is not as a fit (`law.constants_`) gives it: the attribute law is text; got one of the type int'
    """
    kind = kind_of(result)
    amiss = kind.amiss(result) if kind else ""
    if kind is None or not amiss:
        return ""
    call = kind.call if "`" in kind.call else f"`{kind.call}`"
    return (
        f"This result is not as {call} gives it: {amiss}. It is damaged, a part, or of another version. Give all of "
        "it as it was, or make it again."
    )
