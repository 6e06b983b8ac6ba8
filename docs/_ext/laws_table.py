"""`.. laws::` is a table of every law of `neurouniv.LAWS`, from the laws themselves."""

from __future__ import annotations

import inspect

from docutils import nodes
from house_docstrings import escaped
from sphinx.util.docutils import SphinxDirective

import neurouniv


def first_sentence(law: type) -> str:
    """What a law says, to its first full stop.

    Examples
    --------
    >>> from neurouniv import LAWS
    >>> first_sentence(LAWS["static"]).endswith(".")
    True
    """
    text = " ".join((inspect.getdoc(law) or "").split("\n\n")[0].split())
    return text.split(". ")[0].rstrip(".") + "."


class Laws(SphinxDirective):
    """A row a law: its name, and what it says."""

    def run(self) -> list[nodes.Node]:
        lines = [
            ".. list-table::",
            "    :header-rows: 1",
            "    :widths: 22 78",
            "",
            "    * - name",
            "      - what it says",
        ]
        for name, law in neurouniv.LAWS.items():
            lines += [f"    * - ``{name}``", f"      - {escaped(first_sentence(law))}"]
        return self.parse_text_to_nodes("\n".join(lines))


def setup(app) -> dict[str, bool]:
    app.add_directive("laws", Laws)
    return {"parallel_read_safe": True}
