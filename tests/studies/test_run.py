"""A study from its file to its results: in this process, on processes of dask, and with others that help."""

import pytest
import xarray as xr

import neurouniv as nu
from neurouniv.cli import run_command
from neurouniv.memory import size_text
from neurouniv.studies import run_study
from neurouniv.studies.estimates import duration
from neurouniv.studies.yaml_lines import write_yaml


@pytest.fixture
def file(tmp_path, spec):
    path = tmp_path / "small.yaml"
    path.write_text(write_yaml(spec))
    return path


def said(capsys, *arguments):
    code = run_command(["study", *map(str, arguments)])
    out, err = capsys.readouterr()
    return code, out, err


@pytest.mark.slow
def test_check_run_status_and_work_at_the_command_line(tmp_path, file, capsys):
    folder = tmp_path / "study"
    code, table, _ = said(capsys, "check", file)
    assert code == 0
    assert "4 cells: 8 networks" in table
    assert "mlp, rule hebbian, seeds 2 3" in table
    assert not folder.exists()
    assert said(capsys, "run", file, "--out", folder, "--workers", 0, "--quiet")[:2] == (
        0,
        "Study 'small': 4 of 4 cells done.\n",
    )
    before = {path: path.stat().st_mtime_ns for path in (folder / "cells").iterdir()}
    assert {path.stem for path in before} == {line.split()[0] for line in table.splitlines()[:4]}
    assert said(capsys, "run", folder / "study.yaml", "--out", folder, "--workers", 0, "--quiet")[0] == 0
    assert said(capsys, "work", folder, "--quiet")[0] == 0
    assert {path: path.stat().st_mtime_ns for path in (folder / "cells").iterdir()} == before
    assert said(capsys, "status", folder)[1] == "Study 'small': 4 of 4 cells done.\n"


def test_the_first_cell_of_every_system_tells_what_the_rest_takes(tmp_path, file, capsys):
    folder = tmp_path / "study"
    assert "Not measured yet: mlp." in said(capsys, "check", file)[1]
    assert said(capsys, "run", file, "--out", folder, "--workers", 0, "--first", 1, "--quiet")[1] == (
        "Study 'small': 1 of 4 cells done.\n"
    )
    with xr.open_dataset(next((folder / "cells").iterdir())) as result:
        seconds, peak = result.attrs["study_seconds"], result.attrs["study_peak_mb"]
    table = said(capsys, "check", file, "--out", folder)[1]
    assert table.count("  done  ") == 1
    assert table.count(f"about {duration(seconds)}, {size_text(1e6 * peak)}") == 3
    assert "Estimate from 1 cells that are done: 3 cells that are left" in table
    assert "Not measured yet" not in table
    code, _, err = said(capsys, "run", file, "--out", folder, "--first", 0)
    assert code == 2
    assert "got 0" in err


def test_what_is_no_study_is_told(tmp_path, file, capsys):
    code, _, err = said(capsys, "status", tmp_path)
    assert code == 2
    assert "is no folder of a study" in err
    assert "study run STUDY.yaml" in err
    file.write_text(file.read_text().replace("width", "widht"))
    code, _, err = said(capsys, "check", file)
    assert code == 2
    assert "did you mean width?" in err
    assert said(capsys, "check", tmp_path / "absent.yaml")[0] == 2


def test_a_client_has_workers_of_its_own(spec, tmp_path):
    with pytest.raises(nu.InputError, match="got client= and workers="):
        run_study(spec, tmp_path / "study", client=object(), workers=2)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_processes_of_dask_compute_the_same_to_the_last_bit(tmp_path, spec):
    run_study(spec, tmp_path / "one", workers=0)
    status = run_study(spec, tmp_path / "two", workers=2)
    assert status.count("done") == 4
    assert not list((tmp_path / "two" / "claims").iterdir())
    for path in (tmp_path / "one" / "cells").iterdir():
        one, other = nu.load(path), nu.load(tmp_path / "two" / "cells" / path.name)
        for each in (one, other):
            del each.attrs["study_seconds"], each.attrs["study_peak_mb"]
        assert one.identical(other)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_the_workers_of_a_client_go_on_with_a_study(tmp_path, spec):
    from distributed import Client

    folder = tmp_path / "study"
    run_study(spec | {"seeds": 2}, folder, workers=0)
    with Client(processes=False, n_workers=1, threads_per_worker=2, dashboard_address=":0") as client:
        status = run_study(spec, folder, client=client)
    assert status.count("done") == 4
    assert not list((folder / "claims").iterdir())
