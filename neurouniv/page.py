"""A study as one self-contained page: what was found, what not to believe, and exactly what was run."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import files
from pathlib import Path
from platform import python_version
from typing import Any

import jinja2
import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from neurouniv.figures import comparison
from neurouniv.figures.embed import data_uri
from neurouniv.figures.numbers import words
from neurouniv.figures.tables import Table, cells, table_of
from neurouniv.schema import InputError, history, package_version
from neurouniv.universality.verdict import verdict

PACKAGES = ("numpy", "scipy", "xarray", "torch", "rsatoolbox", "scikit-learn", "matplotlib")
TEMPLATE = "page.html.jinja"


@dataclass(frozen=True)
class Picture:
    """A figure with the words that go with it: `caption` under it, `alt` for readers who cannot see it."""

    figure: Figure
    caption: str = ""
    alt: str = ""


@dataclass(frozen=True)
class Section:
    """One part of a page.

    Parameters
    ----------
    title : the heading.
    text : plain text; an empty line starts a new paragraph.
    figures : figures, or `Picture`s where they have captions.
    tables : tables (`Table`) or Datasets, which become tables.
    warnings : what a reader should not take at face value, each shown as a callout.
    sources : `{name: object}` whose history is told under "What was run".
    """

    title: str
    text: str = ""
    figures: Sequence[Figure | Picture] = ()
    tables: Sequence[Table | xr.Dataset] = ()
    warnings: Sequence[str] = ()
    sources: Mapping[str, xr.Dataset] = field(default_factory=dict)


def report(
    result: xr.Dataset | Section | Sequence[Section] | Mapping[str, Any],
    path: str | os.PathLike[str],
    title: str = "neurouniv report",
    settings: Mapping[str, Any] | None = None,
) -> Path:
    """Write `result` as one HTML file that needs nothing else, and return its path.

    Parameters
    ----------
    result : the Dataset of `neurouniv.compare`; or sections: a `Section`, several, or `{title: content}`, where
        content is a comparison, a figure, or a mapping with the fields of `Section` (text, figures, tables, ...).
    path : the file to write. It appears whole or not at all.
    title : the title of the page.
    settings : what was run with, shown in the last section beside versions and the history of every source.

    Raises
    ------
    InputError : if `result` is none of these.
    OSError : if `path` cannot be written; what was there before stays.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     page = report(Section("Result", "The law holds."), Path(folder) / "report.html", title="A study")
    ...     "The law holds." in page.read_text(encoding="utf-8")
    True
    """
    sections = _sections(result)
    shown = [_shown(section, i) for i, section in enumerate(sections, start=1)]
    sources = {name: history(source) for section in sections for name, source in section.sources.items()}
    page = _environment().get_template(TEMPLATE).render(
        title=title,
        sections=shown,
        settings=_flat(settings or {}),
        versions=versions(),
        histories={name: [_step(line) for line in lines] for name, lines in sources.items()},
    )  # fmt: skip
    return _write(Path(path), page)


def versions() -> dict[str, str]:
    """Versions of Python, neurouniv and what it computes with; nothing is imported to find out."""
    found = {"Python": python_version(), "neurouniv": package_version()}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "not installed"
    return found


def unconverged(systems: Mapping[str, xr.Dataset]) -> list[str]:
    """One sentence for every fit in `{name: law.constants_}` that should not be used, for `Section.warnings`.

    Examples
    --------
    >>> fit = xr.Dataset({"converged": False, "message": "eta_h ended at its upper bound"})
    >>> unconverged({"gain 1.3": fit})
    ['gain 1.3: not converged: eta_h ended at its upper bound']
    """
    notes = []
    for name, constants in systems.items():
        dims = constants["converged"].dims
        flat = constants[["converged", "message"]].stack(member=dims) if dims else constants.expand_dims("member")
        bad = flat.isel(member=(~flat["converged"].values.astype(bool)).nonzero()[0])
        for message in dict.fromkeys(map(str, bad["message"].values)):
            count = int((bad["message"].values == message).sum())
            many = f" ({count} of {flat.sizes['member']})" if dims else ""
            notes.append(f"{name}{many}: not converged: {message}")
    return notes


def _sections(result: Any) -> list[Section]:
    """`result` in any of its forms as sections."""
    if isinstance(result, Section):
        return [result]
    if isinstance(result, xr.Dataset):
        return [_comparison_section("Comparison", result)]
    if isinstance(result, Mapping) and result:
        return [_section(str(title), content) for title, content in result.items()]
    if isinstance(result, Sequence) and not isinstance(result, str) and result:
        wrong = [item for item in result if not isinstance(item, Section)]
        if not wrong:
            return list(result)
        raise InputError(f"A report's list holds neurouniv.page.Section; a {type(wrong[0]).__name__} came.")
    raise InputError(
        "A report is made from a comparison (Dataset), from sections or from {title: content}, at least one; "
        f"{'an empty ' if result is not None and not result else 'a '}{type(result).__name__} came."
    )


def _section(title: str, content: Any) -> Section:
    """One entry of `{title: content}`."""
    if isinstance(content, Section):
        return content
    if isinstance(content, xr.Dataset):
        return _comparison_section(title, content)
    if isinstance(content, (Figure, Picture)):
        return Section(title, figures=[content])
    if isinstance(content, Mapping):
        known = set(Section.__dataclass_fields__) - {"title"}
        if set(content) <= known:
            return Section(title, **content)
        raise InputError(
            f"Section {title!r} may have {sorted(known)}; {sorted(set(content) - known)} came. Rename or drop it."
        )
    raise InputError(
        f"Section {title!r} is a comparison, a figure or a mapping of its fields; a {type(content).__name__} came."
    )


def _comparison_section(title: str, result: xr.Dataset) -> Section:
    """A comparison with its verdict (where differences have errors), its figure, its numbers and its history."""
    ceilings = np.unique(result["ceiling"]) if "ceiling" in result else [result.attrs.get("ceiling", "")]
    picture = Picture(
        comparison(result),
        "Left: similarity of the predicted with the observed RDM, frame by frame. Right: R² of the time courses; dots "
        "are members, large markers their mean, an arrow marks a value off the scale. Grey: noise ceiling"
        f"{': ' if any(ceilings) else ''}{'; '.join(map(str, ceilings))}.",
        "Geometry over time and dynamics of every law beside the noise ceiling",
    )
    table, doubts = _comparison_table(result), _doubtful(result)
    said = verdict(result).text.replace("\n", "\n\n") if "error_ratio" in result else ""
    return Section(title, said, figures=[picture], tables=[table], warnings=doubts, sources={title: result})


def _doubtful(result: xr.Dataset) -> list[str]:
    """Laws whose fits should not all be used, each with how many and the first reason."""
    if "converged" not in result or "message" not in result:
        return []
    notes = []
    for law in result["law"].values:
        share, reason = (np.atleast_1d(result[name].sel(law=law).values).ravel() for name in ("converged", "message"))
        if (share < 1).any():
            notes.append(f"{law}: {100 * np.nanmean(share):.0f} % of the fits may be used; {reason[share < 1][0]}")
    return notes


def _comparison_table(result: xr.Dataset) -> Table:
    """Means per law (and system): geometry over time, geometry at the end, dynamics."""
    keep = [dim for dim in ("system", "law") if dim in result.dims]

    def mean(array: xr.DataArray) -> xr.DataArray:
        return array.mean([dim for dim in array.dims if dim not in keep])

    numbers = {
        "geometry, mean over time": mean(result["geometry"]),
        "geometry, last frame": mean(_last_seen(result["geometry"])),
        "dynamics R²": mean(result["dynamics"]),
    }
    numbers |= {"fitted constants": result["n_constants"]} if "n_constants" in result else {}
    made = xr.Dataset({name: array.reset_coords(drop=True) for name, array in numbers.items()}).transpose(*keep)
    return table_of(made, "Means over members.")


def _last_seen(array: xr.DataArray) -> xr.DataArray:
    """The last value over time that is not NaN."""

    def last(values: np.ndarray) -> float:
        seen = values[np.isfinite(values)]
        return seen[-1] if seen.size else np.nan

    return xr.apply_ufunc(last, array, input_core_dims=[["time"]], vectorize=True)


def _shown(section: Section, place: int) -> dict[str, Any]:
    """What the template needs of a section."""
    pictures = [one if isinstance(one, Picture) else Picture(one) for one in section.figures]
    return {
        "title": section.title,
        "anchor": f"s{place}-" + (re.sub(r"[^a-z0-9]+", "-", section.title.lower()).strip("-")[:60] or "section"),
        "paragraphs": [p.strip() for p in re.split(r"\n\s*\n", section.text) if p.strip()],
        "warnings": list(section.warnings),
        "figures": [_figure(picture, f"{section.title}, figure {n}") for n, picture in enumerate(pictures, start=1)],
        "tables": [cells(one if isinstance(one, Table) else table_of(one)) for one in section.tables],
    }


def _figure(picture: Picture, fallback: str) -> dict[str, Any]:
    width = picture.figure.get_size_inches()[0] * 96
    return {
        "uri": data_uri(picture.figure),
        "alt": picture.alt or picture.caption or fallback,
        "caption": picture.caption,
        "width": round(width),
    }


def _flat(settings: Mapping[str, Any]) -> dict[str, str]:
    return {str(name): words(value) for name, value in settings.items()}


def _step(line: Mapping[str, Any]) -> dict[str, Any]:
    settings = line.get("settings")
    return {
        "step": str(line.get("step", "?")),
        "version": str(line.get("version", "?")),
        "settings": {str(k): str(v) for k, v in settings.items()} if isinstance(settings, Mapping) else {},
    }


def _environment() -> jinja2.Environment:
    def load(name: str) -> str:
        return files("neurouniv").joinpath(name).read_text(encoding="utf-8")

    return jinja2.Environment(
        loader=jinja2.FunctionLoader(load), autoescape=True, undefined=jinja2.StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip


def _write(path: Path, page: str) -> Path:
    """Write beside `path` and move into place, so that a reader never meets half a page."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".tmp")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(page)
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    return path
