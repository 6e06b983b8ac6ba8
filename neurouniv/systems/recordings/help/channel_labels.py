"""Labels of channels on one screen: which there are, and channels that are said to be no single neurons."""

from __future__ import annotations

import numpy as np
import xarray as xr

from neurouniv.schema import some

GOOD = ("good", "single", "single unit", "sua", "su", "accepted")
CELLS = ("iscell", "is_cell", "accepted")
DOUBTFUL = ("noise", "mua", "multi", "multi unit", "multi-unit", "unsorted", "artifact", "artefact", "bad", "rejected")
"""What software that sorts spikes calls units, in small letters."""


def label_lines(rec: xr.Dataset) -> list[str]:
    """What is to be known of the labels of channels.

    Examples
    --------
    >>> labels = {"channel": [0, 1, 2], "quality": ("channel", ["good", "mua", "good"])}
    >>> rec = xr.Dataset({"activity": (("trial", "channel"), np.eye(3))}, labels)
    >>> print("\\n".join(label_lines(rec)))
    labels of channels: quality
    quality: 2 good, 1 mua; without mua: keep_channels=("quality", "good")
    """
    names = [str(name) for name, coord in rec.coords.items() if coord.dims == ("channel",) and name != "channel"]
    lines = [f"labels of channels: {some(names, 8)}"] if names else []
    return lines + [line for name in names if (line := _doubts(name, rec[name].values))]


def _doubts(name: str, values: np.ndarray) -> str:
    """How many channels have each label, where one of the labels says that a channel is doubtful or no cell."""
    if name.startswith(CELLS) and np.isin(values, (0, 1)).all():
        others = int((values == 0).sum())
        return f'{name}: {others} of {values.size} are no cells; without them: keep_channels=("{name}", 1, None)'
    if values.dtype.kind not in "UO":
        return ""
    labels, counts = np.unique(values.astype(str), return_counts=True)
    doubtful = [label for label in labels if label.strip().casefold() in DOUBTFUL]
    if not doubtful:
        return ""
    order = np.argsort(-counts)
    shares = some([f"{counts[i]} {labels[i] or 'without'}" for i in order], 6)
    good = next((label for label in labels if label.strip().casefold() in GOOD), None)
    call = f'; without {" and ".join(doubtful)}: keep_channels=("{name}", "{good}")' if good else ""
    return f"{name}: {shares}{call}"
