"""What a figure of RSA says beside its marks: what is compared over how many, and how p values were corrected."""

from __future__ import annotations

import xarray as xr

from neurouniv.inputs import need_dataset
from neurouniv.rdm.comparators import long_name_of
from neurouniv.schema import InputError, need_variables
from neurouniv.similarity.significance import CLUSTER, FDR, HOLM, MAX, NONE, PERMUTATION
from neurouniv.similarity.words import ALPHA, CORRECTED
from neurouniv.universality.scores.noise_ceiling import MEMBERS

REMEDY = "`neurouniv.rsa(data, models)` makes it."


def need_rsa(result: xr.Dataset, what: str, form: str = "one") -> None:
    """Raise `InputError` unless it is a result of `neurouniv.rsa` with `model=form`.

    Examples
    --------
    >>> need_rsa(xr.Dataset(), "It")
    Traceback (most recent call last):
        ...
    neurouniv.errors.InputError: It needs a result of neurouniv.rsa; got nothing. ...
    """
    need_dataset(result, what, REMEDY)
    if result.attrs.get("kind") != "rsa":
        raise InputError(f"{what} needs a result of neurouniv.rsa; got {list(result.data_vars) or 'nothing'}. {REMEDY}")
    need_variables(result, ("similarity",), what, REMEDY)
    given = result.attrs.get("model", "one")
    if given != form:
        other = "neurouniv.figures.rsa_matrix" if given == "each" else "neurouniv.figures.rsa"
        raise InputError(f"{what} needs a result of model={form!r}; got one of model={given!r}. Use `{other}(result)`.")


def member_dim(result: xr.Dataset) -> str | None:
    """The dimension of the data's members (subjects, seeds), where there are two or more."""
    dims = result["similarity_each"].dims if "similarity_each" in result else ()
    return next((str(dim) for dim in dims if dim in MEMBERS and dim not in result["similarity"].dims), None)


def is_corrected(result: xr.Dataset, name: str) -> bool:
    """Whether p of `name` is corrected for many tests."""
    return f"{name}_p_corrected" in result and result.attrs.get("correction") in (MAX, CLUSTER, HOLM, FDR)


def p_of(result: xr.Dataset, name: str) -> xr.DataArray | None:
    """The p values of `name`, corrected where they were; None where nothing was tested."""
    p = result.get(f"{name}_p_corrected" if is_corrected(result, name) else f"{name}_p")
    return p if p is not None and p.notnull().any() else None


def correction_in_words(result: xr.Dataset, name: str = "similarity") -> str:
    """How p values were corrected; never silent.

    Examples
    --------
    >>> tested = xr.Dataset({"similarity_p": 0.01, "similarity_p_corrected": 0.04}, attrs={"correction": "holm"})
    >>> correction_in_words(tested)
    'p corrected for all models and times (Holm)'
    >>> correction_in_words(tested.assign_attrs(correction="none"))
    'p not corrected for the number of tests'
    >>> correction_in_words(xr.Dataset())
    'nothing tested'
    """
    if p_of(result, name) is None:
        return "nothing tested"
    correction = str(result.attrs.get("correction", ""))
    if name == "difference" and result.attrs.get("test") == PERMUTATION and correction == CLUSTER:
        correction = MAX  # orders of conditions say nothing of differences, which stay with the bootstrap
    return f"p {CORRECTED[correction if is_corrected(result, name) else NONE]}"


def counts_in_words(result: xr.Dataset) -> str:
    """Over how many conditions and members.

    Examples
    --------
    >>> counts_in_words(xr.Dataset(attrs={"n_conditions": 8, "n_members": 1}))
    '8 conditions, 1 member'
    """
    counts = []
    if "n_conditions" in result.attrs:
        counts.append(f"{result.attrs['n_conditions']} conditions")
    if "n_members" in result.attrs:
        number = int(result.attrs["n_members"])
        noun = str(result.attrs.get("members") or member_dim(result) or "member")
        counts.append(f"{number} {noun}{'s' if number != 1 else ''}")
    return ", ".join(counts)


def held_fixed(result: xr.Dataset) -> str:
    """The models that similarities are partial to, "" where they are whole.

    Examples
    --------
    >>> held_fixed(xr.Dataset(attrs={"control": "pixels"})), held_fixed(xr.Dataset(attrs={"control": "others"}))
    ('pixels held fixed', 'all other models held fixed')
    """
    control = str(result.attrs.get("control") or "")
    return f"{'all other models' if control == 'others' else control} held fixed" if control else ""


def measure_of(result: xr.Dataset) -> str:
    """What similarity is, for labels: the comparator's long name, and what was held fixed."""
    name, fixed = long_name_of(str(result.attrs.get("comparator", "similarity"))), held_fixed(result)
    return f"partial {name}, {fixed}" if fixed else name


def of_rdms(result: xr.Dataset) -> str:
    """The measure at the beginning of a title.

    Examples
    --------
    >>> of_rdms(xr.Dataset(attrs={"comparator": "corr"}))
    'Correlation of RDMs'
    """
    name, fixed = long_name_of(str(result.attrs.get("comparator", "similarity"))), held_fixed(result)
    text = f"partial {name} of RDMs ({fixed})" if fixed else f"{name} of RDMs"
    return text[0].upper() + text[1:]


def headline(result: xr.Dataset) -> str:
    """The comparator, the numbers of conditions and members, and how p was corrected, in one line."""
    return "; ".join(filter(None, [of_rdms(result), counts_in_words(result), correction_in_words(result)]))


def p_in_words(p: float) -> str:
    """A p value as journals write it.

    Examples
    --------
    >>> p_in_words(0.0004), p_in_words(0.0312), p_in_words(0.2), p_in_words(1.0), p_in_words(float("nan"))
    ('<.001', '.031', '.20', '1.0', '–')
    >>> p_in_words(0.04975)  # never as .050, since it is below
    '.0498'
    """
    if p != p:
        return "–"
    if p < 0.001:
        return "<.001"
    places = 4 if 0.0495 <= p < ALPHA else 3 if p < 0.1 else 2
    text = f"{p:.{places}f}"
    return "1.0" if text.startswith("1") else text.removeprefix("0")
