"""One system as the player shows it: its RDM movie in few bytes, conditions in a plane, and curves with the law's."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from neurouniv.figures.numbers import number
from neurouniv.figures.rdm_film import times_of
from neurouniv.figures.rdm_frames import Frames, frames_of, missing_text
from neurouniv.figures.rdm_mds import FEW
from neurouniv.figures.rdm_plane import plane_of
from neurouniv.figures.rdm_scale import Scale, below_zero, meaning, scale_of
from neurouniv.figures.units import at_time, unit_scale
from neurouniv.rdm.groups import pair_groups
from neurouniv.schema import WITHIN_TRIAL, InputError, choices_as_outputs

MISSING, SHADES = 255, 254
"""The byte of a distance that is not known, and that of the largest."""
NOWHERE, FARTHEST = -32768, 32000
"""The same for places in the plane."""


@dataclass(frozen=True)
class Limits:
    """How many times and conditions of a system are kept."""

    times: int
    conditions: int


def movies_of(
    name: str, traj: xr.Dataset, predicted: xr.Dataset | None, limits: Limits
) -> tuple[list[dict[str, Any]], list[str]]:
    """The movies of a trajectory, one for every layer or region, and in words what was left out.

    Members are averaged, of the prediction too.

    Raises
    ------
    InputError : it holds no RDMs.
    """
    traj = choices_as_outputs(traj)
    whole = frames_of(traj)
    places, fewer_times = times_of(whole.time, None, limits.times)
    chosen, fewer_conditions = _chosen(whole.names, limits.conditions)
    frames = frames_of(traj, order=chosen)
    law = None if predicted is None else frames_of(predicted, order=chosen)
    law_whole = None if predicted is None else frames_of(predicted)
    masks = pair_groups(traj)
    remarks = [*whole.notes, fewer_times, fewer_conditions, missing_text(whole.h, whole.pairs), below_zero(whole.h)]
    movies = []
    for row, (label, h) in enumerate(frames.rows()):
        movie = _movie(frames, row, places, law)
        means = [whole.rows()[row][1], *([law_whole.rows()[row][1]] if law_whole is not None else [])]
        movie |= {"name": ", ".join(filter(None, (name, label))), "groups": _groups(masks, means, places)}
        movie |= _times(whole.time.isel(time=places)) | _legend(h, movie.pop("scale"))
        movies.append(movie)
    return movies, list(filter(None, remarks))


def _movie(frames: Frames, row: int, places: np.ndarray, law: Frames | None) -> dict[str, Any]:
    """Distances and points of one row, in bytes."""
    h = frames.rows()[row][1].isel(time=places)
    expected = None if law is None else law.rows()[row][1].isel(time=places)
    scale = scale_of(np.stack([h.values, *([] if expected is None else [expected.values])]))
    movie = {"names": frames.names.tolist(), "scale": scale, "seen": _bytes(frames, h, scale)}
    movie |= {} if expected is None or law is None else {"law": _bytes(law, expected, scale)}
    return movie | _plane(frames, row, places) | {"labels": _labels(frames)}


def _bytes(frames: Frames, h: xr.DataArray, scale: Scale) -> str:
    """Distances (time, pair) as a byte each, in pdist's order of the conditions."""
    count = len(frames.names)
    rows, columns = np.triu_indices(count, 1)
    values = frames.square(h)[:, rows, columns]
    shades = np.clip(np.round((values - scale.low) / (scale.high - scale.low) * SHADES), 0, SHADES)
    return _base64(np.where(np.isfinite(values), shades, MISSING).astype(np.uint8))


def _plane(frames: Frames, row: int, places: np.ndarray) -> dict[str, Any]:
    """Conditions in a plane at every time, turned alike; without one where pairs are missing."""
    try:
        plane = plane_of(frames, places)
    except InputError:
        return {"points": None, "plane": "Pairs are missing, so there are no points."}
    points = plane.points[row]
    known = points[np.isfinite(points).all(-1)]
    middle = (known.max(0) + known.min(0)) / 2 if len(known) else np.zeros(2)
    reach = float(np.abs(known - middle).max()) if len(known) else 0.0
    places_in_bytes = np.where(np.isfinite(points), (points - middle) / (reach or 1.0) * FARTHEST, NOWHERE)
    shares = [f"{100 * share:.0f} %" if np.isfinite(share) else "" for share in plane.share[row]]
    return {"points": _base64(np.round(places_in_bytes).astype("<i2")), "shares": shares}


def _labels(frames: Frames) -> list[str]:
    """What the colour of every condition stands for: its class, else itself where there are few; "" for nothing."""
    names = frames.names.tolist()
    if frames.classes is not None:
        return [frames.classes.of[name] for name in names]
    return names if len(names) <= FEW else [""] * len(names)


def _groups(masks: Mapping[str, np.ndarray], means: list[xr.DataArray], places: np.ndarray) -> list[dict[str, Any]]:
    """Mean distances of groups of pairs over time: what was seen, then the law's where there is one."""
    groups = []
    for name, mask in masks.items():
        curves = [h.isel(pair=np.flatnonzero(mask)).mean("pair").isel(time=places).values for h in means]
        rounded = [[_short(value) for value in curve] for curve in curves]
        law = rounded[1] if len(rounded) > 1 else None
        groups.append({"name": f"{name} ({int(mask.sum())} pairs)", "seen": rounded[0], "law": law})
    return groups


def _times(time: xr.DataArray) -> dict[str, Any]:
    """The times in words, and how far each is on the way from the first to the last."""
    values = time.values.astype(float)
    span = values[-1] - values[0] if len(values) > 1 else 0.0
    shares = (values - values[0]) / span if span > 0 else np.zeros(len(values))
    note = "time within the trial, which is not learning" if time.attrs.get("axis") == WITHIN_TRIAL else ""
    return {"when": [at_time(one) or "one frame" for one in time], "shares_of_time": shares.round(6).tolist(),
            "time_note": note}  # fmt: skip


def _legend(h: xr.DataArray, scale: Scale) -> dict[str, Any]:
    """The colours of distances from the lowest to the highest, and these two in units."""
    factor, unit = unit_scale(h.attrs.get("units"), max(abs(scale.low), abs(scale.high)))
    shades = scale.cmap(np.linspace(0.0, 1.0, SHADES + 1))[:, :3]
    return {
        "shades": _base64(np.round(255 * shades).astype(np.uint8)), "low": scale.low, "high": scale.high,
        "ends": [number(scale.low * factor), number(scale.high * factor)], "unit": unit, "meaning": meaning(h),
        "factor": factor,
    }  # fmt: skip


def _chosen(names: np.ndarray, most: int) -> tuple[list[str], str]:
    """The conditions that are kept, evenly from their order, and what is to be said where it is not all."""
    places = np.unique(np.linspace(0, len(names) - 1, min(most, len(names))).round().astype(int))
    fewer = f"{len(places)} of {len(names)} conditions, evenly from their order" if len(places) < len(names) else ""
    return names[places].tolist(), fewer


def _short(value: float) -> float | None:
    return float(f"{value:.4g}") if np.isfinite(value) else None


def _base64(array: np.ndarray) -> str:
    return base64.b64encode(np.ascontiguousarray(array).tobytes()).decode()
