"""Figures of a whole result, from its file or a study's folder: they take nothing but the result."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import xarray as xr

OF_FILES = {
    "comparison": "comparison", "rsa": "rsa", "rsa_matrix": "rsa_matrix", "variance_parts": "variance_parts",
    "mixture_weights": "mixture_weights", "power": "power", "confusion": "confusion", "forest": "explained",
    "system_courses": "courses", "system_constants": "constants_of", "collapse": "master_curve", "between": "between",
    "alike": "alike", "constants_along": "constants_along", "waterfall": "waterfall",
}  # fmt: skip
"""The kinds of figures of a result's file, and what `neurouniv.figures` calls each."""


def of_file(kind: str) -> Callable[[xr.Dataset], Any]:
    """What draws a kind."""
    from neurouniv import figures

    return getattr(figures, OF_FILES[kind])


def of_study(kind: str, folder: Path) -> Any:
    """A figure of a study, from its folder."""
    from neurouniv import figures
    from neurouniv.studies.reading.open import open_study
    from neurouniv.studies.reading.similarity import similarity_of_systems
    from neurouniv.studies.reading.verdicts import verdicts

    study = open_study(folder)
    if kind == "verdict_map":
        return figures.verdict_map(verdicts(study))
    if kind == "similarity_map":
        return figures.similarity_map(similarity_of_systems(study))
    return figures.constants_map(study["systems"].to_dataset())


OF_STUDIES = ("verdict_map", "constants_map", "similarity_map")
