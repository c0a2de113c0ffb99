"""Listening on the page, and rows that tell the truth."""

import shutil

import numpy as np
import pytest
import soundfile

from benchmarks.web.driving import PATIENCE_MS, ServedMenura, opened, record, until
from page_tools import IMITATED, complaints, drop

WATCH_GAINS = """() => {
  window.gains = [];
  window.GainNode = class extends GainNode {
    constructor(...told) { super(...told); window.gains.push(this); }
  };
}"""
LEVEL_OF = """async sound => {
  const headers = {Authorization: `Bearer ${localStorage['menura.token']}`};
  const ask = async path => (await fetch(path, {headers})).json();
  const [library] = await ask('/api/libraries');
  return (await ask(`/api/libraries/${library.id}/sounds/${sound}/view?start_s=0`)).level;
}"""
PLAYING = "[...document.querySelectorAll('audio')].some(one => !one.paused && one.currentTime > 0.02)"
COUNT_PLAYED = """() => {
  window.played = 0;
  document.addEventListener('playing', () => { window.played += 1; }, true);
}"""
SILENT = "[...document.querySelectorAll('audio')].every(one => one.paused)"


@pytest.fixture(scope="module")
def mixed_library(synthetic_library, tmp_path_factory):
    """A click, a soft and a loud bark, three copies of one laser, and a long recording."""
    folder = tmp_path_factory.mktemp("mixed") / "Mixed"
    folder.mkdir()
    bark, rate_hz = soundfile.read(synthetic_library / IMITATED)
    soundfile.write(folder / "bark loud.wav", 0.9 / np.abs(bark).max() * bark, rate_hz)
    soundfile.write(folder / "bark soft.wav", 0.05 / np.abs(bark).max() * bark[: len(bark) * 9 // 10], rate_hz)
    noise = np.random.default_rng(0).normal(0, 0.1, 12 * rate_hz)
    soundfile.write(folder / "click.wav", 0.5 * noise[: rate_hz // 100], rate_hz)
    soundfile.write(folder / "long.wav", noise, rate_hz)
    for name in ("laser.wav", "laser copy.wav", "laser copy 2.wav"):
        shutil.copy(synthetic_library / "lasers" / "laser_01.wav", folder / name)
    outside = folder.parent / "outside.wav"
    shutil.copy(synthetic_library / "bells" / "bell_01.wav", outside)
    (folder / "linked.wav").symlink_to(outside)
    return folder


@pytest.fixture(scope="module")
def server(mixed_library, tmp_path_factory):
    pytest.importorskip("uvicorn", reason='no web extra here: pip install -e ".[web]"')
    server = ServedMenura([mixed_library], tmp_path_factory.mktemp("home")).start()
    yield server
    server.kill()


@pytest.fixture
def page(hearing, server):
    with opened(hearing, server, expected=("403",)) as page:
        page.wait_for_selector(".row:has-text('long.wav').drawn")
        page.evaluate(COUNT_PLAYED)
        yield page


def row(page, name):
    return page.locator(f".row:has(b:text-is('{name}'))")


def play(page, name):
    page.evaluate("window.played = 0")
    row(page, name).locator(".play").click()
    until(page, "window.played > 0")  # a short one may have ended by the time one looks


def found(page, act):
    with page.expect_response(lambda answer: "/search?" in answer.url) as caught:
        act()
    page.wait_for_selector(".grid:not(.stale)", state="attached")
    return caught.value.json()


def test_sounds_are_as_loud_as_each_other_and_never_clip(page):
    page.evaluate(WATCH_GAINS)
    gains = {}
    for name in ("bark loud.wav", "bark soft.wav", "long.wav"):
        play(page, name)
        gains[name] = page.evaluate("window.gains.at(-1).gain.value")
        page.keyboard.press("Escape")
        level = page.evaluate(LEVEL_OF, row(page, name).get_attribute("data-sound"))
        wanted = min(10 ** (min(24, -20 - level["loudness_lufs"]) / 20), 1 / level["peak"])
        assert gains[name] == pytest.approx(wanted, rel=1e-3)
        assert gains[name] * level["peak"] <= 1 + 1e-6
    assert gains["bark loud.wav"] < 1 < gains["bark soft.wav"]
    play(page, "bark soft.wav")
    page.click(".switch:text-is('Even loudness')")
    until(page, "window.gains.filter(one => one.gain.value === 1).length > 0")
    page.keyboard.press("Escape")
    page.locator("[aria-label=Volume]").evaluate("one => { one.value = 0.5; one.dispatchEvent(new Event('input')); }")
    assert page.evaluate("window.gains[0].gain.value") == pytest.approx(0.25)
    page.reload()
    page.wait_for_selector(".row.drawn")
    assert page.locator("[aria-label=Volume]").input_value() == "0.5"  # both are kept
    assert page.locator(".switch:text-is('Even loudness')").get_attribute("aria-pressed") == "false"


def test_a_loop_goes_on_until_it_is_ended(page):
    page.click(".switch:text-is('Loop')")
    row(page, "click.wav").locator(".play").click()
    page.wait_for_selector(".row.playing")
    page.wait_for_timeout(600)  # of a sound of 10 ms
    assert page.locator(".row.playing").count() == 1
    page.keyboard.press("Escape")
    until(page, SILENT)
    page.click(".switch:text-is('Loop')")
    row(page, "click.wav").locator(".play").click()
    until(page, "document.querySelectorAll('.row.playing').length === 0")


def test_the_best_is_played_at_once_where_that_is_wanted(page):
    record(page)
    page.wait_for_timeout(300)
    assert page.evaluate(SILENT)
    page.click(".switch:text-is('Play the best at once')")
    record(page)
    page.wait_for_selector(".row.playing[aria-rowindex='1']")
    page.keyboard.press("Escape")
    found(page, lambda: page.keyboard.press("f"))  # the same take again
    found(page, lambda: page.keyboard.press("f"))
    page.wait_for_timeout(300)
    assert page.evaluate(SILENT)


def test_the_take_and_the_sound_are_heard_in_turns(page):
    record(page)
    page.wait_for_selector(".cut")
    page.wait_for_selector(".marks .dim", state="attached")
    page.keyboard.press("a")
    page.wait_for_selector(".take-acts.playing")
    assert page.locator(".row.playing").count() == 0
    page.keyboard.press("a")
    page.wait_for_selector(".row.playing")
    page.wait_for_selector(".take-acts.playing", state="detached")
    page.keyboard.press("a")
    page.wait_for_selector(".take-acts.playing")
    assert page.locator(".row.playing").count() == 0
    page.keyboard.press("?")
    assert "Compare: the take and the selected result" in page.locator("dialog[open]").inner_text()


def inked(page, name):
    """How much of the width of a row's waveform is drawn on, beside the lines of time."""
    return (
        row(page, name)
        .locator("canvas.wave")
        .evaluate(
            """canvas => {
          const {width, height} = canvas;
          const data = canvas.getContext('2d').getImageData(0, Math.floor(height / 2), width, 1).data;
          const ink = getComputedStyle(canvas).color.match(/[0-9]+/g).map(Number);
          let last = 0;
          const near = x => [0, 1, 2].every(c => Math.abs(data[4 * x + c] - ink[c]) < 8) && data[4 * x + 3] > 0;
          for (let x = 0; x < width; x++) if (near(x)) last = x;
          return last / width;
        }"""
        )
    )


def test_all_rows_have_one_scale_of_time(page, mixed_library, axe, pictures):
    shown = page.locator(".scale .axis").first.locator("span").all_inner_texts()
    assert shown == ["0", "1", "2", "3 s"]
    for name in ("bark loud.wav", "click.wav", "laser.wav"):
        length_s = soundfile.info(mixed_library / name).duration
        assert inked(page, name) == pytest.approx(min(1, length_s / 3), abs=0.03)
    assert inked(page, "long.wav") > 0.95
    assert "goes-on" in row(page, "long.wav").get_attribute("class")
    wave, spectrogram = (
        row(page, "click.wav").locator(f"canvas.{kind}").bounding_box() for kind in ("wave", "spectrogram")
    )
    assert spectrogram["width"] < 0.02 * wave["width"] + 2
    for width, scheme in pictures.looks((1440, 1024, 360)):
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size({"width": width, "height": 760})
        page.wait_for_timeout(300)
        pictures.take(page, f"page-listen-{scheme}-{width}.png")
        assert page.evaluate("document.documentElement.scrollWidth") == width
        assert complaints(page, axe) == []


def test_a_click_on_a_waveform_plays_from_there(page):
    box = row(page, "long.wav").locator(".waves").bounding_box()
    row(page, "long.wav").locator(".waves").click(position={"x": box["width"] / 2, "y": 10})
    until(page, PLAYING)
    at_s = page.evaluate("[...document.querySelectorAll('audio')].find(one => !one.paused).currentTime")
    assert 1.4 <= at_s < 2.5


def test_a_sound_that_a_link_leads_to_says_why_it_is_blank(page):
    page.wait_for_selector(".row:has-text('linked.wav') .blank:not([hidden])")
    assert "link" in row(page, "linked.wav").locator(".blank").inner_text()


def test_copies_unfold(page, axe, pictures):
    record(page)
    button = page.locator(".row:has(b:text-matches('^laser')) .alike")
    assert button.inner_text() == "+2 alike"
    button.click()
    assert button.get_attribute("aria-expanded") == "true"
    assert page.locator(".copies:popover-open li").all_inner_texts() == [
        "laser copy 2.wav",
        "laser copy.wav",
        "laser.wav",
    ]
    pictures.take(page, "page-copies.png")
    assert complaints(page, axe) == []
    page.keyboard.press("Escape")
    assert page.locator(".copies:popover-open").count() == 0


def test_not_this_takes_it_away_at_once_and_it_comes_back(page):
    record(page)
    names = [one.inner_text() for one in page.locator(".row b").all()]
    laser = next(name for name in names if name.startswith("laser"))
    row(page, laser).click()
    place = names.index(laser)
    answer = found(page, lambda: page.keyboard.press("n"))
    assert not any(item["path"].startswith("laser") for item in answer["items"])  # nor one of its copies
    assert page.locator(".row b:text-matches('^laser')").count() == 0
    assert page.locator(".tally").inner_text().endswith(", 1 hidden")
    selected = page.locator(".row[aria-selected=true]").get_attribute("aria-rowindex")
    assert int(selected) == min(place + 1, answer["total"])  # the next one has its place
    found(page, lambda: page.keyboard.press("Control+z"))
    assert row(page, laser).count() == 1
    assert "hidden" not in page.locator(".tally").inner_text()


def test_lengths(page):
    found(page, lambda: page.select_option("[aria-label=Length]", "longer"))
    found(page, lambda: (page.fill(".seconds", "5"), page.locator(".seconds").blur()))
    assert page.locator(".row b").all_inner_texts() == ["long.wav"]
    found(page, lambda: page.select_option("[aria-label=Length]", "shorter"))
    assert "long.wav" not in page.locator(".row b").all_inner_texts()
    found(page, lambda: page.select_option("[aria-label=Length]", "any"))
    assert page.locator("option[value=take]").is_disabled()
    record(page)
    found(page, lambda: page.select_option("[aria-label=Length]", "take"))
    assert {"long.wav", "click.wav"}.isdisjoint(page.locator(".row b").all_inner_texts())


def test_a_take_is_added_to_another_and_taken_away(page, synthetic_library):
    drop(page, "bark.wav", (synthetic_library / IMITATED).read_bytes())
    page.wait_for_selector(".row .figure")
    alone = page.locator(".row .figure").all_inner_texts()
    page.click("[aria-label='Add a take of the same sound']")
    page.wait_for_selector(".record.on")
    with page.expect_response(lambda answer: "/search?" in answer.url) as caught:
        page.wait_for_selector(".record:not(.on)")
    assert caught.value.url.count("take=") == 2
    page.wait_for_selector(".chip.voice >> nth=1")
    page.wait_for_selector(".grid:not(.stale)", state="attached")
    assert page.locator(".take[aria-pressed=true]").count() == 2
    assert page.locator(".row .figure").all_inner_texts() != alone
    found(page, page.locator(".chip.voice").first.click)
    assert page.locator(".chip.voice").count() == 0
    assert page.locator(".row .figure").all_inner_texts() == alone


def test_why_shows_first_says_it_in_a_sentence_and_plays_what_matched(page, axe, pictures):
    record(page)
    row(page, "bark loud.wav").click()
    held = []
    page.route("**/explain?*", lambda route: held.append(route))  # noqa: PLW0108  # a bound method cannot be marked
    page.keyboard.press("w")
    page.wait_for_selector(".why .plot >> nth=1")  # both are seen while why they match is not known
    page.wait_for_selector(".why .waiting")
    until(page, "[...document.querySelectorAll('.why canvas')].every((one) => one.width > 100)")
    assert complaints(page, axe) == []
    pictures.take(page, "page-why-first.png")
    held[0].continue_()
    page.unroute("**/explain?*")
    page.wait_for_selector(".why .sentence", timeout=PATIENCE_MS)
    assert page.locator(".why > *").first.inner_text() == "Your imitation"
    pictures.take(page, "page-why-listen.png")
    assert complaints(page, axe) == []
    page.click("text=Hear it in the sound")
    until(page, PLAYING)
    until(page, SILENT)
    page.click("text=Hear it in the take")
    page.wait_for_selector(".take-acts.playing")
    page.wait_for_selector(".take-acts:not(.playing)")
