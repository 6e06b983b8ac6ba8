"""The account of a study: its systems, what varied, and how each was analysed."""

from __future__ import annotations

from collections import Counter

import numpy as np
import xarray as xr

from neurouniv.methods.citing import plain
from neurouniv.methods.sentences import ANALYSIS, DATA, RDMS, SOFTWARE, paragraphs, sentences, software
from neurouniv.methods.words import counted, listed
from neurouniv.schema import history

OWN = ("name", "kind", "state", "reason", "warnings", "cell", "group", "system", "time_unit", "seed", "layer",
       "unanswered")  # fmt: skip
"""Labels of systems that are no settings of theirs."""
KINDS = {"networks": "networks", "brains": "simulated brains", "recordings": "recordings"}


def account_of_study(study: xr.DataTree) -> list[tuple[str, str]]:
    """Paragraphs on a study; the cells' own histories say how comparisons and RSA were made."""
    systems = study["systems"].to_dataset()
    texts: dict[str, list[str]] = {DATA: _systems(systems, plain(study.attrs.get("study", "")))}
    texts |= {RDMS: [], ANALYSIS: _laws(systems), SOFTWARE: []}
    steps = []
    for room in ("compare", "rsa", "rules"):
        for node in study[room].leaves if room in study.children else []:
            attrs = dict(node.attrs)
            own = history(node.to_dataset())
            steps += own
            known = [line for line in own if line.get("step") in (room, "trajectory")]
            by_heading = sentences(known or [{"step": room, "settings": attrs}], attrs)
            for heading, of_node in by_heading.items():
                texts[heading] += of_node
    texts[SOFTWARE] += software(steps)
    return paragraphs(texts)


def _systems(systems: xr.Dataset, name: str) -> list[str]:
    kinds = Counter(systems["kind"].values.astype(str).tolist())
    states = Counter(systems["state"].values.astype(str).tolist())
    parts = [f"{count} {KINDS.get(kind, kind)}" for kind, count in kinds.items()]
    sentences = [f"The study {name} has {counted(systems.sizes['system'], 'system')}: {listed(parts)}."]
    without = {state: count for state, count in states.items() if state != "done"}
    if without:
        lacking = [f"{count} are {state}" for state, count in without.items()]
        sentences.append(f"Of these, {states.get('done', 0)} have results and {listed(lacking)}.")
    varied = [_varied(systems[label]) for label in systems.coords if label not in OWN]
    sentences += [f"Systems differ in {listed(list(filter(None, varied)))}."] if any(varied) else []
    if "seed" in systems.coords:
        sentences.append(f"Seeds were {listed([plain(one) for one in np.unique(systems['seed'].values.astype(str))])}.")
    return [*sentences, "Their fixed settings are in the study's file, study.yaml, in its folder."]


def _varied(label: xr.DataArray) -> str:
    """A setting with its values, where it has several."""
    values = list(dict.fromkeys(plain(one) for one in label.values.ravel().tolist()))
    values = [one for one in values if one not in ("", "nan")]
    return f"{plain(label.name)} ({listed(values)})" if label.dims == ("system",) and len(values) > 1 else ""


def _laws(systems: xr.Dataset) -> list[str]:
    if "law" not in systems.coords:
        return []
    return [f"Laws fitted to every system were {listed([plain(law) for law in systems['law'].values])}."]
