"""Where a page says "tutorial 02", or "tutorials 02 and 05", its numbers link to them."""

from __future__ import annotations

import re
from pathlib import Path

from docutils import nodes
from sphinx import addnodes
from sphinx.transforms import SphinxTransform

FOLDER = Path(__file__).parents[2] / "tutorials"
PAGES = {script.name[:2]: f"/tutorials/{script.stem}" for script in FOLDER.glob("[0-9][0-9]_*.py")}
ONE = re.compile(r"([Tt]utorial 0[1-9])")
SEVERAL = re.compile(r"(?<![\d.])(0[1-9])(?![\d.]*\d)")


class LinkTutorials(SphinxTransform):
    """Parts the text where a tutorial is named; not in code, and not in links."""

    default_priority = 410

    def apply(self, **kwargs) -> None:
        for text in list(self.document.findall(nodes.Text)):
            named = SEVERAL if "utorials 0" in text.astext() else ONE
            parts = named.split(text.astext())
            if len(parts) > 1 and not isinstance(text.parent, (nodes.FixedTextElement, nodes.literal, nodes.reference)):
                made = [self._link(part) if place % 2 else nodes.Text(part) for place, part in enumerate(parts)]
                text.parent.replace(text, made)

    def _link(self, words: str) -> nodes.Node:
        settings = {"refdomain": "std", "reftype": "doc", "reftarget": PAGES[words[-2:]], "refexplicit": True}
        return addnodes.pending_xref("", nodes.inline("", words), refdoc=self.env.docname, refwarn=True, **settings)


def setup(app) -> dict[str, bool]:
    app.add_transform(LinkTutorials)
    return {"parallel_read_safe": True}
