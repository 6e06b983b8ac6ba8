"""How many small changes of the code the quick tests notice (mutation testing).

    python -m pip install pytest-cov
    python benchmarks/mutants.py reach FOLDER                      # which tests reach which line, and coverage
    python benchmarks/mutants.py run FOLDER [--count 430] [--seed 0] [--minutes 60]
    python benchmarks/mutants.py again FOLDER [--tests PATH ...]   # survivors, with these test files first
    python benchmarks/mutants.py table FOLDER

Mutants are a random sample of lines, of every package in proportion to its statements, and one random change of each
(`mutants_parts/changes.py`). Each is tried with the tests that reach its line, the quick and near ones first, up to
`--most` seconds of tests, and is killed by the first that fails. mutmut changes no constants of modules and needs its
own wrappers around functions, which examples and signatures see; cosmic-ray runs all tests for every mutant.
"""

from __future__ import annotations

import argparse
import ast
import json
import random
import sys
from collections import Counter
from functools import partial
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[0] = str(ROOT)  # not this folder: a benchmark here is named like the library `coverage`
from benchmarks.mutants_parts.changes import in_words, mutants_of  # noqa: E402
from benchmarks.mutants_parts.reach import PACKAGES, Reach, Site, coverage_of_packages, run_with_coverage  # noqa: E402
from benchmarks.mutants_parts.trial import NO_END, Trial, Try, imported, with_collected  # noqa: E402


def main() -> None:
    """Print what is measured."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("reach", "run", "again", "table"))
    parser.add_argument("folder", type=Path)
    parser.add_argument("--count", type=int, default=430)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--minutes", type=float, default=60.0, help="CPU minutes; call again to go on")
    parser.add_argument("--most", type=float, default=8.0, help="seconds of tests per mutant")
    parser.add_argument("--longest", type=float, default=10.0, help="CPU seconds after which a test is left out")
    parser.add_argument("--packages", nargs="+", default=PACKAGES)
    parser.add_argument("--where", choices=("both", "functions", "modules"), default="both")
    parser.add_argument("--tests", nargs="*", default=[])
    given = parser.parse_args()
    given.folder.mkdir(exist_ok=True)
    if given.what == "reach":
        sys.exit(run_with_coverage(ROOT, given.folder.resolve(), given.longest))
    if given.what == "table":
        print(_table(_read(given.folder)))
        for part, (lines, branches) in coverage_of_packages(ROOT, given.folder).items():
            print(f"{part:14}{lines:13.1%}{branches:13.1%}")
        return
    results = _read(given.folder) or _sampled(given.count, given.seed)
    _try_all(results, Reach(given.folder), given)


def _read(folder: Path) -> list[dict[str, Any]]:
    path = folder / "mutants.json"
    return json.loads(path.read_text()) if path.exists() else []


def _sampled(count: int, seed: int) -> list[dict[str, Any]]:
    """Random lines of every package in proportion to its statements, and a random mutant of each."""
    rng, lines, weight = random.Random(seed), {}, {}
    for package in PACKAGES:
        by_line: dict[tuple[str, int], list[dict[str, Any]]] = {}
        weight[package] = 0
        for path in sorted((ROOT / "neurouniv" / package).rglob("*.py")):
            code = path.read_text()
            tree = ast.parse(code)
            weight[package] += sum(isinstance(node, ast.stmt) for node in ast.walk(tree))
            for number, mutant in enumerate(mutants_of(tree)):
                file, line = str(path.relative_to(ROOT)), getattr(mutant.node, "lineno", mutant.statement.lineno)
                site = Site(file, *_lines(mutant.statement), mutant.in_function)
                row = {"package": package, "line": line, "number": number, "site": site}
                row["change"] = in_words(mutant, code.splitlines())
                by_line.setdefault((file, line), []).append(row)
        lines[package] = by_line
    chosen = []
    for package, by_line in lines.items():
        share = round(count * weight[package] / sum(weight.values()))
        chosen += [rng.choice(by_line[place]) for place in rng.sample(sorted(by_line), share)]
    rng.shuffle(chosen)
    return chosen


def _lines(statement: ast.stmt) -> tuple[int, int]:
    """The lines of a statement without those of statements within it."""
    body = getattr(statement, "body", None)
    last = max(statement.lineno, body[0].lineno - 1) if body else statement.end_lineno or statement.lineno
    return statement.lineno, last


def _try_all(results: list[dict[str, Any]], reach: Reach, given: argparse.Namespace) -> None:
    fates = ("survived", "not reached") if given.what == "again" else (None,)
    wanted = [row for row in results if row.get("fate") in fates and row["package"] in given.packages]
    campaign = Campaign(results, reach, given)
    for row in wanted:
        site = Site(*row["site"])
        row["stages"] = [given.tests] if given.tests else []
        row["stages"] += reach.stages(reach.tests_of(site), 3.0, given.most)
    within = [row for row in wanted if Site(*row["site"]).in_function]
    others = [row for row in wanted if row not in within]
    if others and given.where != "functions":  # before the modules are imported for good
        campaign.run(others, imported(ROOT))
    if within and given.where != "modules":
        files = dict.fromkeys(test.split("::")[0] for row in within for tests in row["stages"] for test in tests)
        with_collected(ROOT, list(files), partial(campaign.run, within))
    print(f"{campaign.spent / 60:.1f} CPU minutes")


class Campaign:
    """Mutants tried in turn; every result is kept as it comes."""

    def __init__(self, results: list[dict[str, Any]], reach: Reach, given: argparse.Namespace):
        self.results, self.reach, self.given, self.spent = results, reach, given, 0.0
        self.sound: dict[str, bool] = {}

    def run(self, rows: list[dict[str, Any]], tried: Try) -> None:
        """Try mutants until the time is spent."""
        first = next(tests for row in rows for tests in row["stages"])[:1]
        if (without := tried("", None, first, 10.0)).killed:
            raise RuntimeError(f"Without a mutant a test fails: {without.by}.")
        for row in rows:
            if self.spent > 60 * self.given.minutes:
                return
            row |= {"fate": "not reached", "by": ""}
            for tests in row.pop("stages"):
                row |= self._fate(row, tests, tried)
                if row["fate"] == "killed":
                    break
            print(f"{row['fate']:12}{row['site'][0]}:{row['line']}  {row['change']}  {row['by']}", flush=True)
            kept = [{name: value for name, value in one.items() if name != "stages"} for one in self.results]
            (self.given.folder / "mutants.json").write_text(json.dumps(kept, indent=1))

    def _fate(self, row: dict[str, Any], tests: list[str], tried: Try) -> dict[str, str]:
        """Killed or survived; a test that fails without the mutant too is left out, and so is time that all take."""
        tests = [test for test in tests if self.sound.get(test, True)]
        if not tests:
            return {"fate": row["fate"], "by": ""}
        file, expected = row["site"][0], sum(map(self.reach.time_of, tests))
        trial = tried(file, row["number"], tests, expected)
        self.spent += trial.seconds
        if trial.killed and trial.by in tests and trial.by not in self.sound:
            alone = tried(file, None, [trial.by], expected)
            self.spent += alone.seconds
            self.sound[trial.by] = not alone.killed
            if alone.killed:
                return self._fate(row, tests, tried)
        if trial.by.startswith(NO_END):
            without = tried(file, None, tests, expected)
            self.spent += without.seconds
            trial = trial if not without.killed else Trial(False, "too long without it too", 0.0)
        return {"fate": "killed" if trial.killed else "survived", "by": trial.by}


def _table(results: list[dict[str, Any]]) -> str:
    counts = Counter((row["package"], row.get("fate", "not tried")) for row in results)
    fates = sorted({fate for _, fate in counts})
    rows = [f"{package:14}" + "".join(f"{counts[package, fate]:13}" for fate in fates) for package in PACKAGES]
    return "\n".join([" " * 14 + "".join(f"{fate:>13}" for fate in fates), *rows])


if __name__ == "__main__":
    main()
