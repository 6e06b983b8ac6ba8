"""What a cell holds: the same as the library's own calls give, to the last bit, whoever computed it and when."""

import json

import numpy as np
import pytest
import xarray as xr

import neurouniv as nu
from neurouniv.studies import cells_of, read_study
from neurouniv.studies.cell.compute import computed
from neurouniv.studies.cell.parts import joined, part
from neurouniv.studies.folder import Folder
from neurouniv.studies.worker import Worker

pytestmark = pytest.mark.filterwarnings("ignore::neurouniv.NeurounivWarning")
NETWORK = {"name": "mlp", "width": 10, "epochs": 60, "record": 6}


def only(spec):
    """The one cell of a study."""
    (cell,) = cells_of(read_study(spec))
    return cell


def test_networks_are_those_of_train_and_their_constants_those_of_fit():
    laws = ["exponential", "static"]
    found = computed(only({"task": "xor", "seeds": [3, 5], "laws": laws, "systems": {"networks": [NETWORK]}}))
    settings = {name: value for name, value in NETWORK.items() if name != "name"}
    runs = nu.train(nu.tasks.xor(), **settings, seeds=[3, 5], device="cpu")
    traj = nu.trajectory(runs)
    for name in ("h", "y", "w"):
        assert np.array_equal(found[name], traj[name])
    with pytest.warns(nu.NeurounivWarning) as told:
        constants = nu.LAWS["exponential"]().fit(traj).constants_
    assert list(found.law.values) == laws
    own = found.sel(law="exponential")
    for name in ("rate", "stimulus", "target"):
        assert np.array_equal(own.constants.sel(constant=name), constants[name])
        assert np.array_equal(own.constants_interval.sel(constant=name), constants[f"{name}_interval"])
    assert np.array_equal(own.r2.sel(variable="h"), constants.r2.sel(variable="h"))
    assert np.isnan(found.constants.sel(law="static")).all()
    assert json.loads(found.attrs["study_warnings"]) == [str(warning.message) for warning in told]


def test_a_simulated_brain_is_that_of_simulate_brain():
    brain = {"name": "b", "world": "gain", "sessions": 4, "repeats": 4, "runs": 2, "neurons": 20}
    spec = {"task": "xor", "seeds": [7], "laws": ["static"], "trajectory": {"metric": "crossnobis"}}
    found = computed(only(spec | {"systems": {"brains": [brain]}}))
    settings = {name: value for name, value in brain.items() if name != "name"}
    traj = nu.trajectory(nu.simulate_brain(nu.tasks.xor(), **settings, seed=7), nu.tasks.xor(), metric="crossnobis")
    assert np.array_equal(found.h, traj.h)


def test_a_recording_is_read_with_its_mapping_and_task(tmp_path, monkeypatch):
    task = nu.tasks.xor()
    rec = nu.simulate_brain(task, world="gain", sessions=4, repeats=4, runs=2, neurons=20)
    nu.save(rec.rename(condition="odour"), tmp_path / "mouse.nc")
    nu.save(task, tmp_path / "task.nc")
    monkeypatch.chdir(tmp_path)
    mouse = {"name": "mouse", "files": "mouse.nc", "map": {"condition": "odour"}, "task": {"file": "task.nc"}}
    cell = only({"laws": ["static"], "systems": {"recordings": [mouse]}})
    assert np.array_equal(computed(cell).h, nu.trajectory(rec, task).h)
    nu.save(rec.rename(condition="odour").assign(activity=rec.activity + 1), tmp_path / "mouse.nc")
    with pytest.raises(nu.InputError, match=r"mouse.nc' has changed since this study's cells were listed"):
        computed(cell)


@pytest.mark.slow
def test_a_comparison_and_rsa_are_parts_that_are_found_again_whole(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "models.csv").write_text("name,sign\n--,1\n-+,2\n+-,3\n++,4\n")
    spec = {
        "task": "xor",
        "laws": ["static", "step"],
        "compare": {"split": "times"},
        "systems": {"networks": [NETWORK]},
    }
    found = computed(only(spec | {"rsa": {"models": "models.csv", "resamples": 20}}))
    traj = found.drop_vars([name for name in found.variables if str(name).startswith(("compare_", "rsa_"))])
    laws = {name: nu.LAWS[name]() for name in spec["laws"]}
    again = nu.compare(laws, traj, "times")
    held = part(found, "compare")
    assert held.drop_attrs().equals(again.drop_attrs())
    assert held.attrs["split"] == "times"
    assert part(found, "rsa").similarity.sizes["model"] == 1
    with pytest.raises(nu.InputError, match="no part 'levels'; it has"):
        part(found, "levels")


def test_parts_keep_attributes_and_dimensions_without_labels():
    held = xr.Dataset(
        {"a": (("law", "x"), np.eye(2), {"units": "s"})}, {"law": ["b", "c"]}, {"flag": True, "n": [1, 2]}
    )
    whole = joined(xr.Dataset({"a": ("x", [1.0, 2.0, 3.0])}), {"compare": held, "rsa": held.isel(law=0)})
    assert part(whole, "compare").identical(held)
    assert part(whole, "rsa").identical(held.isel(law=0))


def test_results_are_the_same_to_the_last_bit_in_any_order(tmp_path):
    rules = NETWORK | {"rule": ["backprop", "node_perturbation"], "epochs": 20}
    study = read_study({"task": "xor", "seeds": 2, "batch": 1, "laws": ["static"], "systems": {"networks": [rules]}})
    cells = cells_of(study)
    for name, order in (("first", cells), ("second", cells[::-1])):
        folder = Folder(tmp_path / name)
        folder.make()
        Worker(folder).work(order)
    for cell in cells:
        one, other = (nu.load(tmp_path / name / "cells" / f"{cell.id}.nc") for name in ("first", "second"))
        for each in (one, other):
            del each.attrs["study_seconds"], each.attrs["study_peak_mb"]
        assert one.identical(other)
        assert one.attrs["study_cell"] == cell.id
        assert json.loads(one.attrs["study_content"])["settings"]["width"] == 10
