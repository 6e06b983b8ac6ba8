"""The player as a widget; `test_browser.py` shows what its script does with it."""

import sys

import pytest

import neurouniv as nu
from neurouniv.page.player import player_of, script

REASON = "anywidget, of the extra `notebook`, is not installed"


def test_the_widget_has_the_data_and_the_script_of_pages(make_world):
    pytest.importorskip("anywidget", reason=REASON)
    traj = make_world(times=5)
    shown = nu.player({"net": traj}, law=nu.PairwiseModel())
    page = player_of({"net": traj}, nu.PairwiseModel())
    assert {name: shown.data[name] for name in page.data} == page.data
    assert shown.notes == list(page.notes)
    assert shown.data["notes"][1:] == shown.notes
    assert "pairwise law dotted" in shown.data["notes"][0]
    assert str(shown._esm) == script()
    shown.step = 4
    with pytest.raises(Exception, match="step"):
        shown.step = 5


def test_without_anywidget_it_says_what_to_install(make_world, monkeypatch):
    monkeypatch.setitem(sys.modules, "anywidget", None)
    with pytest.raises(nu.InputError, match=r"pip install 'neurouniv\[notebook\]'"):
        nu.player(make_world(times=5))
