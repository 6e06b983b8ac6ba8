"""Valid files changed again and again; a file with a new outcome is changed further."""

from __future__ import annotations

import json
import shutil
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np

from fuzz_parts.children import Outcome, outcomes, read
from fuzz_parts.mutations import mutated
from fuzz_parts.seeds import Seed, all_seeds

WELL = ("unmade", "ok", "InputError", "not found")
MOST = 40
"""Files of a seed that are kept because their outcome was new."""


def campaign(place: Path, inputs: int, seed: int, out: Path, only: Sequence[str]) -> Iterator[Outcome]:
    """Outcomes of `inputs` changed files."""
    seeds = whole(place, only)
    rng = np.random.default_rng(seed)
    grown: dict[str, list[Seed]] = {held.name: [held] for held in seeds}
    known: set[tuple[str, str]] = set()

    def jobs() -> Iterator[tuple[int, Seed]]:
        for number in range(inputs):
            files = grown[seeds[number % len(seeds)].name]
            yield number, files[rng.integers(len(files))]

    def change(held: Seed, folder: Path, number: int) -> str:
        return mutated(folder, np.random.default_rng([seed, number]))

    for outcome, folder in outcomes(jobs(), change, place):
        _keep(outcome, folder, out / outcome.kind / f"{outcome.seed}-{seed}-{outcome.number}")
        files = grown[outcome.seed]
        is_new = (outcome.seed, outcome.place) not in known and outcome.kind in WELL[1:]
        if is_new and len(files) < MOST and folder.is_dir():
            known.add((outcome.seed, outcome.place))
            goal = place / "grown" / f"{outcome.seed}-{outcome.number}"
            shutil.copytree(folder, goal)
            files.append(replace(files[0], folder=goal))
        yield outcome


def again(place: Path, folder: Path) -> Iterator[Outcome]:
    """Outcomes of the files of a folder that failed before."""
    seeds = {held.name: held for held in whole(place, [""])}
    failed = [json.loads(path.read_text()) | {"at": path.parent} for path in sorted(folder.rglob("outcome.json"))]
    jobs = ((n, replace(seeds[told["seed"]], folder=told["at"])) for n, told in enumerate(failed))
    for outcome, _ in outcomes(jobs, lambda held, at, number: failed[number]["change"], place):
        yield replace(outcome, number=failed[outcome.number]["number"])


def whole(place: Path, only: Sequence[str]) -> list[Seed]:
    """The seeds whose names have one of these words; each can be read."""
    (place / "seeds").mkdir()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        seeds = [held for held in all_seeds(place / "seeds") if any(word in held.name for word in only)]
        for held in seeds:
            if "zarr" in held.name:
                continue
            try:
                read(held, held.folder)
            except Exception as error:
                raise RuntimeError(f"the seed '{held.name}' cannot be read") from error
    return seeds


def _keep(outcome: Outcome, folder: Path, goal: Path) -> None:
    if outcome.kind in WELL:
        return
    shutil.copytree(folder, goal, dirs_exist_ok=True)
    (goal / "outcome.json").write_text(json.dumps(asdict(outcome), indent=1))
