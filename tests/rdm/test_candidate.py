"""A model RDM over pairs is joined by the names of conditions, in any order and either way round."""

import numpy as np
import pytest
import xarray as xr

from neurouniv import InputError
from neurouniv.rdm.candidate import candidate_rdm
from neurouniv.rdm.pairs import Pairs


def rdm(pairs, values):
    first, second = zip(*pairs, strict=True)
    return xr.DataArray(values, {"first": ("pair", list(first)), "second": ("pair", list(second))}, ("pair",))


PAIRS = Pairs.of(rdm(["ab", "ac", "bc"], np.zeros(3)).to_dataset(name="h"))


def test_pairs_are_joined_by_name():
    model = rdm(["cb", "ab", "da", "ca"], [3.0, 1.0, 9.0, 2.0])
    assert candidate_rdm("net", model, PAIRS).tolist() == [1.0, 2.0, 3.0]


def test_what_a_model_of_pairs_lacks_is_told():
    with pytest.raises(InputError, match="lacks 1 pairs of the trajectory: 'b and c'"):
        candidate_rdm("net", rdm(["ab", "ac"], [1.0, 2.0]), PAIRS)
    both = xr.concat([rdm(["ab"], [1.0])] * 2, "time")
    with pytest.raises(InputError, match="has the one dimension `pair`"):
        candidate_rdm("net", both, PAIRS)
