"""The conditional logit from held-out errors to rules, and what it is worth on tasks that it has not seen."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import xarray as xr
from scipy.optimize import minimize

from neurouniv.which_rule.calibration import of_rules, probabilities
from neurouniv.which_rule.candidates import CURVES, KNOWN, NONE, RULES
from neurouniv.which_rule.features import features

LAWS = (*RULES, *CURVES)
PENALTY = 0.02
"""Of the mean square of offsets. By hand: rules that no network was simulated of would have none."""
LEVEL = 0.9


class Movies(NamedTuple):
    """Movies of known rules: misfit and nats (movie, rule) and a table (movie) of what they are."""

    misfit: np.ndarray
    nats: np.ndarray
    table: pd.DataFrame

    def among(self, chosen: np.ndarray) -> Movies:
        return Movies(self.misfit[chosen], self.nats[chosen], self.table[chosen])

    def probabilities(self, constants: np.ndarray) -> np.ndarray:
        beta, gamma, *offset = constants
        return probabilities(self.misfit, self.nats, np.array(offset), beta, gamma)


def movies(folder: Path) -> Movies:
    """All movies in `folder`."""
    found, rows = [], []
    for path in sorted(folder.glob("*-*.nc")):
        with xr.open_dataset(path) as file:
            data = file.load()
        found.append(_features(data))
        rows.append(_rows(data))
    misfit, nats = (np.concatenate(part) for part in zip(*found, strict=True))
    return Movies(misfit, nats, pd.concat(rows, ignore_index=True))


def _errors(data: xr.Dataset) -> tuple[np.ndarray, ...]:
    late = data["time"].values > data["time"].values[0]
    observed, predicted = data["observed"].values[:, late], data["predicted"].values[:, :, late]
    squares = np.where(np.isfinite(predicted), (predicted - observed) ** 2, np.inf)
    error = squares.sum((-1, -2)).T
    noise = data["variance"].values[:, late].sum((-1, -2)) if "variance" in data else np.zeros(len(observed))
    return error, noise, (observed**2).sum((-1, -2)), np.full(len(observed), float(observed[0].size))


def _features(data: xr.Dataset) -> tuple[np.ndarray, np.ndarray]:
    error, noise, squares, count = _errors(data)
    order = [data["law"].values.tolist().index(KNOWN[name].law if name in KNOWN else name) for name in LAWS]
    both = features(error[:, None, order], noise[:, None], squares[:, None], count[:, None])
    return of_rules(both[0], len(RULES)), of_rules(both[1], len(RULES))


def _rows(data: xr.Dataset) -> pd.DataFrame:
    error = _errors(data)[0]
    late = data["time"].values > data["time"].values[0]
    observed = data["observed"].values[:, late]
    total = ((observed - observed.mean(1, keepdims=True)) ** 2).sum((-1, -2))
    told = {name: data.attrs[name] for name in ("place", "conditions", "nonlinearity", "hidden_layers", "view", "snr")}
    return pd.DataFrame(
        {
            "rule": data["rule"].values,
            "frames": data.sizes["time"],
            "strength": data["strength"].values,
            "change_r2": 1 - error.min(1) / total,
        }
        | {name: np.full(len(error), value) for name, value in told.items()}
    )


def weights_of(seen: Movies) -> np.ndarray:
    """How much every movie counts: all rules alike, and of each rule whole and noisy movies alike."""
    group = seen.table["rule"] + seen.table["view"].eq("whole").map({True: "+", False: "-"})
    count = group.map(group.value_counts()).to_numpy(float)
    return len(group) / count / group.nunique()


def fitted(seen: Movies) -> np.ndarray:
    """beta, gamma and the offsets of rules, in the order of `names`, by maximum likelihood."""
    rules = len(names())

    def loss(constants: np.ndarray) -> float:
        return log_loss(seen, seen.probabilities(constants)) + PENALTY * float((constants[2:] ** 2).mean())

    start, bounds = np.r_[1.0, 0.1, np.zeros(rules)], [(0, None), (0, None), *[(None, None)] * rules]
    return minimize(loss, start, bounds=bounds).x


def names() -> list[str]:
    return [*RULES, NONE]


def on_other_tasks(seen: Movies) -> np.ndarray:
    """Probabilities (movie, rule) by constants that were found without any movie of the same setting."""
    found, places = np.empty(seen.misfit.shape), seen.table["place"].to_numpy()
    for place in np.unique(places):
        there = places == place
        found[there] = seen.among(there).probabilities(fitted(seen.among(~there)))
    return found


def log_loss(seen: Movies, probability: np.ndarray) -> float:
    right = probability[np.arange(len(probability)), _true(seen)]
    return float(-np.average(np.log(np.maximum(right, 1e-12)), weights=weights_of(seen)))


def _true(seen: Movies) -> np.ndarray:
    return seen.table["rule"].map({name: i for i, name in enumerate(names())}).to_numpy()


def summary(seen: Movies, probability: np.ndarray) -> dict[str, Any]:
    """Of movies of one kind: how many, the share whose rule is named, and whose rule is among those not told apart."""
    true, order = _true(seen), np.argsort(-probability, axis=1)
    ranked = np.take_along_axis(probability, order, 1)
    inside = (np.cumsum(ranked, 1) - ranked) < LEVEL
    group = np.array([true[i] in order[i][inside[i]] for i in range(len(true))])
    told, right = inside.sum(1) == 1, order[:, 0] == true
    return {
        "movies": len(true), "named": right.mean(), "within group": group.mean(), "size of group": inside.sum(1).mean(),
        "told alone": told.mean(), "right when told alone": right[told].mean() if told.any() else np.nan,
    }  # fmt: skip


def confusion(seen: Movies, probability: np.ndarray) -> np.ndarray:
    """Counts (true rule, most probable rule)."""
    counts = np.zeros((len(names()), len(names())), dtype=int)
    np.add.at(counts, (_true(seen), probability.argmax(1)), 1)
    return counts


def reliability(seen: Movies, probability: np.ndarray, ends: np.ndarray) -> pd.DataFrame:
    """Calls by their probability: how many there are, their mean probability, and the share that is right."""
    most, right = probability.max(1), probability.argmax(1) == _true(seen)
    place = np.clip(np.digitize(most, ends) - 1, 0, len(ends) - 2)
    rows = [
        {"from": ends[i], "to": ends[i + 1], "calls": int(c.sum()), "said": most[c].mean(), "right": right[c].mean()}
        for i in range(len(ends) - 1)
        if (c := place == i).any()
    ]
    return pd.DataFrame(rows)


def kept(seen: Movies, right: dict[str, float], path: Path) -> None:
    """Write the constants found from all movies, and what they rest on."""
    beta, gamma, *offset = (round(float(value), 4) for value in fitted(seen))
    own = seen.table[seen.table["rule"] != NONE]
    ends = {name: [int(seen.table[name].min()), int(seen.table[name].max())] for name in ("conditions", "frames")}
    like = ends | {
        "change_r2": round(float(own["change_r2"].quantile(0.05)), 3), "movies": len(seen.table),
        "networks": int((seen.table["view"] == "whole").sum()), "settings": int(seen.table["place"].nunique()),
    }  # fmt: skip
    told = {
        "misfit": beta,
        "nats": gamma,
        "offset": dict(zip(names(), offset, strict=True)),
        "like": like,
        "right": right,
    }
    path.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")


def confusions(seen: Movies, probability: np.ndarray, ends: np.ndarray, path: Path) -> None:
    """Write what `neurouniv figure rule_confusion` draws: `confusion` (view, true, best), and calls by probability."""
    views = {"seen whole": seen.table["view"] == "whole", "through sensors": seen.table["view"] != "whole"}
    counts = [confusion(seen.among(c.to_numpy()), probability[c.to_numpy()]) for c in views.values()]
    calls = reliability(seen, probability, ends)
    table = xr.Dataset({"confusion": (("view", "true", "best"), np.stack(counts))})
    table = table.assign_coords(view=list(views), true=names(), best=names(), bin=calls["said"].to_numpy())
    of_calls = {"reliability": ("bin", calls["right"]), "reliability_count": ("bin", calls["calls"])}
    table.assign(of_calls).to_netcdf(path)
