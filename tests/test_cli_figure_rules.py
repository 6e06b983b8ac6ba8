"""`neurouniv figure` of what learning rules predict differently, from tasks, trajectories and kept results."""

import re

import pytest

import neurouniv as nu
from neurouniv.cli import run_command

NETWORK = {"width": 30, "gain": 0.3, "nonlinearity": "linear", "lr": 0.2, "epochs": 400, "record": 8, "progress": False}


@pytest.fixture
def folder(tmp_path):
    """A task, and two phases of learning it, before and after its targets changed places."""
    task = nu.tasks.digits(per_class=1).isel(condition=slice(6))
    other = task.assign(targets=task.targets.copy(data=task.targets.values[::-1]))
    first = nu.train(task, weights=True, **NETWORK)
    for name, data in {
        "task": task,
        "first": nu.trajectory(first).squeeze("layer"),
        "second": nu.trajectory(nu.train(other, start=first, **NETWORK)).squeeze("layer"),
    }.items():
        nu.save(data, tmp_path / f"{name}.nc")
    return tmp_path


def asked(folder, *words):
    return run_command(["figure", *(str(folder / word) if re.search(r"\.(nc|png)$", word) else word for word in words)])


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::neurouniv.NeurounivWarning")
def test_figures_of_rules_are_drawn_from_files(folder):
    few = ["--rules", "universal", "feedback_alignment"]
    assert asked(folder, "rule_signatures", "task.nc", "task.png", *few) == 0
    assert asked(folder, "rule_signatures", "first.nc", "fitted.png", *few, "--select", "seed=0") == 0
    assert asked(folder, "rule_switch", "first.nc", "switch.png", "--second", "second.nc") == 0
    nu.save(nu.rule_signatures(nu.load(folder / "task.nc"), few[1:]), folder / "found.nc")
    assert asked(folder, "rule_signatures", "found.nc", "found.png") == 0
    nu.save(nu.relearning(*(nu.load(folder / f"{name}.nc") for name in ("first", "second"))), folder / "followed.nc")
    assert asked(folder, "rule_switch", "followed.nc", "followed.png") == 0
    sizes = {path.stem: path.stat().st_size for path in folder.glob("*.png")}
    assert min(sizes.values()) > 10_000
    assert (folder / "found.png").read_bytes() == (folder / "task.png").read_bytes()
    assert (folder / "followed.png").read_bytes() == (folder / "switch.png").read_bytes()


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::neurouniv.NeurounivWarning")
def test_mistakes_are_told(folder, capsys):
    for message, words in {
        "--rules is for rule_signatures; got it with rule_switch": [
            "rule_switch", "first.nc", "a.png", "--rules", "universal",
        ],
        r"two phases.*--second second\.nc": ["rule_switch", "first.nc", "a.png"],
        "name=number, such as decay=1e-4; got 'decay'": [
            "rule_switch", "first.nc", "a.png", "--second", "second.nc", "--constants", "decay",
        ],
        "has the constant decay": [
            "rule_switch", "first.nc", "a.png", "--second", "second.nc", "--rule", "weight_decay",
        ],
        '"backprop" for --rules. Choose from': ["rule_signatures", "task.nc", "a.png", "--rules", "backprop"],
        "--select is for dimensions of h": ["rule_signatures", "task.nc", "a.png", "--select", "seed=0"],
    }.items():  # fmt: skip
        code = asked(folder, *words)
        error = capsys.readouterr().err
        assert code == 2
        assert re.search(message, error), error
    assert not (folder / "a.png").exists()


def test_networks_go_on_from_a_file(folder):
    settings = ["--width", "20", "--gain", "0.3", "--lr", "0.1", "--epochs", "30", "--record", "4", "--quiet"]

    def train(out, *more):
        return run_command(["train", str(folder / "task.nc"), str(folder / out), *settings, *more])

    assert train("a.nc", "--weights", "--seeds", "2") == 0
    assert train("b.nc", "--start", str(folder / "a.nc"), "--seeds", "2", "--rule", "weight_decay") == 0
    first, second = (nu.load(folder / name) for name in ("a.nc", "b.nc"))
    assert second.time.values[[0, -1]].tolist() == [30, 60]
    assert abs(second.hidden.isel(time=0) - first.hidden.isel(time=-1)).max() == 0
    assert train("b.nc", "--start", str(folder / "a.nc"), "--overwrite") == 2
    assert train("a.nc", "--start", str(folder / "a.nc"), "--seeds", "2", "--overwrite") == 2
