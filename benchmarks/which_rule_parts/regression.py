"""The regression from held-out errors to rules, and what it is worth on tasks that it has not seen."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import xarray as xr
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

from neurouniv.which_rule.calibration import LAWS, probabilities
from neurouniv.which_rule.candidates import KNOWN, NONE, RULES
from neurouniv.which_rule.features import features

STRENGTHS = 10.0 ** np.arange(-2.0, 1.6, 0.5)
"""Inverse strengths of the penalty that are tried."""
FOLDS = 10
LEVEL = 0.9


class Movies(NamedTuple):
    """Movies of known rules: features (movie, feature) and a table (movie) of what they are."""

    features: np.ndarray
    table: pd.DataFrame

    def among(self, chosen: np.ndarray) -> Movies:
        return Movies(self.features[chosen], self.table[chosen])


def movies(folder: Path) -> Movies:
    """All movies in `folder`."""
    found, rows = [], []
    for path in sorted(folder.glob("*.nc")):
        with xr.open_dataset(path) as file:
            data = file.load()
        found.append(_features(data))
        rows.append(_rows(data))
    return Movies(np.concatenate(found), pd.concat(rows, ignore_index=True))


def _errors(data: xr.Dataset) -> tuple[np.ndarray, ...]:
    late = data["time"].values > data["time"].values[0]
    observed, predicted = data["observed"].values[:, late], data["predicted"].values[:, :, late]
    squares = np.where(np.isfinite(predicted), (predicted - observed) ** 2, np.inf)
    error = squares.sum((-1, -2)).T
    noise = data["variance"].values[:, late].sum((-1, -2)) if "variance" in data else np.zeros(len(observed))
    return error, noise, (observed**2).sum((-1, -2)), np.full(len(observed), float(observed[0].size))


def _features(data: xr.Dataset) -> np.ndarray:
    error, noise, squares, count = _errors(data)
    order = [data["law"].values.tolist().index(KNOWN[name].law if name in KNOWN else name) for name in LAWS]
    return features(error[:, None, order], noise[:, None], squares[:, None], count[:, None])


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


def fitted(seen: Movies, strength: float) -> tuple[np.ndarray, np.ndarray]:
    """Weights (rule, feature) and offsets (rule,), rules in the order of `names`."""
    model = LogisticRegression(C=strength, max_iter=3000)
    model.fit(seen.features, seen.table["rule"], sample_weight=weights_of(seen))
    order = [model.classes_.tolist().index(name) for name in names()]
    return model.coef_[order], model.intercept_[order]


def names() -> list[str]:
    return [*RULES, NONE]


def on_other_tasks(seen: Movies, strength: float) -> np.ndarray:
    """Probabilities (movie, rule) by regressions that have not seen the movie's setting."""
    found = np.empty((len(seen.table), len(names())))
    for train, test in GroupKFold(FOLDS).split(seen.features, groups=seen.table["place"]):
        chosen = np.zeros(len(found), dtype=bool)
        chosen[train] = True
        found[test] = probabilities(seen.features[test], *fitted(seen.among(chosen), strength))
    return found


def log_loss(seen: Movies, probability: np.ndarray) -> float:
    right = probability[np.arange(len(probability)), _true(seen)]
    return float(-np.average(np.log(right), weights=weights_of(seen)))


def _true(seen: Movies) -> np.ndarray:
    return seen.table["rule"].map({name: i for i, name in enumerate(names())}).to_numpy()


def best_strength(seen: Movies) -> float:
    losses = [log_loss(seen, on_other_tasks(seen, strength)) for strength in STRENGTHS]
    for strength, loss in zip(STRENGTHS, losses, strict=True):
        print(f"inverse penalty {strength:.3g}: log loss {loss:.3f}")
    return float(STRENGTHS[int(np.argmin(losses))])


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


def kept(seen: Movies, strength: float, right: dict[str, Any], path: Path) -> None:
    """Write the regression on all movies, and what it rests on."""
    weights, offset = fitted(seen, strength)
    own = seen.table[seen.table["rule"] != NONE]
    ends = {name: [int(seen.table[name].min()), int(seen.table[name].max())] for name in ("conditions", "frames")}
    like = ends | {
        "change_r2": round(float(own["change_r2"].quantile(0.05)), 3), "movies": len(seen.table),
        "networks": int((seen.table["view"] == "whole").sum()), "settings": int(seen.table["place"].nunique()),
    }  # fmt: skip
    told = {
        "rules": names(), "like": like, "right": right, "penalty": 1 / strength,
        "offset": np.round(offset, 4).tolist(), "weights": np.round(weights, 4).tolist(),
    }  # fmt: skip
    path.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")


def confusions(seen: Movies, probability: np.ndarray, ends: np.ndarray, path: Path) -> None:
    """Write the counts of a figure: `confusion` (view, true, best) and calls by their probability."""
    views = {"seen whole": seen.table["view"] == "whole", "through sensors": seen.table["view"] != "whole"}
    counts = [confusion(seen.among(c.to_numpy()), probability[c.to_numpy()]) for c in views.values()]
    calls = reliability(seen, probability, ends)
    table = xr.Dataset({"confusion": (("view", "true", "best"), np.stack(counts))})
    table = table.assign_coords(view=list(views), true=names(), best=names())
    of_calls = {"said": ("call", calls["said"]), "right": ("call", calls["right"]), "calls": ("call", calls["calls"])}
    table.assign(of_calls).to_netcdf(path)
