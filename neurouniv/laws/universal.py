"""The universal law: all conditions of a system at once, sharing one encoder and one decoder."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

import numpy as np
import xarray as xr

from neurouniv.fitting.observed import MORE, Observed, ends_of
from neurouniv.laws.law import Curves, Law, vars_of
from neurouniv.laws.pairwise import PairwiseModel
from neurouniv.laws.parameter import Parameter
from neurouniv.laws.rates import plateau
from neurouniv.laws.universal_scan import scan
from neurouniv.schema import InputError, check_trajectory, pair_indices
from neurouniv.theory import all_conditions, kernels

KERNELS = ("input", "arc_cosine", "tangent", "start")
OF_MORE = ("kernel", "means", "depth", "leak")
"""Settings that make no difference for two centred conditions."""
AT_ONCE = 150_000
"""Numbers in the states that are integrated together."""
LONG = 300.0
ROUGHLY, SOME_STEPS, MOST_STEPS = 1e-4, 100, 1000
"""A rough look, and how many steps a solution may take in it and at the end."""


class _TwoConditions(PairwiseModel):
    """The universal law of two conditions, which are one pair."""

    name = "universal"


class UniversalModel(Law):
    """The universal law: all conditions learn at once, through one encoder and one decoder.

    With two conditions it is the two-point law of van Rossem & Saxe (2024), in closed form, with the constants and
    starts of `PairwiseModel`. With more, or with means, it is integrated (`neurouniv.theory.all_conditions`).

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
    start : where y and w of two conditions start, as in `PairwiseModel`.
    means : follow the mean over conditions and the biases too, instead of centring. The start's squared lengths
        `norm` (condition) are used where the trajectory has them, else they follow the stimuli's as distances do.
    depth, leak : how many rectified layers, and their slope below 0, for "arc_cosine" and "tangent".
    settings : see `neurouniv.laws.law.Law`. `restarts` is 3 with two conditions and 1 with more unless it is said.

    Raises
    ------
    InputError : on fitting, where pairs are missing among the conditions, or a kernel needs stimuli that are not there.

    Examples
    --------
    >>> from neurouniv import tasks, train, trajectory
    >>> runs = train(tasks.two_points(), width=50, gain=0.3, nonlinearity="linear", lr=0.01, epochs=900, record=30)
    >>> law = UniversalModel().fit(trajectory(runs).squeeze(drop=True))
    >>> bool(law.constants_.r2.min() > 0.98), "decoder0" in law.constants_
    (True, False)
    """

    name = "universal"
    predicts = ("h", "y", "w")
    pairwise = False
    difference = 1e-4
    rtol = 1e-6

    def __init__(
        self,
        *,
        kernel: Any = "input",
        means: bool = False,
        depth: int = 1,
        leak: float = 0.0,
        start: Mapping[str, float] | str | None = None,
        restarts: int | None = None,
        **settings: Any,
    ):
        super().__init__(restarts=restarts, **settings)
        self.kernel = kernel
        self.start = start
        self.means = means
        self.depth = depth
        self.leak = leak

    def form(self, traj: xr.Dataset) -> Law:
        if self._is_of_two(traj):
            settings = {name: value for name, value in vars_of(self).items() if name not in OF_MORE}
            form = _TwoConditions(**settings | {"restarts": self.restarts or 3})
        else:
            self._need_all(traj)
            form = self.clone()
            form.restarts = self.restarts or 1
        form.__dict__ |= {"constants_": self.constants_} if hasattr(self, "constants_") else {}
        return form

    def _is_of_two(self, traj: xr.Dataset) -> bool:
        """Whether the two-point law says it all; constants of more conditions hold for two of them as they are."""
        return traj.sizes.get("pair") == 1 and not self.means and "decoder0" not in getattr(self, "constants_", ())

    def _need_all(self, traj: xr.Dataset) -> None:
        """Whether what was set and fitted is enough for more than two conditions, or for means."""
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
        return super().observed(traj.isel(pair=_order(traj)))

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
        rates = PairwiseModel(start={}).parameters(seen)
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
            pieces.append(self._solved(rates, own, dx2[some], dy2[some], moments[some], rtol))
        return {
            name: np.concatenate(part).reshape(*shape, *part[0].shape[1:])
            for name, part in zip(("h", "y", "w"), zip(*pieces, strict=True), strict=True)
        }

    def final(self, constants, start, dx2, dy2) -> np.ndarray:
        pace = np.sqrt(constants["eta_h"] * constants["eta_y"] * np.mean(dx2 * dy2, axis=-1, keepdims=True))
        return self.curves(constants, start, dx2, dy2, (LONG / pace)[..., None], rtol=1e-6)["h"][..., 0]

    def _solved(self, rates, start, dx2, dy2, elapsed, rtol) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """h, y and w, each (element, pair, time)."""
        targets = self._targets(start, dy2)
        begin = self._begin(rates, start, dx2, targets)
        kernel = self._kernel(start, dx2, begin.gram)
        flow = all_conditions.Flow(
            begin, rates["eta_h"], rates["eta_y"], kernel, targets, elapsed[:, -1], means=self.means, rtol=rtol,
            max_steps=SOME_STEPS if rtol >= ROUGHLY else MOST_STEPS,
        )  # fmt: skip
        gram, output = flow.at(elapsed)
        error = output - targets[:, None]
        turned = np.swapaxes(output, -1, -2)
        return tuple(_between(product) for product in (gram, turned @ output, turned @ error))

    def _targets(self, start: Curves, dy2: np.ndarray) -> np.ndarray:
        """(element, o, N), as the task gives them or, up to a rotation, as their distances do."""
        if "targets" in start:
            targets = np.swapaxes(start["targets"], -1, -2)
        else:
            targets = _patterns(kernels.of_distances(_square(dy2)))
        return targets if self.means else targets - targets.mean(-1, keepdims=True)

    def _begin(self, constants: Curves, start: Curves, dx2: np.ndarray, targets: np.ndarray) -> all_conditions.Start:
        gram = self._gram(start, dx2)
        outputs = self._first_output(start, targets)
        if "decoder" in start:
            decoder = start["decoder"]
        else:
            shown = outputs @ np.linalg.pinv(gram, rcond=1e-8, hermitian=True) @ np.swapaxes(outputs, -1, -2)
            decoder = shown + constants["decoder0"][:, None, None] * np.eye(targets.shape[-2])
        return all_conditions.Start(gram, outputs, decoder, np.zeros(targets.shape[:2]))

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
            f"The universal law needs all pairs of its conditions, each once; {ends.shape[1]} came, and {n} "
            f"conditions have {n * (n - 1) // 2}. Select conditions, not pairs."
        )
    return order


def _flat(value: np.ndarray, shape: tuple[int, ...], name: str) -> np.ndarray:
    """(..., own dims) to (element, own dims), repeated over the dimensions it lacks."""
    own = len(MORE[name]) if name in MORE else 1
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


def _between(product: np.ndarray) -> np.ndarray:
    """(a_i - a_j).(b_i - b_j) of all pairs, (element, pair, time), from the products a_i.b_j (element, time, N, N)."""
    first, second = pair_indices(product.shape[-1])
    own = np.einsum("...ii->...i", product)
    crossed = product[..., first, second] + product[..., second, first]
    return np.swapaxes(own[..., first] + own[..., second] - crossed, -1, -2)


def _positive(gram: np.ndarray) -> np.ndarray:
    patterns = _patterns(gram)
    return np.swapaxes(patterns, -1, -2) @ patterns


def _patterns(gram: np.ndarray) -> np.ndarray:
    """(element, N, N) patterns in rows' space whose products are `gram`, its negative part left out."""
    values, vectors = np.linalg.eigh(gram)
    return np.sqrt(np.maximum(values, 0.0))[..., None] * np.swapaxes(vectors, -1, -2)
