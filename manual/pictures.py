"""The page of pictures: every picture of the docs, where it stands, and the command that makes it.

The command is that of the benchmark which writes a picture of this name, as it says itself how it is called.
"""

from __future__ import annotations

import re
from pathlib import Path

_PICTURE = re.compile(r"!\[(?P<told>[^\]]*)\]\(pictures/(?P<name>[\w.-]+)\)")
_TAGGED = re.compile(r'<img src="pictures/(?P<name>[\w.-]+)"[^>]*? alt="(?P<told>[^"]*)"')
_CALL = re.compile(r"python -m benchmarks\.[^\n`\[]+")

# Taken of what a command opens in a browser; no script draws it.
_BY_HAND = {"gallery.png": "menura visualise tl-iminet --out gallery --sounds ~/Samples"}


def pictures_page(docs: Path) -> str:
    """The page in Markdown.

    Raises:
        KeyError: No command makes a picture.
    """
    commands = picture_commands(docs.parent / "benchmarks", docs / "pictures")
    lines = ["# Pictures", "", "Each with the command that makes it, by the page that tells of it."]
    heading = None
    for name, (told, page, title) in shown_pictures(docs).items():
        if page != heading:
            lines += ["", f"## [{title}]({page})"]
            heading = page
        lines += [
            "",
            f"![{told}](pictures/{name}){{ loading=lazy }}",
            "",
            f"{told}.",
            "",
            "```sh",
            commands[name],
            "```",
        ]
    return "\n".join(lines) + "\n"


def picture_commands(benchmarks: Path, pictures: Path) -> dict[str, str]:
    """For each picture that is made by a command, that command."""
    scripts = [path.read_text(encoding="utf-8") for path in sorted(benchmarks.rglob("*.py"))]
    names = [path.name for path in sorted(pictures.glob("*.png"))]
    made = {name: call for script in scripts if (call := _call(script)) for name in names if _draws(script, name)}
    return {**made, **_BY_HAND}


def _draws(script: str, name: str) -> bool:
    return re.search(rf"""["'/`]{re.escape(name).replace("_", "[_-]")}["'`]""", script) is not None


def _call(script: str) -> str | None:
    found = _CALL.search(script)
    return found[0].strip() if found else None


def shown_pictures(docs: Path) -> dict[str, tuple[str, str, str]]:
    """Of each picture that a page shows: what it is, the first such page, and that page's title; README's come last."""
    shown: dict[str, tuple[str, str, str]] = {}
    readme = docs.parent / "README.md"
    for path, page in [*((path, path.name) for path in sorted(docs.glob("*.md"))), (readme, "index.md")]:
        text = path.read_text(encoding="utf-8").replace("docs/pictures/", "pictures/")
        title = text.partition("\n")[0].removeprefix("# ")
        for found in (*_PICTURE.finditer(text), *_TAGGED.finditer(text)):
            shown.setdefault(found["name"], (found["told"], page, title))
    return shown
