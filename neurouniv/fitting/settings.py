"""How a law is fitted: which variables, weighted how, from how many starts, with which intervals."""

from __future__ import annotations

from dataclasses import dataclass

from neurouniv.schema import InputError

WEIGHTINGS = ("none", "range", "noise")
INTERVALS = ("sandwich", "likelihood", "profile", "bootstrap")


@dataclass(frozen=True)
class FitSettings:
    """The settings of a fit, as `neurouniv.Law` describes them; None is the default that the data decide.

    Raises
    ------
    InputError : a weighting or method of intervals that there is not, or no restart.

    Examples
    --------
    >>> FitSettings(weighting="noise").restarts
    3
    """

    variables: tuple[str, ...] | None = None
    weighting: str | None = None
    restarts: int = 3
    per: str = "system"
    floor: bool | None = None
    clock: str | None = None
    intervals: str | None = None

    def __post_init__(self) -> None:
        for name, allowed in (("weighting", WEIGHTINGS), ("intervals", INTERVALS)):
            value = getattr(self, name)
            if value is not None and value not in allowed:
                raise InputError(f"{name} is one of {', '.join(map(repr, allowed))}, or None; got {value!r}.")
        if self.restarts < 1:
            raise InputError(f"restarts is a number of starting points, at least 1; got {self.restarts!r}.")
