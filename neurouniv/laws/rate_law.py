"""Laws with the two effective learning rates: their guesses, and the start of outputs that are not seen."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from neurouniv.fitting.equation import Curves
from neurouniv.fitting.modelled_start import LEAST_SHARE
from neurouniv.fitting.observed import Observed
from neurouniv.fitting.parameter import Parameter
from neurouniv.laws.law import Law
from neurouniv.schema import InputError
from neurouniv.theory.two_point import Start

RATIO_SCAN = 10.0 ** np.arange(-2.0, 2.01, 0.5)
SPEED_SCAN = 10.0 ** np.linspace(-1.0, 4.0, 41)
SCANNED_PAIRS, SCANNED_TIMES = 24, 24
Read = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray, np.ndarray]]


class RateLaw(Law):
    """A law whose constants are `eta_h` and `eta_y`, per unit of the trajectory's time, for every pair of a system.

    Where outputs are seen, y and w start where they were seen to start. Where only h is seen they start at
    y0 = `y0_per_h0` h0 and w0 = y0 - `alignment0` sqrt(y0 dy2), two more numbers shared by all pairs: fitted with
    a weak prior (log `y0_per_h0` about a tenth of its end value, s.d. 3; atanh `alignment0` about 0, s.d. 0.5; one
    unit of the prior costs as much as one s.d. of the noise in h, or 1 % of its root mean square), or declared.

    Parameters
    ----------
    start : where y and w start. Default None: as seen, or fitted where they are not; "fitted", also where they are
        seen (with noise); declared, `{"y0": ..., "w0": ...}`, one number each, in squared units of the output.
    settings : see `neurouniv.laws.law.Law`.
    """

    predicts = ("h", "y", "w")

    def __init__(self, *, start: Mapping[str, float] | str | None = None, **settings: Any):
        super().__init__(**settings)
        self.start = start

    @abstractmethod
    def flow(self, start: Start, eta_h: Any, eta_y: Any, dx2: Any, dy2: Any, end: Any, rtol: float) -> Read:
        """The function that gives (h, y, w), each (..., pair, time), at times from 0 to `end`, inputs (..., pair)."""

    def parameters(self, seen: Observed) -> list[Parameter]:
        ratio, speed = scale_of(seen)
        rates = [
            Parameter("eta_h", "positive", 30 * speed * np.sqrt(ratio), rate=True),
            Parameter("eta_y", "positive", 30 * speed / np.sqrt(ratio), rate=True),
        ]
        if not self._fits_start(seen.start):
            return rates
        unseen = 0.1 * seen.dy2.mean(-1) / plateau(seen).mean(-1)
        return [
            *rates,
            Parameter("y0_per_h0", "positive", unseen, prior_sd=3.0),
            Parameter("alignment0", "correlation", 0 * unseen, reach=3.0, prior_sd=0.5),
        ]

    def guesses(self, seen: Observed) -> np.ndarray:
        """The best of a scan over the ratio of the constants and, by rescaling time, over their speed."""
        parameters = self.parameters(seen)
        ratio, speed = scale_of(seen)
        unseen = np.array([0.01, 1.0]) if len(parameters) > 2 else np.ones(1)
        ratios, factors = (grid.reshape(-1, 1) for grid in np.meshgrid(RATIO_SCAN, unseen, indexing="ij"))
        ratios = ratios * ratio
        constants = {p.name: p.center * np.ones_like(ratios) for p in parameters}
        if len(parameters) > 2:
            constants["y0_per_h0"] = factors * parameters[2].center
        speeds, loss = self._scan(seen, constants, ratios, speed)
        order = np.argsort(loss, axis=0)
        chosen = {name: np.take_along_axis(value, order, 0) for name, value in constants.items()}
        chosen |= _rates(*(np.take_along_axis(a, order, 0) for a in (ratios, speeds)))
        return np.stack([chosen[p.name] for p in parameters], axis=-1)

    def _scan(self, seen: Observed, constants, ratios, speed) -> tuple[np.ndarray, np.ndarray]:
        """The best speed of every candidate (candidate, system), and that speed's misfit in h."""
        seen = seen.thinned(SCANNED_PAIRS)
        times = np.unique(np.linspace(0, seen.elapsed.shape[1] - 1, SCANNED_TIMES).astype(int))
        constants = constants | _rates(ratios, speed * SPEED_SCAN[-1] * np.ones_like(ratios))
        constants = {name: value[..., None] for name, value in constants.items()}
        read = self._reader(constants, _somewhere(seen), seen.dx2, seen.dy2, seen.elapsed[:, None, -1], rtol=1e-4)
        elapsed = (SPEED_SCAN / SPEED_SCAN[-1])[:, None] * seen.elapsed[:, None, None, times]
        h = read(elapsed.reshape(len(seen.dx2), 1, -1))[0]
        h = h.reshape(*h.shape[:-1], *elapsed.shape[-2:])
        observed = seen.values[:, 0][..., times][:, :, None]
        with np.errstate(over="ignore", invalid="ignore"):
            misfit = np.nansum((h - observed) ** 2, axis=(2, 4))
        misfit = np.where(np.isfinite(h).all((2, 4)), misfit, np.inf)
        best = misfit.argmin(-1)
        return speed * SPEED_SCAN[best], np.take_along_axis(misfit, best[..., None], -1)[..., 0]

    def _fits_start(self, start: Curves) -> bool:
        return self.start == "fitted" or (self.start is None and "y" not in start)

    def _begin(self, constants: Mapping[str, np.ndarray], start: Curves, dy2: np.ndarray) -> Start:
        h = start["h"]
        if self._fits_start(start):
            y = constants["y0_per_h0"] * h
            return Start(h, y, y - constants["alignment0"] * np.sqrt(y * dy2))
        if self.start is not None:
            return Start(h, self._declared("y0") + 0 * h, self._declared("w0") + 0 * h)
        return Start(h, start["y"], start["w"])

    def _declared(self, name: str) -> float:
        declared = self.start if isinstance(self.start, Mapping) else {}
        try:
            return float(declared[name])
        except (KeyError, TypeError, ValueError) as error:
            raise InputError(
                f"start is None, 'fitted', or two numbers, {{'y0': ..., 'w0': ...}}; got {self.start!r}."
            ) from error

    def _reader(self, constants, start, dx2, dy2, end, rtol) -> Read:
        arrays = *self._begin(constants, start, dy2), constants["eta_h"], constants["eta_y"], dx2, dy2, end
        h, y, w, eta_h, eta_y, dx2, dy2, end = np.broadcast_arrays(*arrays)
        return self.flow(Start(h, y, w), eta_h, eta_y, dx2, dy2, end, rtol)

    def curves(self, constants, start, dx2, dy2, elapsed, rtol=1e-9) -> Curves:
        read = self._reader(constants, start, dx2, dy2, elapsed[..., -1], rtol)
        return dict(zip(("h", "y", "w"), read(elapsed), strict=True))


def _somewhere(seen: Observed) -> Curves:
    """The start for a rough look: noisy distances near 0 are lifted to what their stimuli predict."""
    h = seen.start["h"]
    if seen.variance is None:
        return seen.start
    expected = np.abs(h).mean(-1, keepdims=True) * seen.dx2 / seen.dx2.mean(-1, keepdims=True)
    return seen.start | {"h": np.maximum(h, LEAST_SHARE * expected)}


def plateau(seen: Observed) -> np.ndarray:
    """The distances at the end of what was seen (system, pair): a mean over the last tenth, kept positive."""
    h = np.nan_to_num(seen.values[:, 0])
    tail = h[..., -max(1, h.shape[-1] // 10) :].mean(-1)
    return np.maximum(tail, 1e-3 * np.abs(h).max((-2, -1), initial=1e-300)[:, None])


def scale_of(seen: Observed) -> tuple[np.ndarray, np.ndarray]:
    """The ratio eta_h/eta_y that ends where the data end, and the speed at which learning just begins (system,)."""
    root_products = (seen.dx2 * seen.dy2) ** 0.5
    strength = np.maximum((root_products**2).sum(-1), 1e-12 * seen.dx2.mean(-1) * np.maximum(seen.dy2.mean(-1), 1e-300))
    ratio = ((plateau(seen) * root_products).sum(-1) / strength) ** 2
    least = 1e-12 * plateau(seen).mean(-1) ** 2 / strength
    pace = np.maximum(root_products.max(-1), np.sqrt(strength / root_products.shape[-1]))
    return np.maximum(ratio, least), 1 / (np.maximum(seen.elapsed[:, -1], 1e-300) * pace)


def _rates(ratio: np.ndarray, speed: np.ndarray) -> dict[str, np.ndarray]:
    return {"eta_h": speed * np.sqrt(ratio), "eta_y": speed / np.sqrt(ratio)}
