"""The tables of docs/guide/numbers.md are true: every cell is tried."""

import warnings
from functools import cache
from itertools import combinations, permutations
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

import neurouniv as nu

TEXT = (Path(__file__).parents[2] / "docs" / "guide" / "numbers.md").read_text()
NAMES = np.array(list("abcde"))
PRIOR, WEIGHT = 0.1, 1.1


def table(first):
    """The rows of the table whose first heading is this: of each the cells by their headings."""
    lines = [line.strip("|").split("|") for line in TEXT.splitlines() if line.startswith("|")]
    rows = [[cell.strip() for cell in line] for line in lines]
    start = next(i for i, row in enumerate(rows) if row[0] == first)
    width = len(rows[start])
    body = [row for row in rows[start + 2 :] if len(row) == width]
    return {row[0]: dict(zip(rows[start][1:], row[1:], strict=True)) for row in body}


METRICS, LAWS = table("activity"), table("trajectory")


def ordinary():
    """Activity (session, run, condition, channel), above 0."""
    rng = np.random.default_rng(0)
    return np.exp(rng.normal(size=(2, 1, 5, 6))) * np.exp(0.3 * rng.normal(size=(2, 4, 5, 6)))


def activity(case):
    values = ordinary()
    first, last = case.split()[0], case.split()[-1]
    if first == "times":
        return values * float(last)
    if case.startswith("one value"):
        values[0, 0, 0, 0] = float(last)
    elif first == "plus":
        return values + float(last)
    elif case == "one channel":
        return values[..., :1]
    elif case == "zeros":
        return 0 * values
    elif case == "the same everywhere":
        return 0 * values + 3.0
    elif case == "one condition constant":
        values[:, :, 0] = 2.0
    elif case == "two conditions identical":
        values[:, :, 1] = values[:, :, 0]
    kinds = {"integers": "int64", "half precision": "float16", "single precision": "float32", "truth values": bool}
    if case == "truth values":
        return values > 1
    return np.round(10 * values).astype(kinds[case]) if case in kinds else values


def recording(values):
    session, run, condition = (place.ravel() for place in np.indices(values.shape[:3]))
    trials = {"condition": NAMES[condition], "session": session, "run": run}
    flat = values.reshape(-1, values.shape[-1])
    return xr.Dataset({"activity": (("trial", "channel"), flat)}, {name: ("trial", of) for name, of in trials.items()})


def expected(metric, values):
    """The distances (session, pair) by their definitions, pair by pair, with more digits than a double has."""
    values = values.astype(np.longdouble)
    if metric == "mahalanobis":
        return None
    folds = [values.mean(1)] if not metric.endswith(("nobis", "cv")) else list(np.moveaxis(values, 1, 0))
    both = list(permutations(folds, 2)) or [(folds[0], folds[0])]
    return np.mean([[[_between(metric, x[i], y[i], x[j], y[j]) for i, j in combinations(range(5), 2)]
                     for x, y in zip(one, other, strict=True)] for one, other in both], axis=0)  # fmt: skip


def _between(metric, a, a_, b, b_):
    if metric in ("correlation", "cosine"):
        a, b = (x - x.mean() if metric == "correlation" else x for x in (a, b))
        return ((a / np.sqrt(a @ a) - b / np.sqrt(b @ b)) ** 2).sum() / 2
    if metric.startswith("poisson"):
        a, b, a_, b_ = ((x + PRIOR) / WEIGHT for x in (a, b, a_, b_))
        return (a - b) @ (np.log(a_) - np.log(b_))
    return (a - b) @ (a_ - b_)


def outcome(metric, values):
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        try:
            traj = nu.trajectory(recording(values), metric=metric)
        except nu.InputError:
            return "refused"
    assert not [one for one in told if issubclass(one.category, RuntimeWarning)]
    h = traj.h.values
    if np.isnan(h).any():
        assert "has no value for a pattern" in str(told[0].message)
        return "missing"
    if told:
        assert "lose digits to rounding" in str(told[0].message)
        return "warned"
    if not h.any():
        return "0"
    known = expected(metric, values)
    if known is None:
        scale = np.abs(values.astype(float)).max()
        known = nu.trajectory(recording((values.astype(float) - values.min()) / scale), metric=metric).h.values
    np.testing.assert_allclose(h, known.astype(float), rtol=1e-3, atol=1e-9 * np.abs(h).max())
    return "right"


@pytest.mark.parametrize("case", METRICS)
def test_activity_of_any_size_and_type_has_a_defined_outcome(case):
    assert {metric: outcome(metric, activity(case)) for metric in METRICS[case]} == METRICS[case]


def movie():
    rng, time = np.random.default_rng(1), np.linspace(0, 3, 8)
    task = nu.tasks.from_arrays(rng.normal(size=(5, 3)), rng.normal(size=(5, 2)), condition=list(NAMES))
    runs = xr.Dataset(
        {"hidden": (("time", "condition", "unit"), np.repeat(task.stimuli.values[None], 8, 0))},
        {"time": time, "condition": NAMES},
    )
    traj = nu.trajectory(runs, task).drop_vars("norm")
    grown = (0.3 * traj.dx2 + 0.5 * traj.dy2) * xr.DataArray(1 - np.exp(-time), dims="time")
    h = (0.2 * traj.h + grown).transpose("time", "pair")
    return traj.assign(h=h * (1 + 0.03 * rng.normal(size=h.shape)))


def changed(case):
    traj, what, last = movie(), case.split()[0], case.split()[-1]
    if case == "one distance of 1e200":
        return traj.assign(h=traj.h.where(traj.h != traj.h[3, 2], 1e200))
    if case == "h of integers":
        return traj.assign(h=(1000 * traj.h).astype(int))
    if case == "h constant":
        return traj.assign(h=0 * traj.h + 2)
    if case == "every distance 0":
        return traj.assign(h=0 * traj.h)
    if case == "one system without a distance":
        return xr.concat([0 * traj.h, traj.h], "seed").to_dataset(name="h").assign(traj[["stimuli", "targets"]])
    size = float(last)
    if what == "h":
        return traj.assign(h=size * traj.h)
    if what == "time":
        return traj.assign_coords(time=size * traj.time)
    coord = {"stimuli": "dx2", "targets": "dy2"}[what]
    return traj.assign({what: size * traj[what]}).assign_coords({coord: size**2 * traj[coord]})


def fitted(law, case):
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        warnings.simplefilter("ignore", nu.NeurounivWarning)
        try:
            fit = nu.LAWS[law]().fit(changed(case))
        except nu.InputError:
            return "refused"
        predicted = fit.predict(changed(case)).h
    r2, message = fit.constants_.r2.values.ravel()[-1], fit.constants_.message.values.ravel()[0]
    if case == "one system without a distance":
        assert np.isnan(predicted[..., 0, :, :]).all()
        assert "0 or missing" in message
        assert r2 == pytest.approx(_alone(law), abs=1e-3)
        return "message"
    if np.isnan(r2):
        assert "not defined" in message or "bound" in message
        return "message"
    assert r2 == pytest.approx(_alone(law), abs=2e-3)
    return "right"


@cache
def _alone(law):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", nu.NeurounivWarning)
        return float(nu.LAWS[law]().fit(movie()).constants_.r2.values.ravel()[-1])


@pytest.mark.parametrize("case", LAWS)
@pytest.mark.parametrize("law", ["exponential", *(pytest.param(name, marks=pytest.mark.slow) for name in ("universal",
                         "pairwise", "target", "gain", "tangent", "feedback_alignment", "free"))])  # fmt: skip
def test_a_law_has_a_defined_outcome_for_numbers_of_any_size(law, case):
    assert fitted(law, case) == LAWS[case]["fit"]
