"""The commands that fit laws to trajectories and compare them."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from neurouniv.arguments import activity_of, constants_text, law_of, mapping, scores_text, task_of
from neurouniv.commands.app import Fields, Several, Stimuli, Targets, app, say, shown


@app.command
def rdm(
    activity: Path,
    out: Path,
    *,
    map: Fields = None,
    task: str | None = None,
    stimuli: Stimuli = "names",
    targets: Targets = "names",
    metric: str = "sqeuclidean",
    noise: Literal["residuals"] | None = None,
    windows: int | None = None,
    per_class: int = 3,
) -> None:
    """Make a trajectory (an RDM movie) from activity of networks or a recording.

    Example: neurouniv rdm runs.nc traj.nc

    Example: neurouniv rdm brain.nwb traj.nc --task digits --metric crossnobis

    Parameters
    ----------
    activity
        A file of `neurouniv train`, or any recording that `neurouniv read` reads.
    task
        The task behind a recording: two_points, xor, digits, contexts or a file; by default from the conditions' names.
    metric
        sqeuclidean, or crossnobis (crossvalidated over runs).
    noise
        residuals: whiten by the covariance of residuals.
    windows
        Make a learning axis of so many windows of trials (folds from alternating trials).
    """
    from neurouniv.design import recorded_task
    from neurouniv.rdm import trajectory
    from neurouniv.storage import save

    data, known = activity_of(activity, mapping(map), windows), task_of(task, per_class) if task else None
    if known is None and "hidden" not in data:
        known = recorded_task(data, stimuli, targets)
    traj = trajectory(data, known, metric=metric, noise=noise)
    save(traj, out)
    say(f"{out}: {dict(traj.h.sizes)}")


@app.command
def fit(trajectory: Path, *, law: str = "universal", out: Path | None = None) -> None:
    """Fit a law to a trajectory and say its constants.

    Example: neurouniv fit traj.nc --law universal --out constants.nc

    Parameters
    ----------
    trajectory
        A file of `neurouniv rdm`.
    law
        universal, collective, or a rival: static, exponential, gain, lazy, target, free, or an altered equation.
    """
    from neurouniv.storage import load, save

    fitted = law_of(law).fit(load(trajectory))
    say(constants_text(fitted.constants_))
    if out is not None:
        save(fitted.constants_, out)


@app.command
def compare(
    trajectories: Several,
    *,
    out: Path,
    laws: Fields = None,
    split: Literal["conditions", "times", "none"] = "conditions",
    comparator: str = "corr",
    folds: int = 2,
    repeats: int = 4,
    seed: int = 0,
) -> None:
    """Compare laws on held-out data.

    Example: neurouniv compare network.nc brain.nc --out comparison.nc

    Parameters
    ----------
    trajectories
        Files of `neurouniv rdm`, one for each system.
    laws
        Which laws; by default the universal law, static, exponential, gain and target.
    split
        What is held out: conditions, (later) times, or none.
    comparator
        How RDMs are compared: corr, cosine, spearman, rho-a, tau-a, corr_cov, cosine_cov.
    """
    from neurouniv.laws import COMPARED
    from neurouniv.storage import load, save
    from neurouniv.universality import compare as compare_laws

    chosen = [law_of(name) for name in laws or ("universal", *COMPARED)]
    systems = {path.stem: load(path) for path in trajectories}
    data: Any = systems if len(systems) > 1 else systems[trajectories[0].stem]
    settings = {"folds": folds, "repeats": repeats, "comparator": comparator, "seed": seed, "progress": shown()}
    result = compare_laws(chosen, data, None if split == "none" else split, **settings)
    save(result, out)
    say(scores_text(result))


@app.command
def report(result: Path, out: Path = Path("report.html"), *, title: str = "Comparison of laws") -> None:
    """Write a comparison as one self-contained HTML page.

    Example: neurouniv report comparison.nc report.html

    Parameters
    ----------
    result
        A file of `neurouniv compare`.
    """
    from neurouniv.page import report as write
    from neurouniv.storage import load

    say(f"The page is {write(load(result), out, title=title)}")
