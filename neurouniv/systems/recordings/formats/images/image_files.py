"""One image for each condition (betas of SPM, maps of nilearn and FitLins): those of a session are one recording."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from neurouniv.schema import InputError, some
from neurouniv.systems.recordings.assembly.fields import Fields
from neurouniv.systems.recordings.formats.images.nifti import columns_of_volumes, fields_of_volumes
from neurouniv.systems.recordings.formats.images.spm import named_by_spm
from neurouniv.systems.recordings.formats.images.volumes import number_of_volumes, opened, stacked

ENDINGS = (".nii", ".nii.gz", ".img", ".hdr")
WORD = re.compile(r"([A-Za-z]+)-([A-Za-z0-9+]+)")
WHOSE = ("sub", "ses", "task", "run")
NO_PATTERN = re.compile(
    r"(^|[_-])(brain)?mask($|[_.])|(^|_)(atlas|rois?|labels|parcellation|residuals?)[_.]|_(dseg|probseg|boldref|T[12]w|xfm)\.|^(ResMS|RPV|Res_\d+|ResI_\d+|SPM)\b|rsquared|errorts"
    r"|stat-(p|variance|rSquare|residtsnr)_",
    re.IGNORECASE,
)
"""What lies beside patterns and is none: masks, segmentations, residuals, maps of variance."""
KINDS = (re.compile(r"^(beta|con|spmT|spmF|ess)_\d+\."), re.compile(r"_stat-([A-Za-z]+)_"))
FIRST = ("beta", "effect")
"""The kind that is taken where a folder holds several."""


@dataclass(frozen=True)
class ImageFiles(os.PathLike[str]):
    """Image files of one volume each, which are one recording together; as a path, what their names share."""

    files: tuple[Path, ...]
    note: str = ""

    def __fspath__(self) -> str:
        """The folder, and the words of the names that all files share."""
        shared = [word for word in _words(self.files[0]) if all(word in _words(file) for file in self.files)]
        return str(self.files[0].parent / "_".join([*shared, "*" + _ending(self.files[0])]))

    __str__ = __fspath__


def are_images(obj: Any) -> bool:
    """Whether `obj` is image files that are one recording together."""
    return isinstance(obj, ImageFiles)


def is_beside(path: Path) -> bool:
    """Whether an image lies beside patterns and is none, by its name.

    Examples
    --------
    >>> [is_beside(Path(name)) for name in ("sub-1_desc-brain_mask.nii.gz", "ResMS.nii", "beta_0001.nii", "masked.nii")]
    [True, True, False, False]
    """
    return path.name.endswith(ENDINGS) and bool(NO_PATTERN.search(path.name))


def grouped(sources: Sequence[Any]) -> list[Any]:
    """`sources` with the image files of one volume of each session in place of these files; others stay.

    Raises
    ------
    InputError : 4-D and 3-D images stand side by side, or several kinds of maps.
    """
    paths = [Path(name).expanduser() for name in sources if isinstance(name, (str, Path))]
    images = [path for path in paths if path.name.endswith(ENDINGS) and path.is_file()]
    if len(images) < 2 or len(images) < len(sources):
        return list(sources)
    counts = {path: number_of_volumes(opened(path)) for path in images}
    single = [path for path in images if counts[path] == 1]
    if not single:
        return list(sources)
    if len(single) < len(images):
        long = next(path for path in images if counts[path] > 1)
        raise InputError(
            f"'{long.name}' holds {counts[long]} volumes and '{single[0].name}' one. Give the 4-D images, or the "
            f'images of single conditions, not both: read_recording("{long}").'
        )
    groups: dict[tuple[str, ...], list[Path]] = {}
    for path in single:
        words = dict(WORD.findall(path.name))
        groups.setdefault((str(path.parent), *(words.get(word, "") for word in ("sub", "ses"))), []).append(path)
    return [_of_one_kind(files) for files in groups.values()]


def _of_one_kind(files: Sequence[Path]) -> ImageFiles:
    """The files of betas, where maps of several kinds stand side by side."""
    kinds = [next((match[1] for kind in KINDS if (match := kind.search(file.name))), "") for file in files]
    number = Counter(kinds)
    if len(number) == 1:
        return ImageFiles(tuple(files))
    chosen = next((kind for kind in FIRST if kind in number), None)
    if chosen is None:
        listed = ", ".join(f"{n} x {kind or files[kinds.index(kind)].name}" for kind, n in number.items())
        raise InputError(
            f"'{files[0].parent}' holds images of several kinds: {listed}. Choose with a pattern, such as 'con_*.nii' "
            "or '*_stat-t_*.nii.gz'."
        )
    others = ", ".join(f"{count} {kind or 'other'}" for kind, count in number.items() if kind != chosen)
    of_kind = tuple(file for file, kind in zip(files, kinds, strict=True) if kind == chosen)
    return ImageFiles(of_kind, f"images: the {len(of_kind)} of kind {chosen}, not the others beside them ({others})")


def read_image_files(held: ImageFiles, source: str, **settings: Any) -> Fields:
    """The volumes of several files, each a trial; conditions as given, by SPM, or by the files' names.

    Raises
    ------
    InputError : grids differ, or nothing says the conditions.
    """
    files = [file for file in held.files if not (file.suffix == ".img" and file.with_suffix(".hdr") in held.files)]
    images = [opened(file) for file in files]
    if len(files) < 2:
        raise InputError(
            f"'{files[0]}' holds one volume: one pattern, and an RDM compares several. Give all conditions."
        )
    columns, notes, numbers = _columns(files, images, source, settings)
    files, images = [files[n] for n in numbers], [images[n] for n in numbers]
    stack = stacked([(str(file), image) for file, image in zip(files, images, strict=True)])
    return fields_of_volumes(stack, columns, source, settings, [*filter(None, [held.note]), *notes])


def _columns(
    files: Sequence[Path], images: Sequence[Any], source: str, settings: dict[str, Any]
) -> tuple[dict[str, np.ndarray], list[str], Sequence[int]]:
    """The labels of images, what is to be said of them, and which images are kept."""
    every, condition = range(len(files)), settings.get("condition")
    given = any(settings.get(word) is not None for word in ("events", "conditions"))
    if given or (condition is not None and not isinstance(condition, str)):
        columns, notes = columns_of_volumes([str(file) for file in files], files[0], source, settings)
        return _by_names(files) | columns, notes, every
    named = named_by_spm(files, images)
    if named is not None:
        runs = {"run": np.array(named.run)} if len(set(named.run)) > 1 else {}
        return {"condition": np.array(named.condition)} | runs, [named.note], named.kept
    columns = _by_names(files)
    labels = columns.get("condition")
    if labels is None or all(re.fullmatch(r"[\W\d_]*", label) for label in labels):
        raise InputError(
            f"{source} is {len(files)} images of one volume, whose names ({some([file.name for file in files], 3)}) do "
            "not say the condition of each. Give them in this order, conditions=[...], or a table with a column of the "
            "files' names and one of conditions: events=FILE."
        )
    return columns, ["conditions: what differs in the names of the files"], every


def _by_names(files: Sequence[Path]) -> dict[str, np.ndarray]:
    """Run and condition of files, by the words in which their names differ."""
    words = [_words(file) for file in files]
    differing = [[word for word in own if not all(word in other for other in words)] for own in words]
    runs = [dict(WORD.findall(file.name)).get("run", "") for file in files]
    columns = {}
    if all(runs) and len(set(runs)) > 1:
        columns["run"] = np.array([int(run) if run.isdecimal() else run for run in runs])
    labels = [[word for word in own if not re.match(rf"({'|'.join(WHOSE)})-", word)] for own in differing]
    values = ["_".join(re.sub(r"^[A-Za-z]+-(?=.)", "", word) for word in own) for own in labels]
    return columns | ({"condition": np.array(values)} if all(values) else {})


def _words(file: Path) -> list[str]:
    """The words of a file's name, without its ending: "sub-01_contrast-face_stat-effect" has three."""
    return file.name.removesuffix(_ending(file)).split("_")


def _ending(file: Path) -> str:
    return next((ending for ending in (".nii.gz", *ENDINGS) if file.name.endswith(ending)), file.suffix)
