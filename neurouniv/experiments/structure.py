"""Structure: do constants fitted to one pair of points predict the final distances of others?"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import xarray as xr
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LinearSegmentedColormap, Normalize
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import LogLocator, NullFormatter, StrMethodFormatter

from neurouniv import tasks
from neurouniv.experiments.experiment import claimed, count_of, finished, fitted, steps
from neurouniv.experiments.settings import settings_of, trained
from neurouniv.figures import style
from neurouniv.figures.numbers import number
from neurouniv.fitting import r_squared
from neurouniv.laws import UniversalModel
from neurouniv.rdm.movie.trajectory import trajectory
from neurouniv.systems.training.train import train
from neurouniv.theory import two_point

NAME = "structure"
SETTINGS = ("two_layer", "shallow", "narrow", "default")
DX, DY = np.linspace(0.5, 1.5, 5), np.linspace(0.0, 1.0, 5)
GOOD = 0.9
RESTARTS, FRAMES = 5, 301
LONGER, STOP = 4, 1e-6
"""Cells learn as slowly as dx dy is small: they have so many times the published epochs, until their loss has fallen
to this share."""
SETTLED = 1e-3
"""A cell is settled where |dy - dy*|^2 ends below this."""
SUBSETS = ("all", "dy > 0", "settled", "settled, dy > 0")
TINTS = LinearSegmentedColormap.from_list("targets", [colormaps["viridis"](at) for at in np.linspace(0, 0.9, 32)])
LEAST_RANGE = 6.0
"""The axis of ratios spans at least this factor, so that a ratio that stays looks as if it did."""


def run(seeds: int, device: str = "auto", progress: bool | None = None, quick: bool = False) -> xr.Dataset:
    """Fit the law at dx = 1, dy = sqrt(.5), and predict final distances on a 5x5 grid of dx and dy.

    Returns
    -------
    Dataset over `setting` and `seed`: `eta_h`, `eta_y` and `converged` of the fit; over the grid (..., dx, dy) `final`
    and `predicted`, the distances at the end and as the constants predict them from every cell's own start,
    `settled`, and `ratio` = eta_h/eta_y as fitted to the cell itself (NaN where dy = 0); `r` and `r2` (..., subset)
    of prediction against experiment.
    """
    jobs = [(name, seed) for name in SETTINGS for seed in range(seeds)]
    blocks = {job: _network(*job, device, quick) for job in steps(jobs, NAME, progress)}
    rows = [xr.concat([blocks[name, s] for s in range(seeds)], dim="seed") for name in SETTINGS]
    results = xr.concat(rows, dim="setting").assign_coords(setting=list(SETTINGS), seed=range(seeds))
    return finished(results.merge(_scores(results)), NAME, seeds, device, quick, restarts=RESTARTS, frames=FRAMES)


def claim(results: xr.Dataset) -> str:
    """Whether predictions reach R2 of .9 where dy > 0, with R2 and r of the whole grid beside it, a setting each."""
    r2, r = (results[name].median("seed") for name in ("r2", "r"))
    good = (r2.sel(subset="settled, dy > 0") >= GOOD).values
    scores = "; ".join(
        f"{name} {_of(r2, name, 'settled, dy > 0')} ({_of(r2, name, 'settled')}, {_of(r, name, 'settled')}; "
        f"{float(results['settled'].sel(setting=name).mean()):.0%} of cells settled)"
        for name in map(str, results["setting"].values)
    )
    seeds = count_of(results.sizes["seed"], "seed")
    text = f"R2 of final distances where dy > 0 (whole grid: R2, r), medians over {seeds}: {scores}; {_ratios(results)}"
    return claimed(results, bool(good.all()), bool(good.any()), text)


def _of(score: xr.DataArray, setting: str, subset: str) -> str:
    return number(float(score.sel(setting=setting, subset=subset)))


def _ratios(results: xr.Dataset) -> str:
    """How the fitted ratio of constants goes from the smallest to the largest dx."""
    ratio = results["ratio"].where(results["settled"]).median(["seed", "dy"])
    low, high = ratio.isel(dx=0), ratio.isel(dx=-1)
    courses = ", ".join(
        f"{name} {number(float(low.sel(setting=name)))} to {number(float(high.sel(setting=name)))}"
        for name in ratio["setting"].values
    )
    return f"eta_h/eta_y from dx = {float(low['dx']):g} to {float(high['dx']):g}: {courses}"


def _network(name: str, seed: int, device: str, quick: bool) -> xr.Dataset:
    """The constants of one network, and the final distances of its copies that learn the cells of the grid."""
    origin = trained(name, range(seed, seed + 1), device, quick, frames=FRAMES).isel(layer=0, seed=0, drop=True)
    law = fitted(UniversalModel(restarts=RESTARTS), origin)
    return _judged(_grid(name, seed, device, quick), law.constants_)


def _grid(name: str, seed: int, device: str, quick: bool) -> xr.Dataset:
    """Trajectories (dx, dy, time, pair) of one network that learns every cell of the grid, all cells at once."""
    task = _over_grid(lambda i, j: tasks.two_points(DX[i] ** 2, DY[j] ** 2))
    settings = settings_of(name, quick)
    settings |= {"epochs": (1 if quick else LONGER) * settings["epochs"], "stop": STOP, "seeds": [seed]}
    runs = train(task, record=FRAMES, device=device, progress=False, **settings).isel(seed=0, layer=0, drop=True)
    return _over_grid(lambda i, j: trajectory(runs.isel(dx=i, dy=j, drop=True))[["h", "y", "w"]])


def _over_grid(of_cell: Callable[[int, int], xr.Dataset]) -> xr.Dataset:
    rows = [xr.concat([of_cell(i, j) for j in range(len(DY))], dim="dy") for i in range(len(DX))]
    return xr.concat(rows, dim="dx").assign_coords(dx=DX, dy=DY)


def _judged(traj: xr.Dataset, constants: xr.Dataset) -> xr.Dataset:
    """Every cell's final distance, what `constants` predict from its start, and the ratio of its own constants."""
    dx2, dy2 = (traj[name].isel(pair=0).reset_coords(drop=True) for name in ("dx2", "dy2"))
    first, last = (traj.isel(time=frame, pair=0).reset_coords(drop=True) for frame in (0, -1))
    begin, rates = two_point.Start(first["h"], first["y"], first["w"]), constants[["eta_h", "eta_y"]]
    predicted = two_point.final_distance(begin, rates["eta_h"], rates["eta_y"], dx2, dy2)
    missing = 2 * last["w"] - last["y"] + dy2
    result = xr.Dataset({"final": last["h"], "predicted": predicted, "settled": missing < SETTLED})
    cells = fitted(UniversalModel(restarts=RESTARTS), traj.isel(dy=DY > 0)).constants_
    result["ratio"] = (cells["eta_h"] / cells["eta_y"]).where(cells["converged"]).reindex(dy=DY)
    result = result.merge(rates.assign(converged=constants["converged"]))
    return result.drop_vars([name for name in result.coords if name not in result.dims]).drop_attrs(deep=False)


def _scores(results: xr.Dataset) -> xr.Dataset:
    """r and R2 (setting, seed, subset) of predicted against final distances over the cells of each subset."""
    final, predicted = (results[name].stack(cell=("dx", "dy")) for name in ("final", "predicted"))
    settled = results["settled"].stack(cell=("dx", "dy"))
    different = xr.ones_like(settled) & (final["dy"] > 0)
    masks = [xr.ones_like(settled), different, settled, settled & different]
    mask = xr.concat(masks, dim="subset").assign_coords(subset=list(SUBSETS)).drop_vars(["cell", "dx", "dy"])
    bare = [array.drop_vars(["cell", "dx", "dy"]) for array in (final, predicted)]
    core = [["cell"]] * 3
    return xr.Dataset(
        {name: xr.apply_ufunc(score, *bare, mask, input_core_dims=core, vectorize=True)
         for name, score in (("r", _correlation), ("r2", _explained))}
    )  # fmt: skip


def _correlation(final: np.ndarray, predicted: np.ndarray, mask: np.ndarray) -> float:
    a, b = final[mask], predicted[mask]
    return float(np.corrcoef(a, b)[0, 1]) if a.size > 2 and np.ptp(a) > 0 and np.ptp(b) > 0 else np.nan


def _explained(final: np.ndarray, predicted: np.ndarray, mask: np.ndarray) -> float:
    return float(r_squared(final[mask][:, None], predicted[mask][:, None])) if mask.sum() > 2 else np.nan


@style.styled
def draw(results: xr.Dataset) -> Figure:
    """Final distance, theory against experiment, and the ratio of constants over the grid, a column a setting."""
    settings = [str(name) for name in results["setting"].values]
    figure = style.new_figure(0.9 + 2.5 * len(settings), 5.6)
    rows = figure.subplots(2, len(settings), squeeze=False)
    tints = ScalarMappable(Normalize(float(results["dy"][0]), float(results["dy"][-1])), TINTS)
    for above, below, name in zip(*rows, settings, strict=True):
        _scatter(above, results.sel(setting=name), name, tints)
        _ratio_panel(below, results.sel(setting=name), tints)
    rows[0, 0].set_ylabel("final distance, experiment")
    rows[1, 0].set_ylabel(r"fitted $\eta_h/\eta_y$")
    bar = figure.colorbar(tints, ax=rows, aspect=40, pad=0.01, ticks=results["dy"].values)
    bar.set_label("distance of the targets, dy")
    bar.outline.set_visible(False)
    dot = partial(Line2D, [], [], color=style.MUTED, marker="o", linestyle="none", ms=5)
    handles = [
        dot(label="cell of the grid, a seed"),
        dot(label="not learned to the end", mfc="white"),
        Line2D([], [], color=style.INK, linewidth=0.8, label="theory = experiment"),
        Line2D([], [], color=style.MUTED, linewidth=0.9, linestyle="--", label="ratio at dx = 1, dy² = .5"),
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=4)
    return figure


def _scatter(ax: Axes, results: xr.Dataset, name: str, tints: ScalarMappable) -> None:
    """Experiment against theory of every cell, with the line on which they agree and the scores over settled cells."""
    for dy in results["dy"].values:
        part = results.sel(dy=dy)
        x, y, settled = (part[v].values.ravel() for v in ("predicted", "final", "settled"))
        colour = tints.to_rgba(dy)
        ax.plot(x[settled], y[settled], "o", ms=4.5, color=colour, mew=0, alpha=0.85)
        ax.plot(x[~settled], y[~settled], "o", ms=4.5, mfc="white", mec=colour, mew=1)
    top = 1.06 * max(float(results["predicted"].max()), float(results["final"].max()))
    ax.plot([0, top], [0, top], color=style.INK, linewidth=0.8, zorder=0)
    ax.set(xlim=(-0.02 * top, top), ylim=(-0.02 * top, top), xlabel="final distance, theory")
    style.finish_axis(ax)
    r, r2 = (results[v].median("seed") for v in ("r", "r2"))
    lines = [f"R² {number(float(r2.sel(subset=s)))}, r {number(float(r.sel(subset=s)))}" for s in SUBSETS[2:]]
    scores = f"all dy: {lines[0]}\ndy > 0: {lines[1]}"
    ax.text(0, 1.02, scores, transform=ax.transAxes, fontsize=7.5, va="bottom", color=style.INK)
    ax.set_title(f"{name}, {float(results['settled'].mean()):.0%} settled", pad=28)


def _ratio_panel(ax: Axes, results: xr.Dataset, tints: ScalarMappable) -> None:
    """The ratio of constants fitted to each settled cell, median over seeds; dashed: where predictions take it."""
    settled = results["ratio"].where(results["settled"]).median("seed")
    for dy in results["dy"].values[1:]:
        line = settled.sel(dy=dy)
        ax.plot(results["dx"].values, line, color=tints.to_rgba(dy), marker="o", ms=3.5, linewidth=1.4)
    predicted = float((results["eta_h"] / results["eta_y"]).median("seed"))
    ax.axhline(predicted, color=style.MUTED, linestyle="--", linewidth=0.9, zorder=0)
    low, high = float(settled.min()), float(settled.max())
    low, high = (predicted, predicted) if np.isnan(low) else (min(low, predicted), max(high, predicted))
    middle, half = np.sqrt(low * high), max(np.sqrt(LEAST_RANGE), 1.2 * np.sqrt(high / low))
    ax.set_yscale("log")
    ax.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    ax.yaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    ax.yaxis.set_minor_formatter(NullFormatter())
    ax.set(xlabel="distance of the stimuli, dx", xticks=results["dx"].values, ylim=(middle / half, middle * half))
