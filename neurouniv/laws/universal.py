"""The universal law: all conditions of a system at once, sharing one encoder and one decoder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Self

import numpy as np
import xarray as xr

from neurouniv.fitting.equation import Curves
from neurouniv.fitting.observed import MORE, Observed
from neurouniv.fitting.parameter import Parameter
from neurouniv.laws.all_conditions import AllConditionsLaw, conditions_of
from neurouniv.laws.all_pairs import with_all_pairs
from neurouniv.laws.law import Law, vars_of
from neurouniv.laws.pairwise import PairwiseModel
from neurouniv.laws.rate_law import plateau
from neurouniv.laws.universal_scan import scan
from neurouniv.schema import InputError, pair_indices
from neurouniv.theory import all_conditions

OF_MORE = ("kernel", "means", "depth", "leak", "exposure")
"""Settings that two centred conditions feel in the unit of their constants alone."""
AT_ONCE = 150_000
"""Numbers in the states that are integrated together."""
READ_AT_ONCE = 1_000_000
"""Entries of Gram matrices that are read together."""
KERNEL = "kernel", "kernel_values", "kernel_vectors"
SETTLED = dict(zip(KERNEL, (2, 1, 2), strict=True)) | {"gram": 2, "shown": 2}
"""What of the start no constant changes, and of how many dimensions it is; `shown` is Y0 G0^+ Y0'."""
LONG = 300.0
"""What counts as infinite time, in units of the law's own time. By hand."""
ROUGHLY, SOME_STEPS, MOST_STEPS = 1e-4, 100, 1000
"""A rough look, and how many steps a solution may take in it and at the end. By hand."""


class _TwoConditions(PairwiseModel):
    """The universal law of two conditions, which are one pair."""

    name = "universal"


class UniversalModel(AllConditionsLaw):
    """The universal law: all conditions learn at once, through one encoder and one decoder.

    With two conditions it is the two-point law of van Rossem & Saxe (2024), in closed form, with the constants and
    starts of `PairwiseModel`. With more, or with means, it is integrated (`neurouniv.theory.all_conditions`).

    Constants: `eta_h` and `eta_y`, per unit of time and of summed squared error, and `decoder0`, the squared size of
    the part of the decoder that the first outputs do not show: S(0) = Y0 G0^+ Y0' + `decoder0` I. A trajectory that
    has the readout's S(0) = D D' itself, as `decoder` (..., output, output_), needs no `decoder0`. Where only h is
    seen, outputs start at 0. Everything else follows from the distances at the start, dx2 and dy2.

    Pairs and frames that are missing are left out of the fit. What is missing at the first frame starts where a linear
    map of its stimuli would put it, the map that puts the other conditions where they start
    (`neurouniv.theory.completion`); `message` says of which conditions.

    Alone, held-out conditions are predicted as if nothing else were learned. `neurouniv.compare` gives this law the
    whole task, and of pairs with a held-out condition the first frame only.

    Parameters
    ----------
    kernel : what the encoder sees, which says how an update for one stimulus moves others. "input": the stimuli;
        "arc_cosine": `depth` wide rectified layers (Cho & Saul 2009); "tangent": what their weights can learn (the
        neural tangent kernel); "start": the representation at the start; "identity": every stimulus is a thing of its
        own, so that stimuli do not matter (a null); or a matrix (condition, condition) in the trajectory's order. Its
        unit is absorbed by `eta_h`.
    exposure : how often each condition is shown: None, all alike; "counts", as the recording's numbers of trials say
        (`trials` of a trajectory); or numbers (condition) in the trajectory's order. What is shown more often is
        learned faster, and centring is about the mean over presentations.
    start : where y and w of two conditions start, as in `PairwiseModel`.
    means : follow the mean over conditions and the biases too, instead of centring. The start's squared lengths
        `norm` (condition) are used where the trajectory has them, else they follow the stimuli's as distances do.
    depth, leak : how many rectified layers, and their slope below 0, for "arc_cosine" and "tangent".
    settings : see `neurouniv.laws.law.Law`. `restarts` is 3 with two conditions and 1 with more unless it is said.

    Raises
    ------
    InputError : on fitting, where pairs are missing that no task tells, or a kernel needs stimuli that are not there.

    Examples
    --------
    >>> from neurouniv import tasks, train, trajectory
    >>> network = {"width": 50, "gain": 0.5, "nonlinearity": "tanh", "lr": 0.2, "epochs": 300, "record": 12}
    >>> traj = trajectory(train(tasks.digits(per_class=1), **network)).isel(seed=0, layer=0)
    >>> law = UniversalModel().fit(traj)
    >>> bool(law.score(traj).h > 0.98)
    True
    """

    name = "universal"
    predicts = ("h", "y", "w")
    difference = 1e-4
    rtol = 1e-6

    def __init__(self, *, start: Mapping[str, float] | str | None = None, restarts: int | None = None, **settings: Any):
        super().__init__(restarts=restarts, **settings)
        self.start = start

    def form(self, traj: xr.Dataset) -> Law:
        if self._is_of_two(traj):
            settings = {name: value for name, value in vars_of(self).items() if name not in OF_MORE}
            form: Law = _TwoConditions(**settings | {"restarts": self.restarts or 3})
        else:
            self._need_all(traj)
            form = self.clone()
            form.restarts = self.restarts or 1
        form.__dict__ |= {"constants_": self.constants_} if hasattr(self, "constants_") else {}
        return Law.form(form, traj)

    def _is_of_two(self, traj: xr.Dataset) -> bool:
        """Whether the law is the two-point law here; constants of more conditions hold for two of them as they are."""
        return traj.sizes.get("pair") == 1 and not self.means and "decoder0" not in getattr(self, "constants_", ())

    def _need_all(self, traj: xr.Dataset) -> None:
        """Raise `InputError` unless settings and constants are enough for more than two conditions, or for means."""
        if self.start is not None:
            raise InputError(
                f"start={self.start!r} says where the outputs of two centred conditions start; those of more start "
                "where they are seen, or at 0. Leave it out, or use `neurouniv.PairwiseModel`."
            )
        if hasattr(self, "constants_") and "decoder0" not in self.constants_ and "decoder" not in traj:
            raise InputError(
                "These constants were fitted to two conditions, or with the readout known; `decoder0` is missing, "
                "which more conditions need. Fit the law to the trajectory it is to predict, or to one like it."
            )

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

    def parameters(self, seen: Observed) -> list[Parameter]:
        rates = PairwiseModel(start={}).parameters(self.through_kernel(seen))
        if "decoder" in seen.start:
            return rates
        unseen = 0.1 * seen.dy2.mean(-1) / plateau(seen).mean(-1)
        unbounded = "y" not in seen.start and seen.variance is None  # noise tells how far below a decoder can be seen
        return [*rates, Parameter("decoder0", "share", unseen, prior_sd=3.0 if unbounded else None)]

    def guesses(self, seen: Observed) -> np.ndarray:
        return scan(self, seen, self.through_kernel(seen))

    def curves(self, constants, start, dx2, dy2, elapsed, rtol=1e-9) -> Curves:
        return self.curves_of(self.predicts, constants, start, dx2, dy2, elapsed, rtol=rtol)

    def curves_of(self, names, constants, start, dx2, dy2, elapsed, rtol) -> Curves:
        shape = np.broadcast_shapes(constants["eta_h"].shape[:-1], dx2.shape[:-1])
        start = {name: _per_element(value, shape, name) for name, value in start.items()}
        dx2, dy2 = _per_element(dx2, shape, "h"), _per_element(dy2, shape, "h")
        natural = {name: np.broadcast_to(value[..., 0], shape).reshape(-1) for name, value in constants.items()}
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
        pace = np.sqrt(constants["eta_h"] * constants["eta_y"] * np.mean(dx2 * dy2, axis=-1, keepdims=True))
        return self.curves(constants, start, dx2, dy2, (LONG / pace)[..., None], rtol=1e-6)["h"][..., 0]

    def _flow(self, rates, start, dx2, dy2, targets, often, end, rtol) -> all_conditions.Flow:
        begin = self._begin(rates, start, dx2, dy2, targets, often)
        if "kernel" in start:
            kernel = all_conditions.Kernel(*(start[name] for name in KERNEL))
        else:
            kernel = self._spectrum(start, dx2, begin.gram, often)
        return all_conditions.Flow(
            begin, rates["eta_h"], rates["eta_y"], kernel, targets, end, means=self.means, exposure=often, rtol=rtol,
            max_steps=SOME_STEPS if rtol >= ROUGHLY else MOST_STEPS,
        )  # fmt: skip

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


def _curves_read(
    flow: all_conditions.Flow, elapsed: np.ndarray, targets: np.ndarray, names: Sequence[str]
) -> dict[str, np.ndarray]:
    """The curves `names` (element, pair, time), some moments at a time."""
    at_once = max(1, READ_AT_ONCE // (len(elapsed) * targets.shape[-1] ** 2))
    curves: dict[str, list[np.ndarray]] = {name: [] for name in names}
    for moments in np.split(elapsed, range(at_once, elapsed.shape[1], at_once), axis=1):
        gram, output = flow.at(moments)
        turned = np.swapaxes(output, -1, -2)
        for name in names:
            right = output if name == "y" else output - targets[:, None]
            curves[name].append(_between(gram if name == "h" else turned @ right, symmetric=name != "w"))
    return {name: np.swapaxes(np.concatenate(part, axis=1), -1, -2) for name, part in curves.items()}


def _between(product: np.ndarray, symmetric: bool) -> np.ndarray:
    """(a_i - a_j).(b_i - b_j) of all pairs, (element, time, pair), from the products a_i.b_j (element, time, N, N)."""
    n = product.shape[-1]
    first, second = pair_indices(n)
    squares = 0.5 * np.einsum("...ii->...i", product) if symmetric else np.einsum("...ii->...i", product)
    products = squares[..., :, None] - product
    products += squares[..., None, :]
    flat = products.reshape(*product.shape[:-2], n * n)
    upper = np.take(flat, first * n + second, axis=-1)
    return 2 * upper if symmetric else upper - np.take(product.reshape(flat.shape), second * n + first, axis=-1)
