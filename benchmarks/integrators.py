"""Batches of small ODE systems: our integrator and the closed form against libraries, at matched achieved accuracy.

    python benchmarks/integrators.py

torchdiffeq, torchode, diffrax and numbalsoda are measured where they are installed; scipy always is.
"""

import importlib.util
from collections.abc import Callable
from time import perf_counter

import numpy as np
from scipy.integrate import solve_ivp

from neurouniv.theory import closed_form
from neurouniv.theory.integrate import solve
from neurouniv.theory.two_point import Start

SYSTEMS, ALONE, TIMES = 512, 40, np.linspace(0.0, 6000.0, 60)
RTOL = 1e-7


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


def ours(h, y, w, eta_h, eta_y, dy2) -> np.ndarray:
    def velocity(state):
        return np.stack(reduced(state[0], state[1], h, y / h, eta_h, eta_y, dy2))

    begin = np.stack([np.sqrt(h), (y - w) / np.sqrt(h)])
    solution = solve(velocity, begin, np.full(SYSTEMS, TIMES[-1]), rtol=RTOL)
    return solution.at(np.broadcast_to(TIMES, (SYSTEMS, len(TIMES))))[..., 0] ** 2


def formula(h, y, w, eta_h, eta_y, dy2) -> np.ndarray:
    return closed_form.solve(Start(h, y, w), eta_h, eta_y, np.ones(SYSTEMS), dy2, TIMES)[0]


def lsoda(h, y, w, eta_h, eta_y, dy2) -> np.ndarray:
    """One system at a time, on plain floats; the rest of the batch is left NaN."""
    found = np.full((SYSTEMS, len(TIMES)), np.nan)
    for s in range(ALONE):
        own = tuple(float(part[s]) for part in (h, y / h, eta_h, eta_y, dy2))
        begin = [float(np.sqrt(h[s])), float((y[s] - w[s]) / np.sqrt(h[s]))]
        settings = {"t_eval": TIMES, "method": "LSODA", "rtol": RTOL, "atol": 1e-10}
        found[s] = solve_ivp(lambda _, z, own=own: reduced(*z.tolist(), *own), (0, 6000), begin, **settings).y[0] ** 2
    return found


def torchdiffeq(h, y, w, eta_h, eta_y, dy2) -> np.ndarray:
    import torch
    from torchdiffeq import odeint

    h, y, w, eta_h, eta_y, dy2 = (torch.as_tensor(part) for part in (h, y, w, eta_h, eta_y, dy2))
    begin = torch.stack([h.sqrt(), (y - w) / h.sqrt()])
    field = lambda _, z: torch.stack(reduced(z[0], z[1], h, y / h, eta_h, eta_y, dy2))  # noqa: E731
    return (odeint(field, begin, torch.as_tensor(TIMES), rtol=RTOL, atol=1e-10)[:, 0] ** 2).T.numpy()


def torchode(h, y, w, eta_h, eta_y, dy2) -> np.ndarray:
    import torch
    import torchode as to

    h, y, w, eta_h, eta_y, dy2 = (torch.as_tensor(part) for part in (h, y, w, eta_h, eta_y, dy2))
    begin = torch.stack([h.sqrt(), (y - w) / h.sqrt()], -1)
    field = lambda _, z: torch.stack(reduced(z[:, 0], z[:, 1], h, y / h, eta_h, eta_y, dy2), -1)  # noqa: E731
    term = to.ODETerm(field)
    method = to.AutoDiffAdjoint(to.Dopri5(term=term), to.IntegralController(atol=1e-10, rtol=RTOL, term=term))
    times = torch.as_tensor(TIMES).repeat(len(h), 1)
    with torch.no_grad():
        return (method.solve(to.InitialValueProblem(y0=begin, t_eval=times)).ys[..., 0] ** 2).numpy()


def diffrax_solver() -> Callable[..., np.ndarray]:
    """A compiled solver; compiling is not part of its time."""
    import diffrax
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", True)

    def one(h, y, w, eta_h, eta_y, dy2):
        field = diffrax.ODETerm(lambda t, z, _: jnp.stack(reduced(z[0], z[1], h, y / h, eta_h, eta_y, dy2)))
        settings = {"saveat": diffrax.SaveAt(ts=TIMES), "max_steps": 20_000}
        control = diffrax.PIDController(rtol=RTOL, atol=1e-10)
        begin = jnp.stack([jnp.sqrt(h), (y - w) / jnp.sqrt(h)])
        made = diffrax.diffeqsolve(
            field, diffrax.Tsit5(), 0.0, TIMES[-1], None, begin, stepsize_controller=control, **settings
        )
        return made.ys[:, 0] ** 2

    compiled = jax.jit(jax.vmap(one))
    return lambda *parts: np.asarray(compiled(*parts))


def candidates() -> dict[str, tuple[Callable[..., np.ndarray], int]]:
    """Every solver that is there, and how many systems it solves in a call."""
    found = {
        "closed form": (formula, SYSTEMS),
        "neurouniv.theory.integrate": (ours, SYSTEMS),
        "scipy LSODA": (lsoda, ALONE),
    }
    for name, make in {
        "torchdiffeq": lambda: torchdiffeq,
        "torchode": lambda: torchode,
        "diffrax": diffrax_solver,
    }.items():
        if importlib.util.find_spec(name):
            found[name] = make(), SYSTEMS
    absent = [
        name for name in ("torchdiffeq", "torchode", "diffrax", "numbalsoda") if not importlib.util.find_spec(name)
    ]
    print(f"not installed: {', '.join(absent) or 'none'}")
    return found


def main() -> None:
    parts = problem()
    exact, reference = formula(*parts), None
    for name, (solver, systems) in candidates().items():
        start = perf_counter()
        solver(*parts)
        first = perf_counter() - start
        start = perf_counter()
        found = solver(*parts)
        took = (perf_counter() - start) / systems
        reference = took if name == "neurouniv.theory.integrate" else reference
        error = np.abs(found - exact)[:systems].max()
        against = f", ratio to ours {took / reference:.1f}" if reference else ""
        print(
            f"{name}: {1e3 * took:.3f} ms a system{against}, first call {first:.1f} s, error in h {error:.0e}",
            flush=True,
        )


if __name__ == "__main__":
    main()
