"""Designs that name the rule: what is counted, the smallest that suffices, and what is refused."""

import importlib

import numpy as np
import pytest
import xarray as xr

import neurouniv as nu
from neurouniv import tasks
from neurouniv.cli import run_command
from neurouniv.page.studies import plan_section, rules_table
from neurouniv.universality.planning import study_designs
from neurouniv.universality.verdict.decisions import wilson
from neurouniv.which_rule import plan_text
from neurouniv.which_rule.candidates import NONE, RULES
from neurouniv.which_rule.learners import Network, trained, while_learning

TASK = tasks.digits(per_class=1)
AXES = {"sessions": [4, 8], "conditions": [10], "repeats": [4, 8], "snr": [0.2]}
planning = importlib.import_module("neurouniv.which_rule.plan")


def made_up(right, learned=1.0):
    """A plan of backprop and lazy in which `right`(rule, cell) studies name the rule, and the others the other rule."""
    names, cells = ["backprop", "lazy"], []
    for cell in study_designs.cheapest_first(AXES):
        shares = np.array([right(rule, cell) for rule in names])
        most = np.array([[shares[0], 1 - shares[0]], [1 - shares[1], shares[1]]])
        one = {"right": ("truth", shares), "alone": ("truth", shares / 2), "inside": ("truth", (1 + shares) / 2)}
        one |= {"most": (("truth", "rule"), most), "power": shares.min()}
        cells.append(xr.Dataset(one, {"truth": names, "rule": names}).assign_coords(cell))
    made = plan_text.finished(study_designs.over_axes(cells, AXES), studies=40, subjects=1)
    made = made.assign(learned=(("conditions", "truth"), [[1.0, learned]])).isel(snr=0)
    made = made.assign_attrs(asked=0.8, studies=40, level=0.9, among=list(RULES), counted="the rule is named")
    return made.assign_attrs(text=plan_text.text(made))


def enough(rule, cell):
    return 0.9 if cell["sessions"] * cell["repeats"] >= (16 if rule == "backprop" else 64) else 0.3


def test_the_smallest_design_suffices_for_the_weakest_rule_and_every_rule_has_its_own():
    lines = made_up(enough).attrs["text"].splitlines()
    whole = (
        "8 sessions x 10 conditions x 8 repeats, snr 0.2, 640 trials per study. The rule named least often is "
        "backprop, in 90 %"
    )
    assert lines[0].endswith("the lowest share of backprop and lazy learning.")
    assert lines[1].startswith(f"The smallest design with 80 % power: {whole}")
    assert lines[2].startswith("Backprop: 4 sessions x 10 conditions x 4 repeats, snr 0.2. This names it in 90 % (")
    assert lines[3].startswith(
        "Lazy learning: 8 sessions x 10 conditions x 8 repeats, snr 0.2. This names it in 90 % ("
    )
    assert "It is the only possible rule in 45 %" in lines[2]
    assert lines[2].endswith("It names lazy learning instead in 10 %.")


def test_the_rule_least_often_named_is_told_with_the_power():
    made = made_up(enough)
    assert made["weakest"].sel(sessions=4, repeats=4).item() == "lazy"
    xr.testing.assert_allclose(made["power_interval"], wilson(made["power"], 40))


def test_where_none_suffices_it_is_said_of_all_and_of_each():
    text = made_up(lambda rule, cell: 0.05 * cell["sessions"]).attrs["text"]
    assert "No design here has 80 % power. The highest power is that of 8 sessions" in text
    assert "Backprop: no design here names it in 80 % of studies, the best is 8 sessions" in text


def test_brains_that_did_not_learn_and_unusual_designs_are_told():
    text = made_up(enough, learned=0.75).attrs["text"]
    assert "25 % of the brains with lazy learning did not learn half of the task. They are counted." in text
    assert "sessions, not for 4." in text
    assert "did not learn" not in made_up(enough).attrs["text"]


@pytest.mark.slow
def test_it_is_kept_and_has_a_page(tmp_path):
    made = made_up(enough)
    kept = nu.load(nu.save(made, tmp_path / "plan.nc"))
    xr.testing.assert_allclose(kept, made)
    section = plan_section("Plan", kept)
    assert section.text.split("\n\n")[0] == made.attrs["text"].splitlines()[0]
    rows = rules_table(kept).rows
    assert [row[:4] for row in rows[:2]] == [[160, 4, 10, 4]] * 2
    assert [row[5] for row in rows[:2]] == ["backprop", "lazy"]
    assert rows[0][6].startswith("90% [")
    page = nu.report(kept, tmp_path / "plan.html").read_text(encoding="utf-8")
    assert "the rule is named" in page


class Known:
    """In place of fits: errors from which the true rule can be read where the noise is small."""

    def __init__(self, laws, traj, *_):
        self.errors = xr.Dataset({"noise": traj["h_var"].mean(("time", "pair"))})
        assert set(RULES) <= set(laws)
        assert "y" not in traj


def clear_below(limit):
    """Probabilities that name the true rule where noise is below `limit`, and backprop elsewhere."""

    def probability(errors, among, members=None):
        noise = errors["noise"] if members is None else errors["noise"].mean(members)
        rule = xr.DataArray([*among, NONE], dims="rule", name="rule").assign_coords(rule=[*among, NONE])
        named = xr.where(noise < limit, noise["truth"], "backprop")
        return xr.where(rule == named, 0.95, 0.05 / len(among)).transpose("rule", ...)

    return probability


TINY = {"sessions": [4], "repeats": [4], "neurons": 30, "width": 30, "epochs": 300, "studies": 2}


@pytest.fixture
def tiny(monkeypatch):
    """A factory of plans of small networks, with probabilities that are known."""
    monkeypatch.setattr(planning, "Evidence", Known)

    def plan(limit=np.inf, **settings):
        monkeypatch.setattr(planning, "probability", clear_below(limit))
        return planning.plan_rules(TASK, ["backprop", "lazy"], **TINY | settings)

    return plan


@pytest.mark.slow
def test_shares_are_counts_of_studies(tiny):
    named = tiny(snr=1.0)
    assert named["right"].values.ravel().tolist() == named["alone"].values.ravel().tolist() == [1.0, 1.0]
    missed = tiny(limit=0.0, snr=1.0)
    assert missed["right"].values.ravel().tolist() == missed["inside"].values.ravel().tolist() == [1.0, 0.0]
    assert missed["most"].sel(truth="lazy", rule="backprop").item() == 1.0
    assert missed["weakest"].item() == "lazy"
    assert missed["power"].item() == 0.0


@pytest.mark.slow
def test_designs_share_networks_and_subjects_are_one_study(tiny, monkeypatch):
    calls = []
    monkeypatch.setattr(planning, "trained", lambda *given: calls.append(given[1]) or trained(*given))
    found = tiny(snr=[0.5, 1.0], repeats=[4, 5], subjects=2)
    assert calls == ["backprop", "lazy"]
    assert found["power"].sizes == {"sessions": 1, "conditions": 1, "repeats": 2, "snr": 2}
    assert found["trials"].isel(sessions=0, conditions=0).values.tolist() == [4 * 10 * 4 * 2, 4 * 10 * 5 * 2]


@pytest.mark.slow
def test_more_than_suffices_is_left_out_where_that_is_asked(tiny):
    found = tiny(snr=1.0, repeats=[4, 6], rough=True)
    assert found["power"].values.ravel()[0] == 1.0
    assert np.isnan(found["power"].values.ravel()[1])
    assert found["weakest"].values.ravel()[1] == ""


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"rules": ["hebbian"]}, "Networks learn by some of backprop"),
        ({"rules": []}, "got \\[\\]"),
        ({"sessions": [3]}, "4 sessions or more"),
        ({"conditions": 5}, "6 conditions"),
        ({"among": ["backprop", "identity"]}, "are among them"),
        ({"among": ["backprop", "lazy", "exposure"]}, "rules with probabilities"),
        ({"level": 1.5}, "between 0.5 and 1"),
        ({"studies": 0}, "studies is a whole number of at least 1; got 0"),
        ({"turnover": np.nan}, "turnover is a number from 0 to 1"),
        ({"runs": 1}, "runs is a whole number of at least 2"),
        ({"sensors": "x"}, "`sensors` is one of"),
        ({"width": None}, "width is a whole number"),
        ({"level": "x"}, "between 0.5 and 1"),
    ],
)
def test_mistakes_are_told_before_anything_is_trained(monkeypatch, wrong, said):
    monkeypatch.setattr(planning, "trained", lambda *_: pytest.fail("trained"))
    with pytest.raises(nu.InputError, match=said):
        nu.plan_rules(TASK, **{"rules": ["backprop", "lazy"]} | wrong)


def test_rates_are_small_and_frames_end_as_learning_does():
    runs = trained(TASK, "backprop", Network(40, epochs=600), range(2))
    assert runs["learned"].all()
    frames = while_learning(runs, 5)
    assert frames.sizes == {"seed": 2, "time": 5, "condition": 10, "unit": 40}
    np.testing.assert_allclose(frames.isel(time=0), runs["hidden"].isel(time=0))
    left = (runs["loss"] / runs["loss"].isel(time=0)).values
    assert (np.diff(left, axis=1) < 0.1).all()


def test_what_diverges_is_refused():
    far = TASK.assign(stimuli=TASK["stimuli"] * 1e6)
    with pytest.raises(nu.InputError, match="mean squared norm"):
        trained(far, "backprop", Network(20, nonlinearity="linear", epochs=60), range(1))


def test_the_command_asks_one_question(capsys):
    assert run_command(["plan", "digits", "--rules", "backprop", "lazy", "--rivals", "static"]) == 2
    assert "leave out --law and --rivals, or --rules" in capsys.readouterr().err
    assert run_command(["plan", "digits", "--among", "backprop", "lazy"]) == 2
    assert "give --rules too" in capsys.readouterr().err


@pytest.mark.slow
def test_the_command_says_and_keeps_it(monkeypatch, tmp_path, capsys):
    calls = {}
    monkeypatch.setattr(
        planning, "plan_rules", lambda task, rules, **given: calls.update(given, rules=rules) or made_up(enough)
    )
    out = tmp_path / "plan.nc"
    words = f"plan digits --per-class 1 --rules --sessions 4 8 --repeats 4 8 --snr .2 --out {out}"
    words += f" --report {tmp_path}/p.html"
    assert run_command(words.split()) == 0
    assert capsys.readouterr().out.startswith("Power is the share of studies that name the right rule")
    assert (calls["rules"], calls["sessions"], calls["snr"], calls["studies"]) == (planning.LEARNERS, (4, 8), 0.2, 10)
    assert nu.load(out)["right"].dims == ("truth", "sessions", "conditions", "repeats")
    assert (tmp_path / "p.html").exists()


@pytest.mark.slow
def test_lazy_learning_is_told_from_feedback_alignment_where_noise_is_small():
    few = {"sessions": [8], "repeats": [8], "conditions": 16, "neurons": 80, "studies": 2, "snr": 4.0}
    found = nu.plan_rules(tasks.digits(per_class=2), ["lazy", "feedback_alignment"], **few)
    mistaken = found["most"].sel(truth="lazy", rule="feedback_alignment")
    assert float(mistaken.max()) == float(found["most"].sel(truth="feedback_alignment", rule="lazy").max()) == 0.0
