"""Laws beside their rivals on data they were not fitted to: geometry, dynamics, and the noise ceiling."""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce
from operator import add
from typing import Any

import xarray as xr
from tqdm import tqdm

from neurouniv.fitting.constants import constant_names
from neurouniv.fitting.observed import need_times
from neurouniv.kinds import COMPARED, JUDGED
from neurouniv.laws.constructor import call_of
from neurouniv.names import public
from neurouniv.progress import progress_bar
from neurouniv.rdm.classes import named_classes
from neurouniv.renamed import renamed
from neurouniv.schema import batch_dims, check_trajectory, framed, history, need_free_names, with_history
from neurouniv.tasks.origin import origin_of, refuse_empty_guess
from neurouniv.universality.held_out.predictions import Prediction, named_laws, predictions
from neurouniv.universality.held_out.predictor import Predictor
from neurouniv.universality.held_out.side_by_side import named_systems, shared_attrs, side_by_side
from neurouniv.universality.held_out.splits import Part
from neurouniv.universality.inference.bootstrap import device_for
from neurouniv.universality.inference.differences import check_inference, differences
from neurouniv.universality.inference.free_mixtures import flexible, with_class_means
from neurouniv.universality.result import described
from neurouniv.universality.rivals import coordinates, default_reference, identities
from neurouniv.universality.scores import dynamics, geometry, noise_ceiling, outputs
from neurouniv.universality.scores.baselines import baseline_similarity
from neurouniv.universality.scores.log_score import log_density
from neurouniv.universality.scores.other_members import by_others, change_by_others
from neurouniv.universality.settings import InferenceSettings, Split
from neurouniv.universality.verdict.learned import change_test
from neurouniv.universality.verdict.until import missed, progress


@renamed(repeats="partitions", bootstrap="resamples", source="constants_from")
@public
def compare(
    laws: Any,
    trajectories: xr.Dataset | Mapping[str, xr.Dataset],
    split: str | None = "conditions",
    *,
    folds: int = 2,
    partitions: int = 2,
    comparator: str = "corr",
    train_fraction: float = 0.5,
    across: str | None = None,
    constants_from: Any = None,
    resamples: int = 0,
    reference: str | None = None,
    subjects: str | None = None,
    errors: str = "jackknife",
    correction: str = "max",
    unit: str | None = None,
    device: str = "cpu",
    seed: int = 0,
    progress: bool | None = None,
) -> xr.Dataset:
    """Fit `laws` to one part of the data, let them predict the other, and score the predictions.

    Every prediction starts from the first frame of what it predicts, which is therefore *given* to every law and
    left out of `dynamics`; the first frame of `geometry` says how well the start is reproduced, nothing more.

    Parameters
    ----------
    laws : an estimator, a list of them, or a dict name -> estimator (classes are instantiated). They are cloned.
    trajectories : one trajectory, or a dict name -> trajectory. Results of several have the dimension `system`;
        all batch dimensions of a system become `member` (NaN where a system has fewer), times are joined, and the
        coordinates `time_units`, `time_axis` and `ceiling` (system) say what they are.
    split : "conditions": laws are fitted to pairs whose both conditions lie outside a fold of the conditions and
        predict the pairs whose both lie inside. "times": fitted to the first times, they predict the later ones.
        "systems": fitted to one member of the batch dimension `across` (layer, session half, subject), whose constants
        then predict all others from their own starts; every member in turn. None: in sample.
    folds, partitions : for "conditions": into how many folds, in how many different random partitions.
    comparator : "corr", "cosine", "spearman", "rho-a", "tau-a", "tau-b" (or "kendall"), "corr_cov" or
        "cosine_cov", as in rsatoolbox.
    train_fraction : for "times": the share of times that is fitted (at least 3 times).
    across, constants_from : for "systems": the dimension (may be left out where there is only one), and the label of
        the only member that constants are taken from. Members are taken to be measured in one unit: a gain that differs
        between them differs in their constants too.
    resamples : how many resamples of conditions and subjects (together) errors of paired differences rest on; 0: none.
        Laws are not fitted again.
    reference : the law that others are compared with; default "universal", else the first.
    subjects : the dimension whose members are a sample of a population; default the first of seed, subject, member
        and system with two or more. Without one, errors are over conditions only.
    errors : "jackknife" or "dual", see `neurouniv.universality.inference.p_values`.
    correction : of p over times and rivals: "max", by the largest deviation in the bootstrap, or "cluster", of geometry
        by sign flips of subjects in clusters of times (for these conditions only), then Holm's over rivals.
    unit : what errors take as one draw and leave out together, "conditions" or "classes" of them (which targets, or the
        coordinate `label`, name); default classes where there are six or more. With fewer, errors are about these
        classes: a difference that is certain for them may be absent in others. The attributes `errors_unit` and
        `errors_about` (of several systems, coordinates) say which; see `neurouniv.universality.inference.error_units`.
    device : "cuda" (or "cuda:1") runs the bootstrap's products on a GPU; "auto" does where there is one.
    seed : of partitions and resamples.
    progress : show a progress bar; default at a terminal, where the work is long.

    Returns
    -------
    Dataset; `neurouniv.universality.result` lists all its variables. With the trajectory's batch dimensions for `...`:
        `geometry` (law, ..., time): similarity of predicted with observed RDM of the test pairs, by
        `rsatoolbox.rdm.compare`, averaged over folds; NaN at frames with fewer than three pairs in every fold or a
        constant RDM. For "times", at the predicted times only.
        `dynamics` (law, ...): R2 of the time courses, over all held-out pairs and times of all folds.
        `change` (law, ...): the same, about every pair's own mean over time, so that what does not change counts for
        nothing.
        `dynamics_error` (law, ...): their root-mean-square error, in units of h.
        `log_score` (law, ...): log density of held-out distances, in nats per distance, under their known noise
        (`h_var`), else under errors as large as in the training part; see `neurouniv.universality.scores.log_score`.
        `outputs` (law, ...): where outputs are known, R2 of the time courses of y as `dynamics` is of h, at the pairs
        and times at which h is known, NaN for laws that do not tell y. Mean choices (`choices`) are left out, of fits
        too: they are no outputs.
        `geometry_ceiling` (..., time, bound), `dynamics_ceiling`, `change_ceiling`, `outputs_ceiling` (..., bound): see
        `neurouniv.noise_ceiling`; that of outputs is known of networks alone.
        `missed`, `missed_least` (law, ..., time), `progress` (..., time): until when a law holds, see
        `neurouniv.universality.verdict.until`. `learned_p`, `learned_most` (...): whether anything is learned, see
        `neurouniv.universality.verdict.learned`. `others`, `change_others` (...): R2 of a member as the mean of the
        others predicts it, which is no ceiling, see `neurouniv.universality.scores.other_members`.
        `baseline_geometry` (baseline, ..., time): as `geometry`, of RDMs that stimuli and targets suggest without a
        fit: "class means" (distances of the classes' mean stimuli), "input" (dx2), "dx dy" (sqrt(dx2 dy2)) and
        "targets" (dy2), those that the trajectory tells.
        `flexible_dynamics`, `flexible_change` (account, ...), `flexible_numbers` (account): the same of free mixtures
        of simple RDMs, and how many weights they have; see `neurouniv.universality.inference.free_mixtures`.
        `n_constants` (law): how many constants were fitted. `converged`, `message` (law, ...): the share of fits
        that are usable and, in words, the first reason why one is not. (Warnings of single fits are not shown.)
        Coordinates `law_name`, `law_family` (law): of which class each law is, whatever it is called here, and of
        which family; laws of one family are no rivals.
        With `resamples`: `geometry_difference` (law, ..., time) and `dynamics_difference` (law, ...), the score less
        that of the reference, averaged over subjects, and `error_ratio` (law, ...), its root-mean-square error over the
        reference's; of each a 95 % `..._interval` (..., bound), as of every law's own `dynamics`, `change` and
        `outputs`, `geometry_p`, `dynamics_p`, `error_ratio_p` (two-sided, each by itself) and `..._p_corrected`, for
        all rivals (and times); `flexible_ratio` (account, ...), with interval and p. The ratio has the most power where
        a few pairs are much farther apart than the others; `error_ratio_p_by_class` is its p as a claim about other
        classes, NaN where there are fewer than three. `dynamics_log_error`, `dynamics_freedom` (law, ...), of change
        and outputs too, are for `neurouniv.universality.inference.own_r2.p_below`.
        Attributes: split, folds, partitions (as many as were found), comparator, seed, ceiling, history; with
        `resamples`, the reference and what errors are about.

    Raises
    ------
    InputError : where conditions or times are too few to split, a task is a guess that says nothing, or an argument is
        none of the above.

    Examples
    --------
    >>> from neurouniv.laws.curves import StaticModel
    >>> h = xr.DataArray([[1.0, 2.0, 4.0], [1.0, 4.0, 2.0], [1.0, 5.0, 1.0]], dims=("time", "pair"))
    >>> coords = {"time": [0, 1, 2], "dx2": ("pair", [1.0, 2.0, 3.0]), "dy2": ("pair", [1.0, 1.0, 2.0])}
    >>> coords |= {"first": ("pair", ["a", "a", "b"]), "second": ("pair", ["b", "c", "c"])}
    >>> compare(StaticModel(), xr.Dataset({"h": h}, coords), split=None).geometry.sel(law="static").values.round(2)
    array([0.98, 0.33, 0.  ])
    """
    named = named_laws(laws)
    check_inference(list(named), resamples, reference, correction, unit)
    held_out = Split(split, folds, partitions, train_fraction, seed, across, constants_from)
    inference = InferenceSettings(
        resamples, reference, subjects, errors, correction, unit, device_for(device, comparator), comparator, seed
    )
    systems = {"": trajectories} if isinstance(trajectories, xr.Dataset) else named_systems(trajectories)
    for name, traj in systems.items():
        need_times(check_trajectory(framed(traj)).sizes["time"])
        need_free_names(batch_dims(traj["h"]), (COMPARED.names | JUDGED.names) - {"system"}, "A comparison")
        refuse_empty_guess(traj, name)
    systems = {name: outputs.without_choices(traj.compute()) for name, traj in systems.items()}
    systems = {name: with_class_means(traj) for name, traj in systems.items()}
    split_up = {name: held_out.parts(traj) for name, traj in systems.items()}
    with progress_bar(len(named) * sum(map(len, split_up.values())), "fits", progress) as bar:
        results = {
            name: _comparison_of_one(named, systems[name], parts, inference, bar) for name, parts in split_up.items()
        }
    fits = {name: call_of(law) for name, law in named.items()}
    record = {"laws": list(named), "fits": fits, **held_out.member_settings(), **inference.record()}
    if isinstance(trajectories, xr.Dataset):
        settings = held_out.attributes(split_up[""]) | {"comparator": comparator}
        return with_history(results[""].assign_attrs(settings), "compare", trajectories, **record, **settings)
    settings = held_out.attributes() | {"comparator": comparator}
    table = side_by_side(results, systems).assign_attrs(shared_attrs(results) | settings)
    sources = {name: history(traj) for name, traj in systems.items()}
    return with_history(table, "compare", systems=sources, **record, **settings)


def _comparison_of_one(
    laws: Mapping[str, Predictor], traj: xr.Dataset, parts: list[Part], inference: InferenceSettings, bar: tqdm
) -> xr.Dataset:
    """The scores of all laws on one trajectory, its ceilings and, if asked for, differences between laws."""
    comparator = inference.comparator
    expected = {name: predictions(law, parts, bar) for name, law in laws.items()}
    scores = [scores_of_law(result, parts, comparator) for result in expected.values()]
    law_dim = xr.DataArray(list(laws), dims="law", name="law")
    result = xr.concat(scores, dim=law_dim, join="exact", coords="minimal", compat="override", combine_attrs="override")
    held_out = _pool([dynamics.after_start(part.test[_noise_variables(part.test)], part.given) for part in parts])
    ceilings = {
        "geometry_ceiling": _mean([noise_ceiling.geometry_ceiling(part.test, comparator) for part in parts]),
        "dynamics_ceiling": noise_ceiling.dynamics_ceiling(held_out),
        "change_ceiling": noise_ceiling.change_ceiling(held_out),
    }
    ceilings |= {"outputs_ceiling": outputs.ceiling(parts)} if outputs.seen(parts) else {}
    start = dynamics.side_by_side([part.given["h"].isel(time=0, drop=True) for part in parts])
    result = result.assign(noise_ceiling.of_networks(traj, ceilings)).assign(change_test(traj).data_vars)
    result = result.assign(others=by_others(held_out["h"]), change_others=change_by_others(held_out["h"], start))
    baselines = baseline_similarity(traj, parts, comparator)
    if baselines:
        result["baseline_geometry"] = _mean(baselines)
    result["progress"] = progress(traj)
    reference, classes = inference.reference or default_reference(identities(laws)), named_classes(traj)
    result = result.assign(flexible(parts, {reference: expected[reference]}, inference, classes).data_vars)
    if inference.resamples:
        errors = differences(
            parts, expected, reference=reference, comparator=comparator, resamples=inference.resamples,
            subjects=inference.subjects, errors=inference.errors, correction=inference.correction, unit=inference.unit,
            classes=classes, seed=inference.seed, device=inference.device,
        )  # fmt: skip
        result = result.assign(errors.data_vars).assign_attrs(result.attrs | errors.attrs)
    result = described(result, comparator, str(traj["h"].attrs.get("units", "")))
    result["time"].attrs = dict(traj["time"].attrs)
    result = result.transpose("law", "baseline", "account", ..., "time", "bound", missing_dims="ignore")
    result = result.assign_coords(coordinates(laws)).assign_attrs(origin_of(traj))
    return result.assign_attrs(ceiling=noise_ceiling.describe(traj))


def scores_of_law(expected: list[Prediction], parts: list[Part], comparator: str) -> xr.Dataset:
    """The scores of one law on all folds of one trajectory."""
    similarities = [geometry.similarity(p.test["h"], e.h, comparator) for p, e in zip(parts, expected, strict=True)]
    tests = [dynamics.after_start(part.test, part.given) for part in parts]
    predicted_courses = [dynamics.after_start(e.h, part.given) for e, part in zip(expected, parts, strict=True)]
    observed, predicted = (
        _pool([test[["h"]] for test in tests])["h"],
        _pool([h.to_dataset(name="h") for h in predicted_courses])["h"],
    )
    member = observed.isel(time=0, pair=0, drop=True)
    fits = [e.constants for e in expected]
    converged = [fit["converged"].broadcast_like(member) for fit in fits]
    density = [log_density(test, h, e.spread) for test, h, e in zip(tests, predicted_courses, expected, strict=True)]
    total, count = (reduce(add, [d[name] for d in density]) for name in ("total", "count"))
    scores = {
        "geometry": _mean(similarities),
        "dynamics": dynamics.r2(observed, predicted),
        "change": dynamics.r2_of_change(observed, predicted),
        "dynamics_error": dynamics.rms_error(observed, predicted),
        "log_score": (total / count.where(count > 0)).broadcast_like(member),
        "n_constants": ((), max(len(constant_names(fit)) for fit in fits)),
        "converged": sum(share.astype(float) for share in converged) / len(fits),
        "message": _first_fault(converged, [fit["message"].broadcast_like(member) for fit in fits]),
    }
    if outputs.seen(parts):
        scores["outputs"] = outputs.score(expected, parts)
    return xr.Dataset(scores).assign(missed(expected, parts))


def _first_fault(converged: list[xr.DataArray], messages: list[xr.DataArray]) -> xr.DataArray:
    """The message of the first fit that may not be used, else that of the last."""
    fault = messages[-1].astype(object)
    for good, message in zip(reversed(converged), reversed(messages), strict=True):
        fault = fault.where(good, message.astype(object))
    return fault.astype(str)


def _pool(tests: list[xr.Dataset]) -> xr.Dataset:
    """All folds' test pairs side by side."""
    return xr.concat(tests, dim="pair", data_vars="all", coords="minimal", compat="override", join="exact")


def _noise_variables(traj: xr.Dataset) -> list[str]:
    return [name for name in ("h", *noise_ceiling.VARIANCES) if name in traj]


def _mean(folds: list[xr.DataArray]) -> xr.DataArray:
    """The mean over folds, leaving NaN out."""
    stacked = xr.concat(folds, dim="fold", coords="minimal", compat="override", join="exact")
    return stacked.mean("fold")
