"""The version that is installed."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed


def package_version() -> str:
    """The installed version of neurouniv, or "unknown" when it runs from a bare source tree."""
    try:
        return installed("neurouniv")
    except PackageNotFoundError:
        return "unknown"


__version__ = package_version()
