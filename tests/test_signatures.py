"""A setting that many functions have means the same in all, and has one default."""

import inspect
import io
import re
import sys
import time
from types import FunctionType

import pytest

import neurouniv as nu
from neurouniv.datasets import fetch, load
from neurouniv.devices import device_of
from neurouniv.experiments.experiment import EXPERIMENTS, module_of
from neurouniv.progress import clock, is_shown, progress_bar
from neurouniv.systems.brains import record_patterns, write_sessions

PUBLIC = {name: getattr(nu, name) for name in nu.__all__ if isinstance(getattr(nu, name), FunctionType)}
PUBLIC |= {f"tasks.{name}": f for name, f in vars(nu.tasks).items() if isinstance(f, FunctionType)}
PUBLIC |= {f"{name}.run": module_of(name).run for name in EXPERIMENTS}
PUBLIC |= {f.__name__: f for f in (fetch, load, record_patterns, write_sessions)}
TRAINS = ("train", "reproduce", *(f"{name}.run" for name in EXPERIMENTS))
"""What trains networks does so on a GPU where there is one. What analyses data needs no torch and does not, unless it
is told to: its numbers are then the same on every machine."""


def defaults(setting: str) -> dict[str, object]:
    signatures = {name: inspect.signature(function).parameters for name, function in PUBLIC.items()}
    return {name: parameters[setting].default for name, parameters in signatures.items() if setting in parameters}


def test_progress_is_shown_at_a_terminal_unless_asked_otherwise():
    given = defaults("progress")
    assert {"train", "compare", "recover", "plan", "universality_test", "simulated_studies", "reproduce"} <= set(given)
    assert set(given.values()) == {None}


def test_seeds_of_chance_are_0():
    given = defaults("seed")
    assert {"simulate_brain", "compare", "recover", "plan", "levels", "universality_test", "bootstrap"} <= set(given)
    assert set(given.values()) == {0}


def test_networks_are_trained_where_it_is_fast_and_data_analysed_on_the_cpu():
    given = defaults("device")
    assert {"trajectory", "compare", *TRAINS} <= set(given)
    assert given == {name: "auto" if name in TRAINS else "cpu" for name in given}


@pytest.mark.parametrize("terminal", [True, False])
def test_a_bar_shows_where_it_is_asked_for_or_work_at_a_terminal_is_long(monkeypatch, capsys, terminal):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: terminal)
    for progress, shown in ((True, terminal), (False, False), (None, False)):
        with progress_bar(2, "fits", progress) as bar:
            bar.update(2)
        assert bool(capsys.readouterr().err) == shown
    assert [is_shown(progress) for progress in (True, False, None)] == [True, False, terminal]
    monkeypatch.setattr("neurouniv.progress.LONG", 0.0)
    with progress_bar(2, "fits", None) as bar:
        bar.update(2)
    assert bool(capsys.readouterr().err) == terminal


def test_where_nothing_is_redrawn_progress_is_a_line_now_and_then(monkeypatch, capsys):
    monkeypatch.setattr("neurouniv.progress.LINES", 0.05)
    for progress in (False, None):
        with progress_bar(3, "fits", progress):
            time.sleep(0.2)
        assert capsys.readouterr().err == ""
    with progress_bar(3, "fits", True) as bar:
        bar.update()
        bar.set_description("the last fit")
        time.sleep(0.5)
    told = capsys.readouterr().err
    time.sleep(0.2)
    assert capsys.readouterr().err == ""
    assert "\r" not in told
    assert 1 < len(told.splitlines()) < 11
    assert set(re.sub(r"\d\d:\d\d", "TIME", told).splitlines()) == {"the last fit: 1 of 3, TIME so far, TIME left"}


def test_work_of_one_step_is_told_by_the_clock(monkeypatch, capsys):
    monkeypatch.setattr("neurouniv.progress.LINES", 0.05)
    monkeypatch.setattr("neurouniv.progress.LONG", 0.05)
    for progress in (False, None):
        with clock("fitting", progress):
            time.sleep(0.2)
    assert capsys.readouterr().err == ""
    with clock("fitting", True):
        time.sleep(0.3)
    assert set(capsys.readouterr().err.splitlines()) == {"fitting: 00:00 so far"}
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    with clock("fitting", None):
        time.sleep(0.3)
    told = capsys.readouterr().err
    assert "\rfitting: 00:00" in told
    assert told.endswith("\r")
    with clock("fitting", None):
        pass
    assert capsys.readouterr().err == ""


def test_a_notebook_redraws(monkeypatch):
    stream = type("OutStream", (io.StringIO,), {"__module__": "ipykernel.iostream"})()
    monkeypatch.setattr(sys, "stderr", stream)
    with progress_bar(2, "fits", True) as bar:
        bar.update(2)
    assert "\r" in stream.getvalue()


def test_there_is_one_set_of_names_of_devices():
    assert device_of("cpu") == "cpu"
    for name in ("gpu", None, 0):
        with pytest.raises(nu.InputError, match="device is 'cpu'"):
            device_of(name)
