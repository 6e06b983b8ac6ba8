"""The command that draws a trajectory, or RDMs without time."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from textwrap import fill
from typing import Annotated, Any, Literal

import xarray as xr
from cyclopts import Parameter

from neurouniv.commands.app import Fields, app, say
from neurouniv.commands.outputs import Overwrite, need_free
from neurouniv.commands.rule_figures import OF_RULES
from neurouniv.commands.rule_results import OF_RESULTS
from neurouniv.schema import InputError
from neurouniv.storage import SUFFIXES, load

Kind = Literal[
    "rdm", "film", "animation", "mds", "dendrogram", "shepard", "courses", "rule_signatures", "rule_switch",
    "rule_probabilities", "rule_confusion",
]  # fmt: skip
IMAGES = (".png", ".svg", ".pdf")
TAKES = {
    "time": ("rdm", "film", "mds", "dendrogram", "shepard"), "most": ("film", "mds"), "icons": ("rdm", "mds"),
    "order": ("rdm", "film", "animation", "mds", "dendrogram", "shepard"), "method": ("mds", "shepard"),
    "limits": ("rdm", "film", "animation"), "scale": ("film",), "traces": ("mds",), "linkage": ("dendrogram",),
    "fps": ("animation",), "rules": ("rule_signatures",), "second": ("rule_switch",), "law": ("rule_switch",),
    "rule": ("rule_switch",), "constants": ("rule_switch",),
}  # fmt: skip
"""Which kinds of figures an option is for."""
SEVERAL_TIMES = ("film", "mds")
DPI, LINE = 150, 64
"""Dots an inch of a picture, and letters of a title's line."""
Flag = Annotated[bool, Parameter(negative=())]
Limits = Annotated[tuple[float, float] | None, Parameter(negative=())]


@app.command
def figure(
    kind: Kind,
    rdms: Path,
    out: Path,
    *,
    time: Fields = None,
    select: Fields = None,
    order: Fields = None,
    icons: Path | None = None,
    most: int | None = None,
    limits: Limits = None,
    scale: Literal["all", "row"] | None = None,
    method: Literal["classical", "metric"] | None = None,
    traces: Flag = False,
    linkage: Literal["average", "complete", "single", "weighted", "ward"] | None = None,
    fps: float | None = None,
    rules: Fields = None,
    second: Path | None = None,
    law: str | None = None,
    rule: str | None = None,
    constants: Fields = None,
    title: str = "",
    overwrite: Overwrite = False,
) -> None:
    """Draw RDMs: a matrix, a film strip, an animation, conditions in two dimensions, their tree; or what rules predict.

    Example: neurouniv figure rdm traj.nc rdm.png --time 3

    Example: neurouniv figure rdm traj.nc rdm.svg --select region=V1 subject=s01 --icons images/

    Example: neurouniv figure film traj.nc film.png --time 1 3 5

    Example: neurouniv figure animation traj.nc movie.gif

    Example: neurouniv figure mds traj.nc mds.png --traces

    Example: neurouniv figure rule_signatures task.nc signatures.png

    Example: neurouniv figure rule_switch a.nc switch.png --second b.nc --rule weight_decay --constants decay=1e-4

    Parameters
    ----------
    kind
        rdm: one RDM with the names of its conditions; film: RDMs over time, a row a region or layer; animation: the
        same as a moving picture; mds: conditions in two dimensions; dendrogram: their tree; shepard: how well two
        dimensions tell the RDM; courses: mean distances within and between classes over time; rule_signatures: what
        learning rules predict differently, of a task, or fitted to a trajectory; rule_switch: whether a second phase,
        by another rule or on other targets, follows from the first; rule_probabilities: how probable learning rules
        are; rule_confusion: how often they are taken for each other.
    rdms
        A file of `neurouniv rdm` or `neurouniv rdms`, with times or without; of rule_signatures a task too; of
        rule_probabilities one of `neurouniv rules`.
    out
        The picture: .png, .svg or .pdf; an animation .gif, .html (with buttons) or, with ffmpeg, .mp4.
    time
        The time to draw, default the last; of film and mds several.
    select
        Of other dimensions the value to draw, such as region=V1. Subjects and seeds are averaged unless one is chosen.
    order
        given, alphabet, or the names of the conditions to draw; default as in the file, those of a class together.
    icons
        A folder of images that are named as the conditions (cat.png).
    most
        How many times are drawn at most; they are evenly apart.
    limits
        The ends of the colour scale; default 0, or the most negative value, and the largest.
    scale
        One colour scale for all RDMs of a film (default), or one for each row.
    method
        classical MDS, in closed form (default), or metric, of least stress.
    traces
        The way of each condition over time, in place of a panel a time.
    linkage
        Which dissimilarity of two clusters is theirs: average (default), complete (largest), single (smallest), ...
    fps
        Times a second.
    rules
        Which laws, such as universal feedback_alignment; default all.
    second
        The trajectory of the second phase.
    law
        The law of the first phase, default universal (backprop).
    rule
        The law after the switch, default that of the first phase.
    constants
        Of the second law where the first has none of that name, such as decay=1e-4.
    title
        What stands above.
    """
    from neurouniv import figures
    from neurouniv.figures.rdm_animation import save_animation

    given: dict[str, Any] = {
        "time": time,
        "order": order,
        "icons": icons,
        "most": most,
        "limits": limits,
        "scale": scale,
    }
    given |= {"method": method, "traces": traces or None, "linkage": linkage, "fps": fps}
    given |= {"rules": rules, "second": second, "law": law, "rule": rule, "constants": constants}
    settings = {name: value for name, value in given.items() if value is not None}
    _need_taken(kind, settings)
    need_picture(kind, out)
    need_free(
        out,
        [rdms, *([second] if second else []), *(icons.iterdir() if icons is not None and icons.is_dir() else [])],
        overwrite,
    )
    selection = _selection(select)
    dataset = load(rdms) if kind == "rule_signatures" or kind in OF_RESULTS else _held(rdms)
    if kind in OF_RULES or kind in OF_RESULTS:
        picture: Any = (OF_RULES | OF_RESULTS)[kind](dataset, selection, title, **settings)
    elif kind == "courses":
        picture = _courses(dataset, selection, title)
    else:
        picture = getattr(figures, kind)(dataset, **_as_called(kind, settings), title=title, **selection)
    write_picture(picture, out, save_animation if kind == "animation" else None)
    say(f"The figure is {out}")


def write_picture(picture: Any, out: Path, save: Callable[[Any, Path], None] | None = None) -> None:
    """Write a figure beside its place and move it there, so that a reader never meets half a picture."""
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=f".{out.name}-") as folder:
        written = Path(folder) / out.name
        if save is None:
            picture.savefig(written, dpi=DPI)
        else:
            save(picture, written)
        os.replace(written, out)


def _need_taken(kind: str, settings: dict[str, Any]) -> None:
    """Raise `InputError` where an option is for other kinds of figures."""
    for name in settings:
        if kind not in TAKES[name]:
            raise InputError(f"--{name} is for {', '.join(TAKES[name])}; got it with {kind}. Leave it out.")
    if kind not in SEVERAL_TIMES and len(settings.get("time", [])) > 1:
        raise InputError(
            f"A figure of the kind {kind} is of one time; got {len(settings['time'])}. Several: film, mds."
        )


def need_picture(kind: str, out: Path) -> None:
    """Raise, before any work, unless a figure of that kind can be written to `out`."""
    from neurouniv.figures.rdm_animation import WRITERS, need_writer

    suffix = out.suffix.lower()
    if kind == "animation":
        need_writer(out)
    elif suffix not in IMAGES:
        more = " Moving pictures: neurouniv figure animation" if suffix in WRITERS else ""
        raise InputError(f"A figure's file ends in {', '.join(IMAGES)}; got '{out.name}'.{more}")
    if not out.parent.is_dir():
        raise FileNotFoundError(f"The folder {out.parent} to write {out.name} into does not exist. Make it first.")


def _selection(select: list[str] | None) -> dict[str, str]:
    """Words name=value as a mapping."""
    selection = {}
    for word in select or []:
        name, equals, value = word.partition("=")
        if not (name and equals and value):
            raise InputError(f"--select takes name=value, such as region=V1; got {word!r}.")
        if name in (*TAKES, "title"):
            raise InputError(
                f"--select is for dimensions such as region; {name} is an option of its own: --{name} {value}"
            )
        selection[name] = value
    return selection


def _held(path: Path) -> xr.Dataset:
    """The trajectory or RDMs of a file; of what else is there the command that makes one."""
    from neurouniv.figures.rdm_input import other_of

    if path.suffix.lower() not in SUFFIXES and path.exists():
        raise InputError(
            f"RDMs are drawn from .nc or .zarr; got '{path}'. Make it first, of activity: neurouniv rdm {path} --out "
            f"traj.nc; of RDMs: neurouniv rdms {path} traj.nc"
        )
    dataset = load(path, chunks={})
    if "h" not in dataset:
        other = other_of(dataset)
        raise InputError(f"'{path}' holds no RDMs but {other.what}. {other.command.format(file=path)}")
    return dataset


def _as_called(kind: str, settings: dict[str, Any]) -> dict[str, Any]:
    """Options as arguments of the figure."""
    called = dict(settings)
    if "time" in called:
        several = kind in SEVERAL_TIMES
        called["times" if several else "time"] = called.pop("time") if several else called["time"][0]
    if called.get("order") in (["given"], ["alphabet"]):
        called["order"] = called["order"][0]
    return called


def _courses(dataset: xr.Dataset, selection: dict[str, str], title: str) -> Any:
    """Mean distances over time, of what is selected."""
    from neurouniv import figures
    from neurouniv.figures.rdm_frames import frames_of, place_of

    frames = frames_of(dataset, select=selection)
    frames.need_one("A figure of time courses")
    h = dataset["h"]
    places = {dim: place_of(h[dim], value, dim) for dim, value in selection.items() if dim in h.dims}
    headline = fill(" · ".join(filter(None, [title, *frames.notes])), LINE)
    return figures.time_courses(dataset.isel(places).compute(), title=headline)
