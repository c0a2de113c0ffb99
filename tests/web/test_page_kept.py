"""The page keeps work: libraries come and go, a place is bookmarked, sounds are marked, collected and exported."""

import shutil

import pytest

from benchmarks.web.driving import ServedMenura, opened, until
from page_tools import complaints


@pytest.fixture(scope="module")
def server(synthetic_library, tmp_path_factory):
    pytest.importorskip("uvicorn", reason='no web extra here: pip install -e ".[web]"')
    place = tmp_path_factory.mktemp("kept")
    for name in ("lasers", "bells"):
        shutil.copytree(synthetic_library / name, place / name)
    server = ServedMenura([place / "lasers", place / "bells"], place / "home").start()
    server.place = place
    yield server
    server.kill()


@pytest.fixture
def page(chromium, server):
    with opened(chromium, server, expected=("422", "404")) as page:
        yield page


def settled(page, change):
    with page.expect_response(lambda answer: "/search?" in answer.url):
        change()
    page.wait_for_selector(".grid:not(.stale)", state="attached")


def names(page):
    return page.eval_on_selector_all(".row .name b", "all => all.map(one => one.textContent)")


def looked_at(page, axe, pictures, name):
    """The state in two themes and three widths, each with a picture."""
    for width, scheme in pictures.looks((1440, 1024, 360)):
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size({"width": width, "height": 800})
        page.wait_for_timeout(250)
        pictures.take(page, f"page-{name}-{scheme}-{width}.png")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        if width != 1024:
            assert complaints(page, axe) == []
    page.set_viewport_size({"width": 1280, "height": 800})


def test_a_folder_is_added_searched_with_the_others_and_removed(page, server, synthetic_library, axe, pictures):
    shutil.copytree(synthetic_library / "barks", server.place / "barks")
    page.click(".library-state")
    page.fill("[aria-label='Whole path of a folder']", str(server.place / "none"))
    page.keyboard.press("Enter")
    page.wait_for_selector("dialog[open] .fault:has-text('no such folder')")
    page.fill("[aria-label='Whole path of a folder']", str(server.place / "barks"))
    page.keyboard.press("Enter")
    page.wait_for_selector(".library-state:has-text('5 sounds')")
    looked_at(page, axe, pictures, "libraries")
    page.keyboard.press("Escape")
    until(page, "[...document.querySelectorAll('.row b')].some(one => one.textContent.startsWith('bark'))")
    settled(page, lambda: page.select_option("[aria-label=Library]", "all"))
    until(page, "document.querySelector('.tally').textContent.startsWith('15 sounds')")
    assert page.locator(".row .folder").first.inner_text().split("\n")[-1] == "lasers"  # after its likely kinds
    looked_at(page, axe, pictures, "all-libraries")
    page.select_option("[aria-label=Library]", label="Some of them …")
    settled(page, lambda: page.get_by_label("Searched: lasers").uncheck())
    looked_at(page, axe, pictures, "some-libraries")
    page.keyboard.press("Escape")
    until(page, "document.querySelector('.tally').textContent.startsWith('10 sounds')")
    assert {name[:4] for name in names(page)} == {"bark", "bell"}
    assert page.locator("[aria-label=Library] option:checked").inner_text() == "2 of 3 libraries"
    assert page.locator("[aria-label=Folder] option").count() == 1  # both have their sounds at the top
    page.reload()
    until(page, "document.querySelector('.tally').textContent.startsWith('10 sounds')")
    page.click(".library-state")
    settled(page, lambda: page.get_by_label("Searched: barks").uncheck())
    assert page.get_by_label("Searched: bells").is_disabled()  # one at least is searched
    assert page.locator("[aria-label=Library] option:checked").inner_text() == "bells"
    for name in ("lasers", "barks"):
        settled(page, lambda name=name: page.get_by_label(f"Searched: {name}").check())
    assert page.locator("[aria-label=Library] option:checked").inner_text() == "All libraries"
    page.click("[aria-label='Remove …: barks']")
    page.click(".confirm >> text='Remove, and delete its index'")
    page.wait_for_selector(".library-state:has-text('10 sounds in 2 libraries')")
    assert (server.place / "barks/bark_01.wav").is_file()


def test_a_folder_that_is_absent_is_marked_and_comes_back(page, server):
    bells, away = server.place / "bells", server.place / "away"
    bells.rename(away)
    try:
        page.reload()
        page.wait_for_selector("option:has-text('bells (absent)')", state="attached")
        settled(page, lambda: page.select_option("[aria-label=Library]", label="bells (absent)"))
        page.wait_for_selector(".empty:has-text('connect that')")
        page.click(".library-state")
        page.click("[aria-label='Look again: bells']")
        page.wait_for_selector("dialog[open] .fault[role=alert]:has-text('no such folder')")
    finally:
        away.rename(bells)
    page.click("[aria-label='Look again: bells']")
    page.keyboard.press("Escape")
    page.wait_for_selector(".row b:has-text('bell_01')")


def test_a_place_survives_a_reload_and_is_a_bookmark(page, server):
    assert page.url == f"{server.url}/"
    settled(page, lambda: page.select_option("[aria-label=Library]", label="bells"))
    settled(page, lambda: page.fill("[type=search]", "bell 0"))
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    chosen = page.locator(".row.current b").inner_text()
    bookmark = page.url
    page.reload()
    page.wait_for_selector(f".row.current b:has-text('{chosen}')")
    assert page.locator("[type=search]").input_value() == "bell 0"
    assert page.locator("[aria-label=Library] option:checked").inner_text() == "bells"
    assert page.url == bookmark
    page.goto(server.url)
    page.wait_for_selector(".row b:has-text('laser')")
    page.goto(bookmark)  # in the same tab, which is not loaded anew for it
    page.wait_for_selector(f".row.current b:has-text('{chosen}')")


def test_all_libraries_are_searched_by_length_and_what_is_not_meant_is_hidden(page, server):
    settled(page, lambda: page.select_option("[aria-label=Library]", "all"))
    until(page, "document.querySelectorAll('.row').length === 10")
    settled(page, lambda: page.select_option("[aria-label=Length]", "shorter"))
    short = names(page)
    assert 0 < len(short) < 10 and "shorter=1" in page.url
    page.reload()
    until(page, f"document.querySelectorAll('.row').length === {len(short)}")
    assert page.locator("[aria-label=Length] option:checked").inner_text() == "Shorter than"
    settled(page, lambda: page.select_option("[aria-label=Length]", "any"))
    page.locator(".row .name").nth(0).click()
    settled(page, lambda: page.keyboard.press("n"))
    until(page, "document.querySelector('.tally').textContent.endsWith('9 sounds, 1 hidden')")
    settled(page, lambda: page.keyboard.press("l"))  # the next has taken its place
    until(page, "document.querySelector('.row .score .figure') !== null")
    assert page.locator(".chips .chip").count() == 2
    assert len(names(page)) == 9


def test_a_map_is_of_one_library(page, server):
    page.keyboard.press("m")
    page.wait_for_selector("#map .map-state", state="attached")
    settled(page, lambda: page.select_option("[aria-label=Library]", "all"))
    page.wait_for_selector(".toast.shown:has-text('A map is of one library: choose one')")
    assert page.locator("#map").is_hidden()
    page.click("button:has-text('Map')")
    page.wait_for_selector(".toast.shown:has-text('A map is of one library')")
    assert page.locator("#map").is_hidden()


def test_marked_sounds_are_collected_shown_and_exported(page, server, axe, pictures):
    first = page.locator(".row b").first.inner_text()
    page.locator(".row .name").nth(0).click()
    page.locator(".row .name").nth(2).click(modifiers=["Shift"])
    page.locator(".row .name").nth(1).click(modifiers=["Control"])
    assert page.locator(".marked-bar [role=status]").inner_text() == "2 sounds marked"
    page.keyboard.press("Shift+ArrowDown")
    assert page.locator(".row.marked").count() == 3
    page.keyboard.press("x")
    page.keyboard.press("x")
    assert page.locator("[aria-multiselectable=true] [aria-selected=true]").count() == 3
    looked_at(page, axe, pictures, "marked")
    page.keyboard.press("p")
    page.fill("[aria-label='Name of a new collection']", "Film")
    page.keyboard.press("Enter")
    page.wait_for_selector("dialog[open] [role=status]:has-text('Put into Film: 3 sounds')")
    page.click("[aria-label='Export: Film']")
    looked_at(page, axe, pictures, "collections")
    out = server.place / "out"
    out.mkdir()
    page.fill(".confirm [aria-label='Whole path of a folder']", str(server.place / "nowhere"))
    page.keyboard.press("Enter")
    page.wait_for_selector("dialog[open] .fault:has-text('no such folder')")
    page.fill(".confirm [aria-label='Whole path of a folder']", str(out))
    page.keyboard.press("Enter")
    page.wait_for_selector("dialog[open] [role=status]:has-text('3 sounds and a table are in')")
    assert len(list((out / "Film").glob("*.wav"))) == 3
    settled(page, lambda: page.click("[aria-label='Show: Film']"))
    assert len(names(page)) == 3 and first in names(page)
    page.reload()
    page.wait_for_selector(".kept .on:has-text('Only in Film')")
    assert len(names(page)) == 3
    page.keyboard.press("p")
    page.click("[aria-label='Delete: Film']")
    settled(page, lambda: page.click("dialog[open] >> text='Delete it'"))
    until(page, "document.querySelectorAll('.row').length === 5")


def test_a_sound_at_random_is_played_and_remembered_for_this_tab(page):
    page.keyboard.press("g")
    page.wait_for_selector(".toast.shown:has-text('At random')")
    name = page.locator(".row.current b").inner_text()
    assert page.locator(".row.current").get_attribute("aria-rowindex") == "1"
    assert sorted(names(page)) == [f"laser_0{n}.wav" for n in range(1, 6)]
    page.reload()
    page.wait_for_selector(".row.drawn")
    page.click("text='Played last'")
    page.click(f".played button:has-text('{name}')")
    page.wait_for_selector(f".row.current b:has-text('{name}')")
