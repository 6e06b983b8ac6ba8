"""Whose noise has a precision of its own: sessions or runs, and what runs have together."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from neurouniv.rdm.movie.cells import Cells


def units_of(runs: Cells, noise_by: str | None) -> Cells:
    """`runs`, whose folds are runs, with every run as a block of its own where `noise_by` is "run".

    Examples
    --------
    >>> zeros = np.zeros(4, dtype=int)
    >>> runs = Cells(zeros, np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1]), None, np.array([7]), np.array(["a", "b"]))
    >>> units_of(runs, "run").block.tolist(), units_of(runs, "session").block.tolist()
    ([0, 0, 1, 1], [0, 0, 0, 0])
    """
    if noise_by != "run":
        return runs
    blocks, folds, _ = runs.shape
    unit = runs.block * folds + runs.fold
    return replace(runs, block=unit, fold=np.zeros_like(unit), subjects=None, sessions=np.arange(blocks * folds))


def over_runs(precisions: np.ndarray, runs: Cells) -> np.ndarray:
    """The precision of a mean over the runs of each block: the inverse of the mean of their covariances.

    (block, fold, frame, channel, channel) to (block, 1, frame, channel, channel); of the runs that a block has.

    Examples
    --------
    >>> zeros = np.zeros(2, dtype=int)
    >>> runs = Cells(zeros, np.array([0, 1]), zeros, None, np.array([0]), np.array(["a"]))
    >>> over_runs(np.array([1.0, 1 / 3]).reshape(1, 2, 1, 1, 1), runs).ravel().tolist()
    [0.5]
    """
    there = (runs.counts.sum(axis=-1) > 0).astype(float)
    there[there.sum(axis=1) == 0] = 1.0  # a session that a subject lacks
    share = (there / there.sum(axis=1, keepdims=True))[..., None, None, None]
    return np.linalg.inv((np.linalg.inv(precisions) * share).sum(axis=1, keepdims=True))
