"""Learning rules on a page (`neurouniv.rules`): the answer, doubts, a figure, a row a rule, what probabilities mean."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import xarray as xr

from neurouniv.figures.numbers import number
from neurouniv.figures.rsa_panels import panels_of
from neurouniv.figures.rule_probabilities import rule_probabilities
from neurouniv.figures.rule_words import (
    UNKNOWN,
    batch_of,
    by_probability,
    calibration_of,
    called,
    level_of,
    members_of,
    need_rules,
)
from neurouniv.figures.tables import Table
from neurouniv.page.section import Picture, Section
from neurouniv.schema import history
from neurouniv.which_rule.candidates import NONE, in_words, share_in_words

RULES = "Which learning rule"
"""The title of the section where none is given."""
CAUTION = "There are doubts, which stand first below."
ALIKE, NAMED, NO_PROBABILITY = "cannot tell", "named", "no probability"
MEANINGS = {
    "backprop": "errors come back through the weights by which activity went forward",
    "feedback_alignment": "errors come back through random weights that never change",
    "kolen_pollack": "errors come back through weights of their own, which change as the forward weights do",
    "weight_mirror": "errors come back through weights of their own, which learn from noise to be the forward weights",
    "predictive_coding": "activity settles between stimulus and target, and then weights change",
    "weight_decay": "backprop, and all weights become a little smaller at every step",
    "node_perturbation": "small random changes are tried, and what makes errors smaller is kept",
    "lazy": "backprop in a network so large at its start that its weights hardly change",
    "identity": "every stimulus is learned by itself, whatever it is like",
    "hebbian": "weights change by what is active together, more so where reward is higher than expected",
    "exposure": "backprop, in which a stimulus counts as often as it is shown",
    NONE: "what is learned follows none of these rules",
}
"""What learning rules are, in words that need no other."""


def rules_section(title: str, result: xr.Dataset) -> Section:
    """A result of `neurouniv.rules` as a section: text, doubts, figure, numbers, and how it was done.

    `title` "" takes a title of its own, and the answer stands above the contents too.

    Raises
    ------
    InputError : it is no such result.
    """
    need_rules(result, "A page of learning rules")
    name, attrs = title or RULES, result.attrs
    doubts = [str(attrs["doubts"])] if attrs.get("doubts") else []
    lead = "" if title or batch_of(result) else " ".join([str(attrs["answer"]), *([CAUTION] if doubts else [])])
    picture = Picture(
        rule_probabilities(result, title="Probabilities of rules, and errors of their laws"),
        _caption(result),
        _alt(result),
    )
    return Section(
        name, "\n\n".join([str(attrs["answer"]), *reasons(result)]), figures=[picture],
        tables=[rules_table(result), meanings_table(result["rule"].values), _method_table(result)], warnings=doubts,
        sources={name: result}, lead=lead,
    )  # fmt: skip


def reasons(result: xr.Dataset) -> list[str]:
    """Why rules cannot be told apart, and what would tell them, a paragraph each; none where one is told.

    Examples
    --------
    >>> reasons(xr.Dataset(attrs={"why": "both grow along the targets", "apart": ""}))
    ['Why these data do not separate them: both grow along the targets.']
    """
    heads = {"why": "Why these data do not separate them", "apart": "What would separate them"}
    return [f"{head}: {result.attrs[name]}." for name, head in heads.items() if result.attrs.get(name)]


def rules_table(result: xr.Dataset) -> Table:
    """A row for every rule in every place, the most probable first: probability, errors and scores.

    Of members (subjects, seeds) the numbers are means. The ends of an interval are means of theirs, which is as wide as
    is needed, or wider: the standard error of a mean is at most the mean of the standard errors.
    """
    dims = batch_of(result)
    rows = []
    for place, part in _places(result):
        for rule in by_probability(part):
            rows.append([*([place] if dims else []), called(rule, part), *_cells(part, rule)])
    columns = ["rule", "probability", "answer", "error over the smallest", "log score (nats)", "R² of change"]
    members = members_of(result)
    caption = (
        f"Held-out conditions, beside the law of {called(result.attrs['reference'], result)}, whose error is the "
        f"smallest{' of all together' if dims else ''}. 95 % intervals, each by itself: errors, about other conditions"
        f"{' and members' if members else ''}; log scores (nats per distance, higher is better), about other "
        "conditions. R² of change: about the mean of every pair over time."
    )
    if members:
        caption += f" Log scores, their intervals and R² are means over {result.sizes[members]} x {members}."
    return Table([*(["of"] if dims else []), *columns], rows, caption)


def meanings_table(rules: Iterable[str]) -> Table:
    """What every one of some rules is.

    Examples
    --------
    >>> meanings_table(["lazy"]).rows
    [['lazy learning', 'backprop in a network so large at its start that its weights hardly change']]
    """
    rows = [[in_words(str(rule)), MEANINGS[str(rule)]] for rule in rules]
    return Table(["rule", "what it is"], rows, "What the names of rules stand for.", sortable=False)


def _places(result: xr.Dataset) -> Iterator[tuple[str, xr.Dataset]]:
    """Every layer, region or other place by its name, "" where there is one."""
    dims = batch_of(result)
    panels, _ = panels_of(result, dims, most=int(np.prod([result.sizes[dim] for dim in dims], dtype=int)))
    yield from panels


def _cells(part: xr.Dataset, rule: str) -> list[Any]:
    one = part.sel(rule=rule)
    is_reference = rule == part.attrs["reference"]
    ratio = "1, the smallest" if is_reference else _with_interval(one, "error_ratio")
    difference = "0" if is_reference else _with_interval(one, "log_score_difference")
    group = part["alike"].sum().item()
    mark = NO_PROBABILITY if bool(one["probability"].isnull()) else ""
    mark = (ALIKE if group > 1 else NAMED) if bool(one["alike"]) else mark
    return [
        share_in_words(float(one["probability"])),
        mark,
        ratio,
        difference,
        number(float(one["change_r2"].mean()), 2),
    ]


def _with_interval(one: xr.Dataset, name: str) -> str:
    """A number with its interval, of members the means."""
    value, interval = one[name], one[f"{name}_interval"]
    low, high = interval.mean([dim for dim in interval.dims if dim != "bound"]).values
    text = number(float(value.mean())) if value.notnull().any() else UNKNOWN
    return f"{text} [{number(float(low))}, {number(float(high))}]" if np.isfinite([low, high]).all() else text


def _caption(result: xr.Dataset) -> str:
    members = members_of(result)
    points = f"; small points: every {members} by itself" if members else ""
    return (
        f"Left: probability of each rule, under equal priors{points}; dashed: from {level_of(result):.0%} a rule is "
        "named. Right: root-mean-square error at held-out conditions over that of the law with the "
        "smallest, with 95 % intervals, each by itself; hollow where the interval holds 1."
    )


def _alt(result: xr.Dataset) -> str:
    """The rules in order, for readers who cannot see the figure."""
    mean = result["probability"].mean(batch_of(result))
    ranking = ", ".join(
        f"{called(n, result)} {share_in_words(float(mean.sel(rule=n)))}" for n in by_probability(result)
    )
    return f"Bars of the probability of every rule, and ratios of errors beside them: {ranking}"


def _method_table(result: xr.Dataset) -> Table:
    steps = [line["settings"] for line in history(result) if line.get("step") == "rules"]
    settings = steps[-1] if steps else {}
    entries = {
        "a probability": "how often, among simulated networks with such errors, the rule was the true one",
        "priors": "equal: a rule that is rare in brains counts as much as one that is common",
        "other rules": "none is looked for that is not in the list; one that learns alike is taken for one of them",
        "none of these": "the best of five curves that are no rule (static, exponential, step, gain, target); here "
        f"{result.attrs.get('curve', UNKNOWN)}",
        "calibration": calibration_of(result),
        "laws fitted to": "distances and outputs" if settings.get("outputs") else "distances alone",
        "folds of conditions": f"{settings.get('folds', UNKNOWN)}, dealt {settings.get('partitions', UNKNOWN)} x",
        "a rule is named from": f"a probability of {level_of(result):.0%}",
    }  # fmt: skip
    rows = [[name, words] for name, words in entries.items()]
    return Table(["what probabilities mean", "in this result"], rows, sortable=False)
