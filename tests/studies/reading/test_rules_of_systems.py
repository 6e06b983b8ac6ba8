"""Learning rules of a study's systems: those of `neurouniv.rules` on every cell, beside the rule that is known."""

import numpy as np
import pytest

import neurouniv as nu
from neurouniv.page.study import study_sections
from neurouniv.studies.cell.parts import part
from neurouniv.studies.reading.long_form import long_form

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore::neurouniv.NeurounivWarning")]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A study of networks of two rules and two layers, with other seeds in another cell."""
    place = tmp_path_factory.mktemp("rules")
    network = {"name": "mlp", "width": 20, "hidden_layers": 2, "layers": [0, 1], "epochs": 200, "record": 6,
               "lr": 0.2, "rule": ["backprop", "feedback_alignment"]}  # fmt: skip
    asked = {"rules": ["backprop", "feedback_alignment"], "resamples": 20}
    spec = {"task": {"name": "digits", "per_class": 1}, "seeds": 2, "laws": ["static"], "rules": asked,
            "systems": {"networks": [network]}}  # fmt: skip
    nu.run_study(spec, place / "study", workers=0, progress=False)
    return place / "study"


@pytest.fixture(scope="module")
def study(folder):
    return nu.open_study(folder)


@pytest.mark.slow
def test_every_group_has_the_answer_of_its_own_cell(folder, study):
    found = nu.rules_of_systems(study)
    assert found.truth.values.tolist() == ["backprop"] * 2 + ["feedback_alignment"] * 2
    for i in range(found.sizes["group"]):
        row = found.isel(group=i)
        own = part(nu.load(folder / "cells" / f"{row.cell.item()}.nc"), "rules")
        at = own.sel(layer=row.layer.item())
        assert np.array_equal(row.probability.sel(rule=own.rule), at.probability)
        assert np.array_equal(row.error_ratio.sel(rule=own.rule), at.error_ratio)
        assert row.best.item() == at.best.item()
        assert bool(row.told) == (int(at.alike.sum()) == 1)
        assert row.answer.item() == own.attrs["answer"]
    assert len(set(found.answer.values.tolist())) == 2  # each cell's own, not the first one's


def test_texts_in_which_cells_differ_stand_with_the_cells(study):
    stack = study["rules/mlp"].to_dataset()
    assert "answer" not in stack.attrs
    assert stack.answer.dims == ("cell",)
    assert stack.attrs["level"] == 0.9


def test_they_are_on_the_page_and_in_the_table(study):
    (section,) = [one for one in study_sections(study) if one.title == "Which learning rule"]
    by_truth, answers = section.tables
    assert [row[0] for row in by_truth.rows] == ["backprop", "feedback alignment"]
    assert [row[1] for row in by_truth.rows] == [2, 2]
    assert len(answers.rows) == 4
    table = long_form(study)
    found = nu.rules_of_systems(study)
    rows = table[table.quantity == "probability of a rule"].set_index(["label", "which"])
    assert len(rows) == found.probability.size
    for (label, rule), row in rows.iterrows():
        assert row.value == found.probability.sel(group=label, rule=rule).item()
    assert table[table.quantity == "rule"].word.tolist() == found.best.values.tolist()


def test_a_study_that_asks_for_no_rules_is_told(study):
    with pytest.raises(nu.InputError, match=r"rules: \{\}"):
        nu.rules_of_systems(study.filter(lambda node: not node.path.startswith("/rules")))
