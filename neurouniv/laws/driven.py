"""An area driven by the one below: the universal law with an input that moves, and inheritance without learning."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import xarray as xr

from neurouniv.fitting.equation import Curves
from neurouniv.fitting.observed import Observed, places
from neurouniv.fitting.parameter import Parameter
from neurouniv.laws.all_conditions import square_of
from neurouniv.laws.all_pairs import with_all_pairs
from neurouniv.laws.integrated import KERNEL, LONG, between, elements
from neurouniv.laws.of_input import LawOfInput, need_finite
from neurouniv.laws.rules.rule_law import steps_of
from neurouniv.laws.universal import UniversalModel
from neurouniv.laws.universal_scan import SCANNED_TIMES, Grid, scan
from neurouniv.schema import InputError
from neurouniv.theory import all_conditions, driven, kernels, smallest_map

FIXED = "kernel", "means", "depth", "leak", "start"
"""Settings of the universal law that an input settles."""
EMBEDDED = "input_time", "input_row", "condition"
ROWS = "input_rows", "input_learned", "input_inverse"
SAID = 1e-6
"""The share of squares below which negative eigenvalues are not worth a word. A convention: rounding."""
SPEEDS, TRIED, ROUGH = 2.0 ** np.arange(-2.0, 1.01, 1.0), 3, 1e-3
"""How much slower or faster than under an input that stands still the law is tried, from how many guesses. By hand."""
MOST_STEPS, STEPS_A_FRAME = 200, 6
"""How many steps a solution may take, and how many more for every frame, where the input turns. By hand: rates that
need more settle long before the input moves on, and an input that moves never lets the solution rest."""


class DrivenModel(LawOfInput, UniversalModel):
    """The universal law of an area whose input learns too: what it does with the movie of the area below.

    Two areas recorded together, or two layers of a network: the encoder sees the input's patterns as they move, and
    all else is the universal law. Constants: `eta_h`, `eta_y` and `decoder0`, as there.

    With patterns of the same units over time it is exact for the last hidden layer of linear networks, whatever moves
    its input, but for what the start does not show: where the input comes to have directions that it did not have at
    the start, the area is assumed to have read them as much as others on average. From RDMs alone it has to assume how
    all patterns turn together as well, and takes the smallest turn (`neurouniv.theory.smallest_map`): exact for inputs
    that stretch without turning, not in general. What the area has at the start and its input has not stays as it is.

    Of RDMs with negative eigenvalues, such as crossnobis distances, these are left out with positive ones as small,
    which `message` says. Noise of the input counts as the input's own movement.

    An input alone tells much of an area: set the law beside `neurouniv.RIVALS["scaled_input"]`, which says that the
    area copies it, and `"inherited"`, which says that it learns nothing of its own. On held-out conditions of digits
    (4 and 6 layers, tanh and relu, gains .7 and 1, every layer but the first, 5 seeds each, RDMs alone) this law has
    less error than the universal law in all 160, than the scaled input in 145, than inheritance in 149. Upper layers of
    deep rectified networks come near a copy, and those of 4 tanh layers at gain 1 learn little of their own beside what
    they inherit. `benchmarks/README.md` has the table.

    Parameters
    ----------
    driven_by, patterns : see `neurouniv.driven_by`; None where the trajectory has its input already.
    exposure : see `neurouniv.UniversalModel`.
    settings : see `neurouniv.laws.law.Law`. `restarts` is 1 unless it is said.

    Raises
    ------
    InputError : on fitting or predicting, where the input is not there, not whole, or shorter than what is asked for.

    Source: derived in `neurouniv.theory.driven`.

    Examples
    --------
    >>> import neurouniv as nu
    >>> network = {"width": 30, "gain": 0.8, "nonlinearity": "tanh", "lr": 0.2, "epochs": 900, "record": 20}
    >>> runs = nu.train(nu.tasks.digits(per_class=1), hidden_layers=2, layers=[0, 1], **network)
    >>> movie = nu.trajectory(runs).isel(seed=0)
    >>> area = nu.driven_by(movie.sel(layer=1), movie.sel(layer=0))
    >>> law, still = nu.DrivenModel().fit(area), nu.UniversalModel().fit(area)
    >>> bool(law.score(area).h > still.score(area).h)
    True
    """

    name = "driven"
    difference = 1e-3
    rtol = 1e-5

    def __init__(self, **settings: Any):
        amiss = [name for name in FIXED if name in settings]
        if amiss:
            raise InputError(
                f"The encoder of a driven area takes its centred input; {' and '.join(amiss)} cannot be set. "
                f"Use `neurouniv.UniversalModel({amiss[0]}={settings[amiss[0]]!r})`."
            )
        super().__init__(**settings)

    def with_input(self, traj: xr.Dataset) -> xr.Dataset:
        whole = self.attached(with_all_pairs(traj)[0])
        dims = [dim for dim in whole["input_h"].dims if dim not in ("input_time", "pair")]
        if "input_patterns" in whole:
            patterns = whole["input_patterns"]
            rows = patterns.transpose(*dims, "input_time", "input_unit", "condition").values
            rows = rows - rows.mean(-1, keepdims=True)
            negative = np.zeros(rows.shape[:-3])
        else:
            need_finite(whole["input_h"])
            movie = whole["input_h"].transpose(*dims, "input_time", "pair").values
            gram, cut = smallest_map.positive(kernels.of_distances(square_of(movie)))
            rows, negative = smallest_map.patterns_of(gram), cut.mean(-1)
        given = {"input_embedded": ((*dims, *EMBEDDED), smallest_map.compressed(rows)), "input_cut": (dims, negative)}
        return traj.assign(given)

    def remark(self, given: xr.Dataset) -> str:
        cut = float(given["input_cut"].max())
        if cut < SAID:
            return ""
        return (
            f"up to {cut:.1%} of the input's squared eigenvalues were negative. These, and positive ones as small, "
            "are left out"
        )

    def _is_of_two(self, traj: xr.Dataset) -> bool:
        return False

    def settled(self, seen: Observed, fixed: bool) -> Observed:
        seen = super().settled(seen, fixed)
        start = {name: value for name, value in seen.start.items() if name not in (*KERNEL, "input_embedded")}
        return replace(seen, start=start | self._rows(seen.start, self._often(seen.start, seen.dx2)))

    def _rows(self, start: Curves, often: np.ndarray | None) -> Curves:
        """The input's rows, which of them weights learn by, and the first frame's inverse."""
        if "input_rows" in start:
            return {name: start[name] for name in ROWS}
        rows = start["input_embedded"]
        rows = rows - kernels.mean(rows, None if often is None else often[:, None])
        below = driven.Input.of(rows, start["input_elapsed"])
        return dict(zip(ROWS, (below.patterns, below.learned, below.inverse), strict=True))

    def through_kernel(self, seen: Observed) -> Observed:
        """`seen` with the mean squared distances of the input in place of dx2."""
        learned = seen.start["input_rows"] * seen.start["input_learned"][:, None, :, None]
        gram = (np.swapaxes(learned, -1, -2) @ learned).mean(1, keepdims=True)
        distances = between(gram, symmetric=True)[:, 0]
        return replace(seen, dx2=np.maximum(distances, 1e-9 * distances.mean(-1, keepdims=True)))

    def guesses(self, seen: Observed) -> np.ndarray | None:
        """The best guesses for an input that stands still, at several speeds, the best under this input first."""
        encoded = self.through_kernel(seen)
        plain = {name: value for name, value in seen.start.items() if name not in (*ROWS, "input_elapsed")}
        still = UniversalModel(variables=self.variables, exposure=self.exposure)
        encoded = still.settled(replace(encoded, start=plain), fixed="gram" in plain)
        points = scan(still, encoded, encoded, Grid())[:TRIED]
        rates = np.array([parameter.rate for parameter in self.parameters(seen)])
        points = np.where(rates, SPEEDS[:, None, None, None] * points, points).reshape(-1, *points.shape[1:])
        order = np.argsort(self._misfit(points, seen.seldom(places(seen.elapsed.shape[1], SCANNED_TIMES))), axis=0)
        return np.take_along_axis(points, order[..., None], 0)

    def _misfit(self, points: np.ndarray, seen: Observed) -> np.ndarray:
        """The summed squares (candidate, system) that the law leaves at `points` (candidate, system, parameter)."""
        names = [parameter.name for parameter in self.parameters(seen)]
        constants = {name: points[..., i, None] for i, name in enumerate(names)}
        state = constants, seen.start, seen.dx2, seen.dy2, seen.elapsed[:, None]
        h = self.curves_of(("h",), *state, rtol=ROUGH)["h"]
        squares = np.nansum((h - seen.values[:, 0]) ** 2, axis=(-2, -1))
        return np.where(np.isfinite(h).all((-2, -1)), squares, np.inf)

    def _flow(self, rates, start, dx2, dy2, targets, often, end, rtol) -> driven.Flow:
        begin = self._begin(rates, start, dx2, dy2, targets, often)
        rows, learned, inverse = self._rows(start, often).values()
        below = driven.Input(rows, start["input_elapsed"], learned)
        state = driven.Start.seen(begin.gram, begin.output, begin.decoder, below, inverse)
        return driven.Flow(
            state, rates["eta_h"], rates["eta_y"], below, targets, end, exposure=often, rtol=rtol,
            max_steps=min(steps_of(rtol), MOST_STEPS) + STEPS_A_FRAME * rows.shape[1],
        )  # fmt: skip

    def final(self, constants, start, dx2, dy2) -> np.ndarray:
        """The end of learning after the input's last frame, as under an input that stands still."""
        shape, natural, start, dx2, dy2 = elements(constants, start, dx2, dy2)
        often = self._often(start, dx2)
        targets = self._targets(start, dy2, often)
        last = np.maximum(start["input_elapsed"][:, -1:], 0.0)
        flow = self._flow(natural, start, dx2, dy2, targets, often, last[:, 0], self.rtol)
        (gram, output), decoder = flow.at(last), flow.decoder(last)
        rows, learned, _ = self._rows(start, often).values()
        kernel = np.swapaxes(rows[:, -1], -1, -2) @ (rows[:, -1] * learned[..., None])
        begin = all_conditions.Start(gram[:, 0], output[:, 0], decoder[:, 0], 0 * output[:, 0, :, 0])
        eta_h, eta_y, size = natural["eta_h"], natural["eta_y"], np.einsum("eii->ei", kernel).mean(-1)
        end = LONG / np.sqrt(eta_h * eta_y * size * dy2.mean(-1))
        encoder = all_conditions.Kernel.of(kernel, often)
        after = all_conditions.Flow(begin, eta_h, eta_y, encoder, targets, end, exposure=often, rtol=self.rtol)
        return between(after.at(end[:, None])[0], symmetric=True).reshape(*shape, -1)


class InheritedModel(DrivenModel):
    """The rival that an area learns nothing of its own: its first weights read an input that moves.

    The driven law with both rates 0. It has no constants.

    Parameters
    ----------
    driven_by, patterns, exposure, settings : see `neurouniv.DrivenModel`.
    """

    name = "inherited"

    def _need_all(self, traj: xr.Dataset) -> None:
        """Nothing is needed of constants."""

    def parameters(self, seen: Observed) -> list[Parameter]:
        return []

    def guesses(self, seen: Observed) -> np.ndarray | None:
        return None

    def curves_of(self, names, constants, start, dx2, dy2, elapsed, rtol) -> Curves:
        still = np.zeros((*start["h"].shape[:-1], 1))
        rates = {"eta_h": still, "eta_y": still, "decoder0": still}
        return super().curves_of(names, {**constants, **rates}, start, dx2, dy2, elapsed, rtol)

    def final(self, constants, start, dx2, dy2) -> np.ndarray:
        last = np.maximum(start["input_elapsed"][..., None, -1:], 0.0)
        return self.curves(constants, start, dx2, dy2, last)["h"][..., 0]
