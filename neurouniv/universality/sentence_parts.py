"""Parts of sentences: p values, shares, intervals, an error beside the law's, and names in a list."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

ABOUT = {
    "half the law's error": (0.45, 0.55),
    "the same error as the law": (0.95, 1.05),
    "twice the law's error": (1.9, 2.1),
}
"""Ratios that words say better than digits; the digits stand behind them."""

MOST_NAMED = 6


def p_in_words(p: float) -> str:
    """A p value.

    Examples
    --------
    >>> p_in_words(0.312), p_in_words(0.049), p_in_words(1e-7), p_in_words(1.0), p_in_words(float("nan"))
    ('p = .31', 'p = .049', 'p < .001', 'p = 1', 'p not known')
    """
    if not np.isfinite(p):
        return "p not known"
    if p < 0.001:
        return "p < .001"
    return f"p = {p:.{3 if p < 0.0995 else 2}f}".replace("0.", ".").replace("1.00", "1")


def percent(share: float, sign: str = "") -> str:
    """A share in per cent.

    Examples
    --------
    >>> percent(0.254), percent(0.254, "+")
    ('25 %', '+25 %')
    """
    return f"{100 * share:{sign}.0f} %"


def interval_in_words(low: float, high: float, places: int = 2) -> str:
    """A 95 % interval as a part of a sentence, with its comma; "" where there is none.

    Examples
    --------
    >>> interval_in_words(0.9, 0.96), interval_in_words(float("nan"), 1.0)
    (', 95 % interval [0.90, 0.96]', '')
    """
    return f", 95 % interval [{low:.{places}f}, {high:.{places}f}]" if np.isfinite(low) and np.isfinite(high) else ""


def error_in_words(ratio: float, p: float) -> str:
    """What a rival does beside the law, by the ratio of their errors, with a p value.

    Examples
    --------
    >>> error_in_words(0.541, 0.03)
    "makes about half the law's error (0.541 times, p = .030)"
    >>> error_in_words(1.02, 0.6)
    'makes about the same error as the law (1.02 times, p = .60)'
    >>> error_in_words(1.314, 0.0001)
    "makes 1.31 times the law's error (p < .001)"
    >>> error_in_words(float("nan"), float("nan"))
    'makes an error that is not known'
    """
    if not np.isfinite(ratio):
        return "makes an error that is not known"
    for words, (low, high) in ABOUT.items():
        if low <= ratio <= high:
            return f"makes about {words} ({ratio:.3g} times, {p_in_words(p)})"
    return f"makes {ratio:.3g} times the law's error ({p_in_words(p)})"


def listed(names: Sequence[str], word: str = "and") -> str:
    """Names as a list in a sentence.

    Examples
    --------
    >>> listed(["a"]), listed(["a", "b", "c"], "or"), listed(list("abcdefgh"))
    ('a', 'a, b or c', 'a, b, c, d, e, f and 2 more')
    """
    if len(names) > MOST_NAMED:
        return f"{', '.join(names[:MOST_NAMED])} and {len(names) - MOST_NAMED} more"
    return f" {word} ".join(filter(None, [", ".join(names[:-1]), names[-1] if names else ""]))
