"""The command that fits a law to a trajectory."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from neurouniv.commands import choices
from neurouniv.commands.arguments import law_of, movie
from neurouniv.commands.options import Overwrite
from neurouniv.commands.outputs import need_file
from neurouniv.commands.speech import ALOUD, Answer, Speaking


def fit(
    trajectory: Path,
    *,
    law: choices.Law = "universal",
    kernel: choices.Kernel | None = None,
    exposure: Literal["counts"] | None = None,
    out: Path | None = None,
    overwrite: Overwrite = False,
    speech: Speaking = ALOUD,
) -> Answer:
    """Fit a law to a trajectory and say its constants.

    Example: neurouniv fit traj.nc

    Example: neurouniv fit traj.nc --law universal --exposure counts --out constants.nc

    JSON: law, fits (a row each: constants, r2, loss, converged, message), files

    Parameters
    ----------
    trajectory
        A file of `neurouniv rdm`.
    law
        A law by its name.
    kernel
        What the encoder sees, of the universal law. By default its input, the stimuli. With identity, stimuli do not
        matter.
    exposure
        With counts, of the universal law, conditions with more trials learn faster.
    out
        Where the result goes: constants, .nc or .zarr.
    """
    from neurouniv.commands.fit_text import constants_rows, constants_text
    from neurouniv.progress import clock
    from neurouniv.storage import save

    need_file(out, [trajectory], overwrite)
    chosen = {name: value for name, value in (("kernel", kernel), ("exposure", exposure)) if value is not None}
    unfitted, traj = law_of(law, **chosen), movie(trajectory)
    with clock(f"fitting the law {law}", speech.progress):
        fitted = unfitted.fit(traj)
    speech.say(constants_text(fitted.constants_))
    if out is not None:
        save(fitted.constants_, out)
    return {"law": law, "fits": constants_rows(fitted.constants_), "files": [out] if out else []}
