"""What a diagnosis says at its limits."""

import pytest

from neurouniv.laws import LAWS


@pytest.mark.filterwarnings("ignore::neurouniv.NeurounivWarning")
@pytest.mark.parametrize(("times", "few"), [(6, True), (7, False)])
def test_two_observations_per_constant_are_too_few_and_one_more_is_enough(make_world, times, few):
    """The exponential rival has three constants."""
    traj = make_world(n=2, times=times, see=("h",), law="exponential")
    message = LAWS["exponential"](weighting="none").fit(traj).constants_.message.item()
    assert ("are too few for 3 constants" in message) is few


def test_the_same_data_give_the_same_constants_to_the_last_bit(make_world):
    """Starting points are scattered by a sequence that is always the same."""
    traj = make_world(n=4, times=8, see=("h",), law="exponential")
    first, second = (LAWS["exponential"](weighting="none").fit(traj).constants_ for _ in range(2))
    assert first.drop_attrs().identical(second.drop_attrs())


@pytest.mark.filterwarnings("ignore::neurouniv.NeurounivWarning")
def test_frames_without_distances_do_not_hide_that_a_law_describes_nothing(make_world):
    traj = make_world(see=("h",), times=8)
    found = LAWS["static"]().fit(traj.assign(h=traj.h.where(traj.time < 50)))
    assert "does not describe these data" in str(found.constants_.message.values)
