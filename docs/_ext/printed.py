"""What a tutorial printed, for every width of screen: sentences wrap, tables stay as they are and scroll.

Warnings lose the place on the machine that built the page.
"""

from __future__ import annotations

from docutils import nodes
from printed_lines import as_html
from sphinx.transforms.post_transforms import SphinxPostTransform

OUTPUT = "sphx-glr-script-out"
HTML = '<div class="highlight-none notranslate"><div class="highlight"><pre tabindex="0">{}</pre></div></div>'


class Printed(SphinxPostTransform):
    """Outputs as lines."""

    default_priority = 400
    formats = ("html",)

    def run(self, **kwargs) -> None:
        for block in list(self.document.findall(nodes.literal_block)):
            if OUTPUT in block["classes"]:
                block.replace_self(nodes.raw("", HTML.format(as_html(block.astext())), format="html"))


def setup(app) -> dict[str, bool]:
    app.add_post_transform(Printed)
    return {"parallel_read_safe": True}
