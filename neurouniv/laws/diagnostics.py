"""Diagnostics of a fit: profiles, the bootstrap, and fits to data that end earlier."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr

from neurouniv.fitting import diagnosis, unknown_noise
from neurouniv.fitting import refit_bootstrap as drawing
from neurouniv.fitting.batch import Batch
from neurouniv.fitting.estimates import spread_of
from neurouniv.fitting.intervals import WIDEST
from neurouniv.fitting.least_squares import Fit
from neurouniv.fitting.problem import Problem
from neurouniv.fitting.profile import RISE
from neurouniv.fitting.profile import profile as rise_of
from neurouniv.fitting.sizes import Sound, without_empty
from neurouniv.laws.law import Law, need_law
from neurouniv.names import public
from neurouniv.renamed import renamed
from neurouniv.schema import InputError, check_trajectory, need_free_names, with_history

WIDE, LEAST, MOST = 4.0, 0.05, np.log(WIDEST) / 2
"""A profile reaches this many standard errors to both sides, at least by LEAST and at most by MOST on the fitted scale,
for most constants the logarithm. By hand: 95 % intervals end at two to three, and wider ones than to MOST say nothing.
"""


@public
def profile(law: Law, traj: xr.Dataset, constants: Sequence[str] | None = None, points: int = 21) -> xr.Dataset:
    """Profiles: how much the misfit rises when one constant is held at other values and the others are fitted again.

    A profile that rises to both sides determines its constant; a flat one does not.

    Parameters
    ----------
    law : its settings are used; it need not be fitted.
    constants : names; default all of the law.
    points : values along each profile.

    Returns
    -------
    Dataset with `value` and `rise` (..., constant, point): the rise of 2 log L, 0 at the best fit; the sum of squares
    is divided by the noise, known or estimated from the residuals. `best` (..., constant). Attribute `threshold`:
    the rise at the ends of a 95 % interval (3.84). Values reach beyond the ends of the law's intervals, as far as the
    search for constants does; intervals that span a factor of a million or more are not determined.

    Examples
    --------
    >>> import numpy as np, xarray as xr
    >>> from neurouniv.laws import UniversalModel
    >>> time, noise = np.linspace(0, 20, 30), np.random.default_rng(0).normal(size=(30, 1))
    >>> h = 1 / (1 + 99 * np.exp(-time[:, None])) + 0.01 * noise
    >>> pair = {"first": ("pair", ["a"]), "second": ("pair", ["b"]), "dx2": ("pair", [1.0]), "dy2": ("pair", [1.0])}
    >>> traj = xr.Dataset({"h": (("time", "pair"), h)}, {"time": time, **pair})
    >>> result = profile(UniversalModel(start={"y0": 1e-4, "w0": -9.9e-3}), traj, ["eta_h", "eta_y"], points=7)
    >>> bool((result.rise.isel(point=[0, -1]) > result.threshold).all())
    True
    """
    traj, empty = _sound(law, traj, "constant", "point", "value", "rise", "best")
    batch = _solved(law, traj)
    names = list(dict.fromkeys(p.name for problem, _ in batch.fits for p in problem.parameters))
    chosen = names if constants is None else list(constants)
    if unknown := [name for name in chosen if name not in names]:
        raise InputError(f"The {law.name} law has the constants {names} here; got {unknown}.")
    profiles = batch.gathered([_profiles(*solved, chosen, points) for solved in batch.fits])
    rows = np.stack([profiles[name] for name in chosen], 1)  # (system, constant, best or value or rise)
    seen = batch.seen
    result = xr.Dataset(
        {
            "value": seen.labelled(rows[..., 1 : 1 + points], "constant", "point"),
            "rise": seen.labelled(rows[..., 1 + points :], "constant", "point"),
            "best": seen.labelled(rows[..., 0], "constant"),
        },
        dict(seen.batch.coords) | {"constant": chosen},
        {"law": law.name, "threshold": RISE},
    )
    return with_history(without_empty(result, empty), "profile", source=traj)


def _profiles(problem: Problem, fit: Fit, chosen: Sequence[str], points: int) -> dict[str, np.ndarray]:
    """Of every chosen constant its best value, the values of its profile and their rises (system, row)."""
    error = spread_of(problem, fit, *problem.slopes(fit)).error
    low, high = problem.bounds
    rows = {}
    for i, p in enumerate(problem.parameters):
        if p.name in chosen:
            half = np.clip(WIDE * error[:, [i]], LEAST, MOST) * np.linspace(-1, 1, points)
            theta = np.clip(fit.theta[:, [i]] + half, low[:, [i]], high[:, [i]])
            values = p.from_scale(theta.T).T
            rows[p.name] = np.concatenate(
                [p.from_scale(fit.theta[:, i])[:, None], values, rise_of(problem, fit, i, theta)], 1
            )
    return rows


@renamed(repeats="resamples")
@public
def bootstrap(law: Law, traj: xr.Dataset, over: str = "conditions", resamples: int = 200, seed: int = 0) -> xr.Dataset:
    """The constants fitted to data drawn with replacement from the data.

    Parameters
    ----------
    over : "conditions", a pair counting as often as both its conditions were drawn: it holds for conditions to come,
        and is wide, 1.9 times the likelihood's spread where the law is true (40 simulated systems); or "times"
        (sessions).
    resamples : how many draws.

    Returns
    -------
    Dataset with every constant (..., repeat).

    Raises
    ------
    InputError : fewer than 4 conditions, or another `over`.
    """
    traj, empty = _sound(law, traj, "repeat")
    batch = _solved(law, traj)
    draws = [np.moveaxis(drawing.bootstrap(*solved, over, resamples, seed), 0, -1) for solved in batch.fits]
    result = _of_constants(batch, draws, "repeat").assign_attrs(law=law.name, over=over)
    result = without_empty(result, empty)
    return with_history(result, "bootstrap", source=traj, over=over, resamples=resamples, seed=seed)


@public
def truncation(law: Law, traj: xr.Dataset, shares: Sequence[float] = (0.4, 0.55, 0.7, 0.85, 1.0)) -> xr.Dataset:
    """The constants fitted to data that end earlier: how far a fit depends on where its data end.

    Parameters
    ----------
    shares : of the frames that are kept, from the first; each in (0, 1].

    Returns
    -------
    Dataset with every constant (..., share).
    """
    if not all(0 < share <= 1 for share in shares):
        raise InputError(f"shares of the frames lie in (0, 1]; got {list(shares)}.")
    traj, empty = _sound(law, traj, "share")
    batch = _solved(law, traj)
    cuts = [np.stack([diagnosis.cut(problem, fit.theta, share) for share in shares], -1) for problem, fit in batch.fits]
    result = _of_constants(batch, cuts, "share").assign_coords(share=list(shares)).assign_attrs(law=law.name)
    return with_history(without_empty(result, empty), "truncation", source=traj, shares=list(shares))


def _of_constants(batch: Batch, thetas: Sequence[np.ndarray], dim: str) -> xr.Dataset:
    """The constants (..., `dim`) at thetas (system, parameter, `dim`), one array for every fit of the batch."""
    values = batch.gathered(
        [
            {p.name: p.from_scale(theta[:, i].T).T for i, p in enumerate(problem.parameters)}
            for (problem, _), theta in zip(batch.fits, thetas, strict=True)
        ]
    )
    data = {name: batch.seen.labelled(array, dim) for name, array in values.items()}
    return xr.Dataset(data, batch.seen.batch.coords)


def _sound(law: Law, traj: xr.Dataset, *own: str) -> Sound:
    """The trajectory, checked; the diagnostic's result has names of its `own`."""
    need_law(law)
    need_free_names({*check_trajectory(traj)["h"].dims, *traj["h"].coords}, own, "This diagnostic")
    return law.sound(traj)


def _solved(law: Law, traj: xr.Dataset) -> Batch:
    law = law.clone().form(traj)
    return unknown_noise.solved(law, law.fit_settings, traj, law.observed)
