"""`neurouniv rsa`: files in, the answer out; what is amiss in one message."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import neurouniv as nu
from neurouniv.cli import run_command

NAMES = [f"c{number}" for number in range(10)]


@pytest.fixture
def files(tmp_path):
    """data.nc of six subjects, whose RDMs follow "size"; models.csv with "size" and "kind"; square.csv; layers.nc."""
    rng = np.random.default_rng(0)
    size = np.arange(10.0)
    i, j = np.triu_indices(10, 1)
    ends = {"first": ("pair", np.array(NAMES)[i]), "second": ("pair", np.array(NAMES)[j])}
    h = (size[i] - size[j]) ** 2 + 10 * rng.normal(size=(6, 3, 45))
    time = {"time": ("time", [1.0, 2.0, 3.0], {"units": "sessions", "axis": "learning"})}
    nu.save(xr.Dataset({"h": (("subject", "time", "pair"), h)}, ends | time), tmp_path / "data.nc")
    layers = xr.Dataset({"h": (("layer", "pair"), np.stack([(size[i] - size[j]) ** 2, rng.random(45)]))}, ends)
    nu.save(layers.assign_coords(layer=[1, 2]), tmp_path / "layers.nc")
    pd.DataFrame({"size": size, "kind": list("aabbaabbcc")}, index=NAMES).to_csv(tmp_path / "models.csv")
    square = np.abs(size[:, None] - size)
    pd.DataFrame(square, NAMES, NAMES).to_csv(tmp_path / "square.csv")
    return tmp_path


def run(files, *words):
    return run_command(["rsa", *(str(files / word) if "." in word else word for word in words)])


def test_models_of_all_kinds_stand_side_by_side(files, capsys):
    words = ("data.nc", "models.csv", "square.csv", "layers.nc", "--out", "rsa.nc", "--resamples", "100", "--quiet")
    assert run(files, *words) == 0
    found = nu.load(files / "rsa.nc")
    assert found.model.values.tolist() == ["square", "layers, layer 1", "layers, layer 2", "size", "kind"]
    assert found.similarity.sel(model="size").values == pytest.approx(
        found.similarity.sel(model="layers, layer 1").values
    )
    said = capsys.readouterr().out
    assert "is the most similar" in said
    assert found.attrs["text"] in said


def test_the_result_is_that_of_the_library(files):
    assert run(files, "data.nc", "models.csv", "--out", "rsa.nc", "--control", "kind", "--resamples", "50") == 0
    table = pd.read_csv(files / "models.csv", index_col=0)
    expected = nu.rsa(nu.load(files / "data.nc"), table, control="kind", resamples=50)
    xr.testing.assert_allclose(nu.load(files / "rsa.nc")[["similarity"]], expected[["similarity"]].drop_attrs())


@pytest.mark.slow
def test_frames_against_frames_and_mixtures(files, capsys):
    assert run(files, "data.nc", "layers.nc", "--model", "each", "--resamples", "50") == 0
    assert "The most similar layer is 1" in capsys.readouterr().out
    mix = "mix=layers, layer 1+layers, layer 2"
    assert run(files, "data.nc", "models.csv", "--weighted", "mix=size+kind", "--resamples", "50") == 0
    assert "mix" in capsys.readouterr().out
    assert run(files, "data.nc", "layers.nc", "--weighted", mix, "--resamples", "50") == 0


@pytest.mark.slow
def test_a_page_says_in_what_words_it_was_asked_for(files, monkeypatch):
    monkeypatch.chdir(files)
    words = "rsa data.nc layers.nc --report page.html --resamples 50"
    assert run_command([*words.split(), "--quiet", "--overwrite"]) == 0
    page = (files / "page.html").read_text(encoding="utf-8")
    assert f"<pre>neurouniv {words}</pre>" in page
    assert '"name":"data"' in page


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("data.nc", "absent.nc"), "absent.nc"),
        (("data.nc", "models.csv", "models.csv"), "comes from two files"),
        (("data.nc", "models.csv", "--weighted", "size,kind"), r"A mixture is name=model\+model"),
        (("data.nc", "models.csv", "--control", "colour"), "control names models"),
        (("data.nc", "models.csv", "--out", "data.nc"), "is the input"),
        (("data.nc", "models.csv", "--laws", "universal"), "no task"),
        (("models.csv", "data.nc"), "same conditions as rows and columns"),
    ],
)
def test_what_is_amiss_is_told(files, words, message, capsys):
    assert run(files, *words) == 2
    import re

    assert re.search(message, capsys.readouterr().err)
