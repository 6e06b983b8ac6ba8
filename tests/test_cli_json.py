"""With --json every command prints one strict JSON object with the keys that its help names, whatever happens."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

import neurouniv as nu
from neurouniv.cli import run_command
from neurouniv.commands import app
from neurouniv.commands.help_text import help_text
from neurouniv.commands.json_text import json_text, rows_of
from neurouniv.studies import run_study
from neurouniv.studies.yaml_lines import write_yaml

NETWORK = {"name": "mlp", "width": 10, "epochs": 20, "record": 4}
STUDY = {"name": "small", "task": "xor", "laws": ["static"], "systems": {"networks": [NETWORK]}}
CALLS = {
    "demo": "--out demo",
    "datasets": "simulated_sequences",
    "read": "rec.nc --out kept.nc",
    "train": "xor runs.nc --epochs 4 --record 2",
    "simulate": "xor brain.nc --sessions 2 --repeats 4 --neurons 5",
    "rdm": "rec.nc --out movie.nc --task none",
    "rdms": "dist.npz own.nc --metric sqeuclidean --map rdms=dist dims=time time=1,2,3",
    "universality": "traj.nc --rivals static --resamples 20 --no-other-tasks --out answer.nc",
    "fit": "traj.nc --out constants.nc",
    "compare": "traj.nc --laws universal static --resamples 20 --out comparison.nc",
    "verdict": "compared.nc --out decision.nc",
    "rules": "traj.nc --rules backprop lazy --resamples 20 --out rules.nc",
    "rsa": "traj.nc traj.nc --resamples 20 --out rsa.nc",
    "change": "traj.nc --permutations 20 --out change.nc",
    "plan": "digits --per-class 1 --sessions 4 --conditions 8 --repeats 4 --snr 2 --neurons 30 --law gain --studies 1 "
    "--rivals static --out plan.nc",
    "study check": "study.yaml --folder study",
    "study run": "study.yaml --out study --workers 0",
    "study work": "study",
    "study status": "study",
    "study sbatch": "begun --walltime 0:10:00",
    "study report": "study --out study.html",
    "study table": "study --out study.csv",
    "reproduce": "xor --out reproduced",
    "figure": "rdm traj.nc rdm.png",
    "report": "compared.nc page.html",
}
"""Of every command a call that takes little time."""
SECONDS = {"rules", "universality", "compare", "plan", "demo"}
CASES = [pytest.param(name, marks=[pytest.mark.slow] * (name in SECONDS)) for name in CALLS]


def words_of_commands(group=app, words=()):
    for name in group:
        if not name.startswith("-"):
            below = group[name]
            yield from [" ".join((*words, name))] if below.default_command else words_of_commands(below, (*words, name))


def strict(text):
    """The only JSON object of a text; NaN and Infinity, which are no JSON, are refused."""
    return json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))


def keys_of(command):
    """The sets of keys that the help of a command names: of the plain call, and of one with an option."""
    found = app
    for word in command.split():
        found = found[word]
    told = help_text(found.default_command.__doc__).json
    return [set(re.sub(r" \(.*?\)", "", part).split(", ")) for part in re.split(r"; with \S+: ", told)]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A folder of one file of each kind that a command reads."""
    folder = tmp_path_factory.mktemp("json")
    task = nu.tasks.digits(per_class=1)
    network = nu.train(task, width=30, gain=0.3, nonlinearity="linear", lr=0.2, epochs=300, record=5, progress=False)
    traj = nu.trajectory(network).isel(seed=0, layer=0)
    nu.save(traj, folder / "traj.nc")
    laws = [nu.UniversalModel(), nu.RIVALS["static"]()]
    nu.save(nu.compare(laws, traj, resamples=20, progress=False), folder / "compared.nc")
    coords = {"condition": ("trial", list("abcabc" * 4)), "session": ("trial", np.repeat([1, 2, 3, 4], 6))}
    patterns = np.random.default_rng(0).normal(size=(24, 4))
    nu.save(xr.Dataset({"activity": (("trial", "channel"), patterns)}, coords), folder / "rec.nc")
    np.savez(folder / "dist.npz", dist=np.random.default_rng(0).random((3, 6)))
    (folder / "study.yaml").write_text(write_yaml(STUDY))
    run_study(STUDY, folder / "study", workers=0)
    run_study(STUDY | {"seeds": 4, "batch": 1}, folder / "begun", workers=0, first=1)
    return folder


@pytest.fixture
def quick(made, monkeypatch):
    """The folder to work in, with stand-ins for what takes minutes."""

    def page(out, *_, **__):
        out.mkdir()
        (out / "report.html").write_text("the page")
        return out / "report.html"

    def experiment(name, _seeds, _device, out, *_):
        out.mkdir()
        (out / f"{name}.nc").write_text("results")
        return xr.Dataset(attrs={"claim": "holds: as it should"})

    monkeypatch.chdir(made)
    monkeypatch.setattr("neurouniv.demo.run", page)
    monkeypatch.setattr("neurouniv.experiments.experiment.reproduce", experiment)
    return made


def test_every_command_is_called_here():
    assert set(CALLS) == set(words_of_commands())


@pytest.mark.filterwarnings("ignore::neurouniv.NeurounivWarning")
@pytest.mark.parametrize("command", CASES)
def test_one_object_with_the_keys_that_help_names(quick, capsys, command):
    assert run_command([*command.split(), *CALLS[command].split(), "--json"]) == 0
    told = capsys.readouterr()
    answer = strict(told.out)
    assert told.out.count("\n") == 1
    assert answer.pop("command") == command
    assert isinstance(answer.pop("warnings"), list)
    assert set(answer) in keys_of(command)
    assert told.err
    assert all(Path(path).exists() for path in answer.get("files", []))


@pytest.mark.parametrize("words", ["datasets", "read rec.nc --fields"])
def test_other_keys_where_something_else_is_asked(quick, capsys, words):
    assert run_command([*words.split(), "--json"]) == 0
    answer = strict(capsys.readouterr().out)
    assert set(answer) - {"command", "warnings"} in keys_of(words.split()[0])


@pytest.mark.filterwarnings("ignore::neurouniv.NeurounivWarning")
def test_the_numbers_are_those_of_the_text_and_what_is_not_known_is_null(quick, capsys):
    assert run_command(["fit", "traj.nc", "--json"]) == 0
    told = capsys.readouterr()
    (fit,) = strict(told.out)["fits"]
    assert f"{fit['constants']['eta_h']['value']:.4g}" in told.err
    law = nu.UniversalModel().fit(nu.load("traj.nc"))
    assert fit["constants"]["eta_h"]["value"] == float(law.constants_.eta_h)
    assert fit["r2"]["h"] == float(law.constants_.r2.sel(variable="h"))
    assert json_text({"a": np.array([1.5, np.nan]), "b": float("inf"), "c": np.int64(3)}) == (
        '{"a": [1.5, null], "b": null, "c": 3}'
    )


def test_what_is_said_without_json_is_said_beside_it(quick, capsys):
    assert run_command(["change", "traj.nc"]) == 0
    plain = capsys.readouterr()
    assert run_command(["change", "traj.nc", "--json"]) == 0
    beside = capsys.readouterr()
    assert plain.out in beside.err
    assert strict(beside.out)["answer"] == plain.out.strip()


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("fit absent.nc", 2),
        ("fit", 2),
        ("fitt traj.nc", 2),
        ("fit traj.nc --lwa gain", 2),
        ("compare traj.nc --out traj.nc", 2),
        ("study status absent", 2),
    ],
)
def test_an_error_is_an_object_too(quick, capsys, words, code):
    assert run_command([*words.split(), "--json"]) == code
    told = capsys.readouterr()
    error = strict(told.out)["error"]
    assert error["code"] == code
    assert told.err == f"neurouniv: {error['message']}\n"


def test_warnings_are_in_the_object(quick, capsys, monkeypatch):
    def doubtful(*_, **__):
        nu.schema.warn("These numbers should not be read.")
        return 4

    monkeypatch.setattr("neurouniv.commands.fit_text.constants_text", doubtful)
    assert run_command(["fit", "traj.nc", "--json"]) == 0
    assert "These numbers should not be read." in strict(capsys.readouterr().out)["warnings"]


def test_rows_have_the_labels_of_their_place():
    h = xr.Dataset({"h": (("seed", "time"), [[1.0, 2.0], [3.0, 4.0]]), "loss": ("seed", [5.0, 6.0])}, {"seed": [7, 8]})
    assert rows_of(h, ("seed",)) == [
        {"seed": 7, "h": [1.0, 2.0], "loss": 5.0},
        {"seed": 8, "h": [3.0, 4.0], "loss": 6.0},
    ]
    assert len(rows_of(h)) == 4
    assert rows_of(h.isel(seed=0, time=0, drop=True)) == [{"h": 1.0, "loss": 5.0}]
