"""The map on the page: opened, rested on, chosen from, narrowed by a box, with a pointer and with keys alone."""

import io

import numpy as np
import pytest
from matplotlib.image import imread

from benchmarks.web.driving import ServedMenura, opened, record, until
from bundles import write_sound
from page_tools import complaints

STAGE = ".map-stage"


@pytest.fixture
def page(hearing, served_menura):
    with opened(hearing, served_menura) as page:
        yield page


def open_map(page, n_points: int = 60):
    page.keyboard.press("m")
    page.wait_for_selector(f"{STAGE}[data-points='{n_points}']", timeout=300_000)
    page.wait_for_selector(".map-state:empty", state="attached")


def coloured(page):
    """How many pixels of the map are neither the ground nor grey."""
    seen = imread(io.BytesIO(page.locator(STAGE).screenshot()))[..., :3]
    return int((np.ptp(seen, axis=2) > 0.15).sum())


def names(page):
    return page.eval_on_selector_all(".grid .row .name b", "all => all.map(one => one.textContent)")


def settled(page, change):
    with page.expect_response(lambda answer: "/search?" in answer.url):
        change()
    page.wait_for_selector(".grid:not(.stale)", state="attached")


def stage(page):
    return page.locator(STAGE).bounding_box()


def rest_on_a_point(page):
    """Moves over the map until the pointer rests on a point; where that is, and what it is called."""
    box = stage(page)
    for row in range(3, 20):
        for column in range(3, 40):
            at = box["x"] + box["width"] * column / 42, box["y"] + box["height"] * row / 22
            page.mouse.move(*at)
            if page.locator(".map-ring:not(.chosen)").is_visible():
                page.wait_for_selector(".map-label:not([hidden]) b")
                return at, page.locator(".map-label b").inner_text()
    raise AssertionError("no point under the pointer anywhere")


def test_it_is_made_when_it_is_first_opened_and_tells_its_colours(page, axe, pictures):
    loaded = "performance.getEntriesByType('resource').filter(one => one.name.includes('/map.')).length"
    assert page.evaluate(loaded) == 0  # what draws it is not loaded before
    open_map(page)
    assert page.locator(".map-legend li").all_inner_texts()[-1] == "not sure"  # by likely kind at first
    page.select_option(".map-by select", "folder")
    page.wait_for_selector(".map-legend li:has-text('barks')")
    legend = page.locator(".map-legend li").all_inner_texts()
    assert len(legend) == 11  # of twelve folders, the last two are grey
    assert "barks" in legend
    assert legend[-1] == "2 more"
    page.wait_for_timeout(300)
    assert coloured(page) > 60 * 8
    pictures.take(page, "page-map.png")
    assert complaints(page, axe) == []
    page.keyboard.press("m")
    assert page.locator("#map").is_hidden()


def test_resting_tells_the_name_and_plays(page):
    open_map(page)
    _, name = rest_on_a_point(page)
    assert name.endswith(".wav")
    until(page, "[...document.querySelectorAll('audio')].some(one => !one.paused)")
    page.mouse.move(5, 5)
    until(page, "[...document.querySelectorAll('audio')].every(one => one.paused)")
    assert page.locator(".map-label").is_hidden()
    page.click("text='Played last'")
    assert page.locator(".played").inner_text() == "Nothing was played yet."  # what is heard in passing is no choice
    page.keyboard.press("Escape")
    page.click("text=Play on hover")
    assert page.locator("text=Play on hover").get_attribute("aria-pressed") == "false"
    rest_on_a_point(page)
    page.wait_for_timeout(300)
    assert page.evaluate("[...document.querySelectorAll('audio')].every(one => one.paused)")
    page.reload()
    page.wait_for_selector(".row.drawn")
    open_map(page)
    assert page.locator("text=Play on hover").get_attribute("aria-pressed") == "false"  # it is remembered


def test_a_click_selects_the_row_of_the_list_or_shows_one(page, axe, pictures):
    open_map(page)
    at, name = rest_on_a_point(page)
    page.mouse.click(*at)
    page.wait_for_selector(".map-ring.chosen:visible")
    shown = page.locator(".row[aria-selected=true] .name b")
    assert shown.inner_text() == name
    until(page, "document.querySelector('.row.playing') !== null")
    settled(page, lambda: page.fill("[type=search]", "no such name"))
    page.mouse.move(5, 5)
    at, name = rest_on_a_point(page)  # the kinds above the map are gone with the sounds
    page.mouse.click(*at)
    page.wait_for_selector(".map-card .row.drawn")
    assert page.locator(".map-card .name b").inner_text() == name
    page.wait_for_timeout(200)
    pictures.take(page, "page-map-card.png")
    assert complaints(page, axe) == []
    page.locator(".map-card").get_by_label("Favourite").click()
    page.wait_for_selector(".map-card [aria-label=Favourite][aria-pressed=true]")
    page.locator(".map-card").get_by_label("Favourite").click()
    page.wait_for_selector(".map-card [aria-label=Favourite][aria-pressed=false]")
    page.locator(STAGE).focus()
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    page.wait_for_selector(".map-card", state="hidden")


def test_a_box_narrows_the_list_until_it_is_taken_away(page, axe, pictures):
    open_map(page)
    box = stage(page)
    page.mouse.move(box["x"] + 5, box["y"] + 5)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] - 5, steps=6)
    assert page.locator(".map-band").is_visible()
    settled(page, page.mouse.up)
    inside = int(page.locator(".tally").inner_text().split()[0])
    assert 0 < inside < 60
    assert len(names(page)) <= inside
    page.wait_for_timeout(200)
    pictures.take(page, "page-map-box.png")
    assert complaints(page, axe) == []
    settled(page, lambda: page.click("text=Search everywhere again"))
    assert page.locator(".tally").inner_text() == "60 sounds"
    assert page.locator(".map-band").is_hidden()
    # Closing the map takes a box away, too.
    page.locator(STAGE).focus()
    for _ in range(3):
        page.keyboard.press("+")
    settled(page, lambda: page.click("text=Only what is in view"))
    assert int(page.locator(".tally").inner_text().split()[0]) < 60
    settled(page, lambda: page.keyboard.press("m"))
    assert page.locator(".tally").inner_text() == "60 sounds"


def test_the_wheel_goes_nearer_and_shift_moves(page):
    open_map(page)
    page.wait_for_timeout(200)
    at, _ = rest_on_a_point(page)
    transform = "document.querySelector('.map-ring:not(.chosen)').getBoundingClientRect().x"
    before = page.evaluate(transform)
    page.mouse.wheel(0, -500)
    page.wait_for_timeout(100)
    near = page.evaluate(transform)
    assert abs(near - before) < 30  # what is under the pointer stays there
    page.keyboard.down("Shift")
    page.mouse.move(at[0] + 2, at[1] + 2)
    page.mouse.down()
    page.mouse.move(at[0] + 102, at[1] + 2, steps=4)
    page.mouse.up()
    page.keyboard.up("Shift")
    page.wait_for_timeout(100)
    assert page.locator(".tally").inner_text() == "60 sounds"  # no box was drawn
    page.click("[aria-label='The whole map']")


def test_with_keys_alone(page):
    open_map(page)
    page.locator(STAGE).focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_selector(".map-label:not([hidden]) b")
    seen = {page.locator(".map-label b").inner_text()}
    for key in ("ArrowRight", "ArrowUp", "ArrowLeft", "ArrowDown"):
        page.keyboard.press(key)
        page.wait_for_timeout(400)
        seen.add(page.locator(".map-label b").inner_text())
    assert len(seen) > 2
    name = page.locator(".map-label b").inner_text()
    page.keyboard.press("Enter")
    page.wait_for_selector(".row[aria-selected=true]")
    assert page.locator(".row[aria-selected=true] .name b").inner_text() == name


def test_what_was_found_is_lit(page, pictures):
    open_map(page)
    assert page.locator(STAGE).get_attribute("data-lit") == "0"
    record(page)
    page.wait_for_selector(f"{STAGE}:not([data-lit='0'])")
    page.wait_for_timeout(300)
    pictures.take(page, "page-map-lit.png")


@pytest.mark.parametrize("look", [(1440, "light"), (1024, "dark"), (360, "light")])
def test_at_every_width_light_and_dark(hearing, served_menura, axe, pictures, look):
    width, scheme = look
    with opened(hearing, served_menura, color_scheme=scheme) as page:
        page.set_viewport_size({"width": width, "height": 800})
        open_map(page)
        record(page)
        page.wait_for_selector(".row.drawn")
        page.wait_for_timeout(300)
        pictures.take(page, f"page-map-{width}-{scheme}.png")
        assert page.evaluate("document.documentElement.scrollWidth") == width
        assert complaints(page, axe) == []


def test_a_library_that_is_empty_or_has_one_sound(chromium, tmp_path):
    for name in ("one", "none"):
        (tmp_path / name).mkdir()
    write_sound(tmp_path / "one" / "only.wav")
    server = ServedMenura([tmp_path / "one", tmp_path / "none"], tmp_path / "home").start()
    try:
        with opened(chromium, server) as page:
            open_map(page, 1)
            page.locator(STAGE).focus()
            page.keyboard.press("ArrowRight")
            page.wait_for_selector(".map-label b:has-text('only.wav')")
            page.select_option("[aria-label=Library]", label="none")
            page.wait_for_selector(f"{STAGE}[data-points='0']")
            page.wait_for_selector(".map-state:has-text('No sounds here yet.')")
    finally:
        server.kill()


def test_without_the_extra_it_says_what_to_install(hearing, served_menura, pictures):
    with opened(hearing, served_menura, expected=("422",)) as page:
        page.route("**/map", lambda route: route.fulfill(json=STATE_WITHOUT_EXTRA))
        page.keyboard.press("m")
        page.wait_for_selector(".map-state:has-text('pip install')")
        assert 'pip install "menura[map]"' in page.locator(".map-state").inner_text()
        assert page.locator(".map-state button").count() == 0


STATE_WITHOUT_EXTRA = {
    "made": False,
    "stale": True,
    "sounds": 60,
    "placed": 0,
    "colours": ["kind", "folder"],
    "progress": None,
    "error": None,
    "advice": 'a map is laid out by openTSNE, which is not installed: pip install "menura[map]"',
}


def test_a_making_tells_how_long_it_takes_and_is_stopped(hearing, served_menura):
    making = {"progress": {"done": 10, "total": 750, "seconds_left": 125.0}, "advice": None}
    calls = []
    with opened(hearing, served_menura) as page:
        page.route("**/map", lambda route: route.fulfill(json=STATE_WITHOUT_EXTRA | making | states(calls)))
        page.route("**/map/making", lambda route: (calls.append(route.request.method), route.fulfill(status=204)))
        page.keyboard.press("m")
        page.wait_for_selector(".map-state:has-text('about 2 min left')")
        page.click(".map-state >> text=Stop")
        page.wait_for_selector(".map-state:has-text('There is no map yet.')")
        assert calls == ["DELETE"]
        assert page.locator("text=Make the map").is_visible()


def states(calls):
    return {"progress": None} if calls else {}
