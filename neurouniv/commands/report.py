"""The command that writes the page of a result."""

from __future__ import annotations

from pathlib import Path

from neurouniv.commands.options import Overwrite
from neurouniv.commands.outputs import need_page
from neurouniv.commands.speech import ALOUD, Answer, Speaking
from neurouniv.commands.verdict import need_no_trajectory


def report(
    result: Path,
    out: Path = Path("report.html"),
    *,
    title: str | None = None,
    overwrite: Overwrite = False,
    speech: Speaking = ALOUD,
) -> Answer:
    """Write a result as one self-contained HTML page.

    Example: neurouniv report comparison.nc report.html

    JSON: files

    Parameters
    ----------
    result
        A file of `neurouniv compare`, `universality`, `rsa`, `rules` or `plan`, or of `neurouniv.recover`.
    out
        Where the result goes: a page, .html.
    title
        What stands above. By default what the file holds.
    """
    from neurouniv.page import report as write
    from neurouniv.storage import load

    need_page(out, [result], overwrite)
    held = load(result)
    need_no_trajectory(held, result)
    speech.say(f"The page is {write(held, out, title=title)}")
    return {"files": [out]}
