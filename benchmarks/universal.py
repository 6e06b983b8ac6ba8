"""The universal law on networks that learn digits: how much of the RDM movie it explains, and what a fit costs.

    python benchmarks/universal.py networks [--seeds 2]
    python benchmarks/universal.py cost [--largest 1000]

networks: 30 digits, width 200, 60 frames, lr 0.1, 4000 epochs, every hidden layer; the pairwise and the universal
law with every kernel, fitted to h: R2 of the movie, the correlation of its last RDM, seconds a fit. For linear networks
also how far the constants are from lr/(N o), h, y and w seen.
cost: a fit of a linear network's h by the law, against scipy's LSODA inside scipy's least_squares, at N = 30; then the
law alone at larger N, 10 outputs.
"""

import argparse
import resource
import warnings
from time import perf_counter

import numpy as np
import torch
import xarray as xr
from scipy.integrate import solve_ivp
from scipy.optimize import least_squares

import neurouniv as nu
from neurouniv.schema import pair_indices
from neurouniv.systems.networks import MLP, seeded

WIDTH, LR = 200, 0.1
NETWORKS = [  # hidden layers, nonlinearity, gain
    (1, "linear", 0.2),
    (1, "linear", 0.7),
    (1, "tanh", 0.7),
    (1, "leaky_relu", 1.0),
    (1, "leaky_relu", 0.7),
    (4, "tanh", 1.0),
    (4, "tanh", 0.7),
    (4, "leaky_relu", 1.0),
    (4, "leaky_relu", 0.7),
]


def movie(layers: int, nonlinearity: str, gain: float, seeds: int = 1, per_class: int = 3) -> xr.Dataset:
    runs = nu.train(
        nu.tasks.digits(per_class), "mlp", hidden_layers=layers, width=WIDTH, nonlinearity=nonlinearity, gain=gain,
        lr=LR, epochs=4000, seeds=range(seeds), record=60, layers=range(layers), progress=False, dtype="float64",
    )  # fmt: skip
    return nu.trajectory(runs)


def told(law: nu.Law, traj: xr.Dataset) -> str:
    """R2 of the movie and the correlation of its last RDM, means over seeds."""
    start = perf_counter()
    law.fit(traj)
    took = (perf_counter() - start) / traj.sizes["seed"]
    last = law.predict(traj).h.isel(time=-1)
    r = float(xr.corr(last, traj.h.isel(time=-1), "pair").mean())
    return f"{float(law.score(traj).h.mean()):.4f} ({r:.3f}, {took:.2f} s)"


def networks(seeds: int) -> None:
    for layers, nonlinearity, gain in NETWORKS:
        runs = movie(layers, nonlinearity, gain, seeds)
        for layer in range(layers):
            traj = runs.sel(layer=layer)
            rows = [f"pairwise {told(nu.PairwiseModel(variables=('h',)), traj)}"]
            for kernel in ("input", "start", "arc_cosine", "tangent"):
                if kernel in ("input", "start") or nonlinearity == "leaky_relu":
                    law = nu.UniversalModel(kernel=kernel, depth=layer + 1, leak=0.01, variables=("h",))
                    rows.append(f"{kernel} {told(law, traj)}")
            print(f"{nonlinearity}, gain {gain}, layer {layer + 1} of {layers}: {'; '.join(rows)}", flush=True)
        if nonlinearity == "linear":
            print(exact(traj, gain), flush=True)


def exact(traj: xr.Dataset, gain: float) -> str:
    """How far the constants of a linear network are from those it has by construction, lr/(N o)."""
    known = LR / (traj.sizes["condition"] * traj.sizes["output"])
    sizes = [traj.sizes["feature"], WIDTH, traj.sizes["output"]]
    readout = MLP(sizes, gain, "linear", seeded(traj.seed.values), torch.float64).weights[1]
    own = traj.assign(decoder=(("seed", "output", "output_"), (readout @ readout.mT).numpy()))
    words = []
    for name, means, one in (("centred", False, traj), ("means", True, traj), ("means and its own readout", True, own)):
        found = nu.UniversalModel(means=means).fit(one).constants_
        rates = [f"{rate} {np.round(100 * (found[rate].values / known - 1), 2)} %" for rate in ("eta_h", "eta_y")]
        r2 = ", ".join(f"{float(v):.5f}" for v in found.r2.mean("seed"))
        words.append(f"{name}: {', '.join(rates)} off, R2 of h, y, w {r2}")
    return "    " + "\n    ".join(words)


def plain(traj: xr.Dataset, begin: np.ndarray) -> tuple[float, np.ndarray]:
    """R2 of the movie and the constants by LSODA over all of G, Y, S and finite differences, centred, h only."""
    stimuli, targets = (traj[name].values - traj[name].values.mean(0) for name in ("stimuli", "targets"))
    n, outputs = targets.shape
    first, second = pair_indices(n)
    square = np.zeros((n, n))
    square[first, second] = square[second, first] = traj.h.values[0]
    middle = np.eye(n) - 1 / n
    gram, kernel, y0 = -0.5 * middle @ square @ middle, stimuli @ stimuli.T, traj.output.values[0].T @ middle
    seen, time = traj.h.values, traj.time.values - traj.time.values[0]

    def h_of(theta: np.ndarray) -> np.ndarray:
        eta_h, eta_y, decoder0 = np.exp(theta)

        def rates(_: float, state: np.ndarray) -> np.ndarray:
            g, y, s = np.split(state, [n * n, n * n + outputs * n])
            g, y, s = g.reshape(n, n), y.reshape(outputs, n), s.reshape(outputs, outputs)
            e = y - targets.T
            grows, turns = y.T @ e @ kernel, e @ y.T
            parts = eta_h * (grows + grows.T), eta_y * e @ g + eta_h * s @ e @ kernel, eta_y * (turns + turns.T)
            return -np.concatenate([part.ravel() for part in parts])

        s0 = y0 @ np.linalg.pinv(gram, rcond=1e-8) @ y0.T + decoder0 * np.eye(outputs)
        begin = np.concatenate([gram.ravel(), y0.ravel(), s0.ravel()])
        solved = solve_ivp(rates, (0, time[-1]), begin, t_eval=time, method="LSODA", rtol=1e-6, atol=1e-9)
        g = solved.y[: n * n].T.reshape(-1, n, n)
        own = np.einsum("tii->ti", g)
        return own[:, first] + own[:, second] - 2 * g[:, first, second]

    found = least_squares(lambda theta: (h_of(theta) - seen).ravel(), begin, diff_step=1e-4)
    return 1 - 2 * found.cost / ((seen - seen.mean()) ** 2).sum(), np.exp(found.x)


def cost(largest: int) -> None:
    traj = movie(1, "linear", 0.7).isel(seed=0, layer=0)
    law = nu.UniversalModel(variables=("h",))
    law.fit(traj)  # imports and first calls
    start = perf_counter()
    found = law.fit(traj).constants_
    ours = perf_counter() - start
    known = LR / (30 * 10)
    begin = np.log([3 * known, known / 3, 10 * float(found.decoder0)])
    start = perf_counter()
    r2, constants = plain(traj, begin)
    theirs = perf_counter() - start
    agree = constants[0] / float(found.eta_h)
    print(f"N = 30, 60 times: {ours:.2f} s (R2 {float(found.r2[0]):.5f})", flush=True)
    print(f"LSODA and least_squares {theirs:.1f} s (R2 {r2:.5f}, eta_h {agree:.4f} of ours), ratio {theirs / ours:.0f}")
    for per_class in (10, 20, 50, 100):
        if 10 * per_class > largest:
            break
        traj = movie(1, "linear", 0.7, per_class=per_class).isel(seed=0, layer=0)
        start = perf_counter()
        found = law.clone().fit(traj).constants_
        took = perf_counter() - start
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
        told = f"R2 {float(found.r2[0]):.5f}; {found.message.item()[:80]}"
        print(f"N = {10 * per_class}: {took:.1f} s, at most {peak:.1f} GB with the training; {told}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=("networks", "cost"))
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--largest", type=int, default=1000)
    chosen = parser.parse_args()
    warnings.simplefilter("ignore")
    networks(chosen.seeds) if chosen.what == "networks" else cost(chosen.largest)


if __name__ == "__main__":
    main()
