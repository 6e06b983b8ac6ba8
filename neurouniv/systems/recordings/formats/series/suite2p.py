"""suite2p: folders of planes (F.npy, Fneu.npy, spks.npy, iscell.npy), and Fall.mat."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from neurouniv.schema import InputError
from neurouniv.systems.recordings.assembly.fields import Fields
from neurouniv.systems.recordings.formats.arrays.numpy_files import plain_array
from neurouniv.systems.recordings.formats.matlab import mat_files
from neurouniv.systems.recordings.formats.series.align import CLOCK, aligned
from neurouniv.systems.recordings.formats.series.align import SETTINGS as ALIGN
from neurouniv.systems.recordings.formats.series.frame_times import clock_of
from neurouniv.systems.recordings.formats.series.pickled_number import pickled_number
from neurouniv.systems.recordings.formats.series.samples import Samples
from neurouniv.systems.recordings.formats.timing.frames import Frames

SETTINGS = (*ALIGN, *CLOCK, "signal", "quality")
FILES = ("F.npy", "Fneu.npy", "spks.npy", "iscell.npy")
PARTS = tuple(f"{place}{name}" for place in ("", "plane*/", "suite2p/plane*/") for name in FILES)
NEUROPIL = 0.7
SMOOTHING, BASELINE = 10.0, 60.0  # suite2p's own: frames of the Gaussian, s of the window of the baseline
HOW = {
    "spks": "deconvolved activity (spks)",
    "F": f"fluorescence less {NEUROPIL} of the neuropil (F - {NEUROPIL} Fneu)",
    "dF": f"fluorescence (F - {NEUROPIL} Fneu) less its baseline, suite2p's maximin over {BASELINE:g} s",
}
QUALITY = ("good", "all")


@dataclass(frozen=True)
class Plane:
    """One imaging plane: series (ROI, frame) by the name of their file, and which ROIs are cells, where known."""

    name: str
    series: Mapping[str, np.ndarray]
    is_cell: np.ndarray | None

    @property
    def shape(self) -> tuple[int, int]:
        """Numbers of ROIs and frames."""
        return next(iter(self.series.values())).shape


def is_suite2p(path: Path, start: bytes) -> bool:
    """Whether a folder is a plane of suite2p, or holds its planes."""
    return bool(plane_folders(path))


def plane_folders(path: Path) -> list[Path]:
    """The folders of the planes: the path itself, or plane0, plane1, ... in it or in its folder suite2p."""
    for place in (path, path / "suite2p"):
        if _is_plane(place):
            return [place]
        planes = [folder for folder in place.glob("plane*") if _is_plane(folder)]
        if planes:
            return sorted(planes, key=lambda folder: (len(folder.name), folder.name))
    return []


def is_fall(path: Path, start: bytes) -> bool:
    """Whether a MATLAB file is suite2p's Fall.mat, by its variables."""
    if not mat_files.is_mat(start):
        return False
    try:
        names = set(mat_files.variables(path))
    except Exception:  # damaged, or of classes alone: the reader of MATLAB files says how
        return False
    return {"F", "spks", "iscell"} <= names


def read_suite2p(path: Path, source: str, **settings: Any) -> Fields:
    """Activity of cells around onsets, from a folder of suite2p; ops.npy and stat.npy are pickles and never unpickled.

    Parameters
    ----------
    settings : see `neurouniv.systems.recordings.formats.series.align.aligned`, and
        `signal`: "spks" (default), deconvolved; "F", fluorescence less 0.7 of the neuropil; "dF", that less its
        baseline. `quality`: "good" (default), what iscell.npy calls cells; "all". `rate`: frames a second of a plane,
        default as ops.npy says; or `times` of the frames in s. Several planes are channels, with coordinate `plane`.

    Raises
    ------
    InputError : a file is missing, sizes differ, or there are no trials; the message shows the call to make.
    """
    folders = plane_folders(path)
    planes = [_plane(folder) for folder in folders]
    stored = next((rate for folder in folders if (rate := _stored_rate(folder)) is not None), None)
    return _aligned(planes, stored, source, settings, path)


def read_fall(path: Path, source: str, **settings: Any) -> Fields:
    """The same from Fall.mat; its `ops.fs` is the rate."""
    tree = mat_files.read_mat(path, source).tree
    series = {name: np.atleast_2d(tree[name]) for name in ("F", "Fneu", "spks") if name in tree}
    is_cell = _is_cell(tree["iscell"], path)
    rate = tree["ops"].get("fs") if isinstance(tree.get("ops"), Mapping) else None
    return _aligned([_checked(Plane("plane0", series, is_cell), path)], rate, source, settings, path.parent)


def _is_plane(folder: Path) -> bool:
    has = {name for name in (*FILES, "ops.npy", "stat.npy") if (folder / name).is_file()}
    return len(has) > 1 and bool({"F.npy", "spks.npy"} & has)


def _plane(folder: Path) -> Plane:
    series = {
        name: plain_array(file, mmap=True)
        for name in ("spks", "F", "Fneu")
        if (file := folder / f"{name}.npy").is_file()
    }
    cells = folder / "iscell.npy"
    is_cell = _is_cell(plain_array(cells), cells) if cells.is_file() else None
    return _checked(Plane(folder.name, series, is_cell), folder)


def _is_cell(table: np.ndarray, place: Path) -> np.ndarray:
    """The first column of iscell, whether each ROI is a cell, as booleans."""
    table = np.asarray(table)
    if table.dtype.kind not in "fiub" or table.ndim not in (1, 2) or not table.size:
        raise InputError(f"iscell in '{place}' needs a row of numbers for each ROI; got {table.dtype} {table.shape}.")
    return (table if table.ndim == 1 else table[:, 0]) > 0.5


def _checked(plane: Plane, place: Path) -> Plane:
    shapes = {name: np.shape(values) for name, values in plane.series.items()}
    sizes = ", ".join(f"{name} {'x'.join(map(str, shape))}" for name, shape in shapes.items())
    if len(set(shapes.values())) != 1 or len(plane.shape) != 2:
        raise InputError(f"The series of '{place}' need the same ROIs and frames; got {sizes}. Save them again.")
    if any(values.dtype.kind not in "fiu" for values in plane.series.values()):
        raise InputError(f"The series of '{place}' need to be real numbers. Save them again.")
    if plane.is_cell is not None and plane.is_cell.size != plane.shape[0]:
        raise InputError(
            f"iscell of '{place}' has {plane.is_cell.size} rows and its series {sizes}: they are of different runs of "
            "suite2p. Save them again."
        )
    return plane


def _stored_rate(folder: Path) -> float | None:
    """The rate of frames that suite2p keeps beside its series, read without unpickling."""
    files = [folder / name for name in ("ops.npy", "settings.npy") if (folder / name).is_file()]
    return next((rate for file in files if (rate := pickled_number(file, "fs")) is not None), None)


def _aligned(planes: list[Plane], stored: Any, source: str, settings: dict[str, Any], folder: Path) -> Fields:
    signal = _signal(planes, settings.pop("signal", None), source)
    quality = settings.pop("quality", "good")
    rois = _rois(planes, quality, source)
    rate, times = settings.pop("rate", None), settings.pop("times", None)
    rate = stored if rate is None and times is None else rate
    count = min(plane.shape[1] for plane in planes)
    clock = clock_of(count, rate, times, source, folder)
    plane_of = np.repeat(np.arange(len(planes)), [rows.size for rows in rois])
    roi = np.concatenate(rois)
    names = np.array([plane.name for plane in planes])[plane_of]
    ids = roi if len(planes) == 1 else np.char.add(np.char.add(names, "_"), roi.astype(str))
    total = sum(plane.shape[0] for plane in planes)
    samples = Samples(
        _reader(planes, plane_of, roi, signal, count, clock), count, clock, ids,
        {"plane": names, "roi": roi} if len(planes) > 1 else {},
        f"suite2p, {HOW[signal]} of {_whose(planes, quality)}",
        "" if roi.size == total else f'{total - roi.size} of {total} ROIs are no cells; quality="all" reads them too',
        total=total,
    )  # fmt: skip
    return aligned(samples, source, settings, folder)


def _whose(planes: list[Plane], quality: Any) -> str:
    if quality == "all":
        return "all ROIs"
    has = all(plane.is_cell is not None for plane in planes)
    return "ROIs that iscell calls cells" if has else "all ROIs where iscell is missing"


def _signal(planes: list[Plane], signal: Any, source: str) -> str:
    signal = "spks" if signal is None else signal
    if signal not in HOW:
        raise InputError(f"`signal` of suite2p is one of {tuple(HOW)}; got {signal!r}.")
    needs = ("spks",) if signal == "spks" else ("F", "Fneu")
    absent = [name for name in needs if not all(name in plane.series for plane in planes)]
    if absent:
        raise InputError(
            f"suite2p's signal {signal} needs {' and '.join(needs)}; {source} has no {' and no '.join(absent)}. Say "
            f"which is read: signal={' or '.join(repr(name) for name in HOW if name != signal)}."
        )
    return str(signal)


def _rois(planes: list[Plane], quality: Any, source: str) -> list[np.ndarray]:
    """The ROIs of every plane that are read."""
    if quality not in QUALITY:
        raise InputError(f"`quality` of suite2p is one of {QUALITY}; got {quality!r}.")
    every = quality == "all"
    rois = [
        np.arange(plane.shape[0]) if every or plane.is_cell is None else np.flatnonzero(plane.is_cell)
        for plane in planes
    ]
    if not sum(rows.size for rows in rois):
        raise InputError(f'None of the ROIs of {source} is a cell by iscell. To read them all: quality="all".')
    return rois


def _reader(
    planes: list[Plane], plane_of: np.ndarray, roi: np.ndarray, signal: str, count: int, clock: Frames | None
) -> Callable[[int, int], np.ndarray]:
    """What reads the samples (cell, frame) of some of the cells."""

    def values(first: int, last: int) -> np.ndarray:
        parts = []
        for number in np.unique(plane_of[first:last]):
            rows = roi[first:last][plane_of[first:last] == number]
            parts.append(_values(planes[number].series, rows, signal, count, clock))
        return np.concatenate(parts)

    return values


def _values(
    series: Mapping[str, np.ndarray], rows: np.ndarray, signal: str, count: int, clock: Frames | None
) -> np.ndarray:
    if signal == "spks":
        return np.asarray(series["spks"][rows, :count])
    corrected = series["F"][rows, :count] - NEUROPIL * np.asarray(series["Fneu"][rows, :count], dtype=float)
    return corrected if signal == "F" or clock is None else corrected - baseline(corrected, clock.period)


def baseline(series: np.ndarray, period: float) -> np.ndarray:
    """suite2p's baseline "maximin": smoothed, then the highest of the lowest values in a window about each frame."""
    from scipy.ndimage import gaussian_filter1d, maximum_filter1d, minimum_filter1d

    window = max(1, int(BASELINE / period))
    smooth = gaussian_filter1d(series, SMOOTHING, axis=1)
    return maximum_filter1d(minimum_filter1d(smooth, window, axis=1), window, axis=1)
