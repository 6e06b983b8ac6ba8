"""The words of a verdict, and its text."""

from __future__ import annotations

import numpy as np
import xarray as xr

from neurouniv.universality.result import by_new_names
from neurouniv.universality.sentence_parts import error_in_words, interval_in_words, listed, p_in_words, percent
from neurouniv.universality.verdict import error_rates

DESCRIBED, NOT_DESCRIBED, CANNOT_TELL, NOTHING = "described", "not described", "cannot tell", "nothing is learned"
UNIVERSAL, NOT_UNIVERSAL = "universal", "not universal"
MOST_LISTED = 12
WEIGHTS = {"mixture, non-negative": "weights, none below 0", "mixture, ridge": "weights, by ridge regression"}
"""What is said of the weights of a free mixture, by its name."""


def in_words(verdict: xr.Dataset, result: xr.Dataset, rivals: list[str]) -> str:
    """The text of a verdict: the decision, system by system if there are several, and the error rates of the rule."""
    law, names = verdict.attrs["law"], verdict["decision"].dims
    counted = f"{_counts(verdict)}, " if verdict["decision"].size > 1 else ""
    lines = [f"{verdict['overall'].item()}: {counted}the {law} law against {', '.join(rivals)}."]
    systems = (
        verdict.drop_vars("overall").stack(_system=names, create_index=False)
        if names
        else verdict.expand_dims("_system")
    )
    time = str(result["time"].attrs.get("units", "time")) if "time" in result.coords else "time"
    for i in range(min(systems.sizes["_system"], MOST_LISTED)):
        lines.append(_system_in_words(systems.isel(_system=i), names, law, time))
    rest = systems.sizes["_system"] - MOST_LISTED
    lines += [f"... and {rest} more"] if rest > 0 else []
    lines += [one_partition(result)] if one_partition(result) else []
    lines += [_scope(result)] if _scope(result) else []
    return "\n".join([*lines, error_rates.in_words(verdict, result, rivals)])


def one_partition(result: xr.Dataset) -> str:
    """The warning that conditions were split once only; "" where they were split more often."""
    settings = by_new_names(result.attrs)
    if settings.get("split") != "conditions" or settings.get("partitions") != 1:
        return ""
    return "Conditions were split only once. Another split may give another verdict: compare with partitions=2 or more."


def _scope(result: xr.Dataset) -> str:
    """The population that p values and intervals are about: other conditions, or other classes; "" where not known."""
    scopes = result["errors_about"].values if "errors_about" in result.coords else result.attrs.get("errors_about", "")
    text = "; ".join(sorted(set(filter(None, np.ravel(scopes).astype(str)))))
    return f"p values and intervals generalise to {text}." if text else ""


def _counts(verdict: xr.Dataset) -> str:
    words = (DESCRIBED, NOT_DESCRIBED, CANNOT_TELL, NOTHING)
    counts = [(int((verdict["decision"] == word).sum()), word) for word in words]
    return (
        ", ".join(f"{word} in {count}" for count, word in counts if count) + f" of {verdict['decision'].size} systems"
    )


def _system_in_words(system: xr.Dataset, names: tuple, law: str, time: str) -> str:
    where = ", ".join(f"{name} {system[name].item()}" if name in system.coords else str(name) for name in names)
    if system["decision"] == NOTHING:
        lines = [nothing(float(system["learned_p"]), float(system["learned_most"]))]
    else:
        lines = [*_explains(system, law), *_outputs(system), *_rivals(system), _holds(system, time)]
        lines += [mixture_in_words(system), _others(system)]
    head = f"  {where}: {system['decision'].item()}" if where else ""
    return "\n".join(filter(None, [head, *(f"  {'  ' if where else ''}- {line}" for line in lines if line)]))


def _explains(system: xr.Dataset, law: str) -> list[str]:
    """How much the law explains of what can be explained: of the movie, of its change, and beside noise."""
    least, most = float(system["least"]), float(system["most"])
    interval = interval_in_words(least, most)
    lines = [
        f"The {law} law {_reaches(system['r2'], system['ceiling'], 'the RDM movie', interval)}.",
        f"It {_reaches(system['change_r2'], system['change_ceiling'], 'the change')}.",
    ]
    if system["ceiling"] < 1 and system["r2"] < 1:
        lines.append(f"Its misfit is {float((1 - system['r2']) / (1 - system['ceiling'])):.3g} times the noise.")
    return lines + (["A repetition of the experiment would explain nothing."] if system["repetition"] <= 0 else [])


def _outputs(system: xr.Dataset) -> list[str]:
    if "outputs_r2" not in system or not np.isfinite(system["outputs_r2"]):
        return []
    return [f"It {_reaches(system['outputs_r2'], system['outputs_ceiling'], 'the outputs')}."]


def _rivals(system: xr.Dataset) -> list[str]:
    """The rivals that the law is told from, and the error of the nearest rival."""
    mask = system["told"].values
    names, others = ([str(name) for name in system["rival"].values[part]] for part in (mask, ~mask))
    better = "The law predicts significantly better than "
    rest = f", but not than {listed(others, 'or')}" if others else ""
    lines = [f"{better}{listed(names)}{rest}."]
    if not names:
        lines = [f"{better}none of its rivals ({', '.join(others)})."]
    error = error_in_words(float(system["nearest_ratio"]), float(system["nearest_p"]))
    return [*lines, f"The nearest rival '{system['nearest'].item()}' {error}."]


def until_in_words(system: xr.Dataset, time: str = "time") -> str:
    """The time until which the law holds, as a share of the change and a time; "" where noise is not known.

    Examples
    --------
    >>> system = xr.Dataset({"until": 6.0, "until_share": 0.85, "until_end": 0.0})
    >>> until_in_words(system, "sessions")
    '85 % of the change (session 6)'
    """
    if "until" not in system or not np.isfinite(system["until_share"]):
        return ""
    if np.isnan(system["until"]):
        return "at no time"
    when = f"{time.removesuffix('s')} {float(system['until']):.4g}"
    share = f"{100 * float(system['until_share']):.0f} % of the change"
    return f"to the end ({when})" if system["until_end"] else f"{share} ({when})"


def _holds(system: xr.Dataset, time: str) -> str:
    """The time until which the law holds; "" where the law does not describe the system, where it means little."""
    text = until_in_words(system, time) if system["describes"].item() != "no" else ""
    if not text:
        return ""
    return f"The law holds {text}." if text.startswith(("to", "at")) else f"The law holds until {text}."


def better_mixture(system: xr.Dataset) -> str:
    """The free mixture that predicts better than the law for certain, p corrected for their number; "" for none."""
    if "flexible_ratio" not in system:
        return ""
    level = system.attrs.get("alpha", 0.05) / system.sizes["account"]
    better = (system["flexible_ratio"] < 1) & (system["flexible_p"] < level)
    return str(system["flexible_ratio"].where(better, np.inf).idxmin("account").item()) if bool(better.any()) else ""


def mixture_in_words(system: xr.Dataset) -> str:
    """The law beside free mixtures of simple RDMs, with their number of weights."""
    if "flexible_ratio" not in system or not np.isfinite(system["flexible_ratio"]).any():
        return ""
    better = better_mixture(system)
    best = system.sel(account=better or str(system["flexible_ratio"].fillna(np.inf).idxmin("account").item()))
    ratio, p = float(best["flexible_ratio"]), float(best["flexible_p"])
    weights = f"{_count(best['flexible_numbers'])}{WEIGHTS.get(best['account'].item(), 'weights')}"
    text = f"A free mixture of simple RDMs ({weights}) {error_in_words(ratio, p)}"
    if better:
        return f"{text}: it predicts better, so the law misses something systematic."
    if ratio > 1 and p < system.attrs.get("alpha", 0.05):
        return f"{text}: it predicts worse."
    if system["describes"].item() != "yes":
        return f"{text}: it does not predict significantly better."
    constants = f", with {_count(system['constants'])}constants," if "constants" in system else ""
    return f"{text}: it does not predict significantly better. The law{constants} does as well."


def _count(number: xr.DataArray) -> str:
    """The number before its noun; "" where it is not known."""
    return f"{int(number)} " if np.isfinite(number) else ""


def _others(system: xr.Dataset) -> str:
    if "others" not in system or not np.isfinite(system["others"]):
        return ""
    return f"The mean of the other members predicts R2 {float(system['others']):.2f}; this is no ceiling of a law."


def _number(value: xr.DataArray) -> str:
    return f"{float(value):.2f}" if np.isfinite(value) else "not known"


def _reaches(r2: xr.DataArray, ceiling: xr.DataArray, of: str, interval: str = "") -> str:
    """How near a law comes to the noise ceiling of something, with both numbers."""
    numbers = f"(R2 {_number(r2)}{interval}, ceiling {_number(ceiling)})"
    if not (np.isfinite(r2) and np.isfinite(ceiling)):
        return f"explains {of} with R2 {_number(r2)}{interval}, but its noise ceiling is not known"
    if min(r2, ceiling) <= 0:
        return f"explains nothing of {of} {numbers}"
    return f"reaches {percent(float(r2 / ceiling))} of the noise ceiling of {of} {numbers}"


def nothing(p: float, most: float) -> str:
    """The statement that nothing is learned, with the largest change that data allow.

    Examples
    --------
    >>> nothing(0.31, 0.06)
    'Nothing is learned: distances change by no more than noise (p = .31), at most by 6 % of their mean (95 % bound).'
    """
    bound = f", at most by {percent(most)} of their mean (95 % bound)" if np.isfinite(most) else ""
    unknown = "" if bound else " How much they might change is not known: their mean is within noise."
    return f"Nothing is learned: distances change by no more than noise ({p_in_words(p)}){bound}.{unknown}"
