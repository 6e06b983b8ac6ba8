"""Movies that obey the two-point law, in closed form."""

import numpy as np

from neurouniv.theory import closed_form, two_point


def lawful(frames: int, dx2: np.ndarray, dy2: np.ndarray, rates: np.ndarray) -> np.ndarray:
    """Movies (..., time, pair) by the two-point law, of constants that are these multiples (..., 2) of a usual pair."""
    usual = 14 / np.sqrt(np.median(dx2 * dy2, axis=-1, keepdims=True))
    eta_h, eta_y = (usual * rates[..., [i]] for i in range(2))
    h0 = 0.03 * np.sqrt(eta_h / eta_y * dy2.mean(-1, keepdims=True) / dx2.mean(-1, keepdims=True)) * dx2
    y0 = 0.1 * eta_y / eta_h * dy2.mean(-1, keepdims=True) / dx2.mean(-1, keepdims=True) * h0
    start = two_point.Start(*np.broadcast_arrays(h0, y0, y0 - 0.3 * np.sqrt(y0 * dy2)))
    time = np.broadcast_to(np.linspace(0, 1, frames), (*h0.shape[:-1], 1, frames))
    wide = (np.broadcast_to(part, start.h.shape) for part in (eta_h, eta_y, dx2, dy2))
    return np.swapaxes(closed_form.solve(start, *wide, time)[0], -1, -2)
