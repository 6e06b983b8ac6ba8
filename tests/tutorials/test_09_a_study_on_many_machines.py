"""A study: all cells are computed once, the false world is not described, and only what is new is computed."""

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("default")]


def test_a_study_goes_on_where_it_stopped(run):
    made = run("09")
    assert len(list((made["out"] / "cells").glob("*.nc"))) == 4
    table = made["table"]
    assert (table.loc[table["law_is"] == "false", "decision"] != "described").all()
    made["check"](2)
    made["scratch"].cleanup()
