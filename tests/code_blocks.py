"""The blocks of code in README, CONTRIBUTING and docs, as CommonMark finds them, and the commands in them."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from markdown_it import MarkdownIt

ROOT = Path(__file__).parents[1]
PROGRAMS = ("menura", "make", "pip", "curl", "export")
PLACEHOLDER = re.compile(r"(?<![\w~.-])[A-Z][A-Z0-9_]+(?![\w-])")
"""Capitals stand for what the reader has: DATA, MODEL, OWNER/NAME."""


@dataclass(frozen=True)
class Block:
    """A block of code, and where it stands.

    Attributes:
        page: The file, from the root.
        line: The first line of the block, from 1.
        language: What it is written in.
        text: The block.
    """

    page: str
    line: int
    language: str
    text: str

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


@dataclass(frozen=True)
class Command:
    """A command that a page tells to type.

    Attributes:
        words: As a shell splits it, comments left out.
        line: As it stands.
        block: Where.
    """

    words: tuple[str, ...]
    line: str
    block: Block

    def __str__(self) -> str:
        return f"{self.block}: {self.line}"

    @property
    def needs_data(self) -> bool:
        """Whether something in it stands for what the reader has, or is left out with dots."""
        return PLACEHOLDER.search(" ".join(self.words)) is not None or "..." in self.words


@cache
def blocks() -> tuple[Block, ...]:
    """All blocks, in their order."""
    pages = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
    found = []
    for page in pages:
        for token in MarkdownIt().parse(page.read_text(encoding="utf-8")):
            if token.type in {"fence", "code_block"}:
                place = str(page.relative_to(ROOT)), token.map[0] + 1 + (token.type == "fence")
                found.append(Block(*place, token.info.strip() or language_of(token.content), token.content))
    return tuple(found)


def language_of(text: str) -> str:
    """What a block that does not say it is written in: `sh`, what a shell printed, or nothing that is known."""
    lines = [line for line in text.splitlines() if line.strip()]
    if all(line.split()[0] in PROGRAMS for line in lines):
        return "sh"
    return "console" if lines[0].startswith("$ ") else "unknown"


@cache
def commands() -> tuple[Command, ...]:
    """All commands of the blocks that are for a shell, those whose output is shown too."""
    found = []
    for block in blocks():
        if block.language in {"sh", "console"}:
            shown = block.language == "console"
            lines = [line.removeprefix("$ ") for line in block.text.splitlines() if not shown or line[:2] == "$ "]
            found += [Command(tuple(shlex.split(line, comments=True)), line, block) for line in lines]
    return tuple(found)
