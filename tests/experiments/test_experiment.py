"""What all experiments share: how they are called, kept and told; and their claims on results whose truth is known."""

import numpy as np
import pytest
import xarray as xr
from matplotlib.figure import Figure

import neurouniv as nu
from neurouniv import reproduce
from neurouniv.cli import run_command
from neurouniv.experiments import experiment
from neurouniv.schema import history


class Small:
    """An experiment that takes no time: as many zeros as seeds."""

    def run(self, seeds, device, progress, quick):
        made = xr.Dataset({"r2": ("seed", np.zeros(seeds))})
        return experiment.finished(made, "depth", seeds, device, quick)

    def draw(self, results):
        figure = Figure()
        figure.add_subplot().plot(results["r2"])
        return figure

    def claim(self, results):
        return experiment.claimed(results, True, True, f"{results.sizes['seed']} of them")


class Broken(Small):
    def run(self, seeds, device, progress, quick):
        raise ZeroDivisionError("deep inside")


@pytest.fixture
def small(monkeypatch):
    monkeypatch.setattr(experiment, "module_of", lambda name: Broken() if name == "xor" else Small())


def test_the_name_is_a_function_however_it_is_reached(small):
    assert nu.reproduce is reproduce
    assert nu.reproduce("depth", seeds=2).sizes == experiment.reproduce("depth", seeds=2).sizes == {"seed": 2}


def test_results_their_figure_and_their_claim_are_kept_with_what_made_them(tmp_path, small):
    results = nu.reproduce("depth", seeds=3, device="cpu", out=tmp_path / "new", quick=True)
    assert results.attrs["claim"].startswith("holds: 3 of them")
    assert "quick" in results.attrs["claim"]
    kept = nu.load(tmp_path / "new" / "depth.nc")
    assert kept.attrs["claim"] == results.attrs["claim"]
    assert history(kept)[-1]["settings"] == {"experiment": "depth", "seeds": 3, "device": "cpu", "quick": True}
    assert (tmp_path / "new" / "depth.png").stat().st_size > 1000


@pytest.mark.slow
def test_one_that_fails_does_not_stop_the_others_and_is_named(tmp_path, small):
    with pytest.warns(nu.NeurounivWarning, match="xor failed: ZeroDivisionError: deep inside"):
        results = nu.reproduce("all", seeds=1, out=tmp_path)
    assert results["experiment"].values[results["failed"].values].tolist() == ["xor"]
    assert {path.stem for path in tmp_path.glob("*.nc")} == set(experiment.EXPERIMENTS) - {"xor"}


@pytest.mark.slow
def test_the_command_says_every_claim_and_ends_in_a_fault_where_one_failed(tmp_path, small, capsys):
    assert run_command(["reproduce", "depth", "--seeds", "2", "--out", str(tmp_path)]) == 0
    assert capsys.readouterr().out == "depth holds: 2 of them\n"
    assert run_command(["reproduce", "all", "--out", str(tmp_path), "--quiet", "--overwrite"]) == 1
    out, err = capsys.readouterr()
    assert [line.split(":")[0] for line in out.splitlines()] == [
        f"{name} {'failed' if name == 'xor' else 'holds'}" for name in experiment.EXPERIMENTS
    ]
    assert "1 of 8 experiments failed: xor" in err


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"experiment": "two_points"}, "two-points"),
        ({"seeds": 0}, "at least 1"),
        ({"seeds": 2.0}, "whole number"),
        ({"seeds": True}, "whole number"),
        ({"device": "tpu"}, "cuda"),
        ({"experiment": "all"}, "folder"),
    ],
)
def test_what_cannot_be_run_is_told_before_anything_runs(tmp_path, small, settings, message):
    with pytest.raises(nu.InputError, match=message):
        nu.reproduce(**{"experiment": "depth"} | settings)


def test_the_command_refuses_with_one_message(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert run_command(["reproduce", "two-pints"]) == 2
    assert run_command(["reproduce", "depth", "--seeds", "0"]) == 2
    assert "at least 1" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
