"""The page of the command line, made of the commands themselves: `menura ... --help`, all on one page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

import typer
from typer.core import TyperCommand, TyperGroup

from manual.markdown import cell
from menura.cli import app

Command = TyperCommand | TyperGroup
Context = Any
"""Of click, which typer brings under a name of its own, or uses as it is installed, by its version."""


def commands_page() -> str:
    """The page in Markdown."""
    root = cast("Command", typer.main.get_command(app))
    lines = [
        "# The command line",
        "",
        "Every command with all that it takes, as `menura COMMAND --help` prints it.",
        *_options(root, _context(root, "menura", None)),
    ]
    for name, command, context in leaves(root):
        lines += ["", f"## {name}", "", str(command.help or "").strip(), "", "```sh", _usage(command, context), "```"]
        lines += _options(command, context)
    return "\n".join(lines) + "\n"


def leaves(
    command: Command, name: str = "menura", parent: Context | None = None
) -> Iterator[tuple[str, Command, Context]]:
    """Each command that does something, however deep: its whole name, itself and the context it is called in."""
    context = _context(command, name, parent)
    for part, below in sorted(getattr(command, "commands", {}).items()):
        yield from leaves(below, f"{name} {part}", context)
    if not hasattr(command, "commands"):
        yield name, command, context


def _context(command: Command, name: str, parent: Context | None) -> Context:
    return command.make_context(name.rpartition(" ")[2], [], parent=parent, resilient_parsing=True)


def _usage(command: Command, context: Context) -> str:
    return str(command.get_usage(context)).removeprefix("Usage:").strip()


def _options(command: Command, context: Context) -> list[str]:
    """A table of what a command takes, --help left out, which all take."""
    records = [parameter.get_help_record(context) for parameter in command.params]
    rows = [f"| `{what}` | {cell(said)} |" for what, said in filter(None, records) if what != "--help"]
    return ["", "| takes | |", "| --- | --- |", *rows] if rows else []
