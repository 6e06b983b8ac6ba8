"""The template rival: another system's movie, re-timed and re-scaled, is the prediction."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
import xarray as xr

from neurouniv.fitting.equation import Curves
from neurouniv.fitting.observed import Observed
from neurouniv.fitting.parameter import Parameter
from neurouniv.laws.law import Law
from neurouniv.laws.rate_law import plateau
from neurouniv.rdm.pairs import Pairs
from neurouniv.schema import InputError, batch_dims, check_trajectory

PACES = 2.0 ** np.arange(-5.0, 5.01, 0.5)


class TemplateModel(Law):
    """Cross-prediction: what another system learned, re-timed and re-scaled by two constants.

    h(t) = `gain` h_template(`pace` t), pair by pair, joined by the names of the two conditions; the template is
    read between its frames linearly and stays at its last frame after it. Its start is the template's, not the
    trajectory's. If one law governs both systems and they start alike, a network's movie predicts a brain's this
    way; beside the law it shows what the law's form adds to an example of it.

    Parameters
    ----------
    template : trajectory of one system (`h` (time, pair), no batch dimensions), with `first` and `second`; it has
        every pair that is to be predicted.
    settings : see `neurouniv.laws.law.Law`; `per` is "system".

    Raises
    ------
    InputError : the template has batch dimensions or NaN; on fitting or predicting, where it lacks a pair.

    Examples
    --------
    >>> pair = {"first": ("pair", ["a"]), "second": ("pair", ["b"]), "dx2": ("pair", [1.0]), "dy2": ("pair", [1.0])}
    >>> h = np.linspace(0.1, 1, 10)[:, None] ** 2
    >>> network = xr.Dataset({"h": (("time", "pair"), h)}, {"time": np.arange(10.0), **pair})
    >>> brain = network.assign(h=5 * network.h).assign_coords(time=3 * network.time)
    >>> constants = TemplateModel(network).fit(brain).constants_
    >>> round(float(constants.gain), 4), round(float(constants.pace), 4)
    (5.0, 0.3333)
    """

    name = "template"
    pairwise = False
    starts_from_h = False
    fitted = ("constants_", "course_")

    def __init__(self, template: xr.Dataset, **settings: Any):
        super().__init__(**settings)
        self.template = _checked(template)
        if self.per != "system":
            raise InputError(f"A template's gain and pace are per system; got per={self.per!r}.")

    def observed(self, traj: xr.Dataset) -> Observed:
        self.course_ = self._course(traj)
        return super().observed(traj)

    def predict(self, traj: xr.Dataset, time: Any = None) -> xr.Dataset:
        return Law.predict(self._on(traj), traj, time)

    def final_structure(self, traj: xr.Dataset) -> xr.DataArray:
        return Law.final_structure(self._on(traj), traj)

    def parameters(self, seen: Observed) -> list[Parameter]:
        span = float(np.ptp(self.template["time"].values))
        end = np.abs(self.course_[:, -1]).mean()
        return [
            Parameter("gain", "positive", plateau(seen).mean(-1) / end),
            Parameter("pace", "positive", span / seen.elapsed[:, -1], rate=True),
        ]

    def guesses(self, seen: Observed) -> np.ndarray:
        """The best paces of a scan, each with the gain that least squares give it."""
        pace = PACES[:, None] * np.ptp(self.template["time"].values) / seen.elapsed[:, -1]
        shape = self._course_at(pace[..., None], seen.elapsed[:, None])
        h = seen.values[:, seen.variables.index("h")]
        shape = np.where(np.isfinite(h), shape, 0.0)
        h = np.nan_to_num(h)
        power = np.maximum((shape**2).sum((-2, -1)), 1e-300)
        gain = np.maximum((shape * h).sum((-2, -1)) / power, 1e-6 * np.abs(h).max((-2, -1)))
        misfit = ((gain[..., None, None] * shape - h) ** 2).sum((-2, -1))
        order = np.argsort(misfit, axis=0)
        return np.stack([np.take_along_axis(part, order, 0) for part in (gain, pace)], -1)

    def curves(self, constants, start, dx2, dy2, elapsed, rtol=1e-9) -> Curves:
        return {"h": constants["gain"][..., None] * self._course_at(constants["pace"], elapsed)}

    def final(self, constants, start, dx2, dy2) -> np.ndarray:
        return constants["gain"] * self.course_[:, -1]

    def _course_at(self, pace: np.ndarray, elapsed: np.ndarray) -> np.ndarray:
        """The template (..., pair, time) at `pace` (..., 1) times `elapsed` (..., 1, time)."""
        time = self.template["time"].values - self.template["time"].values[0]
        moments = np.minimum(pace[..., None] * elapsed, time[-1])
        before = np.clip(np.searchsorted(time, moments, side="right") - 1, 0, len(time) - 2)
        share = (moments - time[before]) / (time[before + 1] - time[before])
        frames = np.moveaxis(self.course_[:, np.stack([before[..., 0, :], before[..., 0, :] + 1])], 0, -2)
        return (1 - share) * frames[0] + share * frames[1]

    def _on(self, traj: xr.Dataset) -> Self:
        """This law, as fitted, for the pairs of `traj`."""
        law = super().clone()
        if hasattr(self, "constants_"):
            law.constants_ = self.constants_
        law.course_ = self._course(traj)
        return law

    def _course(self, traj: xr.Dataset) -> np.ndarray:
        """The template's distances (pair, time) in the order of the pairs of `traj`."""
        place = {pair: i for i, pair in enumerate(Pairs.of(self.template).keys)}
        pairs = Pairs.of(check_trajectory(traj, ("h", "first", "second"))).keys
        absent = [" and ".join(sorted(pair)) for pair in pairs if pair not in place]
        if absent:
            raise InputError(
                f"The template has no distance between {'; '.join(absent[:3])}"
                f"{f' and {len(absent) - 3} more pairs' if len(absent) > 3 else ''}; it needs every pair it is to "
                "predict. Train it on the same conditions, named alike."
            )
        return self.template["h"].transpose("pair", "time").values[[place[pair] for pair in pairs]]


def _checked(template: xr.Dataset) -> xr.Dataset:
    check_trajectory(template, ("h", "first", "second"))
    dims = batch_dims(template["h"])
    if dims or template.sizes["time"] < 2 or not np.isfinite(template["h"]).all():
        raise InputError(
            f"A template is one system's finite movie of at least two frames; this one has {dict(template['h'].sizes)} "
            f"and {int(template['h'].isnull().sum())} NaN. Select or average: `template.mean('seed')`."
        )
    return (
        template[["h"]]
        .reset_coords(drop=True)
        .assign_coords(time=template["time"], first=template["first"], second=template["second"])
    )
