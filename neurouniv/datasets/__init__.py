"""Data sets by name: bundled ones we simulated, and public ones, found on disk or fetched once and checked."""

from typing import TYPE_CHECKING

from neurouniv.datasets.catalogue import available, describe
from neurouniv.datasets.loading import fetch, load, truth
from neurouniv.datasets.locate import FOLDER
from neurouniv.datasets.mnist import read_digits, read_idx

__all__ = ["FOLDER", "available", "describe", "fetch", "load", "read_digits", "read_idx", "truth"]

if not TYPE_CHECKING:  # for a type checker, a name that is not there stays an error

    def __getattr__(name: str) -> object:
        from neurouniv.got import no_such_attribute

        raise no_such_attribute(__name__, name, __all__)
