"""An explanation in one sentence, in the words of people who work with sounds, and the stretches to listen to."""

from __future__ import annotations

import math

from menura.explanation.evidence import Evidence, Explanation
from menura.explanation.regions import Region, lowering_regions, raising_regions

SHORTEST_S = 0.15
"""Less than this is a click to whoever listens to it."""

# Names of the ranges as mixing desks and magazines have them; each up to this frequency, in Hz.
_RANGES = ((90, "sub"), (250, "bass"), (700, "low mids"), (2_000, "mids"), (5_000, "high mids"), (math.inf, "highs"))
_LOWEST_HZ = 100.0  # the lowest block of bands begins at 0, and most in it is above this
_WIDE_OCTAVES = 4.0
_ATTACK_S = 0.08
_MOST, _EARLY, _LATE = 0.7, 0.3, 0.6  # of the length of what is heard
_LEAST_AGAINST = 0.15


def sentence_of(explanation: Explanation) -> str:
    """What of the two made them match, and what spoke most against it."""
    taken, found = (raising_regions(side, 1) for side in (explanation.query, explanation.recording))
    against = [region for region in lowering_regions(explanation.recording, 1) if region.share >= _LEAST_AGAINST]
    but = f"; {_named(explanation.recording, against[0])}, speaks against it" if against else ""
    if taken and found:
        of_take, of_sound = _named(explanation.query, taken[0]), _named(explanation.recording, found[0])
        if of_take == of_sound:
            return f"What your take and the sound share is {of_sound}{but}."
        return f"What matched of the sound is {of_sound}; of your take it is {of_take}{but}."
    if taken or found:
        side, region = (explanation.query, taken[0]) if taken else (explanation.recording, found[0])
        return f"What matched is {_named(side, region)}, of {'your take' if taken else 'the sound'}{but}."
    return f"No one part made the match, but the whole of both{but}."


def matched_span(side: Evidence) -> tuple[float, float]:
    """Where in its file a side's strongest part is, from and to in seconds; all that is heard where none stands out."""
    clip = side.clip
    regions = raising_regions(side, 1)
    if not regions:
        return clip.start_s, clip.end_s
    start_s, end_s = regions[0].start_s, regions[0].end_s
    wider_s = max(0.0, SHORTEST_S - (end_s - start_s)) / 2
    start_s = max(clip.start_s, min(start_s - wider_s, clip.end_s - SHORTEST_S))
    return start_s, min(clip.end_s, max(end_s + wider_s, start_s + SHORTEST_S))


def _named(side: Evidence, region: Region) -> str:
    """Such as "the attack, in the highs"."""
    what = "the quiet" if region.quiet else f"the {_part(side, region)}"
    return what if region.quiet else f"{what}, {_range(region)}"


def _part(side: Evidence, region: Region) -> str:
    """Which part of what is heard a region is."""
    clip = side.clip
    length_s = clip.end_s - clip.start_s
    start, end = ((at - clip.start_s) / length_s for at in (region.start_s, region.end_s))
    if end - start > _MOST:
        return "whole length"
    if end < _EARLY or region.end_s - clip.start_s <= _ATTACK_S:
        return "attack"
    return "tail" if start > _LATE else "body"


def _range(region: Region) -> str:
    low_hz = max(region.low_hz, _LOWEST_HZ)
    if math.log2(max(region.high_hz, low_hz) / low_hz) >= _WIDE_OCTAVES:
        return "over the whole range"
    centre_hz = math.sqrt(low_hz * region.high_hz)
    return f"in the {next(name for up_to_hz, name in _RANGES if centre_hz < up_to_hz)}"
