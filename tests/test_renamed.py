"""Old names of arguments work, and say what they are called now."""

import inspect

import pytest

from neurouniv.renamed import renamed


@renamed(repeats="partitions")
def split(data, *, partitions=2):
    """Docs."""
    return data, partitions


def test_the_old_name_gives_what_the_new_one_gives():
    with pytest.warns(FutureWarning, match="'repeats' is called 'partitions' now"):
        old = split("h", repeats=5)
    assert old == split("h", partitions=5)


def test_one_argument_by_both_names_is_refused():
    with pytest.raises(TypeError, match="got both 'repeats', its old name, and 'partitions'"):
        split("h", repeats=5, partitions=5)


def test_people_see_the_new_name_alone():
    assert list(inspect.signature(split).parameters) == ["data", "partitions"]
    assert split.__doc__ == "Docs."
