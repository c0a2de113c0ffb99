"""An explanation in sentences, for people who do not read spectrograms."""

from __future__ import annotations

from menura.explanation.evidence import Evidence, Explanation
from menura.explanation.regions import Region, lowering_regions, raising_regions

_MOST = 2  # regions named on each side


def words_of(explanation: Explanation) -> list[str]:
    """What made the two match, and what spoke against it, the imitation first; at least one sentence.

    Places in the imitation are those of its recording, places in the sound those of the window.
    """
    window = explanation.recording
    sentences = _about("your imitation", explanation.query, 0.0) + _about("the sound", window, window.clip.start_s)
    return sentences or ["No part of either stands out: the score comes from all of both."]


def _about(name: str, side: Evidence, origin_s: float) -> list[str]:
    raising = raising_regions(side, _MOST)
    sentences = []
    if raising:
        places = " and ".join(_place(region, origin_s) for region in raising)
        sentences.append(f"In {name}, what raised the score most is {places}.")
    if lowering := lowering_regions(side, 1):
        sentences.append(f"In {name}, {_place(lowering[0], origin_s)} lowered it.")
    return sentences


def _place(region: Region, origin_s: float) -> str:
    what = "the silence" if region.quiet else _pitch(region)
    start, end = region.start_s - origin_s, region.end_s - origin_s
    return f"{what} from {start:.1f} to {end:.1f} s" + (" of the window" if origin_s else "")


def _pitch(region: Region) -> str:
    low, high = (f"{int(float(f'{hz:.2g}')):,}" for hz in (region.low_hz, region.high_hz))
    return f"what is heard between {low} and {high} Hz"
