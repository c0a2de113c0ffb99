"""Parts of a log-mel spectrogram; no torch, since explanations are drawn without it."""

from __future__ import annotations

from dataclasses import dataclass

from menura.specs import FrontEndSpec


@dataclass(frozen=True)
class Box:
    """A rectangle of a log-mel spectrogram, in bands and frames."""

    first_mel: int
    n_mels: int
    first_frame: int
    n_frames: int

    @property
    def shape(self) -> tuple[int, int]:
        """(mel bands, frames)."""
        return (self.n_mels, self.n_frames)

    @property
    def slices(self) -> tuple[slice, slice]:
        """What cuts it out of a (..., mel, frames) spectrogram."""
        mel = slice(self.first_mel, self.first_mel + self.n_mels)
        return mel, slice(self.first_frame, self.first_frame + self.n_frames)

    def is_all_of(self, front_end: FrontEndSpec) -> bool:
        """Whether it is a whole clip."""
        return self.shape == front_end.shape


def whole_box(front_end: FrontEndSpec) -> Box:
    """All of a clip."""
    return Box(0, front_end.n_mels, 0, front_end.n_frames)
