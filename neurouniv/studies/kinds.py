"""The kinds of systems of a study: which settings each has, and whether these go together."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from neurouniv.schema import InputError
from neurouniv.studies.analyses import ANALYSES
from neurouniv.studies.checks import checked_by, defaults_of, need_kind
from neurouniv.studies.yaml_lines import Path, Source

OF_ALL = ("name", "task", "seeds", "trajectory", *ANALYSES)
"""Keys that systems of every kind have, beside their settings."""
PLACES = ("files", "each", "dataset")
"""Where a recording is: one of these keys."""
APART = ("gain", "lr", "record", "spacing")
"""Settings of a training that are checked apart from the others."""


@dataclass(frozen=True)
class Kind:
    """A kind of systems.

    name : its key in a study's `systems`.
    defaults : a function to the settings and their defaults.
    check : raises `InputError` where settings, all of them given, do not go together.
    listed : settings whose one value is a list.
    """

    name: str
    defaults: Callable[[], dict[str, Any]]
    check: Callable[[dict[str, Any]], Any]
    listed: tuple[str, ...] = field(default=())

    def whole(self, given: Mapping[str, Any], path: Path, source: Source) -> dict[str, Any]:
        """All settings of one system, those that are not given by their defaults; checked.

        Raises
        ------
        InputError : a setting is of another kind, or settings do not go together.
        """
        defaults = self.defaults()
        for name, value in given.items():
            need_kind(value, defaults[name], (*path, name), source)
        settings = defaults | dict(given)
        checked_by(lambda: self.check(settings), path, source, settings)
        return settings


@cache
def _of_networks() -> dict[str, Any]:
    from neurouniv.systems.training.settings import TrainingSettings
    from neurouniv.systems.training.train import train

    plain = {*inspect.signature(TrainingSettings.checked).parameters, *APART} - {"seeds", "above", "draws", "device"}
    return {name: default for name, default in defaults_of(train, ()).items() if name in plain}


def _check_network(settings: dict[str, Any]) -> None:
    from neurouniv.systems.training.checks import kept_epochs
    from neurouniv.systems.training.settings import TrainingSettings

    shared = {name: value for name, value in settings.items() if name not in APART}
    TrainingSettings.checked(**shared, seeds=1, above=None, draws=None, device="cpu")
    kept_epochs(settings["record"], settings["epochs"], settings["spacing"])
    for name in ("gain", "lr"):
        if not 0 < settings[name] < math.inf:
            raise InputError(f"{name} is a positive number; got {settings[name]!r}.")


@cache
def _of_brains() -> dict[str, Any]:
    from neurouniv.systems.brains import simulate_brain

    return defaults_of(simulate_brain, ("task", "seed")) | {"latencies": None}


def _check_brain(settings: dict[str, Any]) -> None:
    from neurouniv.names import one_of
    from neurouniv.systems.brains.design import Design
    from neurouniv.systems.brains.sensors import sensor_of
    from neurouniv.systems.brains.worlds import world_of
    from neurouniv.systems.learning_rules import RULES
    from neurouniv.systems.networks import ARCHITECTURES, NONLINEARITIES

    for name, names in (("rule", RULES), ("architecture", ARCHITECTURES), ("nonlinearity", NONLINEARITIES)):
        one_of(settings[name], names, name)
    _need_latencies(settings["latencies"])
    if settings["world"] is not None:
        world_of(settings["world"])
    design = {name: settings[name] for name in ("repeats", "runs", "noise", "snr", "turnover", "drift")}
    sensor = sensor_of(settings["sensors"], **{name: settings[name] for name in ("rate_gain", "baseline", "window")})
    Design(**design, channels=settings["neurons"], seed=0).need_fit(sensor, settings["sessions"])


def _need_latencies(given: Any) -> None:
    if given is None:
        return
    numbers = isinstance(given, list) and all(isinstance(one, (int, float)) and one == one for one in given)
    if not numbers or len(given) != 2 or given[0] > given[1]:
        raise InputError(f"latencies are two numbers, from and to, in the unit of the recording; got {given!r}.")


def _of_recordings() -> dict[str, Any]:
    return dict.fromkeys((*PLACES, "split", "map", "windows", "runs", "latencies", "stimuli", "targets"))


def _check_recording(settings: dict[str, Any]) -> None:
    if sum(settings[name] is not None for name in PLACES) != 1:
        raise InputError(
            "a recording has one of the keys files, each and dataset. files: a path or pattern, all its files are one "
            "recording; each: a pattern, every file is a recording; dataset: a name, see `neurouniv datasets`. "
            "Example: "
            'files: "mouse1/*.nwb"'
        )
    for name in (*PLACES, "split", "targets"):
        if settings[name] is not None and not isinstance(settings[name], str):
            raise InputError(f"{name} is a path or a name; got {settings[name]!r}.")
    if not isinstance(settings["stimuli"], str | dict | None):
        raise InputError(f"stimuli is a path, a name, or a mapping of fields; got {settings['stimuli']!r}.")
    if settings["split"] is not None and settings["dataset"] is None:
        raise InputError("split is a part of a dataset; files have none. Leave it out.")
    _need_latencies(settings["latencies"])
    for name in ("windows", "runs"):
        value = settings[name]
        if value is not None and (not isinstance(value, int) or isinstance(value, bool) or value < 1):
            raise InputError(f"{name} is a whole number of at least 1; got {value!r}.")
    if not isinstance(settings["map"], dict | None):
        raise InputError(f"map is a mapping such as condition: odour; got {settings['map']!r}.")


def trajectory_defaults() -> dict[str, Any]:
    """The settings of `neurouniv.trajectory` that a study may give, with their defaults."""
    from neurouniv.rdm.movie.trajectory import trajectory

    return defaults_of(trajectory, ("task", "device"))


KINDS = {
    kind.name: kind
    for kind in (
        Kind("networks", _of_networks, _check_network, listed=("layers", "record")),
        Kind("brains", _of_brains, _check_brain, listed=("latencies",)),
        Kind("recordings", _of_recordings, _check_recording, listed=("latencies",)),
    )
}
