"""Worlds whose truth is known, shared by the tests."""

import os
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from scipy.spatial.distance import pdist

from neurouniv.fitting.noise import pair_covariance
from neurouniv.schema import pair_indices, with_history, with_pair_labels
from neurouniv.storage import save
from neurouniv.theory import closed_form, rivals, two_point

SLOW_EXAMPLES = {
    "neurouniv.universality.levels.levels",
    "neurouniv.universality.planning.plan.plan",
    "neurouniv.universality.planning.recover.recover",
    "neurouniv.universality.trial.universality_test.universality_test",
    "neurouniv.universality.verdict.rule.verdict",
    "neurouniv.which_rule.plan.plan_rules",
    "neurouniv.which_rule.relearning.relearning",
    "neurouniv.which_rule.rules.rules",
}
"""Functions whose example takes seconds: an example in a docstring can carry no marker of its own."""


SHARED = ("tests/studies/reading/",)
"""Folders whose tests share what takes longest to make."""


def pytest_collection_modifyitems(items):
    """Tests marked cuda are skipped where torch sees no GPU; slow examples are marked."""
    for item in items:
        if item.name in SLOW_EXAMPLES:
            item.add_marker("slow")
    if any(item.get_closest_marker("cuda") for item in items):
        import torch

        skip = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU that torch can use")
        for item in items:
            if item.get_closest_marker("cuda"):
                item.add_marker(skip)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """A file goes to one process; so do all files of a folder whose tests share one costly study."""
    from xdist.scheduler import LoadFileScheduling

    class FilesAndFolders(LoadFileScheduling):
        def _split_scope(self, nodeid):
            file = super()._split_scope(nodeid)
            return next((folder for folder in SHARED if file.startswith(folder)), file)

    return FilesAndFolders(config, log)


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real recordings that NEUROUNIV_DATA names; skips the test where there is none."""
    folder = os.environ.get("NEUROUNIV_DATA")
    if not folder or not Path(folder).is_dir():
        pytest.skip("NEUROUNIV_DATA names no folder")
    return Path(folder)


@pytest.fixture(scope="session")
def published_runs(real_data) -> Path:
    """The folder of runs of the published implementation beside the recordings; skips where there is none."""
    folder = real_data.parent / "reference"
    if not folder.is_dir():
        pytest.skip("no folder `reference` beside the recordings")
    return folder


@pytest.fixture(scope="session")
def pair_noise():
    """A factory of noise (time, pair) as crossvalidated distances have it: pairs that share a condition correlate."""

    def make(rng, times, n):
        ends = np.stack(pair_indices(n))
        covariance = pair_covariance(np.array(1.0), np.array(0.0), np.zeros(ends.shape[1]), ends)
        root = np.linalg.cholesky(covariance + 1e-9 * np.eye(ends.shape[1]))
        return rng.normal(size=(times, ends.shape[1])) @ root.T

    return make


@pytest.fixture(scope="session")
def make_world(pair_noise):
    """A factory of trajectories: conditions with known stimuli and targets, distances by a known law."""

    def make(n=6, times=25, end=60.0, eta_h=0.2, eta_y=0.1, seed=0, law="pairwise", see=("h", "y", "w"), noise=0.0):
        rng = np.random.default_rng(seed)
        stimuli, targets = rng.normal(size=(n, 5)) / 2, rng.normal(size=(n, 2)) / 2
        dx2, dy2 = pdist(stimuli) ** 2, pdist(targets) ** 2
        time = np.linspace(0.0, end, times)
        start = two_point.Start(h=0.01 * dx2, y=1e-4 * dx2, w=1e-4 * dx2 - 2e-3 * np.sqrt(dx2 * dy2))
        if law == "pairwise":
            curves = closed_form.solve(start, eta_h, eta_y, dx2, dy2, time)
        else:
            curves = [rivals.exponential(start.h, *np.array([0.3, 0.5, 3 / end])[:, None], dx2, dy2, time)]
        data = {name: (("time", "pair"), c.T.copy()) for name, c in zip("hyw", curves, strict=False) if name in see}
        if noise:
            clean = data["h"][1]
            data["h"] = ("time", "pair"), clean + noise * pair_noise(rng, times, n)
            data["h_var"] = ("time", "pair"), np.full(clean.shape, noise**2)
        names = np.array([f"c{i}" for i in range(n)])
        first, second = pair_indices(n)
        coords = {
            "time": ("time", time, {"units": "epochs", "axis": "learning"}),
            "first": ("pair", names[first]),
            "second": ("pair", names[second]),
            "dx2": ("pair", dx2),
            "dy2": ("pair", dy2),
            "condition": names,
        }
        data |= {"stimuli": (("condition", "feature"), stimuli), "targets": (("condition", "output"), targets)}
        return with_pair_labels(xr.Dataset(data, coords))

    return make


@pytest.fixture(scope="session")
def compared_rules():
    """A factory of results as `neurouniv.rules` has them: four rules of known probabilities, with members or layers."""

    def make(probability=(0.5, 0.42, 0.078, 0.002), members=0, layers=0, doubts="One doubt. And another."):
        rules = xr.DataArray(["backprop", "lazy", "feedback_alignment", "none"], dims="rule", name="rule")
        probability = xr.DataArray(list(probability), {"rule": rules}, ("rule",))
        layer = xr.DataArray(np.ones(layers), {"layer": np.arange(1, layers + 1)}, ("layer",)) if layers else 1.0
        seed = xr.DataArray(np.linspace(0.9, 1.1, members), {"seed": np.arange(members)}, ("seed",)) if members else 1.0
        ratio = xr.DataArray([1.0, 1.05, 2.0, 30.0], {"rule": rules}, ("rule",)) * layer
        ends = xr.DataArray([0.9, 1.1], {"bound": ["lower", "upper"]}, ("bound",))
        around = 0.2 * (ends - 1) / 0.1
        score = xr.DataArray([0.0, -0.1, -0.5, -3.0], {"rule": rules}, ("rule",)) * layer * seed
        result = xr.Dataset({
            "probability": probability * layer, "probability_each": probability * layer * seed,
            "alike": (probability * layer > 0.4) & (probability.sum() > 0), "error_ratio": ratio,
            "error_ratio_interval": ratio * ends, "log_score_difference": score,
            "log_score_difference_interval": score + around, "change_r2": 0.9 + 0 * score,
        })  # fmt: skip
        attrs = {
            "reference": "backprop", "curve": "gain", "why": "one is the other", "apart": "larger changes",
            "doubts": doubts, "calibration": "Shares of 9 movies.",
            "answer": "The rule is backprop (50%) or lazy learning (42%): these data do not tell which.",
        }  # fmt: skip
        return with_history(result.assign_attrs(attrs), "rules", level=0.9, folds=2, partitions=1, outputs=False)

    return make


@pytest.fixture
def rdm_folder(tmp_path, monkeypatch):
    """A folder to work in, with the RDMs of three conditions, `rdm.nc`."""
    ends = {"first": ("pair", list("aab")), "second": ("pair", list("bcc"))}
    save(xr.Dataset({"h": ("pair", np.arange(3.0))}, ends), tmp_path / "rdm.nc")
    monkeypatch.chdir(tmp_path)
    return tmp_path
