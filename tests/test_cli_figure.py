"""`neurouniv figure`: every kind from a file to a picture, told before any work where it cannot be."""

import inspect
import re
from typing import get_args

import numpy as np
import pytest
import xarray as xr
from matplotlib.image import imread, imsave

import neurouniv as nu
from neurouniv.cli import run_command
from neurouniv.commands.choices import FigureKind
from neurouniv.commands.figure import TAKES, figure
from neurouniv.commands.result_figures import OF_FILES, OF_STUDIES
from neurouniv.commands.rule_figures import OF_RULES
from neurouniv.commands.rule_results import OF_RESULTS

KINDS = get_args(FigureKind)
OF_RDMS = [kind for kind in KINDS if kind not in OF_RULES | OF_RESULTS | OF_FILES and kind not in OF_STUDIES]


def told(capsys, *arguments):
    """The exit code and what stands on stderr."""
    code = run_command(["figure", *map(str, arguments)])
    return code, capsys.readouterr().err


@pytest.fixture
def movie(tmp_path):
    """A file of RDMs (region, subject, time, pair) of five conditions."""
    first, second = np.triu_indices(5, 1)
    names = np.array(["cat", "dog", "cup", "pen", "sun"])
    h = np.random.default_rng(0).uniform(1, 9, (2, 3, 4, 10))
    coords = {"first": ("pair", names[first]), "second": ("pair", names[second]), "region": ["V1", "IT"]}
    coords["time"] = "time", [1.0, 2.0, 3.0, 4.0], {"units": "sessions", "axis": "learning"}
    nu.save(xr.Dataset({"h": (("region", "subject", "time", "pair"), h)}, coords), tmp_path / "traj.nc")
    return tmp_path / "traj.nc"


@pytest.mark.parametrize("kind", OF_RDMS)
def test_every_kind_is_drawn_from_a_file(kind, movie, capsys):
    out = movie.with_name("out.gif" if kind == "animation" else "out.png")
    assert told(capsys, kind, movie, out, "--select", "region=V1") == (0, "")
    assert out.stat().st_size > 4000
    assert sorted(path.name for path in movie.parent.iterdir()) == sorted(["traj.nc", out.name])


@pytest.mark.parametrize("suffix", [".svg", ".pdf"])
def test_vector_formats_and_rdms_without_time(suffix, movie, tmp_path, capsys):
    nu.save(nu.load(movie).isel(time=0, drop=True), tmp_path / "static.nc")
    out = tmp_path / f"out{suffix}"
    asked = ["--select", "region=IT", "subject=1", "--order", "sun", "cat", "dog", "--title", "Mine"]
    assert told(capsys, "rdm", tmp_path / "static.nc", out, *asked) == (0, "")
    assert out.read_bytes()[:5] in (b"%PDF-", b"<?xml")


@pytest.mark.slow
def test_options_reach_the_figure(movie, tmp_path, capsys):
    folder = tmp_path / "icons"
    folder.mkdir()
    imsave(folder / "cat.png", np.ones((4, 4, 3)) * [1.0, 0.0, 0.0])
    plain, red = tmp_path / "plain.png", tmp_path / "red.png"
    asked = ["--select", "region=V1", "--time", "2"]
    assert told(capsys, "rdm", movie, plain, *asked) == (0, "")
    assert told(capsys, "rdm", movie, red, *asked, "--icons", folder) == (0, "")
    counts = [((imread(path)[..., :3] == [1, 0, 0]).all(-1)).sum() for path in (plain, red)]
    assert counts[0] == 0
    assert counts[1] > 100
    assert told(capsys, "film", movie, tmp_path / "film.png", "--time", "1", "4", "--scale", "row") == (0, "")
    assert told(capsys, "mds", movie, tmp_path / "mds.png", "--traces", "--method", "metric") == (0, "")


@pytest.mark.slow
def test_each_mistake_has_one_message_before_any_work(movie, tmp_path, capsys):
    (tmp_path / "there.png").write_text("mine")
    for message, asked in {
        r"Choose one: region='V1' .*--select region=V1": ["rdm", movie, tmp_path / "a.png"],
        r"ends in \.png, \.svg, \.pdf; got 'a\.gif'.*animation": ["rdm", movie, tmp_path / "a.gif"],
        r"An animation's file ends in \.gif": ["animation", movie, tmp_path / "a.png"],
        "is there already": ["film", "absent.nc", tmp_path / "there.png"],
        "no file absent.nc": ["film", "absent.nc", tmp_path / "a.png"],
        "does not exist. Make it first": ["film", movie, tmp_path / "no" / "a.png"],
        "--linkage is for dendrogram; got it with film": ["film", movie, tmp_path / "a.png", "--linkage", "ward"],
        "of one time; got 2": ["rdm", movie, tmp_path / "a.png", "--time", "1", "2"],
        r"there are 1\.0, 2\.0": ["rdm", movie, tmp_path / "a.png", "--select", "region=V1", "--time", "9"],
        "--select takes name=value": ["film", movie, tmp_path / "a.png", "--select", "V1"],
        "an option of its own: --time 3": ["rdm", movie, tmp_path / "a.png", "--select", "time=3"],
        r"no region 'V4' among these RDMs; there are V1, IT": [
            "film",
            movie,
            tmp_path / "a.png",
            "--select",
            "region=V4",
        ],
        "2 x region": ["courses", movie, tmp_path / "a.png"],
    }.items():
        code, error = told(capsys, *asked)
        assert code == 2
        assert re.search(message, error), error
        assert error.count("neurouniv:") == 1
    assert (tmp_path / "there.png").read_text() == "mine"
    assert not (tmp_path / "a.png").exists()
    assert told(capsys, "film", movie, tmp_path / "there.png", "--overwrite") == (0, "")


def test_files_of_other_things_are_told_with_the_command_that_comes_first(tmp_path, capsys):
    nu.save(xr.Dataset({"activity": (("trial", "channel"), np.ones((2, 2)))}), tmp_path / "rec.nc")
    nu.save(xr.Dataset({"dynamics": ("law", [0.5])}), tmp_path / "comparison.nc")
    (tmp_path / "dist.mat").touch()
    for name, message in (
        ("rec.nc", r"holds no RDMs but activity.*neurouniv rdm .*rec\.nc --out traj\.nc"),
        ("comparison.nc", r"a comparison of laws.*neurouniv report"),
        ("dist.mat", r"neurouniv rdms .*dist\.mat traj\.nc"),
    ):
        code, error = told(capsys, "rdm", tmp_path / name, tmp_path / "a.png")
        assert code == 2
        assert re.search(message, error), error


def test_an_input_is_never_replaced(movie, tmp_path, capsys):
    imsave(tmp_path / "cat.png", np.ones((4, 4, 3)))
    kept = (tmp_path / "cat.png").read_bytes()
    asked = ["rdm", movie, tmp_path / "cat.png", "--select", "region=V1", "--icons", tmp_path, "--overwrite"]
    code, error = told(capsys, *asked)
    assert (code, "is the input" in error) == (2, True)
    assert (tmp_path / "cat.png").read_bytes() == kept


def test_help_says_what_every_kind_is():
    words = inspect.getdoc(figure)
    assert all(f"{kind}:" in words for kind in KINDS)
    assert {kind for kinds in TAKES.values() for kind in kinds} <= set(KINDS)
    assert set(TAKES) <= set(inspect.signature(figure).parameters)


@pytest.mark.slow
def test_the_kind_may_come_as_an_option(movie, tmp_path, capsys):
    one, other = tmp_path / "one.svg", tmp_path / "other.svg"
    assert told(capsys, "film", movie, one, "--select", "region=V1") == (0, "")
    assert told(capsys, movie, "--kind", "film", other, "--select", "region=V1") == (0, "")
    assert one.stat().st_size == other.stat().st_size


def test_a_width_is_a_column_of_a_journal(movie, tmp_path, capsys):
    out = tmp_path / "one.svg"
    assert told(capsys, "rdm", movie, out, "--select", "region=V1", "--column", "89") == (0, "")
    assert float(re.search(r'<svg [^>]*width="([\d.]+)pt"', out.read_text())[1]) == pytest.approx(
        89 / 25.4 * 72, rel=1e-3
    )
    code, text = told(capsys, "animation", movie, tmp_path / "a.gif", "--column", "89", "--select", "region=V1")
    assert (code, "--column is for pictures" in text) == (2, True)


def test_figures_of_results_exist_and_say_what_makes_their_result(movie, tmp_path, capsys):
    from neurouniv import figures

    assert set(OF_FILES.values()) <= set(figures.__all__)
    assert set(OF_FILES) | set(OF_STUDIES) <= set(KINDS)
    for kind, maker in (("forest", "neurouniv.universality_test"), ("comparison", "neurouniv.compare")):
        code, text = told(capsys, movie, "--kind", kind, tmp_path / "out.svg")
        assert (code, maker in text) == (2, True)
    code, text = told(capsys, movie, "--kind", "verdict_map", tmp_path / "out.svg")
    assert (code, "needs the folder of a study" in text) == (2, True)
    assert not (tmp_path / "out.svg").exists()
