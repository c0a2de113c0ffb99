"""Whether pitch and tempo can be measured here: SwiftF0 and librosa do that, which `menura[music]` brings."""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec

NEEDS_MUSIC = 'pitch, and the tempo that no name tells, need SwiftF0 and librosa: pip install "menura[music]"'


@cache
def has_music() -> bool:
    """Whether both are installed; neither is loaded for that, which takes a second."""
    return all(find_spec(module) is not None for module in ("librosa", "swift_f0"))
