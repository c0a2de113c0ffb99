"""From mel power back to a sound: Griffin-Lim whose magnitudes are asked of mel bands, not of single bins.

The towers' frames touch without overlapping, so their phases constrain nothing, and a mel band holds several bins.
Hence two tilings of the sound, the tower's own and one half a frame later: every sample lies in a frame of each, and
two frames that share samples must agree. In turn, each frame's bins are scaled until its mel bands hold the power
asked for (the multiplicative update of non-negative matrix factorisation: Lee and Seung 2001), and the two tilings
are joined to one sound (Griffin and Lim 1984), with the momentum of its fast variant (Perraudin et al. 2013).

A tile of the tower's own frames is asked for its power. Half-way between two frames, nothing was seen: whatever lies
between the power before and the power after is left alone. Interpolated powers there would be a constraint made up,
and the sound would hum at the frame rate, since the mean of two levels in dB is below the level of their mean.
"""

from __future__ import annotations

import torch
from torch import Tensor

from menura.audio.features import mel_filterbank
from menura.specs import FrontEndSpec

N_ITERATIONS = 60
MOMENTUM = 0.9  # 0.5 and 0.99 left half as much again of the error, 1.2 four times as much

_SILENCE = 0.01  # of the floor: what a tile at the floor is asked for
_SMALLEST_OVERLAP = 0.1  # sum of squared windows, as at the two ends of the sound
_TINY = 1e-12  # of a pattern's loudest tile: keeps a silent tile from dividing by nothing


def invert_mel(power: Tensor, floor: float, spec: FrontEndSpec, *, seed: int) -> Tensor:
    """Sounds with the given power in each mel band and frame, up to one factor for all of a sound.

    Args:
        power: (n, mel, frames), at least 0.
        floor: Power, above 0, at or below which a tile is silent.
        spec: The front end; its frames touch.
        seed: Of the noise that every sound starts from, the same for all of them.

    Returns:
        (n, frames x hop) samples.
    """
    bands = torch.from_numpy(mel_filterbank(spec).copy())
    spread = bands / bands.sum(dim=0).clamp(min=_TINY)  # of each bin over its bands; bins of no band are silenced
    tilings = _Tilings(power.shape[2], spec.frame_samples)
    least, most = _limits(power, floor)
    noise = torch.randn(1, tilings.n_samples, generator=torch.Generator().manual_seed(seed))
    spectra = tilings.analyse(noise).expand(len(power), -1, -1, -1)
    before: Tensor | None = None
    for _ in range(N_ITERATIONS):
        heard = (spectra.real.square() + spectra.imag.square()) @ bands.T
        wanted = torch.minimum(torch.maximum(heard, least), most)
        if before is None:
            wanted = (least * most).sqrt()
        tiny = _TINY * heard.amax(dim=(1, 2, 3), keepdim=True)
        gains = ((wanted / (heard + tiny)) @ spread).sqrt()
        consistent = tilings.analyse(tilings.join(spectra * gains))
        spectra = consistent if before is None else consistent + MOMENTUM * (consistent - before)
        before = consistent
    assert before is not None
    return tilings.join(before)


def _limits(power: Tensor, floor: float) -> tuple[Tensor, Tensor]:
    """The least and the most power allowed in each tile of both tilings, (n, 2, frames, mel)."""
    seen = torch.where(power > floor, power, _SILENCE * floor).transpose(1, 2)
    following = torch.cat([seen[:, 1:], seen[:, -1:]], dim=1)
    return (
        torch.stack([seen, torch.minimum(seen, following)], dim=1),
        torch.stack([seen, torch.maximum(seen, following)], dim=1),
    )


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
        """Spectra (n, 2, frames, bins) of (n, samples); nothing sounds before the first sample or after the last."""
        padded = torch.nn.functional.pad(samples, (self.lead, self.frame - self.lead))
        cut = [padded[:, start : start + self.n_samples] for start in self.starts]
        spectra: Tensor = torch.fft.rfft(
            torch.stack(cut, dim=1).unflatten(2, (self.n_frames, self.frame)) * self.window
        )
        return spectra

    def join(self, spectra: Tensor) -> Tensor:
        """The sound (n, samples) whose frames are nearest to these."""
        joined: Tensor = self._place(torch.fft.irfft(spectra, self.frame) * self.window) / self.overlap
        return joined

    def _place(self, frames: Tensor) -> Tensor:
        """The sum of frames (n, 2, frames, frame) where they belong, cut to the sound's own (n, samples)."""
        laid = frames.flatten(2)
        padded = laid.new_zeros(len(laid), self.n_samples + self.frame)
        for index, start in enumerate(self.starts):
            padded[:, start : start + self.n_samples] += laid[:, index]
        return padded[:, self.lead : self.lead + self.n_samples]
