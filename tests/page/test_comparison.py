"""A comparison on its page: law, rivals, baselines and verdict, each number the one that was computed."""

import re

import numpy as np
import pytest
import xarray as xr

from neurouniv import RIVALS, UniversalModel, compare, verdict
from neurouniv.laws.curves import StaticModel
from neurouniv.page import comparison_section, report
from neurouniv.page.comparison import baselines_in_words, comparison_table, scores_in_words, verdict_in_words
from neurouniv.universality.inference.p_values import too_few

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def learned():
    """Twelve conditions of four classes whose distances grow, with known noise."""
    rng = np.random.default_rng(0)
    label = np.repeat(np.arange(4), 3)
    stimuli, targets = rng.normal(size=(12, 5)), np.eye(4)[label]
    first, second = np.triu_indices(12, 1)
    dx2, dy2 = (((a[first] - a[second]) ** 2).sum(-1) for a in (stimuli, targets))
    time = np.arange(6.0)
    h = 0.5 * dx2 + np.sqrt(dx2 * dy2) * (1 - np.exp(-time / 2))[:, None] + 0.05 * rng.normal(size=(6, 66))
    names = np.array([f"c{i}" for i in range(12)])
    coords = {"time": ("time", time, {"units": "sessions", "axis": "learning"}), "condition": names}
    coords |= {"first": ("pair", names[first]), "second": ("pair", names[second])}
    coords |= {"dx2": ("pair", dx2), "dy2": ("pair", dy2)}
    data = {"h": (("time", "pair"), h), "h_var": (("time", "pair"), np.full(h.shape, 0.0025))}
    data |= {"stimuli": (("condition", "feature"), stimuli), "targets": (("condition", "output"), targets)}
    return xr.Dataset(data, coords)


@pytest.fixture(scope="module")
def result(learned):
    laws = [UniversalModel(), RIVALS["static"](), RIVALS["exponential"]()]
    with pytest.warns(match="12 conditions"):
        return compare(laws, learned, resamples=40)


def test_a_section_has_the_scores_the_baselines_and_the_verdict(result):
    section = comparison_section("Laws", result)
    for part in (scores_in_words(result), baselines_in_words(result), verdict_in_words(result)):
        assert part
        assert part in section.text
    assert verdict(result).text.splitlines()[0] in section.text
    assert len(section.figures[0].figure.axes) == 3
    assert "hollow" in section.figures[0].caption
    assert "nothing is fitted" in section.figures[0].caption
    assert section.sources == {"Laws": result}


def test_words_tell_the_law_beside_its_best_rival_and_baselines_from_the_best_on(result):
    score = result.dynamics.to_series()
    best = score.drop("universal").idxmax()
    said = scores_in_words(result)
    assert f"the law explains R² = {score['universal']:.2f}" in said
    place = "ahead of" if score["universal"] > score[best] else "behind"
    assert f"{place} its best rival ({best}, {score[best]:.2f})" in said
    assert said.startswith("On conditions that were held out")
    told = re.findall(r"([a-z·* ]+) (-?\d\.\d\d) \((-?\d\.\d\d)\)", baselines_in_words(result).split("best first: ")[1])
    names = {"the law", "class means of the stimuli", "stimuli", "dx·dy*", "targets"}
    assert {name.strip() for name, *_ in told} == names
    ends = [float(end) for _, end, _ in told]
    assert ends == sorted(ends, reverse=True)
    of = {name.strip(): (float(end), float(mean)) for name, end, mean in told}
    simple = result.baseline_geometry.sel(baseline="dx dy")
    assert of["dx·dy*"] == pytest.approx((float(simple[-1]), float(simple.mean())), abs=0.006)
    law = result.geometry.sel(law="universal")
    assert of["the law"] == pytest.approx((float(law[-1]), float(law.mean())), abs=0.006)


def test_the_table_has_laws_with_their_ratios_and_then_baselines_without(result):
    table = comparison_table(result)
    assert [row[0] for row in table.rows] == [
        "universal", "static", "exponential", "class means of the stimuli", "stimuli", "dx·dy*", "targets"
    ]  # fmt: skip
    at = table.columns.index("error over that of the universal law")
    low, high = result.error_ratio_interval.sel(law="static").values
    ratio, ends = table.rows[1][at].split(" ", 1)
    assert float(ratio) == pytest.approx(float(result.error_ratio.sel(law="static")), rel=0.01)
    assert [float(end) for end in ends.strip("[]").split(", ")] == pytest.approx([low, high], rel=0.01)
    simple = result.baseline_geometry.sel(baseline="input")
    assert table.rows[4][1:3] == pytest.approx([float(simple.mean()), float(simple[-1])])
    assert table.rows[4][3:] == [None] * (len(table.columns) - 3)


def test_differences_over_few_conditions_are_a_caution(result, learned):
    assert too_few(12, 1) in comparison_section("Laws", result).warnings
    many = result.assign_attrs(n_conditions=200)
    assert not [said for said in comparison_section("Laws", many).warnings if "conditions" in said]


def test_without_a_bootstrap_there_is_no_verdict_and_without_rivals_none_either(learned, result):
    plain = compare(StaticModel(), learned, partitions=1)
    assert verdict_in_words(plain) == ""
    assert len(comparison_section("Laws", plain).figures[0].figure.axes) == 2
    alone = result.sel(law=["universal"])
    assert verdict_in_words(alone) == scores_in_words(alone) == ""
    assert comparison_section("Laws", alone).tables[0].rows[0][0] == "universal"


def test_many_systems_have_their_baselines_in_the_table(learned, result, tmp_path):
    bare = learned.drop_vars(["stimuli", "targets"])
    with pytest.warns(match="12 conditions"):
        both = compare([UniversalModel(), StaticModel()], {"a": learned, "b": bare}, partitions=1, resamples=20)
    rows = [row[:2] for row in comparison_table(both).rows]
    laws, simple = ["universal", "static"], {"stimuli", "dx·dy*", "targets"}
    for system, expected in (("a", simple | {"class means of the stimuli"}), ("b", simple)):
        names = [row[1] for row in rows if row[0] == system]
        assert names[:2] == laws
        assert set(names[2:]) == expected
    assert scores_in_words(both) == baselines_in_words(both) == ""
    section = comparison_section("Both", both)
    assert len(section.figures[0].figure.axes) == 6
    assert "system b" in section.text
    assert report(both, tmp_path / "r.html").exists()


def test_too_few_pairs_for_a_geometry_leave_its_words_out(result):
    unknown = result.assign(geometry=np.nan * result.geometry, baseline_geometry=np.nan * result.baseline_geometry)
    unknown["geometry"].attrs = result.geometry.attrs
    assert "nan" not in scores_in_words(unknown)
    assert baselines_in_words(unknown) == ""
    assert [row[0] for row in comparison_table(unknown).rows] == ["universal", "static", "exponential"]
