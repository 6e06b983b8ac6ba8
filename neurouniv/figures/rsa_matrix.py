"""Two systems frame by frame (`neurouniv.rsa`, model="each"): matrices with ceilings, and the best step or layer."""

from __future__ import annotations

from textwrap import fill

import xarray as xr
from matplotlib.figure import Figure

from neurouniv.figures import rsa_cells, style
from neurouniv.figures.rsa_models import rsa
from neurouniv.figures.rsa_panels import panels_of
from neurouniv.figures.rsa_words import counts_in_words, measure_of, need_rsa, of_rdms
from neurouniv.names import public
from neurouniv.schema import LEARNING, InputError

MOST_PANELS = 12


@style.styled
@public
def rsa_matrix(result: xr.Dataset, *, rows: str | None = None, columns: str | None = None) -> Figure:
    """Draw similarities of every frame of the models (rows) with every frame of the data (columns).

    Strips at the right and above are the noise ceilings of the models and of the data, lower and upper, in the same
    colours. Of training steps the line joins the best one for every column, with its 95 % interval; of layers and
    other names the best one has a frame. What neither axis shows has a panel each, at most twelve. Where both sides are
    the same kind of time, the matrix is square and its diagonal dashed.

    Parameters
    ----------
    result : of `neurouniv.rsa` with model="each".
    rows, columns : dimensions of the models and of the data; by default times where there are several, else what has
        most entries.

    Raises
    ------
    InputError : it is another result, or has no such dimension.

    Examples
    --------
    >>> similarity = xr.DataArray([[0.5, 0.1]], {"layer_model": ["fc7"], "region": ["V1", "IT"]})
    >>> result = xr.Dataset({"similarity": similarity}, attrs={"kind": "rsa", "model": "each", "comparator": "corr"})
    >>> rsa_matrix(result).axes[0].get_xlabel()
    'region'

    Source: Kriegeskorte et al. (2008), representational connectivity; King & Dehaene (2014), generalisation over time.
    """
    need_rsa(result, "A matrix of RSA", "each")
    if not _dims_of(result, models=True):  # one RDM, or each time with its own: no matrix
        names = list(result.attrs.get("models_from") or {})
        alone = result["similarity"].expand_dims(model=names if len(names) == 1 else ["models"])
        return rsa(result.assign(similarity=alone).assign_attrs(model="one"))
    vertical = _axis_of(result, rows, "rows", models=True)
    across = _axis_of(result, columns, "columns", models=False)
    single = [dim for dim, size in result["similarity"].sizes.items() if size == 1 and dim not in (vertical, across)]
    result = result.squeeze(single)
    dims = [str(dim) for dim in result["similarity"].dims if dim not in (vertical, across)]
    panels, more = panels_of(result, dims, MOST_PANELS)
    widest = result.sizes[dims[-1]] if len(dims) > 1 and result.sizes[dims[-1]] <= 4 else 3
    count = min(len(panels), widest)
    lines = -(-len(panels) // count)
    height = min(3.2, max(1.5, 0.3 * result.sizes[vertical])) if rsa_cells.is_named(result, vertical) else 2.5
    figure = style.new_figure(1.9 + 3.1 * count, 1.3 + (height + 0.75) * lines)
    grid = figure.subplots(lines, count, squeeze=False)
    shades, colours = rsa_cells.shades_of(result)
    for place, ax in enumerate(grid.flat):
        if place >= len(panels):
            ax.set_visible(False)
            continue
        panel = panels[place]
        image = rsa_cells.draw_matrix(panel.result, ax, vertical, across, shades, colours)
        rsa_cells.draw_best(panel.result, ax, vertical, across, colours)
        strip = rsa_cells.draw_ceilings(panel.result, ax, vertical, across, shades, colours)
        strip.set_title("\n".join(filter(None, [panel.title, _ends(panel.result, vertical)])), fontsize=8.5)
        if place % count:
            ax.set_ylabel("")
            ax.tick_params(labelleft=not rsa_cells.is_named(result, vertical))
        if place + count < len(panels):
            ax.set_xlabel("")
    bar = figure.colorbar(image, ax=grid, location="right", aspect=30, shrink=0.8)
    bar.set_label(f"similarity of RDMs ({measure_of(result)})")
    bar.outline.set_visible(False)
    said = [f"{of_rdms(result)}, models (rows) with data (columns)", counts_in_words(result)]
    title = fill("; ".join(filter(None, [*said, *_unknown_ceilings(result), more])), int(13 * figure.get_figwidth()))
    figure.suptitle(title, x=0.01, ha="left", fontsize=9, fontweight="bold")
    return figure


def _dims_of(result: xr.Dataset, models: bool) -> list[str]:
    """The dimensions of the side of the models, or of the data."""
    return [str(dim) for dim in result["similarity"].dims if str(dim).endswith("_model") == models]


def _axis_of(result: xr.Dataset, name: str | None, what: str, models: bool) -> str:
    """The dimension of an axis: the one that was asked for, else time where there are several, else the largest."""
    similarity = result["similarity"]
    choices = _dims_of(result, models)
    if name is None and choices:
        time = "time_model" if models else "time"
        return time if similarity.sizes.get(time, 0) > 1 else max(choices, key=lambda dim: similarity.sizes[dim])
    if name not in choices:
        side = "models" if models else "data"
        raise InputError(f"{what} of a matrix of RSA is a dimension of the {side}, one of {choices}; got {name!r}.")
    return name


def _unknown_ceilings(result: xr.Dataset) -> list[str]:
    """Which ceilings are not known, in words."""
    names = {"ceiling": "data", "ceiling_model": "models"}
    sides = [side for name, side in names.items() if name not in result or not result[name].notnull().any()]
    return [f"noise ceiling of the {' and the '.join(sides)} not known"] if sides else []


def _ends(panel: xr.Dataset, rows: str) -> str:
    """What the untrained network and the last step reach in the mean over columns, where rows are training steps."""
    if not {"untrained", "final"} <= set(panel.data_vars) or panel[rows].attrs.get("axis") != LEARNING:
        return ""
    ends = (f"{float(panel[name].mean()):.2f}".replace("-", rsa_cells.MINUS) for name in ("untrained", "final"))
    return "untrained {}, last {}".format(*ends)
