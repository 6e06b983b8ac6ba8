"""Plans and recoveries on their pages: the advice, a picture, and every design, constant and share."""

import html
import importlib

import numpy as np
import pytest
import xarray as xr

import neurouniv as nu
from neurouniv import tasks
from neurouniv.cli import run_command
from neurouniv.figures.simulated_studies import power
from neurouniv.page import plan_section, recovery_section, report
from neurouniv.page.simulated_answers import plan_answer, recovery_answer
from neurouniv.page.studies import constants_table, is_plan, is_recovery, matrix_table, plan_table, planned_data
from neurouniv.page.words import QUESTIONS, USED
from neurouniv.schema import with_history
from neurouniv.universality.planning import plan_report, study_designs
from neurouniv.universality.planning.simulated_studies import simulated_studies
from neurouniv.universality.verdict.decisions import wilson

TASK = tasks.digits(per_class=1)


@pytest.fixture(scope="module")
def planned():
    """A plan in which more sessions and signal tell more."""
    axes = {"sessions": [4, 5], "conditions": [10], "repeats": [4], "snr": [0.1, 2.0]}
    cells = []
    for cell in study_designs.cheapest_first(axes):
        share = min(1.0, 0.1 * cell["sessions"] * cell["snr"])
        one = {"power": share, "missed": 0.0, "cannot_tell": 1 - share, "nearest": "step", "power_nearest": share}
        one |= {"ceiling": 0.5, "told": ("rival", [1.0, share]), "ratio": ("rival", [3.0, 1.5])}
        cells.append(xr.Dataset(one, {"rival": ["static", "step"]}).assign_coords(cell))
    made = study_designs.table_of_designs(cells, axes, subjects=1, studies=3).assign_attrs(
        law="gain", asked=0.8, studies=3
    )
    return with_history(made.assign_attrs(text=plan_report.text(made)), "plan")


@pytest.fixture(scope="module")
def recovered():
    like = simulated_studies(TASK, "gain", studies=1, sessions=5, snr=1.0).isel(study=0)
    return nu.recover([nu.RIVALS["gain"](), nu.RIVALS["static"]()], like, studies=4, resamples=20)


@pytest.mark.slow
def test_results_are_known_by_what_they_hold(planned, recovered):
    comparison = xr.Dataset({"geometry": ("law", [1.0]), "power": ("law", [1.0])})
    assert [is_plan(one) for one in (planned, recovered, comparison)] == [True, False, False]
    assert [is_recovery(one) for one in (planned, recovered, comparison)] == [False, True, False]


def test_a_plan_has_its_advice_its_picture_and_every_design(planned):
    section = plan_section("Plan", planned)
    advice = [line for line in planned.attrs["text"].splitlines() if line and not line.startswith(" ")]
    assert section.text.split("\n\n") == [line for line in advice if not line.startswith("...")]
    assert len(section.figures[0].figure.axes) == 2
    rows = plan_table(planned).rows
    assert [row[:3] for row in rows] == [[160, 4, 10], [160, 4, 10], [200, 5, 10], [200, 5, 10]]
    assert [row[3:5] for row in rows] == [[4, 0.1], [4, 2.0]] * 2
    one = planned.sel(sessions=5, conditions=10, repeats=4, snr=2.0)
    low, high = wilson(one.power, 3).values
    assert rows[3][6] == f"{float(one.power):.0%} [{low:.0%}, {high:.0%}]"
    assert rows[3][9] == one.nearest.item()


def test_the_answer_names_the_smallest_design_that_is_enough_or_how_far_the_best_is(planned):
    first, second = plan_answer(planned).removeprefix("A first look, at 3 simulated studies a design. ").split(". ")
    assert first == (
        "None of the 2 designs is enough at snr 0.1: with 5 sessions x 10 conditions x 4 repeats, snr 0.1, 5 % of "
        "simulated studies find that the gain law is true, not 80 %"
    )
    assert second == (
        "160 trials a study are enough (4 sessions x 10 conditions x 4 repeats, snr 2): 80 % of simulated studies find "
        "that the gain law is true."
    )
    sure = plan_answer(planned.isel(snr=1).assign_attrs(studies=40))
    assert sure == second


@pytest.mark.slow
def test_the_answer_of_a_recovery_counts_where_the_law_is_true_and_where_not(recovered):
    shares = recovered.decision.sel(verdict="described")
    assert recovery_answer(recovered) == (
        "A first look, at 4 simulated studies of each truth. The gain law is found to be true in "
        f"{100 * float(shares.sel(truth='gain')):.0f} % of simulated studies where it is true and in "
        f"{100 * float(shares.sel(truth='static')):.0f} % of those where it is false."
    )
    unjudged = recovered.drop_vars(["decision", "decision_interval"])
    assert "of simulated studies the law that is true predicts best." in recovery_answer(unjudged)
    alone = recovery_answer(unjudged.drop_vars("best"))
    assert all(f"{name} (median error " in alone for name in recovered.constant.values[:2])


def test_the_data_of_a_plan_reach_from_the_smallest_study_to_the_largest(planned):
    [row] = planned_data(planned).tables[0].rows
    assert row[2:] == ["160 to 200", "not known", "1 simulated", 10, "4 to 5 sessions", "not known"]


def test_designs_that_were_left_out_have_no_row(planned):
    gone = planned.assign(power=planned.power.where(planned.sessions == 4))
    assert [row[1] for row in plan_table(gone).rows] == [4, 4]
    assert len(plan_table(planned.isel(snr=0)).rows) == 2


@pytest.mark.slow
def test_a_recovery_has_its_matrices_and_constants(recovered):
    section = recovery_section("Recovery", recovered)
    assert section.text.startswith("4 simulated studies of each truth, like these data (10 conditions, 5 frames")
    assert "  " not in section.text
    assert len(section.figures[0].figure.axes) == 2
    constants = constants_table(recovered)
    assert [row[0] for row in constants.rows] == recovered.constant.values.tolist()
    np.testing.assert_allclose([row[1] for row in constants.rows], recovered.true_value)
    matrix = matrix_table(recovered, "decision", "Verdict")
    assert matrix.columns == ["truth", "described", "not described", "cannot tell"]
    for row, truth in zip(matrix.rows, ("gain", "static"), strict=True):
        assert row[0] == truth
        shares = [float(cell.split("%")[0]) / 100 for cell in row[1:]]
        np.testing.assert_allclose(shares, recovered.decision.sel(truth=truth), atol=0.005)


@pytest.mark.slow
def test_one_law_alone_has_constants_and_no_matrix(recovered):
    like = simulated_studies(TASK, "gain", studies=1, sessions=5, snr=1.0).isel(study=0)
    section = recovery_section("Recovery", nu.recover(nu.RIVALS["gain"](), like, studies=3))
    assert section.figures == []
    assert len(section.tables) == 1
    assert "Give rivals beside the law" in section.text


@pytest.mark.slow
@pytest.mark.parametrize("name", ["planned", "recovered"])
def test_pages_are_written_of_results_and_of_their_files(name, request, tmp_path):
    made = request.getfixturevalue(name)
    heading = {"planned": "How much data it takes", "recovered": "What can be recovered"}[name]
    page = report(made, tmp_path / "one.html").read_text(encoding="utf-8")
    assert f"<h1>{heading}</h1>" in page
    assert page.count("<img") == 1
    assert {"planned": "plan", "recovered": "recover"}[name] in page.split("What was run")[-1]
    kind = {"planned": "plan", "recovered": "recover"}[name]
    answer = {"planned": plan_answer, "recovered": recovery_answer}[name](made)
    words = html.unescape(page)
    places = [
        words.index(text) for text in (QUESTIONS[kind], f'class="lead">{answer}', "<dt>", "<nav", "The data</h2>")
    ]
    assert places == sorted(places)
    assert words.count("<dt>") == len(USED[kind])
    nu.save(made, tmp_path / "r.nc")
    assert run_command(["report", str(tmp_path / "r.nc"), str(tmp_path / "two.html")]) == 0
    assert (tmp_path / "two.html").read_text(encoding="utf-8") == page
    both = report({"First": made, "Words": {"text": "Said."}}, tmp_path / "three.html", title="Both")
    assert "<h1>Both</h1>" in both.read_text(encoding="utf-8")
    assert '<h2 id="s1-first">First</h2>' in both.read_text(encoding="utf-8")


@pytest.mark.slow
def test_the_command_writes_the_page(tmp_path, capsys):
    page = tmp_path / "plan.html"
    words = "plan digits --per-class 1 --sessions 4 --repeats 4 --snr 2 --neurons 30 --law gain --rivals static"
    assert run_command([*words.split(), "--studies", "2", "--report", str(page)]) == 0
    assert capsys.readouterr().out.endswith(f"The page is {page}\n")
    assert "<h1>How much data it takes</h1>" in page.read_text(encoding="utf-8")
    assert list(tmp_path.iterdir()) == [page]


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (["--out", "p.txt"], "ends in .nc or .zarr; got 'p.txt'"),
        (["--out", "nowhere/p.nc"], "does not exist"),
        (["--report", "p.pdf"], "ends in .html; got 'p.pdf'"),
    ],
)
def test_places_that_cannot_be_written_are_told_before_anything_is_simulated(monkeypatch, capsys, asked, message):
    module = importlib.import_module("neurouniv.universality.planning.plan")
    monkeypatch.setattr(module, "plan", lambda *_, **__: pytest.fail("simulated"))
    assert run_command(["plan", "digits", *asked]) == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize(
    "counted", ["", "the rule is named, where it is the true one and all nine others were simulated too"]
)
@pytest.mark.parametrize("conditions", [1, 2, 4])
def test_the_title_of_a_plan_is_within_its_figure(planned, conditions, counted):
    wide = xr.concat([planned.assign_coords(conditions=[10 + n]) for n in range(conditions)], "conditions")
    figure = power(wide.assign_attrs({"counted": counted} if counted else {}))
    figure.draw_without_rendering()
    texts = [figure._suptitle, *(ax.title for ax in figure.axes), *(ax._left_title for ax in figure.axes)]
    for text in texts:
        box = text.get_window_extent()
        assert box.x0 >= 0
        assert box.x1 <= figure.bbox.width
        assert box.y1 <= figure.bbox.height
