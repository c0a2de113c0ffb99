"""Whether files and functions stay short enough to be read at one sitting.

    python tests/lengths.py [FOLDER ...]

A file has fewer than 300 lines; a file of tests (`test_*.py`) may have more, since each test is read by itself. A
function has fewer than 40, from its `def` to its last line without its docstring, in tests too.
"""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

LINES_OF_A_FILE = 300
LINES_OF_A_FUNCTION = 40
FOLDERS = ("src", "benchmarks", "manual", "release", "tests")
LONGER = {"draw_imitator": "one call, whose arguments are drawn in the order that a seed decides"}


def too_long(folder: Path) -> Iterator[str]:
    """One line for each file and each function under `folder` that is too long."""
    for file in sorted(folder.rglob("*.py")):
        text = file.read_text(encoding="utf-8")
        lines = len(text.splitlines())
        if lines >= LINES_OF_A_FILE and not file.name.startswith("test_"):
            yield f"{file}: {lines} lines; a file has fewer than {LINES_OF_A_FILE}"
        for node in ast.walk(ast.parse(text)):
            if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) or node.name in LONGER:
                continue
            lines = lines_of(node)
            if lines >= LINES_OF_A_FUNCTION:
                most = LINES_OF_A_FUNCTION
                yield f"{file}:{node.lineno}: {node.name} has {lines} lines; a function has fewer than {most}"


def lines_of(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """From `def` to the last line, without the docstring."""
    lines = function.end_lineno - function.lineno + 1
    if ast.get_docstring(function) is None:
        return lines
    docstring = function.body[0]
    return lines - (docstring.end_lineno - docstring.lineno + 1)


if __name__ == "__main__":
    found = [line for folder in sys.argv[1:] or FOLDERS for line in too_long(Path(folder))]
    print("\n".join(found) or "Files and functions are short enough.")
    sys.exit(bool(found))
