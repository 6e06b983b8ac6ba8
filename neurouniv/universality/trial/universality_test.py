"""One law, one question, one answer: does one law, adjusted by constants, describe these networks and these brains?"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import xarray as xr
from joblib import Parallel, delayed
from tqdm import tqdm

from neurouniv.got import did_you_mean
from neurouniv.laws import COMPARED, RIVALS, UniversalModel
from neurouniv.laws.constructor import call_of
from neurouniv.names import listed_names, public
from neurouniv.progress import progress_bar
from neurouniv.rdm.comparators import comparator_of
from neurouniv.renamed import renamed
from neurouniv.schema import InputError, NeurounivWarning, history, with_history
from neurouniv.statement import sealed
from neurouniv.universality.compare import compare
from neurouniv.universality.held_out.predictions import fitted_quietly, named_laws
from neurouniv.universality.held_out.side_by_side import shared_attrs, side_by_side
from neurouniv.universality.inference.differences import check_inference
from neurouniv.universality.rivals import identities, rivals_among
from neurouniv.universality.scores import other_members
from neurouniv.universality.trial import answer, assumed_task, cross_prediction, evidence
from neurouniv.universality.trial.courses import group_courses
from neurouniv.universality.trial.learners import BRAINS, CONTROL, Learner, learners_of
from neurouniv.universality.trial.shared_structure import collapsed, shared_constants
from neurouniv.universality.verdict.rule import SHARE

Job = tuple[str, Callable[..., Any], tuple]


@renamed(repeats="partitions", bootstrap="resamples")
@public
def universality_test(
    systems: xr.Dataset | Mapping[str, xr.Dataset],
    law: Any = None,
    rivals: Iterable[str] = COMPARED,
    *,
    controls: Iterable[str] = (),
    folds: int = 2,
    partitions: int = 2,
    resamples: int = 300,
    permutations: int = 200,
    other_tasks: bool = True,
    comparator: str = "corr",
    alpha: float = 0.05,
    share: float = SHARE,
    seed: int = 0,
    n_jobs: int = 1,
    progress: bool | None = None,
) -> xr.Dataset:
    """Put one law on trial in every system, with constants of each system's own, and say what it comes to.

    The law and its rivals are fitted to some conditions of a system and predict the others (`neurouniv.compare`); one
    rule decides (`neurouniv.verdict`): the law describes a system, does not, one cannot tell, or nothing is learned in
    it, and no law is judged. "Universal" is said of two or more systems together. Beside it: constants, data collapse,
    one set of constants or one each, cross-prediction, RSA between the systems, and how much rests on the task that was
    assumed. `neurouniv.report` makes a page of the result.

    Parameters
    ----------
    systems : name -> trajectory, or one trajectory. Each needs its task (dx2, dy2) and conditions by name; seeds and
        subjects are members of a system, layers, latencies and regions are systems of their own. What has fewer than
        two conditions a fold is tested on later times. Networks that carry `start_var` (`neurouniv.start_ceiling`) have
        the ceiling that their start sets, others 1. A system whose time is within a trial is exploratory: it is
        shown, and does not count.
    law : an estimator; default `neurouniv.UniversalModel()`.
    rivals : names in `neurouniv.RIVALS`.
    controls : names of systems in which the law is known to be false. They are shown, and do not count.
    folds, partitions, resamples, comparator : see `neurouniv.compare`.
    permutations : of the data collapse.
    other_tasks : whether recordings, but for controls, are fitted again under other tasks: three or four times their
        work.
    alpha, share : see `neurouniv.verdict`.
    seed : of partitions, resamples and permutations.
    n_jobs : processes that share the systems; -1 for all cores.
    progress : show a progress bar; default at a terminal, where the work is long.

    Returns
    -------
    Dataset whose attribute `answer` is the answer in one sentence. Of every system (system):
        `what`, `kind`, `role` ("pooled", "control", "exploratory"), `split`, `task` (in words); `decision`
        ("described", "not described", "cannot tell", "nothing is learned"); `change_p`, the p value of no change at
        all, and `change_bound`, the most that distances change, as a share of their mean (NaN: not known); `r2` and
        `r2_most`, of the movie and what the truth would reach; `change_r2` and `change_most`, the same of changes,
        about every pair's own mean over time, with the 95 % interval `change_r2_interval` (bound); `others_r2` and
        `change_others_r2`, the same of what a system's other members predict of each (NaN of one alone); `nearest`, the
        rival with the smallest error, `nearest_ratio`, that error over the law's, `nearest_p`, and `told`, whether the
        law is distinguished from it; `untold`, the rivals it is not distinguished from; `misses`, the free mixture that
        predicts significantly better ("": none), and `flexible`, how the law does beside such mixtures, in words;
        `r2_least`, the lower end of the interval of `r2`; `until`, the last time at which the law holds (NaN: at
        none), `until_share`, the share of the change done by then, and `until_text` ("not known" where noise is not),
        see `neurouniv.universality.verdict.until`; `settle`, what would settle what is open. `constant`,
        `constant_interval` (constant_name, system, member[, bound]) and `identified` (system, member), of fits to all
        data.
    Of all together: `overall`, the verdict ("universal", "not universal", "cannot tell"; "" of fewer than two systems);
        `collapse` and `collapse_p`, `collapse_overall`, `collapse_overall_p`; `level_r2` (level, level_system), of own
        constants, one set for all and free curves; `cross` (source, target), R2 of the movie by another system's movie;
        `first_similarity`, `last_similarity` (source, target) of RDMs; `rsa_...` (rsa_pair, step, session), see
        `neurouniv.rsa_between`; `assumed_...` (assumption, system), the answer under other tasks. What could not be
        computed is absent, or NaN, and the attribute `left_out` says why.
    What `neurouniv.compare` returns, and what figures show (`course...`, `line...`), is there too.

    Raises
    ------
    InputError : no system, a system without a task or names, too little to hold anything out, unknown names.

    Examples
    --------
    >>> import neurouniv as nu
    >>> task = nu.tasks.digits(per_class=1)
    >>> runs = nu.train(task, width=50, gain=0.5, nonlinearity="tanh", lr=0.1, epochs=600, seeds=range(2), record=8)
    >>> found = nu.universality_test({"tanh": nu.trajectory(runs)}, rivals=["static"], resamples=50, permutations=20)
    >>> found["system"].values.tolist(), found.attrs["answer"].endswith(".")
    (['tanh'], True)
    """
    comparator_of(comparator)  # an unknown one is refused here, before any work
    laws = _laws(law, listed_names(rivals, "rivals"))
    reference, *names = laws
    _need_errors(list(laws), resamples)
    learners = learners_of(systems, controls, folds)
    split = {"folds": folds, "partitions": partitions, "comparator": comparator, "seed": seed}
    brains = [name for name, learner in learners.items() if learner.kind in BRAINS and learner.role != CONTROL]
    brains = brains if other_tasks else []
    pairs = cross_prediction.rsa_pairs(learners)
    with progress_bar(len(learners) + len(pairs) + len(brains) + 3, "universality", progress) as bar:
        settings = {**split, "resamples": resamples, "reference": reference}
        first = sorted(learners, key=lambda name: learners[name].kind not in BRAINS)  # recordings take longest
        tests: list[Job] = [(name, _fit_and_comparison, (learners[name], laws, settings)) for name in first]
        both = dict(zip(first, _outputs(tests, n_jobs, bar), strict=True))
        fits, results = ({name: both[name][i] for name in learners} for i in (0, 1))
        result = side_by_side(results, {name: learner.traj for name, learner in learners.items()})
        jobs: list[Job] = [  # the longest first, so that no process waits for another at the end
            *((f"task of {n}", _under_other_tasks, (learners[n], laws, result.sel(system=n), split)) for n in brains),
            ("data collapse", collapsed, (learners, folds, permutations, seed)),
            ("one set of constants", shared_constants, (learners, fits)),
            ("cross-prediction", cross_prediction.cross_prediction, (learners, folds, seed)),
            *(
                (" x ".join(pair), cross_prediction.rsa_of, (learners, pair, comparator, resamples, seed))
                for pair in pairs
            ),
        ]
        outputs = _outputs(jobs, n_jobs, bar)
        by_task, ((collapse, left_out), (levels, not_shared), cross, *rsa) = (
            outputs[: len(brains)],
            outputs[len(brains) :],
        )
    result = result.assign_attrs(shared_attrs(results))
    parts = [evidence.rows(result, learners, alpha, share), evidence.constants(fits), group_courses(learners, fits)]
    parts += [other_members.rows(result), collapse, levels, xr.Dataset({"cross": cross})]
    parts += [cross_prediction.similarity_at_ends(learners, comparator)]
    parts += [cross_prediction.rsa_together(rsa)] if rsa else []
    parts += [assumed_task.side_by_side(dict(zip(brains, by_task, strict=True)), list(learners))] if by_task else []
    table = _merged(result, parts)
    record: dict[str, Any] = {
        "law": reference,
        "rivals": names,
        "resamples": resamples,
        "permutations": permutations,
        **split,
    }
    record |= {"controls": [name for name, learner in learners.items() if learner.role == CONTROL]}
    record |= {"alpha": alpha, "share": share}
    table = table.assign_attrs(answer=answer.sentence(table), left_out=left_out + not_shared, **record)
    sources = {name: history(learner.traj) for name, learner in learners.items()}
    calls = {name: call_of(law) for name, law in laws.items()}
    return sealed(with_history(table, "universality_test", systems=sources, fits=calls, **record))


def _outputs(jobs: list[Job], n_jobs: int, bar: tqdm) -> list[Any]:
    """The outputs of all jobs, in their order; the bar names the job that was done last."""
    results: list[Any] = []
    for output in Parallel(n_jobs, return_as="generator")(delayed(_without_warnings)(*job[1:]) for job in jobs):
        bar.set_description(jobs[len(results)][0])
        bar.update()
        results.append(output)
    return results


def _without_warnings(work: Callable[..., Any], arguments: tuple) -> Any:
    """The output of one job; that conditions are few, or fits open, is said system by system and not by warnings."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NeurounivWarning)
        return work(*arguments)


def _fit_and_comparison(learner: Learner, laws: Mapping[str, Any], settings: dict[str, Any]) -> tuple[Any, xr.Dataset]:
    """The law fitted to all of a system, and the comparison on what is held out of it."""
    fit = fitted_quietly(next(iter(laws.values())), learner.traj)
    return fit, compare(laws, learner.traj, learner.split, progress=False, **settings)


def _need_errors(laws: list[str], resamples: int) -> None:
    check_inference(laws, resamples, None, "max")
    if resamples == 0:
        raise InputError("An answer needs errors of differences. Give resamples, a number such as 300.")


def _laws(law: Any, rivals: list[str]) -> dict[str, Any]:
    """The law on trial first, then its rivals."""
    law = UniversalModel() if law is None else next(iter(named_laws(law).values()))
    unknown = [name for name in rivals if name not in RIVALS]
    first = identities({"law": law})["law"].name
    chosen = rivals_among(identities({first: law, **{name: RIVALS[name] for name in rivals if name in RIVALS}}), first)
    if unknown or not chosen:
        raise InputError(
            f"rivals are names in neurouniv.RIVALS, {list(RIVALS)}, at least one that differs from the {first} "
            f"law; got {rivals}.{did_you_mean(next(iter(unknown), None), RIVALS)}"
        )
    return {first: law, **{name: RIVALS[name]() for name in chosen}}


def _under_other_tasks(
    learner: Learner, laws: Mapping[str, Any], comparison: xr.Dataset, settings: dict[str, Any]
) -> xr.Dataset:
    return assumed_task.sensitivity(
        learner.traj, laws, next(iter(laws)), comparison, split=learner.split, **settings | {"partitions": 1}
    )


def _merged(result: xr.Dataset, parts: list[xr.Dataset]) -> xr.Dataset:
    """The comparison and all the rest as one Dataset."""
    bare_parts = [
        part.drop_vars([n for n in part.coords if n not in part.dims and not str(n).startswith("rsa_")])
        for part in parts
    ]
    return xr.merge([result, *bare_parts], join="outer", compat="no_conflicts", combine_attrs="drop").assign_attrs(
        result.attrs | {key: value for part in parts for key, value in part.attrs.items() if key == "verdict_text"}
    )
