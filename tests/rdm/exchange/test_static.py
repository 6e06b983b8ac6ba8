"""RDMs without a time axis are one frame: files, rsatoolbox, ceilings and joins take them, laws do not."""

import numpy as np
import pytest
import xarray as xr
from rsatoolbox.inference import boot_noise_ceiling
from rsatoolbox.rdm import RDMs
from rsatoolbox.rdm.combine import rescale
from scipy.io import savemat
from scipy.spatial.distance import pdist

import neurouniv as nu
from neurouniv.cli import run_command
from neurouniv.laws import RIVALS, UniversalModel
from neurouniv.rdm.labels import NUMBERS
from neurouniv.schema import InputError, framed

NAMES = list("fedcba")
SUBJECTS = ["ann", "bob", "cat"]


def points(*members, seed=0):
    """Squared distances (..., pair) of random points, alike in all members."""
    rng = np.random.default_rng(seed)
    shared = rng.normal(size=(6, 4))
    flat = [pdist(shared + 0.5 * rng.normal(size=(6, 4)), "sqeuclidean") for _ in range(int(np.prod(members)))]
    return np.reshape(flat, (*members, 15))


def of_recording(make_recording):
    rec = make_recording(conditions=6, sessions=1)
    return nu.trajectory(rec, metric="crossnobis")


FORMS = {
    "one session": of_recording,
    "square matrix": lambda _: nu.read_rdms(points(), condition=NAMES, squared=True),
    "subjects": lambda _: nu.read_rdms(points(3), dims="subject", condition=NAMES, squared=True, subject=SUBJECTS),
    "a frame of a movie": lambda _: nu.read_rdms(
        points(3), dims="time", time=[1, 2, 3], condition=NAMES, squared=True
    ).isel(time=1),
}


@pytest.fixture(params=FORMS)
def rdms(request, make_recording):
    return FORMS[request.param](make_recording)


def test_one_frame_is_what_was_there(rdms):
    movie = framed(rdms)
    assert movie.h.dims[-2:] == ("time", "pair")
    assert movie.sizes["time"] == 1
    np.testing.assert_array_equal(movie.h.squeeze("time").values, rdms.h.values.reshape(movie.h.squeeze("time").shape))
    assert framed(movie) is movie
    if "time" in rdms.coords:
        assert movie.time.values.tolist() == np.atleast_1d(rdms.time.values).tolist()


def test_the_ceiling_is_that_of_the_frame(rdms):
    found = nu.noise_ceiling(rdms)
    assert found.geometry_ceiling.sizes["time"] == 1
    has_ceiling = "h_var" in rdms or "subject" in rdms.dims
    assert bool(found.geometry_ceiling.notnull().all()) == has_ceiling
    assert ("not estimable" in found.attrs["ceiling"]) or has_ceiling
    assert found.dynamics_ceiling.isnull().all()


def test_the_ceiling_of_subjects_is_that_of_rsatoolbox():
    rdms = FORMS["subjects"](None)
    lower, upper = boot_noise_ceiling(RDMs(rdms.h.values), method="corr")
    found = nu.noise_ceiling(rdms).geometry_ceiling.mean("subject").squeeze("time")
    np.testing.assert_allclose(found.sel(bound=["lower", "upper"]), [lower, upper], rtol=1e-10)


def test_laws_refuse_and_say_what_compares_with_models(rdms):
    for ask in (
        lambda: nu.compare([UniversalModel(), RIVALS["static"]()], rdms),
        lambda: nu.compare(RIVALS["static"](), rdms, split=None),
        lambda: nu.compare(RIVALS["static"](), {"mine": rdms}, split="times"),
        lambda: UniversalModel().fit(rdms),
    ):
        with pytest.raises(InputError, match=r"neurouniv\.rsa\("):
            ask()


@pytest.mark.parametrize("ending", ["nc", "zarr"])
def test_files_keep_them(rdms, tmp_path, ending):
    nu.save(rdms, tmp_path / f"rdms.{ending}")
    xr.testing.assert_allclose(nu.load(tmp_path / f"rdms.{ending}").h, rdms.h)


def test_they_go_to_rsatoolbox_and_back(rdms):
    there = nu.to_rsatoolbox(rdms)
    assert there.n_rdm == rdms.h.size // 15
    back = nu.from_rsatoolbox(there)
    xr.testing.assert_allclose(back.h, rdms.h)
    xr.testing.assert_allclose(nu.read_rdms(there, squared=True).h.squeeze(), rdms.h.squeeze())


def test_they_are_joined_with_movies_by_name(rdms):
    movie = framed(rdms).isel(pair=slice(None, None, -1))
    ours, theirs = nu.align(rdms, movie)
    np.testing.assert_array_equal(theirs.h.squeeze(), rdms.h.squeeze())
    np.testing.assert_array_equal(ours["first"], theirs["first"])


def test_squares_and_features_need_no_time(rdms):
    ends = {"condition": rdms["first"].reset_coords(drop=True), "condition_": rdms["second"].reset_coords(drop=True)}
    np.testing.assert_array_equal(nu.to_square(rdms).sel(ends), rdms.h)
    assert nu.to_features(rdms).shape == (rdms.h.size // 15, 15)


def test_describe_says_what_to_do_with_one_rdm(rdms, make_recording):
    assert "one RDM: yes" in nu.describe(make_recording(sessions=1))
    assert "one RDM" not in nu.describe(make_recording(sessions=3))
    with pytest.raises(InputError, match=r"noise_ceiling\(rdms\).*rsa\(rdms, models\)"):
        nu.describe(rdms)


def test_rdms_of_rsatoolbox_without_time_are_one_frame():
    values, names = points(3), {"conds": NAMES}
    found = nu.from_rsatoolbox(RDMs(values, rdm_descriptors={"subject": SUBJECTS}, pattern_descriptors=names))
    assert found.h.dims == ("subject", "time", "pair")
    assert found.time.attrs["axis"] == "one_frame"
    assert found.condition.values.tolist() == NAMES
    np.testing.assert_array_equal(found.h.squeeze("time"), values)
    assert nu.from_rsatoolbox(RDMs(values[:1], pattern_descriptors=names)).h.dims == ("time", "pair")
    with pytest.raises(InputError, match=r"3 RDMs need a descriptor.*Are they times, subjects, regions\?"):
        nu.from_rsatoolbox(RDMs(values))


def test_descriptors_that_are_no_label_of_an_rdm_are_left_out():
    rdms = FORMS["subjects"](None)
    scaled = rescale(nu.to_rsatoolbox(rdms))
    assert nu.from_rsatoolbox(scaled).h.dims == ("subject", "pair")


def test_names_of_conditions_are_found_or_said_to_be_numbers(tmp_path):
    values = points()
    assert "names_from" not in nu.read_rdms(values, condition=NAMES, squared=True).attrs
    assert nu.read_rdms(values, squared=True).attrs["names_from"] == NUMBERS
    savemat(tmp_path / "meadows.mat", {"rdmutv": values[None], "stimuli": NAMES})
    meadows = nu.read_rdms(tmp_path / "meadows.mat", squared=False)
    assert meadows.condition.values.tolist() == NAMES
    assert meadows.attrs["names_from"] == "the field 'stimuli'"
    words = {"file": [f"{name}.png" for name in NAMES]}
    assert (
        nu.read_rdms(RDMs(values, pattern_descriptors=words), squared=True).condition.values.tolist() == words["file"]
    )
    assert nu.read_rdms(RDMs(values), squared=True).attrs["names_from"] == NUMBERS
    assert "names_from" not in nu.read_rdms(RDMs(values), condition=NAMES, squared=True).attrs
    two = RDMs(values, pattern_descriptors=words | {"word": NAMES})
    with pytest.raises(InputError, match=r"Which descriptor names the conditions is not clear: \['file', 'word'\]"):
        nu.read_rdms(two, squared=True)
    assert nu.read_rdms(two, condition=NAMES, squared=True).condition.values.tolist() == NAMES


def test_an_array_is_told_how_to_become_a_recording():
    with pytest.raises(InputError, match=r"read_recording\(\{'activity': array, 'condition': names\}\)"):
        nu.trajectory(np.zeros((4, 3)))


def test_the_command_line_reads_one_matrix(tmp_path, capsys):
    np.savez(tmp_path / "one.npz", rdm=points(), names=np.array(NAMES))
    command = ["rdms", str(tmp_path / "one.npz"), str(tmp_path / "one.nc"), "--squared", "--map", "rdms=rdm"]
    assert run_command([*command, "condition=names"]) == 0
    assert "models of one frame: neurouniv rsa" in capsys.readouterr().out
    np.testing.assert_allclose(nu.load(tmp_path / "one.nc").h, points())
