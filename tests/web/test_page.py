"""The page in a real browser, with a real server, and a microphone that plays a simulated imitation."""

import itertools
import urllib.request

import numpy as np
import pytest
import soundfile

from benchmarks.web.driving import opened, record, until
from page_tools import IMITATED, complaints, uploaded

WATCH_LEVEL = """() => {
  window.loudest = 0;
  const meter = document.querySelector('.meter');
  const look = () => { window.loudest = Math.max(window.loudest, Number(meter.ariaValueNow)); };
  new MutationObserver(look).observe(meter, {attributes: true});
}"""
# Where what is heard begins and ends, as shares of the waveform: the rest is dim.
DIM = """() => {
  const whole = document.querySelector('.marks').getBoundingClientRect();
  const [before, after] = [...document.querySelectorAll('.marks .dim')].map(one => one.getBoundingClientRect());
  return [before.right - whole.left, after.left - whole.left].map(x => x / whole.width);
}"""
NAME = IMITATED.rpartition("/")[2]


@pytest.fixture
def page(hearing, served_menura):
    with opened(hearing, served_menura) as page:
        yield page


@pytest.fixture(scope="module")
def asked(hearing, served_menura):
    """A page that has recorded the imitation and shows what it found."""
    with opened(hearing, served_menura) as page:
        record(page)
        yield page


def names(page):
    return page.eval_on_selector_all(".row .name b", "all => all.map(one => one.textContent)")


def scores(page):
    return page.eval_on_selector_all(".row .figure", "all => all.map(one => Number(one.textContent))")


def settled(page, change):
    """Does something that searches, and waits until the list is the new one."""
    with page.expect_response(lambda answer: "/search?" in answer.url):
        change()
    page.wait_for_selector(".grid:not(.stale)", state="attached")


def test_without_a_take_the_page_is_a_browser_of_the_library(page, axe, pictures):
    assert names(page)[:2] == ["bark_01.wav", "bark_02.wav"]
    assert page.locator(".tally").inner_text() == "60 sounds"
    page.wait_for_timeout(200)
    pictures.take(page, "page-listing.png")
    assert complaints(page, axe) == []


def test_space_records_finds_the_imitated_sound_and_plays_it(page, axe, pictures):
    page.evaluate(WATCH_LEVEL)
    page.keyboard.press("Space")
    page.wait_for_selector(".record.on")
    until(page, "loudest > 40 || document.querySelector('.take')")
    pictures.take(page, "page-recording.png")
    assert complaints(page, axe) == []
    page.wait_for_selector(".row .figure")
    page.wait_for_selector(".row[aria-selected=true].drawn")
    assert page.evaluate("loudest") > 40
    assert NAME in names(page)[:5]
    assert scores(page) == sorted(scores(page), reverse=True)
    assert "ranked in" in page.locator(".tally").inner_text()

    page.keyboard.press("Space")
    until(page, "[...document.querySelectorAll('audio')].some(one => !one.paused && one.currentTime > 0.05)")
    assert page.locator(".row.playing").count() == 1
    pressed, heard = (
        page.evaluate(f"performance.getEntriesByName('menura:play-{what}').at(-1).startTime")
        for what in ("pressed", "heard")
    )
    assert 0 < heard - pressed < 1_000  # benchmarks/web/page.py says how long it takes
    pictures.take(page, "page-results.png")
    page.keyboard.press("Escape")
    assert page.locator(".row.playing").count() == 0
    assert page.evaluate("[...document.querySelectorAll('audio')].every(one => one.paused)")
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")  # goes on playing, with the next one
    assert page.locator(".row.playing[aria-rowindex='2']").count() == 1
    assert complaints(page, axe) == []


def test_the_whole_recording_is_sent_and_kept(page):
    sent = uploaded(page, lambda: record(page))
    with page.expect_download() as caught:
        page.click("[aria-label='Save the take']")
    assert sent == caught.value.path().read_bytes()
    samples, rate_hz = soundfile.read(caught.value.path())
    assert soundfile.info(caught.value.path()).subtype == "PCM_16"
    loud = np.flatnonzero(abs(samples) > 0.1) / rate_hz
    assert 0.5 < loud[-1] - loud[0] < 1.0  # the imitation takes 0.85 s
    assert loud[0] > 0.2  # of the second before it, which a busy machine may begin late in
    assert len(samples) / rate_hz - loud[-1] > 0.7  # the silence that ended it


def test_what_is_heard_is_bright_and_said(asked):
    start, end = asked.evaluate(DIM)
    assert 0.1 < start < end < 0.9
    words = asked.locator(".hint").inner_text()
    assert words.startswith("Take 1: 0.")
    assert " s heard of " in words
    assert asked.locator(".marks [title]").count() == 0  # nothing was left out, and it was said once


def test_like_and_unlike_refine_and_are_undone(asked):
    before = list(zip(names(asked), scores(asked), strict=True))
    asked.keyboard.press("ArrowDown")
    asked.keyboard.press("ArrowDown")
    settled(asked, lambda: asked.keyboard.press("l"))
    assert asked.locator(".chip.like").count() == 1
    liked = list(zip(names(asked), scores(asked), strict=True))
    assert liked != before
    settled(asked, lambda: asked.keyboard.press("n"))
    asked.keyboard.press("ArrowDown")
    settled(asked, lambda: asked.keyboard.press("n"))
    assert asked.locator(".chip.unlike").count() == 2
    settled(asked, lambda: asked.keyboard.press("Control+z"))
    settled(asked, lambda: asked.click(".chip"))
    assert asked.locator(".chip").count() == 0
    assert list(zip(names(asked), scores(asked), strict=True)) == before


def test_words_folder_and_voice_together(asked):
    asked.keyboard.press("/")
    settled(asked, lambda: asked.keyboard.type("0"))
    settled(asked, lambda: asked.select_option("[aria-label=Folder]", "lasers"))
    assert sorted(names(asked)) == [f"laser_0{n}.wav" for n in range(1, 6)]
    assert scores(asked) == sorted(scores(asked), reverse=True)
    settled(asked, lambda: asked.fill("[type=search]", "no such name"))
    assert "no such name" in asked.locator(".empty").inner_text()
    settled(asked, lambda: asked.fill("[type=search]", ""))
    settled(asked, lambda: asked.select_option("[aria-label=Folder]", ""))
    assert len(names(asked)) > 5


def test_favourites_are_kept(page):
    for _ in range(3):
        page.keyboard.press("ArrowDown")
    starred = names(page)[2]
    with page.expect_response(lambda answer: "/favourites/" in answer.url):
        page.keyboard.press("s")
    page.reload()
    page.wait_for_selector(".row.drawn")
    settled(page, lambda: page.keyboard.press("f"))
    assert names(page) == [starred]
    page.keyboard.press("ArrowDown")
    with page.expect_response(lambda answer: "/favourites/" in answer.url):
        page.keyboard.press("s")
    assert page.locator(".row [aria-pressed=true]").count() == 0


def test_the_list_goes_on_without_end_and_few_rows_exist(asked):
    asked.keyboard.press("Home")
    for _ in range(8):
        asked.keyboard.press("End")
        asked.wait_for_timeout(60)
    asked.wait_for_selector("[aria-rowindex='60'][aria-selected=true]")
    assert asked.locator(".row").count() < 40
    asked.keyboard.press("Home")
    asked.wait_for_selector("[aria-rowindex='1'][aria-selected=true]")


def test_why_shows_both_spectrograms_and_what_raised_the_score(asked, axe, pictures):
    asked.keyboard.press("Home")
    asked.keyboard.press("w")
    asked.wait_for_selector(".why .sentence")
    assert asked.locator(".why canvas").count() == 2
    axes = asked.locator(".why .axis").all_inner_texts()
    assert any("kHz" in axis for axis in axes)
    assert any(" s" in axis for axis in axes)
    looks = []
    for overlay in (False, True):
        asked.set_checked(".legend input", overlay)
        looks.append(asked.eval_on_selector(".why canvas", "canvas => canvas.toDataURL()"))
    assert looks[0] != looks[1]
    asked.wait_for_timeout(200)
    pictures.take(asked, "page-details.png")
    asked.locator(".legend").scroll_into_view_if_needed()
    pictures.take(asked, "page-why.png")
    assert complaints(asked, axe) == []
    asked.keyboard.press("Escape")
    assert asked.locator("#details").is_hidden()


def test_a_take_is_cut_by_dragging_and_recorded_again(asked):
    box = asked.locator(".cut .waves").bounding_box()
    handle = "host.firstElementChild.shadowRoot.querySelector('[part~=region-handle-right]')"
    left = asked.locator(".waves").first.evaluate(f"host => {handle}.getBoundingClientRect().x")
    middle = box["y"] + box["height"] / 2
    end = asked.locator("[aria-label='End of the piece']")
    heard_s = float(end.input_value())
    asked.mouse.move(left + 1, middle)
    asked.mouse.down()
    asked.mouse.move(left - box["width"] / 10, middle, steps=5)
    with asked.expect_response(lambda answer: answer.url.endswith("/api/takes")) as taken:
        settled(asked, asked.mouse.up)
    assert 0.2 < taken.value.json()["duration_s"] < 0.9
    assert float(end.input_value()) < heard_s - 0.1
    settled(asked, lambda: asked.click("[aria-label='Search for the whole take again']"))
    assert float(end.input_value()) == heard_s
    assert asked.locator(".take").count() == 1
    record(asked)
    assert asked.locator(".take").count() == 2
    settled(asked, lambda: asked.click(".take >> nth=1"))
    assert asked.locator(".take >> nth=1").get_attribute("aria-pressed") == "true"


def test_the_file_can_be_dragged_out_downloaded_and_its_path_copied(page, synthetic_library):
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.keyboard.press("ArrowDown")
    offered = page.evaluate(
        """() => {
          const data = new DataTransfer();
          document.querySelector('.row').dispatchEvent(new DragEvent('dragstart', {dataTransfer: data, bubbles: true}));
          document.dispatchEvent(new DragEvent('dragend'));
          return data.getData('DownloadURL');
        }"""
    )
    kind, name, url = offered.split(":", 2)
    expected = synthetic_library / "barks" / "bark_01.wav"
    assert (kind, name) == ("application/octet-stream", "bark_01.wav")
    with urllib.request.urlopen(url) as answer:
        assert answer.read() == expected.read_bytes()
    with page.expect_download() as caught:
        page.keyboard.press("d")
    assert caught.value.suggested_filename == "bark_01.wav"
    assert caught.value.path().read_bytes() == expected.read_bytes()
    page.keyboard.press("c")
    page.wait_for_selector(".toast.shown:has-text('Copied')")
    assert page.evaluate("navigator.clipboard.readText()") == str(expected)


def test_keys_are_told_in_a_panel(page, axe, pictures):
    page.keyboard.press("?")
    assert page.locator("dialog[open] kbd").count() > 15
    pictures.take(page, "page-keys.png")
    assert complaints(page, axe) == []
    page.keyboard.press("Escape")
    assert page.locator("dialog[open]").count() == 0


def test_light_and_dark_are_both_readable_and_chosen(page, axe, pictures):
    record(page)
    grounds = set()
    for _ in range(2):
        grounds.add(page.evaluate("getComputedStyle(document.body).backgroundColor"))
        assert complaints(page, axe) == []
        page.click("[aria-label='Light or dark']")
        page.keyboard.press("ArrowDown")
        page.wait_for_timeout(200)
        pictures.take(page, f"page-{page.evaluate('document.documentElement.dataset.theme')}.png")
    assert len(grounds) == 2


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_on_a_telephone(hearing, served_menura, axe, pictures, scheme):
    with opened(hearing, served_menura, color_scheme=scheme) as page:
        page.set_viewport_size({"width": 360, "height": 740})
        record(page)
        page.wait_for_selector(".row.drawn")
        page.wait_for_timeout(150)
        pictures.take(page, f"page-narrow-{scheme}.png")
        assert page.evaluate("document.documentElement.scrollWidth") == 360
        tops = page.eval_on_selector_all(".row", "all => all.slice(0, 6).map(one => one.getBoundingClientRect().top)")
        assert all(lower - upper > 90 for upper, lower in itertools.pairwise(tops))
        assert complaints(page, axe) == []
        for _ in range(2):
            page.click(".row >> nth=1 >> .name")
        page.wait_for_selector("#details .plot")
        page.wait_for_timeout(150)
        pictures.take(page, f"page-narrow-details-{scheme}.png")
        assert complaints(page, axe) == []
        assert page.evaluate("document.activeElement.ariaLabel") == "Close the details"
        page.keyboard.press("Escape")
        assert page.locator("#details").is_hidden()
        assert page.evaluate("document.activeElement.className") == "grid"
