"""Two contexts, two features, three initial scales: where learning ends, by theory and by experiment."""

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
from neurouniv.theory.kernels import centred, of_distances

NAME = "contexts"
SCALES = {"rich": (0.3, 0.05), "intermediate": (1.0, 0.02), "lazy": (2.5, 0.002)}
"""Gain and learning rate of each initial scale."""
NETWORKS = {"1 hidden layer": 1, "3 hidden layers": 3}
"""Leaky rectified MLPs, recorded at their last hidden layer: one layer, as Flesch et al. (2022) had, and three."""
LEVELS = 3
WIDTH, EPOCHS, FRAMES = 100, 4000, 61
QUICK_WIDTH, QUICK_EPOCHS, QUICK_FRAMES, QUICK_FASTER = 30, 800, 11, 4
GOOD = 0.9
"""The law is said to describe where learning ends from this R2 on."""
ROOM = 1.35
"""Axes reach this far beyond what was learned; a law may be further off."""
CONTEXT_COLOURS = {"A": "#0b7285", "B": "#e8790c"}


def run(seeds: int, device: str = "auto", progress: bool | None = None, quick: bool = False) -> xr.Dataset:
    """Train networks of one and of three hidden layers from small, intermediate and large weights.

    Returns
    -------
    Dataset over `network`, `scale` and `seed`: `h` (..., time, pair) at the last hidden layer, what
        `final_distances.predicted` gives of the laws "pairwise" and "universal", `loss` (..., time), and `alignment`
        and `irrelevant` (..., moment) of the RDM at the "start", at the "end" and as each law expects it (see
        `alignment`).
    """
    cells = [(network, scale) for network in NETWORKS for scale in SCALES]
    blocks = [_trained(network, scale, range(seeds), device, quick) for network, scale in steps(cells, NAME, progress)]
    rows = [xr.concat(blocks[i : i + len(SCALES)], "scale", coords="minimal", join="exact", compat="override")
            for i in range(0, len(blocks), len(SCALES))]  # fmt: skip
    results = xr.concat(rows, "network", coords="minimal", join="exact", compat="override")
    results = results.assign_coords(network=list(NETWORKS), scale=list(SCALES))
    return finished(results, NAME, seeds, device, quick, networks=NETWORKS, scales=SCALES, levels=LEVELS)


def claim(results: xr.Dataset) -> str:
    """For which networks and scales the law tells the final distances (median R2 over seeds at least .9)."""
    r2 = results["r2_final"].sel(law="pairwise").median("seed")
    good = int((r2 >= GOOD).sum())
    parts = [_network_words(results.sel(network=network), str(network)) for network in results["network"].values]
    seeds = count_of(results.sizes["seed"], "seed")
    text = (
        f"final distances of the two-point law at least R2 {GOOD} in {good} of {r2.size} cases (in brackets: "
        f"universal law; alignment of the contexts, learned/law): {'; '.join(parts)}; medians over {seeds}"
    )
    return claimed(results, good == r2.size, good > 0, text)


def laws(depth: int) -> dict[str, Law]:
    """The two laws; the universal one sees the stimuli as `depth` - 1 rectified layers do, or one."""
    universal = UniversalModel(kernel="arc_cosine", depth=max(1, depth - 1), leak=0.01)
    return {"pairwise": PairwiseModel(restarts=5), "universal": universal}


def alignment(h: xr.DataArray, task: xr.Dataset) -> xr.Dataset:
    """The alignment of the two contexts, and what is left of their irrelevant features, from RDMs (..., pair).

    `alignment` = |G_AB|^2 / (|G_AA| |G_BB|), where G_AB are the products of the representations of context A with
    those of B, each about its own mean, and |.| is Frobenius' norm: tr(C_A C_B) over its largest value, C being the
    covariance between units within a context. 1 where both contexts lie alike, 0 where they lie in orthogonal planes.
    `irrelevant`: the squared slope of the representation along the irrelevant feature by that along the relevant one,
    averaged over contexts: 1 where neither is preferred, 0 where the irrelevant is gone.

    Examples
    --------
    >>> from scipy.spatial.distance import pdist
    >>> task = tasks.contexts(2)
    >>> first, second = (task.condition.values[k] for k in np.triu_indices(8, 1))
    >>> same_plane = xr.DataArray(pdist(task.stimuli[:, :2]) ** 2, dims="pair").assign_coords(
    ...     first=("pair", first), second=("pair", second))
    >>> {name: round(float(value), 12) for name, value in alignment(same_plane, task).items()}
    {'alignment': 1.0, 'irrelevant': 1.0}
    """
    inside = (task["context"] == "A").values
    relevant = {"A": task["feature_1"].values[inside], "B": task["feature_2"].values[~inside]}
    irrelevant = {"A": task["feature_2"].values[inside], "B": task["feature_1"].values[~inside]}

    def measured(squared: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        gram = of_distances(squared)
        gram_a, gram_b = centred(gram[..., inside, :][..., inside]), centred(gram[..., ~inside, :][..., ~inside])
        across = centred(gram[..., inside, :][..., ~inside])
        size = [np.sqrt((part**2).sum((-2, -1))) for part in (across, gram_a, gram_b)]
        irrelevance = [
            slope(gram_within, irrelevant[c]) / slope(gram_within, relevant[c])
            for c, gram_within in (("A", gram_a), ("B", gram_b))
        ]
        return size[0] ** 2 / (size[1] * size[2]), (irrelevance[0] + irrelevance[1]) / 2

    def slope(gram: np.ndarray, feature: np.ndarray) -> np.ndarray:
        return np.einsum("i,...ij,j->...", feature, gram, feature) / (feature @ feature) ** 2

    square = to_square(h).sel(condition=task["condition"].values, condition_=task["condition"].values)
    parts = xr.apply_ufunc(measured, square, input_core_dims=[["condition", "condition_"]], output_core_dims=[[], []])
    return xr.Dataset(dict(zip(("alignment", "irrelevant"), parts, strict=True))).drop_attrs()


def _trained(network: str, scale: str, seeds: range, device: str, quick: bool) -> xr.Dataset:
    """Networks of one depth from one initial scale: their distances, and the laws'."""
    from neurouniv.systems.training.train import train

    (gain, lr), depth = SCALES[scale], NETWORKS[network]
    width, epochs, frames = (QUICK_WIDTH, QUICK_EPOCHS, QUICK_FRAMES) if quick else (WIDTH, EPOCHS, FRAMES)
    task = tasks.contexts(LEVELS)
    runs = train(
        task, hidden_layers=depth, layers=depth - 1, width=width, gain=gain, lr=lr * QUICK_FASTER if quick else lr,
        epochs=epochs, seeds=seeds, record=frames, device=device, progress=False,
    )  # fmt: skip
    traj = trajectory(runs).isel(layer=0, drop=True)
    results = traj[["h"]].merge(predicted(traj, laws(depth)), compat="override")
    results = results.drop_vars(
        [name for name in results.coords if "condition" in results[name].dims or name in ("gain", "lr")]
    )
    return results.assign(loss=runs["loss"]).merge(_aligned(results, task)).drop_attrs(deep=False)


def _aligned(results: xr.Dataset, task: xr.Dataset) -> xr.Dataset:
    """`alignment` over `moment`: at the start, at the end, and at the end as each law expects it."""
    ends = {"start": results["h"].isel(time=0, drop=True), "end": results["h"].isel(time=-1, drop=True)}
    ends |= {str(law): results["final_law"].sel(law=law, drop=True) for law in results["law"].values}
    alignments = [alignment(h, task) for h in ends.values()]
    return xr.concat(alignments, "moment", join="exact").assign_coords(moment=list(ends))


def _network_words(results: xr.Dataset, network: str) -> str:
    return f"{network}: " + ", ".join(
        _scale_words(results.sel(scale=scale), str(scale)) for scale in results["scale"].values
    )


def _scale_words(results: xr.Dataset, scale: str) -> str:
    pairwise, universal = (number(float(results["r2_final"].sel(law=law).median()), 2) for law in results["law"].values)
    learned, law = (number(_alignment(results, moment), 2) for moment in ("end", "pairwise"))
    return f"{scale} {pairwise} ({universal}; {learned}/{law})"


def _alignment(results: xr.Dataset, moment: str) -> float:
    return float(results["alignment"].sel(moment=moment).median())


@style.styled
def draw(results: xr.Dataset) -> Figure:
    """A column a network and scale: the final RDM, its points in a plane with the law's, theory against experiment."""
    cells = [(n, s) for n in results["network"].values for s in results["scale"].values]
    figure = style.new_figure(2.15 * len(cells) + 0.2, 7.4)
    panels = figure.subplots(3, len(cells), squeeze=False)
    for column, (network, scale) in zip(panels.T, cells, strict=True):
        cell = results.sel(network=network, scale=scale)
        _matrix(column[0], cell)
        column[0].set_title(f"{network}\n{scale} (gain {SCALES[str(scale)][0]:g})")
        _plane(column[1], cell)
        _against(column[2], cell)
    panels[0, 0].set_ylabel("final RDM\nof the hidden layer")
    panels[1, 0].set_ylabel("as points in a plane")
    panels[2, 0].set_ylabel("final distance, law")
    _legend(figure)
    seeds = count_of(results.sizes["seed"], "seed")
    title = f"Two contexts, two features: means over {seeds}; last hidden layer after learning"
    figure.suptitle(title, x=0.01, ha="left", fontsize=10.5, fontweight="bold")
    return figure


def _matrix(ax: Axes, results: xr.Dataset) -> None:
    """The learned RDM, the contexts marked on its edges."""
    rdm = to_square(results["h"].isel(time=-1).mean("seed"))
    ax.imshow(rdm, cmap=CMAP, vmin=0)
    half = len(rdm) // 2
    ax.axhline(half - 0.5, color="white", linewidth=1.2)
    ax.axvline(half - 0.5, color="white", linewidth=1.2)
    middles = [half / 2 - 0.5, 1.5 * half - 0.5]
    ax.set_xticks(middles, ["A", "B"])
    ax.set_yticks(middles, ["A", "B"])
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)


def _plane(ax: Axes, results: xr.Dataset) -> None:
    """Each context's grid as learned (lines and dots) and as the law expects it (open)."""
    rdm = to_square(results["h"].isel(time=-1).mean("seed"))
    learned = points(rdm.values)
    law = points(to_square(results["final_law"].sel(law="pairwise").mean("seed")).values, like=learned)
    for i, colour in enumerate(CONTEXT_COLOURS.values()):
        grid, expected = (p.reshape(2, LEVELS, LEVELS, 2)[i] for p in (learned, law))
        for line in [*grid, *grid.swapaxes(0, 1)]:
            ax.plot(*line.T, color=colour, linewidth=1.0, alpha=0.7, zorder=1)
        sizes = np.linspace(14, 44, LEVELS)  # larger dots: higher levels of the relevant feature
        size = np.broadcast_to(sizes[:, None] if i == 0 else sizes, (LEVELS, LEVELS))
        across, up = grid.reshape(-1, 2).T
        ax.scatter(across, up, s=size.ravel(), color=colour, linewidths=0, zorder=2)
        across, up = expected.reshape(-1, 2).T
        ax.scatter(across, up, s=26, facecolors="none", edgecolors=colour, linewidths=0.9, zorder=3)
    reach = ROOM * np.abs(learned).max()
    ax.set(xlim=(-reach, reach), ylim=(-reach, reach), aspect="equal")
    style.finish_axis(ax)
    start, end, expected = (number(_alignment(results, moment), 2) for moment in ("start", "end", "pairwise"))
    ax.set_title(f"alignment {start} → {end}\nby the law {expected}", fontsize=8, fontweight="normal")


def _against(ax: Axes, results: xr.Dataset) -> None:
    """Final distances of every seed, by the law against learned."""
    learned = results["h"].isel(time=-1)
    law = results["final_law"].sel(law="pairwise").transpose(*learned.dims)
    top = ROOM * float(learned.max())
    ax.plot([0, top], [0, top], color=style.MUTED, linewidth=0.8)
    ax.plot(learned.values.ravel(), law.values.ravel(), ".", markersize=2.5, alpha=0.35, color=style.DARK["h"])
    if outside := int((law > top).sum()):
        ax.text(0.03, 0.97, f"{outside} of {law.size} above", transform=ax.transAxes, va="top", fontsize=7.5)
    ax.set(xlim=(0, top), ylim=(0, top), aspect="equal", xlabel="learned")
    style.finish_axis(ax)
    r, pairwise = (float(results[name].sel(law="pairwise").median()) for name in ("r_final", "r2_final"))
    universal = float(results["r2_final"].sel(law="universal").median())
    text = f"r {number(r, 2)}, R² {number(pairwise, 2)}\nuniversal law R² {number(universal, 2)}"
    ax.set_title(text, fontsize=8, fontweight="normal")


def _legend(figure: Figure) -> None:
    dot = partial(Line2D, [], [], linestyle="none", marker="o")
    handles = [
        dot(color=colour, label=f"context {c} (larger: higher relevant feature)")
        for c, colour in CONTEXT_COLOURS.items()
    ]
    handles += [dot(color=style.INK, markerfacecolor="none", label="by the two-point law")]
    figure.legend(handles=handles, loc="outside lower center", ncols=3)
