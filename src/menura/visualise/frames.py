"""A sound in frames and back, for whoever knows what its frames should hold.

The frames of the paper's towers touch without overlapping, so their phases constrain nothing. Hence two tilings of the
sound, the tower's own and one half a frame later: every sample lies in a frame of each. A tile of the tower's own
frames is asked for its power. Half-way between two frames, nothing was seen: whatever lies between the power before and
the power after is left alone. Interpolated powers there would be a constraint made up, and the sound would hum at the
frame rate, since the mean of two levels in dB is below the level of their mean.

mn04's frames overlap, and need no others.
"""

from __future__ import annotations

from typing import Protocol

import torch
from torch import Tensor

from menura.specs import FrontEndSpec, KaldiFrontEndSpec

_SMALLEST_OVERLAP = 0.1  # sum of squared windows, as at the two ends of the sound


class Frames(Protocol):
    """A sound of `n_samples` cut into frames, k for each of the front end's own."""

    n_samples: int

    def analyse(self, samples: Tensor) -> Tensor:
        """Spectra (n, k, frames, bins) of (n, samples); nothing sounds before the first sample or after the last."""

    def join(self, spectra: Tensor) -> Tensor:
        """The sound (n, samples) whose frames are nearest to these."""

    def limits(self, seen: Tensor) -> tuple[Tensor, Tensor]:
        """The least and the most power allowed, (n, k, frames, mel), where that of (n, frames, mel) was seen."""


def frames_of(n_frames: int, spec: FrontEndSpec) -> Frames:
    """The frames of a sound that lasts as long as so many of a front end's; a `ValueError` if it has other frames."""
    if isinstance(spec, KaldiFrontEndSpec):
        return _Overlapping(n_frames, spec)
    if spec.frame_samples != spec.hop_samples:
        raise ValueError(f"frames of {spec.frame_samples} samples with a hop of {spec.hop_samples}: they must touch")
    return _Tilings(n_frames, spec.frame_samples)


class _Overlapping:
    """Frames as in mn04's front end, the k-th centred on sample k x hop."""

    def __init__(self, n_frames: int, spec: KaldiFrontEndSpec) -> None:
        self.hop, self.n_fft, self.n_samples = spec.hop_samples, spec.frame_samples, n_frames * spec.hop_samples
        self.window = torch.hann_window(spec.window_samples, periodic=False)
        self.lead = spec.window_samples // 2
        overlap = self._place((self.window**2).expand(1, n_frames, -1))
        self.overlap = overlap.clamp(min=_SMALLEST_OVERLAP)

    def analyse(self, samples: Tensor) -> Tensor:
        padded = torch.nn.functional.pad(samples, (self.lead, len(self.window)))
        frames = padded.unfold(1, len(self.window), self.hop)[:, : self.n_samples // self.hop]
        spectra: Tensor = torch.fft.rfft(frames * self.window, self.n_fft)[:, None]
        return spectra

    def join(self, spectra: Tensor) -> Tensor:
        frames = torch.fft.irfft(spectra[:, 0], self.n_fft)[..., : len(self.window)]
        return self._place(frames * self.window) / self.overlap

    def limits(self, seen: Tensor) -> tuple[Tensor, Tensor]:
        return seen[:, None], seen[:, None]

    def _place(self, frames: Tensor) -> Tensor:
        """The sum of frames (n, frames, window) where they belong, cut to the sound's own (n, samples)."""
        length = self.n_samples - self.hop + len(self.window)
        laid = torch.nn.functional.fold(
            frames.transpose(1, 2), (1, length), (1, len(self.window)), stride=(1, self.hop)
        )[:, 0, 0]
        return torch.nn.functional.pad(laid, (0, self.n_samples))[:, self.lead : self.lead + self.n_samples]


class _Tilings:
    """A sound cut into Hann-windowed frames that touch, twice: centred on k x frame samples, and half a frame later."""

    def __init__(self, n_frames: int, frame: int) -> None:
        self.frame, self.n_frames, self.n_samples = frame, n_frames, n_frames * frame
        self.window = torch.hann_window(frame)
        self.lead = frame // 2  # the first frame begins so much before the sound does
        self.starts = (0, frame // 2)
        overlap = self._place((self.window**2).expand(1, 2, n_frames, frame))
        self.overlap = overlap.clamp(min=_SMALLEST_OVERLAP)

    def analyse(self, samples: Tensor) -> Tensor:
        padded = torch.nn.functional.pad(samples, (self.lead, self.frame - self.lead))
        cut = [padded[:, start : start + self.n_samples] for start in self.starts]
        spectra: Tensor = torch.fft.rfft(
            torch.stack(cut, dim=1).unflatten(2, (self.n_frames, self.frame)) * self.window
        )
        return spectra

    def join(self, spectra: Tensor) -> Tensor:
        joined: Tensor = self._place(torch.fft.irfft(spectra, self.frame) * self.window) / self.overlap
        return joined

    def limits(self, seen: Tensor) -> tuple[Tensor, Tensor]:
        following = torch.cat([seen[:, 1:], seen[:, -1:]], dim=1)
        return (
            torch.stack([seen, torch.minimum(seen, following)], dim=1),
            torch.stack([seen, torch.maximum(seen, following)], dim=1),
        )

    def _place(self, frames: Tensor) -> Tensor:
        """The sum of frames (n, 2, frames, frame) where they belong, cut to the sound's own (n, samples)."""
        laid = frames.flatten(2)
        padded = laid.new_zeros(len(laid), self.n_samples + self.frame)
        for index, start in enumerate(self.starts):
            padded[:, start : start + self.n_samples] += laid[:, index]
        return padded[:, self.lead : self.lead + self.n_samples]
