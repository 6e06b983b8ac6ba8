"""The reference has everything that is public, once, and nothing else; docstrings come out as they are meant."""

import doctest
import re

import pytest

import neurouniv

MODULES = ("datasets", "figures", "tasks")


def listed(docs):
    """Names of all entries of the reference."""
    names = []
    for page in (docs / "reference").glob("*.md"):
        text = page.read_text()
        for block in re.findall(r"\.\. autosummary::\n((?:    .*\n|\n)+)", text):
            names += re.findall(r"^    ([\w.]+)$", block, flags=re.M)
        for name, module in re.findall(r"\.\. py:data:: (\w+)\n    :module: neurouniv\.?(\w*)", text):
            names.append(f"{module}.{name}" if module else name)
    return names


def test_every_public_name_is_in_the_reference_once(docs):
    public = [name for name in neurouniv.__all__ if name not in MODULES]
    public += [f"{module}.{name}" for module in MODULES for name in getattr(neurouniv, module).__all__]
    assert sorted(listed(docs)) == sorted(public)


@pytest.mark.parametrize("name", ["house_docstrings", "repository_links", "glossary", "figure_words", "printed_lines"])
def test_examples_of_the_extensions_hold(name, extension):
    found = doctest.testmod(extension(name))
    assert found.attempted > 0
    assert found.failed == 0


def test_what_a_tutorial_printed_is_kept_line_by_line(extension):
    made = extension("printed_lines").as_html(
        "\na sentence, x < y\nlaw     0.99\n/a/b.py:3: FitWarning: too short\n  fit(a)\n"
    )
    assert made == (
        '<span class="sentence">a sentence, x &lt; y\n</span><span class="columns">law     0.99\n</span>'
        '<span class="sentence">FitWarning: too short\n</span>'
    )


def test_a_docstring_of_the_house_becomes_sections_and_entries(extension):
    text = """h(t) = |dh|^2, of `constants_` and y*.

        dh = -encoder * w

Parameters
----------
first, second : the two
    conditions.
settings : of `neurouniv.laws.law.Law`.

Source: somebody (2024).

Examples
--------
>>> 2 * 3
6"""
    made = "\n".join(extension("house_docstrings").as_rst(text.split("\n")))
    assert r"\|dh\|^2, of ``constants_`` and y\*." in made
    assert "::\n\n        dh = -encoder * w\n" in made
    assert "``first``, ``second``\n    the two\n    conditions.\n" in made
    assert "\n\nSource: somebody (2024).\n" in made
    assert ".. rubric:: Examples\n\n>>> 2 * 3\n6" in made
