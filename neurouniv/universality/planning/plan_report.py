"""The text of `neurouniv.plan`: the smallest design that suffices, along what power grows, the table of all designs."""

from __future__ import annotations

import numpy as np
import xarray as xr

from neurouniv.universality.planning.study_designs import AXES, design_in_words, hardest_rival, in_order
from neurouniv.universality.sentence_parts import percent
from neurouniv.universality.verdict.decisions import ENOUGH_STUDIES, wilson

SHOWN = 30


def text(result: xr.Dataset) -> str:
    """The advice for every snr, and the table of all designs."""
    parts = [result.sel(snr=value) for value in result["snr"].values] if "snr" in result.dims else [result]
    law, studies = result.attrs["law"], result.attrs["studies"]
    lines = [f"Power is the share of studies with the verdict described; the {law} law is true in all of them."]
    lines += filter(None, [too_few_studies(studies)])
    for part in parts:
        lines.append(_advice(part))
        lines += [_nearest(in_order(part), result.attrs["asked"])] if studies >= ENOUGH_STUDIES else []
    return "\n".join([*lines, *_table(in_order(result), studies)])


def too_few_studies(studies: int) -> str:
    """The warning that a share of so few studies says little; "" where they are enough.

    Examples
    --------
    >>> too_few_studies(4)
    'Too few studies (4 of each design) to choose a design: simulate 30 or more.'
    """
    if studies >= ENOUGH_STUDIES:
        return ""
    return f"Too few studies ({studies} of each design) to choose a design: simulate {ENOUGH_STUDIES} or more."


def designs_that_suffice(asked: float, studies: int) -> str:
    """The head of a sentence about the smallest design that reaches the power asked for."""
    smallest = f"smallest design with {percent(asked)} power"
    return f"The {smallest}" if studies >= ENOUGH_STUDIES else f"A first look at the {smallest}"


def _advice(result: xr.Dataset) -> str:
    """The smallest design that suffices, or how power grows."""
    cells, asked, studies = in_order(result), result.attrs["asked"], result.attrs["studies"]
    sufficient = cells.isel(design=np.flatnonzero(cells["power"].values >= asked))
    if sufficient.sizes["design"]:
        best = sufficient.isel(design=int(sufficient["trials"].argmin("design")))
        head = (
            f"{designs_that_suffice(asked, studies)}: {design_in_words(best)}, {int(best['trials'])} trials per study."
        )
        return f"{head} {_power_in_words(best)}"
    best = cells.isel(design=int((cells["power"] + 1e-3 * cells["power_nearest"]).argmax("design")))
    growth = f" {growth_in_words(result, studies)}" if studies >= ENOUGH_STUDIES else ""
    none = f"No design here has {percent(asked)} power. The highest power is that of {design_in_words(best)}."
    return f"{none} {_power_in_words(best)}{growth}"


def _power_in_words(design: xr.Dataset) -> str:
    low, high = design["power_interval"].values
    head = f"Its power is {percent(float(design['power']))} (95 % interval {percent(low)} to {percent(high)})"
    missed, open_ = percent(float(design["missed"])), percent(float(design["cannot_tell"]))
    return f"{head}; other verdicts: cannot tell {open_}, not described {missed}."


def growth_in_words(result: xr.Dataset, studies: int) -> str:
    """The axes along which power grows by more than chance, the largest growth first.

    Source: the interval of a difference of two shares, Newcombe (1998), Statistics in Medicine 17, 873, method 10.
    """
    several = [axis for axis in AXES if result.sizes.get(axis, 0) > 1]
    if not several:
        return "Give several sessions, conditions or repeats to see along which of them power grows."
    gains = [gain for axis in several if (gain := _gain_along(result["power"], axis, studies))]
    if not gains:
        return "Power grows along no axis by more than chance. Raise snr, or simulate more studies."
    return f"Power grows with {'; '.join(words for _, words in sorted(gains, reverse=True))}."


def _gain_along(power: xr.DataArray, axis: str, studies: int) -> tuple[float, str] | None:
    """The gain from the first to the last of an axis, and both ends in words; None where it may be chance."""
    ends = [power.isel({axis: place}) for place in (0, -1)]
    shares = [float(end.mean()) for end in ends]
    counts = [studies * int(end.notnull().sum()) for end in ends]
    before_high, after_low = wilson(shares[0], counts[0]).values[1], wilson(shares[1], counts[1]).values[0]
    gain = shares[1] - shares[0]
    if not gain > np.hypot(shares[1] - after_low, before_high - shares[0]):
        return None
    first, last = (float(power[axis][place]) for place in (0, -1))
    return gain, f"{axis} ({percent(shares[0])} at {first:g}, {percent(shares[1])} at {last:g})"


def _nearest(cells: xr.Dataset, asked: float) -> str:
    """The rival that is hardest to tell from the law, and the design that tells it alone."""
    rival = hardest_rival(cells["told"].mean("design"), cells["ratio"].median("design")).item()
    alone = cells["told"].sel(rival=rival)
    sufficient = np.flatnonzero(alone.values >= asked)
    head = f"The rival '{rival}' is the hardest to separate from the law"
    if not len(sufficient):
        return (
            f"{head}: no design here does it in {percent(asked)} of studies, the best does in "
            f"{percent(float(alone.max()))}."
        )
    design = cells.isel(design=int(sufficient[0]))
    trials = f"{design_in_words(design)} ({int(design['trials'])} trials)"
    return f"{head}: {trials} does it in {percent(float(alone[sufficient[0]]))} of studies."


def _table(cells: xr.Dataset, studies: int) -> list[str]:
    head = f"{'trials':>7} {'sessions':>8} {'conditions':>10} {'repeats':>7} {'snr':>6} {'ceiling':>7} {'power':>6} "
    head += f"{'95 %':>9} {'cannot tell':>11} {'not':>5}  nearest rival, separated in  ({studies} studies each)"
    lines = [head]
    for i in range(min(cells.sizes["design"], SHOWN)):
        design = cells.isel(design=i)
        low, high = design["power_interval"].values
        trials, sessions, conditions, repeats = (int(design[name]) for name in ("trials", *AXES[:3]))
        counts = f"{trials:>7} {sessions:>8} {conditions:>10} {repeats:>7}"
        scores = f"{float(design['snr']):>6g} {float(design['ceiling']):>7.2f} {float(design['power']):>6.0%}"
        rest = f"{f'{low:.0%}-{high:.0%}':>9} {float(design['cannot_tell']):>11.0%} {float(design['missed']):>5.0%}"
        lines.append(f"{counts} {scores} {rest}  {design['nearest'].item()}, {float(design['power_nearest']):.0%}")
    remaining = cells.sizes["design"] - SHOWN
    return [*lines, *([f"... and {remaining} more"] if remaining > 0 else [])]
