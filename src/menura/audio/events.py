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

from menura.audio.stft import HOP_S, smooth

_STANDS_OUT = 4.0  # times the room's power, in a band
_BEGINS, _GOES_ON = 1e-3, 10**-4.5  # of the loudest frame's power
_LASTS = 10**-1.5  # an event lasts where it is within 15 dB of its loudest
_MAIN = 10**-1.5  # of the loudest of the others: the events that one is compared with
_ROUNDS = 2  # without a loud click, softer events stand out
_CLICKS = 2

_CLICK_S, _NO_CLICK_S, _CLICK_APART_S = 0.06, 0.15, 0.12  # the first within 15 dB, the second on the whole
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
    above: NDArray[np.float32], bands: NDArray[np.float32], power: NDArray[np.float32], rate_hz: int
) -> tuple[list[Span], list[tuple[NoPart, Span]]]:
    """The events of a take.

    Args:
        above: (frames, bands) from `excess`.
        bands: (frames, bands) of power.
        power: (frames, bins) of power.
        rate_hz: The take's rate.

    Returns:
        Those of the imitation, in their order; and those left out, each with its kind: click, bump or breath.
    """
    level = above.sum(axis=1)
    low_bins = round(_BUMP_HZ / (rate_hz / 2) * (power.shape[1] - 1)) + 1
    shares = np.stack([power[:, 1:low_bins].sum(axis=1), power[:, 1:].sum(axis=1)])
    left_out: list[tuple[NoPart, Span]] = []
    for _ in range(_ROUNDS):
        spans = _hysteresis(level)
        no_part = _no_part([_Event.of(span, level, bands, shares) for span in spans])
        if not no_part:
            break
        left_out += no_part
        for _, span in no_part:
            level[max(span.first - 1, 0) : span.end + 1] = 0
    else:
        spans = _hysteresis(level)
    return spans, sorted(left_out, key=lambda item: item[1].first)


def _hysteresis(level: NDArray[np.float32]) -> list[Span]:
    loudest = float(level.max(initial=0))
    if loudest <= 0:
        return []
    going = np.concatenate([[False], level > loudest * _GOES_ON, [False]])
    bounds = np.flatnonzero(going[1:] != going[:-1]).reshape(-1, 2)
    return [Span(int(a), int(b)) for a, b in bounds if level[a:b].max() > loudest * _BEGINS]


@dataclass(frozen=True)
class _Event:
    """What is known of an event.

    Attributes:
        span: Where it is.
        loudest: The power of its loudest frame.
        lasts_s: How long it is within 15 dB of that.
        low_share: How much of its power lies where bumps have theirs.
        flatness: Geometric through arithmetic mean of its power in bands: 1 for a noise, towards 0 for a tone.
    """

    span: Span
    loudest: float
    lasts_s: float
    low_share: float
    flatness: float

    @classmethod
    def of(
        cls, span: Span, level: NDArray[np.float32], bands: NDArray[np.float32], shares: NDArray[np.float32]
    ) -> _Event:
        within = slice(span.first, span.end)
        loudest = float(level[within].max())
        low, whole = shares[:, within].sum(axis=1)
        spectrum = bands[within].sum(axis=0) + 1e-20
        return cls(
            span=span,
            loudest=loudest,
            lasts_s=HOP_S * int(np.count_nonzero(level[within] > _LASTS * loudest)),
            low_share=float(low / whole),
            flatness=float(np.exp(np.log(spectrum).mean()) / spectrum.mean()),
        )


def _no_part(events: list[_Event]) -> list[tuple[NoPart, Span]]:
    """What is at either end of a take and no part of the imitation: two clicks (a button's) and a breath at most."""
    found: list[tuple[NoPart, Span]] = []
    for inwards in (events, events[::-1]):
        outermost: list[tuple[NoPart, Span]] = []
        for event in inwards:
            kind = _kind(event, [other for other in events if other is not event])
            if kind is None or (kind == "breath" and any(known == "breath" for known, _ in outermost)):
                break
            outermost.append((kind, event.span))
        n_clicks = sum(kind == "click" for kind, _ in outermost)
        found += outermost if n_clicks <= _CLICKS else []  # more of them are a rhythm
    return found if len(found) < len(events) else []


def _kind(event: _Event, others: list[_Event]) -> NoPart | None:
    """What an event is that is no part of the imitation; None if it may be one."""
    loudest = max((other.loudest for other in others), default=0.0)
    main = [other for other in others if other.loudest > _MAIN * loudest and other.lasts_s > _CLICK_S]
    if not main:
        return None
    apart_s = min(event.span.gap_s(other.span) for other in main)
    longest_s, low_share = max(other.span.length_s for other in main), min(other.low_share for other in main)
    if event.lasts_s <= _CLICK_S and longest_s >= _NO_CLICK_S and apart_s >= _CLICK_APART_S:
        return "click"
    low = event.low_share > _BUMP_SHARE and low_share < _OTHERS_SHARE
    if low and event.lasts_s < _BUMP_S and apart_s >= _BUMP_APART_S:
        return "bump"
    airy = event.loudest < _BREATH_SOFTER * loudest and event.flatness > _BREATH_FLATNESS
    shortest_s, longest_s = _BREATH_S
    if airy and shortest_s <= event.span.length_s <= longest_s and apart_s >= _BREATH_APART_S:
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
    """Whether phrases say the same thing again: of like length, and most pairs of them alike, at whatever tempo."""
    lengths = [phrase.length_s for phrase in said]
    if len(said) < 2 or min(lengths) < max(_PHRASE_S, _ALIKE_LENGTH * max(lengths)):
        return False
    courses = np.stack([_course(phrase, above) for phrase in said])
    pairs = np.triu_indices(len(said), 1)
    return bool(np.median((courses @ courses.T)[pairs]) > _ALIKE)


def _course(phrase: Span, above: NDArray[np.float32]) -> NDArray[np.float64]:
    """A phrase's levels in bands at a few moments, of zero mean and unit length."""
    moments = np.linspace(phrase.first, phrase.end - 1, _COMPARED_STEPS).astype(int)
    floor = _COMPARED_DEPTH * above[phrase.first : phrase.end].sum(axis=1).max()
    levels = np.log10(above[moments].astype(np.float64) + floor).ravel()
    levels -= levels.mean()
    course: NDArray[np.float64] = levels / (np.linalg.norm(levels) + 1e-12)
    return course
