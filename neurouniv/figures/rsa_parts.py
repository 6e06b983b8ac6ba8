"""Variance partitioning (`neurouniv.rsa`, partition=True): what models explain alone and what they share."""

from __future__ import annotations

from itertools import combinations
from textwrap import fill, shorten

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.transforms import ScaledTranslation

from neurouniv.figures import style
from neurouniv.figures.rsa_courses import finish_time, mark_stimulus
from neurouniv.figures.rsa_panels import at_time, model_looks, panels_of
from neurouniv.figures.rsa_words import counts_in_words, need_rsa
from neurouniv.names import public
from neurouniv.rdm.comparators import COMPARATORS
from neurouniv.schema import need_variables

MOST_PANELS = 6
MOST_PARTS = 16
"""So many shared parts, the largest, have a row; the others are one row together."""
MOST_LINES = 5
"""So many shared parts, the largest, have a line over time."""
MOST_NAMED = 8
"""Combinations of at most so many models are known by the models in them."""
LONGEST = 40
PARTS_UNCORRECTED = "intervals not corrected for their number"
DASHES = ((3, 1.5), (1, 1.5), (5, 1.5, 1, 1.5), (7, 2), (2, 3))


@style.styled
@public
def variance_parts(result: xr.Dataset, *, time: float | None = None) -> Figure:
    """Draw R2 of all models together, the part that each explains alone, and the parts that several share.

    At one time every part has a bar, and dots say which models it belongs to; over several times a line: solid for a
    model alone (with its 95 % band where known), dashed for what several share, black for all together. Parts sum to
    R2. A shared part may be below 0, where models explain more together than the sum of what each does (suppression):
    it is drawn as it is.

    Parameters
    ----------
    result : of `neurouniv.rsa` with partition=True: `r2` (..., time), `unique` (model, ..., time), and `shared`
        (combination, ..., time).
    time : one of the result's times, to draw bars there; None draws all times.

    Raises
    ------
    InputError : the result has no partition, or no such time.

    Examples
    --------
    >>> parts = {"similarity": [[0.5], [0.4]], "unique": [[0.1], [0.02]]}
    >>> result = xr.Dataset({name: (("model", "time"), values) for name, values in parts.items()})
    >>> result = result.assign(r2=("time", [0.3]), shared=(("combination", "time"), [[0.18]]))
    >>> result = result.assign_coords(model=["a", "b"], combination=["a & b"], time=[0.0])
    >>> [label.get_text() for label in variance_parts(result.assign_attrs(kind="rsa")).axes[0].get_yticklabels()]
    ['all together (R²)', 'a alone', 'b alone', 'shared by 2']

    Source: Groen et al. (2018), variance partitioning of RDMs; commonality analysis (Newton & Spurrell 1967).
    """
    need_rsa(result, "A figure of parts of the variance")
    need_variables(result, ("r2", "unique"), "A figure of parts of the variance",
                   "`neurouniv.rsa(data, models, partition=True)` makes them.")  # fmt: skip
    chosen = at_time(result, time)
    dims = [str(dim) for dim in chosen["r2"].dims if dim != "time"]
    panels, more = panels_of(chosen, dims, MOST_PANELS)
    looks = model_looks(chosen)
    words = [
        f"{_of_what(chosen).capitalize()} of RDMs explained (R²)",
        counts_in_words(chosen),
        "parts sum to R²",
        PARTS_UNCORRECTED,
        more,
    ]
    title = "; ".join(filter(None, words))
    draw = _draw_bars if chosen.sizes["time"] == 1 else _draw_lines
    rows = 1 + len(looks) + min(MOST_PARTS + 1, chosen.sizes.get("combination", 0))
    size = (6.4, 0.6 + 0.24 * rows) if draw is _draw_bars else (6.6, 3.2)
    figure = style.new_figure(size[0], 0.6 + size[1] * len(panels))
    grid = figure.subplots(len(panels), 1, squeeze=False, sharex=True)[:, 0]
    for ax, panel in zip(grid, panels, strict=True):
        draw(panel.result, ax, looks)
        ax.set_title(panel.title)
    for ax in grid[:-1]:
        ax.set_xlabel("")
    figure.suptitle(fill(title, int(13 * size[0])), x=0.01, ha="left", fontsize=9, fontweight="bold")
    return figure


def _of_what(result: xr.Dataset) -> str:
    """What R2 is a share of: without centring, of squares."""
    name = str(result.attrs.get("comparator", "corr"))
    return "variance" if name not in COMPARATORS or COMPARATORS[name].centred else "sum of squares"


def shared_parts(result: xr.Dataset, most: int) -> tuple[dict[str, xr.DataArray], xr.DataArray | None, int]:
    """The `most` largest shared parts by size, the sum of the others and how many these are.

    Of more models than combinations can be told of there is one part, and it is of no combination in particular.

    Examples
    --------
    >>> shared = xr.DataArray([0.1, -0.3, 0.2], {"combination": ["a & b", "a & c", "b & c"]})
    >>> parts, rest, count = shared_parts(xr.Dataset({"shared": shared}, {"model": list("abc")}), most=2)
    >>> list(parts), rest.item(), count
    (['a & c', 'b & c'], 0.1, 1)
    """
    if "shared" not in result:
        return {}, None, 0
    shared = result["shared"]
    if result.sizes["model"] > MOST_NAMED and shared.sizes["combination"] == 1:
        return {"what no model has alone": shared.isel(combination=0, drop=True)}, None, 0
    size = abs(shared).mean([dim for dim in shared.dims if dim != "combination"]).fillna(0.0).values
    order = np.argsort(-size, kind="stable")
    parts = {str(shared["combination"].values[i]): shared.isel(combination=i, drop=True) for i in order[:most]}
    others = order[most:]
    rest = shared.isel(combination=others).sum("combination", skipna=False) if len(others) else None
    return parts, rest, len(others)


def members_of(names: list[str]) -> dict[str, tuple[str, ...]]:
    """The models of every combination by its label, whatever their names hold.

    Examples
    --------
    >>> members_of(["a", "b & c"])
    {'a & b & c': ('a', 'b & c')}
    """
    if len(names) > MOST_NAMED:
        return {}
    return {" & ".join(group): group for size in range(2, len(names) + 1) for group in combinations(names, size)}


def _draw_bars(panel: xr.Dataset, ax: Axes, looks: dict[str, style.Look]) -> None:
    """A row a part: its models as dots at the left, a bar, its number."""
    frame = panel.isel(time=0)
    parts, rest, count = shared_parts(frame, MOST_PARTS)
    groups = members_of(list(looks))
    rows: list[tuple[str, float, tuple[str, ...], str]] = [
        ("all together (R²)", float(frame["r2"]), tuple(looks), style.INK)
    ]
    rows += [(f"{name} alone", float(frame["unique"].sel(model=name)), (name,), look["color"])
             for name, look in looks.items()]  # fmt: skip
    for label, part in parts.items():
        group = groups.get(label, ())
        rows.append((f"shared by {len(group)}" if group else label, float(part), group, style.MUTED))
    if rest is not None:
        rows.append((f"{count} more shared parts, their sum", float(rest), (), style.MUTED))
    reach = {row: float(frame["unique_interval"].sel(model=name, bound="upper")) for row, name in enumerate(looks, 1)
             if "unique_interval" in frame}  # fmt: skip
    for row, (_, value, group, colour) in enumerate(rows):
        ax.barh([row], [value], height=0.66, color=colour, alpha=0.8, hatch="////" if round(value, 3) < 0 else "",
                edgecolor="white", linewidth=0)  # fmt: skip
        known = np.isfinite(value)
        text = f" {round(value, 3) + 0.0:.3f}".replace("-", "\N{MINUS SIGN}") if known else " not known"
        ax.annotate(text, (np.nanmax([value, reach.get(row, 0.0), 0.0]), row), va="center", fontsize=7.5)
        _draw_dots(ax, row, group, looks)
    for row, name in enumerate(looks, start=1):
        if row in reach:
            ax.hlines(row, *frame["unique_interval"].sel(model=name).values, color=style.INK, linewidth=1.3)
    ax.set_yticks(range(len(rows)), [shorten(label, LONGEST, placeholder=" …") for label, *_ in rows])
    ax.tick_params(axis="y", length=0, labelcolor=style.INK, pad=14 + 11 * len(looks))
    ax.axvline(0, color=style.MUTED, linewidth=0.8)
    ax.margins(x=0.12)
    ax.set_ylim(len(rows) - 0.4, -0.6)
    below = any(round(value, 3) < 0 for _, value, *_ in rows)
    ax.set_xlabel(f"share of the {_of_what(panel)}" + ("\n(hatched: below 0, suppression)" if below else ""))


def _draw_dots(ax: Axes, row: int, group: tuple[str, ...], looks: dict[str, style.Look]) -> None:
    """The models of a part: a marker in the column of each, left of the panel."""
    figure, _ = style.axes_or_new(ax)
    for column, (name, look) in enumerate(looks.items()):
        inches = -0.15 - 0.155 * (len(looks) - 1 - column)
        shift = ScaledTranslation(inches, 0, figure.dpi_scale_trans)
        inside = name in group
        ax.plot([0], [row], transform=ax.get_yaxis_transform() + shift, clip_on=False, ls="none",
                marker=look["marker"] if inside else ".", ms=5 if inside else 3,
                color=look["color"] if inside else "#c9c9d1")  # fmt: skip


def _draw_lines(panel: xr.Dataset, ax: Axes, looks: dict[str, style.Look]) -> None:
    """A line a part over time."""
    time = panel["time"].values.astype(float)
    marked = len(time) <= style.FEW_TIMES
    ax.plot(time, panel["r2"].values, color=style.INK, linewidth=2.0, label="all together (R²)")
    for name, look in looks.items():
        part = panel.sel(model=name)
        if "unique_interval" in part:
            bounds = part["unique_interval"].transpose("bound", "time").values
            ax.fill_between(time, *bounds, color=look["color"], alpha=0.13, linewidth=0)
        every = 1 if marked else max(1, len(time) // 6)
        ax.plot(time, part["unique"].values, color=look["color"], marker=look["marker"], ms=4, markevery=every,
                linewidth=1.5, label=fill(f"{name} alone", 30))  # fmt: skip
    parts, rest, count = shared_parts(panel, MOST_LINES)
    groups = members_of(list(looks))
    for dashes, (label, shared) in zip(DASHES, parts.items(), strict=False):
        ax.plot(time, shared.values, color=style.MUTED, linewidth=1.3, linestyle=(0, dashes),
                label=fill(label if label not in groups else f"shared: {label}", 30))  # fmt: skip
    if rest is not None:
        ax.plot(time, rest.values, color="#b4b4bf", linewidth=1.3,
                label=fill(f"{count} more shared parts, their sum", 30))  # fmt: skip
    ax.axhline(0, color=style.MUTED, linewidth=0.7, zorder=0.5)
    mark_stimulus(panel["time"], ax)
    style.finish_axis(ax)
    finish_time(panel["time"], ax)
    ax.set_ylabel(f"share of the {_of_what(panel)}")
    ax.legend(loc="upper left", bbox_to_anchor=(1.02, 1.0), borderaxespad=0.0, fontsize=7.5)
