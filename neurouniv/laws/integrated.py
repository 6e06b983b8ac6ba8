"""A law of all conditions that is solved over time: how its start, its kernel and its curves are made."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar, Protocol, Self

import numpy as np
import xarray as xr

from neurouniv.fitting.equation import Curves
from neurouniv.fitting.observed import MORE, Observed
from neurouniv.laws.all_conditions import AllConditionsLaw, conditions_of
from neurouniv.laws.all_pairs import with_all_pairs
from neurouniv.laws.universal_scan import Grid, scan
from neurouniv.schema import pair_indices
from neurouniv.theory import all_conditions

AT_ONCE = 150_000
"""Numbers in the states that are integrated together."""
READ_AT_ONCE = 1_000_000
"""Entries of Gram matrices that are read together."""
KERNEL = "kernel", "kernel_values", "kernel_vectors"
SETTLED = dict(zip(KERNEL, (2, 1, 2), strict=True)) | {"gram": 2, "shown": 2}
SETTLED |= {"input_rows": 3, "input_learned": 1, "input_inverse": 2}
"""What of the start no constant changes, and of how many dimensions it is; `shown` is Y0 G0^+ Y0'."""
LONG = 300.0
"""What counts as infinite time, in units of the law's own time. By hand."""
BRISKLY = {"rtol": 1e-4, "difference": 3e-3, "tolerance": 5e-5, "iterations": 15, "cautious": False}
"""A fit whose predictions count and whose constants do not. By hand: of 29 movies of nine rules, held-out errors are
within 1 or 2 % of the whole fit's in 8 of 10, through noise within 5 to 15 %, in a fifth of the time."""
ROUGHLY, SOME_STEPS, MOST_STEPS, PATIENCE = 1e-4, 100, 1000, 30
"""A rough look, how many steps a solution may take in it and in a fit, and how many times as many to infinite time,
since what is learned slowly is followed at the pace of what is learned fast. By hand."""


class Solved(Protocol):
    """A solution of a law."""

    def at(self, time: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """G (element, moment, N, N) and Y (element, moment, o, N) at `time` (element, moment)."""


class IntegratedLaw(AllConditionsLaw):
    """A law of all conditions whose solution a subclass makes from a start, a kernel and constants."""

    predicts: ClassVar[tuple[str, ...]] = ("h", "y", "w")
    difference = 1e-4
    rtol = 1e-6
    patience = 1
    """How many times the steps of a fit a solution may take."""

    @abstractmethod
    def _flow(self, rates, start, dx2, dy2, targets, often, end, rtol) -> Solved:
        """The solution up to `end` (element,); constants (element,), everything else (element, ...)."""

    def observed(self, traj: xr.Dataset) -> Observed:
        seen = super().observed(with_all_pairs(traj)[0])
        return self.settled(seen, fixed=seen.variance is None and not self.floor)

    def settled(self, seen: Observed, fixed: bool) -> Observed:
        """`seen` with what no constant changes worked out once: the start's Gram matrix, the kernel's eigenvectors."""
        if not fixed and isinstance(self.kernel, str) and self.kernel == "start":
            return seen
        often = self._often(seen.start, seen.dx2)
        gram = self._gram(seen.start, seen.dx2, often)
        settled = dict(zip(KERNEL, self._spectrum(seen.start, seen.dx2, gram, often), strict=True))
        if fixed:
            settled["gram"] = gram
            targets = self._targets(seen.start, seen.dy2, often)
            outputs = self._first_output(seen.start, seen.dx2, seen.dy2, targets, often)
            if "decoder" not in seen.start and outputs.any():
                settled["shown"] = _shown_decoder(outputs, gram)
        return replace(seen, start=seen.start | settled)

    def _spectrum(self, start, dx2, gram, often) -> all_conditions.Kernel:
        return all_conditions.Kernel.of(self._kernel(start, dx2, gram, often), often)

    def predict(self, traj: xr.Dataset, time: Any = None) -> xr.Dataset:
        whole, places = with_all_pairs(traj)
        return super().predict(whole, time).isel(pair=places)

    def final_structure(self, traj: xr.Dataset) -> xr.DataArray:
        whole, places = with_all_pairs(traj)
        return super().final_structure(whole).isel(pair=places)

    def roughly(self) -> Self:
        """The law solved less accurately, for the first look of every restart."""
        rough = self.clone()
        rough.rtol = ROUGHLY
        return rough

    def briskly(self) -> Self:
        """An unfitted copy whose fits are less accurate, and take less time: where predictions count."""
        brisk = self.clone()
        brisk.__dict__ |= BRISKLY
        return brisk

    def guesses(self, seen: Observed) -> np.ndarray | None:
        return scan(self, seen, self.through_kernel(seen), self.grid(seen))

    def grid(self, seen: Observed) -> Grid:
        """Where guesses are looked for."""
        return Grid()

    def curves(self, constants, start, dx2, dy2, elapsed, rtol=1e-9) -> Curves:
        return self.curves_of(self.predicts, constants, start, dx2, dy2, elapsed, rtol=rtol)

    def curves_of(self, names, constants, start, dx2, dy2, elapsed, rtol) -> Curves:
        shape, natural, start, dx2, dy2 = elements(constants, start, dx2, dy2)
        moments = np.broadcast_to(elapsed[..., 0, :], (*shape, elapsed.shape[-1])).reshape(-1, elapsed.shape[-1])
        n, outputs = conditions_of(dx2), _outputs(start, dy2)
        size = max(1, AT_ONCE // (n * (n + outputs) + outputs**2))
        pieces = []
        for first in range(0, len(dx2), size):
            part = slice(first, first + size)
            begin = {name: value[part] for name, value in start.items()}
            rates = {name: value[part] for name, value in natural.items()}
            often = self._often(begin, dx2[part])
            targets = self._targets(begin, dy2[part], often)
            flow = self._flow(rates, begin, dx2[part], dy2[part], targets, often, moments[part, -1], rtol)
            pieces.append(_curves_read(flow, moments[part], targets, names))
        return {
            name: np.concatenate([piece[name] for piece in pieces]).reshape(*shape, *pieces[0][name].shape[1:])
            for name in names
        }

    def final(self, constants, start, dx2, dy2) -> np.ndarray:
        patient = self.clone()
        patient.patience = PATIENCE
        end = LONG / self.pace(constants, dx2, dy2)
        return patient.curves(constants, start, dx2, dy2, end[..., None], rtol=1e-6)["h"][..., 0]

    def pace(self, constants: Curves, dx2: np.ndarray, dy2: np.ndarray) -> np.ndarray:
        """About how fast the law goes (..., 1), in 1 / time."""
        return np.sqrt(constants["eta_h"] * constants["eta_y"] * np.mean(dx2 * dy2, axis=-1, keepdims=True))

    def _encoded(self, start: Curves, dx2, gram, often) -> all_conditions.Kernel:
        """The encoder's kernel, settled or made of this start."""
        if "kernel" in start:
            return all_conditions.Kernel(*(start[name] for name in KERNEL))
        return self._spectrum(start, dx2, gram, often)

    def _begin(
        self,
        constants: Curves,
        start: Curves,
        dx2: np.ndarray,
        dy2: np.ndarray,
        targets: np.ndarray,
        often: np.ndarray | None,
    ) -> all_conditions.Start:
        gram = start["gram"] if "gram" in start else self._gram(start, dx2, often)
        outputs = self._first_output(start, dx2, dy2, targets, often)
        if "decoder" in start:
            decoder = start["decoder"]
        else:
            decoder = constants["decoder0"][:, None, None] * np.eye(targets.shape[-2])
            if "shown" in start:
                decoder = decoder + start["shown"]
            elif outputs.any():
                decoder = decoder + _shown_decoder(outputs, gram)
        return all_conditions.Start(gram, outputs, decoder, np.zeros(targets.shape[:2]))


def elements(
    constants: Mapping[str, np.ndarray], start: Curves, dx2: np.ndarray, dy2: np.ndarray
) -> tuple[tuple[int, ...], Curves, Curves, np.ndarray, np.ndarray]:
    """The shape (...) of what is asked, and constants (element,), start, dx2 and dy2 (element, ...), one for each."""
    shape = np.broadcast_shapes(constants["eta_h"].shape[:-1], dx2.shape[:-1])
    natural = {name: np.broadcast_to(value[..., 0], shape).reshape(-1) for name, value in constants.items()}
    start = {name: _per_element(value, shape, name) for name, value in start.items()}
    return shape, natural, start, _per_element(dx2, shape, "h"), _per_element(dy2, shape, "h")


def _per_element(value: np.ndarray, shape: tuple[int, ...], name: str) -> np.ndarray:
    """(..., own dims) to (element, own dims), repeated over the dimensions it lacks."""
    dims = SETTLED[name] if name in SETTLED else len(MORE.get(name, ("pair",)))
    core = value.shape[value.ndim - dims :]
    return np.broadcast_to(value, (*shape, *core)).reshape(-1, *core)


def _shown_decoder(outputs: np.ndarray, gram: np.ndarray) -> np.ndarray:
    """Y0 G0^+ Y0' (element, o, o), the part of S that the first outputs show."""
    return outputs @ np.linalg.pinv(gram, rcond=1e-8, hermitian=True) @ np.swapaxes(outputs, -1, -2)


def _outputs(start: Curves, dy2: np.ndarray) -> int:
    return start["targets"].shape[-1] if "targets" in start else conditions_of(dy2)


def _curves_read(flow: Solved, elapsed: np.ndarray, targets: np.ndarray, names: Sequence[str]) -> dict[str, np.ndarray]:
    """The curves `names` (element, pair, time), some moments at a time."""
    at_once = max(1, READ_AT_ONCE // (len(elapsed) * targets.shape[-1] ** 2))
    curves: dict[str, list[np.ndarray]] = {name: [] for name in names}
    for moments in np.split(elapsed, range(at_once, elapsed.shape[1], at_once), axis=1):
        gram, output = flow.at(moments)
        turned = np.swapaxes(output, -1, -2)
        for name in names:
            right = output if name == "y" else output - targets[:, None]
            curves[name].append(between(gram if name == "h" else turned @ right, symmetric=name != "w"))
    return {name: np.swapaxes(np.concatenate(part, axis=1), -1, -2) for name, part in curves.items()}


def between(product: np.ndarray, symmetric: bool) -> np.ndarray:
    """(a_i - a_j).(b_i - b_j) of all pairs, (element, time, pair), from the products a_i.b_j (element, time, N, N)."""
    n = product.shape[-1]
    first, second = pair_indices(n)
    squares = 0.5 * np.einsum("...ii->...i", product) if symmetric else np.einsum("...ii->...i", product)
    products = squares[..., :, None] - product
    products += squares[..., None, :]
    flat = products.reshape(*product.shape[:-2], n * n)
    upper = np.take(flat, first * n + second, axis=-1)
    return 2 * upper if symmetric else upper - np.take(product.reshape(flat.shape), second * n + first, axis=-1)
