"""What rules predict differently: the order of events, within against between classes, growth that goes on, the end."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator, Mapping

import numpy as np
import xarray as xr

from neurouniv.fitting.constants import constant_names
from neurouniv.inputs import need_dataset
from neurouniv.laws import LAWS, Law
from neurouniv.laws.all_pairs import with_all_pairs
from neurouniv.names import listed_names, public
from neurouniv.progress import progress_bar
from neurouniv.rdm.classes import same_class
from neurouniv.schema import (
    InputError,
    NeurounivWarning,
    check_trajectory,
    choices_as_outputs,
    need_free_names,
    with_history,
)  # fmt: skip
from neurouniv.tasks.origin import origin_of
from neurouniv.which_rule import events
from neurouniv.which_rule.constants import RULES, named
from neurouniv.which_rule.standard import HALVED, standard_laws, start_of_task, summed_error

OBSERVED = "observed"
SATURATED = 0.05
"""Behaviour saturates where the loss has fallen to this share of its first."""
TIMES = 241
"""How many times a standard course has."""
UNIT = "half-lives of the loss"
COURSES = "loss", "euclidean", "correlation", "between", "within"
NUMBERS = (
    "half_loss", "half_euclidean", "half_correlation", "lead", "within_per_between", "growth_after", "like_start",
    "like_inputs", "like_targets",
)  # fmt: skip
WORDS = {
    "loss": "summed squared error, as a share of the first",
    "euclidean": "progress of squared distances between classes, from the first to the last",
    "correlation": "progress of correlation distances between classes, from the first to the last",
    "between": "mean squared distance between classes, in units of its first",
    "within": "mean squared distance within classes, in units of the first between classes",
    "half_loss": "when the loss is half of its first",
    "half_euclidean": "when squared distances between classes are half way",
    "half_correlation": "when correlation distances between classes are half way",
    "lead": "`half_euclidean` over `half_correlation`: above 1, correlation distances lead",
    "within_per_between": "change of `within` over change of `between`",
    "growth_after": "change of the mean squared distance after the loss is at 5 %, over that until then",
    "like_start": "correlation of the end with the start",
    "like_inputs": "correlation of the end with dx2",
    "like_targets": "correlation of the end with dy2",
}


@public
def rule_signatures(
    data: xr.Dataset,
    rules: Iterable[str] | None = None,
    *,
    gain: float = 0.3,
    until: float = 20.0,
    sizes: Mapping[str, Mapping[str, float]] | None = None,
    progress: bool | None = None,
) -> xr.Dataset:
    """What the law of each learning rule predicts of a task, or of data that it was fitted to, as numbers with names.

    Of a task, all rules start as one wide linear network does, with squared distances 2 gain^2 dx2, a decoder of the
    same gain, feedback weights of gain 1 and no outputs, and learn at equal rates of encoder and decoder. Time is in
    units of that in which the rule itself halves the loss. Constants of one rule alone have a size that is seen but
    does not keep it from learning (`neurouniv.which_rule.standard.SIZES`).

    Of a trajectory, each law is fitted to it, and beside what it predicts at the frames that there are, in the row
    "observed", stands what the data show. These numbers have no intervals: how far they scatter, other members tell.

    Parameters
    ----------
    data : a task, or a trajectory (..., time, pair).
    rules : names of laws, "universal" (backprop) and others; default all that need no more than the data have.
    gain : of a task, the size of the first weights, as in `neurouniv.train`.
    until : of a task, how long learning is followed, in times that the loss takes to halve.
    sizes : of a task, other sizes of constants, by rule and name, such as {"weight_decay": {"decay": 0.3}}: how much
        the constant does in the time in which backprop halves the loss.
    progress : show a progress bar; default at a terminal, where the work is long.

    Returns
    -------
    Dataset over `rule`, of courses (rule, ..., time): `loss`, as a share of the first; `euclidean` and `correlation`,
    how far the squared and the correlation distances between classes have come on the way from their first to their
    last, 0 to 1 (the change, projected on the whole change); `between` and `within`, mean squared distances of
    conditions of different and of one class, in units of the first between. Classes are those of the task, else
    conditions that share a target; where there are none, all pairs are between. Correlation distance is
    1 - g_ij / sqrt(g_ii g_jj), with G the centred Gram matrix: of patterns whose mean over conditions is taken out, not
    that over units as for Pearson's distance.

    Numbers (rule, ...): `half_loss`, `half_euclidean` and `half_correlation`, when these courses are half way; `lead`,
    half_euclidean / half_correlation since the start, above 1 where correlation distances lead; `within_per_between`,
    the change of `within` over that of `between`, below 0 where classes draw together as they part; `growth_after`, the
    change of the mean squared distance after the loss has come to 5 % of its first, over its change until then, below 0
    where distances shrink back; `like_start`, `like_inputs`, `like_targets`, how the law's end at infinite time (of
    "observed" the last frame) correlates over pairs with the first distances, dx2 and dy2. Also the constants of the
    laws, and `note` (rule), why numbers are NaN. Of a trajectory also `r2` (rule, ...) of each fit.

    Raises
    ------
    InputError : a rule that there is not, a task of less than three conditions or that no linear network learns,
        numbers out of range, or a trajectory that cannot be fitted.

    Examples
    --------
    >>> from neurouniv import tasks
    >>> signs = rule_signatures(tasks.digits(per_class=2), rules=["universal", "feedback_alignment"])
    >>> when = signs.half_euclidean
    >>> bool(when.sel(rule="feedback_alignment") < 1 < when.sel(rule="universal"))        # of the loss it is 1
    True
    """
    need_dataset(data, "A course of every rule", "Give a task (`neurouniv.tasks`) or a trajectory.")
    names = _rules(rules, data)
    if "h" in data:
        if gain != 0.3 or until != 20.0 or sizes:
            raise InputError("gain, until and sizes need a task; a trajectory has its own constants and times.")
        result = _of_trajectory(data, names, progress)
    else:
        result = _of_task(data, names, gain, until, dict(sizes or {}), progress)
    for name, text in WORDS.items():
        result[name].attrs["long_name"] = text
    return with_history(result, "rule_signatures", source=data, rules=list(names), gain=gain, until=until)


def _rules(rules: Iterable[str] | None, data: xr.Dataset) -> tuple[str, ...]:
    """The names of the laws, once each."""
    known = (*RULES, "identity", "exposure")
    if rules is None:
        return known if "trials" in data else known[:-1]
    return tuple(named(name, known) for name in listed_names(rules, "rules"))


def _of_task(
    task: xr.Dataset,
    names: tuple[str, ...],
    gain: float,
    until: float,
    sizes: Mapping[str, Mapping[str, float]],
    progress: bool | None,
) -> xr.Dataset:
    if not (np.isfinite([gain, until]).all() and gain > 0 and until > 1):
        raise InputError(
            f"gain is above 0 and until above 1, the time that the loss takes to halve; got {gain}, {until}."
        )
    if "exposure" in names:
        raise InputError("The exposure law needs numbers of trials, which a task has not. Leave it out of `rules`.")
    if unknown := sorted(set(sizes) - set(names)):
        raise InputError(f"`sizes` are of rules among {', '.join(names)}; got {unknown}.")
    start = start_of_task(task, gain)
    time, rows = np.linspace(0.0, until, TIMES), []
    for law in _shown(standard_laws(names, start, gain, sizes), len(names), progress):
        note = "" if law.constants_.attrs[HALVED] else "the loss is never halved, and time is in units of backprop's"
        rows.append(_row(law.predict(start, time), start, law.final_structure(start), law, note))
    result = _together(rows, names)
    result["time"].attrs = {"units": UNIT, "axis": "learning"}
    return result.assign_attrs(gain=gain)


def _of_trajectory(traj: xr.Dataset, names: tuple[str, ...], progress: bool | None) -> xr.Dataset:
    note = "the end is the last frame" + ("; the loss is of mean choices" if "choices" in traj else "")
    need_free_names(check_trajectory(traj)["h"].dims, ("rule", "loss", "note"), "A course of every rule")
    traj = with_all_pairs(choices_as_outputs(traj))[0]
    rows = [_row(traj, traj, traj["h"].isel(time=-1, drop=True), None, note)]
    for law in _shown((LAWS[name]() for name in names), len(names), progress):
        with warnings.catch_warnings():  # what a fit has to say is in `note`
            warnings.simplefilter("ignore", NeurounivWarning)
            law.fit(traj)
        messages = np.unique(law.constants_["message"].values[~law.constants_["identified"].values])
        row = _row(law.predict(traj), traj, law.final_structure(traj), law, " ".join(messages).removesuffix("."))
        rows.append(row.assign(r2=law.score(traj)["h"]))
    result = _together(rows, (OBSERVED, *names))
    result["time"].attrs = dict(traj["time"].attrs)
    return result.assign_attrs(origin_of(traj))


def _shown(laws: Iterable[Law], total: int, progress: bool | None) -> Iterator[Law]:
    with progress_bar(total, "laws", progress, "law") as bar:
        for law in laws:
            yield law
            bar.update()


def _row(movie: xr.Dataset, start: xr.Dataset, end: xr.DataArray, law: Law | None, note: str) -> xr.Dataset:
    """Courses and numbers of one rule, or of what was observed.

    Parameters
    ----------
    movie : h, and where they are known y and w, (..., time, pair).
    start : a trajectory whose first frame is the start, with its task.
    end : (..., pair), not finite where there is none.
    note : what else is to be said.
    """
    h, same = movie["h"].transpose(..., "time", "pair"), same_class(start)
    if bool(end.isnull().any()):
        end = end.fillna(h.isel(time=-1, drop=True))
        note = "; ".join(filter(None, [note, "the law could not be followed to its end, which is the last time here"]))
    time = movie["time"].values.astype(float)
    courses = _courses(movie, h, same)
    numbers = {f"half_{name}": _passed(courses[name], time, 0.5) for name in ("loss", "euclidean", "correlation")}
    lead = (numbers["half_euclidean"] - time[0]) / (numbers["half_correlation"] - time[0])
    numbers["lead"] = lead.where(np.isfinite(lead))
    numbers["within_per_between"] = _change(courses["within"]) / _change(courses["between"])
    saturated = _passed(courses["loss"], time, SATURATED)
    size = h.mean("pair")
    reached = _at(size, time, saturated)
    numbers["growth_after"] = (size.isel(time=-1, drop=True) - reached) / (reached - size.isel(time=0, drop=True))
    first = start["h"].isel(time=0, drop=True)
    for name, other in (("like_start", first), ("like_inputs", start["dx2"]), ("like_targets", start["dy2"])):
        numbers[name] = xr.apply_ufunc(events.alike, *_alone(end, other), input_core_dims=[["pair"], ["pair"]])
    constants = {} if law is None else {name: law.constants_[name] for name in constant_names(law.constants_)}
    row = xr.Dataset({name: _bare(array) for name, array in (courses | numbers | constants).items()})
    reasons = _reasons(numbers, "w" in movie, same is not None, end)
    return row.assign(note="; ".join(filter(None, [note, *reasons])))


def _courses(movie: xr.Dataset, h: xr.DataArray, same: np.ndarray | None) -> dict[str, xr.DataArray]:
    """The courses (..., time); NaN where outputs were not seen, or no two conditions are of one class."""
    correlation = xr.apply_ufunc(
        events.correlation_distances, h, input_core_dims=[["pair"]], output_core_dims=[["pair"]], keep_attrs=False
    )
    apart = np.arange(h.sizes["pair"]) if same is None else np.flatnonzero(~same)
    unseen = h.isel(pair=0, drop=True) * np.nan
    loss = summed_error(movie) if "w" in movie else unseen
    between = h.isel(pair=apart).mean("pair")
    unit = between.isel(time=0, drop=True)
    return {
        "loss": loss / loss.isel(time=0, drop=True),
        "euclidean": _way(h.isel(pair=apart)),
        "correlation": _way(correlation.isel(pair=apart)),
        "between": between / unit,
        "within": unseen if same is None else h.isel(pair=np.flatnonzero(same)).mean("pair") / unit,
    }


def _way(movie: xr.DataArray) -> xr.DataArray:
    return xr.apply_ufunc(events.progress, movie, input_core_dims=[["time", "pair"]], output_core_dims=[["time"]])


def _change(course: xr.DataArray) -> xr.DataArray:
    return course.isel(time=-1, drop=True) - course.isel(time=0, drop=True)


def _passed(course: xr.DataArray, time: np.ndarray, level: float) -> xr.DataArray:
    """When a course first comes to `level`."""
    return xr.apply_ufunc(
        lambda values: events.passage(values, time, np.full(values.shape[:-1], level)),
        course,
        input_core_dims=[["time"]],
    )


def _at(course: xr.DataArray, time: np.ndarray, when: xr.DataArray) -> xr.DataArray:
    """The course at a time of each member's own, along a line between frames."""
    return xr.apply_ufunc(
        lambda values, at: events.read(values, time, at), course, when, input_core_dims=[["time"], []]
    )


def _reasons(numbers: Mapping[str, xr.DataArray], has_outputs: bool, has_classes: bool, end: xr.DataArray) -> list[str]:
    """Why numbers are NaN, in words; `end` is not finite where there is none."""
    outputs = "outputs were not recorded" if not has_outputs else ""
    classes = "no two conditions are of one class, or all are" if not has_classes else ""
    ends = "distances never stop growing" if bool(np.isinf(end).any()) else ""
    why = {
        "half_loss": outputs or "the loss is never halved", "growth_after": outputs or "the loss never falls to 5 %",
        "within_per_between": classes, "like_start": ends, "like_inputs": ends,
        "like_targets": ends, "lead": "one of the two times does not exist",
    }  # fmt: skip
    reasons: dict[str, list[str]] = {}
    for name, number in numbers.items():
        missing = number.isnull()
        if bool(missing.any()):
            text = why.get(name) or "there is no change or no variation"
            reasons.setdefault(text if bool(missing.all()) else f"{text}, of some members", []).append(name)
    return [f"{', '.join(names)}: {text}" for text, names in reasons.items()]


def _alone(*arrays: xr.DataArray) -> tuple[xr.DataArray, ...]:
    """Arrays over pairs in one order, without labels that differ."""
    return tuple(array.drop_vars([name for name in array.coords if "pair" in array[name].dims]) for array in arrays)


def _bare(array: xr.DataArray) -> xr.DataArray:
    """Without the labels of pairs, and of single times."""
    gone = [name for name in array.coords if "pair" in array[name].dims or (name == "time" and not array["time"].ndim)]
    return array.drop_vars(gone).drop_attrs()


def _together(rows: list[xr.Dataset], names: tuple[str, ...]) -> xr.Dataset:
    """One row a rule; NaN are the constants that a rule has not."""
    return xr.concat(rows, "rule", coords="minimal", compat="override", join="override").assign_coords(rule=list(names))
