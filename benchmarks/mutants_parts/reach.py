"""Which tests reach a line, from one run of them with coverage, and in which order they are tried."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from benchmarks.mutants_parts import times

PACKAGES = ("theory", "fitting", "laws", "rdm", "universality")
UNTIMED = 0.5
"""Seconds that a test counts for whose time is not known."""


class Site(NamedTuple):
    """Where a mutant is: its file, the lines of its statement, and whether it runs when a function is called."""

    file: str
    first: int
    last: int
    in_function: bool


def run_with_coverage(root: Path, folder: Path, longest: float) -> int:
    """Run the quick tests and examples of the packages once; leave `coverage` and `times` in the folder."""
    places = [f"{top}/{package}" for top in ("tests", "neurouniv") for package in PACKAGES]
    command = [sys.executable, "-m", "pytest", "-q", "-m", "not slow", "-p", "no:cacheprovider", *places]
    command += [
        "-p",
        "benchmarks.mutants_parts.times",
        "--cov=neurouniv",
        "--cov-branch",
        "--cov-context=test",
        "--cov-report=",
    ]
    (folder / "times").unlink(missing_ok=True)
    settings = {times.FILE: str(folder / "times"), times.LONGEST: str(longest)}
    settings |= {"COVERAGE_FILE": str(folder / "coverage"), "PYTHONPATH": str(root)}
    return subprocess.run(command, cwd=root, env=os.environ | settings).returncode


def coverage_of_packages(root: Path, folder: Path) -> dict[str, tuple[float, float]]:
    """The shares of lines and of branches of every part of the package that the run reached."""
    from coverage import Coverage

    data = Coverage(data_file=str(folder / "coverage"), branch=True, source=[str(root / "neurouniv")])
    data.load()
    data.json_report(outfile=str(folder / "coverage.json"))
    sums: dict[str, Counter[str]] = defaultdict(Counter)
    for file, report in json.loads((folder / "coverage.json").read_text())["files"].items():
        parts = Path(file).parts[Path(file).parts.index("neurouniv") + 1 :]
        sums[parts[0] if len(parts) > 1 else "modules"].update(report["summary"])
    return {
        part: (
            count["covered_lines"] / max(count["num_statements"], 1),
            count["covered_branches"] / max(count["num_branches"], 1),
        )
        for part, count in sorted(sums.items())
    }


class Reach:
    """The tests that reach a site, quickest and nearest first."""

    def __init__(self, folder: Path):
        from coverage import CoverageData

        self.data = CoverageData(basename=str(folder / "coverage"))
        self.data.read()
        rows = (line.split("\t") for line in (folder / "times").read_text().splitlines())
        self.seconds = {test: float(seconds) for seconds, test in rows}
        self.of_file: dict[str, list[str]] = defaultdict(list)
        for test in self.seconds:
            self.of_file[test.split("::")[0]].append(test)
        some = next(file for file in self.data.measured_files() if file.endswith("neurouniv/errors.py"))
        self.root = some.removesuffix("neurouniv/errors.py")

    def time_of(self, test: str) -> float:
        return self.seconds.get(test, UNTIMED)

    def tests_of(self, site: Site) -> list[str]:
        """All tests that reach the site. What runs while modules load is reached by all that reach the module."""
        by_line = self.data.contexts_by_lineno(self.root + site.file)
        contexts = {c for line in range(site.first, site.last + 1) for c in by_line.get(line, ())}
        if not site.in_function or contexts == {""}:
            contexts = {c for some in by_line.values() for c in some}
        reached: set[str] = set()
        for context in contexts - {""}:
            test, _, phase = context.rpartition("|")
            # What a fixture of a module set up, all its tests may check.
            reached.update(self.of_file[test.split("::")[0]] if phase == "setup" else [test])
        if not site.in_function or not reached:  # what a module holds is used without running it
            for file in self.of_file:
                reached.update(self.of_file[file] if file.startswith(_mirror(site)) else [])
        return self._in_order(site, reached & set(self.seconds))

    def _in_order(self, site: Site, tests: Iterable[str]) -> list[str]:
        """File by file, so that their fixtures are made once."""
        files: dict[str, list[str]] = defaultdict(list)
        for test in tests:
            files[test.split("::")[0]].append(test)

        def distance(file: str) -> float:
            near = (
                0 if file == site.file or Path(site.file).stem in file else 1 if file.startswith(_mirror(site)) else 2
            )
            return 2 * near + sum(map(self.time_of, files[file]))

        return [test for file in sorted(files, key=distance) for test in sorted(files[file], key=self.time_of)]

    def stages(self, tests: list[str], first: float, most: float) -> list[list[str]]:
        """The tests that take `first` seconds, and the others up to `most`."""
        taken, stages = 0.0, ([], [])
        for test in tests:
            seconds = self.time_of(test)
            if taken and taken + seconds > most:
                continue
            stages[bool(taken) and taken + seconds > first].append(test)
            taken += seconds
        return [stage for stage in stages if stage]


def _mirror(site: Site) -> str:
    """The folder of the tests of a site's folder."""
    return site.file.replace("neurouniv", "tests", 1).rpartition("/")[0]
