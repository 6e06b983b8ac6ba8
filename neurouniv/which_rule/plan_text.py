"""What designs come to: the share that names the rule, the smallest design that suffices, and the table of all."""

from __future__ import annotations

import numpy as np
import xarray as xr

from neurouniv.universality.planning.plan_report import SHOWN, designs_that_suffice, too_few_studies
from neurouniv.universality.planning.study_designs import AXES, design_in_words, in_order, trials_of
from neurouniv.universality.sentence_parts import percent
from neurouniv.universality.verdict.decisions import wilson
from neurouniv.which_rule.calibration import measured
from neurouniv.which_rule.candidates import RULES, in_words

SHARES = ("right", "alone", "inside")


def finished(table: xr.Dataset, studies: int, subjects: int) -> xr.Dataset:
    """Designs with intervals of all shares, `weakest` and `trials`.

    Parameters
    ----------
    table : `right`, `alone` and `inside` (truth, ...), `most` (truth, rule, ...) and `power` over the axes of designs.
    """
    simulated = table["right"].notnull().all("truth")
    weakest = table["truth"].values[table["right"].fillna(1.0).argmin("truth").values]
    table = table.assign(
        weakest=xr.where(simulated, simulated.copy(data=weakest), "").astype(str),
        trials=trials_of(table, subjects),
    )
    intervals = {f"{name}_interval": wilson(table[name], studies) for name in (*SHARES, "power")}
    for name in (*SHARES, "most", "power"):
        table[name].attrs = {"long_name": "share of studies"}
    return table.assign(intervals).transpose("truth", "rule", *AXES, "bound")


def text(result: xr.Dataset) -> str:
    """The advice for every snr, what it rests on, and the table of all designs."""
    parts = [result.sel(snr=value) for value in result["snr"].values] if "snr" in result.dims else [result]
    lines = [f"Power is the share of studies that name the right rule, the lowest share of {_listed(result)}."]
    lines += filter(None, [too_few_studies(result.attrs["studies"])])
    lines += [line for part in parts for line in _advice(part)]
    return "\n".join([*lines, *_basis(result), *_table(in_order(result))])


def _advice(result: xr.Dataset) -> list[str]:
    """The smallest design that suffices for all rules, and for each by itself."""
    cells, asked = in_order(result), result.attrs["asked"]
    sufficient = np.flatnonzero(cells["power"].values >= asked)
    if len(sufficient):
        design = cells.isel(design=int(sufficient[0]))
        head = designs_that_suffice(asked, result.attrs["studies"])
        head += f": {design_in_words(design)}, {int(design['trials'])} trials per study."
    else:
        design = cells.isel(design=int(cells["power"].argmax("design")))
        head = f"No design here has {percent(asked)} power. The highest power is that of {design_in_words(design)}."
    weakest = str(design["weakest"].item())
    least = f"The rule named least often is {in_words(weakest)}, in {_share(design, 'power')} of studies."
    return [f"{head} {least}", *(_of_rule(cells.sel(truth=rule), asked) for rule in result["truth"].values)]


def _of_rule(cells: xr.Dataset, asked: float) -> str:
    """The smallest design that names one rule, and how often it is told alone there."""
    name = in_words(str(cells["truth"].item()))
    sufficient = np.flatnonzero(cells["right"].values >= asked)
    best = int(sufficient[0]) if len(sufficient) else int(cells["right"].argmax("design"))
    design = cells.isel(design=best)
    head = f"{name[0].upper()}{name[1:]}: "
    head += "" if len(sufficient) else f"no design here names it in {percent(asked)} of studies, the best is "
    said = f"{head}{design_in_words(design)}. This names it in {_share(design, 'right')} of studies. It is the only "
    said += f"possible rule in {_share(design, 'alone')}."
    mistaken = design["most"].where(design["rule"] != design["truth"], 0.0)
    if float(mistaken.max()) > 0:
        other = str(design["rule"].values[int(mistaken.argmax("rule"))])
        said += f" It names {in_words(other)} instead in {percent(float(mistaken.max()))}."
    return said


def _basis(result: xr.Dataset) -> list[str]:
    """What counts as possible, brains that did not learn, and designs that probabilities were not calibrated on."""
    possible = [str(name) for name in np.atleast_1d(result.attrs["among"])]
    lines = ["The possible rules are all nine of `neurouniv.rules(traj)`, or none of them."]
    if len(possible) < len(RULES):
        lines = [f"The possible rules are those of `neurouniv.rules(traj, rules={possible})`, or none of them."]
    poor = result["learned"].min("conditions")
    for rule in poor["truth"].values[poor.values < 1]:
        lines.append(
            f"{percent(1 - float(poor.sel(truth=rule)))} of the brains with {in_words(str(rule))} did not learn half "
            "of "
            "the task. They are counted."
        )
    like, axes = measured().like, {"conditions": "conditions", "sessions": "frames"}
    for axis, name in axes.items():
        low, high = like[name]
        outside = [int(value) for value in np.atleast_1d(result[axis].values) if not low <= value <= high]
        if outside:
            lines.append(
                f"Probabilities are calibrated for {low:.0f} to {high:.0f} {axis}, not for "
                f"{', '.join(map(str, outside))}."
            )
    return lines


def _table(cells: xr.Dataset) -> list[str]:
    """A line a design: of every rule the share that is right, and in brackets told alone."""
    names = [str(name) for name in cells["truth"].values]
    width = [max(len(name), 12) for name in names]
    head = f"{'trials':>7} {'sessions':>8} {'conditions':>10} {'repeats':>7} {'snr':>6} {'power':>6} {'95 %':>9}"
    head += "".join(f"  {name:>{w}}" for name, w in zip(names, width, strict=True))
    lines = [f"{head}  (named, in brackets as the only one; {cells.attrs['studies']} studies each)"]
    for i in range(min(cells.sizes["design"], SHOWN)):
        design = cells.isel(design=i)
        trials, sessions, conditions, repeats = (int(design[name]) for name in ("trials", *AXES[:3]))
        low, high = design["power_interval"].values
        row = f"{trials:>7} {sessions:>8} {conditions:>10} {repeats:>7} {float(design['snr']):>6g} "
        row += f"{float(design['power']):>6.0%} {f'{low:.0%}-{high:.0%}':>9}"
        for name, w in zip(names, width, strict=True):
            one = design.sel(truth=name)
            shares = f"{float(one['right']):.0%} ({float(one['alone']):.0%})"
            row += f"  {shares:>{w}}"
        lines.append(row)
    remaining = cells.sizes["design"] - SHOWN
    return [*lines, *([f"... and {remaining} more"] if remaining > 0 else [])]


def _share(design: xr.Dataset, name: str) -> str:
    low, high = design[f"{name}_interval"].values
    return f"{percent(float(design[name]))} (95 % interval {percent(low)} to {percent(high)})"


def _listed(result: xr.Dataset) -> str:
    names = [in_words(str(name)) for name in result["truth"].values]
    return " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else names[0]
