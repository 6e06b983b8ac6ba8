"""The two-point law: one batch with a clock per element against scipy's LSODA, one system at a time."""

from time import perf_counter

import numpy as np
from scipy.integrate import solve_ivp

from neurouniv.theory.two_point import Flow, Start

SYSTEMS, ALONE, TIMES = 4096, 40, np.linspace(0, 6000, 60)


def scalar_velocity(eta_h: float, eta_y: float, dx2: float, dy2: float):
    """The three equations on plain floats, the fastest that scipy can be given from Python."""

    def rates(_: float, state: np.ndarray) -> tuple[float, float, float]:
        h, y, w = state.tolist()
        dh = -eta_h * dx2 * w
        dy = -w * (eta_y * h + eta_h * dx2 * y / h)
        return dh, dy, -0.5 * eta_y * h * (3 * w - y + dy2) - 0.5 * eta_h * dx2 * (y + w) * w / h

    return rates


def main() -> None:
    rng = np.random.default_rng(0)
    eta_h, eta_y = 10 ** rng.uniform(-3, -1.5, (2, SYSTEMS))
    dx2, dy2 = np.ones(SYSTEMS), np.full(SYSTEMS, 0.5)
    h = 10 ** rng.uniform(-3, -1, SYSTEMS)
    start = Start(h, 1e-4 * h, 1e-4 * h - 0.3 * np.sqrt(1e-4 * h * dy2))
    begin = perf_counter()
    batch = Flow(start, eta_h, eta_y, dx2, dy2, np.full(SYSTEMS, 6000.0)).at(TIMES)[0]
    ours = (perf_counter() - begin) / SYSTEMS
    begin, error = perf_counter(), 0.0
    for i in range(ALONE):
        rates, state = scalar_velocity(float(eta_h[i]), float(eta_y[i]), 1.0, 0.5), [part[i] for part in start]
        oracle = solve_ivp(
            rates, (0, 6000), state, t_eval=TIMES, method="LSODA", rtol=1e-9, atol=1e-12,
        )  # fmt: skip
        error = max(error, float(np.abs(oracle.y[0] - batch[i]).max()))
    alone = (perf_counter() - begin) / ALONE
    print(f"LSODA {1e3 * alone:.2f} ms, batch {1e3 * ours:.3f} ms; ratio {alone / ours:.0f}, error {error:.1e}")


if __name__ == "__main__":
    main()
