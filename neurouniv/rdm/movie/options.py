"""The settings of `trajectory`, and whether they go together."""

from __future__ import annotations

import numbers
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from neurouniv.devices import device_of
from neurouniv.got import did_you_mean
from neurouniv.rdm.measures import MEASURES, Measure, crossnobis_of_precisions
from neurouniv.rdm.noise.precision import BASELINE
from neurouniv.schema import InputError

TIMES = (None, "session", "latency")
WEIGHTINGS = ("runs", "training", "trials")
NOISE_BY = (None, "session", "run")
SHRINKAGE = "ledoit_wolf"


@dataclass(frozen=True)
class Options:
    """The settings of `trajectory`, under their names there."""

    metric: str = "sqeuclidean"
    noise_precision: Any = None
    shrinkage: Any = SHRINKAGE
    baseline: tuple[float, float] | None = None
    time: str | None = None
    regions: Any = None
    weighting: str = "runs"
    per_channel: bool | None = None
    variance: bool | None = None
    device: str = "cpu"
    prior_lambda: float | None = None
    prior_weight: float | None = None
    noise_by: str | None = None

    @property
    def measure(self) -> Measure:
        """The measure that `metric` names, with the priors of rates where they were given, or the noise of each run."""
        measure = MEASURES[self.metric]
        if self.noise_of_runs and measure.crossvalidated:
            return replace(measure, function=crossnobis_of_precisions, with_variance=None)
        return replace(measure, function=partial(measure.function, **self.priors)) if self.priors else measure

    @property
    def noise_of_runs(self) -> bool:
        """Whether every run has noise of its own."""
        return self.noise_by == "run" or "run" in getattr(self.noise_precision, "dims", ())

    @property
    def priors(self) -> dict[str, float]:
        """The priors of rates that were given, under their names."""
        priors = {"prior_lambda": self.prior_lambda, "prior_weight": self.prior_weight}
        return {name: value for name, value in priors.items() if value is not None}

    @property
    def estimated(self) -> bool:
        """Whether the noise is estimated from the recording."""
        return isinstance(self.noise_precision, str)

    def told(self) -> dict[str, Any]:
        """The settings as they are written into history and attributes, arrays by their shape."""
        precision = "none" if self.noise_precision is None else self.noise_precision
        dims = getattr(precision, "dims", ())
        of = f" of {', '.join(map(str, dims[:-2]))}" if len(dims) > 2 else ""
        settings = {
            "metric": self.metric,
            "noise_precision": precision
            if isinstance(precision, str)
            else f"precision matrix{of} {np.shape(precision)}",
            "noise_by": self.noise_by,
            "shrinkage": self.shrinkage if self.estimated else None,
            "baseline": self.baseline,
            "time": self.time,
            "regions": _regions_text(self.regions),
            "per_channel": self.per_channel,
            "weighting": self.weighting if self.measure.crossvalidated else None,
            **self.priors,
        }
        return {name: value for name, value in settings.items() if value is not None}


def _regions_text(regions: Any) -> str | None:
    if regions is None or isinstance(regions, str):
        return regions
    radius = regions.attrs.get("radius")
    return f"{regions.dims} {regions.shape}" if radius is None else f"searchlights of {radius:g} mm"


def checked(options: Options, networks: bool) -> Options:
    """`options`, if they go together, with the noise that the measure takes by default and the device by its name.

    Raises
    ------
    InputError : a name that is none, or settings that do not go together; the message says what to do.
    """
    if options.metric not in MEASURES:
        raise InputError(
            f"metric is one of {tuple(MEASURES)}; got {options.metric!r}.{did_you_mean(options.metric, MEASURES)}"
        )
    _one_of("time", options.time, TIMES)
    _one_of("weighting", options.weighting, WEIGHTINGS)
    _one_of("noise_by", options.noise_by, NOISE_BY)
    measure = options.measure
    if options.noise_precision is not None and not measure.whitens:
        able = " or ".join(f"metric='{name}'" for name, candidate in MEASURES.items() if candidate.whitens)
        raise InputError(f"noise_precision needs {able}; got metric={options.metric!r}. Leave noise_precision=None.")
    need_runs_alike(options)
    if options.weighting != "runs" and not measure.crossvalidated:
        raise InputError(f"weighting={options.weighting!r} needs a crossvalidated measure. Leave weighting='runs'.")
    _check_priors(options)
    if networks:
        _check_networks(options)
    elif options.metric == "mahalanobis" and options.noise_precision is None:
        options = replace(options, noise_precision="residuals")
    _need_noise(options)
    return replace(options, device=device_of(options.device))


def need_runs_alike(options: Options) -> None:
    """Where every run has noise of its own, runs count alike: other weightings have one matrix for all runs."""
    if options.noise_of_runs and options.weighting != "runs":
        raise InputError(
            f"weighting={options.weighting!r} needs one precision for all runs; got one for each run. Leave "
            "weighting='runs'."
        )


def _check_priors(options: Options) -> None:
    """Priors go with measures of rates, and are numbers that are not negative."""
    for name, value in options.priors.items():
        if not options.measure.rates:
            able = " or ".join(f"metric='{metric}'" for metric, measure in MEASURES.items() if measure.rates)
            raise InputError(f"{name}={value!r} needs {able}; got metric={options.metric!r}. Leave it out.")
        if not (isinstance(value, numbers.Real) and 0 <= value < np.inf):
            what = "a rate in the unit of activity" if name == "prior_lambda" else "a number of observations"
            raise InputError(f"{name} is {what}, 0 or more; got {value!r}.")


def _need_noise(options: Options) -> None:
    """Settings of the noise that is estimated come with such noise: alone they would change nothing."""
    if options.baseline is not None and not (options.estimated and options.noise_precision == BASELINE):
        raise InputError(
            f"baseline={options.baseline!r} needs noise_precision='{BASELINE}', which is estimated there, for "
            "metric='mahalanobis' or 'crossnobis'. Give it too, or leave baseline=None. Baselines are "
            "not subtracted from activity here."
        )
    if options.noise_by is not None and not options.estimated:
        raise InputError(
            f"noise_by={options.noise_by!r} needs noise that is estimated: noise_precision='residuals' or "
            f"'{BASELINE}', for metric='mahalanobis' or 'crossnobis'. Matrices of your own come as noise_precision, a "
            f"DataArray ({options.noise_by}, channel, channel_). Leave noise_by=None."
        )
    if options.shrinkage != SHRINKAGE and not options.estimated:
        raise InputError(
            f"shrinkage={options.shrinkage!r} needs noise that is estimated: noise_precision='residuals' or "
            f"'{BASELINE}', for metric='mahalanobis' or 'crossnobis'. Give that too, or leave shrinkage='{SHRINKAGE}'."
        )


def _check_networks(options: Options) -> None:
    if options.measure.crossvalidated:
        raise InputError(
            f"metric='{options.metric}' needs trials in runs, which networks do not have: their activity has no noise. "
            "Use metric='sqeuclidean'."
        )
    if options.estimated or (options.metric == "mahalanobis" and options.noise_precision is None):
        raise InputError(
            "Networks have no trials to estimate noise from. Give a precision matrix (unit, unit) as "
            "`noise_precision`, or use metric='sqeuclidean'."
        )
    for name in ("time", "regions", "variance", "baseline", "noise_by"):
        if getattr(options, name):
            raise InputError(f"{name}={getattr(options, name)!r} is for recordings; got networks. Leave it out.")


def _one_of(name: str, value: Any, allowed: tuple) -> None:
    if value not in allowed:
        raise InputError(f"{name} is one of {allowed}; got {value!r}.{did_you_mean(value, allowed)}")
