"""When frames were taken: by a rate, or by times of their own, given or in a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from neurouniv.schema import InputError
from neurouniv.systems.recordings.formats.arrays.numpy_files import plain_array
from neurouniv.systems.recordings.formats.timing.frames import Frames, increasing
from neurouniv.untrusted.regular import is_file_at


def clock_of(count: int, rate: Any, times: Any, source: str, folder: Path | None = None) -> Frames | None:
    """The clock of `count` frames; None where neither a rate (frames/s) nor times (s) are given.

    times : one for each frame, an array or a .npy file, also one beside the recording.

    Raises
    ------
    InputError : the rate is not positive, there are more or fewer times than frames, or times do not increase.
    """
    if times is None:
        return None if rate is None else Frames(None, count, 0.0, positive_rate(rate))
    if rate is not None:
        raise InputError("Frames have a rate or times of their own; got both `rate` and `times`. Leave one out.")
    if isinstance(times, (str, Path)):
        times = array_in(times, folder)
    try:
        times = np.asarray(times, dtype=float).ravel()
    except (TypeError, ValueError) as error:
        raise InputError(f"`times` are the times of frames in s; got {type(times).__name__}.") from error
    if times.size != count:
        raise InputError(f"`times` needs one time for each of the {count} frames of {source}; got {times.size}.")
    return Frames(increasing(times, count, "the frames", source), count)


def positive_rate(rate: Any) -> float:
    """`rate` as a number of samples a second."""
    try:
        number = float(rate)
    except (TypeError, ValueError):
        number = np.nan
    if not 0 < number < np.inf:
        raise InputError(f"`rate` is the number of frames or samples per second; got {rate!r}.")
    return number


def array_in(name: str | Path, folder: Path | None) -> np.ndarray:
    """The array of a .npy file, at the path itself or in the folder of the recording."""
    places = [Path(name).expanduser(), *([folder / name] if folder is not None else [])]
    path = next((place for place in places if is_file_at(place)), None)
    if path is None:
        raise InputError(f"`times` is an array or a .npy file of the times of frames in s; there is no file '{name}'.")
    return plain_array(path)
