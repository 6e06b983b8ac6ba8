"""The words of a change: whether, by how much, along which model RDM, and what two times cannot tell."""

from __future__ import annotations

import numpy as np
import xarray as xr

from neurouniv.exploratory import note
from neurouniv.tasks.origin import note as task_note
from neurouniv.universality.sentence_parts import interval_in_words, p_in_words, percent
from neurouniv.universality.trial.learners import NETWORK, kind_of

ALPHA = 0.05
MODELS = {
    "input": "the stimuli (dx2)", "targets": "the targets (dy2)", "dx dy": "the product dx dy*",
    "class means": "class means",
}  # fmt: skip
"""What the model RDMs of the task are called in sentences."""
MOST = 5.0
"""A bound on the change that is larger, as a share of the mean distance, says nothing of it but noise. By hand."""
UNTOLD = " Distances are hardly above noise, so how much they might have changed is not known."
LIMITS = (
    "Two sessions cannot separate learning from other differences between them. Compare conditions, regions or animals "
    "that were not trained."
)
BIASED = (
    "Distances are not crossvalidated. Noise makes them larger, more so with fewer trials, so sessions may differ by "
    "noise alone. Use metric='crossnobis', in a shell neurouniv rdm ... --metric crossnobis."
)


def in_words(result: xr.Dataset, pair: xr.Dataset) -> str:
    """The answer in sentences, place by place where there are several (regions, layers)."""
    units = str(pair["time"].attrs.get("units", "time")).removesuffix("s")
    of = f"{result.attrs['n_conditions']} conditions, {pair.sizes['pair']} pairs"
    of += f", {result.attrs['n_members']} members" if result.attrs["n_members"] > 1 else ""
    before, after = (f"{units} {label}" for label in _times(result, pair))
    head = f"From {before} to {after} ({of}):"
    lines = [note(pair), head] if note(pair) else [head]
    dims = result["growth"].dims
    for place in np.ndindex(*(result.sizes[dim] for dim in dims)):
        one = result.isel(dict(zip(dims, place, strict=True)))
        labels = [f"{d} {one[d].item() if d in one.coords else i}" for d, i in zip(dims, place, strict=True)]
        lines += [", ".join(labels)] if labels else []
        lines += [f"- {line}" for line in (_whether(one), _how_much(one), *_along(one)) if line]
    network = kind_of(pair) == NETWORK
    lines += [BIASED] if not network and not _crossvalidated(pair) else []
    lines += [task_note(pair)] if task_note(pair) else []
    lines += [f"Intervals generalise to {result.attrs['errors_about']}."]
    return "\n".join(lines + ([] if network else [LIMITS]))


def _times(result: xr.Dataset, pair: xr.Dataset) -> list[str]:
    """The two times, and what their sessions are called where they have names: "1 (pre)"."""
    labels, names = [result.attrs["before"], result.attrs["after"]], str(pair["time"].attrs.get("called", ""))
    numbered = {str(number): f"{number} ({name})" for number, name in enumerate(names.splitlines(), 1)}
    return [numbered.get(label, label) for label in labels]


def _crossvalidated(pair: xr.Dataset) -> bool:
    metric = str(pair["h"].attrs.get("metric", ""))
    return metric in ("crossnobis", "poisson_cv", "") or "cross" in metric


def _whether(one: xr.Dataset) -> str:
    p, most = float(one["changed_p"]), float(one["change_most"])
    reach = (
        f" Single distances changed by at most {percent(most)} of their mean (95 % bound)." if np.isfinite(most) else ""
    )
    reach = UNTOLD if most > MOST or not np.isfinite(most) else reach
    if not np.isfinite(p):
        how = str(one.attrs["how"])
        return f"Whether the RDM changed beyond noise is {how if how.startswith('not known') else 'not known'}."
    if p < ALPHA:
        size = float(one["change_size"])
        how_far = f" Without noise, single distances changed by {percent(size)} of their mean" if size > 0 else ""
        how_far += (
            f", at most by {percent(most)} (95 % bound)." if how_far and np.isfinite(most) else "." if how_far else ""
        )
        return f"The RDM changed{'' if p == 0 else f' beyond noise ({p_in_words(p)})'}.{how_far}"
    return f"The RDM shows no change beyond noise ({p_in_words(p)}).{reach}"


def _how_much(one: xr.Dataset) -> str:
    before, after = float(one["mean_before"]), float(one["mean_after"])
    if not np.isfinite(before):
        return ""
    text = f"The mean distance went from {before:.3g} to {after:.3g}"
    growth = float(one["growth"])
    if not (before > 0 and after > 0):
        return f"{text}. These are within noise, so the growth in per cent is not given."
    low, high = one["growth_interval"].values.tolist()
    interval = f", 95 % interval [{100 * low:+.0f}, {100 * high:+.0f}] %" if np.isfinite(low) else ""
    return f"{text} ({percent(growth, '+')}{interval})."


def _along(one: xr.Dataset) -> list[str]:
    """The model that the change follows, how certainly more than others, and these."""
    best = str(one["best"].item())
    if not one.sizes["model"]:
        return [
            "Which model RDM the change follows is not known: there is no task, and no models were given "
            "(models={NAME: ...}, in a shell --models conditions.csv)."
        ]
    if not best:
        return [
            "Which model RDM the change follows is not known: it takes four conditions, and models with differences."
        ]
    p, count = one["correlation_p"].values, int(np.isfinite(one["correlation_p"]).sum())
    changed = float(one["changed_p"]) < ALPHA or not np.isfinite(one["changed_p"])
    if not changed and not np.nanmin(p) * count < ALPHA:
        return []
    first = one.sel(model=best)
    value, ceiling = float(first["correlation"]), float(one["ceiling"])
    noise = f"; the noise ceiling is about {ceiling:.2f}" if abs(value) < ceiling < 1 else ""
    if not float(first["correlation_p"]) < ALPHA:
        nearest = f"The change follows no model RDM significantly. The nearest is {_similar(first)}{noise}."
        return [nearest, *_others(one, best)]
    verb = "follows" if value > 0 else "is opposite to"
    along = "" if changed else "There is a change along one model RDM. "
    return [f"{along}The change {verb} {_similar(first)}{noise}.{_lead(one)}", *_others(one, best)]


def _lead(one: xr.Dataset) -> str:
    """Which models the best is certainly ahead of, and which not."""
    names, p = one["model"].values, one["lead_p"].values
    behind, near = names[p < ALPHA].tolist(), names[p >= ALPHA].tolist()
    said = [f" This is significantly more than for {_listed(behind)}."] if behind else []
    said += [f" This is not significantly more than for {_listed(near)}."] if near else []
    return "".join(said)


def _others(one: xr.Dataset, best: str) -> list[str]:
    names = one["model"].values[np.argsort(-np.abs(one["correlation"].values), kind="stable")]
    rest = [_similar(one.sel(model=name)) for name in names.tolist() if name != best]
    return [f"The other model RDMs: {'; '.join(rest)}."] if rest else []


def _similar(model: xr.Dataset) -> str:
    value = float(model["correlation"])
    if not np.isfinite(value):
        return f"{_called(model['model'].item())} (the same for all pairs)"
    low, high = model["correlation_interval"].values.tolist()
    interval = interval_in_words(low, high)
    return f"{_called(model['model'].item())}: {value:.2f}{interval}, {p_in_words(float(model['correlation_p']))}"


def _called(name: str) -> str:
    return MODELS.get(name, f"'{name}'")


def _listed(names: list[str]) -> str:
    return ", ".join(map(_called, names))
