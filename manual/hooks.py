"""What MkDocs asks of the site: its pages that are not under docs/, links between them, and its equations."""

from __future__ import annotations

import re
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

from manual.commands import commands_page
from manual.equations import as_mathml
from manual.http_api import http_page
from manual.pictures import pictures_page
from manual.python_api import is_documented, modules_page, python_page

ROOT = Path(__file__).parents[1]

# Files of the repository that are pages of the site, by the name that they have there.
_PAGES = {
    "README.md": "index.md",
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changelog.md",
    "SECURITY.md": "security.md",
    "CODE_OF_CONDUCT.md": "conduct.md",
    "LICENSE": "licence.md",
}
_ASSETS = {
    "page/public/assets/icon.svg": "assets/icon.svg",
    "manual/assets/iframe-worker.js": "assets/iframe-worker.js",
    "manual/assets/site.css": "assets/site.css",
}
_LINK = re.compile(r"(?<=\]\()([^)\s:#]+)(?=[)#])")
_CODE = re.compile(r"(?P<fence>^```.*?^```|^ {4}.*?$)|`(?P<name>menura(?:\.\w+)+)`", re.DOTALL | re.MULTILINE)


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Adds the pages that are made, and those that lie elsewhere in the repository."""
    docs = Path(config.docs_dir)
    made = {
        "commands.md": commands_page(),
        "http.md": http_page(),
        "python.md": python_page(),
        "modules.md": modules_page(docs),
        "pictures.md": pictures_page(docs),
    }
    for source, name in _PAGES.items():
        text = (ROOT / source).read_text(encoding="utf-8")
        made[name] = within_site(text) if source.endswith(".md") else f"# Licence\n\n```text\n{text.strip()}\n```\n"
    for name, text in made.items():
        files.append(File.generated(config, name, content=text))
    for source, name in _ASSETS.items():
        files.append(File.generated(config, name, abs_src_path=str(ROOT / source)))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Turns links that lead out of docs/ to the pages of the site, and names of modules into links."""
    return _with_modules(within_site(markdown.replace("](../", "](")))


def on_page_content(html: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Draws the equations."""
    return as_mathml(html)


def on_post_page(output: str, page: Page, config: MkDocsConfig) -> str:
    """Gives the theme's search the name that a reader of screens says."""
    return output.replace('role="dialog"', 'role="dialog" aria-label="Search"')


def within_site(markdown: str) -> str:
    """Markdown of a file at the root of the repository, its links leading to the pages of the site."""
    return _LINK.sub(lambda link: _PAGES.get(link[0], link[0].removeprefix("docs/")), markdown)


def _with_modules(markdown: str) -> str:
    """Names of Menura's modules and of what is in them, outside of blocks of code, as links to what is said of them."""

    def linked(found: re.Match[str]) -> str:
        name = found["name"]
        return f"[`{name}`][{name}]" if name and is_documented(name) else found[0]

    return _CODE.sub(linked, markdown)
