"""Stimuli and targets: what a learner is asked. Every task is a Dataset.

`stimuli` (condition, feature) and `targets` (condition, output), with the names of the conditions as the
coordinate `condition`; attributes `name`, `seed` (where chance had a part) and `history`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import xarray as xr

from neurouniv.got import got
from neurouniv.label_text import label_text
from neurouniv.names import one_of, public
from neurouniv.quantities import is_number, need_seed, need_whole, shown
from neurouniv.schema import InputError, check_task, some, with_history
from neurouniv.task_parts import need_names

ROUNDED = 1e-6
"""A squared distance may differ from what was asked for by this share. A convention: far above rounding."""


@public
def two_points(dx2: float = 1.0, dy2: float = 0.5) -> xr.Dataset:
    """Two stimuli a squared distance `dx2` apart, with targets `dy2` apart.

    One feature, -1 and -1 + sqrt(dx2); one output, .6 and .6 + sqrt(dy2): the setting of van Rossem & Saxe
    (2024), section 3.

    Raises
    ------
    InputError : dx2 is not positive, dy2 is negative, or one of them is lost to rounding.

    Examples
    --------
    >>> two_points().stimuli.values.tolist()
    [[-1.0], [0.0]]
    """
    if not (is_number(dx2) and dx2 > 0):
        raise InputError(f"two_points needs a positive dx2, the squared distance of the stimuli; got {shown(dx2)}.")
    if not (is_number(dy2) and dy2 >= 0):
        raise InputError(f"two_points needs dy2 >= 0, the squared distance of the targets; got {shown(dy2)}.")
    stimuli, targets = _apart(-1.0, dx2, "dx2"), _apart(0.6, dy2, "dy2")
    return _task("two_points", stimuli, targets, ["A", "B"], dx2=dx2, dy2=dy2)


def _apart(first: float, squared: float, what: str) -> list[list[float]]:
    """Two rows of one number, `first` and another at the squared distance."""
    second = first + float(squared) ** 0.5
    if abs((second - first) ** 2 - squared) > ROUNDED * squared:
        raise InputError(
            f"two_points needs a {what} that is not lost to rounding beside the first point, {first:g}: 1e-18 or more; "
            f"got {shown(squared)}. `neurouniv.tasks.from_arrays` takes points of any size."
        )
    return [[first], [second]]


def xor() -> xr.Dataset:
    """Exclusive or: four stimuli of two signs, target +1 where the signs differ and -1 where they agree.

    Conditions are named by their signs: "--", "-+", "+-", "++".

    Examples
    --------
    >>> xor().targets.sel(condition="-+").item()
    1.0
    """
    stimuli = [[-1.0, -1.0], [-1.0, 1.0], [1.0, -1.0], [1.0, 1.0]]
    targets = [[-1.0], [1.0], [1.0], [-1.0]]
    return _task("xor", stimuli, targets, ["--", "-+", "+-", "++"])


@public
def digits(per_class: int = 3, seed: int = 0, images: str = "8x8") -> xr.Dataset:
    """Handwritten digits: `per_class` of each, pixels in [0, 1], with one-hot targets.

    Conditions are named digit_number ("3_1" is the first three) and sorted by digit; coordinates `label`
    (condition), the digit, and `example` (condition), its row in the source. With the same seed, fewer per class
    are the first of more.

    Parameters
    ----------
    images : "8x8" (`sklearn.datasets.load_digits`) or "mnist", 28x28, from MNIST's test images
        (`neurouniv.datasets.load`).

    Raises
    ------
    InputError : no such images, or MNIST is neither on disk nor reachable; per_class is not a whole number from 1 to
        the size of the rarest class (174; of MNIST's test images 892); seed is no whole number from 0 on.

    Examples
    --------
    >>> task = digits(per_class=2, seed=0)
    >>> dict(task.sizes), task.condition.values[:3].tolist()
    ({'condition': 20, 'feature': 64, 'output': 10}, ['0_1', '0_2', '1_1'])
    """
    one_of(images, _PIXELS, "images")
    pixels, digit = _PIXELS[images]()
    most = int(np.bincount(digit).min())
    per_class = need_whole(per_class, "per_class of digits", 1, most)
    rng = np.random.default_rng(need_seed(seed))
    rows = np.concatenate([rng.permutation(np.flatnonzero(digit == d))[:per_class] for d in range(10)])
    names = [f"{d}_{k + 1}" for d in range(10) for k in range(per_class)]
    settings = {"per_class": per_class, "seed": int(seed), "images": images}
    task = _task("digits", pixels[rows], np.eye(10)[digit[rows]], names, **settings)
    return task.assign_coords(label=("condition", digit[rows]), example=("condition", rows))


def _small_digits() -> tuple[np.ndarray, np.ndarray]:
    from sklearn.datasets import load_digits

    pixels, digit = load_digits(return_X_y=True)
    return pixels / 16.0, digit


def _mnist() -> tuple[np.ndarray, np.ndarray]:
    from neurouniv import datasets

    mnist = datasets.load("mnist", "test")
    return mnist["image"].values.reshape(mnist.sizes["example"], -1) / 255.0, mnist["label"].values


_PIXELS = {"8x8": _small_digits, "mnist": _mnist}
"""Pixels in [0, 1] (example, pixel) and digits (example,) of every kind of images."""


@public
def contexts(levels: int = 5) -> xr.Dataset:
    """Two contexts, two features: which feature is asked for depends on the context.

    Stimuli are the `levels` x `levels` grid of two features, evenly spaced from -1 to 1, once in each context, which
    is added as two one-hot features: (feature 1, feature 2, context A, context B). The target is feature 1 in
    context A and feature 2 in context B, so in each the other feature is irrelevant. Conditions are named by context
    and levels: "A 1,3" has the first level of feature 1 and the third of feature 2. Coordinates (condition):
    `context`, "A" or "B", `feature_1` and `feature_2`.

    Raises
    ------
    InputError : levels is not a whole number of at least 2.

    Source: the task of Flesch, Juechems, Dumbalska, Saxe & Summerfield (2022), with its two features as numbers.

    Examples
    --------
    >>> task = contexts(levels=3)
    >>> task.stimuli.sel(condition="B 1,3").values.tolist(), task.targets.sel(condition="B 1,3").item()
    ([-1.0, 1.0, 0.0, 1.0], 1.0)
    """
    levels = need_whole(levels, "levels of contexts", least=2)
    level = np.arange(levels)
    context, first, second = (grid.ravel() for grid in np.meshgrid([0, 1], level, level, indexing="ij"))
    features = np.linspace(-1.0, 1.0, levels)[np.stack([first, second], axis=1)]
    relevant = np.where(context[:, None] == 0, features[:, :1], features[:, 1:])
    letter = np.array(["A", "B"])[context]
    names = [f"{c} {i + 1},{j + 1}" for c, i, j in zip(letter, first, second, strict=True)]
    task = _task("contexts", np.hstack([features, np.eye(2)[context]]), relevant, names, levels=levels)
    coordinates = {"context": letter, "feature_1": features[:, 0], "feature_2": features[:, 1]}
    return task.assign_coords({name: ("condition", values) for name, values in coordinates.items()})


@public
def from_arrays(stimuli: Any, targets: Any, condition: Sequence[Any] | None = None) -> xr.Dataset:
    """A task of your own: `stimuli` (condition, feature), `targets` (condition, output), names of the conditions.

    Without `condition`, names are those of labelled `stimuli` (an xarray.DataArray), else of labelled `targets`, or
    else "0", "1", ... Labelled arrays are joined by name, never by order, to each other and to `condition`. Names
    become text, as those in recordings do: "45" for 45.0, without spaces around them.

    Raises
    ------
    InputError : not two numeric, finite arrays of two dimensions and equally many (at least 2) conditions, or
        names that are too few, too many, missing, repeated, or others than those of a labelled array.

    Examples
    --------
    >>> task = from_arrays([[0.0, 1.0], [1.0, 0.0]], [[0.0], [1.0]], condition=["house", "face"])
    >>> task.targets.sel(condition="face").item()
    1.0
    """
    labelled = {what: array for what, array in (("stimuli", stimuli), ("targets", targets)) if _is_labelled(array)}
    if condition is None and labelled:
        condition = next(iter(labelled.values()))["condition"].values
    names = None if condition is None else _names(condition)
    if names is not None:
        stimuli, targets = (
            _in_order_of(names, array, what) if what in labelled else array
            for what, array in (("stimuli", stimuli), ("targets", targets))
        )
    stimuli, targets = _matrix(stimuli, "stimuli", "feature"), _matrix(targets, "targets", "output")
    if len(stimuli) != len(targets):
        raise InputError(
            f"A task needs one target for every stimulus; got {len(stimuli)} stimuli and {len(targets)} targets."
        )
    if len(stimuli) < 2:
        raise InputError(f"A task needs at least 2 conditions, to have a pair; got {len(stimuli)}.")
    if names is not None and len(names) != len(stimuli):
        raise InputError(f"A task of {len(stimuli)} conditions needs {len(stimuli)} names; got {len(names)}.")
    return _task("from_arrays", stimuli, targets, _numbered(len(stimuli)) if names is None else names)


def _task(name: str, stimuli: Any, targets: Any, condition: list[str], **settings: Any) -> xr.Dataset:
    task = xr.Dataset(
        {"stimuli": (("condition", "feature"), np.asarray(stimuli)), "targets": (("condition", "output"), targets)},
        coords={"condition": condition},
        attrs={"name": name} | {key: settings[key] for key in ("seed",) if key in settings},
    )
    return with_history(check_task(task), "task", name=name, **settings)


def _is_labelled(array: Any) -> bool:
    return isinstance(array, xr.DataArray) and "condition" in array.coords and array["condition"].dims == ("condition",)


def _in_order_of(names: list[str], array: xr.DataArray, what: str) -> xr.DataArray:
    """The rows of a labelled array in the order of `names`."""
    own = _names(array["condition"].values)
    absent, unasked = sorted(set(names) - set(own)), sorted(set(own) - set(names))
    if absent or unasked:
        raise InputError(
            f"Stimuli, targets and names of a task are joined by the names of the conditions; {what} lack "
            f"{some(absent) or 'none'} and have {some(unasked) or 'none'} beside them. Call conditions alike."
        )
    place = {name: row for row, name in enumerate(own)}
    return array.isel(condition=[place[name] for name in names])


def _matrix(values: Any, what: str, second: str) -> np.ndarray:
    """`values` as a float array of two dimensions; `check_task` refuses what is not finite."""
    if isinstance(values, xr.DataArray) and "condition" in values.dims:
        values = values.transpose("condition", ...)
    if np.ma.is_masked(values):
        raise InputError(f"A task needs {what} without gaps; some are masked. Fill them, or leave the conditions out.")
    if isinstance(values, xr.Dataset):
        raise InputError(f"A task needs {what} as an array; got a Dataset. Give one of its variables.")
    try:
        array = np.asarray(values)
        matrix = array.astype(float) if array.dtype.kind in "biuf" else None
    except ValueError:
        matrix = None
    if matrix is None:
        raise InputError(f"A task needs {what} of real numbers in rows of one length; got {_short(values)}.")
    if matrix.ndim != 2 or matrix.shape[1] == 0:
        remedy = f" Use `{what}[:, None]` for one {second}." if matrix.ndim == 1 else ""
        raise InputError(f"A task needs {what} of shape (condition, {second}); got shape {matrix.shape}.{remedy}")
    return matrix


def _numbered(count: int) -> list[str]:
    """Names of conditions that have none: padded numbers, so that they sort as they stand."""
    return [f"{k:0{len(str(count - 1))}d}" for k in range(count)]


def _names(condition: Any) -> list[str]:
    """The conditions' names as text."""
    if not isinstance(condition, Iterable) or isinstance(condition, set | frozenset):
        raise InputError(f"A task needs the names of its conditions in their order, a list; got {got(condition)}.")
    given = np.ravel(condition.values).tolist() if isinstance(condition, xr.DataArray) else list(condition)
    no_name = next((name for name in given if isinstance(name, list | tuple | dict | set)), None)
    if no_name is not None:
        raise InputError(f"A task needs a text or a number for the name of a condition; got {got(no_name)}.")
    return need_names([label_text(name) for name in given])


def _short(values: Any) -> str:
    text = repr(values)
    return text if len(text) <= 60 else f"{text[:57]}..."
