"""What a command's docstring says: a summary, examples, paragraphs, and the keys of its JSON."""

from __future__ import annotations

import re
from dataclasses import dataclass

EXAMPLE, JSON = "Example:", "JSON:"
SENTENCE = re.compile(r"(?<=[.!?])\s+")


@dataclass(frozen=True)
class HelpText:
    """The parts of a docstring.

    examples : commands that can be typed. json : the keys of the object of --json, as words.
    """

    summary: str
    examples: list[str]
    paragraphs: list[str]
    json: str


def help_text(docstring: str) -> HelpText:
    """The parts of a command's docstring before its parameters.

    Examples
    --------
    >>> help_text("Fit a law.\\n\\nExample: neurouniv fit traj.nc\\n\\nJSON: constants, files")
    HelpText(summary='Fit a law.', examples=['neurouniv fit traj.nc'], paragraphs=[], json='constants, files')
    """
    head = re.split(r"\n\w+\n-{3,}\n", docstring)[0]
    summary, *rest = (" ".join(paragraph.split()) for paragraph in re.split(r"\n\s*\n", head.strip()))
    examples = [text.removeprefix(EXAMPLE).strip() for text in rest if text.startswith(EXAMPLE)]
    json = next((text.removeprefix(JSON).strip().rstrip(".") for text in rest if text.startswith(JSON)), "")
    return HelpText(summary, examples, [text for text in rest if not text.startswith((EXAMPLE, JSON))], json)


def first_sentence(text: str) -> str:
    """The first sentence of a text.

    Examples
    --------
    >>> first_sentence("The time, such as 1.5 s. By default all.")
    'The time, such as 1.5 s.'
    """
    return SENTENCE.split(text)[0]
