"""What a comparison needs of a law: that it can be fitted and predict, and says whether its fits may be used."""

from __future__ import annotations

import inspect
from typing import Any, Protocol, Self

import xarray as xr

from neurouniv.schema import InputError

OF_A_FIT = ("converged", "message")


class Predictor(Protocol):
    """A law that can be compared: every `neurouniv.Law`, or a class of one's own.

    It may have more. `name`: what it is, by default the name of its class. `family`: laws of one family are no rivals
    of each other, by default it has one of its own. `pairwise`: False where pairs cannot be predicted one by one; it is
    then shown the whole trajectory, of which pairs with a held-out condition have their first frame only. `clone()`: an
    unfitted copy, by default a deep copy. Of `constants_`, every `NAME_interval` counts as a fitted constant, and `r2`
    (..., variable) of h gives errors their size in the log score where noise is not known.
    """

    constants_: xr.Dataset
    """After a fit: `converged` (...), whether it may be used, and `message` (...), in words why not."""

    def fit(self, traj: xr.Dataset) -> Self:
        """Fit the constants to `traj` and return the law."""

    def predict(self, traj: xr.Dataset, time: Any) -> xr.Dataset:
        """`h`, and `y` where the law tells it, of the pairs of `traj` at `time`, from the first frame of `traj`."""


def check_law(name: str, law: Any) -> None:
    """Raise `InputError` unless `law`, or its class, can be fitted and predict."""
    lacks = [f"`{method}`" for method in ("fit", "predict") if not callable(getattr(law, method, None))]
    if not lacks and not _takes_time(law.predict):
        lacks = ["`time` among what `predict` takes"]
    _need(name, law, lacks)


def check_fit(name: str, fitted: Any) -> None:
    """Raise `InputError` unless what `fit` returned is a law that says whether it may be used."""
    constants = getattr(fitted, "constants_", None)
    if fitted is None:
        lacks = ["what `fit` returns, the law itself"]
    elif not isinstance(constants, xr.Dataset):
        lacks = ["`constants_` after a fit"]
    else:
        lacks = [f"`{part}` in `constants_`" for part in OF_A_FIT if part not in constants]
    _need(name, fitted, lacks)


def _takes_time(predict: Any) -> bool:
    try:
        parameters = inspect.signature(predict).parameters
    except (TypeError, ValueError):  # of what is not written in Python it is not known
        return True
    return "time" in parameters or any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters.values())


def _need(name: str, law: Any, lacks: list[str]) -> None:
    if lacks:
        raise InputError(
            "A law needs `fit(traj)`, which returns the law, `predict(traj, time)`, which gives a Dataset with h, and "
            f"`constants_`, a Dataset with converged and message; got {name!r} ({law!r}), which lacks "
            f"{' and '.join(lacks)}. Use a law such as neurouniv.UniversalModel(), or add what is absent: see "
            "`neurouniv.universality.held_out.predictor.Predictor`."
        )
