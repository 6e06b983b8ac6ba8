"""SPM's estimates: which condition and run each beta or contrast image is of, by SPM.mat and by the images' headers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from neurouniv.schema import InputError, warn
from neurouniv.systems.recordings.formats.matlab import mat_files

REGRESSOR = re.compile(r"(?:Sn\((?P<run>\d+)\) )?(?P<condition>.+?)(?P<modulator>x[^x]+\^\d+)?\*bf\((?P<basis>\d+)\)$")
BETA = re.compile(r"beta_(\d+)\.(?:nii|img|hdr)(?:\.gz)?$")
DESCRIBED = re.compile(r"spm_spm:beta \((\d+)\) - (?P<name>.+)$")
CONTRAST = re.compile(r"contrast(?: -)? \d+: (?P<name>.+)$", re.IGNORECASE)
LONGEST = 79
"""Characters of a header's description; one as long as that may be cut."""


@dataclass(frozen=True)
class Named:
    """What each of several images is: the `condition` and `run` of those in `kept`, and how that is known."""

    kept: list[int]
    condition: list[str]
    run: list[int]
    note: str


def named_by_spm(files: Sequence[Path], images: Sequence[Any]) -> Named | None:
    """The conditions of SPM's betas or contrasts; None where the images are none of them.

    Of betas only those of a condition's first basis function are kept, "Sn(1) faces*bf(1)": movement, constants,
    derivatives and parametric modulators are no conditions.

    Raises
    ------
    InputError : they are betas, and none of a condition.
    """
    descriptions = [_description(image) for image in images]
    contrasts = [match["name"] if (match := CONTRAST.search(text)) else None for text in descriptions]
    if all(contrasts):
        return Named(
            list(range(len(files))), list(map(str, contrasts)), [], "conditions: contrasts of SPM, by their headers"
        )
    if not all(BETA.search(file.name) for file in files):
        return None
    names, origin = _regressors(files, descriptions)
    if names is None:
        return None
    matches = [REGRESSOR.match(name) for name in names]
    numbers = [n for n, m in enumerate(matches) if m and m["basis"] == "1" and not m["modulator"]]
    if not numbers:
        raise InputError(
            f"'{files[0].parent}' holds {len(files)} betas of SPM, and none is of a condition ('Sn(1) faces*bf(1)'); "
            f"the first is of '{names[0]}'. Give the files that you mean as a list, and conditions=[...]."
        )
    chosen = [match for n in numbers if (match := matches[n])]
    note = f"conditions: regressors of SPM, by {origin}"
    others = [names[n] for n in range(len(names)) if n not in set(numbers)]
    note += f"; {len(others)} others left out ({others[0]}, ...)" if others else ""
    return Named(numbers, [m["condition"] for m in chosen], [int(m["run"] or 1) for m in chosen], note)


def _regressors(files: Sequence[Path], descriptions: Sequence[str]) -> tuple[list[str] | None, str]:
    """The name of every beta's regressor, and where it is from."""
    numbers = [int(match[1]) for file in files if (match := BETA.search(file.name))]
    matches = [DESCRIBED.match(text) for text in descriptions]
    by_header = [match["name"] for match in matches if match]
    whole = len(by_header) == len(files) and all(len(text) < LONGEST for text in descriptions)
    design = files[0].parent / "SPM.mat"
    names = _names_in(design) if design.is_file() else None
    if names is None or max(numbers) > len(names):
        return (by_header, "their headers") if whole else (None, "")
    by_design = [names[number - 1] for number in numbers]
    differ = [
        n for n, text in enumerate(by_header) if len(by_header) == len(files) and not by_design[n].startswith(text)
    ]
    if differ:
        raise InputError(
            f"'{design}' calls '{files[differ[0]].name}' '{by_design[differ[0]]}', and its own header calls it "
            f"'{by_header[differ[0]]}': the SPM.mat is of another analysis. Put the right one there, or give "
            "conditions=[...]."
        )
    return by_design, "SPM.mat"


def _names_in(path: Path) -> list[str] | None:
    """The names of the design's columns, SPM.xX.name; None, with a warning, where they cannot be read."""
    try:
        fields = mat_files.read_mat(path, str(path))
        return [str(name) for name in np.ravel(np.asarray(fields["SPM.xX.name"], dtype=object))]
    except InputError as error:
        warn(f"'{path}' cannot be used for the names of conditions ({error}); the images' headers are.")
        return None


def _description(image: Any) -> str:
    """The text `descrip` of an image's header."""
    try:
        return bytes(image.header["descrip"].item()).decode("utf-8", "replace").strip("\x00 ")
    except (KeyError, AttributeError, ValueError, TypeError):
        return ""
