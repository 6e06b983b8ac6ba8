"""Learning rules on a study's page: how often the rule that is known is found, and the answer on every system."""

from __future__ import annotations

import numpy as np
import xarray as xr

from neurouniv.figures.tables import Table
from neurouniv.page.section import Section
from neurouniv.page.study_tables import MOST_ROWS, share_of
from neurouniv.studies.reading.rules import rules_of_systems
from neurouniv.which_rule.candidates import in_words, share_in_words

TEXT = (
    "The law of every learning rule was fitted to the distances of some stimuli and predicted those of others. "
    "Probabilities say how often simulated networks with such errors had each rule, under equal priors. A rule is "
    "named where it alone is probable enough. Systems that are unlike those networks may have other probabilities."
)


def rules_section(study: xr.DataTree) -> Section | None:
    """Which rule each system learns by; None where the study asks for none."""
    if "rules" not in study.children:
        return None
    answers = rules_of_systems(study)
    known = answers.isel(group=np.isin(answers["truth"].values, answers["rule"].values))
    tables = [_by_truth(known)] if known.sizes["group"] else []
    return Section("Which learning rule", TEXT, tables=[*tables, _answers(answers)], warnings=_warnings(answers))


def _warnings(answers: xr.Dataset) -> list[str]:
    doubtful = int((answers["doubts"].values != "").sum())
    if not doubtful:
        return []
    return [f"{doubtful} of {answers.sizes['group']} answers are in doubt. The last column of the last table says why."]


def _by_truth(known: xr.Dataset) -> Table:
    """A row for every true rule: how often it is the most probable, and how often it or another is named."""
    rows = []
    for truth in dict.fromkeys(known["truth"].values.tolist()):
        own = known.isel(group=known["truth"].values == truth)
        right, named = own["best"].values == truth, own["told"].values == 1
        asked = int((own["best"].values != "").sum())
        rows.append([in_words(truth), own.sizes["group"], share_of(int(right.sum()), asked), int((named & right).sum()),
                     int((named & ~right).sum()), int((~named).sum())])  # fmt: skip
    columns = ["true rule", "systems", "it is the most probable [95 %]", "named, right", "named, wrong", "not named"]
    return Table(columns, rows, "Systems whose rule is known. Share: of those that have probabilities.")


def _answers(answers: xr.Dataset) -> Table:
    """A row for every system: the most probable rule, the rules that cannot be told apart, and what is in doubt."""
    rows = []
    for i in range(min(answers.sizes["group"], MOST_ROWS)):
        row = answers.isel(group=i)
        best, truth = str(row["best"].item()), str(row["truth"].item())
        alike = [in_words(str(rule)) for rule in row["rule"].values[row["alike"].values == 1]]
        share = share_in_words(float(row["probability"].sel(rule=best))) if best else "not known"
        doubts = str(row["doubts"].item()) or "–"
        rows.append([str(row["group"].item()), in_words(truth) if truth else "not known",
                     in_words(best) if best else "not known", share, ", ".join(alike) or "–", doubts])  # fmt: skip
    columns = ["system", "true rule", "most probable rule", "its probability", "not separated", "doubts"]
    return Table(columns, rows, "A rule is named where it alone is among the rules that are not separated.")
