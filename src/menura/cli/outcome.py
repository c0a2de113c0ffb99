"""How a command ends: one line for every failure that is not a bug, and an exit code that says which kind it was.

0: done; 1: the work failed; 2: the call is at fault; 130: interrupted. Any other exception is a bug and shows itself.
"""

from __future__ import annotations

import sys
from typing import Any

import typer
from typer.core import TyperGroup

from menura.cli.text import printable
from menura.errors import MenuraError

INTERRUPTED = 130


class CommandLine(TyperGroup):
    """The group of all commands, which turns what they raise into a line on stderr and an exit code."""

    def main(self, *args: Any, **options: Any) -> None:  # noqa: ANN401  # as the method that it replaces
        """Parses the arguments, runs the command they name, and exits."""
        try:
            code = super().main(*args, **{**options, "standalone_mode": False}) or 0
        except MenuraError as error:
            code = _fail(str(error), error.exit_code)
        except typer.TyperException as error:
            code = _misuse(error)
        except OSError as error:
            code = _fail(_os_error_line(error), 1)
        if code == INTERRUPTED:
            _fail("interrupted; what is finished is kept, and the same command goes on from there", code)
        sys.exit(code)


def _fail(line: str, code: int) -> int:
    print(f"menura: {printable(line)}", file=sys.stderr)
    return code


def _misuse(error: typer.TyperException) -> int:
    message = error.format_message()
    if not message:  # a bare `menura` or `menura train`, answered with its help
        return error.exit_code
    context = getattr(error, "ctx", None)
    command = context.command_path if context else "menura"
    return _fail(f"{message.rstrip('.')} (see {command} --help)", error.exit_code)


def _os_error_line(error: OSError) -> str:
    if error.strerror is None:
        return str(error)
    return f"{error.strerror}: {error.filename}" if error.filename else error.strerror
