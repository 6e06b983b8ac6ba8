"""The command that writes the page of a result."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from neurouniv.commands.arguments import movie
from neurouniv.commands.options import Overwrite, SomePaths, Words
from neurouniv.commands.outputs import need_page
from neurouniv.commands.speech import ALOUD, Answer, Speaking
from neurouniv.commands.universality import called
from neurouniv.commands.verdict import need_no_trajectory
from neurouniv.errors import InputError

if TYPE_CHECKING:
    import xarray as xr


def report(
    result: Path,
    out: Path = Path("report.html"),
    *,
    trajectories: SomePaths = None,
    names: Words = None,
    title: str | None = None,
    overwrite: Overwrite = False,
    speech: Speaking = ALOUD,
) -> Answer:
    """Write a result as one self-contained HTML page.

    Example: neurouniv report comparison.nc report.html

    Example: neurouniv report answer.nc report.html --trajectories net.nc mouse.nc

    JSON: files

    Parameters
    ----------
    result
        A file of `neurouniv compare`, `universality`, `rsa`, `rules` or `plan`, or of `neurouniv.recover`.
    out
        Where the result goes: a page, .html.
    trajectories
        Files of `neurouniv rdm`, one for each system. They are those that the result was computed of; of RSA its
        models too. The page then plays their RDM movies, has a film of them for paper, and tells more of the data.
    names
        What systems are called, in the order of their files. These are the names of the result; by default they are
        found by how the trajectories were made, else they are those of the files.
    title
        What stands above. By default what the file holds.
    """
    from neurouniv.page import report as write
    from neurouniv.storage import load

    files = list(trajectories or [])
    if names and not files:
        raise InputError("--names are the names of trajectories. Give their files too: --trajectories FILE ...")
    need_page(out, [result, *files], overwrite)
    held = load(result)
    need_no_trajectory(held, result)
    speech.say(f"The page is {write(held, out, title=title, trajectories=_movies(held, files, names))}")
    return {"files": [out]}


def _movies(result: xr.Dataset, files: list[Path], names: list[str] | None) -> dict[str, xr.Dataset]:
    """The trajectories of a result by the names that it has for them."""
    from neurouniv.page.same_data import names_in

    movies = {name: movie(path).assign_attrs(file=str(path)) for name, path in called(files, names).items()}
    return movies if names or not files else names_in(result, movies)
