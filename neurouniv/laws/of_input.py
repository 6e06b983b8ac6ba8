"""Laws of an area that are given the movie of its input: how they get it."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, Self

import numpy as np
import xarray as xr

from neurouniv.fitting.observed import Observed, clock_of
from neurouniv.laws.law import Law, with_remark
from neurouniv.rdm.driven_by import driven_by
from neurouniv.schema import InputError, need_variables


class LawOfInput(Law):
    """A law of an area that is given the movie of its input, at all its times.

    Parameters
    ----------
    driven_by : the trajectory of the layer or area below, joined by `neurouniv.driven_by`; None where the trajectory
        that is fitted has its input already.
    patterns : the patterns of that layer, see there.
    settings : see `neurouniv.laws.law.Law`.
    """

    pairwise = False

    def __init__(self, *, driven_by: xr.Dataset | None = None, patterns: xr.DataArray | None = None, **settings: Any):
        super().__init__(**settings)
        self.driven_by = driven_by
        self.patterns = patterns
        if driven_by is None and patterns is not None:
            raise InputError(
                "patterns need driven_by, the trajectory of the same layer; got patterns alone. Give both: "
                f"`{type(self).__name__}(driven_by=below, patterns=patterns)`."
            )

    def fit(self, traj: xr.Dataset) -> Self:
        given = self.given(traj)
        super().fit(given)
        if remark := self.remark(given):
            self.constants_ = with_remark(self.constants_, remark)
        return self

    def predict(self, traj: xr.Dataset, time: Any = None) -> xr.Dataset:
        given = self.given(traj)
        last, asked = float(given["input_time"].max()), given["time"] if time is None else time
        if np.max(asked) > last:
            raise InputError(
                f"The {self.name} law predicts an area while its input is known, until {last:g}; a prediction at "
                f"{np.max(asked):g} was asked for. Ask for earlier times, or give a longer input: "
                "`neurouniv.driven_by(trajectory, below)`."
            )
        return super().predict(given, time)

    def final_structure(self, traj: xr.Dataset) -> xr.DataArray:
        """The distances at infinite time (..., pair), where the input stays as in its last frame."""
        return super().final_structure(self.given(traj))

    def observed(self, traj: xr.Dataset) -> Observed:
        return super().observed(self.given(traj))

    def given(self, traj: xr.Dataset) -> xr.Dataset:
        """`traj` with what the law needs of its input, and how long after the area's start its frames are."""
        need_variables(traj, ("h", "time"), "A trajectory", "`neurouniv.trajectory` makes one from activity.")
        if "input_elapsed" in traj:
            return traj
        attached = self.attached(traj)
        given = self.with_input(traj).assign_coords(input_time=attached["input_time"])
        return given.assign(input_elapsed=_elapsed(attached, self.clock))

    @abstractmethod
    def with_input(self, traj: xr.Dataset) -> xr.Dataset:
        """`traj` with what the law needs of the input."""

    def remark(self, given: xr.Dataset) -> str:
        """What has to be said of the input wherever constants are."""
        return ""

    def attached(self, traj: xr.Dataset) -> xr.Dataset:
        """`traj` with its input's movie."""
        if self.driven_by is not None:
            return driven_by(traj, self.driven_by, self.patterns)
        if "input_h" not in traj:
            raise InputError(
                f"The {self.name} law needs the RDM movie of the area's input, which this trajectory lacks. Give it "
                "the trajectory of the layer or area below: `neurouniv.driven_by(trajectory, below)`."
            )
        return traj


def need_finite(movie: xr.DataArray) -> None:
    """Raise `InputError` unless the input has every distance."""
    absent = int(movie.isnull().sum())
    if absent:
        raise InputError(
            f"The movie of an input has every pair at every frame; {absent} of {movie.size} are missing (NaN). Fill "
            "them from other frames, `below.interpolate_na('time')`, or leave out what is incomplete, of both: "
            "`below.dropna('time')`; and join it to a trajectory of all pairs of its conditions."
        )


def _elapsed(traj: xr.Dataset, clock: str | None) -> xr.DataArray:
    """The clock's time (..., input_time) from each system's first frame to the frames of the input."""
    place = traj["h"].notnull().any("pair").argmax("time")
    time, clock_times = traj["time"].values.astype(float), clock_of(traj, clock).values.astype(float)
    frames = traj["input_time"].values.astype(float)
    frames = frames if clock is None else np.interp(frames, time, clock_times)
    begin = xr.DataArray(clock_times, dims="time")[place].reset_coords(drop=True)
    return (xr.DataArray(frames, dims="input_time") - begin).transpose(..., "input_time")
