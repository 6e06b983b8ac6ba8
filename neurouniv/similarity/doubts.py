"""What a reader of an RSA should not take at face value, told by the numbers themselves."""

from __future__ import annotations

from collections.abc import Iterator
from math import factorial

import xarray as xr

from neurouniv.rdm.comparators import long_name_of
from neurouniv.similarity.significance import ALPHA, BOOTSTRAP, CLUSTER, NONE, PERMUTATION, SUBJECTS
from neurouniv.universality.inference.corrections import FLIPS
from neurouniv.universality.inference.p_values import too_few

IDENTICAL = 1 - 1e-9
"""Noise never lets two RDMs be so similar."""
ENOUGH_MEMBERS = 12
"""With fewer, the bootstrap's p is known to be too small: see `benchmarks/rsa_errors.py`."""


def doubts_of(result: xr.Dataset) -> list[str]:
    """One sentence for every doubt."""
    if result.attrs["model"] == "each":
        return [*_of_numbers(result), *_of_frames(result)]
    return [*_of_test(result), *_of_numbers(result), *_of_ceiling(result), *_of_same(result), *_of_missing(result)]


def _of_numbers(result: xr.Dataset) -> Iterator[str]:
    if result.attrs["test"] == BOOTSTRAP and (few := too_few(result.attrs["n_conditions"], result.attrs["n_members"])):
        yield few


def _of_test(result: xr.Dataset) -> Iterator[str]:
    """Of tests that are about these conditions alone, or that can find nothing."""
    attrs = result.attrs
    if attrs["test"] == SUBJECTS:
        yield (
            "p generalises to other subjects with the same conditions. A model without relation to the data may be "
            "similar by chance on these conditions, and is then significant. test='bootstrap' generalises to other "
            "conditions too."
        )
    corrects = attrs["test"] == BOOTSTRAP and attrs["correction"] != NONE
    corrects &= bool(result["similarity_p"].notnull().any())
    if corrects and 1 < attrs["n_members"] < ENOUGH_MEMBERS:
        yield (
            f"p over {attrs['n_members']} {attrs['members']}s is somewhat too small. With 8 subjects and no effect, "
            "4.5 "
            "to 11.5 % of simulated studies had a corrected p below .05; with test='permutation' 5 % had one."
        )
    if attrs["test"] == PERMUTATION and (orders := factorial(attrs["n_conditions"])) < 1 / ALPHA**2:
        yield f"{attrs['n_conditions']} conditions have {orders} orders: no p is below {1 / orders:.2g}."
    if attrs["test"] == SUBJECTS and attrs["correction"] == CLUSTER:
        flips = min(FLIPS, 2 ** (attrs["n_members"] - 1))
        models, courses = result.sizes["model"], result["similarity"].size // result.sizes["time"]
        for what, count in (("similarity", courses), ("difference", courses * (models - 1) // 2)):
            if count / flips > ALPHA:
                who, least = f"{attrs['n_members']} {attrs['members']}s", min(1.0, count / flips)
                yield (
                    f"{who} have {flips} sign flips: no p of a {what}, corrected for {count} tests, is below "
                    f"{least:.2g}. "
                    "Use correction='max', or fewer models."
                )


def _of_ceiling(result: xr.Dataset) -> Iterator[str]:
    if result.attrs["control"]:
        yield "A partial similarity has no noise ceiling, so its largest possible value is not known."
    elif not result["ceiling"].notnull().any():
        yield (
            "The noise ceiling is not known, so a low similarity may be all that these data allow. A ceiling needs "
            "repeats "
            "(metric='crossnobis' of three runs or more) or two subjects."
        )


def _of_same(result: xr.Dataset) -> Iterator[str]:
    """Of models that are the data."""
    whole = (result["similarity"] > IDENTICAL).any([dim for dim in result["similarity"].dims if dim != "model"])
    yield from (f"'{name}' is the data itself at some time, noise included." for name in result["model"].values[whole])


def _of_frames(result: xr.Dataset) -> Iterator[str]:
    if bool((result["similarity"] > IDENTICAL).any()):
        yield "A frame of the models is the data itself, noise included. Frames next to it share that noise."


def _of_missing(result: xr.Dataset) -> Iterator[str]:
    missing = float(result["similarity"].isnull().mean())
    if missing and not result.attrs.get("held_out"):
        yield (
            f"{missing:.0%} of the similarities are not defined: fewer than three pairs, or an RDM without differences "
            f"for the {long_name_of(result.attrs['comparator'])}."
        )
