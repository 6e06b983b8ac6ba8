"""MNE's messages while it reads: warnings are passed on with the file's name, its log is silent."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from neurouniv.schema import NeurounivWarning, warn
from neurouniv.systems.recordings.help.errors import import_extra

# advice on file names, when the content has been recognised already; breaks, across which no trial is cut anyway;
# MATLAB's objects and function handles, and positions of electrodes, which are not read
IDLE = (
    "does not conform to MNE naming",
    "contains 'boundary' events",
    "file name must have changed on disk",
    "Complex objects",
    "head radius",
    "montage",
)
MEANING = {"outside data range": " The data may be cut short, or belong to another recording."}


@contextmanager
def mne_notices(source: str) -> Iterator[None]:
    """Collect the warnings of a reading; those that matter are given once, as `NeurounivWarning`."""
    mne = import_extra("mne", "MNE's formats")
    with warnings.catch_warnings(record=True) as caught, mne.use_log_level("warning"):
        warnings.simplefilter("always")
        yield
    texts = set()
    for warning in caught:
        text = " ".join(str(warning.message).split())
        if issubclass(warning.category, NeurounivWarning):
            warn(text)
        elif text not in texts and issubclass(warning.category, RuntimeWarning) and not any(i in text for i in IDLE):
            meaning = next((explanation for words, explanation in MEANING.items() if words in text), "")
            warn(f"{source}: {text}{meaning}")
        texts.add(text)
