"""The commands that fit laws to trajectories and compare them."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated, Any, Literal

import xarray as xr
from cyclopts import Parameter

from neurouniv.commands.app import OneComparator, Partitions, Resamples, Several, app, say, shown
from neurouniv.commands.arguments import constants_text, law_of, scores_text
from neurouniv.commands.outputs import Overwrite, need_file, need_page
from neurouniv.laws import COMPARED, LAWS, RIVALS, UniversalModel
from neurouniv.laws.all_conditions import Kernel
from neurouniv.schema import InputError

OneLaw = Annotated[str, Parameter(help=f"One of {', '.join(LAWS)}.")]
USUAL = UniversalModel.name, *COMPARED
SomeLaws = Annotated[
    list[str] | None,
    Parameter(help=f"Of {', '.join(LAWS)}; by default {', '.join(USUAL)}.", consume_multiple=True, negative=()),
]

Rivals = Annotated[
    list[str] | None,
    Parameter(
        help=f"What the law is set against, of {', '.join(RIVALS)}; by default {', '.join(COMPARED)}.",
        consume_multiple=True, negative=(),
    ),
]  # fmt: skip


@app.command
def fit(
    trajectory: Path,
    *,
    law: OneLaw = UniversalModel.name,
    kernel: Kernel | None = None,
    exposure: Literal["counts"] | None = None,
    out: Path | None = None,
    overwrite: Overwrite = False,
) -> None:
    """Fit a law to a trajectory and say its constants.

    Example: neurouniv fit traj.nc --law universal --exposure counts --out constants.nc

    Parameters
    ----------
    trajectory
        A file of `neurouniv rdm`.
    kernel
        What the encoder sees, of the universal law; by default its input, the stimuli. With identity, stimuli do not
        matter.
    exposure
        With counts, of the universal law, conditions with more trials learn faster.
    """
    from neurouniv.storage import save

    need_file(out, [trajectory], overwrite)
    chosen = {name: value for name, value in (("kernel", kernel), ("exposure", exposure)) if value is not None}
    fitted = law_of(law, **chosen).fit(movie(trajectory))
    say(constants_text(fitted.constants_))
    if out is not None:
        save(fitted.constants_, out)


def movie(path: Path) -> xr.Dataset:
    """A trajectory from its file; of what else is there the command that makes one."""
    from neurouniv.storage import load

    there = path.exists()
    traj = load(path) if path.suffix in (".nc", ".zarr") or not there else xr.Dataset()
    if "h" not in traj:
        raise InputError(f"'{path}' holds no trajectory. Make one: neurouniv rdm {path} --out traj.nc")
    return traj


@app.command
def compare(
    trajectories: Several,
    *,
    out: Path,
    laws: SomeLaws = None,
    split: Literal["conditions", "times", "none"] = "conditions",
    comparator: OneComparator = "corr",
    folds: int = 2,
    partitions: Partitions = 2,
    resamples: Resamples = 0,
    reference: str | None = None,
    seed: int = 0,
    quiet: bool = False,
    overwrite: Overwrite = False,
) -> None:
    """Compare laws on held-out data.

    Example: neurouniv compare network.nc brain.nc --out comparison.nc --resamples 1000

    Parameters
    ----------
    trajectories
        Files of `neurouniv rdm`, one for each system.
    split
        What is held out: conditions, (later) times, or none.
    partitions
        Random ways to deal conditions into folds.
    resamples
        Resamples of conditions and subjects: with some, say 1000, differences have errors and there is a verdict.
    reference
        The law on trial, which the others are set against; default universal, else the first.
    """
    from neurouniv.exploratory import exploratory
    from neurouniv.storage import save
    from neurouniv.universality.compare import compare as compare_laws
    from neurouniv.universality.verdict.rule import verdict as judge

    need_file(out, trajectories, overwrite)
    chosen = [law_of(name) for name in laws or USUAL]
    systems = {path.stem: movie(path) for path in trajectories}
    data: Any = systems if len(systems) > 1 else systems[trajectories[0].stem]
    result = compare_laws(
        chosen, data, None if split == "none" else split, folds=folds, partitions=partitions, comparator=comparator,
        resamples=resamples, reference=reference, seed=seed, progress=shown(quiet),
    )  # fmt: skip
    save(result, out)
    say(scores_text(result))
    if resamples and exploratory(result):
        say(f"No verdict, which is about learning; ask all the same: neurouniv verdict {out} --exploratory")
    elif resamples:
        say(judge(result).text)


@app.command
def verdict(
    result: Path,
    *,
    alpha: float = 0.05,
    share: float = 0.97,
    change_share: float = 0.75,
    exploratory: bool = False,
    out: Path | None = None,
    overwrite: Overwrite = False,
) -> None:
    """Say whether the law on trial describes every system, does not, or one cannot tell, and why.

    Example: neurouniv verdict comparison.nc

    Parameters
    ----------
    result
        A file of `neurouniv compare --resamples 1000`.
    alpha
        What p values have to be below.
    share
        The part of the noise ceiling that the law's R2 has to reach.
    change_share
        The part of its ceiling that the law's R2 of the change must not miss for certain.
    exploratory
        Judge data whose time is within a trial, which is not learning.
    out
        Where to keep the decisions and what they rest on, .nc or .zarr.
    """
    from neurouniv.storage import load, save
    from neurouniv.universality.verdict.rule import verdict as judge

    need_file(out, [result], overwrite)
    compared = load(result)
    _need_no_trajectory(compared, result)
    decision = judge(compared, alpha, share, change_share, exploratory=exploratory)
    say(decision.text)
    if out is not None:
        save(decision, out)


@app.command
def report(
    result: Path, out: Path = Path("report.html"), *, title: str | None = None, overwrite: Overwrite = False
) -> None:
    """Write a comparison, rules or a plan as one self-contained HTML page.

    Example: neurouniv report comparison.nc report.html

    Parameters
    ----------
    result
        A file of `neurouniv compare`, `neurouniv rules` or `neurouniv plan`, or of `neurouniv.recover`.
    title
        Of the page; by default that of what the file holds.
    """
    from neurouniv.page import report as write
    from neurouniv.storage import load

    need_page(out, [result], overwrite)
    held = load(result)
    _need_no_trajectory(held, result)
    say(f"The page is {write(held, out, title=title)}")


def _need_no_trajectory(held: Any, path: Path) -> None:
    """Raise `InputError` where a trajectory stands for a comparison; the message says what may be asked of it."""
    if "h" in held:
        times, file = held["h"].sizes.get("time", 1), shlex.quote(str(path))
        compare = f"neurouniv compare {file} --out comparison.nc"
        next_call = {1: "neurouniv rdm --help, for more times than its one", 2: f"neurouniv change {file}"}
        raise InputError(f"'{path}' is a trajectory, no comparison. Go on with: {next_call.get(times, compare)}")
