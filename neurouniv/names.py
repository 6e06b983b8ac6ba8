"""Names that users type: of arguments, laws and public functions. An unknown one is answered with the nearest."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from neurouniv.blame import blaming
from neurouniv.got import did_you_mean, got, suggestion
from neurouniv.schema import InputError

P = ParamSpec("P")
R = TypeVar("R")
Kind = TypeVar("Kind")


ALSO = {
    "depth": "hidden_layers", "n_layers": "hidden_layers", "layers_hidden": "hidden_layers", "units": "width",
    "activation": "nonlinearity", "learning_rate": "lr", "n_epochs": "epochs", "steps": "epochs", "n_seeds": "seeds",
    "n_boot": "resamples", "n_bootstrap": "resamples", "bootstrap": "resamples", "n_permutations": "permutations",
    "distance": "metric", "method": "metric", "random_state": "seed", "rng": "seed", "verbose": "progress",
    "filename": "path", "file": "path",
}  # fmt: skip
"""What arguments are called elsewhere."""


class UnknownNameError(InputError, KeyError):
    """A name that is not among those of a dict; a `KeyError` too, so that `except KeyError` goes on working."""

    __str__ = ValueError.__str__  # KeyError's own shows a message in quotes


class Named(dict[str, Kind]):
    """A dict of kinds by name, which answers an unknown name with the nearest one and all that there are.

    Examples
    --------
    >>> Named({"static": 1, "gain": 2}, what="rival")["gian"]
    Traceback (most recent call last):
        ...
    neurouniv.names.UnknownNameError: There is no rival 'gian'. Did you mean 'gain'? There are: static, gain.

    Parameters
    ----------
    what : one of them, in words.
    also : other words for some of them.
    """

    def __init__(self, kinds: Mapping[str, Kind], what: str, also: Mapping[str, str] | None = None):
        super().__init__(kinds)
        self.what = what
        self.also = {word: name for word, name in (also or {}).items() if name in kinds}

    def __missing__(self, name: Any) -> Kind:
        word = self.also.get(str(name).lower(), name)
        raise UnknownNameError(f"There is no {self.what} {name!r}. {suggestion(word, self)}")

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (dict(self), self.what, self.also)


def one_of(value: Any, names: Iterable[str], what: str) -> str:
    """`value` if it is one of `names`.

    Raises
    ------
    InputError : it is not; the message has the nearest, and all.

    Examples
    --------
    >>> one_of("tahn", ["relu", "tanh"], "nonlinearity")
    Traceback (most recent call last):
        ...
    neurouniv.errors.InputError: nonlinearity is one of ['relu', 'tanh']; got 'tahn'. Did you mean 'tanh'?
    """
    names = list(names)
    if isinstance(value, str) and value in names:
        return value
    shown = repr(value) if isinstance(value, str | int | float | None) else got(value)
    raise InputError(f"{what} is one of {names}; got {shown}.{did_you_mean(value, names)}")


def listed_names(value: Any, what: str) -> list[str]:
    """One name or several, as a list without repetitions.

    Raises
    ------
    InputError : it is something else.

    Examples
    --------
    >>> listed_names("gain", "rivals"), listed_names(("gain", "static", "gain"), "rivals")
    (['gain'], ['gain', 'static'])
    """
    names = [value] if isinstance(value, str) else list(value) if isinstance(value, Iterable) else [value]
    other = next((name for name in names if not isinstance(name, str)), None)
    if other is not None:
        raise InputError(f"{what} needs names, such as ['gain', 'static']; got {got(other)} among them.")
    return list(dict.fromkeys(names))


def public(function: Callable[P, R], *, blames: bool = True) -> Callable[P, R]:
    """`function`, which answers an unknown argument with the nearest of those that it takes.

    An error that a damaged trajectory or result brings about is answered with what is amiss in that, unless `blames` is
    False, for what takes any Dataset.

    Examples
    --------
    >>> @public
    ... def train(task, hidden_layers=1):
    ...     return hidden_layers
    >>> train(None, hidden_layer=2)
    Traceback (most recent call last):
        ...
    TypeError: train takes no argument 'hidden_layer'. Did you mean 'hidden_layers'? There are: task, hidden_layers.
    """
    parameters = inspect.signature(function).parameters.values()
    takes_all = any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters)
    names = [parameter.name for parameter in parameters if parameter.kind is not parameter.VAR_POSITIONAL]

    @wraps(function)
    def with_known_names(*arguments: P.args, **settings: P.kwargs) -> R:
        if not takes_all:
            need_known(function.__name__, settings, names)
        with blaming([*arguments, *settings.values()] if blames else []):
            return function(*arguments, **settings)

    return with_known_names


def need_known(function: str, given: Iterable[str], names: Iterable[str]) -> None:
    """Raise `TypeError`, as Python does, if one of the arguments `given` is not among `names`."""
    names = list(names)
    for name in given:
        if name not in names:
            meant = ALSO[name] if ALSO.get(name) in names else name
            raise TypeError(f"{function} takes no argument {name!r}. {suggestion(meant, names)}")
