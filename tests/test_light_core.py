"""Without torch, rsatoolbox, readers of files and out-of-core arrays, a movie of RDMs still gets its verdict and page.

So the core can run where these are not to be had, as in a browser.
"""

import subprocess
import sys

import pytest

from neurouniv import __version__
from neurouniv.commands import app

NOT_INSTALLED = (
    "torch", "rsatoolbox", "netCDF4", "h5py", "zarr", "dask", "mne", "pynwb", "hdmf", "pyarrow", "pymatreader", "pooch",
    "cyclopts", "skimage",
)  # fmt: skip

WITHOUT = f"""
import sys

class Without:
    def __init__(self, finder):
        self.finder = finder

    def find_spec(self, name, path=None, target=None):
        return None if name.partition(".")[0] in {NOT_INSTALLED} else self.finder.find_spec(name, path, target)

    def __getattr__(self, name):
        return getattr(self.finder, name)

sys.meta_path[:] = [Without(finder) for finder in sys.meta_path]
"""

STORY = """
import numpy as np
from scipy.spatial.distance import pdist, squareform

import neurouniv as nu
from neurouniv.theory import closed_form, two_point

rng = np.random.default_rng(0)
names = [f"c{i}" for i in range(5)]
task = nu.tasks.from_arrays(rng.normal(size=(5, 4)) / 2, rng.normal(size=(5, 2)) / 2, names)
dx2, dy2 = pdist(task.stimuli) ** 2, pdist(task.targets) ** 2
start = two_point.Start(h=0.01 * dx2, y=1e-4 * dx2, w=1e-4 * dx2 - 2e-3 * np.sqrt(dx2 * dy2))
time = np.linspace(0, 60, 8)
h = closed_form.solve(start, 0.2, 0.1, dx2, dy2, time)[0].T
movie = np.stack([squareform(frame) for frame in h])
traj = nu.read_rdms(movie, dims="time", condition=names, time=time, squared=True, task=task)
law = nu.PairwiseModel().fit(traj)
assert abs(float(law.constants_.eta_h) - 0.2) < 0.01, law.constants_
compared = nu.compare([nu.UniversalModel(), nu.RIVALS["static"]()], traj, partitions=1, resamples=20)
assert "universal" in nu.verdict(compared).text
nu.figures.comparison(compared).savefig("comparison.png")
nu.report(compared, "comparison.html")
"""


def run(code, cwd):
    done = subprocess.run([sys.executable, "-c", code], cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
def test_rdms_of_ones_own_are_judged_with_numpy_scipy_and_xarray(tmp_path):
    run(WITHOUT + STORY, tmp_path)
    for name in ("comparison.png", "comparison.html"):
        assert (tmp_path / name).stat().st_size > 10_000


HEAVY = {
    "numpy", "scipy", "pandas", "xarray", "torch", "matplotlib", "dask", "distributed", "zarr", "h5py", "netCDF4",
    "sklearn", "rsatoolbox", "joblib", "jinja2", "pooch", "tqdm", "yaml",
}  # fmt: skip
"""What help can do without, and what would make it slow."""


ASKED = """
import contextlib, io, sys
from neurouniv.cli import run_command

for words, shown in {asked}:
    told = io.StringIO()
    with contextlib.redirect_stdout(told):
        assert run_command(words.split()) == 0
    assert shown in told.getvalue(), told.getvalue()
    assert not (loaded := {heavy} & {{name.partition(".")[0] for name in sys.modules}}), (words, loaded)
"""
PAGES = [name for name in app if not name.startswith("-")]
PAGES += [f"study {name}" for name in app["study"] if not name.startswith("-")]


def test_help_loads_nothing_heavy(tmp_path):
    helped = ["", "--help", *(f"{name} --help" for name in PAGES)]
    asked = [("--version", __version__), *((words, "Examples:\n  neurouniv ") for words in helped)]
    run(ASKED.format(asked=asked, heavy=HEAVY), tmp_path)


def test_the_package_and_its_theory_load_little(tmp_path):
    run("import sys, neurouniv; sys.exit(bool({'numpy', 'xarray', 'torch'} & set(sys.modules)))", tmp_path)
    run("import sys, neurouniv.theory.two_point; sys.exit(bool({'torch', 'xarray'} & set(sys.modules)))", tmp_path)
