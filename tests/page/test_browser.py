"""Pages in Chromium: nothing fails, nothing is asked for, all can be reached by hand and key, nothing is cut off."""

from __future__ import annotations

import base64
import csv
import io
import json

import numpy as np
import pytest
import xarray as xr
from matplotlib.figure import Figure

from neurouniv import RIVALS, compare
from neurouniv.page import Picture, Section, Table, report
from neurouniv.page.player import look, player_of, script
from neurouniv.page.run_again import Again
from neurouniv.page.watch import player_section

PHONE, DESK, PAPER = 390, 1280, 703
"""CSS pixels: of a phone, of a desk, and of A4 within its margins of 12 mm."""
NEW, LONG = "stimulus «a» & <b>", "sub-01_ses-02_task-odours_acq-multiband_run-003_desc-preprocessed_events"

OUTSIDE = """width => [...document.querySelectorAll("main *")].filter(element => {
  const box = element.getBoundingClientRect(), shut = element.closest(".scroll");
  const beyond = box.width && !element.closest("svg") && (box.right > width + 1 || box.left < -1);
  return beyond && !(shut && shut !== element);
}).map(element => element.tagName + "." + element.className + ": " + element.textContent.slice(0, 40))"""
CLIPPED = """() => [...document.querySelectorAll("main *")].filter(element => {
  const style = getComputedStyle(element), hides = ["hidden", "clip"].includes(style.overflowX);
  return (hides || style.textOverflow === "ellipsis") && element.scrollWidth > element.clientWidth + 1;
}).map(element => element.tagName + ": " + element.textContent.slice(0, 40))"""
PIXELS = 'name => document.querySelector(".nu-" + name).toDataURL()'


def figure(width: float = 9.0) -> Figure:
    made = Figure(figsize=(width, 2))
    made.add_subplot().plot([0, 1])
    return made


@pytest.fixture(scope="module")
def movies():
    """A network and a brain with the same six conditions, whose distances grow, at other times."""
    names = np.array([NEW, LONG, "c", "d", "e", "f"])
    first, second = np.triu_indices(6, 1)
    rng = np.random.default_rng(0)
    stimuli, targets = rng.normal(size=(6, 5)), rng.normal(size=(6, 2))
    dx2, dy2 = (((a[first] - a[second]) ** 2).sum(-1) for a in (stimuli, targets))
    coords = {"first": ("pair", names[first]), "second": ("pair", names[second]), "condition": names}
    coords |= {"dx2": ("pair", dx2), "dy2": ("pair", dy2)}

    def grown(times, end, units):
        time = np.linspace(0.0, end, times)
        h = 0.1 * dx2 + np.sqrt(dx2 * dy2) * (1 - np.exp(-3 * time / end))[:, None]
        axis = ("time", time, {"units": units, "axis": "learning"})
        return xr.Dataset({"h": (("time", "pair"), h)}, coords | {"time": axis})

    return {"network": grown(13, 600.0, "epochs"), "mouse of a long name": grown(5, 4.0, "sessions")}


@pytest.fixture(scope="module")
def path(movies, tmp_path_factory):
    """A page of a comparison with a player, with wide tables, long words and commands beside it."""
    result = compare([RIVALS[name]() for name in ("exponential", "static")], movies, partitions=1)
    wide = Table(
        [f"column {n} of many" for n in range(14)],
        [[LONG, *range(5), *(0.1 * n for n in range(8))], ["b", *[3.5] * 13]],
        f"A caption that is longer than a phone is wide, and has a long word: {LONG}. " * 3,
    )  # fmt: skip
    short = Table(["n", "size"], [["a", 2.0], ["b", 10.0], ["c", None]])
    sections = [
        Section(
            "The answer", f"Words. {LONG}\n\n- a point\n\n- another", lead=f"One answer: {LONG}", question="What?",
            terms={"system": "what learns"}, tables=[wide, short],
            figures=[Picture(figure(), f"Wide. {LONG}"), figure(3.0)], warnings=[f"A doubt about {LONG}"],
            again=Again((f"neurouniv compare {LONG}.nc 'b c.nc' --out a.nc", "neurouniv report a.nc")),
        ),
        player_section(movies, "exponential"),
    ]  # fmt: skip
    folder = tmp_path_factory.mktemp("browser")
    report(result, folder / "comparison.html", trajectories=movies)
    return report(sections, folder / "page.html", title=f"A page of {LONG}")


@pytest.fixture
def opened(browser, path):
    """Open a page at some width; what it says on the console, and asks for, is empty in the end."""
    contexts, said, asked, pages = [], [], [], set()

    def open_page(width=DESK, page=path, **settings):
        context = browser.new_context(viewport={"width": width, "height": 800}, **settings)
        contexts.append(context)
        shown = context.new_page()
        shown.on("console", lambda message: said.append(message.text))
        shown.on("pageerror", lambda error: said.append(str(error)))
        shown.on("request", lambda request: asked.append(request.url))
        pages.add(page.as_uri())
        shown.goto(page.as_uri())
        return shown

    yield open_page
    for context in contexts:
        context.close()
    assert said == []
    assert {url for url in asked if not url.startswith(("data:", "blob:"))} == pages


@pytest.mark.parametrize("width", [PHONE, DESK])
def test_nothing_fails_is_asked_for_or_cut_off_on_a_screen(opened, path, width):
    for name in ("page.html", "comparison.html"):
        page = opened(width, path.with_name(name))
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.evaluate(OUTSIDE, width) == []
        assert page.evaluate(CLIPPED) == []
        page.context.close()


def test_what_scrolls_says_so(opened):
    page = opened(PHONE)
    boxes = page.evaluate(
        """() => [...document.querySelectorAll(".scroll")].map(box => {
          const hint = box.parentElement.querySelector(".hint");
          return [box.scrollWidth > box.clientWidth + 1, hint.offsetHeight > 0, box.tabIndex]; })"""
    )
    assert {over for over, *_ in boxes} == {True, False}
    assert [over for over, *_ in boxes] == [told for _, told, _ in boxes]
    assert all(reached == 0 for over, _, reached in boxes if over)


def test_letters_of_figures_are_as_large_on_a_phone(opened):
    page = opened(PHONE)
    widths = page.evaluate("[...document.querySelectorAll('figure:not(.still) img')].map(one => one.clientWidth)")
    assert widths == [9 * 96, 3 * 96]


@pytest.mark.slow
def test_a_dark_theme_is_followed_and_figures_stay_on_white(opened):
    light, dark = (opened(DESK, color_scheme=theme) for theme in ("light", "dark"))
    colour = "element => getComputedStyle(element).backgroundColor"
    grounds = [page.locator("body").evaluate(colour) for page in (light, dark)]
    assert grounds == ["rgb(255, 255, 255)", "rgb(23, 23, 27)"]
    assert dark.locator("body").evaluate("element => getComputedStyle(element).color") == "rgb(230, 230, 234)"
    for name in ("figure img", ".nu-plane", ".nu-curves"):
        assert dark.locator(name).first.evaluate(colour) == "rgb(255, 255, 255)"


@pytest.mark.slow
def test_nothing_is_cut_off_on_paper(opened, path):
    for name in ("page.html", "comparison.html"):
        page = opened(PAPER, path.with_name(name))
        page.emulate_media(media="print")
        beyond = OUTSIDE.replace("beyond && !(shut && shut !== element)", "beyond")
        assert page.evaluate(beyond, PAPER) == []
        assert page.locator("[data-player]").is_hidden()
        assert page.locator("figure.still img").is_visible()
        high = page.evaluate("Math.max(...[...document.images].map(image => image.getBoundingClientRect().height))")
        assert high <= 297 / 25.4 * 96
        assert page.pdf(prefer_css_page_size=True).startswith(b"%PDF")
        page.context.close()


def test_the_policy_forbids_requests_and_foreign_scripts(browser, path):
    page = browser.new_page()
    page.goto(path.as_uri())
    tried = """async () => {
      const script = document.createElement("script");
      script.textContent = "window.ran = true";
      document.body.append(script);
      const sent = await fetch("https://example.org/").then(() => "sent", () => "refused");
      return [sent, window.ran ?? false];
    }"""
    assert page.evaluate(tried) == ["refused", False]
    page.close()


@pytest.mark.slow
def test_the_slider_moves_all_systems_in_step(opened):
    page = opened()
    slider = page.get_by_role("slider")
    before = [page.evaluate(PIXELS, name) for name in ("rdm", "plane", "curves")]
    assert page.locator(".nu-when").all_text_contents() == ["epoch 0", "session 0"]
    slider.fill("6")
    assert page.locator(".nu-when").all_text_contents() == ["epoch 300", "session 2"]
    assert slider.get_attribute("aria-valuetext") == "epoch 300, session 2"
    after = [page.evaluate(PIXELS, name) for name in ("rdm", "plane", "curves")]
    assert all(one != other for one, other in zip(before, after, strict=True))
    assert page.locator(".nu-rdm").first.get_attribute("aria-label") == "RDM of network, epoch 300"


def test_the_square_has_the_colour_of_the_distance(opened, movies):
    page = opened()
    page.get_by_role("slider").fill("12")
    one = json.loads(page.locator("script[type='application/json']").text_content())["systems"][0]
    seen = """places => { const canvas = document.querySelector(".nu-rdm"), side = canvas.width;
      const { data } = canvas.getContext("2d").getImageData(0, 0, side, side);
      const at = ([x, y]) => 4 * (Math.floor(y * side) * side + Math.floor(x * side));
      return places.map(place => [...data.subarray(at(place), at(place) + 4)]); }"""
    shades = np.frombuffer(base64.b64decode(one["shades"]), np.uint8).reshape(-1, 3)
    values = np.frombuffer(base64.b64decode(one["seen"]), np.uint8).reshape(13, 15)
    law = np.frombuffer(base64.b64decode(one["law"]), np.uint8).reshape(13, 15)
    above, below = page.evaluate(seen, [[5.5 / 6, 0.5 / 6], [0.5 / 6, 5.5 / 6]])
    assert above == [*shades[values[12, 4]].tolist(), 255]
    assert below == [*shades[law[12, 4]].tolist(), 255]


def test_keys_move_and_play(opened):
    page = opened()
    slider, play = page.get_by_role("slider"), page.get_by_role("button", name="Play")
    slider.focus()
    for key, place in (("ArrowRight", "1"), ("ArrowRight", "2"), ("ArrowLeft", "1"), ("End", "12"), ("Home", "0")):
        page.keyboard.press(key)
        assert slider.input_value() == place
    assert play.is_visible()
    page.keyboard.press("End")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press(" ")
    page.get_by_role("button", name="Pause").wait_for()
    play.wait_for()
    assert slider.input_value() == "12"
    page.keyboard.press("Home")
    page.keyboard.press(" ")
    assert page.get_by_role("button", name="Pause").is_visible()
    page.keyboard.press(" ")
    assert play.is_visible()


@pytest.mark.slow
def test_nothing_moves_by_itself_and_less_motion_plays_one_step_at_a_time(opened):
    page = opened(reduced_motion="reduce")
    slider = page.get_by_role("slider")
    button = page.get_by_role("button", name="Next")
    for place in ("1", "2"):
        button.click()
        page.wait_for_timeout(400)
        assert slider.input_value() == place


def test_a_pair_is_chosen_by_name_or_on_its_square_and_its_distance_is_told(opened, movies):
    page = opened()
    page.get_by_role("slider").fill("12")
    means = page.evaluate(PIXELS, "curves")
    first, second = page.locator(".nu-player select").all()
    first.select_option(NEW)
    second.select_option(LONG)
    told = page.locator(".nu-readout").text_content()
    assert told.startswith(f"{NEW} – {LONG}: network ")
    distance = float(told.split("network ")[1].split(",")[0])
    traj = movies["network"]
    assert distance == pytest.approx(float(traj.h[-1, 0]), rel=0.02)
    assert page.evaluate(PIXELS, "curves") != means
    box = page.locator(".nu-rdm").first.bounding_box()
    page.locator(".nu-rdm").first.click(position={"x": 5.5 / 6 * box["width"], "y": 2.5 / 6 * box["height"]})
    assert [choice.input_value() for choice in (first, second)] == ["c", "f"]
    assert page.locator(".nu-readout").text_content().startswith("c – f: ")


@pytest.mark.slow
def test_the_law_can_be_taken_away(opened):
    page = opened()
    page.get_by_role("slider").fill("6")
    before = page.evaluate(PIXELS, "rdm")
    page.get_by_label("the law too").uncheck()
    assert page.evaluate(PIXELS, "rdm") != before


def test_tables_are_sorted_and_copied(opened):
    page = opened(permissions=["clipboard-read", "clipboard-write"])
    table = page.locator("table.sortable").nth(1)
    rows = "table => [...table.tBodies[0].rows].map(row => row.cells[0].textContent)"
    head = table.locator("th").nth(1)
    head.click()
    assert table.evaluate(rows) == ["b", "a", "c"]
    head.press("Enter")
    assert table.evaluate(rows) == ["a", "b", "c"]
    assert head.get_attribute("aria-sort") == "ascending"
    page.get_by_role("button", name="Copy as CSV").first.click()
    page.get_by_role("button", name="Copied").wait_for()
    copied = list(csv.reader(io.StringIO(page.evaluate("navigator.clipboard.readText()"))))
    assert copied[0] == [f"column {n} of many" for n in range(14)]
    assert copied[1][:4] == [LONG, "0", "1", "2"]
    assert [float(cell) for cell in copied[1][6:]] == [0.1 * n for n in range(8)]
    page.get_by_role("button", name="Copy", exact=True).click()
    page.get_by_role("button", name="Copied").nth(1).wait_for()
    assert page.evaluate("navigator.clipboard.readText()").startswith("neurouniv compare")


@pytest.mark.slow
def test_where_copying_is_refused_the_text_is_there_to_be_copied(opened):
    page = opened()
    page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(new Error('refused')); }")
    page.get_by_role("button", name="Copy as CSV").first.click()
    area = page.get_by_label("The text to copy")
    assert area.input_value().startswith("column 0 of many,")
    assert area.evaluate("area => area.selectionEnd - area.selectionStart") == len(area.input_value())


@pytest.mark.slow
def test_figures_are_kept_as_svg_and_pdf(opened):
    page = opened()
    for kind, start in (("SVG", b"<?xml"), ("PDF", b"%PDF")):
        with page.expect_download() as download:
            page.get_by_role("link", name=kind, exact=True).first.click()
        assert download.value.suggested_filename == f"s1-the-answer-figure-1.{kind.lower()}"
        assert download.value.path().read_bytes().startswith(start)


def test_without_scripts_there_is_a_still_and_no_dead_button(opened):
    page = opened(PHONE, java_script_enabled=False)
    assert page.locator("figure.still img").is_visible()
    assert [button for button in page.get_by_role("button").all() if button.is_visible()] == []
    assert page.locator(".table.wide .hint").first.is_visible()


def test_in_a_notebook_the_same_script_follows_the_model_and_tells_it(browser, movies):
    page = browser.new_page(viewport={"width": 700, "height": 800})  # where squares are as wide as a bare canvas, 300
    page.set_content(f"<style>{look()}</style><div id='cell' style='background: #111; color: #eee'></div>")
    setup = """async ([code, data]) => {
      const listeners = {};
      window.state = { data, step: 3 };
      window.model = {
        get: name => state[name], set: (name, value) => { state[name] = value; },
        save_changes: () => { window.saved = true; },
        on: (event, act) => { listeners[event] = act; }, off: event => { delete listeners[event]; },
      };
      window.listeners = listeners;
      const module = await import(URL.createObjectURL(new Blob([code], { type: "text/javascript" })));
      window.end = module.default.render({ model, el: document.getElementById("cell") });
    }"""
    page.evaluate(setup, [script(), {**player_of(movies).data, "notes": ["A note."]}])
    assert page.get_by_role("slider").input_value() == "3"
    assert page.get_by_text("A note.").is_visible()
    sides = page.evaluate("[...document.querySelectorAll('.nu-rdm')].map(one => [one.clientWidth, one.clientHeight])")
    assert sides == [[300, 300], [300, 300]]
    page.get_by_role("slider").fill("5")
    assert page.evaluate("[state.step, window.saved]") == [5, True]
    page.evaluate("state.step = 7; listeners['change:step']()")
    assert page.get_by_role("slider").input_value() == "7"
    page.evaluate("end()")
    assert page.evaluate("[Object.keys(listeners).length, document.querySelectorAll('canvas').length]") == [0, 0]
    page.close()
