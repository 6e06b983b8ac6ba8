"""The methods of a result as a paper prints them, and the BibTeX of what they cite."""

from __future__ import annotations

from typing import Any, NamedTuple

import xarray as xr

from neurouniv.got import got
from neurouniv.inputs import told
from neurouniv.methods.account import account
from neurouniv.methods.citing import STYLES, keys_in, rendered
from neurouniv.methods.references import Reference, references_of
from neurouniv.methods.sentences import Paragraph
from neurouniv.names import one_of, public
from neurouniv.schema import InputError

REMEDY = "Give what `neurouniv` made, as it was made or as it was saved: it carries the attribute `history`."


@public
def methods_text(result: xr.Dataset | xr.DataTree, style: str = "text") -> str:
    """The methods of a result, for a paper: what was run, by its history, and nothing else.

    What a result does not tell is said ("the number of animals is not recorded in the file"); read it before it is
    printed. Of a part of a result it is the account of the whole.

    Parameters
    ----------
    result : any Dataset of neurouniv with a history (recordings, trajectories, `constants_`, comparisons, verdicts,
        tests, plans), or the tree of `neurouniv.open_study`.
    style : "text", citations as authors and year; "markdown", citations as keys of `neurouniv.bibtex`, [@key], which
        pandoc reads; "html", linked to what they cite.

    Raises
    ------
    InputError : no history, or no such style.

    Examples
    --------
    >>> import neurouniv as nu
    >>> task = nu.tasks.xor()
    >>> print(nu.methods_text(task).splitlines()[0])
    Data. The task was exclusive or of two signs.
    """
    one_of(style, STYLES, "style")
    return written(result).methods(style)


@public
def bibtex(result: xr.Dataset | xr.DataTree) -> str:
    """The references that `neurouniv.methods_text(result)` cites, as BibTeX, sorted by their keys.

    Fields that are not certain are left out. The entry of a data set has its citation as a note.

    Raises
    ------
    InputError : no history.

    Examples
    --------
    >>> import neurouniv as nu
    >>> print(nu.bibtex(nu.tasks.xor()).split("@software{neurouniv")[1].splitlines()[1])
      title   = {neurouniv: do implementation details matter for learning?},
    """
    return written(result).bibtex()


class Written(NamedTuple):
    """One account of a result, which its methods and their references are both written from."""

    paragraphs: list[Paragraph]
    references: dict[str, Reference]

    def methods(self, style: str) -> str:
        """The paragraphs in a style."""
        return rendered(self.paragraphs, self.references, style)

    def bibtex(self) -> str:
        """What they cite as BibTeX, sorted by keys."""
        return "\n\n".join(self.references[key].bibtex() for key in sorted(self.references)) + "\n"


def written(result: xr.Dataset | xr.DataTree) -> Written:
    """The account of a result.

    Raises
    ------
    InputError : no history.
    """
    paragraphs = _account(result)
    return Written(paragraphs, references_of(keys_in(text for _, text in paragraphs)))


def _account(result: Any) -> list[Paragraph]:
    if not isinstance(result, xr.Dataset | xr.DataTree):
        law = "Of a fitted law give `law.constants_`." if hasattr(result, "fit") else ""
        raise InputError(
            told(f"Methods are written of a result, a Dataset or a study; got {got(result)}.", law, REMEDY)
        )
    if isinstance(result, xr.DataTree) and "systems" not in result.children:
        raise InputError(f"This tree is no study that `neurouniv.open_study` opened, nor all of it. {REMEDY}")
    paragraphs = account(result)
    if not paragraphs:
        raise InputError(f"This Dataset does not say what was run: it has no history. {REMEDY}")
    return paragraphs
