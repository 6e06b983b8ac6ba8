"""Tables in HDF5: datasets of a compound type, by their columns."""

from __future__ import annotations

from typing import Any

import numpy as np


def columns_of(node: Any) -> dict[str, np.ndarray]:
    """The columns of a compound dataset that hold numbers or text, by name; {} of any other dataset."""
    import h5py

    if node.shape is None or not node.dtype.names:
        return {}
    table = node[()]
    kinds = {name: node.dtype[name] for name in node.dtype.names}
    texts = {name: table[name].astype("S") for name, kind in kinds.items() if h5py.check_string_dtype(kind)}
    numbers = {name: table[name] for name, kind in kinds.items() if kind.base.kind in "biufcS" and name not in texts}
    return numbers | {name: np.char.decode(text, "utf-8", "replace") for name, text in texts.items()}
