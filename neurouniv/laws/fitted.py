"""What an estimator has after a fit only, and what it says of it before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from neurouniv.got import did_you_mean
from neurouniv.schema import InputError


class NotFittedError(InputError, AttributeError):
    """An estimator is asked for what a fit gives, before one; an `AttributeError` too, so that `hasattr` is False."""


class Fitted:
    """An estimator whose attributes `fitted` come by `fit`."""

    name: ClassVar[str]
    fitted: ClassVar[tuple[str, ...]] = ("constants_",)

    if not TYPE_CHECKING:  # for a type checker, an attribute that is not declared stays an error

        def __getattr__(self, name: str) -> Any:
            if name in type(self).fitted:
                raise NotFittedError(
                    f"The {self.name} law has `{name}` after a fit only, and it is not fitted yet; call "
                    "`fit(trajectory)` first."
                )
            meant = "" if name.startswith("_") else did_you_mean(name, [*type(self).fitted, *dir(self)])
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}.{meant}")
