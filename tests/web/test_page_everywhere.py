"""Every state of the page in Chromium and in Firefox: light and dark, wide to narrow, and for those who listen."""

import io
from contextlib import suppress

import numpy as np
import pytest
import soundfile
from playwright.sync_api import TimeoutError  # noqa: A004

from benchmarks.web.driving import VOICE_HZ, opened, until
from page_tools import IMITATED, SETTLED, complaints, drop

WIDTHS = (1440, 1024, 360)
READ_BY_AXE = {(1440, "light"), (1440, "dark"), (360, "light")}
PASSING = ("422", "NetworkError", "ERR_FAILED", "Failed to load")
PLAYWRIGHTS = "blocked an inline style"  # with which it prepares a picture; Firefox counts it as the page's own
DRESS = """scheme => {
  document.documentElement.dataset.theme = scheme;
  window.dispatchEvent(new Event('menura:theme'));
}"""
# Parts of the page that stand one below or beside another: none may cover another or leave the window.
COVERED = """() => {
  const parts = '.top #recorder .fields .kinds .tools .map-bar .map-stage .scale .grid .details'.split(' ');
  const seen = parts.map(name => [name, document.querySelector(name)])
    .filter(([, one]) => one?.checkVisibility() && getComputedStyle(one).position !== 'fixed')
    .map(([name, one]) => [name, one.getBoundingClientRect()])
    .filter(([, box]) => box.width > 0 && box.height > 0);
  const common = (a, b, from, to) => Math.min(a[to], b[to]) - Math.max(a[from], b[from]);
  const over = ([, a], [, b]) => common(a, b, 'left', 'right') > 9 && common(a, b, 'top', 'bottom') > 1;
  const pairs = seen.flatMap((a, i) => seen.slice(i + 1).map(b => [a, b]));
  return pairs.filter(([a, b]) => over(a, b)).map(([a, b]) => `${a[0]} and ${b[0]}`);
}"""
WHOLE_ROWS = """() => {
  const {top, bottom} = document.querySelector('.grid').getBoundingClientRect();
  const boxes = [...document.querySelectorAll('.grid .row')].map(one => one.getBoundingClientRect());
  return boxes.filter(box => box.top >= top - 1 && box.bottom <= Math.min(bottom, innerHeight) + 1).length;
}"""
HEAR_OUT = """() => {
  window.spoken = [];
  const line = document.getElementById('spoken');
  const hear = () => window.spoken.push(line.textContent);
  new MutationObserver(hear).observe(line, {childList: true, characterData: true, subtree: true});
}"""


@pytest.fixture(scope="module", params=["chromium", "firefox"])
def browser(request):
    """A browser with a microphone: in Chromium it hears an imitation, in Firefox a hum."""
    return request.getfixturevalue({"chromium": "hearing", "firefox": "firefox"}[request.param])


@pytest.fixture
def page(browser, served_menura):
    passing = (*PASSING, PLAYWRIGHTS) if is_firefox(browser) else PASSING
    with opened(browser, served_menura, expected=passing) as page:
        yield page


def is_firefox(browser):
    return browser.browser_type.name == "firefox"


@pytest.fixture(scope="module")
def bark(synthetic_library):
    return (synthetic_library / IMITATED).read_bytes()


@pytest.fixture(scope="module")
def room():
    stream = io.BytesIO()
    noise = 0.001 * np.random.default_rng(0).standard_normal(2 * VOICE_HZ)
    soundfile.write(stream, noise, VOICE_HZ, format="WAV")
    return stream.getvalue()


def ask(page, sound):
    """Searches for a sound, and waits for what is found."""
    drop(page, "mine.wav", sound)
    page.wait_for_selector(".row .figure")
    page.wait_for_selector(".cut")
    page.wait_for_selector(".grid:not(.stale)")


def open_map(page):
    page.keyboard.press("m")
    page.wait_for_selector(".map-stage[data-points='60']", timeout=300_000)


def nothing_found(page):
    page.fill("[type=search]", "no such name")
    page.wait_for_selector(".empty:visible")


def recording(page):
    """Begins to record, where it has not begun or has ended by itself."""
    for _ in range(8):  # it may end just when one looks
        if page.locator(".record.on").count() == 0:
            page.keyboard.press("r")
        with suppress(TimeoutError):
            page.wait_for_selector(".record.on", timeout=5_000)
            return
    pytest.fail("no recording begins")


def why_computing(page):
    page.route("**/explain?*", lambda _: None)  # never answered
    page.keyboard.press("w")
    page.wait_for_selector(".why .waiting")


def why_shown(page):
    page.keyboard.press("w")
    page.wait_for_selector(".why .sentence", timeout=300_000)


def kinds(page):
    page.wait_for_selector(".kind-chip")
    if page.locator(".kinds .plain").count():
        page.click(".kinds .plain")
    page.locator(".kind-chip").first.click()
    page.wait_for_selector(".kind-chip[aria-pressed=true]")


def hidden(page):
    page.keyboard.press("n")
    until(page, "document.querySelector('.tally').textContent.endsWith('1 hidden')")


def marked(page):
    page.keyboard.press("Control+a")
    page.wait_for_selector(".marked-bar:visible")


def map_and_details(page):
    open_map(page)
    page.keyboard.press("Enter")
    page.wait_for_selector("#details .plot")


def collections(page):
    page.keyboard.press("p")
    page.wait_for_selector("dialog[open] h2:has-text('Collections')")


def folders(page):
    page.click(".library-state")
    page.wait_for_selector("dialog[open] h2:has-text('Libraries')")


def helped(page):
    page.keyboard.press("?")
    page.wait_for_selector("dialog[open] .network")


def played(page):
    page.click("text='Played last'")
    page.wait_for_selector("dialog[open] .played")


def lost(page):
    page.route("**/api/**", lambda route: route.abort())
    page.keyboard.press("f")
    page.wait_for_selector("#banner:visible")


# Of a page that has just been opened, and of one that shows what is like a sound.
FRESH = {"listing": lambda page: None, "nothing": nothing_found, "recording": recording, "map": open_map, "lost": lost}
ASKED = {
    "results": lambda page: None, "why-computing": why_computing, "why": why_shown, "kinds": kinds, "hidden": hidden,
    "marked": marked, "map-details": map_and_details, "collections": collections, "folders": folders, "help": helped,
    "played": played,
}  # fmt: skip


def look_at(page, axe, pictures, name):
    """The state in each width and theme: a picture, nothing covered, and nothing serious that axe finds."""
    browser = page.context.browser
    for width, scheme in pictures.looks(WIDTHS):
        if is_firefox(browser) and (width, scheme) == (1440, "light"):  # what differs there is a matter of width
            continue
        page.set_viewport_size({"width": width, "height": 800})
        page.evaluate(DRESS, scheme)
        if name == "recording":
            recording(page)
        page.wait_for_timeout(250)
        page.wait_for_selector("#toast", state="hidden")  # it goes by itself, and axe would see it fade
        page.evaluate(SETTLED)
        pictures.take(page, f"{browser.browser_type.name}-{name}-{width}-{scheme}.png")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.evaluate(COVERED) == [], (width, scheme)
        if (width, scheme) in READ_BY_AXE and not is_firefox(browser):
            assert complaints(page, axe) == [], (width, scheme)


@pytest.mark.slow
@pytest.mark.parametrize("state", FRESH)
def test_a_state_of_a_page_that_was_just_opened(page, axe, pictures, state):
    FRESH[state](page)
    look_at(page, axe, pictures, state)


@pytest.mark.slow
@pytest.mark.parametrize("state", ASKED)
def test_a_state_of_a_page_with_a_take(page, bark, axe, pictures, state):
    ask(page, bark)
    ASKED[state](page)
    look_at(page, axe, pictures, state)


@pytest.mark.slow
def test_a_take_of_noise(page, room, axe, pictures):
    drop(page, "room.wav", room)
    page.wait_for_selector(".hint .fault")
    look_at(page, axe, pictures, "noise")


def test_the_list_keeps_rows_with_kinds_lists_map_and_details_open(page, bark):
    page.set_viewport_size({"width": 1024, "height": 800})
    ask(page, bark)
    open_map(page)
    page.wait_for_timeout(300)
    assert page.locator(".kinds").is_visible()
    assert page.evaluate(WHOLE_ROWS) >= 7
    page.keyboard.press("Enter")
    page.wait_for_selector("#details .plot")
    page.wait_for_timeout(300)
    assert page.evaluate(WHOLE_ROWS) >= 3


def test_on_a_telephone_the_recorder_shrinks_after_a_take(page, bark):
    page.set_viewport_size({"width": 360, "height": 740})
    before = page.locator("#recorder").bounding_box()["height"]
    ask(page, bark)
    after = page.locator("#recorder").bounding_box()["height"]
    assert after < 0.8 * before
    assert page.locator(".row").first.bounding_box()["y"] < 500
    assert page.get_by_role("button", name="Record again").is_visible()


def test_the_start_the_end_and_the_best_match_are_read_out(page):
    page.evaluate(HEAR_OUT)
    recording(page)
    if is_firefox(page.context.browser):  # its hum does not end
        page.wait_for_timeout(1_500)
        page.keyboard.press("r")
    page.wait_for_selector(".row .figure")
    until(page, "window.spoken.length === 3")
    first = page.locator(".row .name b").first.inner_text()
    began, ended, best = page.evaluate("window.spoken")
    assert (began, ended) == ("Recording", "Recording ended")
    assert first in best
    assert best.endswith(", of 60 sounds")
    assert page.locator("#spoken").get_attribute("role") == "status"


def test_a_row_says_its_name_once_and_each_cell_what_it_is(page, bark):
    ask(page, bark)
    row = page.locator(".row").first
    name = row.locator("b").inner_text()
    assert row.get_attribute("aria-label").count(name) == 1
    assert row.get_attribute("aria-label").startswith(f"{name}, ")
    cells = row.locator("[role=gridcell]:not(.name)").all()
    told = [cell.get_attribute("aria-label") or cell.locator(".unseen").text_content() for cell in cells]
    assert told == ["Listen", "Waveform and spectrogram", "Length: ", "Likeness: ", "What to do with it"]
    buttons = [button.get_attribute("aria-label") for button in row.locator("button[aria-label]").all()]
    assert not any(name in label for label in buttons)


def test_takes_survive_a_reload_only_where_that_is_wanted_and_one_click_forgets_them(page, bark):
    ask(page, bark)
    names = page.locator(".row .name b").all_inner_texts()
    page.reload()
    page.wait_for_selector(".row.drawn")
    assert page.locator(".take").count() == 0  # nobody asked for it
    assert page.evaluate("indexedDB.databases().then(all => all.length)") == 0
    ask(page, bark)
    page.click("text='Keep takes'")
    until(page, "localStorage['menura.takes'] === 'true'")
    page.wait_for_timeout(500)
    page.reload()
    page.wait_for_selector(".row .figure")
    assert page.locator(".take[aria-pressed=true]").count() == 1
    assert page.locator(".hint").inner_text().startswith("mine.wav: ")
    again = page.locator(".row .name b").all_inner_texts()  # a row more or less is drawn below the edge
    n_both = min(len(again), len(names))
    assert n_both > 8
    assert again[:n_both] == names[:n_both]
    page.click("[aria-label='Put the take away']")  # it stays in the list
    until(page, "document.querySelectorAll('.row .figure').length === 0")
    page.wait_for_timeout(500)
    page.reload()
    page.wait_for_selector(".take[aria-pressed=false]")
    assert page.locator(".row .figure").count() == 0
    page.click("text='Keep takes'")
    until(page, "localStorage['menura.takes'] === undefined")
    page.wait_for_timeout(300)
    assert page.evaluate("indexedDB.databases().then(all => all.length)") == 0
    page.reload()
    page.wait_for_selector(".row.drawn")
    assert page.locator(".take").count() == 0
