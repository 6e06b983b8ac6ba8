"""The command that sets candidate RDMs, networks and laws against data."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import Parameter

from neurouniv.commands import choices
from neurouniv.commands.arguments import law_of
from neurouniv.commands.help_groups import MORE
from neurouniv.commands.json_text import rows_of
from neurouniv.commands.options import Flag, Folds, OneComparator, Overwrite, Resamples, Seed, SomePaths, Words
from neurouniv.commands.outputs import need_apart, need_file, need_page
from neurouniv.commands.speech import ALOUD, Answer, Speaking
from neurouniv.commands.tables import SEPARATORS, conditions_table
from neurouniv.errors import InputError

if TYPE_CHECKING:
    import xarray as xr

SomeLaws = Annotated[list[choices.Law] | None, Parameter(consume_multiple=1, negative=())]
IN_MORE = Parameter(group=MORE)
Mixture = Annotated[list[str] | None, Parameter(consume_multiple=1, negative=(), group=MORE)]
OF_MODELS = ("similarity", "similarity_interval", "similarity_p", "similarity_p_corrected")
"""What a row of --json has of a model at a time, where the result has it."""


def rsa(
    data: Path,
    models: SomePaths = None,
    *,
    out: Path | None = None,
    report: Path | None = None,
    laws: SomeLaws = None,
    model: Literal["one", "each"] = "one",
    control: Words = None,
    partition: Annotated[Flag, IN_MORE] = False,
    weighted: Mixture = None,
    selected: Mixture = None,
    interpolated: Mixture = None,
    test: Annotated[Literal["bootstrap", "subjects", "permutation"], IN_MORE] = "bootstrap",
    correction: Annotated[Literal["max", "cluster", "holm", "fdr", "none"], IN_MORE] = "max",
    resamples: Annotated[Resamples, IN_MORE] = 1000,
    join: Annotated[Literal["exact", "inner"], IN_MORE] = "exact",
    folds: Annotated[Folds, IN_MORE] = 2,
    partitions: Annotated[
        int | None, Parameter(help="How often conditions are split anew. By default 10, with laws 2.", group=MORE)
    ] = None,
    unit: Annotated[Literal["conditions", "classes"] | None, IN_MORE] = None,
    times: Annotated[Literal["all", "same"], IN_MORE] = "all",
    comparator: OneComparator = "corr",
    seed: Seed = 0,
    overwrite: Overwrite = False,
    speech: Speaking = ALOUD,
) -> Answer:
    """Say which candidate (model, layer, law) is similar to data.

    Example: neurouniv rsa brain.nc models.csv

    Example: neurouniv rsa brain.nc layer1.nc layer2.nc pixels.csv --control pixels --out rsa.nc --report page.html

    Example: neurouniv rsa brain.nc network.nc --model each --out each.nc

    Example: neurouniv rsa brain.nc layers.nc --weighted mix=layer1+layer2+layer3

    JSON: answer, similarities (a row a model and time: similarity, similarity_interval, similarity_p,
    similarity_p_corrected), files

    Parameters
    ----------
    data
        RDMs: a file of `neurouniv rdm` or `neurouniv rdms`. One RDM or a movie of them, of one or several subjects.
    models
        Model RDMs: files or tables. Files of RDMs (a file is a model by its name; a dimension such as layer makes
        several), HDF5 of rsatoolbox, or tables (.csv, .tsv): a row a condition, first its name, then a column a model,
        of numbers (squared differences) or words (alike or not); or a square table, one RDM.
    out
        Where the result goes: numbers, .nc or .zarr.
    report
        Where a page of the result goes, .html.
    model
        What a model is. one: one RDM at each time of the data; each: every frame of the models against every frame of
        the data.
    laws
        Laws by their names. They stand among the models.
    control
        Models whose similarity is taken out of all others' (partial RSA). others: each model's, all others held fixed.
    partition
        Part the variance that models explain together into unique and shared parts.
    weighted
        Mixtures with non-negative weights, name=model+model+...
    selected
        The best of some models, chosen on other conditions, name=model+model+...
    interpolated
        The best point between neighbours of a list of models, name=model+model+...
    test
        What p values are about. bootstrap: other conditions and subjects; subjects: other subjects (six or more) with
        these conditions; permutation: conditions in other orders.
    correction
        For all models and times together. max, the largest deviation; cluster, of times; holm; fdr; none.
    unit
        What errors take as one draw. By default classes where there are six or more.
    join
        Which conditions are compared. exact: data and models have the same; inner: what all have is kept.
    times
        With --model each of movies with the same times: all, each with each; same, each with its own.
    """
    from neurouniv.page import report as write
    from neurouniv.similarity.rsa import rsa as rsa_of
    from neurouniv.storage import save

    files = models or []
    if not files and not laws:
        raise InputError("`neurouniv rsa` needs MODELS, files of model RDMs, or --laws; see neurouniv rsa --help")
    need_file(out, [data, *files], overwrite)
    need_page(report, [data, *files], overwrite)
    need_apart(out, report)
    candidates = _models(files) | {name: law_of(name) for name in laws or ()}
    target = _held(data)
    result = rsa_of(
        target, candidates, model=model, comparator=comparator,
        control="others" if control == ["others"] else control, partition=partition, weighted=_mixtures(weighted),
        selected=_mixtures(selected), interpolated=_mixtures(interpolated), folds=folds, partitions=partitions,
        test=test, correction=correction, unit=unit, resamples=resamples, join=join, times=times, seed=seed,
        progress=speech.progress,
    )  # fmt: skip
    speech.say(result.attrs["text"])
    if out is not None:
        save(result, out)
    if report is not None:
        movies = _movies({data.stem: target, **candidates}, [data, *files])
        speech.say(f"The page is {write(result, report, trajectories=movies, command=speech.words)}")
    return {**_similarities(result), "files": [path for path in (out, report) if path]}


def _similarities(result: xr.Dataset) -> Answer:
    held = result[[name for name in OF_MODELS if name in result]]
    rows = rows_of(held, tuple(map(str, result["similarity"].dims)))
    return {"answer": result.attrs["text"], "similarities": rows}


def _held(path: Path) -> Any:
    """RDMs or activity of a file."""
    from neurouniv.rdm.exchange.rdm_files import opened
    from neurouniv.storage import load

    if path.suffix.lower() in SEPARATORS:
        return conditions_table(path, "The table")
    if path.suffix.lower() in (".nc", ".zarr"):
        return load(path)
    try:
        held = opened(path)
    except InputError as error:
        raise InputError(f"{error} RDMs of a recording are made first: neurouniv rdm '{path}' --out rdms.nc") from None
    if not hasattr(held, "dissimilarities"):
        raise InputError(
            f"'{path}' is made a file of RDMs first: neurouniv rdms '{path}' rdms.nc --map ...; see --help"
        )
    return held


def _movies(named: dict[str, Any], files: list[Path]) -> dict[str, Any]:
    """Those of the data and the models that are RDMs with dimensions, which a page can play; each with its file."""
    import xarray as xr

    paths = {path.stem: str(path) for path in files}
    return {
        name: held.assign_attrs(file=paths.get(name, ""))
        for name, held in named.items()
        if isinstance(held, xr.Dataset) and "h" in held
    }


def _models(paths: list[Path]) -> dict[str, Any]:
    """The models of all files by name: the columns of a table, else the file."""
    models: dict[str, Any] = {}
    for path in paths:
        held = _held(path)
        columns = list(map(str, held)) if path.suffix.lower() in SEPARATORS else []
        is_square = columns == list(map(str, getattr(held, "index", [])))
        entries = {path.stem: held} if not columns or is_square else {str(name): held[name] for name in held}
        twice = sorted(set(entries) & set(models))
        if twice:
            raise InputError(f"Models have names of their own; {twice} comes from two files. Rename one.")
        models |= entries
    return models


def _mixtures(words: list[str] | None) -> dict[str, list[str]] | None:
    """`name=model+model` words as mixtures.

    Examples
    --------
    >>> _mixtures(["mix=a+b"])
    {'mix': ['a', 'b']}
    """
    if words is None:
        return None
    mixtures = {}
    for word in words:
        name, equals, models = word.partition("=")
        if not (name and equals and models):
            raise InputError(f"A mixture is name=model+model, such as mix=layer1+layer2; got {word!r}.")
        mixtures[name] = models.split("+")
    return mixtures
