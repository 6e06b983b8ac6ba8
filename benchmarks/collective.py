"""The collective law on networks that learn digits: how much of the RDM movie it explains, and what a fit costs.

    python benchmarks/collective.py networks [--seeds 2]
    python benchmarks/collective.py cost [--largest 1000]

networks: 30 digits, width 200, 60 frames, lr 0.1, 4000 epochs, the last hidden layer; per network the two-point law
and the collective law with every kernel, centred and with means: R2 of the movie, and the correlation of the last RDM.
cost: a fit of linear networks by the law, against scipy's LSODA inside scipy's least_squares from one start, the same
start, at N = 30; then the law alone at larger N, 10 outputs, h and outputs seen, one seed each.
"""

import argparse
import warnings
from time import perf_counter

import numpy as np
import xarray as xr
from scipy.integrate import solve_ivp
from scipy.optimize import least_squares

import neurouniv as nu
from neurouniv.schema import pair_indices

NETWORKS = [  # hidden layers, nonlinearity, gain
    (1, "linear", 0.7),
    (1, "tanh", 0.7),
    (4, "tanh", 1.0),
    (1, "leaky_relu", 1.0),
    (1, "leaky_relu", 0.7),
    (4, "leaky_relu", 1.0),
    (4, "leaky_relu", 0.7),
]


def movie(layers: int, nonlinearity: str, gain: float, seeds: int = 1, per_class: int = 3, width: int = 200):
    runs = nu.train(
        nu.tasks.digits(per_class), "mlp", hidden_layers=layers, width=width, nonlinearity=nonlinearity, gain=gain,
        lr=0.1, epochs=4000, seeds=range(seeds), record=60, layers=[layers - 1], progress=False, dtype="float64",
    )  # fmt: skip
    return nu.trajectory(runs).isel(layer=0)


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
        traj = movie(layers, nonlinearity, gain, seeds)
        rows = [f"{nonlinearity} {layers} gain {gain}: two-point {told(nu.UniversalModel(variables=('h',)), traj)}"]
        kernels = (
            ("input", "start") if nonlinearity in ("linear", "tanh") else ("input", "start", "arc_cosine", "tangent")
        )
        for kernel in kernels:
            for means in (False, True):
                law = nu.CollectiveModel(kernel=kernel, means=means, depth=layers, leak=0.01, variables=("h",))
                rows.append(f"{kernel}{' means' if means else ''} {told(law, traj)}")
        print("; ".join(rows), flush=True)
        if nonlinearity == "linear":
            print(exact(traj), flush=True)


def exact(traj: xr.Dataset) -> str:
    """The constants of the linear network over those it has by construction, lr/(N o)."""
    known = 0.1 / (traj.sizes["condition"] * traj.sizes["output"])
    words = []
    for means in (False, True):
        found = nu.CollectiveModel(means=means).fit(traj).constants_
        rates = [f"{name} {float((found[name] / known - 1).mean()) * 100:+.2f} %" for name in ("eta_h", "eta_y")]
        r2 = ", ".join(f"{float(v):.5f}" for v in found.r2.mean("seed"))
        words.append(f"{'means' if means else 'centred'}, h, y, w seen: {', '.join(rates)} off, R2 {r2}")
    return "; ".join(words)


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
    traj = movie(1, "linear", 0.7).isel(seed=0)
    law = nu.CollectiveModel(variables=("h",))
    law.fit(traj)  # imports and first calls
    start = perf_counter()
    found = law.fit(traj).constants_
    ours = perf_counter() - start
    known = 0.1 / (30 * 10)
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
        traj = movie(1, "linear", 0.7, per_class=per_class).isel(seed=0)
        start = perf_counter()
        found = law.clone().fit(traj).constants_
        took = perf_counter() - start
        print(
            f"N = {10 * per_class}: {took:.1f} s, R2 {float(found.r2[0]):.5f}; {found.message.item()[:80]}", flush=True
        )


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
