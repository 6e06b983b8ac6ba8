"""Means of trials become distances, a few frames at a time, so that they stay in the cache."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from array_api_compat import array_namespace, is_numpy_array

from neurouniv.devices import full_precision, is_gpu
from neurouniv.rdm.measures import Measure
from neurouniv.rdm.measures.pairs import whitened
from neurouniv.rdm.movie.repeats import over_folds
from neurouniv.rdm.movie.threads import in_threads
from neurouniv.rdm.representable import Place, need_representable, tell_outweighed
from neurouniv.schema import pair_indices

FRAMES, GATHERED = 2**17, 2**21
"""Values of means that are turned at once (as many as `measures` works on at once), and gathered for regions."""
ON_CPU, ON_GPU = 2**20, 2**26
"""Values of patterns without folds that are made double at once; and of anything on a GPU, enough to fill it and half a
gigabyte of its memory."""
PIECE = 2**13
"""Values that are copied at once where they are turned."""
LEAST = 8
"""Frames that are turned at once at least: neighbours in memory come together."""


@dataclass(frozen=True)
class Part:
    """Blocks and regions that are computed in one batch: as many channels in each, and the same ones recorded.

    Attributes
    ----------
    blocks : (block,) which blocks.
    regions : (region,) the places of the regions in the result.
    channels : (region, k) the channels of each.
    precision : (region, k, k) of the noise, or (region, block, fold or 1, frame or 1, k, k) where it differs, or None;
        an array, or what gives one of a slice of regions.
    """

    blocks: np.ndarray
    regions: np.ndarray
    channels: np.ndarray
    precision: Any = None


@dataclass(frozen=True)
class Recipe:
    """How distances are computed from means, with NumPy on the CPU or with torch on a GPU.

    Attributes
    ----------
    measure : one of `MEASURES`.
    variance : (folds, precision, numbers of trials) -> (..., pair), or None where it is not asked for.
    with_variance : (folds, precision) -> distances and variances at once, where the measure knows both.
    counts : numbers of trials (block, fold, condition).
    weighting : of folds, as the measure knows it; "runs" where all count alike.
    device : "cpu" or the name of a device of torch.
    place : of an index of the means (block, fold, condition, channel, frame), what it is called.
    """

    measure: Measure
    variance: Callable[..., Any] | None = None
    counts: np.ndarray | None = None
    weighting: str = "runs"
    device: str = "cpu"
    with_variance: Callable[..., tuple[Any, Any]] | None = None
    place: Place = lambda index: ""

    @property
    def kinds(self) -> int:
        """How many arrays are made: distances, and variances where asked for."""
        return 1 if self.variance is None and self.with_variance is None else 2


def movie(
    averages: np.ndarray, parts: Sequence[Part], recipe: Recipe, regions: int = 1, alone: bool = True
) -> np.ndarray:
    """Distances, and their variances where asked for, of means (block, fold, condition, channel, ...).

    Parameters
    ----------
    regions : how many there are.
    alone : whether threads may be used; not so where this is itself one of many jobs at a time.

    Returns
    -------
    (1 or 2, region, block, ..., pair): distances, then variances; NaN where a region has no channels in a block.

    Raises
    ------
    InputError : the measure cannot have such activity, or double precision cannot hold what it gives.
    """
    recipe.measure.check(averages)
    blocks, _, conditions, _, *others = averages.shape
    averages = averages.reshape(*averages.shape[:4], -1)
    frames, pairs = averages.shape[-1], len(pair_indices(conditions)[0])
    distances = np.empty((recipe.kinds, regions, blocks, frames, pairs))
    if sum(len(part.regions) * len(part.blocks) for part in parts) < regions * blocks:
        distances.fill(np.nan)

    def work(job: tuple[Part, slice]) -> None:
        part, span = job
        with np.errstate(over="ignore", invalid="ignore"):  # what is not finite is refused below
            for place, arrays in _computed(averages, part, span, recipe):
                index = _index(place, part.blocks, np.arange(frames)[span])
                for kind, values in enumerate(arrays):
                    _write(values, distances[kind], index)

    jobs = [(part, span) for part in parts for span in _spans(averages, recipe.device)]
    with full_precision(recipe.device):
        if alone and recipe.device == "cpu":
            in_threads(work, jobs)
        else:
            for job in jobs:
                work(job)
    _need_representable(distances, averages, recipe)
    return distances.reshape(*distances.shape[:3], *others, pairs)


def _need_representable(distances: np.ndarray, averages: np.ndarray, recipe: Recipe) -> None:
    power = recipe.measure.power
    if power:
        need_representable(distances[0], averages, "activity", power, axis=2, place=recipe.place)
        tell_outweighed(
            averages,
            lambda: np.moveaxis(np.nanmax(np.abs(averages), axis=(1, 3), initial=0.0), 1, -1),
            "activity",
            lambda frame, condition: recipe.place((frame[0], 0, condition)),
        )
        if recipe.kinds == 2:
            remedy = " Or leave variances out: variance=False."
            need_representable(distances[1], averages, "activity", 4, axis=2, place=recipe.place, remedy=remedy)


def _index(*places: np.ndarray) -> tuple:
    """The index of the grid of `places`, as slices where they are runs of neighbours."""
    if all(len(place) and np.array_equal(place, np.arange(place[0], place[0] + len(place))) for place in places):
        return tuple(slice(place[0], place[0] + len(place)) for place in places)
    return np.ix_(*places)


def _computed(
    averages: np.ndarray, part: Part, span: slice, recipe: Recipe
) -> Iterator[tuple[np.ndarray, list[np.ndarray]]]:
    """Regions, and their distances and variances (region, block, frame, pair), of some frames."""
    counts = None if recipe.counts is None else recipe.counts[part.blocks]
    is_single = len(part.regions) == 1
    turned = _turned(averages, part, span, recipe.device)
    for some in _some_regions(part, turned, recipe.device):
        patterns = _gathered(turned, None if is_single else part.channels[some])
        patterns, precision = _with_noise(patterns, part, some, span, recipe.device)
        yield part.regions[some], _measured(patterns, precision, counts, recipe)


def _with_noise(patterns: Any, part: Part, some: slice, span: slice, device: str) -> tuple[Any, Any]:
    """Patterns (region, frame, block, fold, condition, k), and the precision that is still to be used.

    One precision of all is left to the measure, and so are those of runs (region, frame or 1, block, fold, k, k), which
    meet in pairs; where else it differs, patterns are whitened here.
    """
    if part.precision is None:
        return patterns, None
    noise = part.precision[some]
    if noise.ndim == 3:
        noise = _sent(noise, device)
        if len(part.regions) == 1:
            return patterns, noise[0]
        return whitened(patterns, noise[:, None, None, None]), None
    noise = np.moveaxis(noise[:, :, :, span] if noise.shape[3] > 1 else noise, 3, 1)
    if noise.shape[3] > 1:
        return patterns, _sent(noise, device)
    return whitened(patterns, _sent(noise[:, :, :, 0], device)), None


def _spans(averages: np.ndarray, device: str) -> Iterator[slice]:
    """Frames that are worked on at once."""
    step = max(LEAST, (ON_GPU if is_gpu(device) else FRAMES) // max(1, averages[..., 0].size))
    for start in range(0, averages.shape[-1], step):
        yield slice(start, min(start + step, averages.shape[-1]))


def _turned(averages: np.ndarray, part: Part, span: slice, device: str) -> Any:
    """The means of some frames (frame, block, condition, fold, channel), contiguous, on the device."""
    channels = part.channels[0] if len(part.regions) == 1 else slice(None)
    if isinstance(channels, np.ndarray) and np.array_equal(channels, np.arange(averages.shape[3])):
        channels = slice(None)
    every = len(part.blocks) == len(averages)
    here = averages[..., span] if every else averages[part.blocks][..., span]
    here = _sent(here[:, :, :, channels], device)
    turned = array_namespace(here).permute_dims(here, (4, 0, 2, 1, 3))
    return _copied(turned) if is_numpy_array(turned) else turned.contiguous()


def _copied(turned: np.ndarray) -> np.ndarray:
    """A contiguous copy of (frame, block, condition, fold, channel), some conditions at a time: neighbouring frames
    share lines of memory, which stay in the nearest cache for so few values."""
    copy = np.empty(turned.shape, turned.dtype)
    step = max(1, PIECE // max(1, turned[:, :, 0].size))
    for start in range(0, turned.shape[2], step):
        copy[:, :, start : start + step] = turned[:, :, start : start + step]
    return copy


def _some_regions(part: Part, turned: Any, device: str) -> Iterator[slice]:
    """Slices of the regions, of which as many are gathered at once as memory should hold."""
    count, k = part.channels.shape
    room = ON_GPU if is_gpu(device) else GATHERED
    step = max(1, int(room / max(1, math.prod(turned.shape[:-1]) * k)))
    for start in range(0, count, step):
        yield slice(start, start + step)


def _gathered(turned: Any, channels: np.ndarray | None) -> Any:
    """(frame, block, condition, fold, channel) and (region, k) -> (region, frame, block, fold, condition, k).

    Contiguous in the order (..., condition, fold, k), so that folds lie side by side.
    """
    if channels is None:
        return turned.swapaxes(-2, -3)[None]
    xp = array_namespace(turned)
    return _contiguous(xp.moveaxis(turned[..., channels], -2, 0)).swapaxes(-2, -3)


def _contiguous(array: Any) -> Any:
    return np.ascontiguousarray(array) if is_numpy_array(array) else array.contiguous()


def _measured(patterns: Any, precision: Any, counts: np.ndarray | None, recipe: Recipe) -> list[Any]:
    """The distances (region, block, frame, pair), and the variances, of (region, frame, block, fold, condition, k)."""
    measure, options, rows = recipe.measure, {}, patterns
    if measure.crossvalidated and recipe.weighting != "runs":
        options = {"weights": counts, "weighting": recipe.weighting}
    elif not measure.crossvalidated:
        is_single = patterns.shape[-3] == 1
        rows = patterns[..., 0, :, :] if is_single else over_folds(patterns, _sent(counts, recipe.device))
    if recipe.with_variance is not None:
        arrays = list(recipe.with_variance(patterns, precision))
    else:
        arrays = [measure.distances(rows, precision, **options)]
    if recipe.variance is not None:
        arrays.append(recipe.variance(patterns, precision, counts))
    return [_contiguous(each.swapaxes(1, 2)) if is_gpu(recipe.device) else each.swapaxes(1, 2) for each in arrays]


def _sent(array: np.ndarray | None, device: str) -> Any:
    """`array` where it is computed on: itself on the CPU, else a tensor of torch."""
    if device == "cpu" or array is None:
        return array
    import torch

    return torch.as_tensor(array, device=device)


def _returned(array: Any) -> np.ndarray:
    return np.asarray(array.cpu() if hasattr(array, "cpu") else array)


def _write(values: Any, target: np.ndarray, index: tuple) -> None:
    """Put what was computed in its place; from a GPU straight there, for new memory is slow to fill twice."""
    if is_numpy_array(values) or not all(isinstance(part, slice) for part in index):
        target[index] = _returned(values)
        return
    import torch

    torch.from_numpy(target[index]).copy_(values)


def of_patterns(
    patterns: np.ndarray, distances: Callable[..., Any], precision: np.ndarray | None = None, device: str = "cpu"
) -> np.ndarray:
    """Distances (..., pair), in double precision, of `patterns` (..., condition, channel) without folds.

    Frames are sent to the device and made double a few at a time, so that single precision takes single memory.
    """
    pairs = len(pair_indices(patterns.shape[-2])[0])
    frames, precision = patterns.reshape(-1, *patterns.shape[-2:]), _sent(precision, device)
    result = np.empty((len(frames), pairs))
    step = max(1, (ON_GPU if is_gpu(device) else ON_CPU) // max(1, frames[:1].size))
    with full_precision(device):
        for start in range(0, len(frames), step):
            some = slice(start, start + step)
            result[some] = _returned(distances(_double(_sent(frames[some], device)), precision))
    return result.reshape(*patterns.shape[:-2], pairs)


def _double(array: Any) -> Any:
    return array_namespace(array).astype(array, array_namespace(array).float64, copy=False)
