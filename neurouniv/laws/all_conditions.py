"""The inputs of a law of all conditions: their start, the encoder's kernel, the targets and the exposure."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import replace
from typing import Any, Literal, Self, get_args

import numpy as np
import xarray as xr

from neurouniv.fitting.equation import Curves
from neurouniv.fitting.observed import Observed
from neurouniv.laws.law import Law
from neurouniv.schema import InputError, pair_indices
from neurouniv.theory import kernels
from neurouniv.theory.completion import carried, completed

NEEDED = "h", "dx2", "unseen"
Kernel = Literal["input", "arc_cosine", "tangent", "start", "identity"]
KERNELS = get_args(Kernel)


class AllConditionsLaw(Law):
    """A law that couples all conditions: its settings, and the arrays (element, ...) that they give.

    Parameters
    ----------
    kernel, means, depth, leak, exposure : see `neurouniv.UniversalModel`.
    """

    pairwise = False

    def __init__(
        self,
        *,
        kernel: Any = "input",
        means: bool = False,
        depth: int = 1,
        leak: float = 0.0,
        exposure: Any = None,
        **settings: Any,
    ):
        super().__init__(**settings)
        self.kernel = kernel
        self.means = means
        self.depth = depth
        self.leak = leak
        self.exposure = exposure

    def begin(self, traj: xr.Dataset) -> xr.Dataset:
        """The start of every pair; pairs not seen at the first frame are completed from stimuli and the others."""
        start = super().begin(traj)
        if "unseen" not in start:
            return start
        state = [start[name].transpose(..., "pair").values.reshape(-1, start.sizes["pair"]) for name in NEEDED]
        h, dx2, unseen = state
        h = completed(h, dx2, unseen > 0)
        return start.assign(h=start["h"].transpose(..., "pair").copy(data=h.reshape(start["h"].shape)))

    @abstractmethod
    def settled(self, seen: Observed, fixed: bool) -> Observed:
        """`seen` with what no constant changes worked out once; more of it where the start is `fixed`."""

    def between(self, some: np.ndarray) -> Self:
        """The law of `some` conditions alone (places), where a setting is an array of all of them."""
        law = self.clone()
        if not isinstance(self.kernel, str):
            law.kernel = np.asarray(self.kernel)[np.ix_(some, some)]
        if not (self.exposure is None or isinstance(self.exposure, str)):
            law.exposure = np.asarray(self.exposure)[some]
        return law

    def through_kernel(self, seen: Observed) -> Observed:
        """`seen` with the squared distances of the law's own kernel in place of dx2."""
        if isinstance(self.kernel, str) and self.kernel == "input":
            return seen
        kernel = self._kernel(seen.start, seen.dx2, self._gram(seen.start, seen.dx2, None), None)
        first, second = pair_indices(kernel.shape[-1])
        length = np.einsum("...ii->...i", kernel)
        distances = length[:, first] + length[:, second] - 2 * kernel[:, first, second]
        return replace(seen, dx2=np.maximum(distances, 1e-9 * distances.mean(-1, keepdims=True)))

    def _often(self, start: Curves, dx2: np.ndarray) -> np.ndarray | None:
        """The exposure of each condition (element, N), as multiples of the mean."""
        if self.exposure is None:
            return None
        shape = len(dx2), conditions_of(dx2)
        if isinstance(self.exposure, str):
            often = start.get("trials") if self.exposure == "counts" else None
        else:
            often = np.asarray(self.exposure, dtype=float)
            often = np.broadcast_to(often, shape) if often.shape == shape[1:] else None
        if often is None or not (np.isfinite(often) & (often > 0)).all():
            raise InputError(
                f"exposure is None, 'counts', where the trajectory has `trials` (condition) of a recording, or "
                f"{shape[1]} numbers above 0, one per condition; got {self.exposure!r}"
                f"{'' if often is None else ', and a condition is never shown'}."
            )
        return often / often.mean(-1, keepdims=True)

    def _targets(self, start: Curves, dy2: np.ndarray, often: np.ndarray | None) -> np.ndarray:
        """The targets (element, o, N), as the task gives them or, up to a rotation, as their distances do."""
        if "targets" in start:
            targets = np.swapaxes(start["targets"], -1, -2)
        else:
            targets = _patterns(kernels.of_distances(square_of(dy2)))
        return targets if self.means else targets - kernels.mean(targets, often)

    def _gram(self, start: Curves, dx2: np.ndarray, often: np.ndarray | None) -> np.ndarray:
        """G at the start (element, N, N), with its negative part (noise) left out."""
        square = square_of(start["h"])
        if not self.means:
            return _positive(kernels.of_distances(square, often))
        if "norm" in start:
            length = start["norm"]
        else:
            gain = (start["h"] * dx2).sum(-1) / (dx2**2).sum(-1)
            length = gain[:, None] * (self._stimuli(start) ** 2).sum(-1)
        return _positive(0.5 * (length[:, :, None] + length[:, None, :] - square))

    def _first_output(
        self, start: Curves, dx2: np.ndarray, dy2: np.ndarray, targets: np.ndarray, often: np.ndarray | None
    ) -> np.ndarray:
        """The outputs Y at the start: as seen, else the part along the targets that y and w give, else 0.

        With means, outputs that are not seen are linear in the stimuli, as without biases at the start.
        """
        if "output" in start:
            outputs = np.swapaxes(start["output"], -1, -2)
            if (absent := np.any(np.isnan(outputs), axis=-2)).any():
                outputs = carried(outputs, dx2, absent)
            return outputs if self.means else outputs - kernels.mean(outputs, often)
        if "y" not in start:
            return 0 * targets
        product = start["y"] - start["w"]
        if (missing := np.isnan(product)).any():
            share = np.nansum(product * dy2, -1) / np.where(missing, 0, dy2**2).sum(-1)
            product = np.where(missing, share[:, None] * dy2, product)
        towards = kernels.of_distances(square_of(product))  # Y*' Y, centred and symmetric part
        centred = targets - targets.mean(-1, keepdims=True)
        outputs = np.linalg.pinv(np.swapaxes(centred, -1, -2)) @ towards
        if not self.means:
            return outputs - kernels.mean(outputs, often)
        stimuli = np.swapaxes(self._stimuli(start), -1, -2)
        return outputs @ np.linalg.pinv(stimuli - stimuli.mean(-1, keepdims=True)) @ stimuli

    def _kernel(self, start: Curves, dx2: np.ndarray, gram: np.ndarray, often: np.ndarray | None) -> np.ndarray:
        if not isinstance(self.kernel, str):
            kernel = np.asarray(self.kernel, dtype=float)
            if kernel.shape != gram.shape[1:]:
                raise InputError(
                    f"Your own kernel needs to be a matrix of all conditions, {gram.shape[1:]}; got {kernel.shape}."
                )
            kernel = np.broadcast_to(kernel, gram.shape)
        elif self.kernel == "input":
            kernel = kernels.linear(self._stimuli(start), 1.0) if self.means else kernels.of_distances(square_of(dx2))
        elif self.kernel in ("arc_cosine", "tangent"):
            kernel_of = kernels.arc_cosine if self.kernel == "arc_cosine" else kernels.tangent
            kernel = kernel_of(self._stimuli(start), self.depth, 1.0 if self.means else 0.0, self.leak)
        elif self.kernel == "start":
            kernel = gram
        elif self.kernel == "identity":
            kernel = np.broadcast_to(np.eye(gram.shape[-1]), gram.shape)
        else:
            raise InputError(f"kernel is one of {', '.join(map(repr, KERNELS))} or a matrix; got {self.kernel!r}.")
        return kernel if self.means else kernels.centred(kernel, often)

    def _stimuli(self, start: Curves) -> np.ndarray:
        if "stimuli" not in start:
            raise InputError(
                f"kernel={self.kernel!r} with means={self.means} needs the stimuli themselves, which this trajectory "
                "lacks. Make it with its task: `neurouniv.trajectory(activity, task)`."
            )
        return start["stimuli"]


def conditions_of(pairs: np.ndarray) -> int:
    return round((1 + np.sqrt(1 + 8 * pairs.shape[-1])) / 2)


def square_of(pairs: np.ndarray) -> np.ndarray:
    """(element, pair) in pdist order to (element, N, N)."""
    n = conditions_of(pairs)
    first, second = pair_indices(n)
    square = np.zeros((*pairs.shape[:-1], n, n))
    square[..., first, second] = square[..., second, first] = pairs
    return square


def _positive(gram: np.ndarray) -> np.ndarray:
    patterns = _patterns(gram)
    return np.swapaxes(patterns, -1, -2) @ patterns


def _patterns(gram: np.ndarray) -> np.ndarray:
    """(element, N, N) patterns in rows' space whose products are `gram`, its negative part left out."""
    values, vectors = np.linalg.eigh(gram)
    return np.sqrt(np.maximum(values, 0.0))[..., None] * np.swapaxes(vectors, -1, -2)
