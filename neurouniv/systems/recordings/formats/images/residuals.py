"""Residuals of a model (SPM's Res_*.nii, nilearn's residuals): what tells the noise across voxels."""

from __future__ import annotations

import glob
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from neurouniv.schema import InputError
from neurouniv.systems.recordings.formats.images.volumes import Stack, grid_of, need_grid, opened, stacked
from neurouniv.systems.recordings.formats.images.voxels import Seen, Voxels, seen
from neurouniv.systems.recordings.several.bids import entities, natural
from neurouniv.untrusted.regular import is_file_at


@dataclass(frozen=True)
class Residuals:
    """Volumes of residuals, what one look at them says, and their degrees of freedom."""

    stack: Stack
    looked: Seen
    freedom: float
    note: str

    def at(self, voxels: Voxels) -> xr.Variable:
        """(sample, channel), in memory; its attribute `freedom` holds the degrees of freedom."""
        rows = np.concatenate([self.stack.values(block, voxels.where) for block in self.stack.blocks()])
        return xr.Variable(("sample", "channel"), rows, {"freedom": self.freedom})


def residuals_of(value: Any, betas: Stack, dof: Any = None) -> Residuals:
    """The residuals in a 4-D image, or in one 3-D image for each time, on the grid of the betas.

    Parameters
    ----------
    value : a path, a pattern ("Res_*.nii"), a list of paths, or an image.
    dof : degrees of freedom, the number of times less those that the model took. Default: one is taken, the mean.

    Raises
    ------
    InputError : there are none, fewer than three, on another grid, or `dof` is no number of them.
    """
    images = (
        [("the residuals", value)]
        if hasattr(value, "dataobj")
        else [(str(p), opened(p)) for p in _files(value, Path(betas.images[0][0]))]
    )
    stack = stacked(images)
    need_grid(betas.grid, betas.images[0][0], grid_of(images[0][1]), images[0][0])
    count = sum(stack.counts)
    if count < 3:
        raise InputError(f"`residuals` needs the residuals of three times or more, 4-D or one file each; got {count}.")
    freedom = _freedom(dof, count)
    how = "as given" if dof is not None else "one less than times; give `dof`, less the model's regressors"
    return Residuals(stack, seen(stack), freedom, f"residuals: {count} times, {freedom:g} degrees of freedom ({how})")


def _files(value: Any, betas: Path) -> Sequence[Path]:
    """The files of residuals; of those of several recordings, that or those of the betas."""
    if isinstance(value, (list, tuple)):
        paths = [Path(name).expanduser() for name in value]
    else:
        pattern = str(Path(value).expanduser())
        names = glob.glob(pattern) or glob.glob(str(betas.parent / pattern))
        paths = sorted(map(Path, names), key=lambda file: natural(str(file)))
    absent = [path for path in paths if not is_file_at(path)]
    if absent or not paths:
        raise InputError(f"There are no residuals '{absent[0] if absent else value}'.")
    own = entities(betas)
    agreeing = [path for path in paths if all(own.get(word, of) == of for word, of in entities(path).items())]
    beside = [path for path in agreeing if path.parent.resolve() == betas.parent.resolve()]
    if not agreeing:
        raise InputError(f"None of {len(paths)} files of residuals ('{paths[0]}', ...) is of the session of '{betas}'.")
    return beside or agreeing


def _freedom(dof: Any, count: int) -> float:
    try:
        freedom = count - 1.0 if dof is None else float(dof)
    except (TypeError, ValueError):
        freedom = np.nan
    if not 0 < freedom <= count:
        raise InputError(f"`dof` is a number of degrees of freedom above 0, at most {count}, the times; got {dof!r}.")
    return freedom
