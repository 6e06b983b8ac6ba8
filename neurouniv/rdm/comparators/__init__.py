"""Comparators of RDMs: how alike two are, and the same in which conditions count several times."""

from __future__ import annotations

from functools import partial

from neurouniv.rdm.comparators.comparator import Comparator
from neurouniv.rdm.comparators.inner_products import Products
from neurouniv.rdm.comparators.ranks import RHO_A, SPEARMAN, TAU_A, Ranks, RankStatistic
from neurouniv.schema import InputError


def _of_products(name: str, long_name: str, centred: bool = False, whitened: bool = False) -> Comparator:
    kernel = partial(Products, centred=centred, whitened=whitened)
    return Comparator(name, long_name, kernel, centred=centred, whitened=whitened)


def _of_ranks(name: str, long_name: str, statistic: RankStatistic) -> Comparator:
    kernel = partial(Ranks, statistic=statistic)
    return Comparator(name, long_name, kernel, centred=True, ranked=True)


_ALL = (
    _of_products("corr", "correlation", centred=True),
    _of_products("cosine", "cosine"),
    _of_ranks("spearman", "Spearman's ρ", SPEARMAN),
    _of_ranks("rho-a", "ρ-a", RHO_A),
    _of_ranks("tau-a", "Kendall's τ-a", TAU_A),
    _of_products("corr_cov", "whitened correlation", centred=True, whitened=True),
    _of_products("cosine_cov", "whitened cosine", whitened=True),
)
COMPARATORS = {comparator.name: comparator for comparator in _ALL}


def comparator_of(name: str) -> Comparator:
    """The comparator of that name.

    Raises
    ------
    InputError : there is none.
    """
    if name not in COMPARATORS:
        raise InputError(f"comparator is one of {', '.join(COMPARATORS)} (rsatoolbox's names); got {name!r}.")
    return COMPARATORS[name]


def long_name_of(name: str) -> str:
    """What the values of the comparator of that name are, for labels; a name that is none stands for itself.

    Examples
    --------
    >>> long_name_of("corr_cov"), long_name_of("similarity")
    ('whitened correlation', 'similarity')
    """
    return COMPARATORS[name].long_name if name in COMPARATORS else name


__all__ = ["COMPARATORS", "Comparator", "comparator_of", "long_name_of"]
