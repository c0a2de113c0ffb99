"""The page when something is amiss: the microphone, a file, the server. And its libraries."""

import numpy as np
import pytest
import soundfile

from benchmarks.web.driving import PATIENCE_MS, VOICE_HZ, ServedMenura, hearing_browser, opened, record, until
from page_tools import IMITATED, complaints

DROP = """([name, bytes]) => {
  const data = new DataTransfer();
  data.items.add(new File([new Uint8Array(bytes)], name));
  const event = (type) => new DragEvent(type, {dataTransfer: data, bubbles: true, cancelable: true});
  document.querySelector('main').dispatchEvent(event('dragover'));
  document.querySelector('main').dispatchEvent(event('drop'));
}"""


@pytest.fixture
def page(hearing, served_menura):
    with opened(hearing, served_menura) as page:
        yield page


def drop(page, name, content):
    page.evaluate(DROP, [name, list(content)])


def fault(page):
    page.keyboard.press("r")
    page.wait_for_selector(".hint .fault")
    return page.locator(".hint .fault").inner_text()


@pytest.fixture(scope="module")
def deaf(playwright, tmp_path_factory):
    """A browser whose microphone is muted, and that gives it only to pages that are allowed to have it."""
    path = tmp_path_factory.mktemp("silence") / "silence.wav"
    soundfile.write(path, np.zeros(VOICE_HZ * 12), VOICE_HZ)
    browser = hearing_browser(playwright, path, asks=True)
    yield browser
    browser.close()


def test_a_microphone_that_is_denied(deaf, served_menura, axe, pictures):
    with opened(deaf, served_menura) as page:
        words = fault(page)
        assert "not allowed" in words
        assert "drop a sound file" in words
        page.screenshot(path=pictures / "page-denied.png")
        assert complaints(page, axe) == []


def test_a_microphone_that_is_not_there(chromium, served_menura):
    with opened(chromium, served_menura, permissions=["microphone"]) as page:
        assert "No microphone was found. Plug one in" in fault(page)


def test_a_microphone_that_gives_silence(deaf, served_menura, axe, pictures):
    with opened(deaf, served_menura, permissions=["microphone"]) as page:
        page.keyboard.press("r")
        page.wait_for_selector(".hint:has-text('Is the microphone muted?')")
        assert "gave only silence" in fault(page)
        assert page.locator(".take").count() == 0
        page.screenshot(path=pictures / "page-silent.png")
        assert complaints(page, axe) == []


def test_a_recording_is_given_up(page):
    page.keyboard.press("r")
    page.wait_for_selector(".record.on")
    page.keyboard.press("Escape")
    page.wait_for_selector(".record:not(.on)")
    page.wait_for_timeout(300)
    assert page.locator(".take").count() == 0


def test_a_file_is_dropped(page, synthetic_library):
    drop(page, "my bark.wav", (synthetic_library / IMITATED).read_bytes())
    page.wait_for_selector(".row .figure")
    assert page.locator(".hint").inner_text().startswith("my bark.wav")
    assert page.locator(".cut").count() == 1


def test_a_file_that_the_browser_cannot_read_goes_to_the_server(hearing, served_menura, synthetic_library, tmp_path):
    samples, rate_hz = soundfile.read(synthetic_library / IMITATED)
    soundfile.write(tmp_path / "old.aiff", samples, rate_hz)
    with opened(hearing, served_menura, expected=("422",)) as page:
        drop(page, "old.aiff", (tmp_path / "old.aiff").read_bytes())
        page.wait_for_selector(".row .figure")
        drop(page, "letter.txt", b"Dear sounds,")
        page.wait_for_selector(".tally.fault")
        assert len(page.locator(".tally").inner_text()) > 20
        page.click("[aria-label='Put the take away']")
        page.wait_for_selector(".tally:not(.fault)")
        assert page.locator(".row .figure").count() == 0


def test_the_server_dies_in_mid_search_and_comes_back(hearing, synthetic_library, tmp_path, axe, pictures):
    pytest.importorskip("uvicorn", reason='no web extra here: pip install -e ".[web]"')
    server = ServedMenura([synthetic_library / "lasers", synthetic_library / "bells"], tmp_path).start()
    try:
        with opened(hearing, server, expected=("net::ERR_", "404", "401")) as page:
            page.keyboard.press("r")
            page.wait_for_selector(".record.on")
            server.kill()
            page.wait_for_selector("#banner:has-text('The server does not answer')", timeout=PATIENCE_MS)
            page.wait_for_selector(".record:not(.on)")
            page.screenshot(path=pictures / "page-lost.png")
            assert complaints(page, axe) == []
            server.start()
            page.wait_for_selector(".tally.fault:has-text('open the whole address that it printed')")
            assert page.locator("#banner").is_hidden()
            page.context.new_page().goto(server.address)  # as menura serve does by itself
            page.wait_for_selector(".row .figure", timeout=PATIENCE_MS)
            assert page.locator("#banner").is_hidden()
            assert page.locator(".row b").first.inner_text().startswith("laser")
            # A server that was restarted has no takes: the page sends its own again.
            server.kill()
            server.start()
            page.goto(server.address)  # in the same tab, which is not loaded anew for it
            page.keyboard.press("/")
            page.keyboard.type("laser_0")
            page.wait_for_selector(".tally:has-text('5 sounds ranked')", timeout=PATIENCE_MS)
    finally:
        server.kill()


def test_the_page_is_opened_by_its_whole_address_and_stays_open_in_every_tab(chromium, served_menura):
    with opened(chromium, served_menura) as page:
        assert page.url == f"{served_menura.url}/"  # the token is not left where it can be read
        page.reload()
        page.wait_for_selector(".row.drawn")
        second = page.context.new_page()
        second.goto(served_menura.url)
        second.wait_for_selector(".row.drawn")
        second.locator(".row .play").first.click()
        until(second, "[...document.querySelectorAll('audio')].some(one => !one.paused && one.currentTime > 0.05)")


def test_an_address_without_the_token_says_in_one_line_what_to_do(chromium, served_menura):
    page = chromium.new_page()
    page.goto(served_menura.url)
    page.wait_for_selector(".tally.fault")
    assert "open the whole address that it printed" in page.locator(".tally").inner_text()
    assert page.locator(".row").count() == 0
    page.goto(served_menura.address)
    page.wait_for_selector(".row.drawn")
    assert page.locator(".tally").inner_text() == "60 sounds"
    page.close()


def test_the_gallery_opens_and_can_be_loaded_again(chromium, synthetic_library, tmp_path):
    pytest.importorskip("uvicorn", reason='no web extra here: pip install -e ".[web]"')
    (tmp_path / "index.html").write_text("<p></p><script>document.querySelector('p').append('neurons')</script>")
    server = ServedMenura([synthetic_library / "bells"], tmp_path / "home", "--gallery", str(tmp_path)).start()
    try:
        with opened(chromium, server, expected=("NotSameOrigin",)) as page:  # the icon, which a sandbox may not have
            page.click("a.hears")
            page.wait_for_selector("p:has-text('neurons')")
            page.reload()
            page.wait_for_selector("p:has-text('neurons')")
            assert server.address.partition("#token=")[2] not in page.url
    finally:
        server.kill()


def test_libraries_say_what_they_hold_and_what_could_not_be_read(page, axe, pictures):
    page.select_option("[aria-label=Library]", label="Field recordings")
    page.wait_for_selector(".row b:has-text('harbour')")
    assert page.locator(".library-state").inner_text() == "2 sounds, 2 unreadable"
    page.click(".library-state")
    page.wait_for_selector(".skipped li >> nth=1")
    listed = page.locator(".skipped li").all_inner_texts()
    assert sorted(item.split("\n")[0] for item in listed) == ["empty.flac", "notes.wav"]
    assert all(len(item.split("\n")[1]) > 8 for item in listed)
    page.screenshot(path=pictures / "page-library.png")
    assert complaints(page, axe) == []
    page.click("dialog[open] .wide")
    page.wait_for_selector("dialog[open] .wide:has-text('Bring the index up to date')")


def test_a_long_recording_is_played_from_the_place_that_matched(page, synthetic_library):
    page.select_option("[aria-label=Library]", label="Field recordings")
    drop(page, "bell.wav", (synthetic_library / "bells" / "bell_02.wav").read_bytes())
    page.wait_for_selector(".row:has-text('harbour') .place")
    row = page.locator(".row:has-text('harbour')")
    place_s = int(row.locator(".place").inner_text().rpartition(":")[2])
    row.locator(".play").click()
    page.wait_for_selector(".playhead:not([hidden])", state="attached")
    page.wait_for_timeout(100)
    played_s = page.evaluate("[...document.querySelectorAll('audio')].find(one => !one.paused).currentTime")
    assert place_s <= played_s < place_s + 2
    assert place_s >= 4


def test_the_gallery_is_linked_or_its_command_is_told(page):
    page.click(".hears")
    assert "menura visualise default --out gallery" in page.locator("dialog[open]").inner_text()
    page.keyboard.press("Escape")


def test_tab_reaches_everything_and_a_reader_hears_of_it(page):
    record(page)
    reached = set()
    for _ in range(40):
        page.keyboard.press("Tab")
        reached.add(
            page.evaluate("document.activeElement.getAttribute('aria-label') ?? document.activeElement.textContent")
        )
    assert {"Save the take", "Folder", "Favourites", "Library", "Light or dark", "Beginning of the piece"} <= reached
    assert any(name.startswith("More like this") for name in reached)
    assert page.locator("[role=status].tally").inner_text().startswith("60 sounds")
