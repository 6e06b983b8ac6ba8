"""Comparators of RDMs: how alike two are, and the same in which conditions count several times."""

from __future__ import annotations

from functools import partial

from neurouniv.got import did_you_mean
from neurouniv.rdm.comparators import vectors
from neurouniv.rdm.comparators.comparator import Comparator, Once
from neurouniv.rdm.comparators.inner_products import Products
from neurouniv.rdm.comparators.inversions import in_levels, tau
from neurouniv.rdm.comparators.ranks import RHO_A, SPEARMAN, TAU_A, TAU_B, Ranks, RankStatistic
from neurouniv.schema import InputError


def _of_products(name: str, long_name: str, centred: bool = False, whitened: bool = False) -> Comparator:
    kernel = partial(Products, centred=centred, whitened=whitened)
    one = other = partial(vectors.unit, centred=centred)
    if whitened:
        one, other = (partial(vectors.whitened, centred=centred, dual=dual) for dual in (True, False))
    once = Once(one, other, vectors.products)
    return Comparator(name, long_name, kernel, once, centred=centred, whitened=whitened)


def _of_ranks(name: str, long_name: str, statistic: RankStatistic, for_ties: bool) -> Comparator:
    ranks = partial(vectors.ranks, for_ties=for_ties)
    return _ranked(name, long_name, statistic, Once(ranks, ranks, vectors.products))


def _of_order(name: str, long_name: str, statistic: RankStatistic, for_ties: bool) -> Comparator:
    return _ranked(name, long_name, statistic, Once(in_levels, in_levels, partial(tau, for_ties=for_ties)))


def _ranked(name: str, long_name: str, statistic: RankStatistic, once: Once) -> Comparator:
    return Comparator(name, long_name, partial(Ranks, statistic=statistic), once, centred=True, ranked=True)


_ALL = (
    _of_products("corr", "correlation", centred=True),
    _of_products("cosine", "cosine"),
    _of_ranks("spearman", "Spearman's ρ", SPEARMAN, for_ties=True),
    _of_ranks("rho-a", "ρ-a", RHO_A, for_ties=False),
    _of_order("tau-a", "Kendall's τ-a", TAU_A, for_ties=False),
    _of_order("tau-b", "Kendall's τ-b", TAU_B, for_ties=True),
    _of_products("corr_cov", "whitened correlation", centred=True, whitened=True),
    _of_products("cosine_cov", "whitened cosine", whitened=True),
)
COMPARATORS = {comparator.name: comparator for comparator in _ALL}
ALIASES = {"kendall": "tau-b"}
"""Other names that rsatoolbox has for the same."""


def comparator_of(name: str) -> Comparator:
    """The comparator of that name, or of rsatoolbox's other name for it: "kendall" is "tau-b".

    Raises
    ------
    InputError : there is none.
    """
    entry = COMPARATORS.get(ALIASES.get(name, name)) if isinstance(name, str) else None
    if entry is None:
        meant = did_you_mean(name, [*COMPARATORS, *ALIASES])
        raise InputError(f"comparator is one of {', '.join(COMPARATORS)} (rsatoolbox's names); got {name!r}.{meant}")
    return entry


def long_name_of(name: str) -> str:
    """What the values of the comparator of that name are, for labels; a name that is none stands for itself.

    Examples
    --------
    >>> long_name_of("corr_cov"), long_name_of("similarity")
    ('whitened correlation', 'similarity')
    """
    entry = COMPARATORS.get(ALIASES.get(name, name))
    return name if entry is None else entry.long_name


__all__ = ["COMPARATORS", "Comparator", "comparator_of", "long_name_of"]
