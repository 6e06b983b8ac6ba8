"""Stimuli and targets: what a learner is asked. Every task is a Dataset.

`stimuli` (condition, feature) and `targets` (condition, output), with the names of the conditions as the
coordinate `condition`; attributes `name`, `seed` (where chance had a part) and `history`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr

from neurouniv.schema import InputError, check_task, with_history


def two_points(dx2: float = 1.0, dy2: float = 0.5) -> xr.Dataset:
    """Two stimuli a squared distance `dx2` apart, with targets `dy2` apart.

    One feature, -1 and -1 + sqrt(dx2); one output, .6 and .6 + sqrt(dy2): the setting of van Rossem & Saxe
    (2024), section 3.

    Raises
    ------
    InputError : dx2 is not positive, or dy2 is negative.

    Examples
    --------
    >>> two_points().stimuli.values.tolist()
    [[-1.0], [0.0]]
    """
    if not (np.isfinite(dx2) and dx2 > 0):
        raise InputError(f"two_points needs a positive dx2, the squared distance of the stimuli; {dx2!r} came.")
    if not (np.isfinite(dy2) and dy2 >= 0):
        raise InputError(f"two_points needs dy2 >= 0, the squared distance of the targets; {dy2!r} came.")
    stimuli = [[-1.0], [-1.0 + dx2**0.5]]
    targets = [[0.6], [0.6 + dy2**0.5]]
    return _task("two_points", stimuli, targets, ["A", "B"], dx2=dx2, dy2=dy2)


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


def digits(per_class: int = 3, seed: int = 0) -> xr.Dataset:
    """Handwritten digits: `per_class` of each, 8x8 pixels in [0, 1], with one-hot targets.

    Conditions are named digit_number ("3_1" is the first three) and sorted by digit; coordinates `label`
    (condition), the digit, and `example` (condition), its row in `sklearn.datasets.load_digits`. With the same
    seed, fewer per class are the first of more.

    Raises
    ------
    InputError : per_class is not a whole number from 1 to 174, the size of the rarest class.

    Examples
    --------
    >>> task = digits(per_class=2, seed=0)
    >>> dict(task.sizes), task.condition.values[:3].tolist()
    ({'condition': 20, 'feature': 64, 'output': 10}, ['0_1', '0_2', '1_1'])
    """
    from sklearn.datasets import load_digits

    pixels, digit = load_digits(return_X_y=True)
    most = int(np.bincount(digit).min())
    if not isinstance(per_class, int | np.integer) or not 1 <= per_class <= most:
        raise InputError(f"digits needs per_class, a whole number from 1 to {most}; {per_class!r} came.")
    rng = np.random.default_rng(seed)
    rows = np.concatenate([rng.permutation(np.flatnonzero(digit == d))[:per_class] for d in range(10)])
    names = [f"{d}_{k + 1}" for d in range(10) for k in range(per_class)]
    made = _task("digits", pixels[rows] / 16.0, np.eye(10)[digit[rows]], names, per_class=int(per_class), seed=seed)
    return made.assign_coords(label=("condition", digit[rows]), example=("condition", rows))


def from_arrays(stimuli: Any, targets: Any, condition: Sequence[Any] | None = None) -> xr.Dataset:
    """A task of your own: `stimuli` (condition, feature), `targets` (condition, output), names of the conditions.

    Without `condition`, names are those of a labelled `stimuli` (an xarray.DataArray) or else "0", "1", ...
    Labelled stimuli and targets are joined by name, never by order.

    Raises
    ------
    InputError : not two numeric, finite arrays of two dimensions and equally many (at least 2) conditions, or
        names that are too few, too many or repeated.

    Examples
    --------
    >>> task = from_arrays([[0.0, 1.0], [1.0, 0.0]], [[0.0], [1.0]], condition=["house", "face"])
    >>> task.targets.sel(condition="face").item()
    1.0
    """
    if condition is None and _is_labelled(stimuli):
        condition = stimuli["condition"].to_numpy()
    if _is_labelled(stimuli) and _is_labelled(targets):
        targets = _in_order_of(stimuli, targets)
    stimuli, targets = _matrix(stimuli, "stimuli", "feature"), _matrix(targets, "targets", "output")
    if len(stimuli) != len(targets):
        raise InputError(
            f"A task needs one target for every stimulus; {len(stimuli)} stimuli and {len(targets)} targets came."
        )
    if len(stimuli) < 2:
        raise InputError(f"A task needs at least 2 conditions, to have a pair; {len(stimuli)} came.")
    return _task("from_arrays", stimuli, targets, _names(condition, len(stimuli)))


def _task(name: str, stimuli: Any, targets: Any, condition: list[str], **settings: Any) -> xr.Dataset:
    made = xr.Dataset(
        {"stimuli": (("condition", "feature"), np.asarray(stimuli)), "targets": (("condition", "output"), targets)},
        coords={"condition": condition},
        attrs={"name": name} | {key: settings[key] for key in ("seed",) if key in settings},
    )
    return with_history(check_task(made), "task", name=name, **settings)


def _is_labelled(array: Any) -> bool:
    return isinstance(array, xr.DataArray) and "condition" in array.coords


def _in_order_of(stimuli: xr.DataArray, targets: xr.DataArray) -> xr.DataArray:
    names, others = stimuli["condition"].values.tolist(), targets["condition"].values.tolist()
    if set(names) != set(others):
        raise InputError(
            f"Stimuli and targets are joined by the names of their conditions; {sorted(set(names) - set(others))} "
            f"have no target and {sorted(set(others) - set(names))} no stimulus."
        )
    _names(others, len(others))
    return targets.sel(condition=names)


def _matrix(values: Any, what: str, second: str) -> np.ndarray:
    """`values` as a float array of two dimensions; what is not finite is told by `check_task`."""
    if isinstance(values, xr.DataArray) and "condition" in values.dims:
        values = values.transpose("condition", ...)
    try:
        array = np.asarray(values)
        matrix = array.astype(float) if array.dtype.kind in "biuf" else None
    except ValueError:
        matrix = None
    if matrix is None:
        raise InputError(f"A task needs {what} of real numbers in rows of one length; {_shown(values)} came.")
    if matrix.ndim != 2 or matrix.shape[1] == 0:
        remedy = f" Use `{what}[:, None]` for one {second}." if matrix.ndim == 1 else ""
        raise InputError(f"A task needs {what} of shape (condition, {second}); shape {matrix.shape} came.{remedy}")
    return matrix


def _names(condition: Sequence[Any] | None, count: int) -> list[str]:
    """The conditions' names as text; padded numbers where none were given, so that they sort as they stand."""
    if condition is None:
        return [f"{k:0{len(str(count - 1))}d}" for k in range(count)]
    names = [str(name) for name in condition]
    if len(names) != count:
        raise InputError(f"A task of {count} conditions needs {count} names; {len(names)} came.")
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise InputError(f"Conditions are joined by name, so every name is used once; {repeated} come more than once.")
    return names


def _shown(values: Any) -> str:
    text = repr(values)
    return text if len(text) <= 60 else f"{text[:57]}..."
