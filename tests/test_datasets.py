"""Data sets are checked before they are read; what fails on the way is told plainly and leaves nothing behind."""

import errno
import gzip
import hashlib
import os
import shlex
import struct
import sys
import time
import tomllib
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import resources
from operator import attrgetter
from threading import Thread

import numpy as np
import pooch
import pytest
import scipy.io

import neurouniv as nu
import neurouniv.commands.datasets as command
from neurouniv import datasets, tasks
from neurouniv.cli import run_command
from neurouniv.datasets import locate
from neurouniv.datasets.registry import UNVERIFIED, Entry, File, Part, faults, registry
from neurouniv.schema import InputError, NeurounivWarning, history
from neurouniv.unwritten import reason_of

RNG = np.random.default_rng(0)
LABELS = np.repeat(np.arange(10, dtype=np.uint8), 3)
IMAGES = RNG.integers(0, 256, (30, 28, 28), dtype=np.uint8)
CONTENT = RNG.bytes(5000)
NOWHERE = "http://127.0.0.1:9/data.bin"
TABLES = tomllib.loads(resources.files("neurouniv.datasets").joinpath("registry.toml").read_text())


def idx(array):
    """`array` as a gzipped idx file of unsigned bytes."""
    header = struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape)
    return gzip.compress(header + array.tobytes())


def sha(data):
    return hashlib.sha256(data).hexdigest()


class Server(BaseHTTPRequestHandler):
    """Serves the files of the test under good/, and under other names what goes wrong in the world."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        how, name = self.path.strip("/").split("/", 1)
        self.server.asked.append(how)
        if how in ("404", "503"):
            self.send_error(int(how))
        elif how == "silent":
            self.server.patience.join(1.0)
            self.close_connection = True
        else:
            self.deliver(how, self.server.content[name])

    def deliver(self, how, data):
        self.send_response(200)
        if how != "unknown_length":
            self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write({"wrong": b"x" * len(data), "good": data}.get(how, data[: len(data) // 2]))
        if how == "stalled":
            self.server.patience.join(1.0)
        self.close_connection = how != "good"

    def log_message(self, *arguments):
        pass


@pytest.fixture
def server(monkeypatch):
    """A web server of this machine; `content` by file name, `asked` are the ways that were tried."""
    made = ThreadingHTTPServer(("127.0.0.1", 0), Server)
    made.content, made.asked, made.patience = {"data.bin": CONTENT}, [], Thread(target=time.sleep, args=(1.0,))
    made.patience.start()
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.delenv(locate.FOLDER, raising=False)
    monkeypatch.setattr(locate, "SECONDS", 0.2)
    thread = Thread(target=made.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield made
    made.shutdown()
    thread.join()
    made.server_close()


@pytest.fixture
def register(server, monkeypatch):
    """Registers a data set `mine` of one file that is served in the given ways."""

    def add(*ways, **about):
        urls = [way if "://" in way else f"http://127.0.0.1:{server.server_port}/{way}/data.bin" for way in ways]
        file = File("data.bin", tuple(urls), **({"sha256": sha(CONTENT), "checked": "here"} | about))
        entry = Entry("mine", "a test", "none", "none", "none", "none", "none", files=(file,), obtain="Ask.")
        monkeypatch.setitem(registry(), "mine", entry)

    return add


@pytest.fixture
def digits(server, monkeypatch):
    """MNIST's test images made up and served at two addresses."""
    entry = registry()["mnist"]
    names = entry.part("test").files
    server.content.update(zip(names, (idx(IMAGES), idx(LABELS)), strict=True))
    at = f"http://127.0.0.1:{server.server_port}"
    files = tuple(
        File(name, (f"{at}/first/{name}", f"{at}/good/{name}"), sha(server.content[name]), "here") for name in names
    )
    monkeypatch.setitem(registry(), "mnist", replace(entry, files=files))
    return server


def files_in(folder):
    return [path for path in folder.rglob("*") if path.is_file()]


def test_what_is_fetched_is_what_is_served_and_is_fetched_once(digits, tmp_path):
    for _ in range(2):
        found = datasets.load("mnist", "test", cache=tmp_path)
        np.testing.assert_array_equal(found.image, IMAGES)
        np.testing.assert_array_equal(found.label, LABELS)
    assert digits.asked == ["first", "good"] * 2  # the first address cuts files short, so the second is tried
    sums = {name: sha(digits.content[name]) for name in registry()["mnist"].part("test").files}
    assert history(found)[-1]["settings"]["sha256"] == sums


def test_a_folder_of_ones_own_needs_no_network(digits, tmp_path, monkeypatch):
    (tmp_path / "mnist").mkdir()
    for name, data in digits.content.items():
        (tmp_path / "mnist" / name).write_bytes(data)
    monkeypatch.setenv(locate.FOLDER, str(tmp_path))
    np.testing.assert_array_equal(datasets.load("mnist", "test").image, IMAGES)
    assert datasets.available().place.sel(name="mnist") == "on disk"
    assert not digits.asked


def test_a_wrong_file_in_a_folder_of_ones_own_is_told_and_left_alone(digits, tmp_path, monkeypatch):
    (tmp_path / "mnist").mkdir()
    for name, data in digits.content.items():
        (tmp_path / "mnist" / name).write_bytes(data[:-1])
    monkeypatch.setenv(locate.FOLDER, str(tmp_path))
    with pytest.raises(InputError, match=r"t10k-images-idx3-ubyte.gz is not the published file: its SHA-256 is"):
        datasets.load("mnist", "test")
    assert len(files_in(tmp_path)) == 3


WORLD = [
    ("wrong", {}, "another SHA-256 than expected"),
    ("cut", {}, "the connection ended before the download was complete"),
    ("unknown_length", {}, "another SHA-256 than expected"),
    ("unknown_length", {"sha256": UNVERIFIED, "size": 5000}, "it has 2500 bytes, it should have 5000"),
    ("404", {}, "the server answered 404 Not Found"),
    ("503", {}, "the server answered 503 Service Unavailable"),
    ("silent", {}, r"no answer within 0\.2 s"),
    ("stalled", {}, r"no answer within 0\.2 s"),
    (NOWHERE, {}, r"no connection \(ConnectionError\)"),
    ("http://nowhere.invalid/data.bin", {}, r"no connection \(ConnectionError\)"),
]


@pytest.mark.parametrize(("way", "about", "message"), WORLD, ids=[f"{w[0][:12]}{'?' * bool(w[1])}" for w in WORLD])
def test_a_failed_fetch_says_why_and_leaves_nothing(register, tmp_path, way, about, message):
    register(way, **about)
    folder = tmp_path / "made" / "here"
    told = rf"data\.bin of the data set 'mine' .*{message}.*Nothing was kept.*NEUROUNIV_DATA.*mine/data\.bin"
    with pytest.raises(InputError, match=told):
        datasets.fetch("mine", out=folder)
    assert not list(tmp_path.iterdir())


def test_another_address_is_tried_when_one_fails(register, server, tmp_path):
    register("404", "wrong", "good")
    assert datasets.fetch("mine", out=tmp_path)[0].read_bytes() == CONTENT
    assert server.asked == ["404", "wrong", "good"]


@pytest.mark.parametrize(
    "error", [OSError(errno.ENOSPC, "No space left on device"), PermissionError(errno.EACCES, "Permission denied")]
)
def test_a_folder_that_cannot_hold_the_file_is_named(register, tmp_path, monkeypatch, error):
    def failing(self, url, output_file, pooch, check_only=False):
        with open(output_file, "wb") as file:
            file.write(CONTENT[:100])
        raise error

    register("good")
    monkeypatch.setattr(pooch.HTTPDownloader, "__call__", failing)
    with pytest.raises(InputError, match=rf"cannot be kept in '.*sub': {reason_of(error)}.*--out FOLDER"):
        datasets.fetch("mine", out=tmp_path / "sub")
    assert not list(tmp_path.iterdir())


def test_a_cache_in_a_home_that_is_read_only_is_told_in_few_words(register, tmp_path, monkeypatch):
    def denied(*_, **__):
        raise PermissionError(errno.EACCES, "Permission denied")

    register("good")
    monkeypatch.setattr(os, "makedirs", denied)  # which pooch tells with words of its own, without the number
    with pytest.raises(InputError, match=r"cannot be kept in '.*sub': you have no permission to write there\. Make"):
        datasets.fetch("mine", out=tmp_path / "sub")


def test_a_file_in_the_way_of_the_folder_is_told(register, tmp_path):
    register("good")
    (tmp_path / "taken").write_text("mine")
    with pytest.raises(InputError, match=r"data.bin cannot be kept in '.*taken/sub'"):
        datasets.fetch("mine", out=tmp_path / "taken" / "sub")
    with pytest.raises(InputError, match=r"simulated_sequences.mat cannot be kept in '.*taken'"):
        datasets.fetch("simulated_sequences", out=tmp_path / "taken")
    assert (tmp_path / "taken").read_text() == "mine"


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_one_may_not_write_in_is_told(register, tmp_path):
    register("good")
    tmp_path.chmod(0o500)
    with pytest.raises(InputError, match="Permission denied"):
        datasets.fetch("mine", out=tmp_path)


@pytest.mark.parametrize(("content", "message"), [(b"spoilt", "its SHA-256 is"), (None, "it is missing")])
def test_a_bundled_file_that_was_changed_is_told(tmp_path, monkeypatch, content, message):
    monkeypatch.setattr(locate, "bundled", lambda entry: tmp_path)
    if content:
        (tmp_path / "simulated-epo.fif").write_bytes(content)
    with pytest.raises(InputError, match=rf"simulated-epo.fif is not as it was installed: {message}.*Install"):
        datasets.load("simulated_eeg")


def test_an_interrupted_fetch_leaves_nothing(register, tmp_path, monkeypatch):
    def interrupted(self, url, output_file, pooch, check_only=False):
        with open(output_file, "wb") as file:
            file.write(CONTENT[:100])
        raise KeyboardInterrupt

    register("good")
    monkeypatch.setattr(pooch.HTTPDownloader, "__call__", interrupted)
    with pytest.raises(KeyboardInterrupt):
        datasets.fetch("mine", out=tmp_path / "sub")
    assert not list(tmp_path.iterdir())


def test_a_spoilt_file_in_the_cache_is_fetched_anew_or_removed(register, tmp_path):
    register("good")
    (tmp_path / "data.bin").write_bytes(b"spoilt")
    assert datasets.fetch("mine", out=tmp_path)[0].read_bytes() == CONTENT
    register("404")
    (tmp_path / "data.bin").write_bytes(b"spoilt")
    with pytest.raises(InputError, match="404"):
        datasets.fetch("mine", out=tmp_path)
    assert not files_in(tmp_path)


def test_an_unverified_file_is_said_to_be_and_can_be_pinned(register, tmp_path):
    register("good", sha256=UNVERIFIED, checked="")
    with pytest.warns(NeurounivWarning, match=rf"unverified. Its SHA-256 is {sha(CONTENT)}"):
        datasets.fetch("mine", out=tmp_path)
    datasets.fetch("mine", out=tmp_path)  # said once, when it came
    assert datasets.fetch("mine", out=tmp_path, sha256={"data.bin": sha(CONTENT).upper()})[0].read_bytes() == CONTENT
    with pytest.raises(InputError, match="another SHA-256"):
        datasets.fetch("mine", out=tmp_path, sha256={"data.bin": "0" * 64})


def test_fetching_shows_a_bar_where_asked(register, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    register("good")
    datasets.fetch("mine", out=tmp_path / "quiet", progress=False)
    assert capsys.readouterr().err == ""
    datasets.fetch("mine", out=tmp_path / "shown", progress=True)
    assert "100%" in capsys.readouterr().err


def test_what_is_got_by_hand_says_how(tmp_path, monkeypatch):
    monkeypatch.delenv(locate.FOLDER, raising=False)
    monkeypatch.setattr("pooch.os_cache", lambda project: tmp_path / project)
    for call in (datasets.load, datasets.fetch):
        with pytest.raises(InputError, match=r"'steinmetz2019' has to be downloaded .*dandi download DANDI:000017"):
            call("steinmetz2019")
    with pytest.raises(InputError, match=r"zd.mat .* cannot be fetched by a program\. Get .*Rda.* NEUROUNIV_DATA"):
        datasets.load("zhang_desimone_7objects")
    with pytest.raises(InputError, match=r"'behaviour' .* is no recording of conditions; .*fetch"):
        datasets.load("motorseq_berlot2020", "behaviour")
    with pytest.raises(InputError, match="was recorded, so its truth is not known"):
        datasets.truth("mnist")


@pytest.mark.parametrize(
    ("name", "split", "message"),
    [
        ("minst", "test", r"No data set 'minst' is registered; did you mean 'mnist'\?"),
        ("xyz", None, "registered are simulated_mouse, "),
        ("mnist", "all", "has the splits train and test; got 'all'"),
    ],
)
def test_unknown_names_are_refused_with_those_there_are(name, split, message):
    with pytest.raises(InputError, match=message):
        datasets.load(name, split)


@pytest.mark.parametrize("array", [IMAGES, LABELS, IMAGES[:0]], ids=["images", "labels", "none"])
def test_idx_files_are_read_as_they_were_written(array, tmp_path):
    (tmp_path / "some.gz").write_bytes(idx(array))
    np.testing.assert_array_equal(datasets.read_idx(tmp_path / "some.gz"), array)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (idx(LABELS)[:-9], "not a whole gzip file"),
        (b"plain", "not a whole gzip file"),
        (gzip.compress(b""), "got nothing"),
        (gzip.compress(b"\x00\x00\x0d\x01" + b"\x00" * 8), "got 00 00 0d 01"),
        (gzip.compress(b"\x00\x00\x08\x03" + b"\x00" * 4), "got 00 00 08 03"),
        (gzip.compress(gzip.decompress(idx(LABELS))[:-1]), r"should hold 30 numbers, of shape \(30,\); it has 29"),
    ],
    ids=["cut gzip", "no gzip", "empty", "another type", "cut header", "cut data"],
)
def test_what_is_no_idx_file_is_refused_by_name(content, message, tmp_path):
    (tmp_path / "some.gz").write_bytes(content)
    with pytest.raises(InputError, match=f"some.gz.*{message}"):
        datasets.read_idx(tmp_path / "some.gz")


def test_as_many_labels_as_images_are_needed(tmp_path):
    for name, array in (("images.gz", IMAGES), ("labels.gz", LABELS[:-1])):
        (tmp_path / name).write_bytes(idx(array))
    with pytest.raises(InputError, match=r"images.gz holds 30 images, .*labels.gz 29 labels"):
        datasets.read_digits([tmp_path / "images.gz", tmp_path / "labels.gz"])


def test_digits_of_mnist_are_its_test_images(digits, tmp_path, monkeypatch):
    monkeypatch.setattr("pooch.os_cache", lambda project: tmp_path / project)
    task = tasks.digits(per_class=2, seed=1, images="mnist")
    np.testing.assert_array_equal(task.stimuli * 255, IMAGES.reshape(30, -1)[task.example])
    np.testing.assert_array_equal(task.targets.argmax("output"), LABELS[task.example])
    with pytest.raises(InputError, match="a whole number from 1 to 3"):
        tasks.digits(per_class=4, images="mnist")
    with pytest.raises(InputError, match=r"images is one of \['8x8', 'mnist'\]"):
        tasks.digits(images="16x16")


def test_the_mapping_of_the_registry_can_be_changed_in_the_call(tmp_path, monkeypatch):
    data = {"rates": np.eye(4, 3), "shape": np.array([1, 2, 1, 2]), "colour": np.array([3, 3, 4, 4])}
    (tmp_path / "mine").mkdir()
    scipy.io.savemat(tmp_path / "mine" / "one.mat", data)
    part = Part("all", ("one.mat",), "read_recording", {"activity": "rates", "condition": "shape", "units": "spikes/s"})
    entry = Entry("mine", "a test", "none", "4", "spikes/s", "CC0", "us", files=(File("one.mat"),), parts=(part,))
    monkeypatch.setitem(registry(), "mine", entry)
    monkeypatch.setenv(locate.FOLDER, str(tmp_path))
    assert datasets.load("mine").condition.values.tolist() == ["1", "2", "1", "2"]
    rec = datasets.load("mine", condition="colour")
    assert rec.condition.values.tolist() == ["3", "3", "4", "4"]
    assert rec.activity.units == "spikes/s"
    assert rec.licence == "CC0"


def test_our_registry_has_no_fault():
    assert faults(TABLES) == []


def test_every_part_is_read_by_a_public_function():
    for entry in registry().values():
        for part in entry.parts:
            assert not part.call or callable(attrgetter(part.call)(nu)), (entry.name, part.name)


GOOD = {"about": "a", "axis": "none", "conditions": "2", "units": "V", "licence": "CC0", "citation": "us"}
FILE = {"name": "a.mat", "urls": ["https://x.org/a.mat"], "sha256": "0" * 64, "checked": "here", "size": 3}


@pytest.mark.parametrize(
    ("entry", "file", "part", "fault"),
    [
        ({"axis": "time"}, {}, {}, "axis is one of"),
        ({"colour": "red"}, {}, {}, "entry has the unknown key 'colour'"),
        ({"units": None}, {}, {}, "entry lacks 'units'"),
        ({"doi": "doi.org/x"}, {}, {}, "a DOI looks like"),
        ({}, {"urls": []}, {}, "a file without an address"),
        ({}, {"urls": ["ftp://x.org/a"]}, {}, "no http"),
        ({}, {"sha256": "abc"}, {}, "sha256 is 64 hexadecimal digits"),
        ({}, {"checked": ""}, {}, "`checked` says where"),
        ({}, {"size": "3 MB"}, {}, "size is a number of bytes"),
        ({}, {"name": "../a.mat"}, {}, "no plain name"),
        ({}, {"md5": "0"}, {}, "file has the unknown key 'md5'"),
        ({}, {}, {"files": ["b.mat"]}, "names the unknown file 'b.mat'"),
        ({}, {}, {"files": None}, "part lacks 'files'"),
    ],
)
def test_a_malformed_registry_is_told(entry, file, part, fault):
    whole = [GOOD | entry, FILE | file, {"name": "p", "files": ["a.mat"]} | part]
    entry, file, part = ({k: v for k, v in row.items() if v is not None} for row in whole)
    assert any(fault in found for found in faults({"mine": entry | {"file": [file], "part": [part]}}))


def test_two_files_of_one_name_are_a_fault():
    assert faults({"mine": GOOD | {"file": [FILE, FILE]}}) == ["mine: two files are named 'a.mat'"]


def test_the_list_is_a_table_that_fits(capsys):
    assert run_command(["datasets"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= command.WIDTH
    assert [line.split()[0] for line in lines[1 : len(registry()) + 1]] == list(registry())
    assert "learning" in next(line for line in lines if line.startswith("bci_hennig2021"))


def test_the_command_fetches_and_says_where_and_how(tmp_path, capsys):
    assert run_command(["datasets", "simulated_sequences", "--out", str(tmp_path), "--part", "visual"]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    path = tmp_path / "simulated_sequences.mat"
    code = out[out.rindex("rec = ") :].split("then")[0]
    made = {"nu": nu}
    exec("\n".join([code.splitlines()[0], *(line.strip() for line in code.splitlines()[1:])]), made)
    assert str(path) in code
    assert made["rec"].identical(nu.read_recording(path, **registry()["simulated_sequences"].part("visual").settings))


def test_the_command_says_what_went_wrong_in_one_line(register, tmp_path, capsys):
    register("404")
    assert run_command(["datasets", "mine", "--out", str(tmp_path / "sub")]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert "404 Not Found" in err
    assert not list(tmp_path.iterdir())
    register("good", sha256=UNVERIFIED, checked="")
    assert run_command(["datasets", "mine", "--out", str(tmp_path / "sub")]) == 0
    assert sha(CONTENT) in capsys.readouterr().err
    assert run_command(["datasets", "minee"]) == 2
    assert "did you mean 'mine'?" in capsys.readouterr().err


def test_what_is_got_by_hand_is_described_by_the_command(capsys):
    assert run_command(["datasets", "things_meg"]) == 0
    assert "openneuro.org/datasets/ds004212" in capsys.readouterr().out


@pytest.mark.filterwarnings("ignore::neurouniv.NeurounivWarning")
def test_files_on_disk_are_those_registered(real_data):
    """Every registered checksum that can be computed here is right, and every part that is read loads."""
    for entry in registry().values():
        for part in entry.parts:
            if entry.bundled or not all((real_data / entry.name / file).is_file() for file in part.files):
                continue
            paths = [real_data / entry.name / file for file in part.files]
            assert datasets.fetch(entry.name, part.name) == paths
            if part.call:
                assert datasets.load(entry.name, part.name).licence == entry.licence


def test_trained_sequences_move_away_from_others(real_data):
    """The distance of trained from untrained sequences in premotor cortex, as Berlot, Popp & Diedrichsen report it."""
    traj = datasets.load("motorseq_berlot2020")
    across = traj.first.str.startswith("trained").values & traj.second.str.startswith("untrained").values
    np.testing.assert_allclose(traj.h[..., across].mean(("subject", "pair")), [0.0049, 0.0124, 0.0175], atol=5e-5)


def test_where_one_file_of_several_is_on_disk_its_split_is_named(register, monkeypatch, tmp_path, capsys):
    register(NOWHERE)
    entry = registry()["mine"]
    files = (File("here.bin", (NOWHERE,), sha(CONTENT), "here"), *entry.files)
    parts = (Part("first", ("here.bin",)), Part("second", ("data.bin",)))
    monkeypatch.setitem(registry(), "mine", replace(entry, files=files, parts=parts))
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "here.bin").write_bytes(CONTENT)
    monkeypatch.setenv(locate.FOLDER, str(tmp_path))
    assert run_command(["datasets", "mine"]) == 2
    assert "On disk is first: choose it with `--part first`" in capsys.readouterr().err
    assert run_command(["datasets", "mine", "--part", "first"]) == 0
    assert str(tmp_path / "mine" / "here.bin") in capsys.readouterr().out


def test_what_comes_next_ends_at_a_trajectory():
    """A recording's next step is its RDM movie, crossvalidated but for averages, which have no trials left."""
    for entry in registry().values():
        for part in entry.parts:
            if part.call == "read_recording":
                metric = "" if part.name == "averages" else ', metric="crossnobis"'
                assert part.then.splitlines()[-1] == f"traj = nu.trajectory(rec{metric})"


def test_rdms_in_a_shell_are_those_that_python_reads(real_data, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    for name, split in (("motorseq_berlot2020", "movie"), ("kriegeskorte92", "human")):
        assert run_command(["datasets", name, "--part", split]) == 0
        words = capsys.readouterr().out.split("in a shell  neurouniv ")[1].splitlines()[0]
        assert run_command([*shlex.split(words), "--overwrite"]) == 0
        expected = datasets.load(name, split)
        np.testing.assert_array_equal(nu.load("traj.nc").h, expected.h)
        assert nu.load("traj.nc").h.attrs == expected.h.attrs
        capsys.readouterr()
