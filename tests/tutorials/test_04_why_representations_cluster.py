"""Why representations cluster: small starts cluster, large ones stay, and targets alone make clusters."""

import pytest

import neurouniv as nu

pytestmark = pytest.mark.filterwarnings("default")


@pytest.mark.slow
def test_clusters_come_from_small_starts_and_from_targets(run):
    made = run("04")
    ends = {name: made["silhouette"](movie.h.isel(time=-1), made["digit"]) for name, movie in made["movies"].items()}
    assert ends["small"] > 0.45 > ends["middle"] > 0.25 > 0.2 > ends["large"]
    simple = made["simple"]
    assert simple["small"].idxmax() == "dx dy"
    assert simple["middle"].idxmax() == simple["large"].idxmax() == "where it began"
    assert simple.loc["class means", "small"] > simple.loc["dx dy", "small"] - 0.06
    task, small = made["task"], made["starts"]["small"]
    random = nu.tasks.from_arrays(task.stimuli.values, made["shuffled"], task.condition.values)
    made["check"](made["learn"](random, **small)[0])
    with pytest.raises(AssertionError, match="The targets are not"):
        made["check"](made["movies"]["small"])
