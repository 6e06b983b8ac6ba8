"""What the verdict says of learners: networks of every learning rule and architecture, and brains that learn.

    python benchmarks/verdict_systems.py [--systems backprop lazy ...] [--frames loss|time] [--slower 8] [--seeds 6]
                                         [--outputs [--fit h|hy|hyw]]

Networks of 6 seeds learn the task of `verdict.py`; only h is seen (the universal law is given the first outputs too),
with --outputs y and w of networks as well, of which laws are fitted to all or to those that --fit names. Seeds are the
subjects, and the ceiling is what networks of the same start share, all above the layer drawn anew three times. Every
system learns at its own rate, chosen as in `rules.py`: of factors of 2 the fastest stable one, slowed 4 times (2 times
where the rule explores); training ends at 1.5 times the epoch by which the slowest of four seeds has lost 98 % of its
loss, or with the budget. There are 10 frames, the same for all seeds: at which the mean loss of four has fallen by
equal steps ("loss"), or equally far apart in time ("time"; of these, all but the first see the end of learning only).
Brains are recorded through spikes at a signal-to-noise ratio of .3, in 8 sessions evenly spaced up to twice the epoch
at which 10 % of the loss is left; their ceiling comes from noise.
Each law, universal and pairwise, is on trial against five rivals on held-out conditions. "beaten by" tells the rival
that predicts better, p corrected; "misses", that R2, of h, its change or outputs, stays below its share of the ceiling
for certain. "mixture" is the error of the best free mixture over the law's, and its p.
"""

import argparse
import warnings
from time import perf_counter

import numpy as np
import torch
import xarray as xr
from rules import EXPLORING, LEFT, chosen
from verdict import DESIGN, RIVALS, classes

import neurouniv as nu
from neurouniv.universality.scores.other_members import by_others

MLP = {"architecture": "mlp", "hidden_layers": 2, "width": 50, "gain": 0.35, "nonlinearity": "tanh"}
NETWORKS = {
    "backprop": {},
    "lazy": {"rule": "lazy"},
    "feedback alignment": {"rule": "feedback_alignment"},
    "direct feedback alignment": {"rule": "direct_feedback_alignment"},
    "linear": {"hidden_layers": 1, "nonlinearity": "linear"},
    "mlp, 1 layer": {"hidden_layers": 1},
    "mlp, 3 layers": {"hidden_layers": 3},
    "mlp, relu": {"nonlinearity": "relu"},
    "residual": {"architecture": "residual", "hidden_layers": 3},
    "recurrent": {"architecture": "recurrent", "hidden_layers": 3},
    "gated": {"architecture": "gated"},
    "cnn": {"architecture": "cnn", "kernel": 3, "channels": 20},
    "node perturbation": {"rule": "node_perturbation"},
    "hebbian": {"rule": "hebbian"},
    "predictive coding": {"rule": "predictive_coding"},
    "weight perturbation": {"rule": "weight_perturbation"},
}
WORLD = "brain, universal law itself"
BRAINS = {WORLD: "backprop"} | {f"brain, {name}": name for name in ("backprop", "lazy", "feedback alignment")}
# The smallest learning rate tried, as a power of 2; and rate and epochs as chosen, of a rule that is slow to try.
SMALLEST = {"weight_perturbation": -9, "node_perturbation": -8, "hebbian": -9}
FIXED = {"predictive_coding": (0.5, 2600)}
RECORDED, LOOKS, SNR = 10, 400, 0.3
LAWS = {"universal": nu.UniversalModel, "pairwise": nu.PairwiseModel}
TOLD = ("on trial", "R2, ceiling", "of change", "outputs, ceiling", "nearest rival, ratio, p", "mixture", "until")
DRAWS = 3
HEAD = ("system", "lr, frames", "loss left", "h, end / start", "other seeds")
HEAD += tuple(f"{law}: {told}" for law in LAWS for told in TOLD)


def rate(settings: dict) -> tuple[float, int]:
    rule = settings.get("rule", "backprop")
    return FIXED[rule] if rule in FIXED else chosen(classes(), SMALLEST.get(rule, -6), settings)


def watched(settings: dict, lr: float, epochs: int) -> tuple[np.ndarray, np.ndarray]:
    """Epochs, and the share of the loss that four seeds have left by then: the least so far, in the mean."""
    looked = {"seeds": range(4), "record": min(LOOKS, epochs), "progress": False}
    runs = nu.train(classes(), **settings, lr=lr, epochs=epochs, **looked)
    loss = runs.loss.mean("seed").values
    return runs.time.values, np.minimum.accumulate(loss / loss[0])


def frames(spread: str, time: np.ndarray, left: np.ndarray) -> list[int]:
    if spread == "time":
        return np.unique(np.linspace(0, time[-1], RECORDED).round().astype(int)).tolist()
    levels = np.linspace(1, max(left[-1], LEFT), RECORDED)
    return np.unique(np.interp(-levels, -left, time).round().astype(int) * (levels < 1)).tolist()


def networks(settings: dict, lr: float, epochs: list[int], seeds: range) -> tuple[xr.Dataset, str]:
    runs = nu.train(classes(), **settings, lr=lr, epochs=epochs[-1], seeds=seeds, record=epochs, progress=False)
    traj = nu.trajectory(runs).isel(layer=0, drop=True)
    if settings.get("rule") not in EXPLORING:  # which learn by noise, drawn anew with the rest
        traj = traj.assign(start_var=nu.start_ceiling(traj, draws=DRAWS, progress=False).start_var)
    return traj, f"{np.median(runs.loss.values[:, -1] / runs.loss.values[:, 0]):.2g}"


def brains(settings: dict, lr: float, epochs: int, seeds: range) -> xr.Dataset:
    found = []
    for seed in seeds:
        rec = nu.simulate_brain(classes(), **settings, lr=lr, epochs=epochs, seed=seed, snr=SNR, **DESIGN)
        found.append(nu.trajectory(rec, classes(), metric="crossnobis").drop_attrs())
    joined = {"data_vars": ["h", "h_var"], "coords": "minimal", "compat": "override"}
    traj = xr.concat(found, xr.Variable("subject", list(seeds)), **joined)
    traj["time"].attrs = {"units": "sessions", "axis": "learning"}
    return traj


def judged(law: str, traj: xr.Dataset, fit: str) -> list[str]:
    tried = [LAWS[law], *(nu.RIVALS[name] for name in RIVALS)]  # the other law is no rival and would change nothing
    laws = [one(variables=tuple(name for name in fit if name in one.predicts)) for one in tried]
    made = nu.verdict(nu.compare(laws, traj, resamples=300, reference=law))
    beaten = made.beaten_by.item()
    why = f" (beaten by {beaten})" if beaten else " (misses)" if made.decision.item() == "not described" else ""
    nearest = f"{made.nearest.item()} {float(made.nearest_ratio):.2f}, {float(made.nearest_p):.2g}"
    best = made.isel(account=int(made.flexible_ratio.argmin("account")))
    mixture = f"{float(best.flexible_ratio):.2f}, {float(best.flexible_p):.2g}"
    scores = [_beside(made, of) for of in ("", "change_", "outputs_")]
    until = "not known" if np.isnan(made.until_share) else f"{float(made.until_share):.0%}"
    return [made.decision.item() + why, *scores, nearest, mixture, until]


def _beside(made: xr.Dataset, of: str) -> str:
    return f"{float(made[f'{of}r2']):.3f}, {float(made[f'{of}ceiling']):.3f}" if f"{of}r2" in made else "-"


def row(name: str, spread: str, slower: int, seeds: range, outputs: bool, fit: str) -> str:
    begun = perf_counter()
    settings = MLP | NETWORKS[BRAINS.get(name, name)]
    lr, epochs = (value * by for value, by in zip(rate(settings), (1 / slower, slower), strict=True))
    time, left = watched(settings, lr, epochs)
    if name in BRAINS:
        last = min(2 * int(time[np.argmax(left <= max(0.1, left[-1]))]), epochs)
        world = {"world": "universal"} if name == WORLD else {"rule": settings.get("rule", "backprop")}
        traj = brains(settings | {"width": 2 * DESIGN["neurons"]} | world, lr, last, seeds)
        kept, lost = [0, "...", last], "-"
    else:
        kept = frames(spread, time, left)
        traj, lost = networks(settings, lr, kept, seeds)
        traj = traj if outputs else traj.drop_vars(["y", "w"])
    size = traj.h.mean("pair")
    grown = float((size.isel(time=-1) / size.isel(time=0)).median())
    others = float(by_others(traj.h.isel(time=slice(1, None))).mean())
    cells = [name, f"{lr:.3g}, {' '.join(map(str, kept))}", lost, f"{grown:.2f}", f"{others:.3f}"]
    cells += [cell for law in LAWS for cell in judged(law, traj, fit if "y" in traj else "h")]
    return f"| {' | '.join([*cells, f'{perf_counter() - begun:.0f} s'])} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--systems", nargs="+", default=[*NETWORKS, *BRAINS])
    parser.add_argument("--seeds", type=int, default=6)
    parser.add_argument("--slower", type=int, default=1)
    parser.add_argument("--frames", choices=("loss", "time"), default="loss")
    parser.add_argument("--outputs", action="store_true")
    parser.add_argument("--fit", choices=("h", "hy", "hyw"), default="hyw")
    asked = parser.parse_args()
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    print(f"| {' | '.join([*HEAD, 'took'])} |\n{'|---' * (len(HEAD) + 1)}|", flush=True)
    for name in asked.systems:
        fit = asked.fit if asked.outputs else "h"
        print(row(name, asked.frames, asked.slower, range(asked.seeds), asked.outputs, fit), flush=True)


if __name__ == "__main__":
    main()
