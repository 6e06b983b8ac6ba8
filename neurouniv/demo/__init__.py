"""The main job, end to end: networks and a brain learn, one law is put on trial in all of them, a page answers."""

from neurouniv.demo.recorded import RecordingChoices
from neurouniv.demo.steps import run

__all__ = ["RecordingChoices", "run"]
