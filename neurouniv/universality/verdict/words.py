"""The words of a verdict, and what it says for people."""

from __future__ import annotations

import numpy as np
import xarray as xr

from neurouniv.universality.result import by_new_names
from neurouniv.universality.verdict import error_rates

DESCRIBED, NOT_DESCRIBED, CANNOT_TELL, NOTHING = "described", "not described", "cannot tell", "nothing is learned"
UNIVERSAL, NOT_UNIVERSAL = "universal", "not universal"
MOST_TOLD = 12
WITHOUT_OUTPUTS = " How often it errs where outputs are known too was not measured."


def in_words(made: xr.Dataset, result: xr.Dataset, rivals: list[str]) -> str:
    """The verdict for people: the decision, system by system where there are several, and how often the rule errs."""
    law, names = made.attrs["law"], made["decision"].dims
    counted = f"{_counted(made)}, " if made["decision"].size > 1 else ""
    lines = [f"{made['overall'].item()}: {counted}the {law} law against {', '.join(rivals)}."]
    flat = made.drop_vars("overall").stack(_system=names, create_index=False) if names else made.expand_dims("_system")
    time = str(result["time"].attrs.get("units", "time")) if "time" in result.coords else "time"
    for i in range(min(flat.sizes["_system"], MOST_TOLD)):
        lines.append(_told(flat.isel(_system=i), names, law, time))
    left = flat.sizes["_system"] - MOST_TOLD
    lines += [f"... and {left} more"] if left > 0 else []
    lines += [one_partition(result)] if one_partition(result) else []
    lines += [_about(result)] if _about(result) else []
    return "\n".join(
        [*lines, error_rates.told(made, result, rivals) + (WITHOUT_OUTPUTS if "outputs_r2" in made else "")]
    )


def one_partition(result: xr.Dataset) -> str:
    """That conditions were split once only, where they were."""
    settings = by_new_names(result.attrs)
    if settings.get("split") != "conditions" or settings.get("partitions") != 1:
        return ""
    return "Conditions were split once only: another split may say otherwise. Compare with partitions=2 or more."


def _about(result: xr.Dataset) -> str:
    """What p values and intervals are about, where the comparison tells: other conditions, or classes of them."""
    found = result["errors_about"].values if "errors_about" in result.coords else result.attrs.get("errors_about", "")
    said = "; ".join(sorted(set(filter(None, np.ravel(found).astype(str)))))
    return f"p values and intervals are about {said}." if said else ""


def _counted(made: xr.Dataset) -> str:
    words = (DESCRIBED, NOT_DESCRIBED, CANNOT_TELL, NOTHING)
    found = [(int((made["decision"] == word).sum()), word) for word in words]
    return ", ".join(f"{word} in {count}" for count, word in found if count) + f" of {made['decision'].size} systems"


def _told(one: xr.Dataset, names: tuple, law: str, time: str) -> str:
    where = ", ".join(f"{name} {one[name].item()}" if name in one.coords else str(name) for name in names)
    if one["decision"] == NOTHING:
        said = [nothing(float(one["learned_p"]), float(one["learned_most"]))]
    else:
        said = [_explains(one, law), *_outputs(one), _rivals(one), _holds(one, time)]
        said += [mixture_in_words(one), _others(one)]
    begin = f"  {where}: {one['decision'].item()}" if where else ""
    return "\n".join(filter(None, [begin, *(f"  {'  ' if where else ''}- {line}" for line in said if line)]))


def _explains(one: xr.Dataset, law: str) -> str:
    """How much the law explains of what can be explained: of the movie, of its change, and beside noise."""
    interval = f" [{float(one['least']):.2f}, {float(one['most']):.2f}]" if np.isfinite(one["least"]) else ""
    reached = f"R2 {_known(one['r2'])}{interval} of {_known(one['ceiling'], 'a ceiling not known')}"
    said = f"the {law} law explains {_percent(one['r2'], one['ceiling'])} of what can be explained ({reached})"
    change = f"{_known(one['change_r2'])} of {_known(one['change_ceiling'], 'a ceiling not known')}"
    said += f", and {_percent(one['change_r2'], one['change_ceiling'])} of the change ({change})"
    if one["ceiling"] < 1 and one["r2"] < 1:
        said += f"; misfit {float((1 - one['r2']) / (1 - one['ceiling'])):.3g} times the noise"
    return said + ("; a repetition of the experiment would explain nothing" if one["repetition"] <= 0 else "")


def _outputs(one: xr.Dataset) -> list[str]:
    if "outputs_r2" not in one or not np.isfinite(one["outputs_r2"]):
        return []
    r2, ceiling = one["outputs_r2"], one["outputs_ceiling"]
    return [f"{_percent(r2, ceiling)} of outputs ({float(r2):.2f} of {_known(ceiling, 'a ceiling not known')})"]


def _rivals(one: xr.Dataset) -> str:
    """From which rivals the law is told, and how near the nearest comes."""
    told = one["told"].values
    names, left = one["rival"].values[told], one["rival"].values[~told]
    said = f"told from {', '.join(map(str, names))}" if told.any() else "told from no rival"
    if len(left) and told.any():
        said += f", not from {', '.join(map(str, left))}"
    ratio, p = float(one["nearest_ratio"]), float(one["nearest_p"])
    size = f"{ratio:.3g} times the law's error" if np.isfinite(ratio) else "no error known"
    return f"{said}; nearest rival {one['nearest'].item()}, {size} ({_p(p)})"


def _p(p: float) -> str:
    return f"p {p:.2g}" if np.isfinite(p) else "p not known"


def until_in_words(one: xr.Dataset, time: str = "time") -> str:
    """Until when the law holds, as a share of the change and a time; "" where noise is not known.

    Examples
    --------
    >>> one = xr.Dataset({"until": 6.0, "until_share": 0.85, "until_end": 0.0})
    >>> until_in_words(one, "sessions")
    '85 % of the change (session 6)'
    """
    if "until" not in one or not np.isfinite(one["until_share"]):
        return ""
    if np.isnan(one["until"]):
        return "at no time"
    when = f"{time.removesuffix('s')} {float(one['until']):.4g}"
    done = f"{100 * float(one['until_share']):.0f} % of the change"
    return f"to the end ({when})" if one["until_end"] else f"{done} ({when})"


def _holds(one: xr.Dataset, time: str) -> str:
    """Until when the law holds; of a system that it does not describe that means little."""
    said = until_in_words(one, time) if one["describes"].item() != "no" else ""
    return f"holds {said}" if said.startswith(("to", "at")) else f"holds until {said}" if said else ""


def better_mixture(one: xr.Dataset) -> str:
    """The free mixture that predicts better than the law for certain, p corrected for their number; "" for none."""
    if "flexible_ratio" not in one:
        return ""
    level = one.attrs.get("alpha", 0.05) / one.sizes["account"]
    better = (one["flexible_ratio"] < 1) & (one["flexible_p"] < level)
    return str(one["flexible_ratio"].where(better, np.inf).idxmin("account").item()) if bool(better.any()) else ""


def mixture_in_words(one: xr.Dataset) -> str:
    """How the law does beside free mixtures of simple RDMs, with their number of weights."""
    if "flexible_ratio" not in one or not np.isfinite(one["flexible_ratio"]).any():
        return ""
    better = better_mixture(one)
    best = one.sel(account=better or str(one["flexible_ratio"].fillna(np.inf).idxmin("account").item()))
    ratio, p = float(best["flexible_ratio"]), float(best["flexible_p"])
    name = f"a free {best['account'].item().replace('mixture, ', '')} mixture of simple RDMs"
    name = f"{name.replace('free mixture mixture', 'free mixture')} ({int(best['flexible_numbers'])} weights)"
    error = f"{ratio:.3g} times the law's error ({_p(p)})"
    if better:
        return f"{name} predicts better, {error}: the law misses something systematic"
    if ratio > 1 and p < one.attrs.get("alpha", 0.05):
        return f"{name} predicts worse, {error}"
    if one["describes"].item() != "yes":
        return f"{name} predicts no better for certain, {error}"
    constants = f" with {int(one['constants'])} constants" if "constants" in one else ""
    return f"{name} predicts no better for certain, {error}: the law does as well{constants}"


def _others(one: xr.Dataset) -> str:
    if "others" not in one or not np.isfinite(one["others"]):
        return ""
    return f"the mean of the other members predicts R2 {float(one['others']):.2f}, which is no ceiling of a law"


def _known(value: xr.DataArray, otherwise: str = "not known") -> str:
    return f"{float(value):.2f}" if np.isfinite(value) else otherwise


def _percent(r2: xr.DataArray, ceiling: xr.DataArray) -> str:
    if not (np.isfinite(r2) and np.isfinite(ceiling)):
        return "an unknown part"
    return f"{float(r2 / ceiling):.0%}" if min(r2, ceiling) > 0 else "nothing"


def nothing(p: float, most: float) -> str:
    """That nothing is learned, and how much may be all the same.

    Examples
    --------
    >>> nothing(0.31, 0.06)
    'nothing is learned: distances change by no more than noise (p 0.31), at most by 6% of their mean (95 % bound)'
    """
    bound = f"at most by {most:.0%} of their mean (95 % bound)" if np.isfinite(most) else "and have no mean beyond it"
    return f"nothing is learned: distances change by no more than noise (p {p:.2g}), {bound}"
