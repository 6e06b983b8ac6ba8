"""What a study asks of every system: laws to fit, laws to compare on held-out data, rules, model RDMs, a ceiling."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path as FilePath
from typing import Any

from neurouniv.studies.checks import (
    checked_by,
    defaults_of,
    need_count,
    need_kind,
    need_mapping,
    need_one_of,
)
from neurouniv.studies.law_settings import checked_laws
from neurouniv.studies.places import placed
from neurouniv.studies.yaml_lines import Path, Source
from neurouniv.untrusted.regular import is_file_at

ANALYSES = ("laws", "compare", "rules", "rsa", "start_ceiling")
"""Keys of a study that its systems may have of their own; null there asks for nothing."""
At = Callable[[str], Path]
"""Where in the study the value of each of these keys stands."""


def checked_analyses(given: dict[str, Any], at: At, kind: str, source: Source, folder: FilePath) -> dict[str, Any]:
    """All of `ANALYSES` with all their settings; None for what is not asked.

    Parameters
    ----------
    given : the study's keys, those of a system over them. kind : of the system.

    Raises
    ------
    InputError : an unknown law or setting, a value of another kind, no table of models.
    """
    laws = checked_laws(given.get("laws", ["universal"]), at("laws"), source)
    names = [law if isinstance(law, str) else law["name"] for law in laws]
    return {
        "laws": laws,
        "compare": _compare(given.get("compare"), names, at("compare"), source),
        "rules": _rules(given.get("rules"), at("rules"), source),
        "rsa": _rsa(given.get("rsa"), at("rsa"), source, folder),
        "start_ceiling": _ceiling(given.get("start_ceiling"), at("start_ceiling"), source)
        if kind == "networks"
        else None,
    }


def _compare(given: Any, laws: list[str], path: Path, source: Source) -> dict[str, Any] | None:
    if given is None:
        return None
    from neurouniv.rdm.comparators import COMPARATORS
    from neurouniv.universality.compare import compare
    from neurouniv.universality.inference.differences import check_inference

    settings = _settings(given, path, compare, ("laws", "trajectories"), source)
    need_one_of(settings["comparator"], (*path, "comparator"), source, COMPARATORS)
    if settings["split"] is not None:
        need_one_of(settings["split"], (*path, "split"), source, SPLITS)
    for name in ("folds", "partitions"):
        need_count(settings[name], (*path, name), source)
    names = ("resamples", "reference", "correction", "unit")
    checked_by(lambda: check_inference(laws, **{name: settings[name] for name in names}), path, source, settings)
    return settings


SPLITS = ("conditions", "times", "systems")
"""How data are held out; null is in sample."""


def _rules(given: Any, path: Path, source: Source) -> dict[str, Any] | None:
    if given is None:
        return None
    from neurouniv.which_rule.answer import need_level
    from neurouniv.which_rule.candidates import KNOWN
    from neurouniv.which_rule.rules import rules

    settings = _settings(given, path, rules, (), source)
    for place, name in enumerate(settings["rules"] or []):
        need_one_of(name, (*path, "rules", place), source, KNOWN)
    for name in ("folds", "partitions"):
        need_count(settings[name], (*path, name), source)
    checked_by(lambda: need_level(settings["level"]), path, source, settings)
    return settings


def _rsa(given: Any, path: Path, source: Source, folder: FilePath) -> dict[str, Any] | None:
    if given is None:
        return None
    from neurouniv.rdm.comparators import COMPARATORS
    from neurouniv.similarity.rsa import rsa

    need_mapping(given, path, source, ("models", *defaults_of(rsa, ("device", "progress"))), ["models"])
    models = given["models"]
    if not isinstance(models, str) or not is_file_at(placed(models, folder)):
        raise source.error(
            (*path, "models"), f"is a table (.csv) with a row for each condition; there is no file {models!r}."
        )
    rest = {name: value for name, value in given.items() if name != "models"}
    settings = _settings(rest, path, rsa, (), source)
    need_one_of(settings["comparator"], (*path, "comparator"), source, COMPARATORS)
    return settings | {"models": str(placed(models, folder))}


def _ceiling(given: Any, path: Path, source: Source) -> dict[str, Any] | None:
    if given is None:
        return None
    need_mapping(given, path, source, ("draws",), ["draws"])
    draws = given["draws"]
    if not isinstance(draws, int) or isinstance(draws, bool) or draws < 2:
        raise source.error((*path, "draws"), f"is a whole number of at least 2; got {draws!r}.")
    return {"draws": draws}


def _settings(given: Any, path: Path, function: Any, without: tuple[str, ...], source: Source) -> dict[str, Any]:
    """All settings of a function, those that are not given by their defaults; null stands for itself in `split`."""
    defaults = defaults_of(function, (*without, "device", "progress"))
    need_mapping(given, path, source, tuple(defaults))
    for name, value in given.items():
        if name != "split" or value is not None:
            need_kind(value, defaults[name], (*path, name), source)
    return defaults | dict(given)
