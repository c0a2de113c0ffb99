"""Kinds of held-out sounds, and the noises that a mouth makes for them, by the names of their files.

A kind is told by a pattern in the name of a recording of one corpus; of ESC-50, by the number of its class, which ends
the name. A noise and the kinds that it may stand for are joined by what their names say, before anything was measured.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from menura.corpora.recordings import Recording


class Kind(NamedTuple):
    """Patterns that tell a recording of a kind, by corpus, and the mouth noises that stand for it."""

    patterns: Mapping[str, str]
    noises: tuple[str, ...] = ()


_KICK = {"drum-machines": r"kick|_bd"}
_SNARE = {"drum-machines": r"snare|_sd|-sd|shortsn"}
_HAT = {"drum-machines": r"hi?-?t?hat|hh(open|closed)|closedhat|openhat|-ch$|-oh$"}

DRUMS: Mapping[str, Kind] = MappingProxyType({"kick": Kind(_KICK), "snare": Kind(_SNARE), "hat": Kind(_HAT)})

NOISES: Mapping[str, Kind] = MappingProxyType(
    {
        "kick from a mouth": Kind(_KICK, ("puh", "fuh")),
        "snare from a mouth": Kind(_SNARE, ("kuh", "pst", "ssk")),
        "hat from a mouth": Kind(_HAT, ("tsk", "tss", "sst")),
        "hiss": Kind({"esc50-free": r"-(10|11|16|17|18|36)$", "esc10": r"rain|sea"}, ("hiss", "shh", "thh")),
        "motorcycle": Kind({"esc50-free": r"-(40|41|44|47)$", "esc10": r"chainsaw|helicopter"}, ("motorcycle", "rrh")),
        "hooves": Kind({"esc50-free": r"-(25|30)$", "body-percussion": r"stomp|heel"}, ("clop", "trot")),
        "pop": Kind({"esc50-free": r"-15$", "body-percussion": r"cheek"}, ("pop", "reverse-pop")),
    }
)


def is_of_kind(recording: Recording, kind: Kind) -> bool:
    """Whether the recording's name says that it is of the kind."""
    pattern = kind.patterns.get(recording.corpus)
    name = f"{recording.label} {recording.path.stem}".lower()
    return pattern is not None and re.search(pattern, name) is not None
