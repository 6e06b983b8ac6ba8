"""The top of pages: the question in plain words, the answer in a sentence, the terms, the data, then the rest."""

from __future__ import annotations

import html

import numpy as np
import pytest
import xarray as xr

import neurouniv as nu
from neurouniv.page import Section, Table, comparison_answer, report
from neurouniv.page.comparison_answer import answer_of
from neurouniv.page.words import QUESTIONS, TERMS, USED, explaining
from neurouniv.schema import with_history
from neurouniv.universality.verdict.words import CANNOT_TELL, DESCRIBED, NOT_DESCRIBED, NOTHING


@pytest.fixture(scope="module")
def compared(make_world):
    worlds = {name: make_world(n=6, times=5, seed=seed) for seed, name in enumerate(("net", "mouse", "man"))}
    return nu.compare([nu.RIVALS["exponential"](), nu.RIVALS["static"]()], worlds, partitions=1)


@pytest.fixture
def judged(compared, monkeypatch):
    """A comparison on which a verdict was given, of one decision a system."""

    def give(*decisions):
        outcome = xr.Dataset({"decision": ("system", list(decisions))}, {"system": ["net", "mouse", "man"]})
        outcome = outcome.isel(system=0) if len(decisions) == 1 else outcome
        monkeypatch.setattr(comparison_answer, "judged_of", lambda _: outcome)
        return compared.assign(error_ratio=compared["dynamics"])

    return give


def test_the_answer_names_every_system_once_by_its_decision(judged):
    text = answer_of(judged(DESCRIBED, NOTHING, DESCRIBED))
    assert text == "The exponential law describes net and man; nothing is learned in mouse."
    text = answer_of(judged(NOT_DESCRIBED, CANNOT_TELL, NOT_DESCRIBED))
    assert text == (
        "The exponential law describes no system significantly; it does not describe net and man; the data do not "
        "decide for mouse."
    )


@pytest.mark.parametrize(
    ("decision", "words"),
    [(DESCRIBED, "better than every rival"), (NOT_DESCRIBED, "does not describe"), (CANNOT_TELL, "do not decide"),
     (NOTHING, "Nothing is learned")],
)  # fmt: skip
def test_the_answer_on_one_system_follows_its_decision(compared, monkeypatch, decision, words):
    monkeypatch.setattr(comparison_answer, "judged_of", lambda _: xr.Dataset({"decision": decision}))
    assert words in answer_of(compared.assign(error_ratio=compared["dynamics"]))


@pytest.mark.slow
def test_without_errors_or_rivals_nothing_is_decided_and_it_is_said(compared):
    assert answer_of(compared) == comparison_answer.NO_ERRORS
    alone = compared.sel(law=["exponential"]).assign(error_ratio=compared["dynamics"])
    assert answer_of(alone) == comparison_answer.NO_RIVAL


@pytest.mark.slow
def test_a_page_asks_answers_and_explains_before_its_first_section(compared, make_world, tmp_path):
    page = report(compared, tmp_path / "page.html", trajectories={"net": make_world(n=6, times=5)}).read_text(
        encoding="utf-8"
    )
    places = [page.index(words) for words in (
        "<h1>", QUESTIONS["compare"], comparison_answer.NO_ERRORS, "<dt>law</dt>", "<nav", "Comparison</h2>",
        "The data</h2>", "Watch them learn</h2>", "What was run</h2>",
    )]  # fmt: skip
    assert places == sorted(places)
    assert page.count("<dt>") == len(USED["compare"])
    assert "<h1>Comparison of laws</h1>" in page


def test_every_term_of_a_page_is_explained():
    assert set(QUESTIONS) == set(USED)
    for kind in USED:
        explained = explaining(kind)
        assert "?" in explained["question"]
        assert set(explained["terms"]) <= set(TERMS)
    assert {name for names in USED.values() for name in names} == set(TERMS)


@pytest.mark.slow
def test_a_page_of_rsa_has_its_data_and_their_movies(make_world, tmp_path):
    traj = make_world(n=8, times=4)
    found = nu.rsa(traj, {"stimuli": traj.dx2, "last": traj.h.isel(time=-1)}, resamples=20)
    page = report(found, tmp_path / "rsa.html", trajectories=traj, command=["neurouniv", "rsa", "a b.nc", "m.csv"])
    text = html.unescape(page.read_text(encoding="utf-8"))
    assert QUESTIONS["rsa"] in text
    assert "<td>the data</td>" in text
    assert "<div data-player=" in text
    assert "neurouniv rsa 'a b.nc' m.csv" in text
    plain = report(found, tmp_path / "plain.html").read_text(encoding="utf-8")
    assert "<div data-player=" not in plain


def test_trajectories_that_have_no_place_are_refused(compared, make_world, tmp_path):
    with pytest.raises(nu.InputError, match="'net' is a DataArray"):
        report(compared, tmp_path / "a.html", trajectories={"net": make_world(n=6, times=5).h})
    with pytest.raises(nu.InputError, match="got a Section"):
        report(Section("A"), tmp_path / "a.html", trajectories=make_world(n=6, times=5))
    assert list(tmp_path.iterdir()) == []


def test_lists_in_a_text_are_lists_and_histories_of_systems_are_told_one_by_one(make_world, tmp_path):
    result = with_history(xr.Dataset(), "compare", systems={"net": [{"step": "train", "settings": {"lr": 1}}]})
    section = Section("A", "One.\n\n- first\n\n- second\n\nLast.", sources={"it": result})
    text = report(section, tmp_path / "a.html").read_text(encoding="utf-8")
    assert "<ul>\n<li>first</li>\n<li>second</li>\n</ul>" in text
    assert "How “net” was made" in text
    assert "lr=1" in text
    assert "systems=" not in text


def test_counts_are_copied_whole_and_measures_with_all_their_digits(tmp_path):
    table = Table(["n", "x", "y"], [[3, 0.123456789, np.nan], [True, None, "a"]])
    text = report(Section("A", tables=[table]), tmp_path / "a.html").read_text(encoding="utf-8")
    assert 'data-value="3"' in text
    assert 'data-value="0.123456789"' in text
    assert text.count("data-value=") == 2
