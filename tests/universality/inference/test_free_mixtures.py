"""The flexible account in a comparison: the same as the mixture as a law, and no rival of any."""

import numpy as np
import pytest

from neurouniv import RIVALS, MixtureModel, PairwiseModel, compare, verdict
from neurouniv.schema import NeurounivWarning

pytestmark = pytest.mark.filterwarnings("ignore::neurouniv.NeurounivWarning")


@pytest.mark.slow
def test_it_is_the_mixture_as_a_law_and_no_rival(make_world):
    traj = make_world(n=10, times=6, see=("h",), noise=0.05)
    laws = {"pairwise": PairwiseModel(), "static": RIVALS["static"](), "mine": MixtureModel()}
    found = compare(laws, traj, resamples=60)
    mine, account = found.sel(law="mine"), found.sel(account="mixture")
    for ours, theirs in (("dynamics", "dynamics"), ("change", "change"), ("error_ratio", "ratio"),
                         ("error_ratio_p", "ratio_p"), ("error_ratio_interval", "ratio_interval")):  # fmt: skip
        np.testing.assert_allclose(mine[ours], account[f"flexible_{theirs}"], rtol=1e-9)
    assert int(account.flexible_numbers) == 25
    made = verdict(found)
    assert made.rival.values.tolist() == ["static"]
    assert "predicts worse" in made.text


@pytest.mark.slow
def test_where_a_mix_is_better_the_law_misses_something(make_world):
    """The exponential world, which a mix holds at every time."""
    traj = make_world(n=16, times=8, law="exponential", see=("h",), noise=0.02)
    made = verdict(compare([PairwiseModel(), RIVALS["static"]()], traj, resamples=60))
    assert made.decision.item() == "not described"
    assert "so the law misses something systematic" in made.text


@pytest.mark.slow
def test_systems_stand_side_by_side(make_world):
    worlds = {name: make_world(n=8, times=5, see=("h",), noise=0.05, seed=at) for at, name in enumerate("ab")}
    found = compare([PairwiseModel(), RIVALS["static"]()], worlds, resamples=40)
    alone = compare([PairwiseModel(), RIVALS["static"]()], worlds["b"], resamples=40)
    np.testing.assert_allclose(found.flexible_ratio.sel(system="b").squeeze("member"), alone.flexible_ratio)
    assert found.flexible_numbers.dims == ("account", "system")


def test_without_stimuli_and_targets_there_is_none(make_world):
    class Still:
        name = "still"

        def fit(self, traj):
            self.constants_ = traj[[]].assign(converged=True, message="")
            return self

        def predict(self, traj, time=None):
            return traj[["h"]].isel(time=[0] * len(time)).assign_coords(time=time)

    traj = make_world(n=8, times=5, see=("h",)).drop_vars(["dx2", "dy2"])
    assert "flexible_dynamics" not in compare(Still(), traj)


@pytest.mark.slow
def test_one_split_alone_warns(make_world):
    traj = make_world(n=10, times=6, see=("h",), noise=0.05)
    once = compare([PairwiseModel(), RIVALS["static"]()], traj, partitions=1, resamples=60)
    with pytest.warns(NeurounivWarning, match="split only once"):
        made = verdict(once)
    assert "split only once" in made.text
