"""The page of teaching in a real browser: a sound is asked for, imitated, kept and deleted by a click."""

import io
import json
import urllib.request

import pytest
import soundfile

from benchmarks.web.driving import ServedMenura, opened
from menura.audio.files import read_audio
from menura.simulate import simulate_imitation
from page_tools import complaints

WIDTHS = ((1440, 900), (1024, 800), (360, 740))
N_TAKES = 15


@pytest.fixture
def server(synthetic_library, tmp_path):
    server = ServedMenura([synthetic_library], tmp_path / "home").start()
    yield server
    server.kill()


@pytest.fixture
def page(hearing, server):
    with opened(hearing, server, expected=("404", "500", "422")) as page:  # what is refused here
        page.get_by_role("link", name="Teach it your voice").click()
        page.wait_for_selector(".question .main-act")
        yield page


def asked(server, path, body=None, method=None):
    headers = {"Authorization": f"Bearer {server.address.partition('#token=')[2]}", "X-Menura": "1"}
    request = urllib.request.Request(f"{server.url}/api/{path}", body, headers, method=method)
    with urllib.request.urlopen(request) as answer:
        return json.loads(answer.read() or b"null")


def teach(server, n, library):
    """Takes of so many sounds by one simulated person after another, as a page would send them."""
    lib = asked(server, "libraries")[0]["id"]
    for seed in range(n):
        sound = asked(server, f"libraries/{lib}/teach/next")["sound"]
        take = simulate_imitation(read_audio(library / sound["path"], 44_100), 44_100, seed)
        content = io.BytesIO()
        soundfile.write(content, take, 16_000, format="WAV")
        asked(server, f"libraries/{lib}/teach/{sound['id']}", content.getvalue(), "POST")


def pictured(page, pictures, name):
    for width, height in WIDTHS:
        for scheme in ("light", "dark"):
            page.set_viewport_size({"width": width, "height": height})
            page.emulate_media(color_scheme=scheme)
            page.wait_for_timeout(60)
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"wider than {width}"
            pictures.take(page, f"{name}-{width}-{scheme}.png")
    page.set_viewport_size({"width": 1440, "height": 900})
    page.emulate_media(color_scheme="light")


def test_a_sound_is_imitated_kept_heard_and_deleted(page, axe, pictures):
    name = page.locator("#question-title").inner_text()
    assert "a place to begin" in page.locator(".question").inner_text()
    pictured(page, pictures, "teach-asked")
    assert complaints(page, axe) == []

    page.keyboard.press("r")
    page.wait_for_selector(".answer", timeout=30_000)
    said = page.locator(".answer .said").inner_text()
    assert said.startswith(f"Kept. A search with this take would have found {name} as the ")
    assert said.endswith("of 60 sounds.")
    assert page.locator("#progress-title").inner_text() == "1 of 8 takes"
    pictured(page, pictures, "teach-kept")
    assert complaints(page, axe) == []
    with page.expect_response(lambda answer: "/api/teach/takes/" in answer.url and answer.url.count("audio")) as heard:
        page.keyboard.press("h")
    assert heard.value.ok

    page.reload()
    page.wait_for_selector(".takes-list li")
    assert page.locator(".takes-list .of").all_inner_texts() == [name.rpartition(".")[0]]
    assert page.locator("#question-title").inner_text() != name
    page.get_by_role("button", name=f"Delete the take of {name.rpartition('.')[0]}").click()
    page.wait_for_selector(".taught", state="hidden")
    assert page.locator("#progress-title").count() == 0 or not page.locator(".progress-of-teaching").is_visible()


def test_another_take_instead_and_a_skipped_sound(page):
    page.keyboard.press("r")
    page.wait_for_selector(".answer", timeout=30_000)
    with page.expect_response(lambda answer: "instead=" in answer.url) as replaced:
        page.keyboard.press("a")
    assert replaced.value.status == 201
    page.wait_for_selector(".answer [data-act=next]:not([disabled])")
    assert page.locator(".takes-list li").count() == 1
    assert page.locator(".answer .said").inner_text().startswith("Kept. A search with this take would have found ")
    page.keyboard.press("n")
    page.wait_for_selector("[data-act=skip]:not([disabled])")
    skipped = page.locator("#question-title").inner_text()
    with page.expect_response(lambda answer: "/teach/next?skip=" in answer.url):
        page.keyboard.press("s")
    page.wait_for_function("was => document.querySelector('#question-title').textContent !== was", arg=skipped)
    shown = page.locator("#question-title").inner_text()
    page.reload()
    page.wait_for_selector("[data-act=skip]:not([disabled])")
    assert page.locator("#question-title").inner_text() == shown


def test_what_the_server_cannot_keep_is_said_and_sent_again(page, server, pictures):
    full = {"error": "voice: the take was not kept (No space left on device); make room on the disk, then try again"}
    page.route("**/teach/*", lambda route: route.fulfill(status=500, json=full))
    page.keyboard.press("r")
    page.wait_for_selector("[data-act=send]", timeout=30_000)
    assert "No space left on device" in page.locator(".teach .fault").inner_text()
    assert page.locator(".takes-list li").count() == 0
    pictured(page, pictures, "teach-full")
    page.unroute("**/teach/*")
    page.get_by_role("button", name="Send it again").click()
    page.wait_for_selector(".answer")
    assert page.locator(".teach .fault").inner_text() == ""
    assert page.locator("[data-act=send]").count() == 0
    lib = asked(server, "libraries")[0]["id"]
    assert len(asked(server, f"libraries/{lib}/teach")["takes"]) == 1


def test_what_is_no_take_is_not_offered_to_be_sent_again(page):
    page.route("**/teach/*", lambda route: route.fulfill(status=422, json={"error": "nothing is heard in it"}))
    page.keyboard.press("r")
    page.locator(".teach .fault", has_text="nothing is heard in it").wait_for(timeout=30_000)
    assert page.locator("[data-act=send]").count() == 0


def test_two_tabs_know_of_each_other(page, server, synthetic_library):
    teach(server, 2, synthetic_library)
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    page.wait_for_selector(".takes-list li >> nth=1")
    lib = asked(server, "libraries")[0]["id"]
    for take in asked(server, f"libraries/{lib}/teach")["takes"]:
        asked(server, f"teach/takes/{take['name']}", method="DELETE")
    page.locator(".takes-list li").first.get_by_role("button", name="Delete").click()
    page.wait_for_selector(".taught", state="hidden")
    assert "may have been deleted" in page.locator(".teach .fault").inner_text()


@pytest.mark.slow
def test_after_enough_takes_it_offers_to_learn(page, server, synthetic_library, pictures, axe):
    teach(server, N_TAKES, synthetic_library)
    page.reload()
    page.wait_for_selector("[data-act=learn]")
    assert page.locator("#progress-title").inner_text() == "15 takes"
    assert "among the first ten of 60 sounds" in page.locator(".progress-of-teaching").inner_text()
    pictured(page, pictures, "teach-enough")
    page.get_by_role("button", name="Learn from them").click()
    page.wait_for_selector(".outcome:not(:empty)", timeout=60_000)
    outcome = page.locator(".outcome").inner_text()
    lib = asked(server, "libraries")[0]["id"]
    learned = asked(server, f"libraries/{lib}/teach")["learned"]
    assert (outcome == "Searches use it from now on.") == (learned is not None)
    assert learned is not None or outcome.startswith("Nothing was learned:")
    pictured(page, pictures, "teach-learned")
    assert complaints(page, axe) == []
    if learned is not None:
        page.get_by_role("button", name="Forget what was learned").click()
        page.wait_for_selector("[data-act=forget]", state="detached")
        assert asked(server, f"libraries/{lib}/teach")["learned"] is None
    page.get_by_role("button", name="Delete all …").click()
    page.get_by_role("button", name="Delete all of it").click()
    page.wait_for_selector(".taught", state="hidden")
    assert asked(server, f"libraries/{lib}/teach")["takes"] == []
