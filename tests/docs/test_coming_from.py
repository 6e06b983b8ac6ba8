"""The page for those who come from elsewhere: its code runs, and its numbers are those of the others."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.io import savemat
from scipy.stats import spearmanr

import neurouniv as nu
from neurouniv.cli import run_command

# rsatoolbox 0.3.2 casts a NaN to a whole number, for the mean of the runs' numbers
pytestmark = pytest.mark.filterwarnings("ignore:invalid value encountered in cast:RuntimeWarning")
PAGE = (Path(__file__).parents[2] / "docs" / "coming_from.md").read_text()
OF_RSATOOLBOX, OF_MNE_RSA, OF_MATLAB = re.split(r"^## (?:mne-rsa|MATLAB)$", PAGE, flags=re.M)


def run(section, names):
    """Run the Python of a section, whose own assertions compare both sides; how many there were."""
    code = "\n".join(re.findall(r"```python\n(.*?)```", section, flags=re.S))
    exec(compile(code, "coming_from.md", "exec"), names)
    return code.count("assert_allclose")


@pytest.fixture(scope="module")
def after_rsatoolbox():
    names = {}
    return names, run(OF_RSATOOLBOX, names)


def test_numbers_of_rsatoolbox_are_the_same(after_rsatoolbox):
    assert after_rsatoolbox[1] == 3


def test_numbers_of_mne_rsa_are_the_same(after_rsatoolbox):
    pytest.importorskip("mne_rsa")
    assert run(OF_MNE_RSA, dict(after_rsatoolbox[0])) == 3


def test_what_matlab_calls_gives_the_mean_rank_correlation_over_subjects(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    names = np.array([f"{kind}{k}" for kind in ("face", "house", "tool") for k in range(4)])
    rdms = rng.random((12, 12, 6))
    rdms = (rdms + rdms.transpose(1, 0, 2)) * (1 - np.eye(12))[..., None]
    size = rng.random(12)
    savemat("brain.mat", {"RDMs": rdms, "names": names.astype(object)})
    pd.DataFrame({"kind": [name[:-1] for name in names], "size": size}, names).to_csv("models.csv")
    commands = re.findall(r"system\('neurouniv (.*)'\)", OF_MATLAB)
    assert [run_command(command.split()) for command in commands] == [0, 0]
    i, j = np.triu_indices(12, 1)
    candidates = {"kind": i // 4 != j // 4, "size": (size[i] - size[j]) ** 2}
    found = nu.load("rsa.nc").similarity.isel(time=0)
    for model, candidate in candidates.items():
        expected = np.mean([spearmanr(rdms[i, j, subject], candidate).statistic for subject in range(6)])
        np.testing.assert_allclose(found.sel(model=model), expected, rtol=1e-9)
