"""Ten kinds of networks under one law, and deep rectified ones: what it predicts of held-out conditions, by layer.

    python benchmarks/ten_networks.py [--seeds 6] [--draws 4] [--jobs 2] [--only "tanh, 3 layers" ...]

30 digits, width 200, learning rate .1, 3000 epochs, 25 frames, only h seen, 2 folds of conditions: R2 of the movie and
of its change for the law, beside the ceiling that the start sets and what the other seeds predict; until when the law
holds; and the nearest rival's error over the law's.
"""

import argparse
import warnings
from time import perf_counter

import neurouniv as nu

NETWORK = {"hidden_layers": 1, "width": 200, "gain": 0.5, "nonlinearity": "tanh", "lr": 0.1, "epochs": 3000}
DEEP = {"hidden_layers": 3, "layers": [0, 1, 2]}
DEEPER = {"hidden_layers": 4, "layers": [0, 1, 2, 3], "nonlinearity": "leaky_relu"}
KINDS = {
    "tanh, 1 layer": {},
    "tanh, 3 layers": DEEP,
    "relu, 1 layer": {"nonlinearity": "relu"},
    "relu, 3 layers": DEEP | {"nonlinearity": "relu", "gain": 0.7},
    "residual": DEEP | {"architecture": "residual"},
    "gated": {"architecture": "gated"},
    "recurrent": DEEP | {"architecture": "recurrent"},
    "predictive coding": {"rule": "predictive_coding"},
    "lazy": {"rule": "lazy"},
    "feedback alignment": {"rule": "feedback_alignment"},
    "relu, 3 layers, gain 1": DEEP | {"nonlinearity": "relu", "gain": 1.0},
    "leaky relu, 1 layer, gain 1": {"nonlinearity": "leaky_relu", "gain": 1.0},
    "leaky relu, 4 layers, gain 1": DEEPER | {"gain": 1.0},
    "leaky relu, 4 layers, gain .7": DEEPER | {"gain": 0.7},
}
COLUMNS = (
    "network", "R2 of the law", "its ceiling", "other seeds", "R2 of change", "its ceiling", "other seeds", "holds",
    "nearest rival, its error", "best free mixture: R2, its error", "verdict", "seconds",
)  # fmt: skip


def movie(kind: dict, seeds: int, draws: int):
    """h (seed, layer, time, pair) and its variance given the start; y and w are left out."""
    settings = NETWORK | kind
    architecture = settings.pop("architecture", "mlp")
    runs = nu.train(nu.tasks.digits(3), architecture, seeds=range(seeds), record=25, progress=False, **settings)
    traj = nu.trajectory(runs).drop_vars(["y", "w", "output"])
    return traj.assign(start_var=nu.start_ceiling(traj, draws=draws, progress=False).start_var)


def row(one) -> list[str]:
    """What is told of one system, but for the seconds."""
    numbers = [f"{float(one[name]):.3f}" for name in ("r2", "r2_most", "others_r2")]
    numbers += [f"{float(one[name]):.3f}" for name in ("change_r2", "change_most", "change_others_r2")]
    rival = f"{one.nearest.item()} {float(one.nearest_ratio):.2f} (p {float(one.nearest_p):.2g})"
    error = one["flexible_ratio"].mean("member")
    best = one.isel(account=int(error.argmin("account")))
    p = float(best["flexible_ratio_p"].mean("member"))
    mixture = f"{float(best['flexible_dynamics'].mean('member')):.3f}, {float(error.min()):.2f} (p {p:.2g})"
    return [one.system.item(), *numbers, one.until_text.item(), rival, mixture, one.decision.item()]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=6)
    parser.add_argument("--draws", type=int, default=4)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--only", nargs="+", choices=list(KINDS), default=list(KINDS))
    asked = parser.parse_args()
    warnings.simplefilter("ignore")
    print(f"| {' | '.join(COLUMNS)} |\n{'|---' * len(COLUMNS)}|")
    for name in asked.only:
        start = perf_counter()
        seen = {name: movie(KINDS[name], asked.seeds, asked.draws)}
        result = nu.universality_test(seen, n_jobs=asked.jobs, resamples=300)
        took = perf_counter() - start
        for at in range(result.sizes["system"]):
            print(f"| {' | '.join(row(result.isel(system=at)))} | {took:.0f} |", flush=True)


if __name__ == "__main__":
    main()
