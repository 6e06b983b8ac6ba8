"""Rules that every sentence of a result, an error or a warning keeps, so that readers of any first language follow."""

import ast
import importlib.util
import re
import sys
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[1] / "docs"
PACKAGES = (
    "universality", "which_rule", "similarity", "fitting", "laws", "rdm", "studies", "systems", "tasks", "datasets",
    "demo", "experiments", "page", "figures", "headlines", "methods", "commands",
)  # fmt: skip
MOST_WORDS = 30
BANNED = {
    r"\bcame\.": "say got none",
    r"\bone can(not)?\b": "say the data do not decide, or who can",
    r"\b(is|are|be|was) told\b": "say is named, is said or is known",
    r"\btold (from|apart)\b": "say separated, or predicts better than",
    r", of which\b|^of which\b": "begin a clause of its own",
    r"\bmay (not )?be used\b": "say is usable, or what was not determined",
    r"\bfor certain\b": "say significantly",
    r"\bforetell": "say predict",
    r"\bof one's own\b": "say your own",
    r"\bcannot be told\b": "say is not known",
    r"\bp \{(?!CORRECTED|size)": "write p = .03 (sentence_parts.p_in_words)",
    r"\b(no|not|never|nothing|none)\b( \w+){0,3} (not|nothing|never|nor)\b": "say it without two negatives",
    r"\bwhere that is\b|\bwhere it is not\b": "say if",
}
"""Words that must not come back, and what to write instead."""


def _module(name):
    spec = importlib.util.spec_from_file_location(name, DOCS / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def sentences():
    return list(_module("sentences").sentences(PACKAGES))


def parts(text):
    """The sentences of a text, each name, number or piece of code in it as one word."""
    text = re.sub(r"`[^`]*`|\{[^{}]*(\{[^{}]*\}[^{}]*)*\}", "CODE", text)
    return [part for line in text.splitlines() for part in re.split(r"(?<=[.?!])\s+|; ", line) if part.strip()]


@pytest.mark.parametrize("pattern", BANNED)
def test_words_that_readers_stumbled_over_do_not_come_back(sentences, pattern):
    hits = [f"{one.path}:{one.line}: {one.text}" for one in sentences if re.search(pattern, one.text)]
    assert not hits, f"{BANNED[pattern]}:\n" + "\n".join(hits)


def test_strings_of_calls_that_stand_alone_are_read_and_docstrings_are_not():
    code = 'def f():\n    """No sentence of users here."""\n    warnings.warn(f"Only {n} of the frames are left.")\n'
    tree, module = ast.parse(code), _module("sentences")
    found = list(module._strings(tree, "text", module._docstrings(tree)))
    assert found == [(3, "warning", "Only {n} of the frames are left.")]


def test_no_sentence_is_long(sentences):
    split = [(one, part) for one in sentences for part in parts(one.text)]
    long = [f"{one.path}:{one.line}: {part}" for one, part in split if len(part.split()) > MOST_WORDS]
    assert not long, "\n".join(long)


def said(*makers):
    """The sentences of the texts of made-up results, without headings, lists of numbers and tables."""
    results = _module("result_texts")
    lines = (line for maker in makers for text in getattr(results, maker)() for line in text.splitlines())
    return [line.strip(" -") for line in lines if not re.match(r" *\d|  \w| trials", line) and not line.endswith(":")]


def _readable(lines):
    found = [line for line in lines for pattern in BANNED if re.search(pattern, line)]
    found += [part for line in lines for part in parts(line) if len(part.split()) > MOST_WORDS]
    assert not found, "\n".join(found)


@pytest.mark.slow
def test_texts_of_verdicts_answers_plans_and_rules_keep_to_the_rules():
    _readable(said("verdicts", "answers", "plans", "rule_plans", "rules"))


@pytest.mark.slow
def test_texts_of_computed_results_keep_to_the_rules():
    _readable(said("steps", "changes", "similarities", "fits", "recoveries"))


def test_errors_and_warnings_are_sentences(sentences):
    whole = [one for one in sentences if one.kind in ("error", "warning") and re.match(r"[A-Z{`']", one.text)]
    assert len(whole) > 200
    end = r"[.?!}`)\]'\"=]$|: (neurouniv|--|\{)[^:]*$|--[\w-]+$"  # a command or name to copy has no full stop
    open_ends = [f"{one.path}:{one.line}: {one.text}" for one in whole if not re.search(end, one.text.rstrip())]
    assert not open_ends, "\n".join(open_ends)
