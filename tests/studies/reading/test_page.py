"""The page of a study: the answer first, counts that are those of the verdicts, and nothing missing without a word."""

import re

import numpy as np
import pytest

import neurouniv as nu
from neurouniv.cli import run_command
from neurouniv.figures.study_constants import doubtful
from neurouniv.page.study import answer_of
from neurouniv.page.study_tables import by_label

pytestmark = pytest.mark.filterwarnings("ignore::neurouniv.NeurounivWarning")


@pytest.fixture(scope="module")
def page(study, tmp_path_factory):
    return nu.report(study, tmp_path_factory.mktemp("page") / "study.html").read_text(encoding="utf-8")


@pytest.mark.slow
def test_the_answer_counts_the_verdicts_of_systems_that_are_no_controls(study, page):
    groups = nu.verdicts(study)
    counted = groups.isel(group=groups.law_is.values == "")
    words = counted.decision.values.tolist()
    answer = answer_of(study["systems"].to_dataset(), groups)
    assert f"the gain law, describes {words.count('described')} of {len(words)} systems" in answer
    assert ("do not decide" in answer) == ("cannot tell" in words)
    assert "in which this law is known to be false" in answer
    assert "1 of all 13 systems have no result" in answer
    assert answer in page.replace("&#39;", "'")
    assert page.index(answer) < page.index('aria-label="Contents"')


def test_a_table_for_a_label_counts_every_system_once(study):
    groups = nu.verdicts(study)
    table = by_label(groups, "rule")
    assert [row[0] for row in table.rows] == ["backprop", "hebbian"]
    for row in table.rows:
        own = groups.isel(group=groups.rule.values == row[0])
        assert row[1] == own.sizes["group"] == 4
        assert sum(row[2:6]) == 4
        assert np.isclose(row[7], np.median(own.r2))


@pytest.mark.slow
def test_the_page_tells_failures_worlds_and_warnings_and_needs_nothing_else(page):
    assert "mouse6.nc" in page
    assert "Worlds whose truth is known" in page
    assert "exponential" in page
    assert "Systems against each other" in page
    bare = re.sub(r"base64,[A-Za-z0-9+/=]+", "", page)
    bare = re.sub(r"<pre>.*?</pre>|<a href=[^>]*>", "", bare, flags=re.S)  # references, and links that a reader follows
    assert not re.search(r"https?:|@import|url\(", bare)
    assert bare.count('<script type="module">') == 2  # tables and player
    assert bare.count('<script type="application/json"') == 1
    assert "data-value=" in bare


@pytest.mark.slow
def test_a_study_without_comparison_says_that_nothing_was_tested(tmp_path):
    network = {"name": "a", "width": [10, 20], "epochs": 40, "record": 5}
    spec = {"task": "xor", "laws": ["gain", "static"], "systems": {"networks": [network]}}
    nu.run_study(spec, tmp_path / "study", workers=0)
    text = nu.report(nu.open_study(tmp_path / "study"), tmp_path / "p.html").read_text()
    assert "Nothing was tested on held-out data" in text
    assert "it is said to describe" not in text
    assert "verdict" not in re.sub("<style>.*</style>", "", text, flags=re.DOTALL)


def test_constants_are_doubtful_where_a_fit_failed_or_leaves_them_open(study):
    systems = study["systems"].to_dataset()
    done = systems.isel(system=systems.state.values == "done")
    marks = doubtful(done, "gain")
    assert marks[done.converged.sel(law="gain").values == 0].all()
    assert marks[done.identified.sel(law="gain").values == 0].all()


@pytest.mark.slow
def test_report_and_table_at_the_command_line(whole, tmp_path, capsys):
    assert run_command(["study", "report", str(whole), "--out", str(tmp_path / "p.html")]) == 0
    assert (tmp_path / "p.html").exists()
    assert run_command(["study", "table", str(whole), "--out", str(tmp_path / "t.csv")]) == 0
    assert (tmp_path / "t.csv").read_text().startswith("of,label,law,quantity,which,value")
    capsys.readouterr()
    for arguments, told in (
        (["report", str(whole), "--out", str(tmp_path / "p.html")], "is there already"),
        (["report", str(tmp_path), "--out", str(tmp_path / "q.html")], "is no folder of a study"),
        (["table", str(whole), "--out", str(tmp_path / "t.xlsx")], "ends in .csv or .parquet"),
        (["table", str(whole), "--out", str(tmp_path / "absent" / "t.csv")], "does not exist"),
    ):
        assert run_command(["study", *arguments]) == 2
        assert told in capsys.readouterr().err
