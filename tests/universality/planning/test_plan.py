"""Designs of studies: more signal tells more, and what suffices is told."""

from itertools import product

import numpy as np
import pytest
import xarray as xr

import neurouniv as nu
from neurouniv import InputError, tasks
from neurouniv.cli import run_command
from neurouniv.commands.plan import plan as command
from neurouniv.figures.simulated_studies import power as power_figure
from neurouniv.universality.planning import plan_report, study_designs
from neurouniv.universality.planning.plan import plan

TASK = tasks.digits(per_class=1)
TINY = {"law": "gain", "rivals": ["static", "exponential"], "sessions": [5], "repeats": [6], "neurons": 40}


@pytest.fixture(scope="module")
def planned():
    return plan(TASK, **(TINY | {"rivals": ["static", "step"]}), snr=[0.01, 2.0], studies=4, resamples=20)


@pytest.mark.slow
def test_power_rises_with_snr(planned):
    hopeless, clear = planned["power"].squeeze().values
    assert hopeless <= 0.25 < 0.6 < clear
    assert float(planned["cannot_tell"].isel(snr=0).squeeze()) >= 0.75
    parts = planned["power"] + planned["missed"] + planned["cannot_tell"]
    np.testing.assert_allclose(parts, 1)


@pytest.mark.slow
def test_power_is_no_more_than_what_tells_the_nearest_rival():
    found = plan(tasks.digits(per_class=2), **TINY, conditions=14, snr=[0.2, 8.0], studies=6)
    assert found["power"].dims == ("sessions", "conditions", "repeats", "snr")
    assert (found["power"] <= found["power_nearest"]).all()
    np.testing.assert_allclose(found["power_nearest"], found["told"].min("rival"))
    for at in range(2):
        one = found.isel(snr=at).squeeze()
        assert float(one["told"].sel(rival=one["nearest"].item())) == float(one["power_nearest"])
    assert found["nearest"].isel(snr=1).item() == "exponential"


@pytest.mark.slow
def test_what_was_found_is_kept_and_drawn(planned, tmp_path):
    nu.save(planned, tmp_path / "plan.nc")
    xr.testing.assert_identical(nu.load(tmp_path / "plan.nc"), planned)
    panels = power_figure(planned).axes
    assert [ax.get_title(loc="left") for ax in panels] == ["10 conditions, snr 0.01", "10 conditions, snr 2"]
    np.testing.assert_allclose(panels[1].get_lines()[0].get_ydata(), planned["power"].isel(snr=1).values.ravel())


@pytest.mark.slow
def test_subjects_are_one_study():
    few = TINY | {"rivals": ["static"]}
    found = plan(TASK, **few, snr=1.0, studies=2, subjects=2, resamples=20)
    assert found["power"].dims == ("sessions", "conditions", "repeats")
    assert found["trials"].item() == 5 * 10 * 6 * 2
    assert found.attrs["subjects"] == 2


def made_up(power, axes):
    """A plan in which the power of a design is a function of it."""
    cells = []
    for cell in study_designs.cheapest_first(axes):
        if not study_designs.dominated(cell, cells, 0.8):
            share = power(cell)
            one = {"power": share, "missed": 0.0, "cannot_tell": 1 - share, "nearest": "gain", "power_nearest": share}
            one |= {"ceiling": 0.5, "told": ("rival", [1.0, share]), "ratio": ("rival", [3.0, 1.5])}
            cells.append(xr.Dataset(one, {"rival": ["static", "gain"]}).assign_coords(cell))
    made = study_designs.table_of_designs(cells, axes, subjects=2, studies=40)
    return made.assign_attrs(law="universal", asked=0.8, studies=40)


AXES = {"sessions": [4, 8], "conditions": [10, 20], "repeats": [4, 8], "snr": [0.2]}


def test_the_smallest_design_that_suffices_is_told_and_larger_ones_are_left_out():
    made = made_up(lambda cell: 0.9 if cell["sessions"] * cell["repeats"] >= 32 else 0.5, AXES)
    assert "4 sessions x 10 conditions x 8 repeats, snr 0.2, 640 trials per study" in plan_report.text(made)
    assert int(made["power"].notnull().sum()) == 4
    assert made["power"].sel(sessions=8, conditions=20, repeats=8).isnull().all()
    assert (made["nearest"].where(made["power"].isnull(), "") == "").all()
    assert power_figure(made.isel(snr=0)).axes


def test_where_none_suffices_the_text_says_what_helps():
    text = plan_report.text(made_up(lambda cell: 0.1 + 0.01 * cell["repeats"] + 0.03 * cell["sessions"], AXES))
    assert "No design here has 80 % power" in text
    assert "Power grows with sessions (28 % at 4, 40 % at 8)" in text
    assert "The rival 'gain' is the hardest to separate from the law: no design here does it" in text


def test_designs_with_as_many_trials_stand_as_the_axes_have_them():
    axes = AXES | {"conditions": [10], "repeats": [4, 8, 16], "snr": [0.1, 0.2, 0.3]}
    cells = study_designs.in_order(made_up(lambda cell: 0.5, axes))
    shown = list(zip(*(cells[name].values.tolist() for name in axes), strict=True))
    assert shown == sorted(product(*axes.values()), key=lambda cell: cell[0] * cell[1] * cell[2])


def test_few_studies_conclude_nothing():
    made = made_up(lambda cell: 0.03 * cell["sessions"], AXES).assign_attrs(studies=4)
    text = plan_report.text(made)
    assert "Too few studies (4 of each design)" in text
    assert "grows" not in text
    assert "hardest" not in text
    flat = made_up(lambda cell: 0.3 + 0.002 * cell["repeats"], AXES)
    assert "Power grows along no axis by more than chance." in plan_report.text(flat)


def test_conditions_nest_and_spread_over_targets():
    task = tasks.digits(per_class=2)
    _, subsets = study_designs.axes(task, [4], [10, 14], [4], 0.2, seed=3)
    assert set(subsets[10]) < set(subsets[14])
    assert sorted(name[0] for name in subsets[10]) == list("0123456789")
    _, named = study_designs.axes(task, [4], ["0_1", "1_1", "2_1", "3_2"], [4], 0.2, seed=3)
    assert named == {4: ["0_1", "1_1", "2_1", "3_2"]}


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"sessions": [2]}, "sessions are whole numbers of at least 3 each; got"),
        ({"conditions": [40]}, "from 4 to the task's 10"),
        ({"conditions": [["0_1", "1_1", "2_1", "x"]]}, "lacks"),
        ({"snr": -1.0}, "positive"),
        ({"studies": 0}, "studies is a whole number of at least 1; got 0"),
        ({"studies": 1.5}, "got 1.5"),
        ({"sessions": ["5"]}, "sessions are whole numbers"),
        ({"sessions": [5.0]}, "sessions are whole numbers"),
        ({"repeats": np.nan}, "repeats are whole numbers"),
        ({"snr": [1.0, np.inf]}, "snr is one positive number or several"),
        ({"conditions": [["0_1", "1_1"]]}, "of their names, 4 or more"),
        ({"conditions": [["0_1", "0_1", "1_1", "2_1"]]}, "of their names, 4 or more"),
        ({"conditions": 4.0}, "from 4 to the task's 10; got 4.0"),
        ({"conditions": []}, "got none"),
        ({"rivals": 5}, "rivals needs names"),
        ({"seed": None}, "seed is a whole number"),
        ({"power": None}, "power is a share of studies between 0 and 1; got None"),
        ({"alpha": "x"}, "alpha lies between 0 and 1"),
        ({"resamples": 0}, "resamples is at least 2"),
        ({"law": "drift"}, "both a world and a law"),
        ({"rivals": ["gain"]}, "a rival that differs from"),
    ],
)
def test_mistakes_are_told(wrong, said):
    with pytest.raises(InputError, match=said):
        plan(TASK, **(TINY | wrong))


@pytest.mark.slow
def test_the_command_says_and_keeps_it(tmp_path, capsys):
    assert command.__doc__
    out = tmp_path / "plan.nc"
    words = "plan digits --per-class 1 --sessions 4 --conditions 8 10 --repeats 4 --snr 2 --neurons 30 --law gain"
    words += f" --rivals static --studies 2 --rough --out {out}"
    assert run_command(words.split()) == 0
    said = capsys.readouterr().out
    assert said.startswith("Power is the share of studies")
    assert nu.load(out)["power"].sizes == {"sessions": 1, "conditions": 2, "repeats": 1}
