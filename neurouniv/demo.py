"""The main job, end to end: networks and a brain learn, one law is fitted to all, RSA compares, a page shows it."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple

import xarray as xr
from tqdm import tqdm

from neurouniv import figures, tasks
from neurouniv.design import recorded_task
from neurouniv.laws import COMPARED, RIVALS, Law, UniversalModel
from neurouniv.page import Picture, Section, report, table_of
from neurouniv.page.comparison import baselines_in_words, comparison_section, scores_in_words, verdict_in_words
from neurouniv.rdm import trajectory
from neurouniv.schema import LEARNING, InputError, NeurounivWarning
from neurouniv.storage import save
from neurouniv.systems.brains import simulate_brain, true_rates
from neurouniv.systems.recordings import describe, learning_axis, read_recording, with_runs, write_nwb
from neurouniv.systems.training import train
from neurouniv.universality import compare

NETWORKS: dict[str, dict[str, Any]] = {
    "two layers, linear": {"hidden_layers": 1, "width": 500, "gain": 0.1, "nonlinearity": "linear", "lr": 0.01},
    "shallow, leaky ReLU": {"hidden_layers": 2, "width": 500, "gain": 0.35, "nonlinearity": "leaky_relu", "lr": 0.02},
    "tanh, feedback alignment": {
        "hidden_layers": 2, "width": 100, "gain": 0.5, "nonlinearity": "tanh", "lr": 0.02, "rule": "feedback_alignment",
    },
}  # fmt: skip
BOOTSTRAP = {True: 300, False: 1000}
"""Resamples, in a fast look and else."""
DIGITS = {"hidden_layers": 1, "width": 200, "gain": 0.2, "nonlinearity": "tanh", "lr": 0.5}

Results = dict[str, xr.Dataset]


@dataclass(frozen=True)
class RecordingChoices:
    """How a user's recording is read: fields by name, and what its conditions mean (see `recorded_task`)."""

    mapping: dict[str, Any] = field(default_factory=dict)
    stimulus_mapping: dict[str, Any] = field(default_factory=dict)
    stimuli: str = "names"
    targets: str = "names"
    windows: int = 6


class System(NamedTuple):
    """A learner under the law: what it did and what the law, fitted to it, expects."""

    name: str
    observed: xr.Dataset
    law: Law
    expected: xr.Dataset
    notes: list[str]


def run(
    out: Path, recordings: Sequence[Path], choices: RecordingChoices, *, fast: bool = False, progress: bool = True
) -> Path:
    """Run everything, keep results and the page in the folder `out`, and return the page's path."""
    out = Path(out)
    recorded = [_recorded(path, choices) for path in recordings]  # a file that cannot be read should say so at once
    out.mkdir(parents=True, exist_ok=True)
    with tqdm(total=len(NETWORKS) + 3 + 2 * max(1, len(recorded)), disable=not progress) as bar:
        points = [_step(bar, name, _two_points, name, settings, fast) for name, settings in NETWORKS.items()]
        digits = _step(bar, "digits network", _digits, fast)
        brains = recorded or [_step(bar, "simulated brain", _simulated, out, fast)]
        compared = [digits, *brains]
        results = {system.name: _step(bar, f"rivals on {system.name}", _compare, system, fast) for system in compared}
        bar.set_description("drawing")
        page = _written(out, points, digits, brains, results, simulated=not recorded)
        bar.update(bar.total - bar.n)
    return page


def _step(bar: Any, name: str, work: Callable[..., Any], *arguments: Any) -> Any:
    """One step of the job, named on the progress bar while it runs."""
    bar.set_description(name)
    made = work(*arguments)
    bar.update()
    return made


def _written(
    out: Path, points: list[System], digits: System, brains: list[System], results: Results, simulated: bool
) -> Path:
    """Keep every result in the folder `out` and write the page."""
    systems = [*points, digits, *brains]
    for i, system in enumerate(systems):
        save(system.observed, out / f"trajectory_{i + 1}.nc")
        save(system.law.constants_, out / f"constants_{i + 1}.nc")
    for i, result in enumerate(results.values()):
        save(result, out / f"comparison_{i + 1}.nc")
    sections = [_points_section(points), _digits_section(digits, results[digits.name])]
    sections += [_brain_section(brain, results[brain.name], simulated) for brain in brains]
    sections += [_constants_section(systems), *(_comparison_section(name, r) for name, r in results.items())]
    return Path(report(sections, out / "report.html", title="One law for networks and brains?"))


def _fitted(name: str, observed: xr.Dataset, notes: Sequence[str] = ()) -> System:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NeurounivWarning)  # the page says it, in every section that shows the fit
        law = UniversalModel().fit(observed)
    return System(name, observed, law, law.predict(observed), list(notes))


def _two_points(name: str, settings: dict[str, Any], fast: bool) -> System:
    epochs, seeds = (3000, range(1)) if fast else (3000, range(4))
    width = min(settings["width"], 100) if fast else settings["width"]
    settings = settings | {"width": width, "epochs": epochs, "seeds": seeds, "record": 100, "progress": False}
    return _fitted(name, trajectory(train(tasks.two_points(), "mlp", **settings)).squeeze("layer", drop=True))


def _digits(fast: bool) -> System:
    epochs, seeds = (600, range(2)) if fast else (2000, range(5))
    runs = train(tasks.digits(per_class=3), "mlp", epochs=epochs, seeds=seeds, record=50, progress=False, **DIGITS)
    return _fitted("digits network", trajectory(runs).squeeze("layer", drop=True))


def _simulated(out: Path, fast: bool) -> System:
    """A simulated brain, written as NWB and read back from that file, as a user's recording would be."""
    task = tasks.digits(per_class=2 if fast else 3)
    rec = simulate_brain(task, sessions=6 if fast else 8, repeats=8, runs=4, neurons=120, seed=0)
    path = write_nwb(rec, out / "simulated_brain.nwb")
    observed = trajectory(read_recording(path), task, metric="crossnobis")
    truth = trajectory(_noise_free(rec), task)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NeurounivWarning)
        known = UniversalModel().fit(truth).constants_
    spoken = ", ".join(f"{name} {float(known[name]):.3g}" for name in ("eta_h", "eta_y"))
    note = (
        f"The brain is a {rec.attrs['rule'].replace('_', ' ')} learner seen through {rec.sizes['channel']} Poisson "
        f"neurons. The same law fitted to its rates without noise gives {spoken} per session."
    )
    return _fitted("simulated brain", observed, [note])


def _noise_free(rec: xr.Dataset) -> xr.Dataset:
    """The true rates as activity whose time is the session."""
    rates = true_rates(rec).rename(session="time", channel="unit")
    rates = rates.assign_coords(time=rates["time"].assign_attrs(units="sessions", axis=LEARNING))
    return xr.Dataset({"hidden": rates.assign_attrs(units="spikes/s")})


def _recorded(path: Path, choices: RecordingChoices) -> System:
    rec = read_recording(path, **choices.mapping)
    stimuli: Any = choices.stimuli
    if choices.stimulus_mapping:
        stimuli = read_recording(path, **choices.stimulus_mapping)
    rec, axis = _with_time(rec, choices.windows)
    task = recorded_task(rec, stimuli, choices.targets)
    observed = trajectory(rec, task, metric="crossnobis")
    where = "another recording of the same conditions" if choices.stimulus_mapping else {
        "names": "the parts of the conditions' names", "first": "the earliest activity"}[choices.stimuli]  # fmt: skip
    aim = {"names": "the first part of their names", "angles": "their angle"}[choices.targets]
    summary = "; ".join(describe(rec).split("\ntrials per")[0].splitlines())
    notes = [f"{summary}.", f"{axis} The stimuli's geometry comes from {where}, the targets' from {aim}."]
    return _fitted(path.stem, observed, notes)


def _with_time(rec: xr.Dataset, windows: int) -> tuple[xr.Dataset, str]:
    """The recording with a time axis and folds, and in words where they come from."""
    if "session" in rec.coords and len(set(rec["session"].values.tolist())) > 1:
        made = rec if "run" in rec.coords else with_runs(rec)
        return made, "Learning time is the session."
    if "latency" in rec["activity"].dims:
        made = rec if "run" in rec.coords else with_runs(rec)
        return made, (
            "Time here is time within the trial, not learning. The law is about learning; fitting it to the course "
            "of a trial is exploratory, and its constants are no learning rates."
        )
    return learning_axis(rec, windows=windows), (
        f"The file has no sessions: learning time is {windows} windows of trials, with folds from alternating trials."
    )


def _compare(system: System, fast: bool) -> xr.Dataset:
    laws = [UniversalModel(), *(RIVALS[name]() for name in COMPARED)]
    enough = system.observed.sizes.get("condition", 0) >= 4
    if not enough and system.observed.sizes["time"] < 6:
        raise InputError(
            f"{system.name} has {system.observed.sizes.get('condition', 0)} conditions and "
            f"{system.observed.sizes['time']} times; holding data out needs 4 conditions or 6 times."
        )
    split = "conditions" if enough else "times"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NeurounivWarning)
        return compare(laws, system.observed, split=split, folds=2, repeats=1 if fast else 3, bootstrap=BOOTSTRAP[fast])


def _points_section(systems: list[System]) -> Section:
    grid = {system.name: (system.observed, system.expected) for system in systems}
    figure = figures.curves_grid(grid)
    text = (
        "Two stimuli, two targets. Solid: what networks did; dotted: the law with two fitted constants, from the same "
        "start. |dh|² is the squared distance of their representations, |dy|² that of the predictions, and the "
        "alignment error is 0 when the prediction is right."
    )
    return Section(
        "Two points: three curves, two constants", text,
        figures=[Picture(figure, "Three curves of two points, for networks that differ in depth, shape and rule.")],
        warnings=[fault for system in systems for fault in _faults(system)], sources=_sources(systems),
    )  # fmt: skip


def _digits_section(system: System, result: xr.Dataset) -> Section:
    figure = figures.geometry(system.observed, system.expected)
    text = (
        "Handwritten digits, three of each: the geometry of the stimuli, of the class means of the stimuli (the "
        "simplest predictor that knows the classes), what the law predicts and what the networks learned.\n\n"
    ) + _geometry_in_words(system)
    text = f"{text}\n\n{baselines_in_words(result)}"
    courses = figures.time_courses(system.observed, system.expected)
    drawn = [Picture(figure, "RDMs ordered by digit."), Picture(courses, "Mean squared distance over learning.")]
    title = "Digits: the geometry that is learned"
    return Section(title, text, figures=drawn, warnings=_faults(system), sources=_sources([system]))


def _brain_section(system: System, result: xr.Dataset, simulated: bool) -> Section:
    last = 1 if system.observed["time"].attrs.get("axis") == LEARNING else 3
    drawn = [
        Picture(figures.geometry(system.observed, system.expected, last=last), "RDMs of the recording."),
        Picture(figures.time_courses(system.observed, system.expected), "Mean crossvalidated distance over time."),
    ]
    r2 = float(system.law.constants_.r2.sel(variable="h"))
    said = f"The law explains R² = {r2:.2f} of the movie of crossvalidated distances it was fitted to. "
    said += _geometry_in_words(system, last)
    title = "A simulated brain, read from its NWB file" if simulated else f"The recording {system.name}"
    text = "\n\n".join([*system.notes, said, baselines_in_words(result)])
    return Section(title, text, figures=drawn, warnings=_faults(system), sources=_sources([system]))


def _geometry_in_words(system: System, last: int = 1) -> str:
    """How well each structure predicts the final RDM, the best first."""
    scores = figures.geometry_scores(system.observed, system.expected, last)["correlation"]
    scores = scores.mean([dim for dim in scores.dims if dim != "structure"]).to_series().drop("learned").dropna()
    scores = scores.rename({"input": "stimuli", "class means": "class means of the stimuli", "prediction": "the law"})
    ranked = ", ".join(f"{name} {value:.2f}" for name, value in scores.sort_values(ascending=False).items())
    return f"Correlation with the final RDM: {ranked}."


def _faults(system: System) -> list[str]:
    constants = system.law.constants_
    bad = constants["message"].where(~constants["converged"], "").values.ravel()
    return sorted({f"{system.name}: {text}" for text in bad if text})


def _constants_section(systems: list[System]) -> Section:
    figure = figures.constants({system.name: system.law.constants_ for system in systems})
    text = (
        "The constants that stand for the implementation, per unit of each system's own time. They absorb the gain of "
        "the instrument, so they compare within a kind of measurement, not across. Bars: 95 % intervals."
    )
    tables = [table_of(system.law.constants_[["eta_h", "eta_h_interval", "eta_y", "eta_y_interval", "r2", "converged"]],
                       caption=f"{system.name}, per unit of time ({system.observed['time'].attrs.get('units', '')})")
              for system in systems]  # fmt: skip
    return Section("Constants", text, figures=[Picture(figure, "Constants with 95 % intervals.")], tables=tables)


def _comparison_section(name: str, result: xr.Dataset) -> Section:
    """The page's section on a comparison, less what the system's own section says of simple predictors."""
    section = comparison_section(f"The law against its rivals: {name}", result)
    text = "\n\n".join(filter(None, [scores_in_words(result), verdict_in_words(result)]))
    return replace(section, text=text, sources={f"comparison, {name}": result})


def _sources(systems: list[System]) -> dict[str, xr.Dataset]:
    return {system.name: system.law.constants_ for system in systems}
