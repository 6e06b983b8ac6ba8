"""The words of a verdict, and what it says for people."""

from __future__ import annotations

import numpy as np
import xarray as xr

from neurouniv.universality import rates

UNIVERSAL, NOT_UNIVERSAL, CANNOT_TELL, NOTHING = "universal", "not universal", "cannot tell", "nothing is learned"
MOST_TOLD = 12
WITHOUT_OUTPUTS = " How often it errs where outputs are known too was not measured."


def in_words(made: xr.Dataset, result: xr.Dataset, rivals: list[str]) -> str:
    """The verdict for people: the decision, system by system where there are several, and how often the rule errs."""
    law, names = made.attrs["law"], made["decision"].dims
    lines = [f"{made['overall'].item()}: {_counted(made)}, the {law} law against {', '.join(rivals)}."]
    flat = made.drop_vars("overall").stack(_system=names, create_index=False) if names else made.expand_dims("_system")
    for i in range(min(flat.sizes["_system"], MOST_TOLD)):
        lines.append(_told(flat.isel(_system=i), names, law, made.attrs["share"]))
    left = flat.sizes["_system"] - MOST_TOLD
    lines += [f"... and {left} more"] if left > 0 else []
    return "\n".join([*lines, rates.told(made, result, rivals) + (WITHOUT_OUTPUTS if "outputs" in made else "")])


def _counted(made: xr.Dataset) -> str:
    words = (UNIVERSAL, NOT_UNIVERSAL, CANNOT_TELL, NOTHING)
    found = [(int((made["decision"] == word).sum()), word) for word in words]
    return ", ".join(f"{word} in {count}" for count, word in found if count) + f" of {made['decision'].size} systems"


def _told(one: xr.Dataset, names: tuple, law: str, share: float) -> str:
    where = ", ".join(f"{name} {one[name].item()}" if name in one.coords else str(name) for name in names)
    if one["decision"] == NOTHING:
        return f"  {where + ': ' if where else ''}{nothing(float(one['learned_p']), float(one['learned_most']))}"
    nearest, ratio, p = one["nearest"].item(), float(one["nearest_ratio"]), float(one["nearest_p"])
    size = f"{ratio:.3g} times the law's error" if np.isfinite(ratio) else "no error known"
    said = f"nearest rival {nearest}, {size} ({f'p {p:.2g}, corrected' if np.isfinite(p) else 'p not known'})"
    reached = f"R2 {_known(one['r2'])} of {_known(one['ceiling'], 'a ceiling not known')}; {share:.0%} needed"
    seen = f"the {law} law explains {_percent(one['r2'], one['ceiling'])} of what can be explained ({reached})"
    if one["repetition"] <= 0:
        seen += ", and a repetition of the experiment would explain nothing"
    if "outputs" in one and np.isfinite(one["outputs"]):
        explained = _percent(one["outputs"], one["outputs_ceiling"])
        seen += f", {explained} of outputs ({float(one['outputs']):.2f} of {float(one['outputs_ceiling']):.2f})"
    return f"  {where + ': ' if where else ''}{one['decision'].item()}; {seen}; {said}"


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
