"""The kinds of results: which variables and attributes each has, and what is amiss in a damaged one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from numbers import Real

import xarray as xr

from neurouniv.contents import LIST, Contents

FEWEST = 0.5
"""The share of its variables and attributes by which a damaged result is still known as one of its kind."""
SCORES = "geometry? geometry_difference? geometry_p? geometry_p_corrected? missed? missed_least?"
PER_LAW = (
    "dynamics^ change^ dynamics_error+ log_score n_constants+~ converged% error_ratio?+ error_ratio_p? "
    "dynamics_log_error?+ dynamics_freedom? change_log_error?+ change_freedom? outputs?^ outputs_log_error?+ "
    "outputs_freedom? error_ratio_p_corrected? error_ratio_p_by_class? dynamics_difference? dynamics_p? "
    "dynamics_p_corrected?"
)
COUNTS = re.compile("n_constants|flexible_numbers")
"""Variables of laws and accounts alone."""
BOUNDS = "dynamics_interval? change_interval? outputs_interval? error_ratio_interval? dynamics_difference_interval?"
COMPARED = Contents(
    "neurouniv.compare",
    {"law time": SCORES, "law": PER_LAW, "law bound": BOUNDS, "law time bound": "geometry_difference_interval?",
     "time bound": "geometry_ceiling?", "time": "progress?",
     "bound": "dynamics_ceiling change_ceiling outputs_ceiling?", "baseline time": "baseline_geometry?",
     "": "learned_p? learned_most? others?^ change_others?^", "account bound": "flexible_ratio_interval?",
     "account": "flexible_dynamics^ flexible_change^ flexible_numbers+~ flexible_ratio?+ flexible_ratio_p?"},
    {"law": "message law_name? law_family?", "system": "time_units? time_axis?"},
    attrs={"reference?": str, "resamples?": Real, "folds?": Real, "partitions?": Real, "comparator": str,
           "split?": str, "errors?": str, "correction?": str, "errors_about?": str, "errors_unit?": str,
           "n_conditions?": Real, "n_subjects?": Real, "kinds?": str},
    widest="geometry", beside="bound account baseline",
)  # fmt: skip


def _of_members(table: Mapping[str, str]) -> dict[str, str]:
    """The variables of a comparison as several systems have them: of every member, but the numbers of constants."""
    counts = {dims: " ".join(filter(COUNTS.match, names.split())) for dims, names in table.items()}
    others = {dims: " ".join(name for name in names.split() if not COUNTS.match(name)) for dims, names in table.items()}
    return _with(counts, {f"system member {dims}".strip(): names for dims, names in others.items()})


def _with(names: Mapping[str, str], more: Mapping[str, str]) -> dict[str, str]:
    """Names by their dimensions, and more of them."""
    return {dims: f"{names.get(dims, '')} {more.get(dims, '')}" for dims in {**names, **more}}


ANSWERED = Contents(
    "neurouniv.universality_test",
    _with(_of_members(COMPARED.numbers), {
     "system": "r2^ r2_most change_r2^ change_most nearest_ratio+ nearest_p change_p change_bound "
     "r2_least until until_share others_r2?^ change_others_r2?^ collapse? collapse_p?", "": "collapse_overall? "
     "collapse_overall_p?", "system bound": "nearest_ratio_interval change_r2_interval",
     "constant_name system member": "constant", "constant_name system member bound": "constant_interval",
     "system member": "identified% fit_converged%",
     "system group moment": "course_seen course_law course_error+",
     "system moment": "course_time", "system line moment": "line_height? line_age?",
     "source target": "cross? first_similarity? last_similarity?", "rsa_pair step session": "rsa_similarity?",
     "rsa_pair": "rsa_conditions?+!", "rsa_pair step": "rsa_time_a?~", "rsa_pair session": "rsa_time_b?~ rsa_best? "
     "rsa_best_gain? rsa_best_step? rsa_final? rsa_final_gain? rsa_untrained?", "rsa_pair step bound": "rsa_ceiling_a?",
     "rsa_pair session bound": "rsa_ceiling_b? rsa_best_gain_interval? rsa_best_step_interval? "
     "rsa_final_gain_interval?"}),
    _with(COMPARED.words, {
     "system": "what kind role split task decision nearest untold until_text misses flexible settle constant_unit "
     "course_units course_axis", "": "overall", "system group": "course_group",
     "system member": "fit_message", "rsa_pair": "rsa_noise_a? rsa_noise_b? rsa_a? rsa_b? rsa_unit_a? rsa_unit_b?"}),
    {"system": "told"},
    {**COMPARED.attrs, "answer": str, "verdict_text": str, "law": str, "rivals": (str, *LIST), "left_out": (str, *LIST),
     "controls": (str, *LIST), "permutations": Real, "alpha": Real, "share": Real},
    widest="geometry",
    beside="bound account baseline constant_name group moment line source target rsa_pair step session",
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
    {"rule": "r2?^ change_r2^ error?+ log_score? converged?% error_ratio+ log_score_difference probability% "
     "probability_each%",
     "rule bound": "error_ratio_interval log_score_difference_interval"}, {"": "best?"}, {"rule": "alike"},
    {"answer": str, "why": str, "apart": str, "doubts": str, "calibration": str, "reference": str, "curve": str,
     "level?": Real},
)  # fmt: skip
OF_DESIGNS = {"sessions": "sessions!+", "conditions": "conditions!+", "repeats": "repeats!+", "": "snr!+"}
DESIGNS, IN_ALL = "sessions conditions repeats", {"asked": Real, "studies": Real, "text": str}
PLANNED = Contents(
    "neurouniv.plan",
    {**OF_DESIGNS, DESIGNS: "power*% missed% cannot_tell% power_nearest% ceiling~ trials!+",
     f"{DESIGNS} rival": "told% ratio+", f"{DESIGNS} bound": "power_interval missed_interval cannot_tell_interval"},
    {DESIGNS: "nearest"}, attrs={**IN_ALL, "law": str, "counted?": str},
)  # fmt: skip
RULES_PLANNED = Contents(
    "neurouniv.plan_rules",
    {**OF_DESIGNS, DESIGNS: "power*% trials!+", f"{DESIGNS} truth": "right% alone% inside%",
     f"{DESIGNS} bound": "power_interval", f"{DESIGNS} truth bound": "right_interval alone_interval inside_interval",
     f"{DESIGNS} truth rule": "most%", "conditions truth": "learned%"},
    {DESIGNS: "weakest"}, attrs={**IN_ALL, "level": Real, "among": (str, *LIST), "counted": str},
)  # fmt: skip
RECOVERED = Contents(
    "neurouniv.recover",
    {"constant": "true_value bias spread+ coverage% identified%", "constant study": "estimate",
     "constant study bound": "interval", "constant bound": "coverage_interval", "truth": "ceiling? flexible_better?",
     "truth law": "best?%", "truth law bound": "best_interval?", "truth verdict": "decision?%",
     "truth verdict bound": "decision_interval?", "": "false_described?% false_described_worst?%",
     "bound": "false_described_interval?"},
    {"constant": "constant_law constant_name"}, {"truth": "fitted"},
    {"law": str, "studies": Real, "n_conditions": Real, "n_frames": Real, "text": str},
)  # fmt: skip
FITTED = Contents(
    "a fit (`law.constants_`)",
    {"": "loss", "variable": "r2^", "restart": "restart_loss?"}, {"": "message"}, {"": "converged identified?"},
    {"law": str, "interval_method?": str},
)  # fmt: skip
JUDGED = Contents(
    "neurouniv.verdict",
    {"rival": "ratio+ p", "": "r2^ least most ceiling change_r2^ nearest_ratio+ nearest_p"},
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


def wrong_in(result: xr.Dataset) -> str:
    """What is amiss in what a result, or a part of one, holds, as `amiss_in` says it; "" where nothing is.

    Examples
    --------
    >>> wrong_in(xr.Dataset({"loss": 0.1, "r2": 1.9}, attrs={"law": "gain"})).partition(": ")[2].split(". It")[0]
    'the variable r2 has 1 of 1 values that are not 1 or less, the first 1.9'
    """
    kind = kind_of(result)
    return _in_words(kind, kind.wrong(result)) if kind else ""


def amiss_in(result: xr.Dataset) -> str:
    """What is amiss in a damaged result, as a sentence and what to do; "" where nothing is, or it is none.

    Examples
    --------
    >>> fit = xr.Dataset({"loss": 0.1, "r2": ("variable", [0.9]), "message": "", "converged": True}, attrs={"law": 7})
    >>> amiss_in(fit).split(". ")[0]
    'This result is not as a fit (`law.constants_`) gives it: the attribute law is text; got one of the type int'
    """
    kind = kind_of(result)
    return _in_words(kind, kind.amiss(result)) if kind else ""


def _in_words(kind: Contents, amiss: str) -> str:
    if not amiss:
        return ""
    call = kind.call if "`" in kind.call else f"`{kind.call}`"
    return (
        f"This result is not as {call} gives it: {amiss}. It is damaged, a part, or of another version. Give all of "
        "it as it was, or make it again."
    )
