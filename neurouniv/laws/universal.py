"""The universal law: all conditions of a system at once, sharing one encoder and one decoder."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import xarray as xr

from neurouniv.fitting.observed import Observed
from neurouniv.fitting.parameter import Parameter
from neurouniv.laws.integrated import MOST_STEPS, ROUGHLY, SOME_STEPS, IntegratedLaw, Solved
from neurouniv.laws.law import Law, vars_of
from neurouniv.laws.pairwise import PairwiseModel
from neurouniv.laws.rate_law import plateau
from neurouniv.schema import InputError
from neurouniv.theory import all_conditions

OF_MORE = ("kernel", "means", "depth", "leak", "exposure")
"""Settings that two centred conditions feel in the unit of their constants alone."""


class _TwoConditions(PairwiseModel):
    """The universal law of two conditions, which are one pair."""

    name = "universal"


class UniversalModel(IntegratedLaw):
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
                f"start={self.start!r} needs two centred conditions; the outputs of more conditions start where they "
                "are observed, or at 0. Leave it out, or use `neurouniv.PairwiseModel`."
            )
        if hasattr(self, "constants_") and "decoder0" not in self.constants_ and "decoder" not in traj:
            raise InputError(
                "These constants were fitted to two conditions, or with the readout known; `decoder0` is missing, "
                "which more conditions need. Fit the law to the trajectory it is to predict, or to one like it."
            )

    def parameters(self, seen: Observed) -> list[Parameter]:
        rates = PairwiseModel(start={}).parameters(self.through_kernel(seen))
        if "decoder" in seen.start:
            return rates
        unseen = 0.1 * seen.dy2.mean(-1) / plateau(seen).mean(-1)
        unbounded = "y" not in seen.start and seen.variance is None  # noise tells how far below a decoder can be seen
        return [*rates, Parameter("decoder0", "share", unseen, prior_sd=3.0 if unbounded else None)]

    def _flow(self, rates, start, dx2, dy2, targets, often, end, rtol) -> Solved:
        begin = self._begin(rates, start, dx2, dy2, targets, often)
        kernel = self._encoded(start, dx2, begin.gram, often)
        return all_conditions.Flow(
            begin, rates["eta_h"], rates["eta_y"], kernel, targets, end, means=self.means, exposure=often, rtol=rtol,
            max_steps=SOME_STEPS if rtol >= ROUGHLY else self.patience * MOST_STEPS,
        )  # fmt: skip
