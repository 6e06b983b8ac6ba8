"""Every dependency is declared, has a reason and a licence on the site's page, and a hash; none asks too much."""

import ast
import re
import runpy
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
PAGE = (ROOT / "docs" / "dependencies.md").read_text()
LICENCES = runpy.run_path(str(ROOT / "docs" / "licences.py"))
COMES_WITH = {
    "requests": "pooch", "markupsafe": "jinja2", "traitlets": "anywidget", "hdmf": "pynwb", "psutil": "distributed",
    "pillow": "matplotlib", "packaging": "matplotlib", "numcodecs": "zarr",
}  # fmt: skip
"""Packages that are imported and not declared, and which declared one needs them."""
CALLED = {"sklearn": "scikit-learn", "yaml": "pyyaml", "matio": "mat-io", "PIL": "pillow", "xdist": "pytest-xdist"}
"""Packages by the names that they are imported as, where these differ."""
FREE = {
    "MIT", "BSD-3-Clause", "BSD-2-Clause", "Apache-2.0", "ISC", "PSF-2.0", "MIT-CMU", "0BSD", "Zlib", "CC0-1.0",
    "BSL-1.0", "Apache-2.0 WITH LLVM-exception", "Public Domain",
}  # fmt: skip
IN_SINGLE_FILES = {"certifi", "tqdm", "hypothesis", "pathspec"}
"""Packages under the MPL-2.0, which the page judges."""


def declared():
    """Names of what pyproject.toml asks for, by extra."""
    extras = {"core": PROJECT["dependencies"], **PROJECT["optional-dependencies"]}
    return {canonicalize_name(Requirement(text).name): extra for extra, texts in extras.items() for text in texts}


def imported(folder):
    """Packages that files import, also by `import_extra`; a test that skips where a package is absent needs none."""
    for path in (ROOT / folder).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and not node.level:
                yield str(node.module)
            elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("import_extra"):
                yield node.args[0].value if isinstance(node.args[0], ast.Constant) else ""


def test_the_page_names_every_dependency_under_its_extra_and_no_other():
    rows = re.findall(r"^\| (\S+) \| (\S+) \| (.{4,}) \|$", PAGE.partition("## Licences")[0], re.MULTILINE)
    named = {name: extra for name, extra, _ in rows if name != "package"}
    assert named == declared()
    assert len(rows) == len(named) + 1


@pytest.mark.slow
@pytest.mark.parametrize(("folder", "extras"), [("neurouniv", {"docs", "test"}), ("tests", {"docs"})])
def test_what_is_imported_is_declared_or_comes_with_what_is(folder, extras):
    own = {path.stem for path in (ROOT / "docs").rglob("*.py")} | {"neurouniv", "tests", "__future__", ""}
    own |= {path.stem for path in (ROOT / "tests").rglob("*.py")}
    names = {name.partition(".")[0] for name in imported(folder)} - own
    others = {CALLED.get(name, canonicalize_name(name)) for name in names if not _is_of_python(name)}
    known = {name for name, extra in declared().items() if extra not in extras}
    assert {"numpy", "xarray"} < others
    assert sorted(others - known - set(COMES_WITH)) == []


def _is_of_python(name):
    return name in sys.stdlib_module_names


@pytest.mark.parametrize("name", COMES_WITH)
def test_what_is_said_to_come_with_another_does(name):
    try:
        requires = [Requirement(text) for text in metadata.requires(COMES_WITH[name]) or []]
    except metadata.PackageNotFoundError:
        pytest.skip(f"{COMES_WITH[name]} is not installed")
    found = {canonicalize_name(one.name) for one in requires if one.marker is None or "extra" not in str(one.marker)}
    if COMES_WITH[name] == "anywidget":  # by way of ipywidgets
        found |= {"traitlets"} & {canonicalize_name(Requirement(t).name) for t in metadata.requires("ipywidgets")}
    assert name in found


def test_the_page_has_the_versions_of_constraints_and_hashes_has_them_too():
    pinned = LICENCES["pinned"]()
    assert {name: version for name, (version, _) in LICENCES["rows"](PAGE).items()} == pinned
    hashed = dict(re.findall(r"^(\S+)==(\S+)", (ROOT / "hashes.txt").read_text(), re.MULTILINE))
    assert {canonicalize_name(n): v for n, v in hashed.items()} == {
        canonicalize_name(n): v for n, v in pinned.items() if n != "torch"
    }


def test_every_dependency_is_pinned():
    assert sorted(set(declared()) - {canonicalize_name(name) for name in LICENCES["pinned"]()}) == []


def test_licences_are_those_that_the_packages_say():
    amiss = {}
    for name, (version, told) in LICENCES["rows"](PAGE).items():
        found = LICENCES["licence"](name)
        if found is not None and metadata.version(name).partition("+")[0] == version and found != told:
            amiss[name] = (told, found)
    assert amiss == {}


def test_licences_ask_nothing_of_who_passes_neurouniv_on():
    amiss = {}
    for name, (_, told) in LICENCES["rows"](PAGE).items():
        left = set(re.split(r" AND | OR ", told)) - FREE - ({"MPL-2.0"} if name in IN_SINGLE_FILES else set())
        if left:
            amiss[name] = left
    assert amiss == {}
    assert all(name in PAGE.partition("## Licences")[2].partition("| package |")[0] for name in IN_SINGLE_FILES)


def test_actions_of_the_tests_elsewhere_are_pinned_by_commit():
    used = re.findall(r"uses: (.*)", (ROOT / ".github" / "workflows" / "test.yml").read_text())
    assert len(used) >= 2
    assert [one for one in used if not re.fullmatch(r"[\w/-]+@[0-9a-f]{40} # v\d[\d.]*", one)] == []


def test_an_audit_that_knows_nothing_of_a_package_fails():
    assert "pip-audit --strict " in (ROOT / ".github" / "workflows" / "test.yml").read_text()
