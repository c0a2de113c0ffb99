"""What happens in a take: events that stand out of the room, those that are no part of the imitation, and phrases.

An event is a run of frames within 45 dB of the loudest that comes within 30 dB of it (hysteresis). At either end of a
take, an event apart from the others is left out if it is a click, a bump or a breath; what lies between others stays,
since voices click, bump and breathe too. If nothing but clicks is there, they are the imitation.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from menura.audio.spectrum import HOP_S, smooth

_STANDS_OUT = 4.0  # times the room's power, in a band
_BEGINS, _GOES_ON = 1e-3, 10**-4.5  # of the loudest frame's power
_LASTS = 10**-1.5  # an event lasts where it is within 15 dB of its loudest

_CLICK_S, _NO_CLICK_S, _CLICK_APART_S = 0.06, 0.12, 0.12
_BUMP_HZ = 175.0
_BUMP_SHARE, _OTHERS_SHARE, _BUMP_S, _BUMP_APART_S = 0.8, 0.5, 0.3, 0.1
_BREATH_S, _BREATH_APART_S, _BREATH_SOFTER, _BREATH_FLATNESS = (0.1, 0.9), 0.06, 10**-0.9, 0.2

_PHRASES_APART_S, _PHRASE_S = 0.35, 0.12
_ALIKE, _ALIKE_LENGTH = 0.6, 0.6
_COMPARED_STEPS, _COMPARED_DEPTH = 20, 1e-5


NoPart = Literal["click", "bump", "breath"]
"""What an event may be that is no part of an imitation."""


@dataclass(frozen=True)
class Span:
    """Frames from `first` up to `end`, which is not one of them."""

    first: int
    end: int

    def gap_s(self, other: Span) -> float:
        """Time between the two."""
        return HOP_S * (max(self.first, other.first) - min(self.end, other.end))

    @property
    def length_s(self) -> float:
        """How long it is."""
        return HOP_S * (self.end - self.first)


def excess(bands: NDArray[np.float32], room: NDArray[np.float32]) -> NDArray[np.float32]:
    """What stands out of the room: (frames, bands) of power, smoothed over neighbouring frames, above 4 x the room's.

    Args:
        bands: (frames, bands) of power.
        room: (bands,) of power, 0 where there is no room.
    """
    above: NDArray[np.float32] = np.maximum(smooth(bands) - np.float32(_STANDS_OUT) * room, 0)
    return above


def find_events(
    above: NDArray[np.float32], power: NDArray[np.float32], rate_hz: int
) -> tuple[list[Span], list[tuple[NoPart, Span]]]:
    """The events of a take.

    Args:
        above: (frames, bands) from `excess`.
        power: (frames, bins) of power.
        rate_hz: The take's rate.

    Returns:
        Those of the imitation, in their order; and those left out, each with its kind: click, bump or breath.
    """
    level = above.sum(axis=1)
    low_bins = round(_BUMP_HZ / (rate_hz / 2) * (power.shape[1] - 1)) + 1
    left_out: list[tuple[NoPart, Span]] = []
    while True:
        spans = _hysteresis(level)
        events = [_Event.of(span, level[span.first : span.end]) for span in spans]
        no_part = [
            (kind, event.span)
            for event, others in _at_the_ends(events)
            if (kind := _kind(event, others, above, power[:, 1:low_bins], power[:, 1:]))
        ]
        if not no_part or len(no_part) == len(events):
            return spans, sorted(left_out, key=lambda item: item[1].first)
        left_out += no_part
        for _, span in no_part:
            level[max(span.first - 1, 0) : span.end + 1] = 0


def _hysteresis(level: NDArray[np.float32]) -> list[Span]:
    loudest = float(level.max(initial=0))
    if loudest <= 0:
        return []
    going = np.concatenate([[False], level > loudest * _GOES_ON, [False]])
    bounds = np.flatnonzero(going[1:] != going[:-1]).reshape(-1, 2)
    return [Span(int(a), int(b)) for a, b in bounds if level[a:b].max() > loudest * _BEGINS]


@dataclass(frozen=True)
class _Event:
    """Where it is, its loudest frame's power, and how long it is within 15 dB of that."""

    span: Span
    loudest: float
    lasts_s: float

    @classmethod
    def of(cls, span: Span, level: NDArray[np.float32]) -> _Event:
        loudest = float(level.max())
        return cls(span, loudest, HOP_S * int(np.count_nonzero(level > _LASTS * loudest)))


def _at_the_ends(events: list[_Event]) -> list[tuple[_Event, list[_Event]]]:
    """Each event that has nothing but clicks before it, or after it, with the others that are no clicks, if any."""
    places = [place for place, event in enumerate(events) if event.lasts_s > _CLICK_S]
    if not places:
        return []
    ends = [*range(places[0] + 1), *range(max(places[-1], places[0] + 1), len(events))]
    found = [(events[end], [events[place] for place in places if place != end]) for end in ends]
    return [(event, others) for event, others in found if others]


def _kind(
    event: _Event,
    others: list[_Event],
    above: NDArray[np.float32],
    low_power: NDArray[np.float32],
    power: NDArray[np.float32],
) -> NoPart | None:
    """What an event is that is no part of the imitation; None if it may be one."""
    apart_s = min(event.span.gap_s(other.span) for other in others)
    if event.lasts_s <= _CLICK_S:
        longest_s = max(other.lasts_s for other in others)
        if longest_s >= _NO_CLICK_S and apart_s >= _CLICK_APART_S:
            return "click"
    main = max(others, key=lambda other: other.loudest)
    if event.lasts_s < _BUMP_S and apart_s >= _BUMP_APART_S:
        low, main_low = (
            float(low_power[span.first : span.end].sum() / power[span.first : span.end].sum())
            for span in (event.span, main.span)
        )
        if low > _BUMP_SHARE and main_low < _OTHERS_SHARE:
            return "bump"
    shortest_s, longest_s = _BREATH_S
    if apart_s >= _BREATH_APART_S and shortest_s <= event.span.length_s <= longest_s:
        spectrum = above[event.span.first : event.span.end].sum(axis=0) + 1e-20
        flatness = np.exp(np.log(spectrum).mean()) / spectrum.mean()
        if event.loudest < _BREATH_SOFTER * main.loudest and flatness > _BREATH_FLATNESS:
            return "breath"
    return None


def phrases(events: list[Span]) -> list[Span]:
    """Events joined into phrases, between which there is at least a third of a second."""
    joined: list[Span] = []
    for event in events:
        if joined and event.gap_s(joined[-1]) < _PHRASES_APART_S:
            joined[-1] = Span(joined[-1].first, event.end)
        else:
            joined.append(event)
    return joined


def are_repetitions(said: list[Span], above: NDArray[np.float32]) -> bool:
    """Whether phrases say the same thing again: of like length, and each like every other, at whatever tempo."""
    lengths = [phrase.length_s for phrase in said]
    if len(said) < 2 or min(lengths) < max(_PHRASE_S, _ALIKE_LENGTH * max(lengths)):
        return False
    courses = np.stack([_course(phrase, above) for phrase in said])
    return bool((courses @ courses.T).min() > _ALIKE)


def _course(phrase: Span, above: NDArray[np.float32]) -> NDArray[np.float64]:
    """A phrase's levels in bands at a few moments, of zero mean and unit length."""
    moments = np.linspace(phrase.first, phrase.end - 1, _COMPARED_STEPS).astype(int)
    floor = _COMPARED_DEPTH * above[phrase.first : phrase.end].sum(axis=1).max()
    levels = np.log10(above[moments].astype(np.float64) + floor).ravel()
    levels -= levels.mean()
    course: NDArray[np.float64] = levels / (np.linalg.norm(levels) + 1e-12)
    return course
