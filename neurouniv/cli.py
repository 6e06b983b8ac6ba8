"""The command line: each command is a few calls of the library.

Exit codes: 0 success, 2 something about the input (one message on stderr says what), 1 a fault of ours.
"""

from __future__ import annotations

import os
import sys
import traceback
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import App, CycloptsError, Parameter

from neurouniv.schema import VERSION, InputError, NeurounivWarning

app = App(
    name="neurouniv",
    version=VERSION,
    help="Do implementation details matter for learning? One law, fitted to networks and brains, on trial.",
    help_format="plaintext",
)
Fields = Annotated[list[str] | None, Parameter(consume_multiple=True, negative=())]
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
    quiet
        No progress bars.
    """
    from neurouniv.demo import RecordingChoices, run

    choices = RecordingChoices(_mapping(map), _mapping(stimulus_map), stimuli, targets, windows)
    page = run(out, recording or [], choices, fast=fast, progress=not quiet)
    _say(f"The page is {page}")


@app.command
def train(
    task: str,
    out: Path,
    *,
    hidden_layers: int = 1,
    width: int = 100,
    gain: float = 1.0,
    nonlinearity: str = "leaky_relu",
    lr: float = 0.01,
    epochs: int = 1000,
    seeds: int = 1,
    record: int = 100,
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
        two_points, xor, digits, or a netCDF/zarr file that holds a task.
    out
        Where the activity goes, .nc or .zarr.
    seeds
        How many networks, with seeds 0, 1, ...
    record
        How many epochs are kept, first and last included.
    per_class
        Examples of each digit, for digits.
    quiet
        No progress bar.
    """
    from neurouniv.storage import save
    from neurouniv.systems.training import train as train_networks

    settings = {"hidden_layers": hidden_layers, "width": width, "gain": gain, "nonlinearity": nonlinearity}
    settings |= {"lr": lr, "epochs": epochs, "record": record, "rule": rule, "device": device}
    runs = train_networks(_task(task, per_class), "mlp", seeds=range(seeds), progress=not quiet, **settings)
    save(runs, out)
    _say(f"{out}: {dict(runs.sizes)}")


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
    per_class
        Examples of each digit, for digits.
    """
    from neurouniv.storage import save
    from neurouniv.systems.brains import simulate_brain
    from neurouniv.systems.recordings import write_nwb

    settings = {"sessions": sessions, "repeats": repeats, "runs": runs, "neurons": neurons, "noise": noise}
    rec = simulate_brain(_task(task, per_class), rule=rule, seed=seed, **settings)
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

    rec = read_recording(recording, **_mapping(map))
    _say(describe(rec))
    if out is not None:
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
    out
        Where the trajectory goes, .nc or .zarr.
    map
        As in `neurouniv read`.
    task
        The task behind a recording: two_points, xor, digits or a file; by default from the conditions' names.
    metric
        sqeuclidean, or crossnobis (crossvalidated over runs).
    noise
        residuals: whiten by the covariance of residuals.
    windows
        Make a learning axis of so many windows of trials (folds from alternating trials).
    """
    from neurouniv.rdm import trajectory
    from neurouniv.storage import save

    data, known = _activity(activity, _mapping(map), windows), _task(task, per_class) if task else None
    if known is None and "hidden" not in data:
        from neurouniv.design import recorded_task

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
        universal, or one of its rivals (static, exponential).
    out
        Where the constants go, .nc or .zarr.
    """
    from neurouniv.storage import load, save

    fitted = _law(law).fit(load(trajectory))
    _say(_constants_text(fitted.constants_))
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
    out
        Where the comparison goes, .nc or .zarr.
    laws
        Which laws; all by default.
    split
        What is held out: conditions, (later) times, or none.
    comparator
        How RDMs are compared: corr, cosine, spearman, rho-a, tau-a, corr_cov, cosine_cov.
    """
    from neurouniv.laws import RIVALS
    from neurouniv.storage import load, save
    from neurouniv.universality import compare as compare_laws

    chosen = [_law(name) for name in laws or ["universal", *RIVALS]]
    systems = {path.stem: load(path) for path in trajectories}
    data: Any = next(iter(systems.values())) if len(systems) == 1 else systems
    split_by = None if split == "none" else split
    result = compare_laws(chosen, data, split_by, folds=folds, repeats=repeats, comparator=comparator, seed=seed)
    save(result, out)
    rest = [dim for dim in result.dynamics.dims if dim not in ("law", "system")]
    _say(result.dynamics.mean(rest).rename("R2 of held-out time courses").to_series().to_string())


@app.command
def report(result: Path, out: Path = Path("report.html"), *, title: str = "Comparison of laws") -> None:
    """Write a comparison as one self-contained HTML page.

    Example: neurouniv report comparison.nc report.html

    Parameters
    ----------
    result
        A file of `neurouniv compare`.
    out
        Where the page goes.
    """
    from neurouniv.report import report as write
    from neurouniv.storage import load

    _say(f"The page is {write(load(result), out, title=title)}")


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit with its code."""
    sys.exit(run_command(arguments))


def run_command(arguments: Sequence[str] | None = None) -> int:
    """Run one command; messages go to stderr; returns the exit code."""
    with warnings.catch_warnings():
        warnings.showwarning = _show_warning
        warnings.simplefilter("always", NeurounivWarning)
        try:
            app(arguments, exit_on_error=False, print_error=False, result_action="return_value")
        except (InputError, CycloptsError, OSError) as error:
            _complain(f"{_plain(error)}")
            return 2
        except KeyboardInterrupt:
            _complain("interrupted; files are written whole or not at all.")
            return 130
        except Exception as error:
            if os.environ.get("NEUROUNIV_DEBUG"):
                traceback.print_exc()
            hint = "This is a fault of neurouniv: please report it with what NEUROUNIV_DEBUG=1 shows."
            _complain(f"{type(error).__name__}: {error}. {hint}")
            return 1
    return 0


def _plain(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return f"{error.strerror}: {error.filename}"
    return str(error)


def _show_warning(message: Any, category: type[Warning], *_: Any, **__: Any) -> None:
    if issubclass(category, NeurounivWarning):
        _complain(f"{message}")


def _complain(text: str) -> None:
    sys.stderr.write(f"neurouniv: {text}\n")


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")


def _mapping(pairs: list[str] | None) -> dict[str, Any]:
    """`name=field` words as a mapping; a field of numbers joined by commas is a tuple."""
    made: dict[str, Any] = {}
    for pair in pairs or []:
        name, equals, field = pair.partition("=")
        if not (name and equals and field):
            raise InputError(f"--map takes name=field, such as condition=stimulus_id; {pair!r} came.")
        made[name] = tuple(_number(part) for part in field.split(",")) if "," in field else field
    return made


def _number(text: str) -> float | str | None:
    if not text:
        return None
    try:
        return float(text)
    except ValueError:
        return text


def _task(name: str, per_class: int) -> Any:
    from neurouniv import tasks
    from neurouniv.schema import check_task
    from neurouniv.storage import load

    made = {"two_points": tasks.two_points, "xor": tasks.xor, "digits": lambda: tasks.digits(per_class=per_class)}
    if name in made:
        return made[name]()
    if not Path(name).exists():
        raise InputError(f"A task is one of {', '.join(made)} or a file that holds one; {name!r} is neither.")
    return check_task(load(name))


def _activity(path: Path, mapping: dict[str, Any], windows: int | None) -> Any:
    from neurouniv.storage import load
    from neurouniv.systems.recordings import learning_axis, read_recording

    if path.suffix in (".nc", ".zarr") and not mapping:
        data = load(path)
        if "hidden" in data:
            return data
    data = read_recording(path, **mapping)
    return learning_axis(data, windows=windows) if windows else data


def _law(name: str) -> Any:
    from neurouniv.laws import RIVALS, UniversalModel

    laws = {UniversalModel.name: UniversalModel, **RIVALS}
    if name not in laws:
        raise InputError(f"A law is one of {', '.join(laws)}; {name!r} came.")
    return laws[name]()


def _constants_text(constants: Any) -> str:
    named = [name for name in constants if f"{name}_interval" in constants]
    table = constants[[*named, "loss", "converged", "message"]]
    r2 = constants.r2.to_dataset("variable").rename({str(v): f"R2 of {v}" for v in constants["variable"].values})
    frame = table.merge(r2.drop_vars("bound", errors="ignore"))
    if not frame.sizes:
        return "\n".join(f"{name:>12}  {frame[name].item()}" for name in frame)
    return frame.to_dataframe().to_string()
