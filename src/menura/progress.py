"""How work that takes a while tells how far it is."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[int, int], None]
"""Called in the calling thread with how much is done and how much there is in all, which may grow."""
