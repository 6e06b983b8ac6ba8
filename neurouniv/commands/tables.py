"""Tables of conditions as people keep them: a row a condition, a column a model; or a square RDM."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from neurouniv.errors import InputError
from neurouniv.untrusted.regular import need_regular

SEPARATORS = {".csv": ",", ".tsv": "\t"}


def conditions_table(path: Path, option: str) -> Any:
    """The pandas.DataFrame of a .csv or .tsv file by the conditions of its first column; errors name the `option`.

    Raises
    ------
    InputError : it is no table, has no columns, or a condition twice.
    """
    import pandas as pd

    need_regular(path)
    try:
        table = pd.read_csv(path, sep=SEPARATORS.get(path.suffix.lower(), ","), index_col=0, dtype={0: str})
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError) as error:
        raise InputError(f"{option} {path} is no table of conditions ({error}).") from None
    table.index = table.index.astype(str)
    if not len(table.columns) or not table.index.is_unique:
        got = "one column" if not len(table.columns) else "a condition twice"
        raise InputError(
            f"{option} {path} has a row a condition: first its name, then at least one column; got {got}. "
            "Separate columns by commas (.csv) or tabs (.tsv)."
        )
    return table
