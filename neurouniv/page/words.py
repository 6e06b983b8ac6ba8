"""The words of pages for a reader who is new to them: the question that a page asks, and its terms."""

from __future__ import annotations

from typing import Any

LAW = "an equation for how far apart patterns of activity are at every time of learning"
QUESTIONS = {
    "universality": f"The question: does one law describe all these systems? A law is {LAW}, with a few constants that "
    "are fitted to each system. It has to predict data that it was not fitted to (held-out data) better than other "
    "equations (its rivals).",
    "compare": f"The question: which law ({LAW}) predicts best the data that it was not fitted to (held-out data)?",
    "study": f"The question: in which of many systems does one law hold ({LAW}, with a few constants fitted to each)?",
    "rsa": "The question: which model says best how far apart the data's patterns of activity are, for every two "
    "conditions (their RDM)?",
    "each": "The question: when, and where, are two systems' patterns of activity alike in how far apart they are, for "
    "every two conditions (their RDMs)?",
    "plan": f"The question: how much data does a study need, to say whether a law is true? A law is {LAW}. Here a "
    "computer simulates brains in which the law is true, records them, and judges the law as in a real study.",
    "plan_rules": "The question: how much data does a study need, to say by which rule a brain learns? A learning rule "
    "is how connections change. Here a computer simulates brains that learn by rules, records them, and names the rule "
    "as in a real study.",
    "recover": f"The question: would data like these show which law is true, and what its constants are? A law is {LAW}"
    ", with a few constants that are fitted. Here a computer simulates data in which the truth is known, as noisy as "
    "these, and analyses them as real ones.",
    "rules": "The question: by which rule does this system learn? A learning rule is how connections change. Each rule "
    f"predicts by a law of its own ({LAW}), and the rule whose law predicts best is the most probable.",
}  # fmt: skip
"""What pages ask, by what they are of, before any term is used."""
TERMS = {
    "system": "something that learns: networks of one kind, an animal, a person",
    "condition": "a stimulus, or a kind of trial",
    "RDM": "representational dissimilarity matrix: how far apart the patterns of activity of every two conditions are; "
    "its movie is one RDM for every time",
    "law": "an equation for how these distances change, from their start and from what the task shows and asks for, "
    "with a few constants that are fitted to a system",
    "rival": "another equation for the same data; the law has to predict better",
    "held out": "not used in the fit, and predicted",
    "R²": "the share of what was held out that is predicted: 1 is all, 0 no more than its mean, below 0 worse; R² of "
    "change counts only what changes over time",
    "ceiling": "what the truth itself would reach, given the noise of the data",
    "described": "the law predicts better than every rival and nearly reaches the ceiling; cannot tell: the data do "
    "not decide",
    "geometry": "how alike predicted and observed RDMs are at each time; dynamics: R² of distances over time",
    "model": "a candidate RDM: of a stimulus property, a network's layer, another region or a law",
    "similarity": "how alike two RDMs are over pairs of conditions: 1 the same up to scale, 0 no relation",
    "session": "a recording at one time of learning; the first is before learning",
    "repeat": "a trial of a condition in a session",
    "snr": "signal to noise ratio of a single trial: the variance that conditions make, over that of noise",
    "design": "how many sessions, conditions and repeats a study has, and its snr",
    "power": "the share of simulated studies whose answer is the true one",
    "true law": "the law by which the simulated data were made",
    "bias": "the median error of a constant; spread: how much its error varies from study to study",
    "rule": "how connections change in learning; the names of rules are explained in a table below",
    "probability": "how often, among simulated networks whose laws miss by as much, this rule was the true one",
    "p": "how often chance alone would do as well; corrected: for all models and times looked at together",
}  # fmt: skip

OF_LAWS = ("system", "condition", "RDM", "law", "rival", "held out", "R²", "ceiling", "described")
OF_RSA = ("condition", "RDM", "model", "similarity", "ceiling", "p")
USED = {
    "universality": OF_LAWS, "compare": (*OF_LAWS, "geometry"), "study": OF_LAWS, "rsa": OF_RSA,
    "each": ("system", *OF_RSA),
    "plan": ("condition", "session", "repeat", "snr", "design", "RDM", "law", "rival", "held out", "R²", "ceiling",
             "described", "power"),
    "plan_rules": ("condition", "session", "repeat", "snr", "design", "rule", "power"),
    "recover": ("condition", "RDM", "law", "rival", "held out", "true law", "ceiling", "described", "bias"),
    "rules": ("condition", "RDM", "law", "rule", "held out", "R²", "probability"),
}  # fmt: skip
"""The terms that pages use, by what they are of."""


def explaining(kind: str) -> dict[str, Any]:
    """The `question` and the `terms` of a page of some kind, for its first section.

    Examples
    --------
    >>> list(explaining("rsa")["terms"])
    ['condition', 'RDM', 'model', 'similarity', 'ceiling', 'p']
    """
    return {"question": QUESTIONS[kind], "terms": {name: TERMS[name] for name in USED[kind]}}
