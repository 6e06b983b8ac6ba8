"""Tables of sentences, for phones: a cell below the other, each under the word at the head of its column.

A table of numbers stays a table, and scrolls. `site.css` does the rest.
"""

from __future__ import annotations

from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform

COLUMNS, LONG = 3, 25


class Stack(SphinxPostTransform):
    """Marks the tables, and gives their cells the words of the head, which only phones show."""

    default_priority = 700
    formats = ("html",)

    def run(self, **kwargs) -> None:
        for table in self.document.findall(nodes.table):
            heads = [cell.astext() for row in table.findall(nodes.thead) for cell in row.findall(nodes.entry)]
            rows = [list(row.findall(nodes.entry)) for body in table.findall(nodes.tbody) for row in body.children]
            if len(heads) >= COLUMNS and of_sentences(rows):
                table["classes"].append("stacked")
                for row in rows:
                    for head, cell in zip(heads[1:], row[1:], strict=False):
                        _label(cell, head)


def of_sentences(rows: list[list[nodes.entry]]) -> bool:
    """Whether the longest column has more than a few words to a cell."""
    columns = zip(*([len(cell.astext()) for cell in row] for row in rows), strict=False)
    return max((sum(column) / len(column) for column in columns), default=0) > LONG


def _label(cell: nodes.entry, head: str) -> None:
    if not cell.astext():
        cell["classes"].append("empty")
    elif head:
        cell[0].insert(0, nodes.inline("", f"{head}: ", classes=["cell-head"]))


def setup(app) -> dict[str, bool]:
    app.add_post_transform(Stack)
    return {"parallel_read_safe": True}
