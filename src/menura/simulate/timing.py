"""When: which moment of the recording is imitated at which moment of the imitation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from menura.simulate.curves import FRAME_S, Curve, as_curve
from menura.simulate.hear import Heard
from menura.simulate.imitator import Imitator

ATTENTION_S = 3.0  # most people imitate the beginning, as much of it as the recording tower hears
SHORTEST_S, LONGEST_S = 0.15, 3.6
FASTEST_REPETITION_S = 0.12  # some eight syllables a second
AUDIBLE_DB = -40.0


@dataclass(frozen=True)
class Timeline:
    """The clock of an imitation.

    Attributes:
        heard_frame: the recording's frame (fractional) that each frame of the imitation follows, ascending; shape
            (frames,).
        onset_s: times in the imitation of the onsets that are imitated; shape (onsets,), ascending.
        onset_frame: their frames in the recording; shape (onsets,).
        onset_strength: 0..1; shape (onsets,).
    """

    heard_frame: Curve
    onset_s: Curve
    onset_frame: NDArray[np.int64]
    onset_strength: Curve

    @property
    def n_frames(self) -> int:
        """Length of the imitation in 10 ms frames."""
        return len(self.heard_frame)

    @property
    def speed(self) -> float:
        """Seconds of the recording that pass in a second of the imitation, on average."""
        return float(self.heard_frame[-1] - self.heard_frame[0]) / max(self.n_frames - 1, 1)

    def times_s(self, heard_frames: NDArray[np.int64]) -> Curve:
        """When some frames of the recording, ascending, are imitated, those outside the stretch left out."""
        inside = (heard_frames >= self.heard_frame[0]) & (heard_frames < self.heard_frame[-1])
        return as_curve(np.searchsorted(self.heard_frame, heard_frames[inside]) * FRAME_S)

    def follow(self, curve: Curve) -> Curve:
        """A curve of the recording, read along the imitation: (frames,)."""
        return as_curve(np.interp(self.heard_frame, np.arange(len(curve)), curve))


def draw_timeline(heard: Heard, person: Imitator, rng: np.random.Generator) -> Timeline:
    """The stretch of the recording that the person imitates, at the person's tempo, its onsets slightly mistimed."""
    start, end = _attended(heard, rng)
    duration_s = (end - start) * FRAME_S / person.tempo
    shortest_s = SHORTEST_S + rng.uniform(0.0, 0.15)
    duration_s = min(max(duration_s, shortest_s), LONGEST_S)
    seconds_a_frame = duration_s / (end - start)
    kept = _sayable(heard, start, end, FASTEST_REPETITION_S / seconds_a_frame)
    onset_frame, strength = heard.onsets[kept], heard.onset_strength[kept]
    onset_s = (onset_frame - start) * seconds_a_frame
    mistimed_s = onset_s + np.where(onset_s > 0.03, rng.normal(0.0, person.timing_jitter_s, len(kept)), 0.0)
    # An onset never overtakes the one before it, nor leaves the imitation.
    mistimed_s = np.maximum.accumulate(np.clip(mistimed_s, 0.0, duration_s - 0.02))
    clock = np.arange(round(duration_s / FRAME_S)) * FRAME_S
    knots_s = np.concatenate([[-1e-3], mistimed_s, [duration_s]])
    knots = np.concatenate([[start], onset_frame, [end]])
    return Timeline(
        heard_frame=as_curve(np.interp(clock, knots_s, knots)),
        onset_s=as_curve(mistimed_s),
        onset_frame=onset_frame,
        onset_strength=strength,
    )


def _attended(heard: Heard, rng: np.random.Generator) -> tuple[int, int]:
    """First and last frame (exclusive) of the stretch that is imitated."""
    audible = np.flatnonzero(heard.loudness_db > AUDIBLE_DB)
    start = int(audible[0]) if len(audible) else 0
    last = int(audible[-1]) + 1 if len(audible) else heard.n_frames
    impatience, thoroughness = rng.uniform(), rng.uniform(1.2, 1.6)
    attention_s = ATTENTION_S
    if impatience < 0.15:
        attention_s = rng.uniform(1.2, ATTENTION_S)  # has heard enough of a long sound
    elif impatience > 0.9:
        attention_s = ATTENTION_S * thoroughness  # squeezes more of it in
    # Counted from the recording's own start, unless it begins with a long silence.
    attended = round(attention_s / FRAME_S) + (start if start * FRAME_S > 1.5 else 0)
    end = max(min(last, attended), start + 2)
    return start, end


def _sayable(heard: Heard, start: int, end: int, gap_frames: float) -> NDArray[np.int64]:
    """Indices of the onsets inside the stretch, the weaker of any two that are too close left out."""
    inside = np.flatnonzero((heard.onsets >= start) & (heard.onsets < end))
    kept: list[int] = []
    for index in sorted(inside, key=lambda i: -float(heard.onset_strength[i])):
        if all(abs(int(heard.onsets[index] - heard.onsets[other])) >= gap_frames for other in kept):
            kept.append(int(index))
    return np.array(sorted(kept), dtype=np.int64)
