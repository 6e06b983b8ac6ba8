"""Markdown of the repository as pages of the site: links that hold on GitHub lead to the page that a file has here.

A page that stands for a file elsewhere in the repository (`FILES`) takes its text from there.
"""

from __future__ import annotations

import posixpath
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
FILES = {"changelog": "CHANGELOG.md", "contributing": "CONTRIBUTING.md", "benchmarks": "benchmarks/README.md"}
PAGES = {file: f"docs/{page}.md" for page, file in FILES.items()}
PAGES |= {"README.md": "docs/index.md", "CITATION.cff": "docs/cite.md"}
LINK = re.compile(r"(?<!!)\[([^\]]*)\]\(([^)\s:#]+)(#[^)\s]*)?\)")


def linked(text: str, file: str) -> str:
    """The text of `file` (its path in the repository) with its links to other files of the repository led to pages.

    Examples
    --------
    >>> linked("[a map](README.md#map), [words](docs/words.md), [guide](tests/README.md)", "CONTRIBUTING.md")
    '[a map](/index.md), [words](/words.md), `tests/README.md`'
    """
    folder = posixpath.dirname(file)

    def replaced(match: re.Match[str]) -> str:
        words, path, anchor = match.groups()
        target = posixpath.normpath(posixpath.join(folder, path))
        page = PAGES.get(target, target)
        if page == "docs/index.md":
            return f"[{words}](/index.md)"
        if page.startswith("docs/"):
            return f"[{words}](/{page.removeprefix('docs/')}{anchor or ''})"
        if re.fullmatch(r"tutorials/\d\d_\w+\.py", target):
            return f"[{words}](/{target.removesuffix('.py')}.rst)"
        if target.startswith("tutorials/studies/"):
            return f"[{words}](path:/../{target})"
        return f"`{target}`"

    return LINK.sub(replaced, text)


def _read(app, page: str, source: list[str]) -> None:
    if Path(app.env.doc2path(page)).suffix == ".md":
        file = FILES.get(page, f"docs/{page}.md")
        text = (ROOT / file).read_text() if page in FILES else source[0]
        source[0] = linked(text, file)


def setup(app) -> dict[str, bool]:
    app.connect("source-read", _read)
    return {"parallel_read_safe": True}
