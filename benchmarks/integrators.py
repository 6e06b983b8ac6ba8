"""Batches of small ODE systems: our integrator and the closed form against libraries, at matched achieved accuracy.

    python benchmarks/integrators.py

torchdiffeq, torchode and diffrax are measured where they are installed; scipy always is.
"""

import importlib.util
from collections.abc import Callable
from functools import cache
from time import perf_counter

import numpy as np
from scipy.integrate import solve_ivp

from neurouniv.theory import closed_form
from neurouniv.theory.integrate import solve
from neurouniv.theory.two_point import Start

SYSTEMS, ALONE, TIMES = 512, 40, np.linspace(0.0, 6000.0, 60)
RTOLS, ACCURACY = 10.0 ** -np.arange(5.0, 12.0), 1e-5
"""Every solver gets the loosest tolerance with which its largest error in h is below this."""


def problem() -> tuple[np.ndarray, ...]:
    """h0, y0, w0, eta_h, eta_y and dy2 of every system; dx2 = 1."""
    rng = np.random.default_rng(0)
    eta_h, eta_y = 10 ** rng.uniform(-4, -1, (2, SYSTEMS))
    h = 10 ** rng.uniform(-4, -1, SYSTEMS)
    dy2 = np.full(SYSTEMS, 0.5)
    return h, 1e-3 * h, 1e-3 * h - 0.3 * np.sqrt(1e-3 * h * dy2), eta_h, eta_y, dy2


def reduced(g, v, h0, a, encoder, decoder, dy2):
    """The exact reduction of the law to g = sqrt(h) and v = (y - w)/g."""
    dg = 0.5 * (encoder * (v - a * g) - decoder * g * (g * g - h0))
    return dg, 0.5 * decoder * g * (dy2 - g * v)


def ours(rtol, h, y, w, eta_h, eta_y, dy2) -> np.ndarray:
    def velocity(state):
        return np.stack(reduced(state[0], state[1], h, y / h, eta_h, eta_y, dy2))

    begin = np.stack([np.sqrt(h), (y - w) / np.sqrt(h)])
    solution = solve(velocity, begin, np.full(SYSTEMS, TIMES[-1]), rtol=rtol)
    return solution.at(np.broadcast_to(TIMES, (SYSTEMS, len(TIMES))))[..., 0] ** 2


def formula(_, h, y, w, eta_h, eta_y, dy2) -> np.ndarray:
    return closed_form.solve(Start(h, y, w), eta_h, eta_y, np.ones(SYSTEMS), dy2, TIMES)[0]


def lsoda(rtol, h, y, w, eta_h, eta_y, dy2) -> np.ndarray:
    """One system at a time, on plain floats; the rest of the batch is left NaN."""
    found = np.full((SYSTEMS, len(TIMES)), np.nan)
    for s in range(ALONE):
        own = tuple(float(part[s]) for part in (h, y / h, eta_h, eta_y, dy2))
        begin = [float(np.sqrt(h[s])), float((y[s] - w[s]) / np.sqrt(h[s]))]
        settings = {"t_eval": TIMES, "method": "LSODA", "rtol": rtol, "atol": 1e-10}
        found[s] = solve_ivp(lambda _, z, own=own: reduced(*z.tolist(), *own), (0, 6000), begin, **settings).y[0] ** 2
    return found


def torchdiffeq(rtol, h, y, w, eta_h, eta_y, dy2) -> np.ndarray:
    import torch
    from torchdiffeq import odeint

    h, y, w, eta_h, eta_y, dy2 = (torch.as_tensor(part) for part in (h, y, w, eta_h, eta_y, dy2))
    begin = torch.stack([h.sqrt(), (y - w) / h.sqrt()])
    field = lambda _, z: torch.stack(reduced(z[0], z[1], h, y / h, eta_h, eta_y, dy2))  # noqa: E731
    return (odeint(field, begin, torch.as_tensor(TIMES), rtol=rtol, atol=1e-10)[:, 0] ** 2).T.numpy()


def torchode(rtol, h, y, w, eta_h, eta_y, dy2) -> np.ndarray:
    import torch
    import torchode as to

    h, y, w, eta_h, eta_y, dy2 = (torch.as_tensor(part) for part in (h, y, w, eta_h, eta_y, dy2))
    begin = torch.stack([h.sqrt(), (y - w) / h.sqrt()], -1)
    field = lambda _, z: torch.stack(reduced(z[:, 0], z[:, 1], h, y / h, eta_h, eta_y, dy2), -1)  # noqa: E731
    term = to.ODETerm(field)
    method = to.AutoDiffAdjoint(to.Dopri5(term=term), to.IntegralController(atol=1e-10, rtol=rtol, term=term))
    times = torch.as_tensor(TIMES).repeat(len(h), 1)
    with torch.no_grad():
        return (method.solve(to.InitialValueProblem(y0=begin, t_eval=times)).ys[..., 0] ** 2).numpy()


def diffrax(rtol, *parts) -> np.ndarray:
    import jax

    jax.config.update("jax_enable_x64", True)
    return np.asarray(compiled(float(rtol))(*parts))


@cache
def compiled(rtol: float) -> Callable[..., np.ndarray]:
    """Compiling is not part of its time."""
    import diffrax
    import jax
    import jax.numpy as jnp

    def one(h, y, w, eta_h, eta_y, dy2):
        field = diffrax.ODETerm(lambda t, z, _: jnp.stack(reduced(z[0], z[1], h, y / h, eta_h, eta_y, dy2)))
        settings = {"saveat": diffrax.SaveAt(ts=TIMES), "max_steps": 20_000}
        control = diffrax.PIDController(rtol=rtol, atol=1e-10)
        begin = jnp.stack([jnp.sqrt(h), (y - w) / jnp.sqrt(h)])
        made = diffrax.diffeqsolve(
            field, diffrax.Tsit5(), 0.0, TIMES[-1], None, begin, stepsize_controller=control, **settings
        )
        return made.ys[:, 0] ** 2

    return jax.jit(jax.vmap(one))


LIBRARIES = {"torchdiffeq": torchdiffeq, "torchode": torchode, "diffrax": diffrax}


def candidates() -> dict[str, tuple[Callable[..., np.ndarray], int]]:
    """Every solver that is there, and how many systems it solves in a call."""
    absent = [name for name in LIBRARIES if not importlib.util.find_spec(name)]
    print(f"not installed: {', '.join(absent) or 'none'}")
    there = {name: (solver, SYSTEMS) for name, solver in LIBRARIES.items() if name not in absent}
    own = {"neurouniv.theory.integrate": (ours, SYSTEMS), "closed form": (formula, SYSTEMS)}
    return own | {"scipy LSODA": (lsoda, ALONE)} | there


def accurate(solver: Callable[..., np.ndarray], systems: int, exact: np.ndarray, parts) -> tuple[float, float]:
    """The loosest tolerance that is accurate enough, and the largest error with it."""
    for rtol in RTOLS:
        error = float(np.abs(solver(rtol, *parts) - exact)[:systems].max())
        if error < ACCURACY:
            break
    return rtol, error


def main() -> None:
    parts = problem()
    exact, reference = formula(0, *parts), None
    for name, (solver, systems) in candidates().items():
        rtol, error = accurate(solver, systems, exact, parts)
        took = []
        for _ in range(3):
            start = perf_counter()
            solver(rtol, *parts)
            took.append((perf_counter() - start) / systems)
        reference = reference or min(took)
        told = f"{name}: {1e3 * min(took):.4f} ms a system, {min(took) / reference:.2f} of ours"
        print(f"{told}, rtol {rtol:.0e}, error in h {error:.0e}", flush=True)


if __name__ == "__main__":
    main()
