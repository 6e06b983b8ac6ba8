"""Names as BIDS has them: `sub-01_ses-2_task-sort_run-3.nwb` says whose recording it is, and which."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

STAMP = r"\d{4}-\d\d-\d\d(?:[T_]\d\d[-:]\d\d[-:]\d\d)?|\d{8}_\d{6}"
"""A date, or one with its time, that holds what else would end a value."""
ENTITY = re.compile(rf"(?:^|_)(sub|ses|task|run|acq)-({STAMP}|[A-Za-z0-9+]+)(?=_|$|\.)")
SUBJECT = re.compile(r"(?:^|_)sub-[A-Za-z0-9+]+(?=_|$|\.)")
NUMBER = re.compile(r"\d+")
FIRST = re.compile(r"^(pre|before|baseline|naive|untrained)(?![a-z])|^pre(training|learning|test)", re.IGNORECASE)
LAST = re.compile(r"^(post|after|expert|trained|followup)(?![a-z])|^post(training|learning|test)", re.IGNORECASE)
"""What sessions are called that come before all others, or after them."""


def entities(path: Path) -> dict[str, str]:
    """What the name of a file, and of its folders where the file's does not, says by `key-value` words.

    Examples
    --------
    >>> entities(Path("data/sub-m07/ses-03/sub-m07_ses-03_run-2_spikes.nwb"))
    {'sub': 'm07', 'ses': '03', 'run': '2'}
    >>> entities(Path("sub-m1_ses-2024-01-30_rates.npz"))
    {'sub': 'm1', 'ses': '2024-01-30'}
    >>> entities(Path("data/monday.mat"))
    {}
    """
    values: dict[str, str] = {}
    for part in path.parts:
        values |= dict(ENTITY.findall(part))
    return values


def natural(text: str) -> list[tuple[int, int, str]]:
    """A key that sorts names as people count: day2 before day10.

    Examples
    --------
    >>> sorted(["day10.mat", "day2.mat"], key=natural)
    ['day2.mat', 'day10.mat']
    """
    parts = re.split(r"(\d+)", text)
    return [(0, int(part), "") if part.isdecimal() else (1, 0, part.casefold()) for part in parts if part]


def numbers_in(labels: Sequence[str]) -> list[int] | None:
    """The numbers that are all in which labels differ ("day03", "day10": 3, 10); None where they differ otherwise.

    Examples
    --------
    >>> numbers_in(["03", "10"]), numbers_in(["day3", "day10"]), numbers_in(["pre", "post"])
    ([3, 10], [3, 10], None)
    """
    numbers_of = [NUMBER.findall(label) for label in labels]
    around = {NUMBER.sub("", label) for label in labels}
    if len(around) != 1 or any(len(numbers) != 1 for numbers in numbers_of):
        return None
    return [int(numbers[0]) for numbers in numbers_of]


def in_order_of_stages(labels: Sequence[str]) -> list[str]:
    """Labels once each: what is called before learning first, what is called after it last, else as they first come.

    Examples
    --------
    >>> in_order_of_stages(["post", "train", "pre", "post"]), in_order_of_stages(["rest", "sleep", "present"])
    (['pre', 'train', 'post'], ['rest', 'sleep', 'present'])
    """
    return sorted(dict.fromkeys(labels), key=lambda label: bool(LAST.match(label)) - bool(FIRST.match(label)))
