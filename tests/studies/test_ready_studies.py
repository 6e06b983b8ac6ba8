"""The studies that come with the package are well formed, and the first of them runs."""

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

import neurouniv as nu
from neurouniv.studies import cells_of, read_study, run_study
from neurouniv.studies.cell.parts import part
from neurouniv.studies.yaml_lines import read_yaml

FOLDER = Path(__file__).parents[2] / "tutorials" / "studies"
SMALL = {"width": 10, "epochs": 30, "record": 5}
"""Settings that let a network of a study learn in a moment."""


def given(name):
    """A ready study as a dict."""
    path = FOLDER / f"{name}.yaml"
    return read_yaml(path.read_text(), str(path))[0]


@pytest.mark.parametrize("name", ["laptop", "overnight", "cluster"])
def test_it_is_well_formed_and_no_cell_stands_twice(name):
    cells = cells_of(read_study(FOLDER / f"{name}.yaml"))
    assert {cell.kind for cell in cells} >= {"networks", "brains"}
    assert max(Counter(cell.id for cell in cells).values()) == 1
    assert max(Counter(cell.label for cell in cells).values()) == 1


@pytest.mark.slow
def test_the_flagship_has_what_it_says(monkeypatch):
    spec = given("where_one_law_holds")
    del spec["systems"]["recordings"]  # two data sets that may have to be fetched
    monkeypatch.chdir(FOLDER)
    cells = cells_of(read_study(spec))
    crossed = [cell for cell in cells if cell.kind == "networks" and len(cell.varied) == 2 and "task" in cell.varied]
    kinds = {cell.system: [other for other in crossed if other.system == cell.system] for cell in crossed}
    rules = {kind: {cell.varied["rule"] for cell in own} for kind, own in kinds.items() if "rule" in own[0].varied}
    assert sum(len(of_kind) >= 5 for of_kind in rules.values()) >= 12
    assert all(len({str(cell.varied["task"]) for cell in kinds[kind]}) == 3 for kind in rules)
    assert all(len(cell.seeds) >= 8 for cell in cells if cell.kind == "networks")
    assert {cell.content["settings"]["hidden_layers"] for cell in cells if cell.kind == "networks"} == {1, 2, 3}
    brains = [cell.content["settings"] for cell in cells if cell.kind == "brains"]
    assert {brain["sensors"] for brain in brains} == {"spikes", "calcium", "voxels", "meeg"}
    assert {"exponential", "step", "gain", "drift"} < {brain["world"] for brain in brains}


@pytest.mark.slow
@pytest.mark.usefixtures("real_data")
def test_the_recordings_of_the_flagship_are_there():
    cells = cells_of(read_study(FOLDER / "where_one_law_holds.yaml"))
    recordings = {cell.system: cell.content for cell in cells if cell.kind == "recordings"}
    assert list(recordings) == ["monkey, M1", "people, premotor cortex"]
    assert all(set(content["inputs"]) == set(content["settings"]["files"]) for content in recordings.values())
    assert [content["task"] for content in recordings.values()] == [None, None]


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::neurouniv.NeurounivWarning")
def test_the_first_study_runs_when_it_is_made_small(tmp_path, monkeypatch):
    monkeypatch.chdir(FOLDER)
    spec = given("laptop") | {"laws": ["exponential", "gain"], "seeds": 1}
    spec["systems"]["networks"] = [system | SMALL | {"rule": "backprop"} for system in spec["systems"]["networks"]]
    spec["systems"]["networks"][0] |= {"nonlinearity": "tanh"}
    spec["systems"]["networks"][2] |= {"architecture": "gated"}
    brains = [system | {"seeds": 1, "sessions": 4, "epochs": 30} for system in spec["systems"]["brains"]]
    spec["systems"]["brains"] = [brains[0] | {"sensors": "spikes"}, brains[1] | {"world": "gain"}]
    status = run_study(spec, tmp_path, workers=0)
    assert status.count("done") == len(status.ids) == 7, status.text
    for cell in cells_of(read_study(spec)):
        result = nu.load(tmp_path / "cells" / f"{cell.id}.nc")
        assert np.isfinite(part(result, "compare").dynamics).all()
        assert result.attrs["study_cell"] == cell.id
