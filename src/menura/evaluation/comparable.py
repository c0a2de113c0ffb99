"""Whether figures on a corpus may stand beside the published ones: only of the same recordings and candidates."""

from __future__ import annotations

from collections import Counter

from menura.corpora.catalogue import Catalogue

_SOUNDS = {"acoustic instruments": 40, "commercial synthesizers": 40, "everyday sounds": 120, "single synthesizer": 40}
"""VocalSketch 1.0.4, as the paper's table 1 has it: half of them are the candidates."""

_AMONG_THEM = ("chinese_cymbal_hit_with_a_stick.wav", "subsynth_374.wav")
"""Recordings that any copy of VocalSketch has; a corpus that is only laid out like it has its own."""


def why_not_comparable(catalogue: Catalogue) -> str:
    """Why the paper's figures do not belong beside ones on this catalogue, in a line; empty where they do."""
    counts = Counter(sound.category for sound in catalogue.sounds)
    if catalogue.name != "VocalSketch 1.0.4":
        why = f"this is {catalogue.name}"
    elif absent := [name for name in _AMONG_THEM if name not in {sound.id for sound in catalogue.sounds}]:
        why = f"this corpus is laid out like it, and has other recordings ({absent[0]} is not among them)"
    elif counts != _SOUNDS:
        differ = [f"{counts[name]} instead of {n} of {name}" for name, n in _SOUNDS.items() if counts[name] != n]
        why = f"here are {', '.join(differ)}, so an imitation has other candidates"
    else:
        return ""
    return f"the published figures are of VocalSketch 1.0.4 and cannot be compared with these: {why}"
