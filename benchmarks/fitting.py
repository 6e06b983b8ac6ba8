"""The law's fit against the published procedure: a grid of 100 guesses, a stiff solver and BFGS, one by one.

    python benchmarks/fitting.py [--reference FOLDER]

FOLDER holds two-point runs (npz: h, y, w, dx2, dy2) and `fits.json` with the best known sum of squares of each.
"""

import argparse
import json
import warnings
from pathlib import Path
from time import perf_counter

import numpy as np
import xarray as xr
from scipy.integrate import solve_ivp
from scipy.optimize import minimize

from neurouniv.laws import PairwiseModel
from neurouniv.theory import closed_form, two_point

SYSTEMS, TIMES, PUBLISHED = 256, 300, 6
GRID = np.logspace(-4, -1, 10)


def simulated(systems: int) -> xr.Dataset:
    """Two-point trajectories (system, time, pair) over the published range of constants, with smooth misfit of 1 %."""
    rng = np.random.default_rng(0)
    eta_h, eta_y = 10 ** rng.uniform(-3.3, -1.5, (2, systems, 1))
    pace = 1 / np.sqrt(eta_h * eta_y * 0.5)
    time = np.linspace(0, 6000, TIMES)
    rate = np.clip(12 * pace / 6000, 1.0, None)  # every system learns within the time there is
    eta_h, eta_y = eta_h * rate, eta_y * rate
    h = 10 ** rng.uniform(-3, -1.5, (systems, 1))
    y = 1e-2 * h
    start = two_point.Start(h, y, y - 0.5 * np.sqrt(y * 0.5))
    one = np.ones((systems, 1))
    curves = closed_form.solve(start, eta_h, eta_y, one, 0.5 * one, time)
    wave = np.sin(np.linspace(0, 9, TIMES) + rng.uniform(0, 6, (systems, 1, 1))) * (np.arange(TIMES) > 0)
    curves = [curve + 0.01 * curve.max(-1, keepdims=True) * wave for curve in curves]
    coords = {"time": time, "first": ("pair", ["a"]), "second": ("pair", ["b"]), "dx2": ("pair", [1.0])}
    frames = {name: (("system", "pair", "time"), curve) for name, curve in zip("hyw", curves, strict=True)}
    return xr.Dataset(frames, coords | {"dy2": ("pair", [0.5])}).transpose("system", "time", "pair")


def published(traj: xr.Dataset) -> tuple[float, np.ndarray]:
    """Sum of squares and constants of one trajectory by the published procedure, from its description."""
    time = traj.time.values - float(traj.time[0])
    seen = np.stack([traj[name].values[:, 0] for name in "hyw"])
    dx2, dy2 = float(traj.dx2[0]), float(traj.dy2[0])

    def misfit(constants: np.ndarray) -> float:
        eta_h, eta_y = constants

        def rates(_: float, state: np.ndarray) -> tuple[float, float, float]:
            h, y, w = state.tolist()
            encoder = eta_h * dx2
            dw = -0.5 * eta_y * h * (3 * w - y + dy2) - 0.5 * encoder * (y + w) * w / h
            return -encoder * w, -w * (eta_y * h + encoder * y / h), dw

        solved = solve_ivp(rates, (time[0], time[-1]), seen[:, 0], t_eval=time, method="Radau")
        return float(((solved.y - seen) ** 2).sum()) if solved.y.shape == seen.shape else 1e10

    guesses = np.stack(np.meshgrid(GRID, GRID), -1).reshape(-1, 2)
    best = min(guesses, key=misfit)
    found = minimize(misfit, best, method="BFGS")
    return float(found.fun), found.x


def batch() -> None:
    traj = simulated(SYSTEMS)
    PairwiseModel().fit(traj.isel(system=slice(0, 2)))  # imports and first calls
    start = perf_counter()
    found = PairwiseModel().fit(traj).constants_
    together = perf_counter() - start
    start = perf_counter()
    for s in range(10):
        PairwiseModel().fit(traj.isel(system=s))
    single = (perf_counter() - start) / 10
    start, ratios = perf_counter(), []
    for s in range(PUBLISHED):
        theirs, _ = published(traj.isel(system=s))
        ratios.append(float(found.loss[s]) / theirs)
    alone = (perf_counter() - start) / PUBLISHED
    print(f"published procedure {alone:.2f} s a trajectory of {TIMES} times; ours {1e3 * single:.1f} ms alone")
    print(f"ratio {alone / single:.0f}; {1e3 * together / SYSTEMS:.2f} ms each in a batch of {SYSTEMS}")
    print(f"ratio {alone * SYSTEMS / together:.0f}; our SSE over theirs {min(ratios):.4g} to {max(ratios):.4g}")


def reference(folder: Path) -> None:
    known = json.loads((folder / "fits.json").read_text())
    for name, fits in known.items():
        run = np.load(folder / f"{name}.npz", allow_pickle=False)
        coords = {"time": np.arange(len(run["h"]), dtype=float), "first": ("pair", ["a"]), "second": ("pair", ["b"])}
        coords |= {key: ("pair", [float(run[key])]) for key in ("dx2", "dy2")}
        traj = xr.Dataset({key: (("time", "pair"), run[key][:, None].astype(float)) for key in "hyw"}, coords)
        start = perf_counter()
        found = PairwiseModel().fit(traj).constants_
        took, best = perf_counter() - start, fits["best"]
        off = [float(found[key]) / best[key] - 1 for key in ("eta_h", "eta_y")]
        sse = float(found.loss) / best["sse"]
        told = f"{name}: {took:.2f} s for {len(run['h'])} times; SSE over the best {sse:.6f}"
        print(f"{told}; eta_h {off[0]:+.1e}, eta_y {off[1]:+.1e}; {str(found.message.values)[:60]}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--reference", type=Path)
    chosen = parser.parse_args()
    warnings.simplefilter("ignore")
    batch()
    if chosen.reference:
        reference(chosen.reference)


if __name__ == "__main__":
    main()
