"""Exclusive or in three regimes: is the geometry that is learned that of the task, or that of the initialisation?"""

from __future__ import annotations

from functools import partial

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from neurouniv import tasks
from neurouniv.experiments.experiment import claimed, count_of, finished, steps
from neurouniv.experiments.final_distances import points, predicted
from neurouniv.figures import style
from neurouniv.figures.final_rdms import CMAP
from neurouniv.figures.numbers import number
from neurouniv.laws import Law, PairwiseModel, UniversalModel
from neurouniv.rdm.exchange.square import to_square
from neurouniv.rdm.movie.trajectory import trajectory
from neurouniv.theory import two_point

NAME = "xor"
REGIMES = {"rich": (0.5, 0.02), "intermediate": (1.0, 0.01), "lazy": (2.5, 0.001)}
"""Gain and learning rate of each. Larger initial weights need smaller steps."""
LAYERS = 3
"""Of a leaky rectified MLP, recorded at the last of them: one layer alone cannot bring opposite stimuli together."""
WIDTH, EPOCHS, FRAMES = 100, 1500, 101
QUICK_WIDTH, QUICK_EPOCHS, QUICK_FRAMES, QUICK_FASTER = 30, 600, 16, 2
GOOD = 0.9
"""The law is said to describe where a regime ends from this R2 on."""
KINDS = {"same target": "both features differ, same target", "other target": "one feature differs, other target"}
KIND_COLOURS = {"same target": "#c2255c", "other target": "#0b7285"}
TARGET_COLOURS = {-1.0: "#5b2a86", 1.0: "#e8790c"}


def run(seeds: int, device: str = "auto", progress: bool | None = None, quick: bool = False) -> xr.Dataset:
    """Train networks on exclusive or from small, intermediate and large weights, and fit two laws to each.

    Returns
    -------
    Dataset over `regime` and `seed`: `h`, `y`, `w` (..., time, pair) at the last hidden layer, what
    `final_distances.predicted` gives of the laws "pairwise" and "universal", `richness` (..., pair), A_low/|A_high| by
    the pairwise law's constants, `loss` (..., time), and `kind` (pair): "same target" (the diagonals) or "other
    target".
    """
    blocks = [_regime(regime, range(seeds), device, quick) for regime in steps(REGIMES, NAME, progress)]
    results = xr.concat(blocks, dim="regime", join="exact", coords="minimal", compat="override")
    results = results.assign_coords(regime=list(REGIMES))
    same = results["dy2"].values == 0
    results = results.assign_coords(kind=("pair", np.where(same, *KINDS)))
    width = QUICK_WIDTH if quick else WIDTH
    return finished(
        results, NAME, seeds, device, quick, hidden_layers=LAYERS, width=width, layers=LAYERS - 1, regimes=REGIMES
    )


def claim(results: xr.Dataset) -> str:
    """In which regimes the law tells the final geometry (median R2 over seeds at least .9)."""
    r2 = results["r2_final"].median("seed")
    of_law = r2.sel(law="pairwise")
    parts = [_regime_words(results.sel(regime=regime), str(regime)) for regime in results["regime"].values]
    good = int((of_law >= GOOD).sum())
    text = f"final RDM of the two-point law at least R2 {GOOD} in {good} of {of_law.size} regimes: {', '.join(parts)}"
    seeds = count_of(results.sizes["seed"], "seed")
    return claimed(results, good == of_law.size, good > 0, f"{text}; medians over {seeds}")


def laws(depth: int) -> dict[str, Law]:
    """The two laws; the universal one sees stimuli as `depth` rectified layers do, since lines cannot tell xor."""
    return {
        "pairwise": PairwiseModel(restarts=5),
        "universal": UniversalModel(kernel="arc_cosine", depth=depth, leak=0.01),
    }


def _regime_words(results: xr.Dataset, regime: str) -> str:
    """A regime, with R2 of both laws' final RDM and its richness."""
    pairwise, universal = (number(float(results["r2_final"].sel(law=law).median()), 2) for law in results["law"].values)
    return f"{regime} {pairwise} (universal {universal}, richness {number(_rich(results), 2)})"


def _rich(results: xr.Dataset) -> float:
    """Median richness of the pairs with different targets; pairs with one target have no structure to take."""
    return float(results["richness"].isel(pair=results["kind"].values == "other target").median())


def _regime(regime: str, seeds: range, device: str, quick: bool) -> xr.Dataset:
    """Networks of one regime: their distances, and the laws'."""
    from neurouniv.systems.training.train import train

    gain, lr = REGIMES[regime]
    width, epochs, frames = (QUICK_WIDTH, QUICK_EPOCHS, QUICK_FRAMES) if quick else (WIDTH, EPOCHS, FRAMES)
    runs = train(
        tasks.xor(), hidden_layers=LAYERS, layers=LAYERS - 1, width=width, gain=gain,
        lr=lr * QUICK_FASTER if quick else lr, epochs=epochs, seeds=seeds, record=frames, device=device, progress=False,
    )  # fmt: skip
    traj = trajectory(runs).isel(layer=0, drop=True)
    results = traj[["h", "y", "w"]].merge(predicted(traj, laws(LAYERS - 1)), compat="override")
    results = results.drop_vars([name for name in ("gain", "lr", "condition") if name in results.coords])
    return results.assign(loss=runs["loss"], richness=_richness(traj, results)).drop_attrs(deep=False)


def _richness(traj: xr.Dataset, results: xr.Dataset) -> xr.DataArray:
    start = two_point.Start(*(traj[name].isel(time=0, drop=True) for name in ("h", "y", "w")))
    rates = results[["eta_h", "eta_y"]].sel(law="pairwise", drop=True)
    return two_point.richness(start, rates["eta_h"], rates["eta_y"], traj["dx2"], traj["dy2"]).drop_attrs()


@style.styled
def draw(results: xr.Dataset) -> Figure:
    """A row a regime: distances over training, the final RDM by experiment and by the law, and both as points."""
    rows = results.sizes["regime"]
    figure = style.new_figure(10.2, 0.75 + 2.35 * rows)
    panels = figure.subplots(rows, 4, squeeze=False, width_ratios=[1.7, 1, 1, 1.15])
    for row, regime in zip(panels, results["regime"].values, strict=True):
        of_regime = results.sel(regime=regime)
        _trajectories(row[0], of_regime, str(regime))
        _matrices(row[1], row[2], of_regime)
        _points(row[3], of_regime)
    panels[-1, 0].set_xlabel(style.time_label(results["time"]))
    _legends(figure)
    seeds = count_of(results.sizes["seed"], "seed")
    title = f"Exclusive or: means over {seeds} (thin: each), one law with two constants"
    figure.suptitle(title, x=0.01, ha="left", fontsize=10.5, fontweight="bold")
    return figure


def _trajectories(ax: Axes, results: xr.Dataset, regime: str) -> None:
    """Distances of the two kinds of pairs over training, the law dotted."""
    law = results["h_law"].sel(law="pairwise")
    for kind, colour in KIND_COLOURS.items():
        some = results["kind"].values == kind
        members = results["h"].isel(pair=some).mean("pair").transpose("seed", "time")
        for member in members.values if results.sizes["seed"] > 1 else []:
            ax.plot(results["time"], member, color=colour, **style.MEMBER)
        ax.plot(results["time"], members.mean("seed"), color=colour, **style.DATA)
        ax.plot(results["time"], law.isel(pair=some).mean(("pair", "seed")), color=_dark(colour), **style.LAW)
    ax.set_ylim(0, None)
    ax.set_ylabel(style.SYMBOLS["h"])
    style.finish_axis(ax)
    ax.set_title(f"{regime} (gain {REGIMES[regime][0]:g})", pad=17)
    r2 = number(float(results["r2_movie"].sel(law="pairwise").median()), 2)
    rich = number(_rich(results), 2)
    ax.text(0, 1.03, f"R² of the law {r2} · richness {rich}", transform=ax.transAxes, fontsize=7.5)


def _matrices(learned: Axes, law: Axes, results: xr.Dataset) -> None:
    """The final RDM by experiment and by the law, means over seeds, in one scale of colour."""
    rdms = _final(results)
    limit = max(float(rdm.max()) for rdm in rdms.values())
    for ax, (name, rdm) in zip((learned, law), rdms.items(), strict=True):
        image = ax.imshow(rdm, cmap=CMAP, vmin=0, vmax=limit)
        ax.set_xticks(range(len(rdm)), rdm["condition"].values, family="monospace")
        ax.set_yticks(range(len(rdm)), rdm["condition"].values, family="monospace")
        ax.tick_params(length=0, labelleft=name == "learned")
        ax.spines[:].set_visible(False)
        ax.set_title("final RDM, learned" if name == "learned" else "final RDM, law", pad=17)
    r2 = results["r2_final"].median("seed")
    text = ", ".join(f"{name} {number(float(r2.sel(law=name)), 2)}" for name in r2["law"].values)
    learned.text(0, 1.03, f"R² {text}", transform=learned.transAxes, fontsize=7.5)
    bar = law.figure.colorbar(image, ax=law, shrink=0.85, aspect=16)
    bar.outline.set_visible(False)
    bar.locator = style.MaxNLocator(3)


def _points(ax: Axes, results: xr.Dataset) -> None:
    """The final RDMs as points in a plane, the law's turned onto the learned."""
    rdms = _final(results)
    learned = points(rdms["learned"].values)
    law = points(rdms["law"].values, like=learned)
    task = tasks.xor()
    names = rdms["learned"]["condition"].values
    for place, expected, name in zip(learned, law, names, strict=True):
        colour = TARGET_COLOURS[task["targets"].sel(condition=name).item()]
        ax.plot(*np.stack([place, expected]).T, color=style.MUTED, linewidth=0.7, zorder=1)
        ax.scatter(place[0], place[1], color=colour, s=42, zorder=2)
        ax.scatter(expected[0], expected[1], facecolors="none", edgecolors=colour, s=90, linewidths=1.3, zorder=3)
        ax.annotate(name, place, xytext=(7, 5), textcoords="offset points", fontsize=7.5, family="monospace")
    reach = 1.35 * np.abs(learned).max()
    ax.set(xlim=(-reach, reach), ylim=(-reach, reach), aspect="equal")
    style.finish_axis(ax)
    ax.set_title("as points", pad=17)


def _final(results: xr.Dataset) -> dict[str, xr.DataArray]:
    ends = {"learned": results["h"].isel(time=-1), "law": results["final_law"].sel(law="pairwise")}
    return {name: to_square(end.mean("seed")) for name, end in ends.items()}


def _legends(figure: Figure) -> None:
    lines = [Line2D([], [], color=KIND_COLOURS[kind], label=KINDS[kind], **style.DATA) for kind in KINDS]
    lines += [Line2D([], [], color=style.INK, label="two-point law", **style.LAW)]
    dot = partial(Line2D, [], [], linestyle="none", marker="o")
    lines += [dot(color=TARGET_COLOURS[t], label=f"target {t:+g}") for t in TARGET_COLOURS]
    lines += [dot(color=style.INK, markerfacecolor="none", markersize=9, label="by the law")]
    figure.legend(handles=lines, loc="outside lower center", ncols=6, handlelength=1.6)


def _dark(colour: str) -> tuple[float, ...]:
    from matplotlib.colors import to_rgb

    return tuple(0.5 * part for part in to_rgb(colour))
