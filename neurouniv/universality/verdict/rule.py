"""The verdict on a law: described, not described, cannot tell, or nothing is learned. The rule is here, whole.

In one system **nothing is learned** if its distances change over time by no more than their noise
(`neurouniv.universality.verdict.learned`: the p value of no change is not below `alpha`); no law is judged there.
Otherwise two statements are made of what was held out:

- the law **describes** it if its R2 is at least `share` of the ceiling, of what the truth would reach given the noise;
  it does not if R2 lies significantly below that (one-sided p below `alpha`/2, corrected for the number of systems), or
  if R2 of the change, about every pair's own mean over time, lies significantly below `change_share` of its own
  ceiling: much of a movie is its mean. (R2 of the change is too noisy to be asked for itself.) One cannot tell where
  the ceiling is unknown, or where the lower noise ceiling is not above 0: a repetition of the experiment would then
  predict the data no better than their mean does;
- it is **distinguished from** a rival if the rival's root-mean-square error is larger, with p below `alpha`. A law has
  to be distinguished from every rival: that is one claim, which needs no correction for their number
  (intersection-union test).

From both the decision follows. The system is

- **not described** if a rival predicts better (its error is smaller, with p below `alpha` corrected for the number of
  rivals and of systems; that needs no ceiling, but is not said where the lower ceiling is known and not above 0:
  there the fewest constants win), or if the law does not describe it;
- **described** if the law describes it and is distinguished from every rival;
- else one **cannot tell**.

Rivals are set against the law by distances of representations alone. Where outputs are known and the law predicts
them, they have to be described as well, to nine tenths of their ceiling, which does not know what the start tells: a
learner whose representations change as the law says, and whose outputs do not, is turned down. Where there are no
outputs nothing is asked of them. Mean choices are no such outputs: they are squashed, and noise adds to their
distances, so that a law that is true would be turned down by them; `neurouniv.compare` leaves them out.

**Universal** is said of two systems or more together: the law is not universal if one of them is not described;
universal if none is so and, over all in which anything is learned, it is distinguished from every rival (by the mean of
their normal deviates: systems are treated as fully dependent, since most of them saw the same conditions) and its mean
R2 is at least `share` of the mean ceiling, of outputs too over the systems that have them; else one cannot tell.
Systems in which nothing is learned count neither for nor against.

Laws that are the same law in another form (universal and pairwise) are no rivals of each other, and neither are free
curves, which cannot predict, and free mixtures (`neurouniv.universality.inference.free_mixtures`), which are no law:
where one of those predicts significantly better than the law, the text says that the law misses something systematic.

`benchmarks/roc.py` sets this rule beside others. How often it errs stands with every verdict where it was measured.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr
from scipy import stats

from neurouniv.exploratory import exploratory as time_within_trials
from neurouniv.inputs import need_dataset
from neurouniv.names import public
from neurouniv.quantities import is_number, shown
from neurouniv.schema import InputError, warn, with_history
from neurouniv.statement import sealed
from neurouniv.tasks.origin import notes
from neurouniv.universality.inference.own_r2 import p_below
from neurouniv.universality.result import REMEDY, attribute, need
from neurouniv.universality.rivals import rivals_of
from neurouniv.universality.verdict.grounds import grounds
from neurouniv.universality.verdict.words import (
    CANNOT_TELL,
    DESCRIBED,
    NOT_DESCRIBED,
    NOT_UNIVERSAL,
    NOTHING,
    UNIVERSAL,
    in_words,
    one_partition,
)

SCORED = ("", "_interval", "_log_error", "_freedom", "_ceiling")
NEEDED = ("error_ratio", "error_ratio_p", *(f"{score}{part}" for score in ("dynamics", "change") for part in SCORED))
OUTPUTS = tuple(f"outputs{part}" for part in SCORED)
ALPHA, SHARE, CHANGE_SHARE = 0.05, 0.97, 0.75
"""What a p value has to be below, and shares of the ceilings.

See `benchmarks/README.md` for what other shares say of false worlds near the law."""
OUTPUT_SHARE = 0.9
YES, NO = "yes", "no"


@public
def verdict(
    result: xr.Dataset,
    alpha: float = ALPHA,
    share: float = SHARE,
    change_share: float = CHANGE_SHARE,
    *,
    exploratory: bool = False,
    alone: bool = False,
) -> xr.Dataset:
    """Whether the law that rivals were compared with describes each system; the rule is at the top of this module.

    Parameters
    ----------
    result : of `neurouniv.compare(..., resamples=1000)`; its `reference` is the law on trial.
    alpha : what a p value has to be below.
    share, change_share : of the noise ceiling that the law's R2 has to reach; and that its R2 of the change must not
        miss significantly.
    exploratory : judge systems whose time is within a trial, which is not learning; the text says so first, as it says
        where a task is a guess.
    alone : judge every system as if it were the only one, by p values that are not corrected for their number: for
        counts of many systems, of which some are then misjudged by chance.

    Returns
    -------
    Dataset of `decision` (...) in every system, "described", "not described", "cannot tell" or "nothing is learned",
    and the two statements it follows from: `describes` (...), "yes", "no" or "cannot tell", and `told` (rival, ...),
    with `ratio` (rival, ...), the rival's error over the law's, and `p` (rival, ...). `beaten_by` (...), the rival that
    predicts better ("" for none); `nearest` (...), the rival with the smallest error, `nearest_ratio` and `nearest_p`;
    and all that `neurouniv.universality.verdict.grounds` finds: `r2`, `least`, `most`, `ceiling`, `explained`, `until`,
    .... `overall`: of one system its decision; of several "universal", "not universal", "cannot tell" or "nothing is
    learned". Attribute `text`: all of it for people, with the error rates of this rule in simulations like these data
    where they were measured.

    Raises
    ------
    InputError : the result has no errors of differences, no rivals, no noise ceiling or no `reference`; alpha or share
        is not a share; time is within a trial and `exploratory` is not set, or is so in some of the systems only.

    Warns
    -----
    NeurounivWarning : conditions were split once only, so that the verdict is about that split.

    Source: the intersection-union test, Berger (1982), Technometrics 24, 295.

    Examples
    --------
    >>> import neurouniv as nu
    >>> from neurouniv.universality.planning.simulated_studies import simulated_studies
    >>> task = nu.tasks.digits(per_class=2)
    >>> traj = simulated_studies(task, "gain", studies=1, sessions=4, snr=4.0).isel(study=0)
    >>> laws = [nu.RIVALS["gain"](), nu.RIVALS["static"]()]  # the first is on trial
    >>> str(nu.verdict(nu.compare(laws, traj, partitions=2, resamples=50)).overall.values)
    'described'
    """
    outcome = judged(result, alpha, share, change_share, exploratory=exploratory, alone=alone)
    if one_partition(result):
        warn(one_partition(result))
    text = in_words(outcome, result, rivals_of(result, outcome.attrs["law"]))
    outcome = outcome.assign_attrs(text="\n".join(filter(None, [notes(result), text])))
    return sealed(with_history(outcome, "verdict", source=result, alpha=alpha, share=share, change_share=change_share))


def need_levels(alpha: Any, *shares: Any) -> None:
    """Raise `InputError` unless these are a level of significance and shares that a verdict can ask for."""
    if not (is_number(alpha) and 0 < alpha < 1 and all(is_number(share) and 0 < share <= 1 for share in shares)):
        levels = ", ".join(map(shown, (alpha, *shares)))
        raise InputError(f"alpha lies between 0 and 1, shares above 0 up to 1 (90 % is .9); got {levels}.")


def judged(
    result: xr.Dataset, alpha: float, share: float, change_share: float, *, exploratory: bool, alone: bool
) -> xr.Dataset:
    """The decisions of `verdict` and what they rest on, without the text, which takes as long."""
    need_dataset(result, "A verdict", REMEDY)
    shares = {"": share, "change_": change_share, "outputs_": OUTPUT_SHARE}
    need_levels(alpha, share, change_share)
    _need_learning(result, exploratory)
    needed = (*NEEDED, *(OUTPUTS if "outputs" in result else ()))
    need(result, needed, "A verdict")
    law = str(attribute(result, "reference", "A verdict"))
    rivals = rivals_of(result, law)
    if not rivals:
        laws = ", ".join(map(str, result["law"].values))
        raise InputError(
            f"A verdict on the {law} law needs rivals beside it; got only {laws}. Compare it with some: "
            "`neurouniv.RIVALS`, or at the command line --laws universal static gain."
        )
    evidence = grounds(result, law, rivals)
    shares = {prefix: value for prefix, value in shares.items() if f"{prefix}r2" in evidence}
    outcome = evidence.assign(_decide(evidence, alpha, shares, alone))
    outcome = outcome.assign(overall=((), _overall(outcome, alpha, shares)))
    return outcome.assign_attrs(law=law, alpha=alpha, share=share, change_share=change_share)


def _need_learning(result: xr.Dataset, exploratory: bool) -> None:
    """Raise `InputError` unless time is learning, or everywhere within a trial and the question is exploratory."""
    within = time_within_trials(result)
    if within and not exploratory:
        raise InputError(
            f"A verdict is about learning, and here time is within a trial{_listed(within)}. Record over sessions or "
            "windows of trials, or ask all the same: `exploratory=True`, at the command line --exploratory."
        )
    if within and len(within) < result.sizes.get("system", 1):
        raise InputError(
            f"One verdict is about times of one kind; here time is within a trial{_listed(within)}, and learning in "
            "the other systems. Compare them apart."
        )


def _listed(names: list[str]) -> str:
    return f" in {', '.join(names)}" if any(names) else ""


def _decide(evidence: xr.Dataset, alpha: float, shares: dict[str, float], alone: bool) -> dict[str, xr.DataArray]:
    """The two statements and the decision in every system."""
    systems = 1 if alone else int(np.prod([evidence["explained"].sizes[dim] for dim in evidence["explained"].dims]))
    better = (
        (evidence["ratio"] < 1)
        & (evidence["p"] < alpha / evidence.sizes["rival"] / systems)
        & ~(evidence["repetition"] <= 0)
    )
    told = (evidence["ratio"] > 1) & (evidence["p"] < alpha)
    describes = _describes(evidence, alpha / 2 / systems, shares)
    turned_down, upheld = better.any("rival") | (describes == NO), told.all("rival") & (describes == YES)
    unchanged = evidence["learned_p"] >= alpha if "learned_p" in evidence else xr.zeros_like(upheld)
    decision = xr.where(turned_down, NOT_DESCRIBED, xr.where(upheld, DESCRIBED, CANNOT_TELL))
    ratio = evidence["ratio"].fillna(np.inf)
    nearest = ratio.idxmin("rival")
    return {
        "decision": xr.where(unchanged, NOTHING, decision),
        "describes": describes,
        "told": told,
        "beaten_by": xr.where(better.any("rival"), ratio.where(better, np.inf).idxmin("rival"), ""),
        "nearest": nearest,
        "nearest_ratio": ratio.min("rival"),
        "nearest_p": evidence["p"].sel(rival=nearest).drop_vars("rival"),
    }


def _describes(evidence: xr.Dataset, level: float, shares: dict[str, float]) -> xr.DataArray:
    """Whether the law reaches its share of the ceilings: yes, no or cannot tell. Changes only speak against the law."""
    checks = {prefix: _reached_and_missed(evidence, prefix, level, share) for prefix, share in shares.items()}
    enough = xr.concat([reached for prefix, (reached, _) in checks.items() if prefix != "change_"], "of").all("of")
    misses = xr.concat([missed for _, missed in checks.values()], "of").any("of")
    return xr.where(misses, NO, xr.where(enough, YES, CANNOT_TELL))


def _reached_and_missed(
    evidence: xr.Dataset, prefix: str, level: float, share: float
) -> tuple[xr.DataArray, xr.DataArray]:
    """Whether R2 reaches `share` of the ceiling, and whether it is below for certain; neither if nothing repeats."""
    r2, ceiling = evidence[f"{prefix}r2"], evidence[f"{prefix}ceiling"]
    decidable = (evidence[f"{prefix}repetition"] > 0) & r2.notnull()
    errors = {name: evidence[f"{prefix}{name}"] for name in ("log_error", "freedom")}
    p = p_below(
        xr.Dataset({"r2": r2, **{f"r2_{name}": error for name, error in errors.items()}}), share * ceiling, "r2"
    )
    unscored = r2.isnull() if prefix == "outputs_" else False
    return ((r2 / ceiling >= share) & decidable) | unscored, (p < level) & decidable


def _overall(outcome: xr.Dataset, alpha: float, shares: dict[str, float]) -> str:
    """The decision over all systems in which anything is learned; with one such system, its decision."""
    decision = outcome["decision"].values.ravel()
    learned = decision[decision != NOTHING]
    if len(learned) < 2:
        return str(learned[0]) if len(learned) else NOTHING
    if (learned == NOT_DESCRIBED).any():
        return NOT_UNIVERSAL
    learning = outcome.drop_vars("decision").where(outcome["decision"] != NOTHING)
    z = np.sign(learning["ratio"] - 1) * stats.norm.isf(np.clip(learning["p"], 1e-300, 1.0) / 2)
    beats = bool((z.mean([dim for dim in z.dims if dim != "rival"]) > stats.norm.isf(alpha / 2)).all())
    enough = all(_reaches(learning, prefix, share) for prefix, share in shares.items() if prefix != "change_")
    return UNIVERSAL if beats and enough else CANNOT_TELL


def _reaches(evidence: xr.Dataset, prefix: str, share: float) -> bool:
    """Whether the mean R2 of all systems reaches `share` of the mean ceiling."""
    r2, ceiling, repetition = (float(evidence[f"{prefix}{name}"].mean()) for name in ("r2", "ceiling", "repetition"))
    return repetition > 0 and r2 >= share * ceiling
