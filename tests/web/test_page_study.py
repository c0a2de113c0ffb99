"""The page of a study, driven as a person would: to its end, through reloads and faults, and looked at."""

import re
import shutil

import pytest

from benchmarks.web.driving import PATIENCE_MS, ServedMenura
from menura.corpora.registry import load_imitations
from menura.study.store import Study
from page_tools import complaints

SIZES = {"wide": (1440, 900), "middle": (1024, 768), "narrow": (360, 780)}


@pytest.fixture(scope="module")
def study_home(synthetic_library, tmp_path_factory):
    """A library of two kinds, and what names a study of its sounds."""
    home = tmp_path_factory.mktemp("study")
    for kind in ("barks", "bells"):
        shutil.copytree(synthetic_library / kind, home / "sounds" / kind)
    return home


@pytest.fixture(scope="module")
def served_study(study_home):
    pytest.importorskip("uvicorn", reason='no web extra here: pip install -e ".[web]"')
    server = ServedStudy(study_home).start()
    yield server
    server.kill()


class ServedStudy(ServedMenura):
    """`menura study` as a process of its own, with the two systems that ship."""

    def __init__(self, home):
        super().__init__([home / "sounds"], home / "home", "--out", str(home / "out"), "--sounds", "8")
        at = self._command.index("serve")
        self._command[at] = "study"
        self._command += ["--model", "default", "--model", "tl-iminet"]
        self.folder = home / "out"

    def start(self):
        import subprocess

        self.process = subprocess.Popen(
            self._command, env=self._env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        lines = []
        for line in self.process.stdout:
            lines.append(line)
            if printed := re.search(r"http://\S+", line):
                self.address = printed[0]
                return self
        raise AssertionError("".join(lines))


@pytest.fixture
def page(hearing, served_study):
    context = hearing.new_context(
        viewport={"width": 1440, "height": 900}, reduced_motion="reduce", color_scheme="light"
    )
    context.set_default_timeout(PATIENCE_MS)
    opened = context.new_page()
    opened.goto(served_study.address)
    yield opened
    context.close()


def picture(page, pictures, name):
    """Pictures at three widths, light and dark."""
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        for size, (width, height) in SIZES.items():
            page.set_viewport_size({"width": width, "height": height})
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{name} is too wide at {width}"
            pictures.take(page, f"study-{name}-{size}-{scheme}.png", full_page=True)
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": 1440, "height": 900})


def agree(page):
    page.get_by_label("I have read this, and I agree.").check()
    page.get_by_role("button", name="I agree, begin").click()
    page.get_by_role("heading", name="A few questions").wait_for()


def answer(page):
    for group in page.locator(".study-question").all():
        group.get_by_role("radio").first.check()
    page.get_by_role("button", name="Go on").click()
    page.locator(".study-record").wait_for()


def imitate(page):
    page.get_by_role("button", name="Play the sound").click()
    page.locator(".study-record:not([disabled])").click()
    page.get_by_role("button", name="Search with this take").wait_for()


def search(page):
    page.get_by_role("button", name="Search with this take").click()
    page.get_by_role("heading", name="What was found").wait_for()


def rate(page):
    for place, group in enumerate(page.locator(".study-scale").all()):
        group.get_by_role("radio").nth(place % 5).check()
    page.get_by_label("None of these is the sound").check()
    page.get_by_role("button", name="Next").click()
    page.locator(".study-results").wait_for(state="detached")


def test_a_person_goes_from_consent_to_the_end(page, served_study, pictures, axe):
    pages = {}

    def look(name):
        picture(page, pictures, name)
        pages[name] = complaints(page, axe)

    page.get_by_role("heading", name="Before you begin").wait_for()
    look("consent")
    agree(page)
    look("questions")
    answer(page)
    look("sound")
    imitate(page)
    look("take")
    search(page)
    look("results")
    rate(page)
    for number in range(8):
        assert page.locator(".study-progress").inner_text().startswith(f"Sound {number + 1} of 8")
        imitate(page)
        search(page)
        rate(page)
        if number == 3:
            page.get_by_role("heading", name="Half of it is done").wait_for()
            look("break")
            page.get_by_role("button", name="Go on").click()
            page.locator(".study-record").wait_for()
    page.get_by_role("heading", name="That was all").wait_for()
    look("done")
    assert not any(pages.values()), pages
    study = Study.open(served_study.folder)
    assert study.sessions()[-1].step(study.plan) == "done"
    assert len(load_imitations(served_study.folder).imitations) >= 8


def test_a_reload_in_the_middle_loses_nothing(page):
    agree(page)
    answer(page)
    imitate(page)
    page.reload()
    page.get_by_role("button", name="Search with this take").wait_for()
    search(page)
    page.locator(".study-scale").first.get_by_role("radio").nth(3).check()
    page.reload()
    page.get_by_role("heading", name="What was found").wait_for()
    assert page.locator(".study-scale").first.get_by_role("radio").nth(3).is_checked()
    assert page.get_by_role("button", name="Next").is_disabled()


def test_a_second_tab_goes_on_where_the_first_is(page, served_study):
    agree(page)
    answer(page)
    imitate(page)
    second = page.context.new_page()
    second.goto(served_study.address)
    second.get_by_role("button", name="Search with this take").wait_for()
    search(page)
    rate(page)
    second.get_by_role("button", name="Search with this take").click()
    second.locator("#toast", has_text="perhaps in another tab").wait_for()
    second.locator(".study-progress", has_text="Sound 1 of 8").wait_for()


def test_who_takes_everything_back_begins_anew(page, served_study):
    before = {one.id for one in Study.open(served_study.folder).sessions()}
    agree(page)
    answer(page)
    imitate(page)
    page.get_by_role("button", name="Stop, and take everything back").click()
    page.get_by_role("button", name="Delete all that is mine").click()
    page.get_by_role("heading", name="Before you begin").wait_for()
    assert {one.id for one in Study.open(served_study.folder).sessions()} == before


def test_what_the_server_cannot_keep_is_said_and_sent_again(page, pictures):
    agree(page)
    answer(page)
    full = {"error": "this could not be kept (No space left on device). Nothing that you did before is lost"}
    page.route("**/take", lambda route: route.fulfill(status=507, json=full))
    page.get_by_role("button", name="Play the sound").click()
    page.locator(".study-record:not([disabled])").click()
    page.get_by_role("button", name="Send it again").wait_for()
    assert "No space left on device" in page.locator(".study-hint").inner_text()
    picture(page, pictures, "full")
    page.unroute("**/take")
    page.get_by_role("button", name="Send it again").click()
    page.get_by_role("button", name="Search with this take").wait_for()


def test_a_result_that_is_gone_need_not_be_rated(page):
    agree(page)
    answer(page)
    imitate(page)
    search(page)
    page.route("**/results/0**", lambda route: route.fulfill(status=404, json={"error": "gone"}))
    page.get_by_role("button", name="Play result 1").click()
    page.locator(".study-hint", has_text="Result 1 cannot be played").wait_for()
    for group in page.locator(".study-scale").all()[1:]:
        group.get_by_role("radio").first.check()
    page.get_by_label("None of these is the sound").check()
    page.get_by_role("button", name="Next").click()
    page.locator(".study-results").wait_for(state="detached")
