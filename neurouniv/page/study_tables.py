"""The tables of a study's page: verdicts by label, worlds of known truth, all systems, what is missing, warnings."""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import Any

import numpy as np
import xarray as xr

from neurouniv.figures.numbers import label_word, number
from neurouniv.figures.study_constants import doubtful
from neurouniv.figures.tables import Table
from neurouniv.universality.verdict.decisions import wilson
from neurouniv.universality.verdict.words import CANNOT_TELL, DESCRIBED, NOT_DESCRIBED, NOTHING

DECISIONS = (DESCRIBED, NOT_DESCRIBED, CANNOT_TELL, NOTHING)
NOT_LABELS = ("cell", "group", "seeds", "seed", "state", "reason", "unanswered", "warnings", "time_unit", "time_axis",
              "on_trial")  # fmt: skip
FIRST = ("kind", "name", "architecture", "rule", "layer", "area", "roi", "region")
PLACES = ("layer", "roi", "region", "area", "latency")
MOST_VALUES = 30
"""A label with more values than this has no table of its own; the table of all systems has it."""
MOST_ROWS = 3000


def labels_of(table: xr.Dataset, dim: str) -> list[str]:
    """The labels of systems that take several values, few enough for a table."""
    names = [str(name) for name in table.coords if table[name].dims == (dim,) and name not in (dim, *NOT_LABELS)]
    counts = {name: len(set(map(label_word, table[name].values.tolist())) - {""}) for name in names}
    ordered = [*(name for name in FIRST if name in names), *(name for name in names if name not in FIRST)]
    return [name for name in ordered if 1 < counts[name] <= MOST_VALUES]


def counts_table(groups: xr.Dataset) -> Table:
    """A row for every verdict, with how many systems have it and their share."""
    counts = count_of(groups)
    judged = sum(counts.values())
    rows = [[word, counts[word], share_of(counts[word], judged)] for word in DECISIONS]
    rest = groups.sizes["group"] - judged
    rows += [["no verdict", rest, "–"]] if rest else []
    return Table(["verdict", "systems", "share [95\u00a0%]"], rows)


def by_label(groups: xr.Dataset, label: str) -> Table:
    """A row for every value of a label: how many systems the law describes, and how well it predicts."""
    words = np.array([label_word(value) for value in groups[label].values.tolist()])
    rows = []
    for value in dict.fromkeys(word for word in words.tolist() if word):
        own = groups.isel(group=words == value)
        counts = count_of(own)
        judged = sum(counts.values())
        share = share_of(counts[DESCRIBED], judged - counts[NOTHING])
        numbers = [_median(own, name) for name in ("r2", "change_r2")]
        rows.append([value, own.sizes["group"], *(counts[name] for name in DECISIONS), share, *numbers])
    columns = [label.replace("_", " "), "systems", *DECISIONS, "described, share [95\u00a0%]", "R²", "R² of change"]
    return Table(columns, rows, "R² of held-out data, the median over systems. Share: of systems in which something is "
                 "learned.")  # fmt: skip


def in_sample(systems: xr.Dataset, label: str) -> Table:
    """A row for every value of a label: the median R2 of every law, in sample."""
    done = systems.isel(system=systems["state"].values == "done")
    words = np.array([label_word(value) for value in done[label].values.tolist()])
    laws = done["law"].values.astype(str).tolist()
    rows = []
    for value in dict.fromkeys(word for word in words.tolist() if word):
        own = done["r2"].sel(variable="h").isel(system=words == value).transpose("system", "law").values
        rows.append([value, len(own), *(_middle(column) for column in own.T)])
    return Table([label.replace("_", " "), "systems", *laws], rows, "R² of the data that laws were fitted to, the "
                 "median over systems. It says nothing about other data.")  # fmt: skip


def worlds_table(groups: xr.Dataset) -> Table:
    """A row for every world whose law is known: how often the verdict on the law is right."""
    rows = []
    worlds = groups["world"].values.astype(str)
    for world in dict.fromkeys(worlds.tolist()):
        own = groups.isel(group=worlds == world)
        is_true = own["law_is"].values[0] == "true"
        counts = count_of(own)
        judged = sum(counts.values())
        right = counts[DESCRIBED] if is_true else judged - counts[DESCRIBED]
        rows.append([world, "true" if is_true else "false", own.sizes["group"], *(counts[n] for n in DECISIONS),
                     share_of(right, judged)])  # fmt: skip
    columns = ["world", "the law is", "brains", *DECISIONS, "right [95 %]"]
    caption = "Right: where the law is true, it is called described; where it is false, it is not called so."
    return Table(columns, rows, caption)


def all_systems(groups: xr.Dataset, systems: xr.Dataset) -> Table:
    """A row for every group of systems, with the verdict, what it rests on, and the law's constants."""
    law = groups.attrs["law"]
    constants = _constants_by_cell(systems, law)
    names = list(dict.fromkeys(name for of_cell in constants.values() for name in of_cell))
    rows = []
    for i in range(min(groups.sizes["group"], MOST_ROWS)):
        row = groups.isel(group=i)
        word = str(row["decision"].item()) or "no verdict"
        rival = _rival(row)
        own = constants.get((str(row["cell"].item()), _place(row)), {})
        rows.append([str(row["group"].item()), word, float(row["r2"]), _known(row, "ceiling"), float(row["change_r2"]),
                     *rival, *(own.get(name, "–") for name in names)])  # fmt: skip
    columns = ["system", "verdict", "R²", "ceiling", "R² of change", "nearest rival", "its error over the law's"]
    cut = f" The first {MOST_ROWS} of {groups.sizes['group']}." if groups.sizes["group"] > MOST_ROWS else ""
    caption = (
        "R² of held-out data. Constants: the median over seeds, per unit of the system's own time; “?”: doubtful in "
        f"one seed or more.{cut}"
    )
    return Table([*columns, *names], rows, caption)


def missing_table(systems: xr.Dataset) -> Table | None:
    """A row for every piece of work without a result, or without an answer to some question, with the reason."""
    rows, cells = [], set()
    for i in np.flatnonzero(systems["reason"].values != ""):
        row = systems.isel(system=int(i))
        if row["cell"].item() not in cells:
            cells.add(row["cell"].item())
            state = "done in part" if row["unanswered"].item() else str(row["state"].item())
            rows.append([str(row["group"].item()), state, str(row["reason"].item())])
    return Table(["system", "state", "why"], rows[:MOST_ROWS]) if rows else None


def warnings_table(systems: xr.Dataset) -> Table | None:
    """A row for every kind of warning: how many cells have it, and the first of them; None where there is none."""
    texts: dict[str, list[str]] = {}
    _, first = np.unique(systems["cell"].values, return_index=True)
    for text in systems["warnings"].values[np.sort(first)]:
        for line in filter(None, str(text).split("\n")):
            texts.setdefault(re.sub(r"[-+\d.,e×%]+", "#", line), []).append(line)
    counts = sorted(texts.values(), key=len, reverse=True)
    rows = [[len(lines), lines[0]] for lines in counts]
    return Table(["cells", "warning, of the first"], rows) if rows else None


def counted_of(groups: xr.Dataset) -> xr.Dataset:
    """The groups that count in the answer: no worlds of known truth, and no other law on trial."""
    own = np.isin(groups["on_trial"].values, ["", groups.attrs["law"]])
    return groups.isel(group=own & (groups["law_is"].values == ""))


def count_of(groups: xr.Dataset) -> Counter[str]:
    """How many groups have each verdict; those without one are left out."""
    return Counter(str(word) for word in groups["decision"].values if word)


def share_of(count: int, of: int) -> str:
    """A share with its 95 % interval (Wilson 1927), in words."""
    if not of:
        return "–"
    low, high = wilson(count / of, of).values
    return f"{100 * count / of:.0f} % [{100 * low:.0f}, {100 * high:.0f}]"


def _median(groups: xr.Dataset, name: str) -> Any:
    return _middle(groups[name].values)


def _middle(values: np.ndarray) -> float:
    known = values[np.isfinite(values)]
    return float(np.median(known)) if len(known) else float("nan")


def _known(row: xr.Dataset, name: str) -> Any:
    return float(row[name]) if name in row and np.isfinite(row[name]) else "not known"


def _rival(row: xr.Dataset) -> list[Any]:
    ratio = float(row["nearest_ratio"]) if "nearest_ratio" in row else float("nan")
    return [str(row["nearest"].item()) or "–", ratio if np.isfinite(ratio) else "not known"]


def _constants_by_cell(systems: xr.Dataset, law: str) -> dict[tuple[str, str], dict[str, str]]:
    """Of every cell and place in it (layer, region), the law's constants in words."""
    if "constants" not in systems or law not in systems["law"].values:
        return {}
    values = systems["constants"].sel(law=law).transpose("system", "constant").values
    doubts = doubtful(systems, law)
    names = systems["constant"].values.astype(str).tolist()
    used = [n for n in range(len(names)) if np.isfinite(values[:, n]).any()]
    places: dict[tuple[str, str], list[int]] = {}
    for i, cell in enumerate(systems["cell"].values.astype(str)):
        places.setdefault((cell, _place(systems.isel(system=i))), []).append(i)
    return {key: {names[n]: _in_words(values[rows, n], doubts[rows, n]) for n in used} for key, rows in places.items()}


def _place(row: xr.Dataset) -> str:
    """Which layer, region or latency of its cell a row is."""
    own = {name: label_word(row[name].item()) for name in PLACES if name in row.coords}
    return json.dumps({name: word for name, word in own.items() if word})


def _in_words(values: np.ndarray, doubts: np.ndarray) -> str:
    middle = _middle(values)
    return "–" if np.isnan(middle) else f"{number(middle)}{' ?' if doubts.any() else ''}"
