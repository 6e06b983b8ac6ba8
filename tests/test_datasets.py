"""Data sets are read bit for bit, checked before they are read, and what is wrong is refused and not kept."""

import gzip
import hashlib
import struct

import numpy as np
import pytest
import requests

from neurouniv import datasets, tasks
from neurouniv.schema import InputError, history

RNG = np.random.default_rng(0)
LABELS = np.repeat(np.arange(10, dtype=np.uint8), 3)
IMAGES = RNG.integers(0, 256, (30, 28, 28), dtype=np.uint8)


def idx(array):
    """`array` as a gzipped idx file of unsigned bytes."""
    header = struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape)
    return gzip.compress(header + array.tobytes())


def no_network(*arguments, **settings):
    raise requests.ConnectionError("no network in tests")


@pytest.fixture
def served(monkeypatch):
    """MNIST's test images made up, served by a stand-in for the network; returns the bytes by file name."""
    names = list(datasets.FILES["mnist"]["test"])
    content = dict(zip(names, (idx(IMAGES), idx(LABELS)), strict=True))
    sums = {name: hashlib.sha256(data).hexdigest() for name, data in content.items()}
    monkeypatch.setitem(datasets.FILES["mnist"], "test", sums)
    monkeypatch.setattr("pooch.HTTPDownloader", lambda **settings: deliver)
    monkeypatch.delenv(datasets.FOLDER, raising=False)

    def deliver(url, output_file, pooch):
        mirror, name = url.rsplit("/", 1)
        came.append(mirror)
        with open(output_file, "wb") as file:
            file.write(content[name])

    came = []
    return content, came


@pytest.fixture
def offline(served, monkeypatch):
    monkeypatch.setattr("pooch.HTTPDownloader", lambda **settings: no_network)
    return served[0]


def test_what_is_fetched_is_what_is_served_and_is_fetched_once(served, tmp_path):
    _, came = served
    for _ in range(2):
        found = datasets.load("mnist", "test", cache=tmp_path)
        np.testing.assert_array_equal(found.image, IMAGES)
        np.testing.assert_array_equal(found.label, LABELS)
    assert len(came) == 2
    assert history(found)[0]["settings"]["sha256"] == datasets.FILES["mnist"]["test"]


def test_a_folder_of_ones_own_needs_no_network(offline, tmp_path, monkeypatch):
    folder = tmp_path / "mnist"
    folder.mkdir()
    for name, data in offline.items():
        (folder / name).write_bytes(data)
    monkeypatch.setenv(datasets.FOLDER, str(tmp_path))
    np.testing.assert_array_equal(datasets.load("mnist", "test").image, IMAGES)


def test_without_network_the_message_says_what_was_tried_and_what_to_do(offline, tmp_path):
    with pytest.raises(InputError, match=r"ossci.*ConnectionError.*cvdf.*NEUROUNIV_DATA.*mnist/t10k-images"):
        datasets.load("mnist", "test", cache=tmp_path)
    assert not list(tmp_path.rglob("*.gz"))


def test_another_mirror_is_tried_when_one_serves_something_else(served, tmp_path):
    content, came = served
    images = next(iter(content))
    right = content[images]
    content[images] = right[:-100]
    with pytest.raises(InputError, match=r"another SHA-256 than it should.*another SHA-256"):
        datasets.load("mnist", "test", cache=tmp_path)
    assert came == [mirror.rstrip("/") for mirror in datasets.MIRRORS["mnist"]]
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_a_spoilt_file_in_the_cache_is_fetched_anew_or_removed(served, tmp_path, monkeypatch):
    path = tmp_path / next(iter(served[0]))
    path.write_bytes(b"spoilt")
    np.testing.assert_array_equal(datasets.load("mnist", "test", cache=tmp_path).image, IMAGES)
    path.write_bytes(b"spoilt")
    monkeypatch.setattr("pooch.HTTPDownloader", lambda **settings: no_network)
    with pytest.raises(InputError, match="ConnectionError"):
        datasets.load("mnist", "test", cache=tmp_path)
    assert not path.exists()


def test_a_wrong_file_in_a_folder_of_ones_own_is_told_and_left_alone(offline, tmp_path, monkeypatch):
    (tmp_path / "mnist").mkdir()
    for name, data in offline.items():
        (tmp_path / "mnist" / name).write_bytes(data[:-1])
    monkeypatch.setenv(datasets.FOLDER, str(tmp_path))
    with pytest.raises(InputError, match=r"t10k-images-idx3-ubyte.gz is not the published file: its SHA-256 is"):
        datasets.load("mnist", "test")
    assert len(list((tmp_path / "mnist").iterdir())) == 2


@pytest.mark.parametrize("array", [IMAGES, LABELS, IMAGES[:0]], ids=["images", "labels", "none"])
def test_idx_files_are_read_as_they_were_written(array, tmp_path):
    (tmp_path / "some.gz").write_bytes(idx(array))
    np.testing.assert_array_equal(datasets.read_idx(tmp_path / "some.gz"), array)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (idx(LABELS)[:-9], "not a whole gzip file"),
        (b"plain", "not a whole gzip file"),
        (gzip.compress(b""), "nothing came"),
        (gzip.compress(b"\x00\x00\x0d\x01" + b"\x00" * 8), "00 00 0d 01 came"),
        (gzip.compress(b"\x00\x00\x08\x03" + b"\x00" * 4), "00 00 08 03 came"),
        (gzip.compress(gzip.decompress(idx(LABELS))[:-1]), r"should hold 30 numbers, of shape \(30,\); it has 29"),
    ],
    ids=["cut gzip", "no gzip", "empty", "another type", "cut header", "cut data"],
)
def test_what_is_no_idx_file_is_refused_by_name(content, message, tmp_path):
    (tmp_path / "some.gz").write_bytes(content)
    with pytest.raises(InputError, match=f"some.gz.*{message}"):
        datasets.read_idx(tmp_path / "some.gz")


@pytest.mark.parametrize(
    ("name", "split", "message"), [("minst", "test", "are mnist; 'minst'"), ("mnist", "all", "all")]
)
def test_unknown_names_are_refused_with_those_there_are(name, split, message):
    with pytest.raises(InputError, match=message):
        datasets.load(name, split)


def test_digits_of_mnist_are_its_test_images(served, tmp_path, monkeypatch):
    monkeypatch.setattr("pooch.os_cache", lambda project: tmp_path / project)
    task = tasks.digits(per_class=2, seed=1, images="mnist")
    np.testing.assert_array_equal(task.stimuli * 255, IMAGES.reshape(30, -1)[task.example])
    np.testing.assert_array_equal(task.targets.argmax("output"), LABELS[task.example])
    with pytest.raises(InputError, match="a whole number from 1 to 3"):
        tasks.digits(per_class=4, images="mnist")
    with pytest.raises(InputError, match="images is one of 8x8, mnist"):
        tasks.digits(images="16x16")
