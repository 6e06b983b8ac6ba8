"""The page: complete in itself, safe against hostile words, whole or absent."""

from __future__ import annotations

import base64
import hashlib
import html
import re
import subprocess
import sys
from html.parser import HTMLParser

import matplotlib.pyplot as plt
import numpy as np
import pytest
import xarray as xr
from matplotlib.figure import Figure

import neurouniv as nu
from neurouniv import figures
from neurouniv.laws.curves import StaticModel
from neurouniv.page import Picture, Section, Table, report, table_of, unconverged, versions
from neurouniv.page.write import PART
from neurouniv.schema import InputError, with_history
from neurouniv.universality.compare import compare

HOSTILE = "<script>alert('x')</script> & \"quoted\""
VOID = {"meta", "img", "br", "wbr", "link"}


class Page(HTMLParser):
    """Tags, attributes and text of a page; complains where tags do not nest."""

    def __init__(self, text: str):
        super().__init__()
        self.open, self.tags, self.words = [], [], []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)

    def find(self, tag: str) -> list[dict]:
        return [attrs for name, attrs in self.tags if name == tag]

    @property
    def text(self) -> str:
        return "".join(self.words)


def figure() -> Figure:
    made = Figure(figsize=(3, 2))
    made.add_subplot().plot([0, 1])
    return made


def comparison() -> xr.Dataset:
    result = xr.Dataset(
        {
            "geometry": (("law", "time"), [[0.2, 0.91234], [0.3, 0.3]]),
            "dynamics": ("law", [0.87654, -3.21]),
        },
        {"law": ["universal", "static"], "time": ("time", [0.0, 1.0], {"units": "epochs", "axis": "learning"})},
    )
    return with_history(result, "compare", split="conditions", seed=7)


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    sections = [
        Section(
            "Two points", f"First paragraph.\n\nSecond, {HOSTILE}.",
            figures=[Picture(figure(), HOSTILE, HOSTILE), figure()],
            tables=[Table(["name", "R²", HOSTILE], [["a", 0.99972, HOSTILE], ["b", -1.5, None]], "About it")],
            warnings=[f"not converged: {HOSTILE}"],
            sources={HOSTILE: with_history(xr.Dataset(), "train", note=HOSTILE)},
        ),
        Section("Two points", "A second section of the same name."),
    ]  # fmt: skip
    path = tmp_path_factory.mktemp("page") / "report.html"
    report(sections, path, title=HOSTILE, settings={"seed": 0, HOSTILE: HOSTILE})
    return path.read_text(encoding="utf-8")


@pytest.mark.slow
def test_nothing_is_loaded_from_elsewhere(page):
    parsed = Page(page)
    assert not re.search(r"https?:|//[a-z]|@import|url\(", re.sub(r"base64,[A-Za-z0-9+/=]+", "", page))
    assert {attrs["src"].split(":")[0] for attrs in parsed.find("img")} == {"data"}
    assert not parsed.find("link")
    links = [attrs["href"] for attrs in parsed.find("a") if "href" in attrs]
    assert all(link.startswith(("#", "data:application/pdf;")) for link in links)


def test_hostile_words_are_shown_and_never_run(page):
    parsed = Page(page)
    allowed = re.search("script-src ([^;]+);", html.unescape(page))[1].split()
    scripts = re.findall(r"<script[^>]*>(.*?)</script>", page, re.DOTALL)
    assert page.count("<script") == len(scripts) == len(allowed) == 1
    checksums = [base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in scripts]
    assert [f"'sha256-{checksum}'" for checksum in checksums] == allowed
    assert parsed.text.count(HOSTILE) >= 8
    assert parsed.find("img")[0]["alt"] == HOSTILE


def test_every_figure_has_a_text_for_those_who_cannot_see_it(page):
    assert [bool(attrs.get("alt")) for attrs in Page(page).find("img")] == [True, True]


def test_the_contents_lead_to_every_section_and_ids_are_unique(page):
    parsed = Page(page)
    targets = [attrs["href"][1:] for attrs in parsed.find("a") if attrs.get("href", "").startswith("#")]
    ids = [attrs["id"] for _, attrs in parsed.tags if "id" in attrs]
    assert len(set(ids)) == len(ids)
    assert set(targets) <= set(ids)
    assert targets == ["s1-two-points", "s2-two-points", "what-was-run"]


def test_numbers_are_right_aligned_with_few_digits_and_paragraphs_are_kept(page):
    assert '<td class="number" data-value="0.99972">0.9997</td>' in page
    assert '<td class="number" data-value="-1.5">−1.50</td>' in page
    assert "<td>a</td>" in page
    assert "<p>First paragraph.</p>" in page


def test_what_was_run_is_told(page):
    text = Page(page).text
    for name, found in versions().items():
        assert name in text
        assert found in text
    assert "not converged" in text


@pytest.mark.slow
def test_a_comparison_becomes_a_page_with_figure_table_and_history(tmp_path):
    path = report(comparison(), tmp_path / "report.html")
    text = Page(path.read_text(encoding="utf-8")).text
    for words in ("universal", "static", "0.877", "−3.21", "0.912", "split=conditions", "seed=7"):
        assert words in text
    assert path.stat().st_size < 3_000_000
    assert plt.get_fignums() == []


@pytest.mark.slow
def test_a_real_comparison_of_systems_with_other_times_tells_doubts_and_ceiling(tmp_path):
    time = np.linspace(0, 10, 6)
    first, second = np.triu_indices(6, 1)
    grown = np.random.default_rng(0).random(15) * (1 + time[:, None])
    coords = {"first": ("pair", first.astype(str)), "second": ("pair", second.astype(str))}
    coords |= {"dx2": ("pair", 1.0 + np.arange(15)), "dy2": ("pair", np.ones(15))}
    learned = xr.Dataset(
        {"h": (("time", "pair"), grown)}, coords | {"time": ("time", time, {"units": "epochs", "axis": "learning"})}
    )
    trial = learned.assign_coords(time=("time", time / 99, {"units": "s", "axis": "within_trial"}))
    result = compare(StaticModel(), {"net": learned, "monkey": trial}, partitions=1)
    text = Page(report(result, tmp_path / "r.html").read_text(encoding="utf-8")).text
    assert "static: 0 % of the fits are usable. " in text
    assert "noise ceiling: not estimable" in text
    drawn = figures.comparison(result).axes
    assert [ax.get_xlabel() for ax in drawn[::2]] == ["learning time (epochs)", "time within the trial (s)"]
    assert [np.isfinite(ax.get_lines()[0].get_ydata()).all() for ax in drawn[::2]] == [True, True]


@pytest.mark.slow
def test_sections_may_be_given_by_title(tmp_path):
    content = {"Figure": figure(), "Words": {"text": "Said."}, "Laws": comparison(), "Ready": Section("Own title")}
    text = Page(report(content, tmp_path / "r.html").read_text(encoding="utf-8")).text
    assert all(words in text for words in ("Figure", "Said.", "Laws", "Own title"))


@pytest.mark.parametrize(
    ("result", "words"),
    [
        (None, "got None"),
        ([], "a list of 0"),
        ("text", "the text 'text'"),
        ([figure()], "Figure"),
        ({"A": {"txt": "x"}}, "txt"),
        ({"A": 3}, "int"),
        (Section("A", tables=[Table(["a", "b"], [[1]])]), "2 cells"),
        (xr.Dataset(), "geometry"),
    ],
)
def test_what_cannot_be_shown_is_refused_in_the_words_of_the_user(tmp_path, result, words):
    with pytest.raises(InputError, match=words):
        report(result, tmp_path / "report.html")
    assert list(tmp_path.iterdir()) == []


def test_a_failed_write_leaves_the_old_page_and_nothing_else(tmp_path, monkeypatch):
    path = tmp_path / "report.html"
    path.write_text("old")

    def full(*args):
        raise OSError("no space left on device")

    monkeypatch.setattr("os.replace", full)
    with pytest.raises(OSError, match="no space"):
        report(Section("A"), path)
    assert path.read_text() == "old"
    assert [file.name for file in tmp_path.iterdir()] == ["report.html"]


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="absent"):
        report(Section("A"), tmp_path / "absent" / "report.html")


def test_same_sections_give_the_same_bytes(tmp_path):
    one, two = (report(Section("A", figures=[figure()]), tmp_path / name).read_bytes() for name in ("a", "b"))
    assert one == two


def test_table_of_a_dataset_with_batch_intervals_and_further_dimensions():
    fit = xr.Dataset(
        {"eta": ("seed", [1.0, 2.0]), "eta_interval": (("seed", "bound"), [[0.5, 1.5], [1, 3]]),
         "r2": (("seed", "variable"), [[0.1, 0.2], [0.3, 0.4]])},
        {"seed": [4, 5], "variable": ["h", "y"]},
    )  # fmt: skip
    table = table_of(fit)
    assert table.columns == ["seed", "eta", "r2 h", "r2 y"]
    assert table.rows == [[4, "1.00 [0.500, 1.50]", 0.1, 0.2], [5, "2.00 [1.00, 3.00]", 0.3, 0.4]]
    assert table_of(fit.isel(seed=0, drop=True)).rows == [["1.00 [0.500, 1.50]", 0.1, 0.2]]


def test_unconverged_fits_are_counted_by_reason():
    said = ["converged", "At a bound.", "At a bound."]
    fit = xr.Dataset({"converged": ("seed", [True, False, False]), "message": ("seed", said)})
    assert unconverged({"mlp": fit}) == ["mlp: 2 of 3 fits are not usable. At a bound."]
    assert unconverged({"mlp": fit.isel(seed=[0])}) == []


@pytest.mark.slow
def test_writing_a_page_needs_no_torch():
    code = "import sys, neurouniv.page as r; r.versions(); sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.slow
def test_numbers_on_the_page_are_those_of_the_comparison(tmp_path):
    result = comparison()
    text = report(result, tmp_path / "r.html").read_text(encoding="utf-8")
    cells = re.findall(r'<td class="number"[^>]*>([^<]+)</td>', text)
    shown = [float(cell.replace("−", "-")) for cell in cells]
    expected = [[*result.geometry.sel(law=law).mean("time").values[None], result.geometry.sel(law=law).values[-1],
                 float(result.dynamics.sel(law=law))] for law in result.law.values]  # fmt: skip
    np.testing.assert_allclose(shown, np.ravel(expected), rtol=5e-3)


@pytest.mark.slow
def test_a_page_of_a_part_says_that_its_sentences_are_about_the_whole(tmp_path):
    movie = nu.trajectory(nu.datasets.load("simulated_mouse"), metric="crossnobis")
    kind = {name: name < "odour E" for name in movie.condition.values}
    found = nu.rsa(movie, {"kind": kind, "last": movie.h.isel(time=-1)}, resamples=20)
    whole, part = (report(one, tmp_path / "a.html").read_text("utf-8") for one in (found, found.isel(time=[0])))
    assert PART not in whole
    assert PART in part
