"""Choices: what an observer sees of a learner's outputs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from neurouniv.schema import InputError

SHARPNESS = 8.0


@dataclass(frozen=True)
class Choices:
    """`options` (option, output), the different targets; `probability` (session, condition, option) of each; and
    `chosen` (trial,), the option of every trial."""

    options: np.ndarray
    probability: np.ndarray
    chosen: np.ndarray

    @property
    def outputs(self) -> np.ndarray:
        """The chosen targets (trial, output): their means estimate the predictions."""
        return self.options[self.chosen]


def choices(
    outputs: np.ndarray, targets: np.ndarray, cell: tuple[np.ndarray, np.ndarray], rng: np.random.Generator,
    sharpness: float = SHARPNESS,
) -> Choices:  # fmt: skip
    """Choices between the different targets, by a softmax of how near the outputs are to each.

    The log odds of two options are `sharpness` times the difference of their squared distances to the output, in units
    of the mean squared distance between options; with two options this is a logistic psychometric curve.

    Parameters
    ----------
    outputs : (session, condition, output). targets : (condition, output). cell : session and condition of each trial.

    Examples
    --------
    >>> outputs, targets = np.array([[[0.5], [0.5]], [[0.0], [1.0]]]), np.array([[0.0], [1.0]])
    >>> made = choices(outputs, targets, (np.array([1]), np.array([0])), np.random.default_rng(0))
    >>> made.probability.round(4).tolist(), made.chosen.tolist()
    ([[[0.5, 0.5], [0.5, 0.5]], [[0.9997, 0.0003], [0.0003, 0.9997]]], [0])
    """
    options = np.unique(targets, axis=0)
    if len(options) < 2:
        raise InputError("Behaviour needs targets that differ; all are the same.")
    with np.errstate(over="ignore"):
        apart = ((options[:, None] - options) ** 2).sum(-1).sum() / (len(options) * (len(options) - 1))
    if not 0 < apart < np.inf:
        raise InputError(
            f"Behaviour needs targets whose differences double precision can square; got up to "
            f"{np.abs(targets).max():.3g}. Give targets in another unit."
        )
    logits = -sharpness * ((outputs[..., None, :] - options) ** 2).sum(-1) / apart
    odds = np.exp(logits - logits.max(axis=-1, keepdims=True))
    probability = odds / odds.sum(axis=-1, keepdims=True)
    drawn = rng.random((len(cell[0]), 1))
    chosen = (drawn > probability.cumsum(axis=-1)[cell][:, :-1]).sum(axis=1)
    return Choices(options, probability, chosen)
