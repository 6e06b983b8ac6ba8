"""The commands: each is a few calls of the library. Their signatures and docstrings are the command line's help."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import App, Parameter

from neurouniv.arguments import activity_of, constants_text, law_of, mapping, scores_text, task_of
from neurouniv.schema import VERSION

app = App(
    name="neurouniv",
    version=VERSION,
    help="Do implementation details matter for learning? One law, fitted to networks and brains, on trial.",
    help_format="plaintext",
)
app.command("neurouniv.reproduce.command:reproduce")
Fields = Annotated[list[str] | None, Parameter(consume_multiple=True, negative=())]
Numbers = Annotated[tuple[float, ...], Parameter(consume_multiple=True, negative=())]
Stimuli = Literal["names", "first"]
Targets = Literal["names", "angles"]


@app.command
def demo(
    *,
    out: Path = Path("demo_out"),
    recording: Annotated[list[Path] | None, Parameter(consume_multiple=True, negative=())] = None,
    map: Fields = None,
    stimulus_map: Fields = None,
    stimuli: Stimuli = "names",
    targets: Targets = "names",
    windows: int = 6,
    fast: bool = False,
    quiet: bool = False,
) -> None:
    """Run the main job: networks and a brain learn, one law is fitted to all, a page shows it.

    Example: neurouniv demo --out demo_out

    With your recording: neurouniv demo --recording 20160728.mat --targets angles
    --map activity=Bs[1].latents condition=Bs[1].target trial=Bs[1].trial_index

    Parameters
    ----------
    out
        Folder for the page (report.html), the results (netCDF) and the simulated recording (NWB).
    recording
        Your recordings, in place of the simulated brain.
    map
        Which field of the file is what, name=field: activity, condition, session, run, trial, latency, ...
    stimulus_map
        Fields of the same file that hold a recording of the same conditions to take the stimuli's geometry from.
    stimuli
        Where the stimuli's geometry comes from otherwise: the parts of the conditions' names, or the first session.
    targets
        What the conditions ask for: the first part of their names, or their angle in degrees.
    windows
        How many windows of trials make the learning axis where a file has no sessions.
    fast
        Fewer networks, shorter training.
    """
    from neurouniv.demo import RecordingChoices, run

    choices = RecordingChoices(mapping(map), mapping(stimulus_map), stimuli, targets, windows)
    page = run(out, recording or [], choices, fast=fast, progress=_shown(quiet))
    _say(f"The page is {page}")


@app.command
def train(
    task: str,
    out: Path,
    *,
    architecture: str = "mlp",
    hidden_layers: int = 1,
    width: int = 100,
    gain: Numbers = (1.0,),
    nonlinearity: str = "leaky_relu",
    dropout: float = 0.0,
    lr: Numbers = (0.01,),
    optimizer: str = "sgd",
    loss: str = "mse",
    batch_size: int | None = None,
    epochs: int = 1000,
    stop: float | None = None,
    seeds: int = 1,
    record: int = 100,
    spacing: str = "linear",
    layers: Annotated[list[int] | None, Parameter(consume_multiple=True, negative=())] = None,
    rule: str = "backprop",
    device: str = "auto",
    per_class: int = 3,
    quiet: bool = False,
) -> None:
    """Train networks on a task and keep their activity.

    Example: neurouniv train two_points runs.nc --hidden-layers 2 --width 500 --gain .35 --lr .02 --epochs 3000

    Parameters
    ----------
    task
        two_points, xor, digits, contexts, or a netCDF/zarr file that holds a task.
    out
        Where the activity goes: .nc, or .zarr, which is written as training goes on.
    architecture
        mlp, residual, cnn, cnn2d, recurrent, gated or attention.
    gain
        Scale of the first weights; several are trained side by side, as several learning rates are.
    optimizer
        sgd, momentum or adam.
    loss
        mse or cross_entropy.
    stop
        A network whose loss has fallen to this share of its first stops learning.
    seeds
        How many networks, with seeds 0, 1, ...
    record
        How many epochs are kept, first and last included.
    layers
        Which hidden layers are kept, counted from 0; default the middle one.
    rule
        backprop, or what brains might do instead: feedback_alignment, predictive_coding, hebbian, ...
    """
    from neurouniv.storage import save
    from neurouniv.systems.training import train as train_networks

    settings = {"hidden_layers": hidden_layers, "width": width, "nonlinearity": nonlinearity, "dropout": dropout}
    settings |= {"gain": _one_or_more(gain), "lr": _one_or_more(lr), "optimizer": optimizer, "loss": loss}
    settings |= {"batch_size": batch_size, "epochs": epochs, "stop": stop, "seeds": range(seeds), "record": record}
    settings |= {"spacing": spacing, "layers": layers, "rule": rule, "device": device, "progress": _shown(quiet)}
    folder = out if out.suffix == ".zarr" else None
    runs = train_networks(task_of(task, per_class), architecture, out=folder, **settings)
    if folder is None:
        save(runs, out)
    _say(f"{out}: {dict(runs.sizes)}")


def _one_or_more(values: tuple[float, ...]) -> float | list[float]:
    return values[0] if len(values) == 1 else list(values)


@app.command
def simulate(
    task: str,
    out: Path,
    *,
    rule: str = "feedback_alignment",
    sessions: int = 8,
    repeats: int = 12,
    runs: int = 4,
    neurons: int = 120,
    noise: float = 1.0,
    seed: int = 0,
    per_class: int = 3,
) -> None:
    """Simulate a recording of a brain that learns a task: spiking neurons over sessions.

    Example: neurouniv simulate digits brain.nwb --sessions 8 --neurons 120

    Parameters
    ----------
    task
        two_points, xor, digits, or a netCDF/zarr file that holds a task.
    out
        Where the recording goes: .nwb, .nc or .zarr.
    """
    from neurouniv.storage import save
    from neurouniv.systems.brains import simulate_brain
    from neurouniv.systems.recordings import write_nwb

    settings = {"sessions": sessions, "repeats": repeats, "runs": runs, "neurons": neurons, "noise": noise}
    rec = simulate_brain(task_of(task, per_class), rule=rule, seed=seed, **settings)
    write_nwb(rec, out) if out.suffix == ".nwb" else save(rec, out)
    _say(f"{out}: {dict(rec.activity.sizes)}")


@app.command
def read(recording: Path, *, map: Fields = None, out: Path | None = None) -> None:
    """Read a recording and say what it holds.

    Example: neurouniv read session.nwb --map condition=stimulus_id --out session.nc

    Parameters
    ----------
    recording
        NWB, MNE .fif, MATLAB .mat, netCDF, zarr or npz; recognised by what it contains.
    map
        Which field of the file is what, name=field: activity, condition, session, run, trial, latency, ...
    out
        Where to keep it, .nc or .zarr.
    """
    from neurouniv.storage import save
    from neurouniv.systems.recordings import describe, read_recording

    rec = read_recording(recording, **mapping(map))
    _say(describe(rec))
    if out:
        save(rec, out)


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
        The task behind a recording: two_points, xor, digits or a file; by default from the conditions' names.
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
    _say(f"{out}: {dict(traj.h.sizes)}")


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
    _say(constants_text(fitted.constants_))
    if out is not None:
        save(fitted.constants_, out)


@app.command
def compare(
    trajectories: Annotated[list[Path], Parameter(consume_multiple=True)],
    *,
    out: Path,
    laws: Annotated[list[str] | None, Parameter(consume_multiple=True, negative=())] = None,
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
    settings = {"folds": folds, "repeats": repeats, "comparator": comparator, "seed": seed, "progress": _shown()}
    result = compare_laws(chosen, data, None if split == "none" else split, **settings)
    save(result, out)
    _say(scores_text(result))


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

    _say(f"The page is {write(load(result), out, title=title)}")


def _shown(quiet: bool = False) -> bool:
    return not quiet and sys.stderr.isatty()


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
