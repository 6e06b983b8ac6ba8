"""Comparators are records: an unknown one is refused at the door, and texts for people name them all."""

import pytest

from neurouniv import InputError, compare
from neurouniv.rdm.comparators import COMPARATORS, comparator_of, long_name_of
from neurouniv.universality.inference.bootstrap import device_for


def test_an_unknown_comparator_is_refused_with_the_names_of_all():
    with pytest.raises(InputError, match=r"one of corr, cosine, .*got 'pearson'"):
        comparator_of("pearson")
    with pytest.raises(InputError, match="got 'pearson'"):
        device_for("cpu", "pearson")


def test_rsatoolbox_s_other_name_is_the_same_comparator():
    assert comparator_of("kendall") is COMPARATORS["tau-b"]
    assert long_name_of("kendall") == long_name_of("tau-b") != "tau-b"


@pytest.mark.parametrize("name", COMPARATORS)
def test_the_documentation_of_compare_names_it(name):
    assert f'"{name}"' in compare.__doc__
