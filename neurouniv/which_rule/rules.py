"""Which learning rule does a system learn by? The laws of all rules on held-out conditions, and their probabilities."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import xarray as xr

from neurouniv.kinds import RULES as OWN
from neurouniv.names import public
from neurouniv.progress import progress_bar
from neurouniv.schema import InputError, batch_dims, check_trajectory, need_free_names, with_history
from neurouniv.statement import sealed
from neurouniv.tasks.origin import need_task, origin_of, refuse_empty_guess
from neurouniv.universality.scores.noise_ceiling import member_dim
from neurouniv.universality.verdict.learned import change_test
from neurouniv.which_rule.answer import described, nearest, need_level
from neurouniv.which_rule.calibration import probability
from neurouniv.which_rule.candidates import NONE, chosen, laws_of
from neurouniv.which_rule.doubts import doubts
from neurouniv.which_rule.evidence import Evidence, best_curve

OUTPUTS = ("y", "w", "output", "choices")
FEWEST_CONDITIONS, FEWEST_TIMES = 6, 4


@public
def rules(
    traj: xr.Dataset,
    rules: Iterable[str] | None = None,
    *,
    outputs: bool = False,
    folds: int = 2,
    partitions: int = 1,
    subjects: str | None = None,
    resamples: int = 300,
    level: float = 0.9,
    seed: int = 0,
    progress: bool | None = None,
) -> xr.Dataset:
    """Compare the laws of learning rules on held-out conditions, and say how probable each rule is.

    The law of every rule is fitted to the distances of some conditions and predicts those of others. Probabilities
    follow from all laws' errors, by what was found of networks that learn by known rules (`benchmarks/which_rule.py`),
    under equal priors: how often networks with such errors had the rule.

    Parameters
    ----------
    traj : a trajectory with its task; members along `subjects` (default: subject or seed) have one rule.
    rules : which rules are possible, by name; default all nine, and "exposure" where numbers of trials differ.
        "hebbian" and "exposure" have evidence, and no probability.
    outputs : whether laws are fitted to outputs too. Rules differ more there, but probabilities are calibrated for
        distances of representations alone, and are NaN.
    folds, partitions : into how many folds conditions are split, and how often; errors are means over partitions.
    resamples : for the intervals of ratios of errors.
    level : one rule is named where it is at least so probable; else the fewest that together are.

    Returns
    -------
    Dataset. Over `rule`, "none" the last (of the curve that predicts best), and the batch dimensions (...):
        `probability` (rule, ...), without the dimension of members, and `probability_each` (rule, ..., member);
        `best` (...), the most probable rule; `alike` (rule, ...), whether a rule is among those that are not separated;
        `error_ratio` (rule, ...), the root-mean-square error over that of the law with the smallest error, with
        `error_ratio_interval` (..., bound) and `error_ratio_p`; `log_score_difference` (rule, ...) from the same law,
        in nats per distance, with its interval, by leaving out conditions; `r2`, `change_r2`, `error`, `log_score`,
        `converged` (rule, ...) of each member. `reference` (attribute): the rule of the law with the smallest error.
        Attributes `answer`, `why`, `apart` (what would separate them) and `doubts`, in words.

    Raises
    ------
    InputError : fewer than 6 conditions or 4 times, a movie without numbers, no task, a task that is a guess that says
        nothing, unknown names.

    Examples
    --------
    >>> from neurouniv import tasks, train, trajectory
    >>> task = tasks.digits(per_class=1)
    >>> runs = train(task, width=60, gain=0.3, nonlinearity="linear", lr=0.2, epochs=400, record=8)
    >>> found = rules(trajectory(runs).isel(seed=0, layer=0), ["backprop", "lazy"], resamples=20)
    >>> found.probability.sizes["rule"], round(float(found.probability.sum()), 6)
    (3, 1.0)

    Source: `neurouniv.theory.rules`; of the question, Nayebi et al. (2020), Identifying learning rules from neural
    network observables.
    """
    traj = _checked(traj, level)
    names = chosen(rules, traj)
    split = {"folds": folds, "partitions": partitions, "seed": seed}
    evidence = _evidence(traj if outputs else traj.drop_vars(OUTPUTS, errors="ignore"), names, progress, **split)
    errors = evidence.errors / partitions
    law_of = {name: name for name in names} | {NONE: _most_often(best_curve(errors))}
    reference = nearest(errors["error"].sel(law=list(law_of.values())), "law")
    parts = [evidence.scores, evidence.ratios(reference, resamples, subjects, seed)]
    parts.append(evidence.log_differences(reference))
    table = xr.merge([_of_rules(part, law_of) for part in parts], compat="override", join="outer")
    table = table.assign(_probabilities(errors, names, subjects or member_dim(traj["h"]), outputs))
    lines = doubts(traj, table["change_r2"].max("rule"), change_test(traj)["learned_p"], table["converged"])
    result = described(table, lines, level).assign_attrs(origin_of(traj))
    result = result.assign_attrs(reference=_rule_of(reference, law_of), curve=law_of[NONE], level=level)
    settings = {"rules": names, "outputs": outputs, "level": level, "resamples": resamples, **split}
    return sealed(with_history(result.transpose("rule", ..., "bound"), "rules", traj, **settings))


def _evidence(
    traj: xr.Dataset, names: list[str], progress: bool | None, *, folds: int, partitions: int, seed: int
) -> Evidence:
    """Evidence on the rules that are asked for, and on curves."""
    laws = laws_of(names)
    with progress_bar(len(laws) * folds * partitions, "rules", progress) as bar:
        return Evidence(laws, traj, folds, partitions, seed, bar)


def _checked(traj: xr.Dataset, level: float) -> xr.Dataset:
    traj = check_trajectory(traj, ("h",))
    need_free_names(batch_dims(traj["h"]), OWN.names, "A result of rules")
    need_task(traj)
    refuse_empty_guess(traj)
    pairs, times = traj.sizes["pair"], traj.sizes["time"]
    if pairs < FEWEST_CONDITIONS * (FEWEST_CONDITIONS - 1) / 2 or times < FEWEST_TIMES:
        raise InputError(
            f"Rules need {FEWEST_CONDITIONS} conditions and {FEWEST_TIMES} times or more; got {pairs} "
            f"pairs and {times} times. Record more sessions, or take more windows of single trials: "
            "`neurouniv.learning_axis(rec, windows=8)`."
        )
    need_level(level)
    _need_numbers(traj["h"])
    return traj.compute()


def _need_numbers(h: xr.DataArray) -> None:
    """Raise `InputError` where a movie (..., time, pair) has no numbers at all."""
    empty = h.isnull().all(["time", "pair"])
    if not bool(empty.any()):
        return
    flat = empty.stack(_place=empty.dims, create_index=False) if empty.dims else empty.expand_dims("_place")
    names = [", ".join(f"{dim} {flat[dim].values[i]}" for dim in empty.dims) for i in np.flatnonzero(flat.values)]
    raise InputError(
        f"Rules need distances that are numbers; those of {len(names)} of {flat.size} movies are not "
        f"({names[0] or 'the only one'}). A network that diverged has none: train it with a smaller lr, or leave it "
        "out."
    )


def _most_often(curve: xr.DataArray) -> str:
    """The curve that is best for most members."""
    values = curve.values.reshape(-1).tolist()
    return max(sorted(set(values)), key=values.count)


def _rule_of(law: str, law_of: dict[str, str]) -> str:
    return next(rule for rule, name in law_of.items() if name == law)


def _of_rules(part: xr.Dataset, of: dict[str, str]) -> xr.Dataset:
    """Evidence on laws (law, ...) as evidence on rules (rule, ...)."""
    return part.sel(law=list(of.values())).rename(law="rule").assign_coords(rule=list(of))


def _probabilities(errors: xr.Dataset, names: list[str], members: str | None, outputs: bool) -> xr.Dataset:
    each = probability(errors, names)
    together = each if members is None else probability(errors, names, members)
    return xr.Dataset({"probability": together, "probability_each": each}).where(not outputs)
