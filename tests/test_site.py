"""The documentation as a site: built strictly, whole, and with nothing in it that is loaded from elsewhere."""

import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

import menura

pytest.importorskip("mkdocs", reason='no docs extra here: pip install -e ".[docs]"')

from manual.commands import commands_page
from manual.equations import as_mathml
from manual.http_api import http_page
from manual.pictures import picture_commands, shown_pictures
from manual.python_api import is_documented, modules_named
from page_tools import complaints

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
LOADED = {"script": "src", "img": "src", "link": "href", "iframe": "src", "source": "src", "audio": "src"}


class Parsed(HTMLParser):
    """What a page loads, where its links lead, and the places in it."""

    def __init__(self, html):
        super().__init__()
        self.loaded, self.links, self.places = [], [], {""}
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        told = dict(attrs)
        self.places |= {told[name] for name in ("id", "name") if told.get(name)}
        if told.get(LOADED.get(tag)):
            self.loaded.append(told[LOADED[tag]])
        if tag == "a" and told.get("href") is not None:
            self.links.append(told["href"])


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", folder]
    built = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stdout + built.stderr
    return folder


@pytest.fixture(scope="module")
def pages(site):
    return {path.name: Parsed(path.read_text(encoding="utf-8")) for path in sorted(site.glob("*.html"))}


def text_of(site, name):
    return (site / name).read_text(encoding="utf-8")


@pytest.mark.slow
def test_all_there_is_to_say_has_its_page(site, pages):
    assert {f"{path.stem}.html" for path in DOCS.glob("*.md")} <= set(pages)
    assert {"index.html", "contributing.html", "changelog.html", "security.html", "conduct.html"} <= set(pages)
    assert {f"menura.{name}" for name in menura.__all__ if name[0] != "_"} <= pages["python.html"].places
    assert set(modules_named(DOCS)) <= pages["modules.html"].places
    navigation = {link.partition("#")[0] for link in pages["index.html"].links}
    assert set(pages) - {"404.html"} <= navigation | {"index.html"}


@pytest.mark.slow
def test_every_link_leads_somewhere(site, pages):
    broken = []
    for name, page in pages.items():
        for link in [*page.links, *page.loaded]:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc or name == "404.html":  # that one is shown at any address
                continue
            target = unquote(parts.path) or name
            there = (site / target).is_file() or (site / target / "index.html").is_file()
            if not there or (target in pages and unquote(parts.fragment) not in pages[target].places):
                broken.append((name, link))
    assert broken == []


@pytest.mark.slow
def test_nothing_is_loaded_from_elsewhere(site, pages):
    elsewhere = [(name, one) for name, page in pages.items() for one in page.loaded if urlsplit(one).netloc]
    for sheet in site.rglob("*.css"):
        found = re.findall(r"""(?:url\(|@import\s*)["']?([^"')]+)""", sheet.read_text(encoding="utf-8"))
        elsewhere += [(sheet.name, one) for one in found if urlsplit(one).netloc]
    assert elsewhere == []


@pytest.mark.slow
def test_equations_are_drawn_without_a_script(site):
    latex = re.sub(r"```.*?```", "", (DOCS / "how-it-works.md").read_text(encoding="utf-8"), flags=re.DOTALL)
    n_blocks = len(re.findall(r"^\$\$$", latex, re.MULTILINE)) // 2
    page = text_of(site, "how-it-works.html")
    assert page.count('<div class="equation"') == page.count('display="block"') == n_blocks > 20
    assert page.count('display="inline"') == len(re.findall(r"(?<!\$)\$[^$\n]+\$(?!\$)", latex)) > 20
    assert "arithmatex" not in page and "MathJax" not in page


@pytest.mark.slow
def test_a_browser_asks_nobody_for_anything_and_finds_words_in_files(site, pages, chromium):
    context = chromium.new_context(viewport={"width": 360, "height": 800})
    page = context.new_page()
    asked, too_wide = [], []
    page.on("request", lambda request: asked.append(request.url))
    for name in pages:
        page.goto((site / name).as_uri())
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            too_wide.append(name)
    assert [url for url in asked if urlsplit(url).scheme not in {"file", "data", "blob", "about"}] == []
    assert too_wide == []
    page.set_viewport_size({"width": 1_440, "height": 900})
    page.goto((site / "index.html").as_uri())
    page.get_by_role("textbox", name="Search").fill("hysteresis")
    page.locator(".md-search-result__item a").first.wait_for()
    assert "ear.html" in page.locator(".md-search-result__item a").first.get_attribute("href")
    context.close()


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_keeps_anybody_from_reading(site, chromium, axe, scheme):
    context = chromium.new_context(viewport={"width": 1_440, "height": 900}, color_scheme=scheme)
    page = context.new_page()
    for name in ("index", "how-it-works", "not-found"):
        page.goto((site / f"{name}.html").as_uri())
        assert complaints(page, axe) == [], name
    context.close()


def test_every_picture_has_a_command_and_a_page():
    shown = shown_pictures(DOCS)
    kept = {path.name for path in (DOCS / "pictures").iterdir()}
    assert set(shown) == kept == set(picture_commands(ROOT / "benchmarks", DOCS / "pictures"))
    assert all(told for told, _, _ in shown.values())


def test_a_picture_that_no_script_draws_has_none(tmp_path):
    (tmp_path / "new.png").touch()
    (tmp_path / "draw.py").write_text('"""python -m benchmarks.draw DATA [--all]"""\nsave("new_picture.png")\n')
    assert "new.png" not in picture_commands(tmp_path, tmp_path)
    (tmp_path / "draw.py").write_text('"""python -m benchmarks.draw DATA [--all]"""\nsave("new.png")\n')
    assert picture_commands(tmp_path, tmp_path)["new.png"] == "python -m benchmarks.draw DATA"


def test_the_page_of_commands_has_each_with_all_its_options():
    page = commands_page()
    search = page.partition("## menura search\n")[2].partition("\n## ")[0]
    assert "Find the sounds that a recording imitates" in search
    assert re.search(r"`--top [^`]*` \| How many sounds to show\.\s+\\?\[default: 20", search)
    assert {"menura train pairs", "menura study report"} <= set(re.findall(r"^## (.*)$", page, re.MULTILINE))


def test_a_route_is_told_with_what_it_takes_sends_and_answers():
    schema = {"type": "object", "required": ["n"], "properties": {"n": {"type": "integer", "minimum": 1}, "of": ITEMS}}
    route = {
        "description": "Do it.\n\nAt once.",
        "parameters": [{"name": "how", "in": "query", "schema": {"type": "string", "default": "well"}}],
        "responses": {"200": {"content": {"application/json": {"schema": REFERENCE}}}, "404": {}},
    }
    document = {"info": {"description": "All of it."}, "paths": {"/do/{it}": {"post": route}}}
    page = http_page({**document, "components": {"schemas": {"Done": schema}}})
    assert "| [`POST /do/{it}`](#post-do-it) | Do it. |" in page
    assert '| `how` | query | string, "well" by default |' in page
    assert "Answers 200 with `application/json`: [Done](#done)." in page
    assert "Refuses with 404." in page
    assert "| `n` | integer, 1 or more |" in page
    assert "| `of`, may be left out | list of [Done](#done) |" in page


REFERENCE = {"$ref": "#/components/schemas/Done"}
ITEMS = {"type": "array", "items": REFERENCE}


def test_latex_that_cannot_be_drawn_is_refused():
    assert "<math" in as_mathml(r'<span class="arithmatex">\(a &lt; b\)</span>')
    with pytest.raises(ValueError, match=r"does not know all of \\nonsense"):
        as_mathml(r'<span class="arithmatex">\(\nonsense{a}\)</span>')


def test_names_that_the_pages_link_are_there():
    assert is_documented("menura.model.score.logits") and is_documented("menura.explain")
    assert is_documented("menura.network.iminet")  # without importing it, for it needs torch
    assert not is_documented("menura.model.score.nothing") and not is_documented("menura.nothing")
