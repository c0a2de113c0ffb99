"""The page when something is amiss: the microphone, a file, the server. And its libraries."""

import io
import re

import numpy as np
import pytest
import soundfile

from benchmarks.web.driving import PATIENCE_MS, VOICE_HZ, ServedMenura, hearing_browser, opened, record, until
from page_tools import IMITATED, complaints, drop, uploaded

# A second of a tone in the kind of file that browsers record into.
RECORD_WEBM = """async () => {
  const context = new AudioContext();
  const tone = new OscillatorNode(context, {frequency: 300});
  const to = context.createMediaStreamDestination();
  tone.connect(to);
  tone.start();
  const recorder = new MediaRecorder(to.stream, {mimeType: 'audio/webm'});
  const parts = [];
  recorder.ondataavailable = ({data}) => parts.push(data);
  const stopped = new Promise(done => recorder.onstop = done);
  recorder.start();
  await new Promise(done => setTimeout(done, 1000));
  recorder.stop();
  await stopped;
  await context.close();
  return [...new Uint8Array(await new Blob(parts).arrayBuffer())];
}"""


@pytest.fixture
def page(hearing, served_menura):
    with opened(hearing, served_menura) as page:
        yield page


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
        pictures.take(page, "page-denied.png")
        assert complaints(page, axe) == []


def test_a_microphone_that_is_not_there(chromium, served_menura):
    with opened(chromium, served_menura, permissions=["microphone"]) as page:
        assert "No microphone was found. Plug one in" in fault(page)


def test_sound_that_never_begins_is_said(hearing, served_menura):
    """As in Firefox on a machine without a loudspeaker."""
    with opened(hearing, served_menura) as page:
        page.evaluate("void (AudioContext.prototype.resume = () => new Promise(() => {}))")
        assert "Connect headphones or a loudspeaker" in fault(page)
        assert page.locator(".record:not(.on)").is_enabled()


def test_a_microphone_that_gives_silence(deaf, served_menura, axe, pictures):
    with opened(deaf, served_menura, permissions=["microphone"]) as page:
        page.keyboard.press("r")
        page.wait_for_selector(".hint:has-text('Is the microphone muted?')")
        assert "gave only silence" in fault(page)
        assert page.locator(".take").count() == 0
        pictures.take(page, "page-silent.png")
        assert complaints(page, axe) == []


def test_a_recording_is_given_up(page):
    page.keyboard.press("r")
    page.wait_for_selector(".record.on")
    page.keyboard.press("Escape")
    page.wait_for_selector(".record:not(.on)")
    page.wait_for_timeout(300)
    assert page.locator(".take").count() == 0


def test_a_file_is_dropped(page, synthetic_library):
    content = (synthetic_library / IMITATED).read_bytes()
    assert uploaded(page, lambda: drop(page, "my bark.wav", content)) == content
    page.wait_for_selector(".row .figure")
    assert page.locator(".hint").inner_text().startswith("my bark.wav")
    assert page.locator(".cut").count() == 1


def room(seconds, level, seed=0):
    return level * np.random.default_rng(seed).standard_normal(round(seconds * VOICE_HZ))


def wav_of(samples):
    stream = io.BytesIO()
    soundfile.write(stream, samples, VOICE_HZ, format="WAV")
    return stream.getvalue()


@pytest.fixture(scope="module")
def said_twice(voice):
    """A click, and an imitation that is said twice, in a room."""
    said, _ = soundfile.read(voice, start=VOICE_HZ, frames=VOICE_HZ)
    take = room(4.5, 10 ** (-60 / 20))
    take[3_200:3_300] += 0.3
    for start in (16_000, 41_600):
        take[start : start + len(said)] += said
    return wav_of(take)


def look_at(page, name, axe, pictures):
    """The state of the page, light and dark, wide and narrow."""
    for width, scheme in pictures.looks((1280, 360)):
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size({"width": width, "height": 740})
        page.wait_for_timeout(400)  # the waveform is drawn anew once the width stays
        pictures.take(page, f"{name}-{scheme}-{width}.png")
        assert page.evaluate("document.documentElement.scrollWidth") == width
        assert complaints(page, axe) == []


def test_what_is_heard_of_a_take_is_shown(hearing, served_menura, said_twice, axe, pictures):
    with opened(hearing, served_menura) as page:
        with page.expect_response(lambda answer: answer.url.endswith("/api/takes")) as taken:
            drop(page, "twice.wav", said_twice)
        page.wait_for_selector(".row .figure")
        page.wait_for_selector(".marks .used")
        told = taken.value.json()
        whole = page.locator(".marks").bounding_box()
        for selector, spans in (
            (".left-out", [out["span_s"] for out in told["left_out"]]),
            (".said", told["repetitions_s"]),
            (".used", [told["heard_s"]]),
        ):
            boxes = [one.bounding_box() for one in page.locator(f".marks {selector}").all()]
            shown = [(box["x"] - whole["x"]) / whole["width"] * told["duration_s"] for box in boxes]
            assert shown == pytest.approx([start for start, _ in spans], abs=0.01)
        titles = page.eval_on_selector_all(".marks [title]", "all => all.map(one => [one.title, one.ariaLabel])")
        assert titles[0] == [f"Left out: a click, at {told['left_out'][0]['span_s'][0]:.2f} s"] * 2
        assert [title.partition(",")[0] for title, _ in titles[1:]] == ["Said the 1st time", "Said the 2nd time"]
        words = page.locator(".hint").inner_text()
        assert re.search(r"0\.\d\d s heard of 4.50 s, in a room \d\d dB below your voice\. Said 2 times", words)
        assert "Left out: a click." in words
        look_at(page, "page-heard", axe, pictures)


def test_a_room_alone_is_refused_in_words(playwright, served_menura, tmp_path, axe, pictures):
    (tmp_path / "room.wav").write_bytes(wav_of(room(12, 10 ** (-60 / 20))))
    browser = hearing_browser(playwright, tmp_path / "room.wav")
    with opened(browser, served_menura, expected=("422",)) as page:
        page.keyboard.press("r")
        page.wait_for_selector(".record.on")
        page.wait_for_timeout(2_000)
        page.keyboard.press("r")
        page.wait_for_selector(".hint .fault")
        assert "only background noise is heard: record it again" in page.locator(".hint .fault").inner_text()
        until(page, "document.querySelectorAll('.row').length === 0")
        assert page.locator(".cut").count() == 1  # it can be listened to
        look_at(page, "page-room", axe, pictures)
        page.click("[aria-label='Put the take away']")
        page.wait_for_selector(".row.drawn")
        assert page.locator(".hint .fault").count() == 0
        page.click(".take")  # what is known of it is still known
        page.wait_for_selector(".hint .fault")
        until(page, "document.querySelectorAll('.row').length === 0")
    browser.close()


def test_what_is_longer_than_can_be_heard_is_marked_meanwhile(playwright, served_menura, tmp_path, pictures):
    time_s = np.arange(7 * VOICE_HZ) / VOICE_HZ
    loud = 0.3 * np.sin(2 * np.pi * 300 * time_s) * (1.1 + np.sin(9 * time_s)) / 2
    (tmp_path / "long.wav").write_bytes(wav_of(np.concatenate([loud, np.zeros(3 * VOICE_HZ)])))
    browser = hearing_browser(playwright, tmp_path / "long.wav")
    with opened(browser, served_menura) as page:
        page.keyboard.press("r")
        page.wait_for_selector(".hint:has-text('Recording 3.')")
        page.wait_for_selector(".hint:has-text('Longer than 4 s')")
        for scheme, width in (("light", 1280), ("dark", 360)):
            page.emulate_media(color_scheme=scheme)
            page.set_viewport_size({"width": width, "height": 740})
            pictures.take(page, f"page-too-long-{scheme}-{width}.png")
        page.wait_for_selector(".row .figure")
        assert "4.00 s heard of" in page.locator(".hint").inner_text()
    browser.close()


def test_a_piece_has_the_channels_of_the_file(page, voice):
    said, _ = soundfile.read(voice, frames=2 * VOICE_HZ)
    drop(page, "stereo.wav", wav_of(np.stack([said, -0.5 * said], axis=1)))
    page.wait_for_selector(".row .figure")
    page.wait_for_selector(".marks .dim", state="attached")
    beginning, end = (page.locator(f"[aria-label='{side} of the piece']") for side in ("Beginning", "End"))
    end_s = float(end.input_value()) - 0.2
    end.evaluate(f"slider => slider.value = {end_s}")
    piece, rate_hz = soundfile.read(io.BytesIO(uploaded(page, lambda: end.dispatch_event("change"))))
    assert len(piece) / rate_hz == pytest.approx(end_s - float(beginning.input_value()), abs=0.02)
    assert piece[:, 1] == pytest.approx(-0.5 * piece[:, 0], abs=1e-4)


def test_a_file_that_the_server_cannot_read_is_sent_as_the_browser_reads_it(hearing, served_menura):
    with opened(hearing, served_menura, expected=("422",)) as page:
        content = page.evaluate(RECORD_WEBM)
        drop(page, "hum.webm", bytes(content))
        page.wait_for_selector(".row .figure")
        assert page.locator(".hint").inner_text().startswith("hum.webm: ")


def test_a_file_that_the_browser_cannot_read_goes_to_the_server(hearing, served_menura, synthetic_library, tmp_path):
    samples, rate_hz = soundfile.read(synthetic_library / IMITATED)
    soundfile.write(tmp_path / "old.aiff", samples, rate_hz)
    with opened(hearing, served_menura, expected=("422",)) as page:
        drop(page, "old.aiff", (tmp_path / "old.aiff").read_bytes())
        page.wait_for_selector(".row .figure")
        drop(page, "letter.txt", b"Dear sounds,")
        page.wait_for_selector(".hint .fault")
        assert "not a sound file" in page.locator(".hint").inner_text()
        until(page, "document.querySelectorAll('.row').length === 0")
        page.click("[aria-label='Put the take away']")
        page.wait_for_selector(".row.drawn")
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
            pictures.take(page, "page-lost.png")
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
            page.keyboard.press("?")
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
    pictures.take(page, "page-library.png")
    assert complaints(page, axe) == []
    page.click("[aria-label='Bring the index up to date: Field recordings']")
    page.wait_for_selector("[aria-label='Bring the index up to date: Field recordings']:not([disabled])")


def test_a_long_recording_is_played_from_the_place_that_matched(page, synthetic_library):
    page.select_option("[aria-label=Library]", label="Field recordings")
    drop(page, "bell.wav", (synthetic_library / "bells" / "bell_02.wav").read_bytes())
    page.wait_for_selector(".row:has-text('harbour') .place")
    row = page.locator(".row:has-text('harbour')")
    place_s = int(row.locator(".place").inner_text().rpartition(":")[2])
    page.evaluate(
        "window.began = new Promise(done =>"
        " addEventListener('playing', ({target}) => done(target.currentTime), {capture: true, once: true})); 0"
    )
    row.locator(".play").click()
    page.wait_for_selector(".playhead:not([hidden])", state="attached")
    assert place_s <= page.evaluate("window.began") < place_s + 2
    assert place_s >= 4


def test_the_gallery_is_linked_or_its_command_is_told(page):
    page.keyboard.press("?")
    assert "menura visualise tl-iminet --out gallery" in page.locator("dialog[open]").inner_text()
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
