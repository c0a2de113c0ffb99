r"""File names on the wire, which carries text alone, though not every name is text.

A byte of a name that is not UTF-8 is a lone surrogate to Python; it is written as its escape, `\udc80` to `\udcff`.
"""

from __future__ import annotations

import re

_ESCAPE = re.compile(r"\\udc([89a-f][0-9a-f])")


def shown(name: str) -> str:
    """A name as text that can be sent."""
    return name.encode("utf-8", "backslashreplace").decode()


def named(text: str) -> str:
    """The name that is shown like this."""
    return _ESCAPE.sub(lambda found: chr(0xDC00 + int(found[1], 16)), text)
