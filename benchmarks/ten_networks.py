"""Ten kinds of networks under one law: what it predicts of conditions that were held out, layer by layer.

    python benchmarks/ten_networks.py [--seeds 6] [--jobs 2] [--only "tanh, 3 layers" ...]

30 digits, width 200, learning rate .1, 3000 epochs, 25 frames, only h seen, 2 folds of conditions: R2 of the movie and
of its change for the law, beside what the other seeds predict, and the nearest rival's error over the law's.
"""

import argparse
import warnings
from time import perf_counter

import neurouniv as nu

NETWORK = {"hidden_layers": 1, "width": 200, "gain": 0.5, "nonlinearity": "tanh", "lr": 0.1, "epochs": 3000}
DEEP = {"hidden_layers": 3, "layers": [0, 1, 2]}
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
}


def movie(kind: dict, seeds: int):
    """h (seed, layer, time, pair); y and w are left out."""
    settings = NETWORK | kind
    architecture = settings.pop("architecture", "mlp")
    runs = nu.train(nu.tasks.digits(3), architecture, seeds=range(seeds), record=25, progress=False, **settings)
    return nu.trajectory(runs).drop_vars(["y", "w", "output"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=6)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--only", nargs="+", choices=list(KINDS), default=list(KINDS))
    asked = parser.parse_args()
    warnings.simplefilter("ignore")
    print("| network | R2 of the law | other seeds | R2 of change | nearest rival, its error | verdict | seconds |")
    print("|---|---|---|---|---|---|---|")
    for name in asked.only:
        start = perf_counter()
        result = nu.universality_test({name: movie(KINDS[name], asked.seeds)}, n_jobs=asked.jobs, bootstrap=300)
        took = perf_counter() - start
        for at in range(result.sizes["system"]):
            one = result.isel(system=at)
            others = float(one["dynamics_ceiling"].sel(bound="lower").mean())
            numbers = f"{float(one.r2):.3f} | {others:.3f} | {float(one.change_r2):.3f}"
            rival = f"{one.nearest.item()} {float(one.nearest_ratio):.2f} (p {float(one.nearest_p):.2g})"
            print(f"| {one.system.item()} | {numbers} | {rival} | {one.decision.item()} | {took:.0f} |", flush=True)


if __name__ == "__main__":
    main()
