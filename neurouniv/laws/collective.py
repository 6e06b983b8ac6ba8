"""The collective law: all conditions of a system at once, sharing one encoder and one decoder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Self

import numpy as np
import xarray as xr

from neurouniv.fitting.observed import MORE, Observed, ends_of
from neurouniv.laws.collective_scan import scan
from neurouniv.laws.law import Curves, Law
from neurouniv.laws.parameter import Parameter
from neurouniv.laws.rates import plateau
from neurouniv.laws.universal import UniversalModel
from neurouniv.schema import InputError, check_trajectory, pair_indices
from neurouniv.theory import collective, kernels

KERNELS = ("input", "arc_cosine", "tangent", "start")
AT_ONCE = 150_000
"""Numbers in the states that are integrated together."""
READ_AT_ONCE = 1_000_000
"""Entries of Gram matrices that are read together."""
KERNEL = "kernel", "kernel_values", "kernel_vectors"
SETTLED = dict(zip(KERNEL, (2, 1, 2), strict=True)) | {"gram": 2}
"""What of the start no constant changes, and of how many dimensions it is."""
LONG = 300.0
ROUGHLY, SOME_STEPS, MOST_STEPS = 1e-4, 100, 1000
"""A rough look, and how many steps a solution may take in it and at the end."""


class CollectiveModel(Law):
    """The law of all conditions at once (`neurouniv.theory.collective`).

    Constants: `eta_h` and `eta_y`, per unit of time and of summed squared error, and `decoder0`, the squared size of
    the part of the decoder that the first outputs do not show: S(0) = Y0 G0^+ Y0' + `decoder0` I. A trajectory that
    has the readout's S(0) = D D' itself, as `decoder` (..., output, output_), needs no `decoder0`. Where only h is
    seen, outputs start at 0. Everything else follows from the distances at the start, dx2 and dy2.

    Alone, held-out conditions are predicted as if nothing else were learned. `neurouniv.compare` gives this law the
    whole task, and of pairs with a held-out condition the first frame only.

    Parameters
    ----------
    kernel : what the encoder sees, which says how an update for one stimulus moves others. "input": the stimuli;
        "arc_cosine": `depth` wide rectified layers (Cho & Saul 2009); "tangent": what their weights can learn (the
        neural tangent kernel); "start": the representation at the start; or a matrix (condition, condition) in the
        trajectory's order. Its unit is absorbed by `eta_h`.
    means : follow the mean over conditions and the biases too, instead of centring. The start's squared lengths
        `norm` (condition) are used where the trajectory has them, else they follow the stimuli's as distances do.
    depth, leak : how many rectified layers, and their slope below 0, for "arc_cosine" and "tangent".
    settings : see `neurouniv.laws.law.Law`.

    Raises
    ------
    InputError : on fitting, where pairs are missing among the conditions, or a kernel needs stimuli that are not there.
    """

    name = "collective"
    predicts = ("h", "y", "w")
    pairwise = False
    difference = 1e-4
    rtol = 1e-6

    def __init__(
        self, *, kernel: Any = "input", means: bool = False, depth: int = 1, leak: float = 0.0, **settings: Any
    ):
        super().__init__(**{"restarts": 1} | settings)
        self.kernel = kernel
        self.means = means
        self.depth = depth
        self.leak = leak

    def observed(self, traj: xr.Dataset) -> Observed:
        seen = super().observed(traj.isel(pair=_order(traj)))
        return replace(seen, start=seen.start | self._settled(seen))

    def _settled(self, seen: Observed) -> Curves:
        """What no constant changes, worked out once: the start's Gram matrix, and the kernel's eigenvectors."""
        fixed = seen.variance is None and not self.floor
        if not fixed and self.kernel == "start":
            return {}
        gram = self._gram(seen.start, seen.dx2)
        kernel = collective.Kernel.of(self._kernel(seen.start, seen.dx2, gram))
        found = dict(zip(KERNEL, kernel, strict=True))
        return found | {"gram": gram} if fixed else found

    def predict(self, traj: xr.Dataset, time: Any = None) -> xr.Dataset:
        order = _order(traj)
        return super().predict(traj.isel(pair=order), time).isel(pair=np.argsort(order))

    def final_structure(self, traj: xr.Dataset) -> xr.DataArray:
        order = _order(traj)
        return super().final_structure(traj.isel(pair=order)).isel(pair=np.argsort(order))

    def roughly(self) -> Self:
        """The law solved less accurately, for the first look of every restart."""
        rough = self.clone()
        rough.rtol = ROUGHLY
        return rough

    def parameters(self, seen: Observed) -> list[Parameter]:
        rates = UniversalModel(start={}).parameters(seen)
        if "decoder" in seen.start:
            return rates
        unseen = 0.1 * seen.dy2.mean(-1) / plateau(seen).mean(-1)
        return [
            *rates,
            Parameter("decoder0", "share", unseen, prior_sd=None if "y" in seen.start else 3.0),
        ]

    def guesses(self, seen: Observed) -> np.ndarray:
        return scan(self, seen)

    def curves(self, constants, start, dx2, dy2, elapsed, rtol=1e-9) -> Curves:
        return self.curves_of(self.predicts, constants, start, dx2, dy2, elapsed, rtol=rtol)

    def curves_of(self, names, constants, start, dx2, dy2, elapsed, rtol, among=slice(None)) -> Curves:
        """The curves `names`; `among` are the conditions between which they are wanted, all or an array of places."""
        shape = np.broadcast_shapes(constants["eta_h"].shape[:-1], dx2.shape[:-1])
        start = {name: _flat(value, shape, name) for name, value in start.items()}
        dx2, dy2 = _flat(dx2, shape, "h"), _flat(dy2, shape, "h")
        plain = {name: np.broadcast_to(value[..., 0], shape).reshape(-1) for name, value in constants.items()}
        moments = np.broadcast_to(elapsed[..., 0, :], (*shape, elapsed.shape[-1])).reshape(-1, elapsed.shape[-1])
        n, outputs = _conditions(dx2), _outputs(start, dy2)
        size = max(1, AT_ONCE // (n * (n + outputs) + outputs**2))
        pieces = []
        for first in range(0, len(dx2), size):
            some = slice(first, first + size)
            own = {name: value[some] for name, value in start.items()}
            rates = {name: value[some] for name, value in plain.items()}
            targets = self._targets(own, dy2[some])
            flow = self._flow(rates, own, dx2[some], targets, moments[some, -1], rtol)
            pieces.append(_read(flow, moments[some], targets, names, among))
        return {
            name: np.concatenate([piece[name] for piece in pieces]).reshape(*shape, *pieces[0][name].shape[1:])
            for name in names
        }

    def final(self, constants, start, dx2, dy2) -> np.ndarray:
        pace = np.sqrt(constants["eta_h"] * constants["eta_y"] * np.mean(dx2 * dy2, axis=-1, keepdims=True))
        return self.curves(constants, start, dx2, dy2, (LONG / pace)[..., None], rtol=1e-6)["h"][..., 0]

    def _flow(self, rates, start, dx2, targets, end, rtol) -> collective.Flow:
        begin = self._begin(rates, start, dx2, targets)
        settled = "kernel" in start
        kernel = [start[name] for name in KERNEL] if settled else [self._kernel(start, dx2, begin.gram)]
        return collective.Flow(
            begin, rates["eta_h"], rates["eta_y"], (collective.Kernel if settled else collective.Kernel.of)(*kernel),
            targets, end, means=self.means, rtol=rtol, max_steps=SOME_STEPS if rtol >= ROUGHLY else MOST_STEPS,
        )  # fmt: skip

    def _targets(self, start: Curves, dy2: np.ndarray) -> np.ndarray:
        """(element, o, N), as the task gives them or, up to a rotation, as their distances do."""
        if "targets" in start:
            targets = np.swapaxes(start["targets"], -1, -2)
        else:
            targets = _patterns(kernels.of_distances(_square(dy2)))
        return targets if self.means else targets - targets.mean(-1, keepdims=True)

    def _begin(self, constants: Curves, start: Curves, dx2: np.ndarray, targets: np.ndarray) -> collective.Start:
        gram = start["gram"] if "gram" in start else self._gram(start, dx2)
        outputs = self._first_output(start, targets)
        if "decoder" in start:
            decoder = start["decoder"]
        else:
            decoder = constants["decoder0"][:, None, None] * np.eye(targets.shape[-2])
            if outputs.any():
                shown = np.linalg.pinv(gram, rcond=1e-8, hermitian=True)
                decoder = decoder + outputs @ shown @ np.swapaxes(outputs, -1, -2)
        return collective.Start(gram, outputs, decoder, np.zeros(targets.shape[:2]))

    def _gram(self, start: Curves, dx2: np.ndarray) -> np.ndarray:
        """G at the start (element, N, N), with its negative part (noise) left out."""
        square = _square(start["h"])
        if not self.means:
            return _positive(kernels.of_distances(square))
        if "norm" in start:
            length = start["norm"]
        else:
            gain = (start["h"] * dx2).sum(-1) / (dx2**2).sum(-1)
            length = gain[:, None] * (self._stimuli(start) ** 2).sum(-1)
        return _positive(0.5 * (length[:, :, None] + length[:, None, :] - square))

    def _first_output(self, start: Curves, targets: np.ndarray) -> np.ndarray:
        """Y at the start: as seen, else the part along the targets that y and w tell, else 0.

        With means, outputs that are not seen are linear in the stimuli, as without biases at the start.
        """
        if "output" in start:
            outputs = np.swapaxes(start["output"], -1, -2)
            return outputs if self.means else outputs - outputs.mean(-1, keepdims=True)
        if "y" not in start:
            return 0 * targets
        towards = kernels.of_distances(_square(start["y"] - start["w"]))  # Y*' Y, centred and symmetric part
        centred = targets - targets.mean(-1, keepdims=True)
        outputs = np.linalg.pinv(np.swapaxes(centred, -1, -2)) @ towards
        if not self.means:
            return outputs
        stimuli = np.swapaxes(self._stimuli(start), -1, -2)
        return outputs @ np.linalg.pinv(stimuli - stimuli.mean(-1, keepdims=True)) @ stimuli

    def _kernel(self, start: Curves, dx2: np.ndarray, gram: np.ndarray) -> np.ndarray:
        if not isinstance(self.kernel, str):
            found = np.asarray(self.kernel, dtype=float)
            if found.shape != gram.shape[1:]:
                raise InputError(
                    f"A kernel of one's own is a matrix of all conditions, {gram.shape[1:]}; {found.shape} came."
                )
            found = np.broadcast_to(found, gram.shape)
        elif self.kernel == "input":
            found = kernels.linear(self._stimuli(start), 1.0) if self.means else kernels.of_distances(_square(dx2))
        elif self.kernel in ("arc_cosine", "tangent"):
            made = kernels.arc_cosine if self.kernel == "arc_cosine" else kernels.tangent
            found = made(self._stimuli(start), self.depth, 1.0 if self.means else 0.0, self.leak)
        elif self.kernel == "start":
            found = gram
        else:
            raise InputError(f"kernel is one of {', '.join(map(repr, KERNELS))} or a matrix; {self.kernel!r} came.")
        return found if self.means else kernels.centred(found)

    def _stimuli(self, start: Curves) -> np.ndarray:
        if "stimuli" not in start:
            raise InputError(
                f"kernel={self.kernel!r} with means={self.means} needs the stimuli themselves, which this trajectory "
                "lacks. Make it with its task: `neurouniv.trajectory(activity, task)`."
            )
        return start["stimuli"]


def _order(traj: xr.Dataset) -> np.ndarray:
    """The places of the pairs in the order of `pdist`, which has all pairs of the conditions once."""
    check_trajectory(traj, ("h",))
    ends = np.sort(ends_of(traj), axis=0)
    order = np.lexsort(ends[::-1])
    n = int(ends.max()) + 1
    if not np.array_equal(ends[:, order], np.stack(pair_indices(n))):
        raise InputError(
            f"The collective law needs all pairs of its conditions, each once; {ends.shape[1]} came, and {n} "
            f"conditions have {n * (n - 1) // 2}. Select conditions, not pairs."
        )
    return order


def _flat(value: np.ndarray, shape: tuple[int, ...], name: str) -> np.ndarray:
    """(..., own dims) to (element, own dims), repeated over the dimensions it lacks."""
    own = SETTLED[name] if name in SETTLED else len(MORE.get(name, ("pair",)))
    core = value.shape[value.ndim - own :]
    return np.broadcast_to(value, (*shape, *core)).reshape(-1, *core)


def _conditions(pairs: np.ndarray) -> int:
    return round((1 + np.sqrt(1 + 8 * pairs.shape[-1])) / 2)


def _outputs(start: Curves, dy2: np.ndarray) -> int:
    return start["targets"].shape[-1] if "targets" in start else _conditions(dy2)


def _square(pairs: np.ndarray) -> np.ndarray:
    """(element, pair) in pdist order to (element, N, N)."""
    n = _conditions(pairs)
    first, second = pair_indices(n)
    square = np.zeros((*pairs.shape[:-1], n, n))
    square[..., first, second] = square[..., second, first] = pairs
    return square


def _read(
    flow: collective.Flow, elapsed: np.ndarray, targets: np.ndarray, names: Sequence[str], among: Any
) -> dict[str, np.ndarray]:
    """The curves `names` (element, pair, time), some moments at a time."""
    at_once = max(1, READ_AT_ONCE // (len(elapsed) * targets.shape[-1] ** 2))
    found: dict[str, list[np.ndarray]] = {name: [] for name in names}
    for some in np.split(elapsed, range(at_once, elapsed.shape[1], at_once), axis=1):
        gram, output = flow.at(some, among)
        turned, output = np.swapaxes(output[..., among], -1, -2), output[..., among]
        for name in names:
            right = output if name == "y" else output - targets[:, None, :, among]
            found[name].append(_between(gram if name == "h" else turned @ right, symmetric=name != "w"))
    return {name: np.swapaxes(np.concatenate(part, axis=1), -1, -2) for name, part in found.items()}


def _between(product: np.ndarray, symmetric: bool) -> np.ndarray:
    """(a_i - a_j).(b_i - b_j) of all pairs, (element, time, pair), from the products a_i.b_j (element, time, N, N)."""
    n = product.shape[-1]
    first, second = pair_indices(n)
    own = 0.5 * np.einsum("...ii->...i", product) if symmetric else np.einsum("...ii->...i", product)
    apart = own[..., :, None] - product
    apart += own[..., None, :]
    flat = apart.reshape(*product.shape[:-2], n * n)
    upper = np.take(flat, first * n + second, axis=-1)
    return 2 * upper if symmetric else upper - np.take(product.reshape(flat.shape), second * n + first, axis=-1)


def _positive(gram: np.ndarray) -> np.ndarray:
    patterns = _patterns(gram)
    return np.swapaxes(patterns, -1, -2) @ patterns


def _patterns(gram: np.ndarray) -> np.ndarray:
    """(element, N, N) patterns in rows' space whose products are `gram`, its negative part left out."""
    values, vectors = np.linalg.eigh(gram)
    return np.sqrt(np.maximum(values, 0.0))[..., None] * np.swapaxes(vectors, -1, -2)
