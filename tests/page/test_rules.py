"""Learning rules on a page: the answer with its doubts, a row a rule in every place, and what probabilities mean."""

from __future__ import annotations

import html
import re

import numpy as np
import pytest
import xarray as xr

import neurouniv as nu
from neurouniv.figures.rule_words import is_rules
from neurouniv.page import report, rules_section
from neurouniv.page.rules import CAUTION, MEANINGS, rules_table
from neurouniv.page.words import QUESTIONS, USED
from neurouniv.schema import InputError
from neurouniv.storage import load, save
from neurouniv.which_rule.candidates import KNOWN, in_words


def test_a_result_is_known_by_what_it_holds(compared_rules):
    result = compared_rules()
    assert is_rules(result)
    assert not is_rules(result.drop_vars("alike"))
    assert not is_rules(xr.Dataset({"change_r2": ("system", [0.5])}, attrs={"answer": "Yes."}))


def test_the_answer_leads_and_its_doubts_are_not_far(compared_rules):
    section = rules_section("", compared_rules())
    assert section.lead == f"{compared_rules().attrs['answer']} {CAUTION}"
    assert section.warnings == ["One doubt. And another."]
    assert section.text.split("\n\n") == [
        compared_rules().attrs["answer"],
        "Why these data do not separate them: one is the other.",
        "What would separate them: larger changes.",
    ]
    assert rules_section("Mine", compared_rules()).lead == ""
    assert rules_section("", compared_rules(layers=2)).lead == ""
    certain = rules_section("", compared_rules(doubts=""))
    assert (certain.lead, certain.warnings) == (compared_rules().attrs["answer"], [])


def test_a_row_has_the_numbers_of_its_rule(compared_rules):
    result = compared_rules([0.04, 0.95, 0.008, 0.002])
    rows = rules_table(result).rows
    assert [row[0] for row in rows[:2]] == ["lazy learning", "backprop"]
    assert [row[1] for row in rows] == ["95%", "4%", "1%", "<1%"]
    assert [row[2] for row in rows] == ["named", "", "", ""]
    assert rows[1][3:5] == ["1, the smallest", "0"]
    assert rows[3][3] == "30.0 [27.0, 33.0]"
    assert "beside the law of backprop" in rules_table(result).caption


def test_members_are_means_and_layers_have_rows_of_their_own(compared_rules):
    members = rules_table(compared_rules(members=3))
    assert members.rows[1][4] == "−0.100 [−0.300, 0.100]"
    assert "errors, about other conditions and members" in members.caption
    assert "about other conditions and members" not in rules_table(compared_rules()).caption
    layers = rules_table(compared_rules(layers=2))
    assert layers.columns[0] == "of"
    assert [row[0] for row in layers.rows] == ["layer 1"] * 4 + ["layer 2"] * 4


def test_what_is_not_known_is_said(compared_rules):
    result = compared_rules([np.nan] * 4)
    assert {row[1] for row in rules_table(result).rows} == {"not known"}
    assert {row[2] for row in rules_table(result).rows} == {"no probability"}
    method = {row[0]: row[1] for row in rules_section("", result).tables[-1].rows}
    assert method["calibration"].startswith("There are no probabilities")
    blank = compared_rules()
    blank["log_score_difference_interval"] = blank["log_score_difference_interval"] * np.nan
    assert rules_table(blank).rows[1][4] == "−0.100"


@pytest.mark.slow
def test_what_probabilities_mean_is_on_the_page(compared_rules, tmp_path):
    page = report(compared_rules(members=2), tmp_path / "page.html").read_text(encoding="utf-8")
    words = re.sub(r"\s+", " ", page)
    assert QUESTIONS["rules"] in html.unescape(page)
    assert words.count("<dt>") == len(USED["rules"])
    assert "<h1>Which rule does it learn by?</h1>" in words
    lead, first, doubt = (words.index(text) for text in ('class="lead">The rule is', "<h2", "One doubt."))
    assert lead < first < doubt < words.index("<img")
    for text in ("equal: a rule that is rare", "none is looked for that is not in the list", "here gain",
                 "Shares of 9 movies.", "small points: every seed by itself", "from 90% a rule is named"):  # fmt: skip
        assert text in words
    assert words.count("<img") == 1
    save(compared_rules(members=2), tmp_path / "rules.nc")
    assert report(load(tmp_path / "rules.nc"), tmp_path / "again.html").read_text(encoding="utf-8") == page
    both = nu.report({"Mine": compared_rules(), "Words": {"text": "Said."}}, tmp_path / "both.html")
    assert '<h2 id="s1-mine">Mine</h2>' in both.read_text(encoding="utf-8")


def test_every_rule_is_explained(compared_rules):
    assert set(MEANINGS) == {*KNOWN, "none"}
    names = [row[0] for row in rules_section("", compared_rules()).tables[1].rows]
    assert names == [in_words(rule) for rule in compared_rules()["rule"].values]


def test_other_results_are_refused():
    with pytest.raises(InputError, match=r"neurouniv\.rules\(traj\)"):
        rules_section("", xr.Dataset({"power": 1.0}))
