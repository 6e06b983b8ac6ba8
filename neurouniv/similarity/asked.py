"""Whether what is asked of RSA goes together, told before any work."""

from __future__ import annotations

from collections.abc import Mapping

import xarray as xr

from neurouniv.rdm.comparators.table import FLAT
from neurouniv.rdm.labels import listed
from neurouniv.schema import InputError
from neurouniv.similarity.candidates import Candidates, need_names
from neurouniv.similarity.settings import Settings
from neurouniv.similarity.significance import BOOTSTRAP, MAX, PERMUTATION


def need_each(settings: Settings) -> None:
    """Raise `InputError` where model="each" comes with what it has not."""
    asked = {"control": settings.control, "partition": settings.partition, "mixtures": settings.mixtures}
    asked |= {"test": settings.test != BOOTSTRAP, "correction": settings.correction != MAX}
    amiss = [name for name, value in asked.items() if value]
    if amiss:
        raise InputError(
            f"{' and '.join(amiss)} needs model='one'; got model='each', which finds the most similar frame and tests "
            "nothing. Leave it out."
        )


def need_one(models: Candidates, settings: Settings, times: str) -> None:
    """Raise `InputError` unless names are those of models, and what is asked for goes together."""
    for name, (_, terms) in settings.mixtures.items():
        need_names(terms, models.rdms, f"The mixture '{name}'")
        if name in models.origins:
            raise InputError(f"'{name}' is already the name of a model. Give the mixture another name.")
    need_names(settings.controls, models.rdms, "control")
    fitted = [*models.laws, *settings.mixtures]
    if times != "all":
        raise InputError(f"times={times!r} needs model='each'; got model='one'. Leave it out.")
    if settings.partitions is not None and not fitted:
        raise InputError("partitions needs models that are fitted, laws or mixtures; got none. Leave it out.")
    if fitted and (settings.control is not None or settings.partition or settings.test == PERMUTATION):
        raise InputError(
            f"control, partition and test='permutation' need models without a fit; got {fitted}, which are fitted and "
            "scored on held-out conditions. Ask for them in two calls."
        )
    if settings.control is not None and settings.test == PERMUTATION:
        raise InputError(
            "test='permutation' tests each model alone, with conditions in other orders; got control. Use "
            "test='bootstrap' for partial similarity."
        )
    if settings.partition and settings.control is not None:
        raise InputError("partition gives unique and shared parts of all models; got control too. Leave control out.")
    if len(models.rdms) < 2 and (settings.partition or settings.control is not None):
        raise InputError("control and partition need at least two models; got one.")
    if settings.partition or settings.control is not None:
        _need_differences(models.rdms)


def _need_differences(rdms: Mapping[str, xr.DataArray]) -> None:
    """Raise `InputError` where a model is constant, so that what it adds to others is not known, nor they to it."""
    spread = {name: float((rdm.max("pair") - rdm.min("pair")).max() / abs(rdm).max()) for name, rdm in rdms.items()}
    flat = [name for name, share in spread.items() if not share > FLAT]
    if flat:
        raise InputError(
            f"control and partition need models with differences; in {listed(flat)} all conditions are equally far "
            "apart. Leave it out."
        )
