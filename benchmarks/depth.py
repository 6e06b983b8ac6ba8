"""Depth: is a balanced chain of fitted depths better than the universal law where networks are deep?

    python benchmarks/depth.py exact                # beside balanced linear networks, nothing fitted
    python benchmarks/depth.py networks [--count 4] [--nonlinearity relu] [--gain 1] [--layers 2 3] [--kernels start]

An encoder A of a layers leads from the input X to an area, H = A X, and a decoder C of b layers on from there. While
the layers of each stay balanced, with F = (C A X - Y*) X' (Arora, Cohen & Hazan 2018),

    dA/dt = - eta_h sum_k (A A')^((a-k)/a) C'F (A'A)^((k-1)/a)       k = 1 ... a
    dC/dt = - eta_y sum_k (C C')^((b-k)/b) F A' (C'C)^((k-1)/b)      k = 1 ... b

This closes in Q = A'A, M = C A and S = C C', G = X'Q X and Y = M X, for real a, b >= 1 too. In the eigenvectors of Q
and S, with eigenvalues u and s, sums over k are entrywise products (o) with U = (u_i - u_j) / (u_i^(1/a) - u_j^(1/a)),
and T of s and b; with Z = M u^(-1/2) and R = s^(-1/2) M,

    dQ/dt = - eta_h (U o M'F) + transpose                 dS/dt = - eta_y (T o F M') + transpose
    dM/dt = - eta_h (Z (U o Z'F) + (S - Z Z') F u^(1-1/a)) - eta_y ((T o F R') R + s^(1-1/b) F (Q - R'R))

a = b = 1 is the universal law. R2 is that of h, the first frame left out; "held out" of conditions, in 2 folds; "share"
what the chain adds, of what lies between the universal law and the start's ceiling. Medians over seeds.
"""

import argparse
import itertools
import warnings
from dataclasses import replace

import numpy as np
import xarray as xr

import neurouniv as nu
from neurouniv.fitting.optimum import best
from neurouniv.fitting.parameter import Parameter
from neurouniv.rdm.pairs import Pairs
from neurouniv.theory.all_conditions import Kernel, Start
from neurouniv.theory.rules.flow import Flow, Task, both
from neurouniv.universality.held_out.splits import split_conditions

NULL, DEEPEST = 1e-12, 8.0
FROM = (1.0, 1.0), (2.2, 1.1), (2.2, 3.0)


def summed(values: np.ndarray, depth: np.ndarray, unit: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """U (element, i, j), and what it is where one eigenvalue is 0 (element, i, 1); divided by its value at `unit`."""
    half = 0.5 * np.log(values[:, :, None] / unit)
    apart = np.where(np.abs(half - half.mT) < 1e-6, 1e-6, half - half.mT)
    ratio = np.sinh(apart) / (depth * np.sinh(apart / depth))
    return np.exp((1 - 1 / depth) * (half + half.mT)) * ratio, np.exp(2 * (1 - 1 / depth) * half) / depth


def spectrum(matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    values, vectors = np.linalg.eigh(np.where(np.isfinite(matrix), matrix, 0.0))  # steps that go too far are refused
    return np.maximum(values, NULL * np.abs(values).max(-1, keepdims=True) + 1e-300), vectors


def velocity(state: Start, task: Task, *, eta_h, eta_y, below, above, unit_h, unit_y, **_) -> Start:
    """d state/dt for Q, M and S in place of G, Y and S, X X' as the kernel and Y* X' as the targets."""
    (u, V), (s, W) = spectrum(state.gram), spectrum(state.decoder)
    F, M = (W.mT @ part @ V for part in (state.output @ task.kernel - task.targets, state.output))
    (U, u_null), (T, s_null) = summed(u, below, unit_h), summed(s, above, unit_y)
    Z, R = M / np.sqrt(u)[:, None, :], M / np.sqrt(s)[:, :, None]
    by_encoder = Z @ (U * (Z.mT @ F)) + (s[:, :, None] * F - Z @ (Z.mT @ F)) * u_null.mT
    by_decoder = (T * (F @ R.mT)) @ R + s_null * (F * u[:, None, :] - (F @ R.mT) @ R)
    return Start(
        gram=-eta_h * (V @ both(U * (M.mT @ F)) @ V.mT),
        output=-W @ (eta_h * by_encoder + eta_y * by_decoder) @ V.mT,
        decoder=-eta_y * (W @ both(T * (F @ M.mT)) @ W.mT),
        bias=0 * state.bias,
    )


class Chain:
    """The solution up to `end` (element,); rates are those of a chain all of whose u (and s) are its unit."""

    def __init__(self, start: Start, rates: dict, kernel: Kernel, targets, end, rtol: float, max_steps: int = 400):
        live = (kernel.values > NULL * kernel.values[:, :1]).all(0)
        square = kernel.values[:, live] / kernel.values[:, :1]
        self.x = np.sqrt(square)[:, :, None] * kernel.vectors[:, :, live].mT
        back = self.x.mT / square[:, None]
        begin = start._replace(gram=back.mT @ start.gram @ back, output=start.output @ back)
        rates = rates | {"eta_h": rates["eta_h"] * kernel.values[:, 0]}
        products = square[:, None] * np.eye(live.sum())
        self.flow = Flow(velocity, begin, rates, products, targets @ self.x.mT, end, rtol=rtol, max_steps=max_steps)

    def at(self, time: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        weights, mapping = self.flow.at(time)
        return self.x[:, None].mT @ weights @ self.x[:, None], mapping @ self.x[:, None]


class ChainModel(nu.UniversalModel):
    """The law of a balanced chain: two depths beside the constants of the universal law."""

    name, difference, rtol = "chain", 1e-2, 1e-3

    def parameters(self, seen):
        middle = np.full(len(seen.dx2), DEEPEST**0.5)
        depths = [Parameter(name, "positive", middle, reach=0.5 * np.log(DEEPEST)) for name in ("below", "above")]
        return [*super().parameters(seen), *depths]

    def _flow(self, rates, start, dx2, dy2, targets, often, end, rtol):
        begin = self._begin(rates, start, dx2, dy2, targets, often)
        kernel = self._encoded(start, dx2, begin.gram, often)
        unit_h = np.einsum("eii->e", begin.gram) * kernel.values[:, 0] / kernel.values.sum(-1)
        units = {"unit_h": unit_h, "unit_y": dy2.mean(-1) / start["h"].mean(-1)}
        return Chain(begin, rates | units, kernel, targets, end, rtol)


def fitted(traj: xr.Dataset, **encoder) -> list[tuple[np.ndarray, np.ndarray]]:
    """Theta (seed, parameter) and h (seed, pair, time) of both laws; the chain begins where the universal law is."""
    simple, chain = (law(**encoder).form(traj).problem(traj) for law in (nu.UniversalModel, ChainModel))
    theta, rough = best(simple).theta, ChainModel(**encoder)
    starts = np.stack([np.concatenate([theta, np.log(np.tile(depths, (len(theta), 1)))], 1) for depths in FROM])
    rough.rtol, rough.difference = 2e-3, 2e-2
    begin = replace(chain, equation=rough).minimised(starts, max_iterations=3, tolerance=1e-2).theta
    found = (simple, theta), (chain, chain.minimised(begin[None], max_iterations=9, tolerance=5e-4).theta)
    return [(constants, problem.curves(constants, np.arange(len(theta)), 1e-6)[:, 0]) for problem, constants in found]


def held_out(traj: xr.Dataset, h: np.ndarray, **encoder) -> list[np.ndarray]:
    """R2 (seed,) of both laws on the pairs of held-out conditions, both folds together."""
    truth, predicted = [], ([], [])
    for part in split_conditions(traj, folds=2, partitions=1, seed=0):
        inside = Pairs.of(traj).among(Pairs.of(part.test).names)
        truth.append(h[:, inside])
        for courses, (_, prediction) in zip(predicted, fitted(part.hidden, **encoder), strict=True):
            courses.append(prediction[:, inside])
    return [r2(np.concatenate(truth, 1), np.concatenate(courses, 1)) for courses in predicted]


def r2(observed: np.ndarray, predicted: np.ndarray) -> np.ndarray:
    observed, predicted = observed[..., 1:], predicted[..., 1:]
    spread = ((observed - observed.mean((-2, -1), keepdims=True)) ** 2).sum((-2, -1))
    return 1 - ((observed - predicted) ** 2).sum((-2, -1)) / spread


def row(layer: int, kernel: str, settings: dict) -> str:
    task, leak = nu.tasks.digits(per_class=3), 0.01 if settings["nonlinearity"] == "leaky_relu" else 0.0
    encoder = {"kernel": kernel, "depth": max(1, layer - 1), "leak": leak}
    traj = nu.trajectory(nu.train(task, layers=[layer - 1], **settings)).isel(layer=0).drop_vars(["y", "w", "output"])
    h = traj["h"].transpose("seed", "pair", "time").values
    fits, other = fitted(traj, **encoder), held_out(traj, h, **encoder)
    scores = *(r2(h, prediction) for _, prediction in fits), *other
    bound = nu.start_ceiling(task, layer=layer - 1, draws=3, **settings).dynamics_ceiling.sel(bound="upper").values
    share = (other[1] - other[0]) / (bound.ravel() - other[0])
    depths = np.median(np.exp(fits[1][0][:, -2:]), 0)
    cells = [f"{np.median(part):.3f}" for part in (*scores, bound, share, *depths)]
    return f"| {layer} | {kernel} | {' | '.join(cells)} |"


def balanced(matrix: np.ndarray, depth: int) -> list[np.ndarray]:
    """The weights of `depth` balanced layers, the first one first, whose product is `matrix`."""
    left, values, right = np.linalg.svd(matrix, full_matrices=False)
    part = np.diag(values ** (1 / depth))
    return [part @ right, *[part] * (depth - 2), left @ part] if depth > 1 else [matrix]


def exact(a: int, b: int, steps: int = 3000, step: float = 0.005) -> str:
    """The chain beside a balanced linear network of a + b layers that descends its gradient, weight by weight."""
    rng = np.random.default_rng(10 * a + b)
    x, targets = (part - part.mean(1, keepdims=True) for part in (rng.normal(size=(5, 7)), rng.normal(size=(3, 7))))
    A, C = 0.6 * rng.normal(size=(12, 5)), 0.6 * rng.normal(size=(3, 12))
    weights, rates, grams = [*balanced(A, a), *balanced(C, b)], [0.02] * a + [0.035] * b, []
    for _ in range(steps):
        layers = list(itertools.accumulate(weights, lambda below, weight: weight @ below, initial=x))
        grams.append(layers[a].T @ layers[a])
        taught = layers[-1] - targets
        for place in reversed(range(a + b)):
            move, taught = rates[place] * taught @ layers[place].T, weights[place].T @ taught
            weights[place] = weights[place] - step * move
    start = Start(grams[0][None], (C @ A @ x)[None], (C @ C.T)[None], np.zeros((1, 3)))
    kernel, time = Kernel.of((x.T @ x)[None]), step * np.arange(steps)[None]
    rates = {"eta_h": 0.02 * a, "eta_y": 0.035 * b, "below": a, "above": b, "unit_h": kernel.values[0, 0], "unit_y": 1}
    rates = {name: np.array([float(rate)]) for name, rate in rates.items()}
    gram, _ = Chain(start, rates, kernel, targets[None], time[:, -1], 1e-9, 5000).at(time)
    return f"a = {a}, b = {b}: 1 - R2 {1 - r2(*(np.reshape(part, (steps, -1)).T for part in (grams, gram))):.1e}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=("exact", "networks"))
    for name, value in {"count": 4, "nonlinearity": "leaky_relu", "gain": 1.0, "seeds": 5}.items():
        parser.add_argument(f"--{name}", type=type(value), default=value)
    parser.add_argument("--layers", type=int, nargs="+", default=[2, 3, 4])
    parser.add_argument("--kernels", nargs="+", default=["input", "arc_cosine", "start"])
    asked = parser.parse_args()
    warnings.simplefilter("ignore")
    if asked.what == "exact":
        print(*(exact(a, b) for a, b in itertools.product((1, 2, 3), repeat=2)), sep="\n")
        return
    settings = {
        "architecture": "mlp", "hidden_layers": asked.count, "width": 200, "gain": asked.gain, "lr": 0.1, "record": 25,
        "epochs": 3000, "nonlinearity": asked.nonlinearity, "seeds": asked.seeds, "progress": False,
    }  # fmt: skip
    print("| layer | kernel | universal, in sample | chain | universal, held out | chain | ceiling | share | a | b |")
    for layer, kernel in itertools.product(asked.layers, asked.kernels):
        print(row(layer, kernel, settings), flush=True)


if __name__ == "__main__":
    main()
