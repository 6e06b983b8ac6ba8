"""RSA on a page: the answer, doubts, numbers with how they were corrected, and the same after saving."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import neurouniv as nu
from neurouniv.cli import run_command
from neurouniv.page import comparison_section, report, rsa_section
from neurouniv.page.rsa import NOT_LEARNING, doubts_of, is_rsa
from neurouniv.page.rsa_tables import MOST_ROWS, differences_table, models_table, names_table, parts_table, steps_table
from neurouniv.schema import with_history
from neurouniv.storage import load, save
from neurouniv.universality.inference.p_values import too_few

TEXT = "Correlation of RDMs over 24 conditions.\n'pixels' is the most similar: 0.60.\nDoubt: one doubt"
ENDS = xr.DataArray([-1.0, 1.0], {"bound": ["lower", "upper"]}, ("bound",))


def result_of(times=1, axis=None, regions=0, **attrs):
    """Three models of known similarity: p .01 and corrected .03, of the last one .01 and .2."""
    time = np.linspace(-0.1, 0.5, times) if axis == "within_trial" else np.arange(1.0, times + 1)
    size = xr.DataArray([0.6, 0.3, 0.1], {"model": ["pixels", "network", "law"]}, ("model",))
    similarity = size * xr.DataArray(np.linspace(1.0, 0.5, times)[::-1], {"time": time}, ("time",))
    similarity = similarity.expand_dims(region=[f"V{i + 1}" for i in range(regions)]) if regions else similarity
    corrected = 0 * similarity + xr.DataArray([0.03, 0.03, 0.2], {"model": size.model}, ("model",))
    other = similarity.rename(model="model_")
    between = (similarity - other).where(similarity.model != other.model_)
    result = xr.Dataset({
        "similarity": similarity, "similarity_interval": similarity + 0.1 * ENDS, "similarity_p": 0 * similarity + 0.01,
        "similarity_p_corrected": corrected, "difference": between, "difference_interval": between + 0.2 * ENDS,
        "difference_p": 0 * between + 0.004, "difference_p_corrected": 0 * between + 0.041,
        "below_ceiling_p": 0 * similarity + 0.5, "ceiling": similarity.isel(model=0, drop=True) + 0.1 + 0.02 * ENDS,
    })  # fmt: skip
    result = result.transpose("model", "model_", "region", "time", "bound", missing_dims="ignore")
    axis = axis or ("one_frame" if times == 1 else "learning")
    result["time"].attrs = {"axis": axis, "units": {"learning": "sessions", "within_trial": "s"}.get(axis, "")}
    described = {
        "kind": "rsa", "model": "one", "comparator": "corr", "test": "bootstrap", "correction": "max",
        "n_conditions": 24, "n_members": 1, "errors_about": "other conditions", "noise": "from members", "text": TEXT,
        "control": "", "doubts": ["one doubt"], "models_from": {"pixels": "an RDM", "law": "a law, fitted"},
    }  # fmt: skip
    return with_history(result.assign_attrs(described | attrs), "rsa", comparator="corr")


def each_of(steps=4, sessions=3):
    """A network of rising similarity, with layers."""
    step, layer = np.linspace(0.1, 0.7, steps), np.array([0.0, 0.1])
    similarity = step[:, None, None] + layer[:, None] + np.zeros(sessions)
    result = xr.Dataset({"similarity": (("time_model", "layer_model", "time"), similarity)})
    result = result.assign_coords(
        time=("time", np.arange(sessions), {"axis": "learning", "units": "sessions"}),
        time_model=("time_model", 100 * np.arange(steps), {"axis": "learning", "units": "epochs"}),
        layer_model=["first", "second"],
    )
    last = result.similarity.isel(time_model=-1, drop=True)
    result["best_step"], result["best"] = 0 * last + 300, last
    result["best_step_interval"] = result.best_step + 50 * ENDS
    result["untrained"], result["final"] = result.similarity.isel(time_model=0, drop=True), last
    result["final_gain"] = result.final - result.untrained
    result["final_gain_interval"] = result.final_gain + 0.1 * ENDS
    result["best_layer"] = "time", np.array(["second"] * sessions)
    result["best_layer_share"] = ("layer_model", "time"), np.array([[0.2] * sessions, [0.8] * sessions])
    described = {"kind": "rsa", "model": "each", "comparator": "corr", "correction": "max", "n_conditions": 24,
                 "n_members": 1, "text": "Over 24 conditions.\nThe last step.", "doubts": []}  # fmt: skip
    return result.assign_attrs(described)


def as_texts(table):
    return [" ".join(map(str, row)) for row in table.rows]


@pytest.mark.slow
def test_the_page_has_the_answer_the_doubts_and_the_history(tmp_path):
    page = report(result_of(), tmp_path / "rsa.html").read_text(encoding="utf-8")
    assert "<h1>Which model explains these RDMs?</h1>" in page
    assert page.count("one doubt") == 1
    assert '<p class="lead">&#39;pixels&#39; is the most similar: 0.60.</p>' in page
    for words in ("a law, fitted", "other conditions", "<strong>rsa</strong>", "from members"):
        assert words in page


@pytest.mark.slow
def test_a_saved_result_has_the_same_page_from_the_command_line(tmp_path):
    result = result_of(times=4)
    path = save(result, tmp_path / "rsa.nc")
    first = report(result, tmp_path / "first.html").read_text(encoding="utf-8")
    assert run_command(["report", str(path), str(tmp_path / "second.html")]) == 0
    assert (tmp_path / "second.html").read_text(encoding="utf-8") == first
    again = load(path)
    assert again.attrs["models_from"] == result.attrs["models_from"]
    assert is_rsa(again)


def test_captions_say_how_p_was_corrected_and_where_the_ceiling_is_from():
    [picture] = rsa_section("", result_of()).figures
    assert picture.caption.count("p corrected for all models and times (largest deviation)") == 2
    assert "95 % intervals about other conditions, each by itself" in picture.caption
    assert "Grey band: noise ceiling, from members." in picture.caption
    unknown = result_of().assign(ceiling=np.nan * result_of().ceiling)
    assert "The noise ceiling is not known: from members." in rsa_section("", unknown).figures[0].caption
    partial = rsa_section("", unknown.assign_attrs(control="pixels")).figures[0]
    assert "it is that of whole similarities" in partial.caption
    assert "pixels 0.60" in picture.alt


def test_p_values_that_are_not_corrected_are_a_caution():
    plain = result_of(times=30, axis="within_trial", correction="none")
    caution = doubts_of(plain)[-1]
    assert "of 90 tests" in caution
    assert "about 4 would" in caution
    assert len(doubts_of(result_of())) == 1
    section = rsa_section("", plain)
    assert "p not corrected for the number of tests" in section.figures[0].caption
    assert "p there, not corrected" in section.tables[0].columns
    assert doubts_of(result_of(correction="none"))[-1].startswith("p values are not corrected: of 3 tests")


def test_nothing_tested_is_told_as_such():
    names = ["similarity_p", "similarity_p_corrected", "difference_p", "difference_p_corrected", "similarity_interval"]
    bare = result_of()
    bare = bare.assign({name: np.nan * bare[name] for name in names})
    section = rsa_section("", bare)
    assert "Nothing was tested." in section.figures[0].caption
    assert "95 %" not in section.figures[0].caption
    assert "corrected" not in section.figures[0].caption
    assert as_texts(section.tables[0])[0] == "pixels 0.600 not known not known 0.680 to 0.720 .500".replace(
        ".500", ".50"
    )


def test_the_table_of_one_time_has_every_number():
    table = models_table(result_of())
    assert table.columns[:4] == ["model", "similarity (correlation)", "p", "p corrected"]
    assert as_texts(table)[0] == "pixels 0.600 [0.500, 0.700] .010 .030 0.680 to 0.720 .50"
    assert [row[0] for row in table.rows] == ["pixels", "network", "law"]
    uncorrected = models_table(result_of(correction="none"))
    assert [row[3] for row in uncorrected.rows] == ["not corrected"] * 3


def test_the_best_model_is_set_against_all_others():
    table = differences_table(result_of())
    assert as_texts(table) == [
        "pixels network 0.300 [0.100, 0.500] .004 .041", "pixels law 0.500 [0.300, 0.700] .004 .041"
    ]  # fmt: skip
    assert differences_table(result_of(times=3)) is None
    assert differences_table(result_of().isel(model=[0], model_=[0])) is None


def test_the_table_of_several_times_has_the_highest_and_the_last():
    table = models_table(result_of(times=4))
    assert table.columns[-2:] == ["at the last time", "times with p < .05"]
    assert as_texts(table)[0] == "pixels 0.600 [0.500, 0.700] 4 .030 0.600 [0.500, 0.700] 4 of 4, 1 to 4"
    assert as_texts(table)[2].endswith("0 of 4")
    assert "somewhat too high" in table.caption
    trial = models_table(result_of(times=5, axis="within_trial"))
    assert "mean over time" in trial.columns
    assert float(trial.rows[0][4]) == pytest.approx(0.45)


def test_regions_have_rows_of_their_own_and_many_are_cut_with_a_word():
    table = models_table(result_of(regions=2))
    assert table.columns[0] == "region"
    assert [row[:2] for row in table.rows[:4]] == [["V1", "pixels"], ["V1", "network"], ["V1", "law"], ["V2", "pixels"]]
    many = models_table(result_of(regions=20))
    assert len(many.rows) == MOST_ROWS
    assert f"The first {MOST_ROWS} of 60 rows" in many.caption
    assert rsa_section("", result_of(regions=2)).lead == ""  # one region's answer is not that of all


def test_learning_has_bars_at_its_end_and_a_trial_is_no_learning():
    learning, trial = (rsa_section("", result_of(times=6, axis=axis)) for axis in ("learning", "within_trial"))
    assert len(learning.figures) == 2
    assert learning.figures[1].caption.startswith("At the last time (6 sessions).")
    assert len(trial.figures) == 1
    assert NOT_LEARNING in trial.figures[0].caption
    assert NOT_LEARNING not in learning.figures[0].caption


def test_a_model_that_has_no_similarity_is_in_the_tables():
    known = result_of(times=3)
    gone = known.assign(similarity=known.similarity.where(known.model != "law"))
    assert as_texts(models_table(gone))[2].startswith("law not known")
    assert as_texts(models_table(gone.isel(time=[0])))[2].startswith("law not known")


@pytest.mark.slow
def test_two_systems_have_their_steps_and_layers(tmp_path):
    result = each_of()
    page = report(result, tmp_path / "each.html").read_text(encoding="utf-8")
    assert "Where are two systems alike?" in page
    assert "no cell is tested" in page
    steps = steps_table(result)
    assert steps.columns == [
        "layer", "time (sessions)", "best step (epochs)", "similarity there", "last", "untrained", "gain of the last"
    ]  # fmt: skip
    assert as_texts(steps)[0] == "first 0 300 [250, 350] 0.700 0.700 0.100 0.600 [0.500, 0.700]"
    layers = names_table(result)
    assert layers.columns == ["time (sessions)", "best layer", "in a share of resamples"]
    assert as_texts(layers) == ["0 second 80%", "1 second 80%", "2 second 80%"]
    assert steps_table(result_of()) is None
    assert names_table(result_of()) is None


@pytest.mark.slow
def test_sections_may_have_other_titles_and_other_results_are_told_apart(tmp_path):
    page = report({"One": result_of(), "Two": each_of()}, tmp_path / "both.html").read_text(encoding="utf-8")
    assert ">One</h2>" in page
    assert '<p class="lead">' not in page
    assert not is_rsa(xr.Dataset({"similarity": 1.0}))
    assert rsa_section is not comparison_section


def squares(count, seed=0):
    """RDMs of as many models over twelve conditions, as square tables."""
    rng, names = np.random.default_rng(seed), [f"c{i}" for i in range(12)]
    patterns = rng.normal(size=(count, 12, 5))
    return {f"m{i}": pd.DataFrame(((p[:, None] - p) ** 2).sum(-1), names, names) for i, p in enumerate(patterns)}


@pytest.fixture(scope="module")
def brain():
    """Four subjects, three sessions: the first model comes, the second goes."""
    first, second = (square.values[np.triu_indices(12, 1)] for square in squares(2).values())
    share = np.array([0.1, 0.5, 1.0])[:, None]
    h = share * first + (1 - share) * second + np.random.default_rng(1).normal(size=(4, 3, 66))
    names = np.array(list(squares(1)["m0"]))
    ends = {name: ("pair", names[i]) for name, i in zip(("first", "second"), np.triu_indices(12, 1), strict=True)}
    time = ("time", np.arange(1.0, 4.0), {"axis": "learning", "units": "sessions"})
    return xr.Dataset({"h": (("subject", "time", "pair"), h)}, {**ends, "time": time, "subject": list("abcd")})


ASKED = {
    "sessions": {},
    "partial": {"control": "m2"},
    "parts": {"partition": True},
    "mixtures": {"weighted": {"all": ["m0", "m1", "m2"]}},
    "untested": {"resamples": 0, "correction": "none"},
    "permuted": {"test": "permutation", "correction": "cluster"},
    "each": {"model": "each"},
}
QUICK = {"each"}


@pytest.mark.parametrize("name", [pytest.param(name, marks=[pytest.mark.slow] * (name not in QUICK)) for name in ASKED])
@pytest.mark.parametrize("when", ["all times", pytest.param("one time", marks=pytest.mark.slow)])
def test_what_rsa_gives_has_a_page_that_saving_does_not_change(brain, name, when, tmp_path):
    data = brain if when == "all times" else brain.isel(time=-1, drop=True)
    result = nu.rsa(data, squares(3), **{"resamples": 40, "progress": False} | ASKED[name])
    page = report(result, tmp_path / "page.html").read_text(encoding="utf-8")
    again = report(load(save(result, tmp_path / "rsa.nc")), tmp_path / "again.html").read_text(encoding="utf-8")
    assert again == page
    assert all(doubt.split("'")[0] in page for doubt in result.attrs["doubts"])
    words = re.sub(r'"data:image[^"]*"', "", page)
    assert not re.search(r"\bnan\b", words)
    if name not in ("each", "untested"):
        best = result.sel(model=result.best.values[-1]).isel(time=-1)
        assert f"{float(best.similarity):.3f}" in words


@pytest.mark.slow
def test_few_subjects_are_a_caution_on_the_page(brain, tmp_path):
    result = nu.rsa(brain, squares(2), resamples=40)
    assert too_few(12, 4) in rsa_section("", result).warnings


@pytest.mark.slow
def test_the_command_writes_the_page(brain, tmp_path):
    save(brain, tmp_path / "brain.nc")
    squares(1)["m0"].to_csv(tmp_path / "first.csv")
    out = [str(tmp_path / name) for name in ("brain.nc", "first.csv", "rsa.nc", "page.html")]
    assert run_command(["rsa", *out[:2], "--out", out[2], "--report", out[3], "--resamples", "40", "--quiet"]) == 0
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "Which model explains these RDMs?" in page
    assert "first" in page


def test_parts_have_a_table_at_one_time(brain):
    result = nu.rsa(brain.isel(time=-1, drop=True), squares(2), partition=True, resamples=40)
    table = parts_table(result)
    assert table.columns == ["model", "explains alone (share)", "coefficient, standardised"]
    assert table.rows[0][1].startswith(f"{float(result.unique[0, 0]):.3f}")
    assert f"{float(result.r2[0]):.3f}" in table.caption
    assert parts_table(result_of()) is None
