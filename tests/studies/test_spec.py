"""A study is checked as a whole before anything runs: a mistake is told with its line, key, value and what may be."""

import pytest

import neurouniv as nu
from neurouniv.studies import cells_of, read_study

STUDY = """name: first
task: xor
seeds: 2
laws: [universal, static]
compare: {partitions: 1}
systems:
  networks:
    - name: mlp
      width: 10
      rule: [backprop, hebbian]
  brains:
    - {name: spikes, world: gain, runs: 2, trajectory: {metric: crossnobis}}
"""

MISTAKES = [
    ("width: 10", "widht: 10", 9, ["widht", "did you mean width?"]),
    ("width: 10", "width: ten", 9, ["width", "a whole number", "'ten'"]),
    ("width: 10", "width: 0", 9, ["width", "at least 1", "got 0"]),
    ("width: 10", "gain: -1", 9, ["gain", "positive", "-1"]),
    ("hebbian", "hebian", 10, ["rule", "hebbian", "'hebian'"]),
    ("crossnobis", "cros", 12, ["trajectory.metric", "'cros'", "crossnobis"]),
    ("world: gain", "world: gian", 12, ["world", "'gian'", "gain"]),
    ("runs: 2", "runs: 99", 12, ["runs up to the repeats", "99"]),
    ("partitions", "partition", 5, ["compare.partition", "did you mean partitions?"]),
    ("static]", "statik]", 4, ["laws[1]", "'statik'", "did you mean static?"]),
    ("static]", "universal]", 4, ["laws[1]", "once"]),
    ("seeds: 2", "seeds: -1", 3, ["seeds", "whole number", "-1"]),
    ("task: xor", "task: xro", 2, ["task.name", "'xro'", "did you mean xor?"]),
    ("task: xor", "task: {name: digits, per_class: 999}", 2, ["per_class", "174", "999"]),
    ("task: xor", "task: {file: absent.csv}", 2, ["absent.csv"]),
    ("name: spikes", "name: mlp", 12, ["name", "another system"]),
    ("[backprop, hebbian]", "node_perturbation\n      dropout: .1", 8, ["dropout=0.1", "Use dropout=0"]),
    ("networks:", "nets:", 7, ["systems.nets", "did you mean networks?"]),
    ("seeds: 2", "device: auto", 3, ["device", "'cpu' or 'cuda'"]),
    ("seeds: 2", "batch: 0", 3, ["batch", "at least 1", "got 0"]),
    ("seeds: 2", "rsa: {models: absent.csv}", 3, ["rsa.models", "absent.csv"]),
]  # fmt: skip


@pytest.mark.parametrize(("right", "wrong", "line", "words"), MISTAKES, ids=lambda value: str(value)[:20])
def test_a_mistake_is_told_with_its_line(tmp_path, right, wrong, line, words):
    file = tmp_path / "first.yaml"
    assert STUDY.count(right)
    file.write_text(STUDY.replace(right, wrong, 1))
    with pytest.raises(nu.InputError) as error:
        cells_of(read_study(file))
    text = str(error.value)
    assert text.startswith(f"{file}, line {line}: ")
    assert all(word in text for word in words)


def test_without_mistakes_it_is_read(tmp_path):
    file = tmp_path / "first.yaml"
    file.write_text(STUDY)
    assert [cell.label for cell in cells_of(read_study(file))] == [
        "mlp, rule backprop, seeds 0 1", "mlp, rule hebbian, seeds 0 1", "spikes, seed 0", "spikes, seed 1",
    ]  # fmt: skip


def test_a_task_is_needed(spec):
    del spec["task"]
    with pytest.raises(nu.InputError, match=r"systems.networks\[0\] needs the key task"):
        cells_of(read_study(spec))
