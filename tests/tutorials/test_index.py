"""The index of the tutorials says what their first lines say, and none takes longer than promised."""

import sys

import pytest


@pytest.fixture
def stories(folder, monkeypatch):
    monkeypatch.setattr(sys, "path", [str(folder.parent / "docs" / "_ext"), *sys.path])
    import stories

    return stories


def test_the_table_is_made_of_the_scripts(stories, folder):
    told = stories.stories_in(folder)
    assert [one.number for one in told] == [f"0{number}" for number in range(1, 10)]
    assert stories.as_markdown(told) in (folder / "README.md").read_text()
    assert max(one.seconds for one in told) <= 120


def test_the_readme_names_all(stories, folder):
    readme = (folder.parent / "README.md").read_text()
    assert [one.file for one in stories.stories_in(folder) if f"](tutorials/{one.file})" not in readme] == []


def test_each_lets_predict_tells_what_goes_wrong_and_ends_in_an_exercise(folder):
    for script in sorted(folder.glob("[0-9][0-9]_*.py")):
        text = script.read_text()
        assert text.count("*Predict") >= 3, script.name
        assert any(head in text for head in ("# What goes wrong", "# Now make it lie", "# Mistakes, and")), script.name
        assert "# Exercise" in text.rsplit("# %%", 1)[1] or "# Exercise" in text.rsplit("# %%", 2)[1], script.name
        assert text.rstrip().rsplit("\n", 1)[1].startswith("# check("), script.name
