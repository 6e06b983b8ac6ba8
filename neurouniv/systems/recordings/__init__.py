"""Recordings: one file per format, all read into the same kind of Dataset."""

from neurouniv.systems.recordings.check import check_recording
from neurouniv.systems.recordings.describe import describe
from neurouniv.systems.recordings.nwb_writer import write_nwb
from neurouniv.systems.recordings.read import read_recording
from neurouniv.systems.recordings.trials import learning_axis, with_runs

__all__ = ["check_recording", "describe", "learning_axis", "read_recording", "with_runs", "write_nwb"]
