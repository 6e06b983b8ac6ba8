"""What a result says, in a few lines: for people in a terminal and a notebook."""

from __future__ import annotations

from typing import Any

import xarray as xr

from neurouniv.got import got
from neurouniv.headlines.headline import headline_of
from neurouniv.names import public
from neurouniv.schema import InputError

RESULTS = "universality_test, compare, verdict, rsa, rules, plan, plan_rules, recover, change, verdicts or open_study"


@public
def summary(result: xr.Dataset | xr.DataTree) -> str:
    """What a result says: the sentence first, then its doubts.

    Notebooks and IPython show it above xarray's own view of the result. Of a part of a result, or of one whose numbers
    were changed, the sentence of the whole is not shown: whether it is the whole is known by a digest of its labels and
    values, which the result carries in its attribute `statement_of`.

    Parameters
    ----------
    result : of `neurouniv.universality_test`, `compare`, `verdict`, `rsa`, `rules`, `plan`, `recover`, `change`,
        `verdicts`; or the tree of `neurouniv.open_study`.

    Raises
    ------
    InputError : it is none of these.

    Examples
    --------
    >>> import neurouniv as nu
    >>> movie = nu.trajectory(nu.datasets.load("simulated_mouse"), metric="crossnobis")
    >>> found = nu.change(movie, permutations=20)
    >>> nu.summary(found) == found.text, nu.summary(found.drop_vars("ceiling")).splitlines()[0]
    (True, "The sentence of this result is about the whole of it, and is not shown: this is a part of it, or a changed \
copy. `result.attrs['text']` has it.")
    """
    headline = headline_of(result) if isinstance(result, xr.Dataset | xr.DataTree) else None
    if headline is None:
        kind: Any = list(result.data_vars) if isinstance(result, xr.Dataset) else got(result)
        raise InputError(f"A summary needs a result of {RESULTS}; got {kind or 'an empty Dataset'}.")
    return "\n".join(filter(None, [headline.sentence, headline.details, *headline.doubts]))
