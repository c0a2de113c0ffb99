"""The page says what scores are worth, where the model says so, and when nothing is near."""

import shutil

import pytest

from benchmarks.web.driving import ServedMenura, opened
from bundles import edit_card
from menura.model.shipped import model_home
from menura.model.steps import Steps
from menura.search.library import Library
from page_tools import IMITATED, complaints, drop

NOTHING_NEAR = "Nothing here is near; these are only the least far."


@pytest.fixture(scope="module")
def ranked(synthetic_library, tmp_path_factory):
    """What a search for a bark finds in Python, without words."""
    with Library.open(synthetic_library, "tl-iminet", tmp_path_factory.mktemp("data")) as library:
        return library.search(synthetic_library / IMITATED, top=60)


@pytest.fixture(scope="module")
def steps(ranked):
    """Two of the hits are close, two likely."""
    return Steps(likely=ranked[3].score, close=ranked[1].score)


@pytest.fixture(scope="module")
def server(synthetic_library, tmp_path_factory, steps):
    pytest.importorskip("uvicorn", reason='no web extra here: pip install -e ".[web]"')
    home = tmp_path_factory.mktemp("home")
    model = shutil.copytree(model_home("tl-iminet"), home / "model")
    edit_card(model, steps=steps.to_dict())
    server = ServedMenura([synthetic_library], home, "--model", str(model)).start()
    yield server
    server.kill()


def said(page):
    """Of each row that is seen, its word, if it has one, and its score."""
    return page.eval_on_selector_all(
        ".row .score", "all => all.map(one => [...one.querySelectorAll('span:not(.bar)')].map(it => it.textContent))"
    )


def settled(page, change):
    with page.expect_response(lambda answer: "/search?" in answer.url):
        change()
    page.wait_for_selector(".grid:not(.stale)", state="attached")


@pytest.fixture
def asked(chromium, server, synthetic_library):
    """A page that was given a bark and shows what it found."""
    with opened(chromium, server) as page:
        drop(page, "bark.wav", (synthetic_library / IMITATED).read_bytes())
        page.wait_for_selector(".row .word")
        yield page


def test_each_score_has_its_word(asked, ranked, axe, pictures):
    found = said(asked)
    assert [word for word, _ in found[:5]] == ["close", "close", "likely", "likely", "loose"]
    assert {word for word, _ in found[4:]} == {"loose"}
    assert [figure for _, figure in found] == [f"{hit.score:.3f}" for hit in ranked[: len(found)]]
    assert asked.locator(".far").inner_text() == ""
    asked.wait_for_timeout(300)
    pictures.take(asked, "page-words.png")
    assert complaints(asked, axe) == []


@pytest.mark.parametrize("width", [1280, 900, 360])
def test_where_nothing_is_near_one_line_says_so(asked, ranked, axe, pictures, width):
    far = ({hit.sound.folder for hit in ranked} - {hit.sound.folder for hit in ranked[:4]}).pop()
    asked.set_viewport_size({"width": width, "height": 800})
    settled(asked, lambda: asked.fill("input[type=search]", far))
    assert {word for word, _ in said(asked)} == {"loose"}
    assert asked.locator(".far").inner_text() == NOTHING_NEAR
    asked.wait_for_timeout(300)
    pictures.take(asked, f"page-nothing-near-{width}.png")
    assert complaints(asked, axe) == []
    boxes = [asked.locator(where).first.bounding_box() for where in (".row .word", ".row")]
    word, row = ((box["x"], box["y"], box["x"] + box["width"], box["y"] + box["height"]) for box in boxes)
    assert row[0] <= word[0] and row[1] <= word[1] and word[2] <= row[2] and word[3] <= row[3]
    settled(asked, lambda: asked.fill("input[type=search]", ""))
    assert asked.locator(".far").inner_text() == ""


def test_what_judgements_have_moved_has_no_words_and_undoing_brings_them_back(asked):
    before = said(asked)
    asked.keyboard.press("ArrowDown")
    settled(asked, lambda: asked.keyboard.press("l"))
    assert {len(row) for row in said(asked)} == {1}
    settled(asked, lambda: asked.keyboard.press("Control+z"))
    assert said(asked) == before


def test_a_list_without_a_query_has_no_words(chromium, server):
    with opened(chromium, server) as page:
        assert page.locator(".row").count() > 5
        assert page.locator(".word").count() == 0
        assert page.locator(".far").inner_text() == ""
