"""The laws users fit: the universal law of van Rossem & Saxe (2024) and its rivals."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from neurouniv.estimator import Curves, Law, Parameter
from neurouniv.observed import Observed
from neurouniv.schema import InputError
from neurouniv.theory import rivals, two_point

RATIO_SCAN = 10.0 ** np.arange(-2.0, 2.01, 0.5)
SPEED_SCAN = 10.0 ** np.linspace(-1.0, 4.0, 41)
SCANNED_PAIRS, SCANNED_TIMES = 24, 24


class UniversalModel(Law):
    """The two-point law: every pair of a system learns with the same two constants.

    `eta_h` and `eta_y` are the effective learning rates of encoder and decoder, per unit of the trajectory's time.
    Where outputs are seen, y and w start where they were seen to start. Where only h is seen they start at
    y0 = `y0_per_h0` h0 and w0 = y0 - `alignment0` sqrt(y0 dy2), two more numbers shared by all pairs: fitted with
    a weak prior (log `y0_per_h0` about a tenth of its end value, s.d. 3; atanh `alignment0` about 0, s.d. 0.5; one
    unit of the prior costs as much as one s.d. of the noise in h, or 1 % of its root mean square), or declared.

    Parameters
    ----------
    start : declared start where outputs are not seen, `{"y0": ..., "w0": ...}`, one number each, in squared units
        of the output; default None fits it.
    variables, weighting, restarts : see `neurouniv.estimator.Law`.

    Source: van Rossem & Saxe (2024), eqs. 7-10.

    Examples
    --------
    >>> import numpy as np, xarray as xr
    >>> time = np.linspace(0, 30, 40)
    >>> h = 1 / (1 + 99 * np.exp(-time))                          # the small-start limit is logistic
    >>> traj = xr.Dataset(
    ...     {"h": (("time", "pair"), h[:, None])},
    ...     {"time": time, "first": ("pair", ["a"]), "second": ("pair", ["b"])},
    ... ).assign_coords(dx2=("pair", [1.0]), dy2=("pair", [1.0]))
    >>> law = UniversalModel().fit(traj)
    >>> bool(law.constants_.r2.sel(variable="h") > 0.999)
    True
    """

    name = "universal"
    predicts = ("h", "y", "w")

    def __init__(self, *, start: Mapping[str, float] | None = None, **settings: Any):
        super().__init__(**settings)
        self.start = start

    def parameters(self, seen: Observed) -> list[Parameter]:
        ratio, speed = _scale(seen)
        found = [
            Parameter("eta_h", "positive", 30 * speed * np.sqrt(ratio), rate=True),
            Parameter("eta_y", "positive", 30 * speed / np.sqrt(ratio), rate=True),
        ]
        if "y" in seen.start or self.start is not None:
            return found
        unseen = 0.1 * seen.dy2.mean(-1) / _plateau(seen).mean(-1)
        return [
            *found,
            Parameter("y0_per_h0", "positive", unseen, prior_sd=3.0),
            Parameter("alignment0", "correlation", 0 * unseen, reach=3.0, prior_sd=0.5),
        ]

    def guesses(self, seen: Observed) -> np.ndarray:
        """The best of a scan over the ratio of the constants and, by rescaling time, over their speed."""
        parameters = self.parameters(seen)
        ratio, speed = _scale(seen)
        unseen = np.array([0.01, 1.0]) if len(parameters) > 2 else np.ones(1)
        ratios, factors = (grid.reshape(-1, 1) for grid in np.meshgrid(RATIO_SCAN, unseen, indexing="ij"))
        ratios = ratios * ratio
        constants = {p.name: p.center * np.ones_like(ratios) for p in parameters}
        if len(parameters) > 2:
            constants["y0_per_h0"] = factors * parameters[2].center
        speeds, loss = self._scan(seen, constants, ratios, speed)
        order = np.argsort(loss, axis=0)[: self.restarts]
        chosen = {name: np.take_along_axis(value, order, 0) for name, value in constants.items()}
        chosen |= _rates(*(np.take_along_axis(a, order, 0) for a in (ratios, speeds)))
        return np.stack([chosen[p.name] for p in parameters], axis=-1)

    def _scan(self, seen: Observed, constants, ratios, speed) -> tuple[np.ndarray, np.ndarray]:
        """For every candidate (candidate, system) its best speed and that speed's misfit in h."""
        seen = seen.thinned(SCANNED_PAIRS)
        times = np.unique(np.linspace(0, len(seen.elapsed) - 1, SCANNED_TIMES).astype(int))
        constants = constants | _rates(ratios, speed * SPEED_SCAN[-1] * np.ones_like(ratios))
        constants = {name: value[..., None] for name, value in constants.items()}
        flow = self._flow(constants, seen.start, seen.dx2, seen.dy2, seen.elapsed[-1], rtol=1e-5)
        read_at = np.outer(SPEED_SCAN / SPEED_SCAN[-1], seen.elapsed[times])
        h = flow.at(read_at.reshape(-1))[0].reshape(*flow.shape, *read_at.shape)
        observed = seen.values[:, 0][..., times][:, :, None]
        misfit = np.nansum((h - observed) ** 2, axis=(2, 4))
        misfit = np.where(np.isfinite(h).all((2, 4)), misfit, np.inf)
        best = misfit.argmin(-1)
        return speed * SPEED_SCAN[best], np.take_along_axis(misfit, best[..., None], -1)[..., 0]

    def _start(self, constants: Mapping[str, np.ndarray], start: Curves, dy2: np.ndarray) -> two_point.Start:
        h = start["h"]
        if "y" in start and self.start is None:
            return two_point.Start(h, start["y"], start["w"])
        if self.start is not None:
            return two_point.Start(h, self._declared("y0") + 0 * h, self._declared("w0") + 0 * h)
        y = constants["y0_per_h0"] * h
        return two_point.Start(h, y, y - constants["alignment0"] * np.sqrt(y * dy2))

    def _declared(self, name: str) -> float:
        try:
            return float(self.start[name])
        except (KeyError, TypeError, ValueError) as error:
            raise InputError(
                f"A declared start is two numbers, start={{'y0': ..., 'w0': ...}}; {self.start!r} came."
            ) from error

    def _flow(self, constants, start, dx2, dy2, end, rtol) -> two_point.Flow:
        begin = two_point.Start(*(a + 0 * constants["eta_h"] for a in self._start(constants, start, dy2)))
        end = np.asarray(end) + 0 * dx2
        return two_point.Flow(begin, constants["eta_h"], constants["eta_y"], dx2, dy2, end, rtol=rtol)

    def curves(self, constants, start, dx2, dy2, elapsed, rtol=1e-9) -> Curves:
        flow = self._flow(constants, start, dx2, dy2, elapsed[-1], rtol)
        return dict(zip(self.predicts, flow.at(elapsed), strict=True))

    def final(self, constants, start, dx2, dy2) -> np.ndarray:
        begin = self._start(constants, start, dy2)
        return two_point.final_distance(begin, constants["eta_h"], constants["eta_y"], dx2, dy2)


class StaticModel(Law):
    """The rival that nothing changes: every distance stays at its start. It has no constants."""

    name = "static"

    def parameters(self, seen: Observed) -> list[Parameter]:
        return []

    def guesses(self, seen: Observed) -> np.ndarray:
        return np.zeros((1, len(seen.dx2), 0))

    def curves(self, constants, start, dx2, dy2, elapsed, rtol=1e-9) -> Curves:
        return {"h": rivals.static(start["h"], elapsed)}

    def final(self, constants, start, dx2, dy2) -> np.ndarray:
        return start["h"]


class ExponentialModel(Law):
    """The rival that every distance relaxes, at one rate, to a mix of stimulus and target geometry.

    Constants: `stimulus` and `target` (the weights of dx2 and dy2 at the end) and `rate` (per unit of time).
    """

    name = "exponential"

    def parameters(self, seen: Observed) -> list[Parameter]:
        end = _plateau(seen).mean(-1)
        return [
            Parameter("stimulus", "share", end / seen.dx2.mean(-1)),
            Parameter("target", "share", end / seen.dy2.mean(-1)),
            Parameter("rate", "positive", 3 / seen.elapsed[-1] * np.ones_like(end), reach=9.0, rate=True),
        ]

    def guesses(self, seen: Observed) -> np.ndarray:
        centers = np.stack([p.center for p in self.parameters(seen)], axis=-1)
        return centers * np.array([[0.5, 0.5, 1.0], [0.05, 1.0, 1.0], [1.0, 0.05, 1.0]])[:, None]

    def curves(self, constants, start, dx2, dy2, elapsed, rtol=1e-9) -> Curves:
        weights = (constants[name] for name in ("stimulus", "target", "rate"))
        return {"h": rivals.exponential(start["h"], *weights, dx2, dy2, elapsed)}

    def final(self, constants, start, dx2, dy2) -> np.ndarray:
        return constants["stimulus"] * dx2 + constants["target"] * dy2


RIVALS: dict[str, type[Law]] = {law.name: law for law in (StaticModel, ExponentialModel)}


def _plateau(seen: Observed) -> np.ndarray:
    """The distances at the end of what was seen (system, pair): a mean over the last tenth, kept positive."""
    h = np.nan_to_num(seen.values[:, 0])
    tail = h[..., -max(1, h.shape[-1] // 10) :].mean(-1)
    return np.maximum(tail, 1e-3 * np.abs(h).max((-2, -1), initial=1e-300)[:, None])


def _scale(seen: Observed) -> tuple[np.ndarray, np.ndarray]:
    """A ratio eta_h/eta_y that would end where the data end, and a speed that would just start to (system,)."""
    told_apart = (seen.dx2 * seen.dy2) ** 0.5
    ratio = ((_plateau(seen) * told_apart).sum(-1) / (told_apart**2).sum(-1)) ** 2
    return ratio, 1 / (seen.elapsed[-1] * told_apart.max(-1))


def _rates(ratio: np.ndarray, speed: np.ndarray) -> dict[str, np.ndarray]:
    return {"eta_h": speed * np.sqrt(ratio), "eta_y": speed / np.sqrt(ratio)}
