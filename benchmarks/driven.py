"""Layers of deep networks under the law of an area that the one below drives, beside a copy of its input.

    python benchmarks/driven.py run FOLDER [--depths 4 6] [--seeds 5]; python benchmarks/driven.py table FOLDER

Networks learn two of each of ten digits by gradient descent, until the slowest of the seeds has lost all but LEFT of
its loss; FRAMES equally spaced frames are seen, h alone. Layers 2, 3 and 4 of 4 at gain 1 and the last one of the
others are judged by the universal law (whose input stands still), by the driven law from the RDMs of the layer below
and (last layers alone) from its patterns, by the layer below's movie times one constant and by inheritance without
learning: fitted to all conditions, and to half of them to predict the others. R2 leave the first frame out. The driven
law wins where its error is smaller, seed by seed.
"""

import argparse
import itertools
import warnings
from pathlib import Path

import numpy as np
import xarray as xr

import neurouniv as nu

NONLINEARITIES, GAINS = ("tanh", "relu"), (1.0, 0.7)
LEFT, FRAMES, BUDGET, RATE = 0.1, 25, 6000, 0.1
SHARE = 3e-5
"""Patterns are given by so many principal components that no more than this share of their squares is left out."""
ROUGHLY = 1e-4
DRIVEN, RIVALS = "driven, RDMs", ("universal", "scaled input", "inherited")


def networks(nonlinearity: str, gain: float, depth: int, seeds: int) -> xr.Dataset:
    """The activity of the networks, at frames until they have learned."""
    settings = {"hidden_layers": depth, "width": 100, "gain": gain, "nonlinearity": nonlinearity, "lr": RATE}
    settings |= {"seeds": range(seeds), "layers": list(range(depth)), "progress": False}
    task = nu.tasks.digits(per_class=2)
    runs = nu.train(task, **settings, epochs=BUDGET, record=400)
    loss = runs.loss.transpose("seed", "time").values
    good = (loss < LEFT * loss[:, :1]).all(0)
    end = int(runs.time.values[good.argmax()]) if good.any() else BUDGET
    frames = np.unique(np.linspace(0, end, FRAMES).astype(int)).tolist()
    return nu.train(task, **settings, epochs=end, record=frames).assign_attrs(
        left=float(loss[:, -1].max() / loss.max())
    )


def reduced(hidden: xr.DataArray) -> xr.DataArray:
    """The principal components of patterns that are needed."""
    values = hidden.transpose("seed", "time", "condition", "unit").values.astype(float)
    centred = values - values.mean(2, keepdims=True)
    spread, axes = np.linalg.eigh(np.einsum("stcu,stcv->suv", centred, centred))
    rank = (np.cumsum(spread, -1) > SHARE * spread.sum(-1, keepdims=True)).sum(-1).max()
    parts = np.einsum("stcu,suk->stck", centred, axes[..., -rank:])
    coords = {name: hidden[name] for name in ("seed", "time", "condition")}
    return xr.DataArray(parts, dims=("seed", "time", "condition", "part"), coords=coords)


def quick(law: nu.Law) -> nu.Law:
    """The law solved to ROUGHLY instead of finer, which moves R2 by less than .001."""
    law.rtol, law.difference = ROUGHLY, 30 * ROUGHLY
    return law


def judged(runs: xr.Dataset, layer: int, with_patterns: bool) -> xr.Dataset:
    """R2 of h and of change (scored, law, seed) of one layer; `scored` is in sample or held out."""
    movie = nu.trajectory(runs).drop_vars(["y", "w", "output"])
    area, below = movie.sel(layer=layer), movie.sel(layer=layer - 1)
    laws = {
        "universal": quick(nu.UniversalModel(weighting="none")),
        DRIVEN: quick(nu.DrivenModel(driven_by=below, weighting="none")),
        "scaled input": nu.RIVALS["scaled_input"](driven_by=below, weighting="none"),
        "inherited": nu.RIVALS["inherited"](driven_by=below, weighting="none"),
    }
    if with_patterns:
        patterns = reduced(runs.hidden.sel(layer=layer - 1))
        laws = {"driven, patterns": quick(nu.DrivenModel(driven_by=below, patterns=patterns, weighting="none"))}
    kinds = {"in sample": None} if with_patterns else {"in sample": None, "held out": "conditions"}
    found = [nu.compare(laws, area, split, partitions=1, progress=False) for split in kinds.values()]
    kept = [one[["dynamics", "change"]].reset_coords(drop=True) for one in found]
    return xr.concat(kept, xr.Variable("scored", list(kinds)))


def run(folder: Path, depths: list[int], seeds: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for with_patterns, depth in itertools.product((False, True), depths):
        for gain, nonlinearity in itertools.product(GAINS, NONLINEARITIES):
            name = f"{nonlinearity} {gain:g} {depth}{' patterns' if with_patterns else ''}"
            if (folder / f"{name}.nc").exists():
                continue
            runs = networks(nonlinearity, gain, depth, seeds)
            layers = [depth - 1] if with_patterns else list(range(1, depth))
            with warnings.catch_warnings(action="ignore"):
                scores = xr.concat([judged(runs, layer, with_patterns) for layer in layers], "layer")
            scores = scores.assign_coords(layer=np.array(layers) + 1)
            nu.save(scores.assign_attrs(end=int(runs.time[-1])), folder / f"{name}.nc")
            print(name, "until epoch", int(runs.time[-1]), flush=True)


def errors(scores: xr.Dataset, law: str) -> xr.DataArray:
    return 1 - scores["dynamics"].sel(law=law)


def table(folder: Path) -> None:
    print("| network | layer | scored | " + " | ".join(("universal", DRIVEN, "driven, patterns", *RIVALS[1:])), end="")
    print(" | change: driven, RDMs / scaled input | driven wins of 5 (error of the other over its own): universal, "
          "scaled input, inherited |")  # fmt: skip
    print("|" + "---|" * 10)
    for path in sorted(folder.glob("*.nc")):
        if "patterns" in path.stem:
            continue
        scores = nu.load(path)
        other = folder / f"{path.stem} patterns.nc"
        patterns = nu.load(other)["dynamics"].sel(law="driven, patterns") if other.exists() else None
        for layer, scored in itertools.product(scores.layer.values, scores.scored.values):
            print(_row(path.stem, scores.sel(layer=layer, scored=scored), patterns))


def _row(network: str, one: xr.Dataset, patterns: xr.DataArray | None) -> str:
    layer, scored = one["layer"].item(), one["scored"].item()
    middle = one["dynamics"].median("seed")
    from_patterns = ""
    if patterns is not None and layer in patterns.layer.values and scored in patterns.scored.values:
        from_patterns = f"{float(patterns.sel(layer=layer, scored=scored).median()):.3f}"
    cells = [f"{float(middle.sel(law=law)):.3f}" for law in ("universal", DRIVEN)]
    cells += [from_patterns, *(f"{float(middle.sel(law=law)):.3f}" for law in RIVALS[1:])]
    changes = one["change"].median("seed")
    cells.append(" / ".join(f"{float(changes.sel(law=law)):.3f}" for law in (DRIVEN, "scaled input")))
    ratios = [errors(one, law) / errors(one, DRIVEN) for law in RIVALS]
    cells.append(", ".join(f"{int((ratio > 1).sum())} ({float(ratio.median()):.2f})" for ratio in ratios))
    return f"| {network} | {layer} | {scored} | " + " | ".join(cells) + " |"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("verb", choices=("run", "table"))
    parser.add_argument("folder", type=Path)
    parser.add_argument("--depths", type=int, nargs="+", default=[4, 6])
    parser.add_argument("--seeds", type=int, default=5)
    chosen = parser.parse_args()
    run(chosen.folder, chosen.depths, chosen.seeds) if chosen.verb == "run" else table(chosen.folder)
