"""The commands that make activity or read it."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from neurouniv.commands.app import Fields, Numbers, Places, Several, app, say, shown
from neurouniv.commands.arguments import mapping, task_of
from neurouniv.commands.outputs import Overwrite, named, need_file, need_folder, need_free, recordings
from neurouniv.schema import InputError, some

RUNS = 4
"""How many runs the trials of a window or session are dealt into."""


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
    layers: Places = None,
    rule: str = "backprop",
    weights: bool = False,
    start: Path | None = None,
    device: str = "auto",
    per_class: int = 3,
    quiet: bool = False,
    overwrite: Overwrite = False,
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
    nonlinearity
        linear, relu, leaky_relu, tanh, elu, swish, silu or gelu.
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
        backprop, or what brains might do instead: feedback_alignment, direct_feedback_alignment, weight_perturbation,
        node_perturbation, hebbian, predictive_coding, kolen_pollack, weight_mirror or weight_decay; or lazy, the
        control whose features do not move.
    weights
        Keep weights too, from which training can go on.
    start
        A file of networks that were trained with --weights: go on from its last time, by any rule, on any task of the
        same sizes.
    device
        auto (a GPU where there is one), cpu, cuda or cuda:1.
    """
    from neurouniv.storage import load, save
    from neurouniv.systems.training.train import train as train_networks

    need_file(out, [*named(task), *([start] if start else [])], overwrite)
    folder = out if out.suffix == ".zarr" else None
    begun = None if start is None else load(start)
    runs = train_networks(
        task_of(task, per_class), architecture, hidden_layers=hidden_layers, width=width, gain=_one_or_more(gain),
        nonlinearity=nonlinearity, dropout=dropout, lr=_one_or_more(lr), optimizer=optimizer, loss=loss,
        batch_size=batch_size, epochs=epochs, stop=stop, seeds=seeds, record=record, spacing=spacing,
        layers=layers, rule=rule, weights=weights, start=begun, device=device, out=folder, progress=shown(quiet),
    )  # fmt: skip
    if folder is None:
        save(runs, out)
    say(f"{out}: {dict(runs.sizes)}")


def _one_or_more(values: Sequence[Any]) -> Any:
    return values[0] if len(values) == 1 else list(values)


@app.command
def simulate(
    task: str,
    out: Path,
    *,
    rule: str = "feedback_alignment",
    world: str | None = None,
    architecture: str = "mlp",
    sensors: str = "spikes",
    sessions: int = 8,
    repeats: int = 12,
    runs: int = 4,
    neurons: int = 120,
    noise: float = 1.0,
    snr: float | None = None,
    turnover: float = 0.0,
    drift: float = 0.0,
    behaviour: bool = False,
    seed: int = 0,
    per_class: int = 3,
    overwrite: Overwrite = False,
) -> None:
    """Simulate a recording of a brain that learns a task, or of one in which another law holds, over sessions.

    Example: neurouniv simulate digits brain.nwb --sessions 8 --neurons 120

    Parameters
    ----------
    task
        two_points, xor, digits, contexts, or a netCDF/zarr file that holds a task.
    out
        Where the recording goes: .nwb (spikes), -epo.fif (meeg), .nc, .zarr, or a folder for an NWB file per session.
    rule
        How the brain learns, as in `neurouniv train`.
    world
        What happens instead: universal, pairwise, target, exponential, step, gain, lazy, static or drift.
    sensors
        spikes, refractory, bursty, calcium, voxels or meeg.
    neurons
        How many neurons, voxels or sensors are recorded.
    noise
        Variance of the noise, in multiples of the sensors' own.
    snr
        Sets the noise by the signal to noise ratio of a single trial.
    turnover
        Share of the neurons that each session replaces.
    drift
        Degrees by which the code turns from session to session.
    behaviour
        Whether choices are kept.
    """
    from neurouniv.systems.brains import simulate_brain

    _need_place(out, sessions, named(task), overwrite)
    rec = simulate_brain(
        task_of(task, per_class), rule=rule, world=world, architecture=architecture, sensors=sensors,
        sessions=sessions, repeats=repeats, runs=runs, neurons=neurons, noise=noise, snr=snr, turnover=turnover,
        drift=drift, behaviour=behaviour, seed=seed,
    )  # fmt: skip
    _written(rec, out)
    say(f"{out}: {dict(rec.activity.sizes)}")


def _need_place(out: Path, sessions: int, inputs: list[Path], overwrite: bool) -> None:
    """Raise, before any work, unless a simulated recording can be written to `out` with nothing lost."""
    if not out.suffix:
        need_folder(out, inputs, overwrite)
        _need_no_others(out, sessions)
    elif out.suffix in (".nwb", ".fif"):
        if not out.parent.is_dir():
            raise FileNotFoundError(f"There is no folder '{out.parent}' to write '{out.name}' in. Make it first.")
        need_free(out, inputs, overwrite)
    else:
        need_file(out, inputs, overwrite)


def _need_no_others(folder: Path, sessions: int) -> None:
    """Raise `InputError` where an NWB file in the folder would stay beside the new sessions, as one more of them."""
    from neurouniv.systems.brains.files import session_file

    others = {path.name for path in folder.glob("*.nwb")} - {session_file(n + 1) for n in range(sessions)}
    if others:
        raise InputError(
            f"The folder '{folder}' holds {some(sorted(others))}, which would be read as more sessions of this brain. "
            "Take them out of the way, or give another folder."
        )


def _written(rec: Any, out: Path) -> None:
    """Write a simulated recording in the format that the path names."""
    from neurouniv.storage import save
    from neurouniv.systems.brains import write_epochs, write_sessions
    from neurouniv.systems.recordings.formats.nwb.writer import write_nwb

    writers: dict[str, Callable[[Any, Path], object]] = {"": write_sessions, ".nwb": write_nwb, ".fif": write_epochs}
    writers.get(out.suffix, save)(rec, out)


@app.command
def read(
    recording: Several,
    *,
    map: Fields = None,
    fields: bool = False,
    out: Path | None = None,
    quiet: bool = False,
    overwrite: Overwrite = False,
) -> None:
    """Read a recording, from one file or from several, and say what it holds and what can be computed of it.

    Example: neurouniv read day*.nwb --map condition=stimulus_id session=1,2,5 --out mouse.nc

    Parameters
    ----------
    recording
        Files of NWB, NIfTI, GIFTI, GLMsingle, MNE .fif, EEGLAB .set, BrainVision .vhdr, EDF/BDF, CTF .ds (and others
        of MNE), MATLAB .mat, netCDF, HDF5, zarr, .npz, .npy, CSV, Parquet or rsatoolbox, what Neo reads (Blackrock,
        Plexon, Spike2, Neuralynx), and results of suite2p, Kilosort/phy, IBL ALF, CaImAn, Minian or pynapple,
        recognised by what they contain; a folder of them, or a pattern in quotes.
    map
        Which field of the file is what, name=field: activity, condition, session, run, trial, latency, ...; several
        fields make a condition: condition=odour,rewarded. Only some rows: keep=outcome,hit keep=rt,0.1, (0.1 or more).
        For several files also one value each, session=1,2,5 subject=m1,m1,m2; one neuron a file: files=channels; a
        table of the same cells: match_channels=cells.csv. Where a recording has no trials of its
        own (suite2p, spikes): trials=trials.csv onset=onset window=0,1 condition=stimulus. Images (fMRI betas):
        events=FILE, the table with a row for each volume, mask=FILE, atlas=FILE, residuals=FILE.
    fields
        List every field of the file, with its shape, type and first values, and read no recording.
    out
        Where to keep it, .nc or .zarr.
    """
    from neurouniv.storage import save
    from neurouniv.systems.recordings.help.describe import describe
    from neurouniv.systems.recordings.read import read_recording

    _need_no_data_set(recording)
    mapped = mapping(map)
    if fields:
        from neurouniv.systems.recordings.read_one import fields_of

        say(fields_of(recording[0], mapped))
        return
    need_file(out, recordings(recording, mapped), overwrite)
    rec = read_recording(_one_or_more(recording), progress=shown(quiet), **mapped)
    say(describe(rec))
    if out:
        save(rec, out)
        say(f"kept in {out}")
    say(f"next: {_next(rec, recording, map, out)}")


def _need_no_data_set(paths: Sequence[Path]) -> None:
    """The name of a data set is no path; say where its files are."""
    from neurouniv.datasets.registry import registry

    names = [str(path) for path in paths if str(path) in registry() and not path.exists()]
    if names:
        raise InputError(
            f"'{names[0]}' is the name of a data set, not of a file. `neurouniv datasets {names[0]}` gets its files "
            "and says how they are read."
        )


def _next(rec: Any, recording: Sequence[Path], map: Sequence[str] | None, out: Path | None) -> str:
    """The command that makes the RDM movie of what was read."""
    words = [str(out)] if out else [str(path) for path in recording]
    words += ["--map", *map] if map and not out else []
    from neurouniv.systems.recordings.help.capabilities import fewest_repeats

    timeless = np.unique(rec.get("session", 1)).size == 1 and rec.sizes.get("latency", 1) == 1
    windows = min(6, int(np.unique(rec.condition, return_counts=True)[1].min()) // RUNS) if timeless else 0
    words += ["--windows", str(windows)] if windows > 1 else []
    runs = 0 if windows > 1 or "run" in rec.coords else min(RUNS, fewest_repeats(rec))
    words += ["--runs", str(runs)] if runs > 1 else []
    words += ["--metric", "crossnobis"] if windows > 1 or runs > 1 or "run" in rec.coords else []
    return f"neurouniv rdm {shlex.join(words)} --out traj.nc"
