"""RDM movies from means of trials, transfers included, beside the CPU of the same machine."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from gpu_parts.machine import Machine
from neurouniv.rdm.measures import MEASURES
from neurouniv.rdm.measures.variance import crossnobis_variance
from neurouniv.rdm.movie.movie import Part, Recipe, movie

SHAPES = {"92 conditions x 8 runs x 64 channels x 200 times": (92, 8, 64, 200), "500 x 8 x 64 x 200": (500, 8, 64, 200)}
KINDS = ("sqeuclidean", "correlation", "mahalanobis", "crossnobis", "crossnobis, whitened", "crossnobis, variances")


def rows(machine: Machine) -> Iterator[dict[str, Any]]:
    rng = np.random.default_rng(0)
    for shape, (conditions, runs, channels, times) in SHAPES.items():
        times = times if machine.gpu else times // 20
        averages = rng.normal(size=(1, runs, conditions, channels, times))
        root = rng.normal(size=(1, channels, 2 * channels))
        for kind in KINDS:
            if machine.left() < 15:
                yield {"what": f"{kind}, {shape}", "left out": "no time"}
                continue
            measure = MEASURES[kind.split(",")[0]]
            white = "whitened" in kind or kind == "mahalanobis"
            precision = root @ np.swapaxes(root, 1, 2) / channels if white else None
            variance = (lambda folds, p, _: crossnobis_variance(folds, p)) if "variances" in kind else None
            yield {"what": f"{kind}, {shape}"} | timed(machine, averages, measure, precision, variance)


def timed(machine: Machine, averages: np.ndarray, measure: Any, precision: Any, variance: Any) -> dict[str, Any]:
    parts = [Part(np.arange(1), np.arange(1), np.arange(averages.shape[3])[None], precision)]

    def on(device: str) -> Any:
        return movie(averages, parts, Recipe(measure, variance, np.ones(averages.shape[:3]), device=device))

    here = machine.seconds(lambda: on("cpu"), 1)
    there = machine.seconds(lambda: on(machine.device), 3)
    return {
        "ms": 1e3 * there,
        "CPU ms": 1e3 * here,
        "ratio": here / there,
        "peak MB": machine.peak(lambda: on(machine.device)),
    }
