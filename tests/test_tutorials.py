"""Every tutorial runs as it stands, and leaves what it says."""

import re
import runpy
from pathlib import Path

import numpy as np
import pytest

FOLDER = Path(__file__).parents[1] / "tutorials"


def lies_and_truths(made):
    """What `rsa_in_ten_lines.py` tells of its numbers."""
    assert made["first"].best.item() == "kind"
    kind = made["first"].similarity.sel(model="kind").item()
    alone = made["alone"].isel(time=0).similarity
    assert alone.sel(model="kind") > 0.7
    assert abs(alone.sel(model="alive")) < 0.25 < made["first"].similarity.sel(model="alive")
    assert made["euclidean"].best.item() == "brightness"
    assert made["correlation"].best.item() == "kind"
    assert made["beyond"].similarity_interval.sel(model="kind", bound="lower") > 0
    assert made["biased"].similarity > 0.8
    assert made["unbiased"].similarity_p > 0.2
    assert made["by_place"] < 0.3
    np.testing.assert_allclose(made["by_name"], kind, rtol=1e-12)
    assert made["reached"][4] > 0.8 > 0.4 > made["reached"][16]
    assert 1 / 24 - 1e-12 <= made["p"] <= made["corrected"]
    assert made["corrected"] > 0.2
    assert made["many"].similarity_p < 0.01
    assert any("24 orders" in doubt for doubt in made["tries"][4].attrs["doubts"])


SAYS = {"rsa_in_ten_lines": lies_and_truths}


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.py")), ids=lambda path: path.stem)
@pytest.mark.filterwarnings("default")  # a reader sees warnings; they do not end a tutorial
def test_it_runs_and_leaves_its_files(path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    made = runpy.run_path(str(path))
    SAYS.get(path.stem, len)(made)
    left = set(re.findall(r'"(\w+\.(?:png|nc|html|mat))"', path.read_text()))
    assert left == {file.name for file in tmp_path.iterdir()}
    assert all(file.stat().st_size > 1000 for file in tmp_path.iterdir())
