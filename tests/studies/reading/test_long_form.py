"""A study as a table: every number of the tree in a row of its own, and a row with the reason for what has none."""

import sys

import numpy as np
import pandas as pd
import pytest

import neurouniv as nu
from neurouniv.studies.reading.long_form import long_form

pytestmark = pytest.mark.filterwarnings("ignore::neurouniv.NeurounivWarning")


@pytest.fixture(scope="module")
def table(study):
    return long_form(study)


def test_every_constant_of_the_tree_has_one_row(study, table):
    systems = study["systems"].to_dataset()
    rows = table[table.quantity == "constant"].set_index(["label", "law", "which"])
    assert rows.index.is_unique
    for (label, law, constant), row in rows.iterrows():
        place = systems.sel(system=label, law=law)
        assert np.array_equal(row.value, place.constants.sel(constant=constant), equal_nan=True)
        ends = place.constants_interval.sel(constant=constant, bound=["lower", "upper"])
        assert np.array_equal([row.lower, row.upper], ends, equal_nan=True)
        assert row.rule == place.rule.item()
    assert rows.value.notna().sum() == int(systems.constants.notnull().sum())


def test_held_out_scores_and_verdicts_are_of_groups(study, table):
    groups = nu.verdicts(study)
    scores = table[table.quantity == "held-out R2"]
    assert set(scores.of) == {"group"}
    assert len(scores) == groups.dynamics.size
    for _, row in scores.iterrows():
        assert np.isclose(row.value, groups.dynamics.sel(group=row.label, law=row.law), rtol=1e-12, equal_nan=True)
    words = table[table.quantity == "verdict"]
    assert words.word.tolist() == groups.decision.values.tolist()
    assert set(words.law) == {"gain"}


def test_what_failed_has_one_row_with_its_reason(table):
    without = table[table.state == "failed"]
    assert without.label.tolist() == ["mouse, file mouse6.nc"]
    assert without.value.isna().all()
    assert "mouse6.nc" in without.reason.item()


def test_csv_and_parquet_hold_the_table(study, table, tmp_path, monkeypatch):
    pytest.importorskip("pyarrow")
    monkeypatch.setattr("neurouniv.studies.reading.long_form.long_form", lambda _: table)
    read = pd.read_csv(nu.to_csv(study, tmp_path / "t.csv"), low_memory=False)
    again = pd.read_parquet(nu.to_parquet(study, tmp_path / "t.parquet"))
    pd.testing.assert_frame_equal(again.where(again.notna()), table)  # older pandas reads None where NaN was
    assert list(read) == list(table)
    assert np.allclose(read.value, table.value, equal_nan=True, rtol=1e-12, atol=0)
    assert [path.name for path in sorted(tmp_path.iterdir())] == ["t.csv", "t.parquet"]


def test_another_suffix_or_folder_and_a_missing_package_are_told(study, tmp_path, monkeypatch):
    with pytest.raises(nu.InputError, match=r"ends in \.csv; got 't\.txt'"):
        nu.to_csv(study, tmp_path / "t.txt")
    with pytest.raises(FileNotFoundError, match="does not exist"):
        nu.to_csv(study, tmp_path / "absent" / "t.csv")
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(nu.InputError, match="pip install pyarrow"):
        nu.to_parquet(study, tmp_path / "t.parquet")
