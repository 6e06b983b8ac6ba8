"""The methods of a result say what was run and what is not recorded; what they cite is in the BibTeX, and no more."""

import re
import warnings
from pathlib import Path

import pytest
import xarray as xr
import yaml

import neurouniv as nu
from neurouniv.datasets.registry import registry
from neurouniv.methods.account import account
from neurouniv.methods.data import RULES
from neurouniv.methods.references import REFERENCES, of_dataset
from neurouniv.page.for_a_paper import for_a_paper
from neurouniv.schema import history, with_history
from neurouniv.systems.learning_rules import RULES as LEARNING_RULES

ENTRY = re.compile(r"^@(\w+)\{(\w+),\n((?:  \w+ *= \{.*\},?\n)+)\}$", re.M)
CITATION = Path(__file__).parents[2] / "CITATION.cff"


def keys(result):
    return set(re.findall(r"@(\w+)", nu.methods_text(result, "markdown")))


@pytest.fixture(scope="module")
def made():
    """One of every kind of thing that has methods; that data are few is warned of, and no matter here."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", nu.NeurounivWarning)
        return _made()


def _made():
    task = nu.tasks.digits(per_class=1)
    runs = nu.train(task, width=30, nonlinearity="tanh", gain=0.5, lr=0.3, epochs=300, seeds=2, record=8)
    network = nu.trajectory(runs).squeeze("layer", drop=True)
    rec = nu.datasets.load("simulated_mouse")
    mouse = nu.trajectory(rec, metric="crossnobis", noise_precision="residuals")
    simulated = nu.simulate_brain(task, sessions=4, neurons=30)
    brain = nu.trajectory(simulated, task, metric="crossnobis")
    laws = [nu.PairwiseModel(weighting="range"), nu.RIVALS["static"]()]
    compared = nu.compare(laws, network, resamples=20, seed=3)
    value = dict(zip(mouse.condition.values, "aabbaabb", strict=True))
    return {
        "task": task, "runs": runs, "trajectory": network, "recording": rec, "mouse": mouse, "simulated": simulated,
        "constants": nu.PairwiseModel().fit(network).constants_, "compare": compared, "verdict": nu.verdict(compared),
        "rsa": nu.rsa(mouse, {"half": value}, test="permutation", resamples=20, comparator="corr_cov"),
        "change": nu.change(mouse, permutations=20),
        "universality_test": nu.universality_test(
            {"a <b>": network, "b": brain}, law=nu.RIVALS["gain"](), rivals=["static"], resamples=20, permutations=5,
            other_tasks=False),
    }  # fmt: skip


KINDS = ("task", "runs", "trajectory", "recording", "mouse", "simulated", "constants", "compare", "verdict", "rsa",
         "change", "universality_test")  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_cited_has_an_entry_and_no_entry_is_left_over(made, kind):
    bibliography = nu.bibtex(made[kind])
    entries = ENTRY.findall(bibliography)
    assert {key for _, key, _ in entries} == keys(made[kind])
    assert bibliography.count("@") == len(entries)
    assert [key for _, key, _ in entries] == sorted(key for _, key, _ in entries)
    for style in ("text", "html"):
        text = nu.methods_text(made[kind], style)
        for key in keys(made[kind]):
            label = REFERENCES[key].label if key in REFERENCES else of_dataset(key).label
            assert (label if style == "text" else label.replace("&", "&amp;")) in text


@pytest.mark.parametrize("kind", KINDS)
def test_no_setting_that_was_recorded_is_called_unknown(made, kind):
    text = nu.methods_text(made[kind])
    for absent in re.findall(r"\(?([\w ]+) not recorded\)?", text):
        assert absent in ("the versions of Python and other packages are",) or "are" in absent, absent
    assert "None" not in text
    assert "\ufdd0" not in text
    assert "np." not in text


def test_the_numbers_are_those_that_ran(made):
    text = nu.methods_text(made["compare"])
    for said in ("2 networks", "1 hidden layer of 30 units, tanh", "a learning rate of 0.3", "for 300 epochs", "seed 3",
                 "20 resamples", "PairwiseModel(weighting='range')", "backprop (Rumelhart et al., 1986)",
                 "10 conditions", "2 folds", f"neurouniv {nu.__version__}"):  # fmt: skip
        assert said in text, said
    mouse = nu.methods_text(made["mouse"])
    for said in ("5 files", "320 trials", "26 to 34 channels", "5 sessions", "There was 1 subject (01)", "crossnobis",
                 "shrunk by ledoit_wolf (Ledoit & Wolf, 2004)", "no recording of an animal"):  # fmt: skip
        assert said in mouse, said
    assert "permutations of the conditions" in nu.methods_text(made["rsa"])
    assert "Diedrichsen et al., 2020" in nu.methods_text(made["rsa"])
    assert "alpha = 0.05" in nu.methods_text(made["verdict"])
    assert "not from an animal" in nu.methods_text(made["simulated"])


def test_what_is_not_recorded_is_said():
    files = [{"file": "day1.mat", "format": "a MATLAB file", "trials": 10}]
    rec = with_history(xr.Dataset(), "read_recording", files=files)
    text = nu.methods_text(with_history(rec, "compare"))
    for said in ("The number of animals or subjects is not recorded in the file.", "channels that is not recorded",
                 "Which laws were compared is not recorded.", "What was held out is not recorded.",
                 "settings of the fits are not recorded"):  # fmt: skip
        assert said in text, said
    trained = nu.methods_text(with_history(xr.Dataset(), "train", epochs=5))
    for said in ("a number of networks that is not recorded", "(the learning rate not recorded)", "5 epochs"):
        assert said in trained, said


def test_a_step_that_has_no_sentence_is_told_with_its_settings():
    assert "The step dance was run (steps = 3)." in nu.methods_text(with_history(xr.Dataset(), "dance", steps=3))


def test_every_step_of_the_package_has_a_sentence():
    from neurouniv.methods import analyses, data

    known = {*data.STEPS, *data.RDMS, *analyses.STEPS, *analyses.OTHERS}
    package = Path(nu.__file__).parent
    calls = r'with_history\([^"()]*(?:\([^()]*\))?[^"()]*"(\w+)"'
    steps = {step for path in package.rglob("*.py") for step in re.findall(calls, path.read_text())}
    assert steps <= known
    assert len(steps) > 25


def test_names_from_files_can_do_nothing(made):
    html = nu.methods_text(made["universality_test"], "html")
    assert "a &lt;b&gt;" in html
    assert "<b>" not in html
    evil = with_history(xr.Dataset(), "load", name="<script>[@x]\ufdd0neurouniv\ufdd1 *a*", split="p")
    assert "<script>" not in nu.methods_text(evil, "html")
    markdown = nu.methods_text(evil, "markdown")
    assert r"\<script\>\[@x\]neurouniv \*a\*" in markdown
    assert "@x" not in nu.bibtex(evil)


@pytest.mark.slow
def test_of_a_study(tmp_path):
    spec = {"task": "xor", "laws": ["gain", "static"], "compare": {"resamples": 10}, "seeds": 2, "systems": {
        "networks": [{"name": "a", "width": [5, 6], "epochs": 20, "record": 5}]}}  # fmt: skip
    nu.run_study(spec, tmp_path / "study", workers=0)
    study = nu.open_study(tmp_path / "study")
    text = nu.methods_text(study)
    assert "has 4 systems: 4 networks" in text
    assert "width (5 and 6)" in text
    assert "10 resamples" in text
    assert {key for _, key, _ in ENTRY.findall(nu.bibtex(study))} == keys(study)


def test_the_entry_of_the_package_is_what_the_repository_says():
    cited = yaml.safe_load(CITATION.read_text())
    ours = REFERENCES["neurouniv"].fields
    assert ours["title"] == cited["title"]
    assert ours["author"] == f"{{{cited['authors'][0]['name']}}}"
    assert ours["license"] == cited["license"]
    paper = REFERENCES["vanrossem2024representations"].fields
    assert paper["title"] == cited["references"][0]["title"]
    assert f"arXiv:{paper['eprint']}" == cited["references"][0]["identifiers"][0]["value"]


def test_every_rule_and_data_set_has_a_reference():
    assert set(LEARNING_RULES) == set(RULES)
    assert set(RULES.values()) <= set(REFERENCES)
    for name in registry():
        assert ENTRY.fullmatch(of_dataset(f"dataset_{name}").bibtex())


@pytest.mark.parametrize("wrong", ["runs.nc", None, xr.Dataset(), xr.DataTree(), nu.UniversalModel()])
def test_without_a_history_there_are_no_methods(wrong):
    for write in (nu.methods_text, nu.bibtex):
        with pytest.raises(nu.InputError):
            write(wrong)
    assert history(xr.Dataset()) == []


def test_an_unknown_style_is_refused(made):
    with pytest.raises(nu.InputError, match="Did you mean 'html'"):
        nu.methods_text(made["task"], "htm")


def test_a_page_works_out_one_account_for_its_methods_and_its_references(monkeypatch):
    asked, task = [], nu.tasks.digits(per_class=1)
    monkeypatch.setattr("neurouniv.methods.text.account", lambda result: asked.append(result) or account(result))
    paper = for_a_paper(task)
    assert len(asked) == 1
    assert str(paper.methods) == nu.methods_text(task, "html")
    assert paper.references == nu.bibtex(task)
