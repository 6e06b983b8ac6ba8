"""A study's cells, in a fixed order: every system with every combination of its lists, its seeds some at a time."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path as FilePath
from typing import Any

from neurouniv.studies.cell.cell import Cell
from neurouniv.studies.cell.inputs import checksum
from neurouniv.studies.checks import checked_by, need_kind, need_mapping, need_one_of
from neurouniv.studies.code_version import code_version
from neurouniv.studies.crossing import crossed
from neurouniv.studies.kinds import trajectory_defaults
from neurouniv.studies.recordings import is_of_rdms, resolved
from neurouniv.studies.spec import Study, System
from neurouniv.studies.study_tasks import whole_task
from neurouniv.studies.yaml_lines import Path

MOST_SEEDS, MOST_CELLS = 100_000, 100_000
"""Of a system, and of a study: more than any folder should hold."""
RECORDED = "recorded"
"""The task of a recording that its own fields, or the names of its conditions, tell."""


def cells_of(study: Study) -> list[Cell]:
    """All cells of a study.

    Systems stand in the order of the file; of each, its tasks change last, then settings of the trajectory, its own
    settings in the order they are written, and seeds first.

    Raises
    ------
    InputError : a combination of settings does not go together, a task cannot be made, a file cannot be read.

    Examples
    --------
    >>> from neurouniv.studies.spec import read_study
    >>> networks = [{"name": "mlp", "width": 10, "rule": ["backprop", "hebbian"]}]
    >>> spec = {"task": "xor", "seeds": 4, "batch": 2, "systems": {"networks": networks}}
    >>> [cell.label for cell in cells_of(read_study(spec))][1:3]
    ['mlp, rule backprop, seeds 2 3', 'mlp, rule hebbian, seeds 0 1']
    """
    checksums = lru_cache(maxsize=None)(checksum)
    machine = {"device": study.given.get("device", "cpu"), "threads": study.given.get("threads", 1)}
    cells = []
    for system in study.systems:
        rest = system.analyses | machine
        models = [] if rest["rsa"] is None else [rest["rsa"]["models"]]
        for content, varied, files in _systems(study, system):
            inputs = {path: checksums(FilePath(path)) for path in [*files, *models]}
            whole = {**content, **rest, "inputs": inputs}
            for seeds in _batches(study, system):
                cells.append(Cell(system.name, system.kind.name, varied, seeds, whole, code_version()))
            if len(cells) > MOST_CELLS:
                raise study.source.error(
                    system.path, f"makes more than {MOST_CELLS} cells. Cross fewer lists, or write several studies."
                )
    return cells


def _systems(study: Study, system: System) -> Iterator[tuple[dict[str, Any], dict[str, Any], list[str]]]:
    """Content of every combination of a system's lists, what varies, and the files that are read."""
    for task, of_task in crossed({"task": _task(study, system)}):
        whole, task_files = _whole_task(study, system, task["task"])
        for movie, of_movie in _movies(study, system):
            for settings, varied in crossed(system.settings, system.kind.listed):
                checked = system.kind.whole(settings, system.path, study.source)
                for ready, of_files, files in _resolved(study, system, checked):
                    content = {"task": whole, "trajectory": movie, "settings": ready}
                    yield content, {**of_task, **of_movie, **varied, **of_files}, [*task_files, *files]


def _movies(study: Study, system: System) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Every combination of settings of a system's trajectory, and what varies; none of one that has RDMs alone."""
    if system.kind.name != "recordings" or not _has_rdms(study, system):
        yield from crossed(_trajectory(study, system), listed=["baseline"])
        return
    if system.given.get("trajectory") is not None:
        raise study.source.error(
            (*system.path, "trajectory"), "is for recordings of activity; this data set has RDMs alone. Leave it out."
        )
    yield {}, {}


def _has_rdms(study: Study, system: System) -> bool:
    given = system.settings
    if isinstance(given.get("dataset"), list):
        raise study.source.error((*system.path, "dataset"), "is one name. Give every data set an entry of its own.")
    data = {"dataset": given.get("dataset"), "split": given.get("split")}
    return bool(checked_by(lambda: is_of_rdms(data), system.path, study.source, data))


def _resolved(
    study: Study, system: System, settings: dict[str, Any]
) -> Iterator[tuple[dict[str, Any], dict[str, Any], list[str]]]:
    if system.kind.name != "recordings":
        yield settings, {}, []
        return
    yield from checked_by(lambda: list(resolved(settings, study.folder)), system.path, study.source, settings)


def _task(study: Study, system: System) -> Any:
    """The task that a system has, its own or the study's; of a recording whose fields tell it, that."""
    own = system.given.get("task")
    is_recording = system.kind.name == "recordings"
    if own is None and is_recording and {"stimuli", "targets"} & set(system.given):
        return RECORDED
    task = study.given.get("task") if own is None else own
    if task is None and is_recording:
        return RECORDED
    if task is None:
        raise study.source.error(system.path, "needs the key task, or the study one. Example: task: digits")
    return task


def _whole_task(study: Study, system: System, task: Any) -> tuple[dict[str, Any] | None, list[str]]:
    """A task with all its settings and the files it is in; None for that of a recording itself."""
    if task == RECORDED and system.kind.name == "recordings":
        return None, []
    path: Path = (*system.path, "task") if "task" in system.given else ("task",)
    whole = whole_task(task, path, study.source, study.folder)
    return whole, [whole["file"]] if "file" in whole else []


def _trajectory(study: Study, system: System) -> dict[str, Any]:
    """All settings of a system's trajectory: its own, else the study's, else the defaults."""
    from neurouniv.rdm.measures import MEASURES

    defaults = trajectory_defaults()
    settings: dict[str, Any] = {}
    for given, path in ((study.given, ("trajectory",)), (system.given, (*system.path, "trajectory"))):
        held = given.get("trajectory") or {}
        need_mapping(held, path, study.source, tuple(defaults))
        for choice, _ in crossed(held, listed=["baseline"]):
            for name, value in choice.items():
                need_kind(value, defaults[name], (*path, name), study.source)
            if "metric" in choice:
                need_one_of(choice["metric"], (*path, "metric"), study.source, MEASURES)
        settings |= held
    return defaults | settings


def _batches(study: Study, system: System) -> list[list[int]]:
    """The seeds of every cell: for networks `batch` at a time, a brain has one, a recording none."""
    path: Path = (*system.path, "seeds") if "seeds" in system.given else ("seeds",)
    if system.kind.name == "recordings":
        if "seeds" in system.given:
            raise study.source.error(path, "is for networks and brains; a recording has none. Leave it out.")
        return [[]]
    seeds = _seeds(system.given.get("seeds", study.given.get("seeds", 1)), path, study)
    batch = 1 if system.kind.name == "brains" else study.given.get("batch", len(seeds))
    return [seeds[first : first + batch] for first in range(0, len(seeds), batch)]


def _seeds(given: Any, path: Path, study: Study) -> list[int]:
    from neurouniv.systems.training.checks import numbers

    if isinstance(given, int) and given > MOST_SEEDS:
        raise study.source.error(path, f"is at most {MOST_SEEDS}; got {given}.")
    return list(checked_by(lambda: numbers(given, 2**63 - 1, "seeds"), path[:-1], study.source, ["seeds"]))
