"""Citations inside sentences, and what becomes of them in text, markdown and HTML."""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape
from typing import Any

from neurouniv.methods.references import Reference

BEGIN, END = "\ufdd0", "\ufdd1"
"""Around the keys of a citation: characters that no text has, since Unicode sets them apart for programs."""
_CITATION = re.compile(f" ?{BEGIN}([^{END}]*){END}")
STYLES = ("text", "markdown", "html")


def cite(*keys: str) -> str:
    """A citation at its place in a sentence."""
    return f" {BEGIN}{' '.join(keys)}{END}"


def plain(value: Any) -> str:
    """A value of a setting or a name from a user's file as text in which there is no citation, in one line."""
    return " ".join(str(value).replace(BEGIN, "").replace(END, "").split())


def keys_in(texts: Iterable[str]) -> list[str]:
    """The keys that are cited, each once, in their order."""
    return list(dict.fromkeys(key for text in texts for keys in _CITATION.findall(text) for key in keys.split()))


def rendered(paragraphs: list[tuple[str, str]], references: dict[str, Reference], style: str) -> str:
    """Paragraphs (heading, text) in a style, everything that is not ours escaped."""
    parts = [_paragraph(heading, text, references, style) for heading, text in paragraphs]
    return ("\n" if style == "html" else "\n\n").join(parts)


def _paragraph(heading: str, text: str, references: dict[str, Reference], style: str) -> str:
    pieces, last = [], 0
    for match in _CITATION.finditer(text):
        pieces += [_escaped(text[last : match.start()], style), _cited(match.group(1).split(), references, style)]
        last = match.end()
    body = "".join([*pieces, _escaped(text[last:], style)])
    if style == "html":
        return f"<p><strong>{escape(heading)}.</strong> {body}</p>"
    return f"**{heading}.** {body}" if style == "markdown" else f"{heading}. {body}"


def _cited(keys: list[str], references: dict[str, Reference], style: str) -> str:
    if style == "markdown":
        return f" [{'; '.join(f'@{key}' for key in keys)}]"
    labels = [_label(references[key], style) for key in keys]
    return f" ({'; '.join(labels)})"


def _label(reference: Reference, style: str) -> str:
    if style == "text":
        return reference.label
    label, link = escape(reference.label), reference.link
    return f'<a href="{escape(link)}">{label}</a>' if link else label


def _escaped(text: str, style: str) -> str:
    if style == "html":
        return escape(text)
    return re.sub(r"([\\`*_\[\]<>])", r"\\\1", text) if style == "markdown" else text
