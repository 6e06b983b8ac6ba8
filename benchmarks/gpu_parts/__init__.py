"""What `gpu.py` does: each part yields rows for its table."""

from gpu_parts import big, fast, movies, right, study, tests
from gpu_parts.machine import Machine

__all__ = ["Machine", "big", "fast", "movies", "right", "study", "tests"]
