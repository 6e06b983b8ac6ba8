"""What a study asks of every system: laws to fit, laws to compare on held-out data, model RDMs."""

from __future__ import annotations

from pathlib import Path as FilePath
from typing import Any

from neurouniv.studies.checks import checked_by, defaults_of, need_kind, need_list, need_mapping, need_one_of
from neurouniv.studies.yaml_lines import Source


def checked_analyses(given: dict[str, Any], source: Source, folder: FilePath) -> dict[str, Any]:
    """`laws`, `compare` and `rsa` of a study with all their settings; None for what is not asked.

    Raises
    ------
    InputError : an unknown law or setting, a value of another kind, no table of models.
    """
    laws = given.get("laws", ["universal"])
    _need_laws(laws, source)
    return {"laws": laws, "compare": _compare(given, laws, source), "rsa": _rsa(given, source, folder)}


def _need_laws(laws: Any, source: Source) -> None:
    from neurouniv.laws import LAWS

    need_list(laws, ("laws",), source, "names of laws")
    for place, law in enumerate(laws):
        need_one_of(law, ("laws", place), source, LAWS)
        if law in laws[:place]:
            raise source.error(("laws", place), f"is {law!r} once more. Name every law once.")


def _compare(given: dict[str, Any], laws: list[str], source: Source) -> dict[str, Any] | None:
    if given.get("compare") is None:
        return None
    from neurouniv.rdm.comparators import COMPARATORS
    from neurouniv.universality.compare import compare
    from neurouniv.universality.inference.differences import check_inference

    settings = _settings(given["compare"], "compare", compare, ("laws", "trajectories"), source)
    need_one_of(settings["comparator"], ("compare", "comparator"), source, COMPARATORS)
    names = ("resamples", "reference", "correction", "unit")
    checked_by(
        lambda: check_inference(laws, **{name: settings[name] for name in names}), ("compare",), source, settings
    )
    return settings


def _rsa(given: dict[str, Any], source: Source, folder: FilePath) -> dict[str, Any] | None:
    if given.get("rsa") is None:
        return None
    from neurouniv.rdm.comparators import COMPARATORS
    from neurouniv.similarity.rsa import rsa

    need_mapping(given["rsa"], ("rsa",), source, ("models", *defaults_of(rsa, ("device", "progress"))), ["models"])
    models = given["rsa"]["models"]
    if not isinstance(models, str) or not (folder / models).is_file():
        raise source.error(("rsa", "models"), f"is a table (.csv) with a row a condition; there is no file {models!r}.")
    rest = {name: value for name, value in given["rsa"].items() if name != "models"}
    settings = _settings(rest, "rsa", rsa, (), source)
    need_one_of(settings["comparator"], ("rsa", "comparator"), source, COMPARATORS)
    return settings | {"models": str((folder / models).absolute())}


def _settings(given: Any, key: str, function: Any, without: tuple[str, ...], source: Source) -> dict[str, Any]:
    """All settings of a function, those that are not given by their defaults."""
    defaults = defaults_of(function, (*without, "device", "progress"))
    need_mapping(given, (key,), source, tuple(defaults))
    for name, value in given.items():
        need_kind(value, defaults[name], (key, name), source)
    return defaults | dict(given)
