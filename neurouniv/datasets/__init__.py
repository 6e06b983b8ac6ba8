"""Data sets by name: bundled ones we simulated, and public ones, found on disk or fetched once and checked."""

from neurouniv.datasets.catalogue import available, describe
from neurouniv.datasets.loading import fetch, load, truth
from neurouniv.datasets.locate import FOLDER
from neurouniv.datasets.mnist import read_digits, read_idx

__all__ = ["FOLDER", "available", "describe", "fetch", "load", "read_digits", "read_idx", "truth"]
