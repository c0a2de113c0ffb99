"""An explanation in sentences, for people who do not read spectrograms."""

from __future__ import annotations

from menura.explain.explanation import Evidence, Explanation
from menura.explain.regions import Region, lowering_regions, raising_regions

_MOST = 2  # regions named on each side


def words_of(explanation: Explanation) -> list[str]:
    """What made the two match, and what spoke against it, the imitation first; at least one sentence."""
    sentences = []
    for name, side in (("your imitation", explanation.query), ("the sound", explanation.recording)):
        sentences += _about(name, side)
    return sentences or ["No part of either stands out: the score comes from all of both."]


def _about(name: str, side: Evidence) -> list[str]:
    raising = raising_regions(side, _MOST)
    sentences = []
    if raising:
        places = " and ".join(_place(region, side) for region in raising)
        sentences.append(f"In {name}, what raised the score most is {places}.")
    if lowering := lowering_regions(side, 1):
        sentences.append(f"In {name}, {_place(lowering[0], side)} lowered it.")
    return sentences


def _place(region: Region, side: Evidence) -> str:
    what = "the silence" if region.quiet else _pitch(region)
    start, end = region.start_s - side.clip.start_s, region.end_s - side.clip.start_s
    return f"{what} from {start:.1f} to {end:.1f} s" + ("" if side.clip.start_s == 0 else " of the window")


def _pitch(region: Region) -> str:
    low, high = (f"{int(float(f'{hz:.2g}')):,}" for hz in (region.low_hz, region.high_hz))
    return f"what is heard between {low} and {high} Hz"
