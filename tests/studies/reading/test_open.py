"""A study opened: the numbers of its files, every system in its row, and a reason where there is no number."""

import dask
import numpy as np
import pytest
import xarray as xr

import neurouniv as nu
from neurouniv.studies.cell.parts import part

pytestmark = pytest.mark.filterwarnings("ignore::neurouniv.NeurounivWarning")


def cells(folder, systems):
    """Every cell that is done, as its file has it, with the rows of its systems."""
    done = systems.isel(system=systems.state.values == "done")
    for id in dict.fromkeys(done.cell.values.tolist()):
        yield nu.load(folder / "cells" / f"{id}.nc"), systems.isel(system=systems.cell.values == id)


def test_every_row_has_the_constants_of_its_file(whole, study):
    for file, rows in cells(whole, study["systems"].to_dataset()):
        batch = [dim for dim in file.h.dims if dim not in ("time", "pair")]
        assert rows.sizes["system"] == np.prod([file.sizes[dim] for dim in batch], dtype=int)
        for i in range(rows.sizes["system"]):
            row = rows.isel(system=i)
            one = file.sel({dim: row[dim].item() for dim in batch})
            for name in ("constants", "constants_interval", "r2", "loss", "message"):
                own = {dim: one[dim].values for dim in one[name].dims}
                assert np.array_equal(row[name].sel(own).transpose(*one[name].dims), one[name],
                                      equal_nan=name != "message")  # fmt: skip
            assert np.array_equal(row.converged.sel(law=one.law).values, one.converged.values.astype(float))


def test_movies_are_those_of_the_files_and_are_read_when_asked_for(whole, study):
    movies = study["trajectories/mlp"].to_dataset()
    assert all(dask.is_dask_collection(movies[name].data) for name in ("h", "y", "w"))
    for file, rows in cells(whole, movies):
        for i in range(rows.sizes["system"]):
            row = rows.isel(system=i)
            for name in ("h", "y", "w"):
                place = {dim: row[dim].item() for dim in ("seed", "layer") if dim in file[name].dims}
                assert np.array_equal(row[name], file[name].sel(place))
    assert movies.time.attrs == file.time.attrs
    assert np.array_equal(movies.dy2, file.dy2)
    nu.compare([nu.RIVALS["gain"]()], movies.isel(system=[0]), "times", progress=False)  # a trajectory as any other


def test_labels_are_the_settings_in_which_systems_differ(study):
    systems = study["systems"].to_dataset()
    networks = systems.isel(system=systems.kind.values == "networks")
    assert networks.sizes["system"] == 2 * 4 * 2  # rules, seeds, layers
    assert sorted(set(networks.rule.values)) == ["backprop", "hebbian"]
    assert sorted(set(networks.seed.values)) == [0, 1, 2, 3]
    assert "width" not in systems.coords  # all have the same
    brains = systems.isel(system=systems.kind.values == "brains")
    assert brains.world.values.tolist() == ["gain", "exponential"]
    assert set(brains.rule.values) == {""}  # in a world nothing learns by a rule
    assert len(set(systems.system.values)) == systems.sizes["system"]
    last = systems.sel(system="mlp, rule hebbian, seed 3, layer 1")
    assert last.group.item() == "mlp, rule hebbian, seeds 2 3, layer 1"


def test_recordings_of_other_times_and_conditions_have_nodes_of_their_own(study):
    mice = study["trajectories/mouse"]
    assert [node.h.sizes["time"] for node in mice.children.values()] == [4, 5]
    assert {node.h.sizes["pair"] for node in mice.children.values()} == {15}
    assert study["trajectories/animal"].h.sizes["pair"] == 45


@pytest.mark.slow
def test_comparisons_are_found_again_in_their_own_dimensions(whole, study):
    found = study["compare/mlp"].to_dataset()
    assert dict(found.error_ratio.sizes) == {"cell": 4, "law": 2, "layer": 2}
    for i, id in enumerate(found.id.values):
        own = part(nu.load(whole / "cells" / f"{id}.nc"), "compare")
        for name in own.data_vars:
            xr.testing.assert_equal(found[name].isel(cell=i, drop=True).drop_vars(found[name].coords, errors="ignore"),
                                    own[name].drop_vars(own[name].coords, errors="ignore"))  # fmt: skip
    assert "seed" not in found.coords  # cells have other seeds, which `seeds` tells
    assert found.seeds.values.tolist() == ["0 1", "2 3"] * 2
    assert found.attrs["reference"] == "gain"


def test_what_failed_or_is_missing_has_a_reason_and_no_number(copied):
    before = nu.open_study(copied)["systems"].to_dataset()
    failed = before.isel(system=before.state.values == "failed")
    assert failed.system.values.tolist() == ["mouse, file mouse6.nc"]
    assert "mouse6.nc" in failed.reason.item()
    gone, damaged, claimed = list(dict.fromkeys(before.cell.values.tolist()))[:3]
    (copied / "cells" / f"{gone}.nc").unlink()
    (copied / "cells" / f"{damaged}.nc").write_bytes(b"half a file")
    (copied / "cells" / f"{claimed}.nc").unlink()
    (copied / "claims" / f"{claimed}.1").write_text("0")
    after = nu.open_study(copied)["systems"].to_dataset()
    assert after.system.values.tolist() == before.system.values.tolist()  # every system keeps its row
    for id, state, reason in ((gone, "waiting", "not computed yet"), (damaged, "damaged", "remove it"),
                              (claimed, "claimed", "a worker has begun it")):  # fmt: skip
        rows = after.isel(system=after.cell.values == id)
        assert rows.sizes["system"] == 4
        assert set(rows.state.values) == {state}
        assert all(reason in text for text in rows.reason.values)
        assert rows.constants.isnull().all()
        assert rows.r2.isnull().all()
    rest = after.isel(system=~np.isin(after.cell.values, [gone, damaged, claimed]))
    same = before.sel(system=rest.system)
    assert np.array_equal(rest.constants, same.constants, equal_nan=True)


def test_a_study_of_which_nothing_is_computed_opens(copied):
    for path in (copied / "cells").iterdir():
        path.unlink()
    study = nu.open_study(copied)
    assert set(study.children) == {"systems"}
    assert set(study["systems"].to_dataset().state.values) == {"waiting"}
    with pytest.raises(nu.InputError, match="has no result yet"):
        nu.similarity_of_systems(study)
    with pytest.raises(nu.InputError, match="comparison on held-out data"):
        nu.verdicts(study)


def test_a_file_that_goes_after_the_study_was_opened_is_told(copied):
    study = nu.open_study(copied)
    id = study["trajectories/animal"].cell.values[0]
    (copied / "cells" / f"{id}.nc").unlink()
    with pytest.raises(nu.InputError, match="Open the study again"):
        study["trajectories/animal"].h.isel(system=0).compute()
    with pytest.raises(nu.InputError, match="Open the study again"):
        nu.verdicts(study)


def test_a_folder_that_is_no_study_is_told(tmp_path):
    with pytest.raises(nu.InputError, match="is no folder of a study"):
        nu.open_study(tmp_path)
