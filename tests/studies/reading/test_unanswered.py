"""Questions that some systems cannot be asked: the rest holds, and the reason stands wherever results are shown."""

import numpy as np
import pytest

import neurouniv as nu
from neurouniv.commands.app import app
from neurouniv.page.study import answer_of, study_sections
from neurouniv.page.study_tables import counted_of
from neurouniv.studies.reading.long_form import long_form

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore::neurouniv.NeurounivWarning")]
SETTINGS = {"width": 10, "epochs": 40, "record": 5}
DIGITS = {"name": "digits", "per_class": 1}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A study of three networks: one whole, one with two stimuli only, one judged on another law."""
    place = tmp_path_factory.mktemp("unanswered")
    systems = [
        {"name": "whole", **SETTINGS},
        {"name": "of two", "task": "two_points", **SETTINGS},
        {"name": "other", "laws": ["exponential", "static"], **SETTINGS},
    ]
    spec = {"task": DIGITS, "laws": ["gain", "static"], "compare": {"partitions": 1, "resamples": 20},
            "systems": {"networks": systems}}  # fmt: skip
    nu.run_study(spec, place / "study", workers=0, progress=False)
    return place / "study"


@pytest.fixture(scope="module")
def study(folder):
    return nu.open_study(folder)


def test_the_rest_of_the_cell_is_read(study):
    row = study["systems"].to_dataset().sel(system="of two, seed 0, layer 0")
    assert row.state.item() == "done"
    assert row.unanswered.item() == "compare"
    assert row.reason.item().startswith("no compare: ")
    assert np.isfinite(row.r2.sel(law="gain", variable="h"))
    assert set(study["compare"].children) == {"whole", "other"}


def test_status_tells_it_from_the_folder_alone(folder, capsys):
    status = nu.studies.study_status(folder)
    assert "3 of 3 cells done, 1 of them in part" in status.line
    assert "done in part: of two, seed 0: no compare: " in status.text
    assert [bool(text) for text in status.table().message.values] == [False, True, False]
    app(["study", "status", str(folder)], result_action="return_value")
    assert "done in part: of two" in capsys.readouterr().out


def test_a_group_without_comparison_has_a_row_with_the_reason(study):
    groups = nu.verdicts(study)
    row = groups.sel(group="of two, seed 0, layer 0")
    assert row.decision.item() == ""
    assert "no compare" in row.reason.item()
    assert np.isnan(row.r2)
    assert row.layer.item() == 0


def test_verdicts_on_other_laws_are_told_apart(study):
    groups = nu.verdicts(study)
    laws = dict(zip(groups.name.values.tolist(), groups.on_trial.values.tolist(), strict=True))
    assert laws == {"whole": "gain", "other": "exponential", "of two": ""}
    assert np.isnan(groups.dynamics.sel(law="gain").values[groups.name.values == "other"]).all()
    assert sorted(counted_of(groups).name.values.tolist()) == ["of two", "whole"]
    answer = answer_of(study["systems"].to_dataset(), groups)
    assert "1 more has no verdict" in answer
    assert "1 more system was judged on the exponential law, and is not counted here" in answer
    words = long_form(study).query("quantity == 'verdict'").set_index("label")
    assert words.law["other, seed 0, layer 0"] == "exponential"


def test_the_page_lists_it(study):
    missing = study_sections(study)[-2]
    (table, *_) = missing.tables
    assert [row[:2] for row in table.rows] == [["of two, seed 0, layer 0", "done in part"]]


def test_a_study_without_any_comparison_says_why(tmp_path):
    spec = {"task": "two_points", "laws": ["gain", "static"], "compare": {"resamples": 20},
            "systems": {"networks": [{"name": "of two", **SETTINGS}]}}  # fmt: skip
    nu.run_study(spec, tmp_path / "study", workers=0, progress=False)
    study = nu.open_study(tmp_path / "study")
    with pytest.raises(nu.InputError, match="The comparison failed: no compare"):
        nu.verdicts(study)
    assert "no comparison could be made" in answer_of(study["systems"].to_dataset(), None)
