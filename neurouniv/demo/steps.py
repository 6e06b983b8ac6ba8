"""The steps of the demo: learners, the trial of the law in all of them, and the page."""

from __future__ import annotations

import re
import shlex
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import xarray as xr
from tqdm import tqdm

from neurouniv.demo import learners
from neurouniv.demo.page import geometry_section, points_section, recording_section
from neurouniv.demo.recorded import Recorded, RecordingChoices, recorded
from neurouniv.page import report
from neurouniv.page.run_again import Again
from neurouniv.page.universality import universality_sections
from neurouniv.progress import progress_bar
from neurouniv.schema import NeurounivWarning
from neurouniv.storage import save
from neurouniv.universality.trial.universality_test import universality_test

RESAMPLES = {True: 200, False: 300}
"""Number of resamples, by whether the demo is fast."""
TITLE = "One law for networks and brains?"
SHOWN = "tanh, 1 layer"
"""The networks whose geometry is drawn."""


def run(
    out: Path,
    recordings: Sequence[Path],
    choices: RecordingChoices,
    *,
    fast: bool = False,
    progress: bool | None = None,
) -> Path:
    """Run everything, keep results and the page in the folder `out`, and return the page's path."""
    out = Path(out)
    readings = [recorded(path, choices) for path in recordings]  # a file that cannot be read should say so at once
    out.mkdir(parents=True, exist_ok=True)
    task = learners.digits()
    steps: dict[str, Callable[[], xr.Dataset]] = {
        name: partial(learners.network, name, task, fast) for name in learners.NETWORKS
    }
    if not readings:
        steps |= {learners.MOUSE: lambda: learners.mouse(task, out, fast)}
        steps |= {learners.CONTROL: lambda: learners.control(task, fast)}
    points = {name: partial(learners.two_points, name, fast) for name in learners.POINTS}
    with progress_bar(len(steps) + len(points) + 2, "demo", progress) as bar:
        systems = {name: _step(bar, name, work) for name, work in steps.items()}
        systems |= {recording.name: recording.observed for recording in readings}
        curves = {name: _step(bar, name, work) for name, work in points.items()}
        result = _step(bar, "the law on trial", lambda: _trial(systems, [] if readings else [learners.CONTROL], fast))
        command = _command(out, recordings, choices, fast)
        return _step(bar, "drawing", lambda: _page(out, systems, curves, result, readings, command))


def _step(bar: tqdm, name: str, work: Callable[[], Any]) -> Any:
    """One step of the job, named on the progress bar while it runs."""
    bar.set_description(name)
    output = work()
    bar.update()
    return output


def _trial(systems: dict[str, xr.Dataset], controls: list[str], fast: bool) -> xr.Dataset:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NeurounivWarning)  # the page says it, in every row
        return universality_test(systems, controls=controls, resamples=RESAMPLES[fast], n_jobs=-1)


def _page(
    out: Path,
    systems: dict[str, xr.Dataset],
    curves: dict[str, xr.Dataset],
    result: xr.Dataset,
    readings: list[Recorded],
    command: Sequence[str],
) -> Path:
    """Keep every result in the folder `out` and write the page."""
    for name, observed in {**systems, **curves}.items():
        save(observed, out / f"{_file_name(name)}.nc")
    save(result, out / "universality.nc")
    answer, *rest = universality_sections(result, systems)
    sections = [replace(answer, again=Again((shlex.join(command),))), *rest]
    sections[-1:-1] = [
        *(recording_section(recording) for recording in readings),
        geometry_section(systems[SHOWN], SHOWN),
        points_section(curves),
    ]
    return Path(report(sections, out / "report.html", title=TITLE))


def _command(out: Path, recordings: Sequence[Path], choices: RecordingChoices, fast: bool) -> list[str]:
    """The words of the command that runs the same again.

    Examples
    --------
    >>> choices = RecordingChoices({"condition": "odour", "keep": [("rt", 0.1, None)]}, targets="angles")
    >>> " ".join(_command(Path("out"), [Path("day.nwb")], choices, fast=True))
    'neurouniv demo --out out --quick --recording day.nwb --map condition=odour keep=rt,0.1, --targets angles'
    """
    words = ["neurouniv", "demo", "--out", str(out), *(["--quick"] if fast else [])]
    if not recordings:
        return words
    words += ["--recording", *map(str, recordings)]
    for option, fields in (("--map", choices.mapping), ("--stimulus-map", choices.stimulus_mapping)):
        words += [option, *_fields(fields)] if fields else []
    for option, value in (("--stimuli", choices.stimuli), ("--targets", choices.targets)):
        words += [option, value] if value else []
    return words + ([] if choices.windows == RecordingChoices.windows else ["--windows", str(choices.windows)])


def _fields(fields: Mapping[str, Any]) -> list[str]:
    """A mapping as `name=field` words."""
    entries = [
        (name, value) for name, given in fields.items() for value in (given if isinstance(given, list) else [given])
    ]
    joined = [
        (name, ",".join("" if part is None else str(part) for part in value) if isinstance(value, tuple) else value)
        for name, value in entries
    ]
    return [f"{name}={value}" for name, value in joined]


def _file_name(name: str) -> str:
    """A name as that of a file.

    Examples
    --------
    >>> _file_name("tanh, 3 layers")
    'tanh_3_layers'
    """
    return re.sub(r"\W+", "_", name).strip("_")
