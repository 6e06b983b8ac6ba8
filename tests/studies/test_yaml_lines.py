"""YAML as plain values and their lines: what is written is read again, and nothing is executed."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import neurouniv as nu
from neurouniv.studies.yaml_lines import read_yaml, write_yaml

SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(st.dictionaries(st.text(max_size=5), VALUES, max_size=4))
def test_what_is_written_is_read_again(value):
    assert read_yaml(write_yaml(value), "a.yaml")[0] == value


def test_numbers_and_words_are_those_of_yaml_1_2():
    values, _ = read_yaml("a: [1e-3, .5, 010, no, on, yes, 2026-01-01, 12:30, .inf, -3]", "a.yaml")
    assert values["a"] == [0.001, 0.5, 10, "no", "on", "yes", "2026-01-01", "12:30", float("inf"), -3]


def test_every_value_has_its_line():
    _, source = read_yaml("a: 1\nb:\n  - c: 2\n    d: 3\n", "a.yaml")
    assert {path: source.lines[path] for path in (("a",), ("b", 0, "c"), ("b", 0, "d"))} == {
        ("a",): 1,
        ("b", 0, "c"): 3,
        ("b", 0, "d"): 4,
    }


def test_keys_of_another_mapping_are_brought_in_and_own_ones_go_before():
    text = "- &plain\n  name: a\n  width: 10\n- {<<: *plain, name: b}\n- name: c\n  <<: *plain\n  lr: .1\n"
    values, source = read_yaml(f"systems:\n{text}", "a.yaml")
    assert values["systems"] == [
        {"name": "a", "width": 10},
        {"name": "b", "width": 10},
        {"name": "c", "width": 10, "lr": 0.1},
    ]
    assert source.lines[("systems", 1, "name")] == 5
    assert source.lines[("systems", 2, "name")] == 6
    assert source.lines[("systems", 1, "width")] == 4  # where it is written, which is where a mistake in it is


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: 1\na: 2", "line 2: the study has the key 'a' twice"),
        ("a: 1\nb: [1", "this is not YAML"),
        ("a: &x [*x]", "holds itself"),
        ("a: &x 3\nb: {<<: *x}", "b.<< brings in the keys of a mapping, as in `<<: *name`; got 3"),
        ("a: 1\nb: !!python/name:os.system x", "line 2: b has the type"),
    ],
)
def test_what_is_no_plain_value_is_refused_with_its_line(text, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(nu.InputError, match=r"a\.yaml, line") as error:
        read_yaml(text, "a.yaml")
    assert message in str(error.value)
    assert not list(tmp_path.iterdir())


def test_a_long_value_is_not_told_whole():
    with pytest.raises(nu.InputError) as error:
        read_yaml(f"seeds: {'9' * 100_000}", "a.yaml")
    assert str(error.value).startswith("a.yaml, line 1: seeds is no int; got '999")
    assert len(str(error.value)) < 1200
