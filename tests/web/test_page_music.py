"""The fields of pitch and tempo above the list, and what rows say of both."""

import pytest

from benchmarks.web.driving import ServedMenura, opened, until
from musical_sounds import write_loop, write_note
from page_tools import complaints


@pytest.fixture(scope="module")
def notes(tmp_path_factory):
    folder = tmp_path_factory.mktemp("notes") / "Notes"
    write_note(folder / "a.wav", 220)
    write_note(folder / "f.wav", 185)
    write_loop(folder / "beat.wav", 120)
    return folder


@pytest.fixture(scope="module")
def served(notes, tmp_path_factory):
    server = ServedMenura([notes], tmp_path_factory.mktemp("home")).start()
    yield server
    server.kill()


@pytest.fixture
def page(hearing, served):
    with opened(hearing, served, expected=("422",)) as page:
        yield page


def listed(page, *names: str) -> None:
    """Waits until these sounds are listed, and no others."""
    until(
        page, f"[...document.querySelectorAll('.row .name b')].map((b) => b.textContent).join() === '{','.join(names)}'"
    )


def ask(page, what: str, text: str) -> None:
    field = page.get_by_label(what, exact=True)
    field.fill(text)
    field.press("Enter")


def test_rows_say_what_is_sure_and_read_it_out(page):
    assert page.locator(".row-music").all_inner_texts() == ["A3", "120 bpm", "F#3"]
    labels = [row.get_attribute("aria-label") for row in page.locator(".row").all()]
    assert ["pitch A3" in labels[0], "120 bpm" in labels[1], "pitch F#3" in labels[2]] == [True] * 3


def test_each_field_narrows_the_list_and_an_empty_one_gives_it_back(page, axe, pictures):
    ask(page, "Pitch", "A3")
    listed(page, "a.wav")
    assert complaints(page, axe) == []
    pictures.take(page, "pitch.png")
    ask(page, "Tempo", "120")
    listed(page)
    ask(page, "Pitch", "")
    listed(page, "beat.wav")
    ask(page, "Tempo", "")
    listed(page, "a.wav", "beat.wav", "f.wav")


def test_they_are_in_the_address_and_survive_a_reload(page):
    ask(page, "Pitch", "F#3")
    listed(page, "f.wav")
    page.reload()
    page.wait_for_selector(".row.drawn")
    listed(page, "f.wav")
    assert page.get_by_label("Pitch", exact=True).input_value() == "F#3"


def test_what_is_no_pitch_is_said_and_a_pitch_takes_it_back(page, axe):
    ask(page, "Pitch", "loud")
    until(page, "document.querySelector('.tally.fault')?.textContent.startsWith(\"'loud' is no pitch\")")
    assert complaints(page, axe) == []
    ask(page, "Pitch", "A3")
    listed(page, "a.wav")
    assert page.locator(".tally.fault").count() == 0


@pytest.mark.parametrize("width", [1440, 1024, 360])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_fields_have_room_at_every_width(hearing, served, pictures, width, scheme):
    with opened(hearing, served, color_scheme=scheme) as page:
        page.set_viewport_size({"width": width, "height": 740})
        fields = [page.get_by_label(what, exact=True).bounding_box() for what in ("Pitch", "Tempo")]
        assert fields[0]["y"] == fields[1]["y"]
        assert all(field["width"] >= 90 and 0 <= field["x"] <= width - field["width"] for field in fields)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        pictures.take(page, f"music {width} {scheme}.png")


def test_where_neither_is_told_there_are_no_fields(hearing, notes, tmp_path):
    server = ServedMenura([notes], tmp_path, "--no-music").start()
    with opened(hearing, server) as page:
        assert page.locator(".musical:visible").count() == page.locator(".row-music").count() == 0
    server.kill()
