"""The verdict on a law: universal, not universal, or cannot tell. The rule is here, whole.

In one system **nothing is learned** if its distances change over time by no more than their noise
(`neurouniv.universality.learned`: the p value of no change is not below `alpha`); no law is judged there. Otherwise, on
held-out data, the law is

- **not universal** if a rival predicts better: its root-mean-square error is smaller, with p below `alpha` after
  correction for the number of rivals (and of systems); or if the law misses too much: the upper end of the 95 %
  interval of its R2 lies below `share` of what the truth itself would reach (the noise ceiling);
- **universal** if it predicts better than every rival, each with p below `alpha` after correction, and its R2 is at
  least `share` of the ceiling;
- else one **cannot tell**; so too, whatever else is found, where the ceiling is unknown, or noise leaves nothing that
  repeats: a repetition of the experiment, or the other members, would predict the data no better than their mean does
  (the lower ceiling is not above 0).

Rivals are set against the law by distances of representations alone. Where outputs are known and the law predicts them,
it has to reach `share` of their ceiling as well: it misses too much if the upper end of the interval of its R2 of
outputs lies below that, is universal only if that R2 reaches it, and one cannot tell where the outputs' ceiling is
unknown (one network alone) or they do not repeat. A learner whose representations change as the law says, and whose
outputs do not, is thus turned down. Where there are no outputs nothing is asked of them. Mean choices are no such
outputs: they are squashed, and noise adds to their distances, so that a law that is true would be turned down by
them; `neurouniv.compare` leaves them out.

Of several systems, the law is not universal if it is not so in one of them; universal if it is nowhere not universal,
over all of them together beats every rival (by the mean of their normal deviates: systems mostly saw the same
conditions, so that no number of them tells more than one would for certain), and its mean R2 is at least `share` of the
mean ceiling, of outputs too over the systems that have them; else one cannot tell.

Laws that are the same law in another form (universal and pairwise) are no rivals of each other, and neither are free
curves, which cannot predict. Systems in which nothing is learned count neither for nor against.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr
from scipy import stats

from neurouniv.exploratory import exploratory as time_within_trials
from neurouniv.exploratory import note
from neurouniv.schema import InputError, batch_dims, need_variables, with_history
from neurouniv.universality.kin import rivals_of
from neurouniv.universality.verdict_text import CANNOT_TELL, NOT_UNIVERSAL, NOTHING, UNIVERSAL, in_words

OUTPUTS = ("outputs", "outputs_interval", "outputs_ceiling")
NEEDED = ("error_ratio", "error_ratio_p", "dynamics", "dynamics_interval", "dynamics_ceiling")


def verdict(result: xr.Dataset, alpha: float = 0.05, share: float = 0.9, *, exploratory: bool = False) -> xr.Dataset:
    """Whether the law that rivals were compared with is universal; the rule is at the top of this module.

    Parameters
    ----------
    result : of `neurouniv.compare(..., bootstrap=1000)`; its `reference` is the law on trial.
    alpha : what a p value, corrected, has to be below.
    share : of the noise ceiling that the law's R2 has to reach, of outputs too where they are known.
    exploratory : judge systems whose time is within a trial, which is not learning; the text says so first.

    Returns
    -------
    Dataset of `decision` (...) in every system, and what it rests on: `beaten_by` (...), the rival that predicts better
    ("" for none); `nearest` (...), the rival with the smallest error, `nearest_ratio`, that error over the law's, and
    `nearest_p`, corrected; `r2`, `ceiling` and `explained` (...), the law's R2, what the truth would reach, and their
    ratio; `repetition` (...), what a repetition would reach; where the law predicts outputs that are known, `outputs`
    and `outputs_ceiling` (...), the same of them.
    `overall`: the decision over all systems. Attribute `text`: all of it for people, with the error rates of
    this rule in simulations like these data where they were measured.

    Raises
    ------
    InputError : the result has no errors of differences, no rivals, or no noise ceiling; alpha or share is not a share;
        time is within a trial and `exploratory` is not set, or is so in some of the systems only.

    Examples
    --------
    >>> import neurouniv as nu
    >>> from neurouniv.universality.studies import simulated_studies
    >>> traj = simulated_studies(nu.tasks.digits(per_class=2), "universal", studies=1, snr=1.0).isel(study=0)
    >>> laws = [nu.UniversalModel(), nu.RIVALS["static"](), nu.RIVALS["gain"]()]
    >>> str(nu.verdict(nu.compare(laws, traj, repeats=1, bootstrap=200)).overall.values)
    'universal'
    """
    if not (0 < alpha < 1 and 0 < share <= 1):
        raise InputError(f"alpha lies between 0 and 1, share above 0 up to 1 (90 % is .9); {alpha} and {share} came.")
    _need_learning(result, exploratory)
    needed = (*NEEDED, *(OUTPUTS if "outputs" in result else ()))
    need_variables(result, needed, "A verdict", "Compare with errors: `neurouniv.compare(..., bootstrap=1000)`.")
    law = str(result.attrs["reference"])
    rivals = rivals_of(result, law)
    if not rivals:
        came = ", ".join(map(str, result["law"].values))
        raise InputError(
            f"A verdict on the {law} law needs rivals beside it; only {came} came. Compare it with some: "
            "`neurouniv.RIVALS`, or at the command line --laws universal static gain."
        )
    seen = _evidence(result, law, rivals)
    systems = int(np.prod([seen["explained"].sizes[dim] for dim in seen["explained"].dims]))
    decided = _decide(seen, len(rivals), systems, alpha, share)
    together = _together(seen, decided, len(rivals), alpha, share)
    made = xr.Dataset({**decided, "overall": ((), together)}, attrs={"law": law, "alpha": alpha, "share": share})
    made = made.assign_attrs(text="\n".join(filter(None, [note(result), in_words(made, result, rivals)])))
    return with_history(made, "verdict", source=result, alpha=alpha, share=share)


def _need_learning(result: xr.Dataset, exploratory: bool) -> None:
    """Whether time is learning, or everywhere within a trial and the question is exploratory."""
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


def _evidence(result: xr.Dataset, law: str, rivals: list[str]) -> xr.Dataset:
    """What the rule looks at, one value in every system."""
    result = _one_row_per_system(result)
    own, against = result.sel(law=law, drop=True), result.sel(law=rivals)
    systems = batch_dims(own["dynamics_interval"], ("bound",))
    of_h, of_y = _reached(own, "dynamics", systems), _reached(own, "outputs", systems)
    made = {"ratio": against["error_ratio"], "p": against["error_ratio_p"], **of_h}
    made |= {"explained": of_h["r2"] / of_h["ceiling"]} | _learned(result, systems)
    told = "r2" in of_y and bool(of_y["r2"].notnull().any())
    return xr.Dataset(made | ({f"outputs_{name}": array for name, array in of_y.items()} if told else {}))


def _learned(result: xr.Dataset, systems: tuple) -> dict[str, xr.DataArray]:
    """The p value of no change at all, and the most that distances change, of all members of a system together."""
    if "learned_p" not in result:
        return {}
    members = [dim for dim in result["learned_p"].dims if dim not in systems]
    return {"learned_p": _in_any(result["learned_p"], members), "learned_most": result["learned_most"].mean(members)}


def _in_any(p: xr.DataArray, members: Any) -> xr.DataArray:
    """The p value that a change is in any of the members, corrected for their number."""
    return (p.min(members) * p.notnull().sum(members)).clip(max=1.0)


def _reached(own: xr.Dataset, score: str, systems: tuple) -> dict[str, xr.DataArray]:
    """The law's R2, the end of its interval, and what the truth and a repetition would reach, where it was scored."""
    if score not in own:
        return {}
    members = [dim for dim in own[score].dims if dim not in systems]
    return {
        "r2": own[score].mean(members),
        "most": own[f"{score}_interval"].sel(bound="upper", drop=True),
        "ceiling": own[f"{score}_ceiling"].sel(bound="upper", drop=True).mean(members),
        "repetition": own[f"{score}_ceiling"].sel(bound="lower", drop=True).mean(members),
    }


def _one_row_per_system(result: xr.Dataset) -> xr.Dataset:
    """Results of several trajectories, with all that were judged along `system`: members, or all subjects together."""
    if not {"system", "member"} <= set(result.dims):
        return result
    judged = result["dynamics_interval"].notnull().all(("law", "bound"))
    alone = judged.sum("member") == result["dynamics"].notnull().any("law").sum("member")
    scores = ("dynamics", "dynamics_ceiling", "outputs", "outputs_ceiling", "learned_most")
    names = [name for name in scores if name in result]
    means = {name: result[name].where(alone, result[name].mean("member")) for name in names}
    if "learned_p" in result:
        means["learned_p"] = result["learned_p"].where(alone, _in_any(result["learned_p"], "member"))
    rows = np.flatnonzero(judged.values.ravel())
    flat = result.assign(means).stack(_row=("system", "member"), create_index=False).isel(_row=rows)
    return (
        flat.reset_coords(drop=True)
        .rename(_row="system")
        .assign_coords(law=result["law"], bound=result["bound"], system=_labels(result, judged))
    )


def _labels(result: xr.Dataset, judged: xr.DataArray) -> list[str]:
    """The names of system and member of every row; of subjects together, that of the system alone."""
    found = []
    for i, j in np.argwhere(judged.values):
        member = result["member_name"].values[i, j] if int(judged[i].sum()) > 1 else ""
        found.append(", ".join(filter(None, (str(result["system"].values[i]), str(member)))))
    return found


def _decide(seen: xr.Dataset, rivals: int, systems: int, alpha: float, share: float) -> dict[str, xr.DataArray]:
    """The decision in every system; p is corrected for rivals, and for systems where the law is turned down."""
    level = alpha / rivals
    better = (seen["ratio"] < 1) & (seen["p"] < level / systems) & (seen["repetition"] > 0)
    worse = (seen["ratio"] > 1) & (seen["p"] < level)
    misses, enough = _beside_ceiling(seen, "", share)
    if "outputs_r2" in seen:
        missed, reached = _beside_ceiling(seen, "outputs_", share)
        misses, enough = misses | missed, enough & (reached | seen["outputs_r2"].isnull())
    turned_down, upheld = better.any("law") | misses, worse.all("law") & enough
    still = seen["learned_p"] >= alpha if "learned_p" in seen else xr.zeros_like(upheld)
    ratio = seen["ratio"].fillna(np.inf)
    nearest = ratio.idxmin("law")
    told = {
        "decision": xr.where(
            still, NOTHING, xr.where(turned_down, NOT_UNIVERSAL, xr.where(upheld, UNIVERSAL, CANNOT_TELL))
        ),
        "beaten_by": xr.where(better.any("law"), ratio.where(better, np.inf).idxmin("law"), ""),
        "nearest": nearest,
        "nearest_ratio": ratio.min("law"),
        "nearest_p": np.minimum(1.0, rivals * seen["p"].sel(law=nearest).drop_vars("law")),
        "r2": seen["r2"],
        "ceiling": seen["ceiling"],
        "explained": seen["explained"],
        "repetition": seen["repetition"],
    }
    of_outputs = {"outputs": "outputs_r2", "outputs_ceiling": "outputs_ceiling"}
    of_outputs |= {name: name for name in ("learned_p", "learned_most")}
    return told | {name: seen[source] for name, source in of_outputs.items() if source in seen}


def _beside_ceiling(seen: xr.Dataset, of: str, share: float) -> tuple[xr.DataArray, xr.DataArray]:
    """Whether the law misses too much, and whether it reaches enough; neither where nothing repeats."""
    r2, most, ceiling = (seen[f"{of}{name}"] for name in ("r2", "most", "ceiling"))
    known = (seen[f"{of}repetition"] > 0) & r2.notnull()
    return (most < share * ceiling) & known, (r2 / ceiling >= share) & known


def _together(seen: xr.Dataset, decided: dict[str, xr.DataArray], rivals: int, alpha: float, share: float) -> str:
    """The decision over all systems in which anything is learned."""
    changes = decided["decision"] != NOTHING
    if not changes.any():
        return NOTHING
    if (decided["decision"] == NOT_UNIVERSAL).any():
        return NOT_UNIVERSAL
    seen = seen.where(changes)
    size = np.sign(seen["ratio"] - 1) * stats.norm.isf(np.clip(seen["p"], 1e-300, 1.0) / 2)
    dims = [dim for dim in size.dims if dim != "law"]
    beats = bool((size.mean(dims) > stats.norm.isf(alpha / rivals / 2)).all())
    enough = all(_reaches(seen, of, share) for of in ("", "outputs_") if f"{of}r2" in seen)
    return UNIVERSAL if beats and enough else CANNOT_TELL


def _reaches(seen: xr.Dataset, of: str, share: float) -> bool:
    """Whether the mean R2 of all systems is enough."""
    r2, ceiling, repetition = (float(seen[f"{of}{name}"].mean()) for name in ("r2", "ceiling", "repetition"))
    return repetition > 0 and r2 >= share * ceiling
