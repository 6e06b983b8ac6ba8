"""The tables of words.md as a glossary: {term}`crossnobis` links to its row."""

from __future__ import annotations

from docutils import nodes
from glossary import terms_of
from sphinx.domains.std import StandardDomain
from sphinx.transforms import SphinxTransform

PAGE = "words"


class Glossary(SphinxTransform):
    """Gives every row of the page a target, and tells Sphinx of its terms."""

    default_priority = 500

    def apply(self, **kwargs) -> None:
        if self.env.docname != PAGE:
            return
        domain: StandardDomain = self.env.domains.standard_domain
        for row in self.document.findall(nodes.row):
            if isinstance(row.parent, nodes.tbody):
                self._note(row, domain)

    def _note(self, row: nodes.row, domain: StandardDomain) -> None:
        cell = row[0]
        terms = terms_of(cell.astext())
        ident = "term-" + nodes.make_id(terms[0])
        cell["ids"].append(ident)
        for term in terms:
            domain.note_object("term", term, ident, location=row)


def setup(app) -> dict[str, bool]:
    app.add_transform(Glossary)
    return {"parallel_read_safe": True}
