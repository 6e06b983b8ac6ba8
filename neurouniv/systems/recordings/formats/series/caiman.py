"""CaImAn: results in HDF5 (estimates/C, F_dff, S, idx_components)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from neurouniv.schema import InputError
from neurouniv.systems.recordings.assembly.fields import Fields
from neurouniv.systems.recordings.formats.arrays.hdf5_storage import need_room_in
from neurouniv.systems.recordings.formats.series.align import CLOCK, aligned
from neurouniv.systems.recordings.formats.series.align import SETTINGS as ALIGN
from neurouniv.systems.recordings.formats.series.frame_times import clock_of
from neurouniv.systems.recordings.formats.series.samples import Samples
from neurouniv.systems.recordings.help.errors import told_plainly

SETTINGS = (*ALIGN, *CLOCK, "signal", "quality")
HOW = {"F_dff": "dF/F (F_dff)", "C": "denoised fluorescence (C)", "S": "deconvolved activity (S)"}
QUALITY = ("good", "all")


def is_caiman(path: Path, start: bytes) -> bool:
    """Whether an HDF5 file holds CaImAn's estimates."""
    import h5py

    if not start.startswith(b"\x89HDF\r\n\x1a\n"):
        return False
    with h5py.File(path, "r") as file:
        group = file.get("estimates")
        return hasattr(group, "keys") and "C" in group and "A" in group


def read_caiman(path: Path, source: str, signal: Any = None, quality: Any = "good", **settings: Any) -> Fields:
    """Activity of components around onsets, from CaImAn's results.

    Parameters
    ----------
    signal : "F_dff" (default where it was saved), "C" (default otherwise) or "S".
    quality : "good" (default): the components that `idx_components` accepts, where it was saved; "all".
    settings : see `neurouniv.systems.recordings.formats.series.align.aligned`; `rate` (frames/s), default the file's
        `params/data/fr`; or `times` of the frames. Channels are numbers of components.

    Raises
    ------
    InputError : the file is damaged, has no such signal, or there are no trials; the message shows the call to make.
    """
    import h5py

    with told_plainly(path, "an HDF5 file (CaImAn)"), h5py.File(path, "r") as file:
        estimates = file["estimates"]
        series = {name: estimates[name] for name in HOW if getattr(estimates.get(name), "ndim", 0) == 2}
        name = _signal(series, signal, source)
        total, count = series[name].shape
        components, how = _components(estimates, total, quality, source)
        rate, times = settings.pop("rate", None), settings.pop("times", None)
        stored = _scalar(file.get("params/data/fr")) if rate is None and times is None else rate
        need_room_in(series[name])
        data = np.asarray(series[name][()], dtype=float)[components]
    out = f'{total - components.size} of {total} components are not accepted; quality="all" reads them too'
    samples = Samples(
        lambda first, last: data[first:last], count, clock_of(count, stored, times, source, path.parent), components,
        how=f"CaImAn, {HOW[name]} of {how}", left_out=out if components.size < total else "",
        total=total,
    )  # fmt: skip
    return aligned(samples, source, settings, path.parent)


def _signal(series: dict[str, Any], signal: Any, source: str) -> str:
    if not series:
        raise InputError(f"{source} holds CaImAn's estimates without series (C, F_dff, S). Save them: cnm.save(FILE).")
    if signal is not None and signal not in series:
        raise InputError(f"`signal` is one of {tuple(series)} in {source}; got {signal!r}.")
    return signal or next(iter(series))


def _components(estimates: Any, total: int, quality: Any, source: str) -> tuple[np.ndarray, str]:
    """The components that are read, and what they are in words."""
    if quality not in QUALITY:
        raise InputError(f"`quality` of CaImAn is one of {QUALITY}; got {quality!r}.")
    accepted = estimates.get("idx_components")
    if quality == "all" or getattr(accepted, "ndim", 0) != 1 or accepted.dtype.kind not in "iuf":
        return np.arange(total), "all components" if quality == "all" else "all components (none is rejected)"
    components = np.sort(np.asarray(accepted[()], dtype=int))
    if not components.size:
        raise InputError(f'CaImAn accepts none of the {total} components of {source}. To read them all: quality="all".')
    if components[0] < 0 or components[-1] >= total:
        raise InputError(
            f"idx_components of {source} counts to {components[-1]}, and there are {total} components. Save again."
        )
    return components, "the components that it accepts"


def _scalar(node: Any) -> float | None:
    """A stored number; None where there is none."""
    if node is None or getattr(node, "size", 0) != 1 or node.dtype.kind not in "iuf":
        return None
    return float(np.ravel(node[()])[0])
