"""The universal law with what its encoder sees, or how often, declared: members of the family, and its nulls."""

from __future__ import annotations

from typing import Any

from neurouniv.laws.universal import UniversalModel
from neurouniv.schema import InputError


class IdentityModel(UniversalModel):
    """Backprop of an encoder to which every stimulus is a thing of its own, so that stimuli do not matter.

    The universal law with `kernel="identity"` and its constants. For stimuli that are all as far from each other the
    two are one law.

    Parameters
    ----------
    settings : see `neurouniv.UniversalModel`.
    """

    name = "identity"

    def __init__(self, *, kernel: Any = "identity", **settings: Any):
        _need_free(self.name, "kernel", "identity", {"kernel": kernel})
        super().__init__(kernel=kernel, **settings)


class ExposureModel(UniversalModel):
    """Backprop that learns faster what is shown more often.

    The universal law with `exposure="counts"`, the recording's numbers of trials, and its constants. Where all
    conditions are shown alike the two are one law.

    Parameters
    ----------
    exposure : "counts", or numbers (condition), see `neurouniv.UniversalModel`.
    settings : see there.

    Raises
    ------
    InputError : on fitting, where the trajectory has no `trials`.
    """

    name = "exposure"

    def __init__(self, *, exposure: Any = "counts", **settings: Any):
        super().__init__(exposure=exposure, **settings)


def _need_free(name: str, setting: str, value: str, settings: dict[str, Any]) -> None:
    if settings.get(setting, value) != value:
        raise InputError(
            f"The {name} law has {setting}={value!r}; got {settings[setting]!r}. Use "
            f"`neurouniv.UniversalModel({setting}={settings[setting]!r})`."
        )
