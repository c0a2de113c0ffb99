"""The kinds above the list: counted, clicked, more of them, and said on the rows."""

import pytest

from benchmarks.web.driving import ServedMenura, opened, until
from kind_bundles import copy_that_tells_halves
from page_tools import complaints


@pytest.fixture(scope="module")
def served(synthetic_library, random_bundle_folder, tmp_path_factory):
    """A library about half of whose sounds are "high", and the others "low"."""
    home = tmp_path_factory.mktemp("kinds")
    model = copy_that_tells_halves(random_bundle_folder, synthetic_library, home)
    server = ServedMenura([synthetic_library], home / "home", "--model", str(model)).start()
    yield server
    server.kill()


@pytest.fixture
def page(hearing, served):
    with opened(hearing, served) as page:
        yield page


def chips(page) -> dict[str, int]:
    page.wait_for_selector(".kind-chip")
    found = page.locator(".kind-chip").all()
    return {chip.get_attribute("data-kind"): int(chip.locator("small").inner_text()) for chip in found}


def tally(page) -> int:
    return int(page.locator(".tally").inner_text().split()[0])


def told(page, n_sounds: int) -> None:
    """Waits until the page says that so many sounds are left."""
    until(page, f"parseInt(document.querySelector('.tally').textContent) === {n_sounds}")


def test_a_click_keeps_a_kind_and_another_gives_it_up(page, axe, pictures):
    counts = chips(page)
    assert list(counts.values()) == sorted(counts.values(), reverse=True)
    everything = tally(page)
    low = page.locator(".kind-chip[data-kind=low]")
    low.click()
    told(page, counts["low"])
    assert counts["low"] < everything
    assert low.get_attribute("aria-pressed") == "true"
    assert page.evaluate("document.activeElement.dataset.kind") == "low"  # for those who use keys
    assert all("low" in text for text in page.locator(".row .row-kinds .asked").all_inner_texts())
    assert page.locator(".row").count() == page.locator(".row .row-kinds .asked").count() > 0
    assert complaints(page, axe) == []
    pictures.take(page, "kinds.png")
    low.click()
    told(page, everything)


def test_a_word_for_a_kind_finds_what_is_not_called_so(page):
    counts = chips(page)
    page.fill("input[type=search]", "deep")
    told(page, counts["low"])
    until(page, "!document.querySelector('.kind-chip[data-kind=high]')")
    assert chips(page)["low"] == counts["low"]
