"""Whether a test fails with a mutant in the code: tests in a forked child of a process that has all but the mutant.

A mutant within a function takes the function's place in a process that has collected all tests. Others, such as
constants of modules, are imported in place of their module in a process that has the libraries alone.
"""

from __future__ import annotations

import gc
import importlib.abc
import importlib.util
import os
import resource
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any, NamedTuple, TextIO

from benchmarks.mutants_parts.changes import mutated
from benchmarks.mutants_parts.reach import PACKAGES

LIBRARIES = (
    "numpy", "pandas", "xarray", "torch", "sklearn.linear_model", "scipy.stats", "scipy.optimize", "scipy.integrate",
    "scipy.interpolate", "scipy.spatial.distance", "dask.array", "matplotlib.pyplot", "netCDF4", "h5py",
    "nibabel", "rsatoolbox.inference", "rsatoolbox.rdm", "rsatoolbox.data", "joblib", "threadpoolctl",
    "array_api_compat.numpy", "array_api_compat.torch", "pytest", "doctest",
)  # fmt: skip
PATIENCE = 40.0, 3.0
"""CPU seconds that tests may take: so many, for what they set up, and so many times what they take without mutants."""
NO_END = "no end"


class Trial(NamedTuple):
    """Whether a test failed, which, and the CPU seconds it took."""

    killed: bool
    by: str
    seconds: float


Try = Callable[[str, int | None, Sequence[str], float], Trial]
"""(file, number of the mutant or None, tests, their seconds without it) -> what became of it."""


def imported(root: Path) -> Try:
    """Try mutants as their modules are imported."""
    for name in LIBRARIES:
        importlib.import_module(name)

    def tried(file: str, number: int | None, tests: Sequence[str], expected: float) -> Trial:
        def child(report: TextIO) -> None:
            if number is not None:
                sys.meta_path.insert(0, _Mutated(root / file, file, number))
            _run_pytest(root, dict.fromkeys(test.split("::")[0] for test in tests), [_Chosen(tests), _Told(report)])

        return _forked(child, expected)

    return tried


def with_collected(root: Path, files: Sequence[str], work: Callable[[Try], None]) -> None:
    """Collect the tests of all files, and do the work with what tries mutants within functions."""
    _run_pytest(root, files, [_Loop(root, work)])


class _Loop:
    """A plugin of pytest that does other work in place of running the tests."""

    def __init__(self, root: Path, work: Callable[[Try], None]):
        self.root, self.work = root, work

    def pytest_runtestloop(self, session: Any) -> bool:
        items = {item.nodeid: item for item in session.items}
        for package in PACKAGES:  # many are imported only when they are asked for
            for path in sorted((self.root / "neurouniv" / package).rglob("*.py")):
                importlib.import_module(_module_of(str(path.relative_to(self.root))))
        functions = _functions(str(self.root / "neurouniv"))

        def tried(file: str, number: int | None, tests: Sequence[str], expected: float) -> Trial:
            def child(report: TextIO) -> None:
                if number is not None:
                    _put(self.root / file, number, functions)
                told = _Told(report)
                session.config.pluginmanager.register(told)
                chosen = [item for test in tests for item in _items_of(test, items)]
                for item, following in zip(chosen, [*chosen[1:], None], strict=True):
                    session.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
                    if told.failed:
                        break

            return _forked(child, expected)

        self.work(tried)
        return True


def _module_of(file: str) -> str:
    return file.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def _items_of(test: str, items: dict[str, Any]) -> list[Any]:
    if "::" in test:
        return [items[test]] if test in items else []
    return [item for name, item in items.items() if name.startswith(f"{test}::")]


def _functions(folder: str) -> dict[tuple[str, str, int], list[FunctionType]]:
    """The functions of a folder's modules by file, name and line."""
    functions = defaultdict(list)
    for thing in gc.get_objects():
        if type(thing) is FunctionType and thing.__code__.co_filename.startswith(folder):
            functions[_key(thing.__code__)].append(thing)
    return functions


def _key(code: CodeType) -> tuple[str, str, int]:
    return code.co_filename, code.co_qualname, code.co_firstlineno


def _put(path: Path, number: int, functions: dict[tuple[str, str, int], list[FunctionType]]) -> None:
    """Give the functions of a file the code of its mutant."""
    for code in _outermost(compile(mutated(path.read_text(), number), str(path), "exec")):
        for function in functions[_key(code)]:
            function.__code__ = code


def _outermost(code: CodeType) -> Iterator[CodeType]:
    """The functions of a module or class and of the classes in it, without those within functions."""
    for part in code.co_consts:
        if isinstance(part, CodeType):
            is_class = not part.co_flags & 0x2  # functions have fast local variables
            yield from _outermost(part) if is_class else [part]


def _forked(child: Callable[[TextIO], None], expected: float) -> Trial:
    """What a child process reports."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with tempfile.TemporaryDirectory() as place:
        process = os.fork()
        if not process:
            _live(child, Path(place), int(PATIENCE[0] + PATIENCE[1] * expected))
        _, status = os.waitpid(process, 0)
        path = Path(place, "report")
        report = path.read_text().splitlines() if path.exists() else []
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    failed = [line.removeprefix("failed ") for line in report if line.startswith("failed ")]
    if not failed and "end" not in report:
        failed = [f"{NO_END}, status {status}"]
    return Trial(bool(failed), (failed or [""])[0], seconds)


def _live(child: Callable[[TextIO], None], place: Path, limit: int) -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (limit, limit + 2))
    for stream in (1, 2):
        os.dup2(os.open(place / "output", os.O_WRONLY | os.O_CREAT), stream)
    with open(place / "report", "w", buffering=1) as report:
        try:
            child(report)
            report.write("end\n")
        except BaseException as error:
            report.write(f"failed {type(error).__name__} {error}\n")
    os._exit(0)


def _run_pytest(root: Path, files: Any, plugins: list[Any]) -> None:
    import pytest

    options = ["-q", "-s", "-m", "not slow", "-p", "no:cacheprovider", "-p", "no:cov", "--tb=no", f"--rootdir={root}"]
    with tempfile.TemporaryDirectory() as place:
        pytest.main([*options, f"--basetemp={place}/tests", *files], plugins=plugins)


class _Told:
    """A plugin that writes which tests failed."""

    def __init__(self, report: TextIO):
        self.report, self.failed = report, False

    def pytest_runtest_logreport(self, report: Any) -> None:
        if report.failed:
            self.failed = True
            self.report.write(f"failed {report.nodeid}\n")

    def pytest_collectreport(self, report: Any) -> None:
        if report.failed:
            self.report.write(f"failed {report.nodeid} as it was collected\n")


class _Chosen:
    """A plugin that runs the chosen tests, or all of chosen files, in their order, until one fails."""

    def __init__(self, tests: Sequence[str]):
        self.place = {test: place for place, test in enumerate(tests)}

    def pytest_collection_modifyitems(self, config: Any, items: list[Any]) -> None:
        places = {item: self.place.get(item.nodeid, self.place.get(item.nodeid.split("::")[0])) for item in items}
        items[:] = sorted((item for item in items if places[item] is not None), key=places.__getitem__)
        config.option.maxfail = 1


class _Mutated(importlib.abc.MetaPathFinder, importlib.abc.InspectLoader):
    """Imports one module from its mutated code."""

    def __init__(self, path: Path, file: str, number: int):
        self.path, self.tree = path, mutated(path.read_text(), number)
        self.name = _module_of(file)

    def find_spec(self, name: str, path: Any = None, target: ModuleType | None = None) -> ModuleSpec | None:
        if name != self.name:
            return None
        folders = [str(self.path.parent)] if self.is_package(name) else None
        return importlib.util.spec_from_file_location(name, self.path, loader=self, submodule_search_locations=folders)

    def is_package(self, fullname: str) -> bool:
        return self.path.name == "__init__.py"

    def get_source(self, fullname: str) -> str:
        return self.path.read_text()

    def get_code(self, fullname: str) -> Any:
        return compile(self.tree, str(self.path), "exec")
