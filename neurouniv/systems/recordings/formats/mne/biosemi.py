"""BioSemi's status channel: the triggers of its lower bits, without the bits that tell the device's own state."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from neurouniv.schema import warn
from neurouniv.systems.recordings.formats.mne.continuous import stimulus_events
from neurouniv.systems.recordings.help.errors import import_extra

if TYPE_CHECKING:
    import pandas as pd

TRIGGERS = 0xFFFF  # 16 inputs; bit 16 and above are of the device: a new epoch, its mode, its range, its battery
STATUS = "status"


def is_biosemi(path: Path) -> bool:
    """Whether a file is of BioSemi: how a BDF file begins."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(8) == b"\xffBIOSEMI"


def status_events(raw: Any, source: str) -> pd.DataFrame:
    """The steps of the triggers of a BDF file as a table of events, and a warning where bits were masked."""
    mne = import_extra("mne", "A BDF file")
    stimulus = [name for name in raw.ch_names if name.lower() == STATUS]
    if not stimulus:
        return stimulus_events(raw, source)
    values = raw.get_data(picks=stimulus[:1]).astype(np.int64).ravel()
    always = int(np.bitwise_and.reduce(values & TRIGGERS))
    triggers = (values & TRIGGERS & ~always).astype(float)[None]
    info = mne.create_info(stimulus[:1], raw.info["sfreq"], "stim")
    table = stimulus_events(mne.io.RawArray(triggers, info), source)
    others = [f"{hex(bits)} ({bits})" for bits in (int(np.bitwise_or.reduce(values)) & ~TRIGGERS, always) if bits]
    if others and len(table):
        warn(
            f"The status channel of {source} holds bits that are no triggers: {' and '.join(others)}, the device's own "
            f"or set throughout. They are left out, so that an event is, for example, {table['event'].iloc[0]} and not "
            f"{int(values[table['sample'].iloc[0]])}."
        )
    return table
