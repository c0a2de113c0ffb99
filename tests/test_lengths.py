"""Lengths are counted as CONTRIBUTING says."""

import subprocess
import sys
from pathlib import Path

import pytest

import lengths


def function(lines, docstring=""):
    """A function of so many lines, its `def` among them."""
    return (
        "\n".join(["def f():", *([f'    """{docstring}"""'] if docstring else []), *["    pass"] * (lines - 1)]) + "\n"
    )


@pytest.mark.parametrize(
    ("name", "text", "found"),
    [
        ("a.py", function(39), []),
        ("a.py", function(40), ["f has 40 lines"]),
        ("a.py", function(39, "What it does.\n\n    And why."), []),
        ("a.py", function(40, "What it does.\n\n    And why."), ["f has 40 lines"]),
        ("a.py", "class C:\n    async " + function(41).replace("\n", "\n    "), ["f has 41 lines"]),
        ("test_a.py", function(40), ["f has 40 lines"]),
        ("a.py", "x = 1\n" * 299, []),
        ("a.py", "x = 1\n" * 300, ["300 lines"]),
        ("test_a.py", "x = 1\n" * 300, []),
    ],
)
def test_what_is_too_long(tmp_path, name, text, found):
    (tmp_path / name).write_text(text)
    said = list(lengths.too_long(tmp_path))
    assert len(said) == len(found)
    assert all(part in line for part, line in zip(found, said, strict=True))


def test_the_command_fails_where_something_is_too_long(tmp_path):
    (tmp_path / "long.py").write_text(function(40))
    command = [sys.executable, Path(lengths.__file__), tmp_path]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stdout.startswith(f"{tmp_path / 'long.py'}:1: f has 40 lines")
