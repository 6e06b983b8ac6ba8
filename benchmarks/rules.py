"""Learning rules under the law: which of them does it describe, with which constants?

    python benchmarks/rules.py [--tasks two_points digits] [--rules backprop lazy ...] [--seeds 16] [--slower 8]

Every rule learns at its own rate. Of a grid of factors of 2, the fastest stable one: four seeds stay finite, never lose
half as much again as at the start, and settle at 2 % of it soonest; then SLOWED times slower, so that steps are small
beside what the law says (a flow). Training ends at 1.5 times the epoch at which the slowest of the four settles, or at
the end of the rule's budget. All laws are fitted to every seed's middle layer: "law" to h, y and w, the others to h.
R2 are medians over seeds [worst, best]; constants are medians per unit of learning rate (standard deviation of the
logarithm over seeds). --slower divides all learning rates: what rules that explore lose by their noise comes back.
"""

import argparse
import warnings
from time import perf_counter

import numpy as np
import xarray as xr

import neurouniv as nu
from neurouniv.systems.learning_rules import RULES

SYSTEMS = {
    "two_points": (nu.tasks.two_points(), {"hidden_layers": 2, "width": 50, "gain": 0.35}),
    "digits": (nu.tasks.digits(1), {"hidden_layers": 1, "width": 50, "gain": 0.3}),
}
EXPLORING = ("weight_perturbation", "node_perturbation", "hebbian")
BUDGET = {"weight_perturbation": 40000, "node_perturbation": 12000, "hebbian": 12000}
RATES = {
    "two_points": {"weight_perturbation": -9, "node_perturbation": -8, "hebbian": -9},
    "digits": {"weight_perturbation": -9, "node_perturbation": -6, "hebbian": -7},
}
"""The smallest learning rate tried, as a power of 2."""
LEFT, FRAMES, TRIED, SLOWED = 0.02, 120, 8, (2, 4)
"""Rules that explore are slowed less: their steps are small already, beside those that would diverge."""
LAWS = {
    "h alone": nu.PairwiseModel(variables=("h",)),
    "universal": nu.UniversalModel(variables=("h",)),
    "exponential": nu.RIVALS["exponential"](),
    "gain": nu.RIVALS["gain"](),
}


def settled(loss: np.ndarray, time: np.ndarray) -> np.ndarray:
    """The epoch from which loss (..., time) stays below LEFT of its start, or infinity."""
    above = loss > LEFT * loss[..., :1]
    last = above.shape[-1] - 1 - above[..., ::-1].argmax(-1)
    return np.where(last + 1 < len(time), time[np.minimum(last + 1, len(time) - 1)], np.inf)


def chosen(task: xr.Dataset, smallest: int, settings: dict) -> tuple[float, int]:
    """A learning rate for the rule in `settings`, at least 2 to the power `smallest`, and the epochs it needs."""
    rule = settings.get("rule", "backprop")
    budget = BUDGET.get(rule, 3000)
    lrs = 2.0 ** (np.arange(TRIED) + smallest)
    runs = nu.train(task, **settings, lr=lrs, epochs=budget, seeds=range(4), record=FRAMES, progress=False)
    loss = runs.loss.transpose("lr", "seed", "time").values.astype(float)
    stable = np.isfinite(loss).all((1, 2)) & (np.nanmax(loss, axis=2) < 1.5 * loss[..., 0]).all(1)
    slowest = np.where(stable, settled(loss, runs.time.values).max(1), np.inf)
    if np.isinf(slowest).all():
        best = int(np.argmin(np.where(stable, np.nanmean(loss[..., -1], axis=1), np.inf)))
        return lrs[best], budget
    best = int(np.argmin(slowest))
    slower = SLOWED[rule not in EXPLORING]
    return lrs[best] / slower, int(min(1.5 * slower * slowest[best], 2 * budget))


def spread(values: np.ndarray) -> str:
    good = np.asarray(values)[np.isfinite(values)]
    return f"{np.median(good):.3f} [{good.min():.3f}, {good.max():.3f}]" if good.size else "none"


def constant(values: np.ndarray, lr: float) -> str:
    good = values[np.isfinite(values) & (values > 0)]
    return f"{np.median(good) / lr:.3g} ({np.std(np.log(good)):.2f})" if good.size else "none"


def fitted(law: nu.Law, traj: xr.Dataset) -> nu.Law:
    return law.clone().fit(traj)


def row(task: str, rule: str, seeds: int, nonlinearity: str, slower: int) -> str:
    settings = SYSTEMS[task][1] | {"nonlinearity": nonlinearity, "progress": False}
    begun = perf_counter()
    tried = SYSTEMS[task][1] | {"architecture": "mlp", "nonlinearity": nonlinearity, "rule": rule}
    lr, epochs = chosen(SYSTEMS[task][0], RATES[task].get(rule, -5), tried)
    lr, epochs = lr / slower, epochs * slower
    runs = nu.train(
        SYSTEMS[task][0], "mlp", lr=lr, epochs=epochs, seeds=range(seeds), record=FRAMES, rule=rule, **settings
    )
    finite = np.isfinite(runs.loss.values).all(1)
    runs = runs.isel(seed=finite)
    traj = nu.trajectory(runs).isel(layer=0)
    law = fitted(nu.PairwiseModel(), traj)
    scores, found = law.score(traj), law.constants_
    left = runs.loss.values[:, -1] / runs.loss.values[:, 0]
    grown = (traj.h.isel(time=-1).sum("pair") / traj.h.isel(time=0).sum("pair")).values
    cells = [rule, f"{lr:.3g}, {epochs}", f"{np.median(left):.1e}", f"{np.median(grown):.2f}"]
    cells += [spread(scores[name].values) for name in "hyw"]
    cells += [constant(found[name].values, lr) for name in ("eta_h", "eta_y")]
    cells += [constant((found.eta_h / found.eta_y).values, 1.0), f"{int(found.converged.sum())} of {finite.sum()}"]
    for name, other in LAWS.items():
        if name != "universal" or traj.sizes["pair"] > 1:
            cells.append(spread(fitted(other, traj).score(traj).h.values))
    cells.append(f"{perf_counter() - begun:.0f} s")
    return f"| {' | '.join(cells)} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tasks", nargs="+", choices=tuple(SYSTEMS), default=list(SYSTEMS))
    parser.add_argument("--rules", nargs="+", choices=tuple(RULES), default=list(RULES))
    parser.add_argument("--seeds", type=int, default=16)
    parser.add_argument("--nonlinearity", default="tanh")
    parser.add_argument("--slower", type=int, default=1)
    asked = parser.parse_args()
    warnings.simplefilter("ignore")
    for task in asked.tasks:
        laws = [f"R2 h, {name}" for name in LAWS if name != "universal" or task != "two_points"]
        head = ["rule", "lr, epochs", "loss left", "sum of h, end / start", "R2 h", "R2 y", "R2 w", "eta_h / lr"]
        head += ["eta_y / lr", "eta_h / eta_y", "converged", *laws, "took"]
        print(f"\n{task}, {asked.nonlinearity}, {SYSTEMS[task][1]}, {asked.seeds} seeds\n", flush=True)
        print(f"| {' | '.join(head)} |\n{'|---' * len(head)}|", flush=True)
        for rule in asked.rules:
            print(row(task, rule, asked.seeds, asked.nonlinearity, asked.slower), flush=True)


if __name__ == "__main__":
    main()
