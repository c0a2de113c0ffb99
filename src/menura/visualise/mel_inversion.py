"""From mel power back to a sound: Griffin-Lim whose magnitudes are asked of mel bands, not of single bins.

In turn, each frame's bins are scaled until its mel bands hold the power asked for (the multiplicative update of
non-negative matrix factorisation: Lee and Seung 2001), and the frames are joined to one sound (Griffin and Lim 1984),
with the momentum of its fast variant (Perraudin et al. 2013). Two frames that share samples must agree.

What mn04's frames are cut from is the difference that its front end takes of a sound, which is undone at last.
"""

from __future__ import annotations

import torch
from scipy.signal import lfilter
from torch import Tensor

from menura.audio.features import mel_filterbank
from menura.specs import FrontEndSpec, KaldiFrontEndSpec
from menura.visualise.frames import frames_of

N_ITERATIONS = 60
MOMENTUM = 0.9  # 0.5 and 0.99 left half as much again of the error, 1.2 four times as much

_SILENCE = 0.01  # of the floor: what a tile at the floor is asked for
_ROUNDED = 1.0001  # of the floor: half a thousandth of a dB, which a level at the floor may be off by
_TINY = 1e-12  # of a pattern's loudest tile: keeps a silent tile from dividing by nothing


def invert_mel(power: Tensor, floor: float, spec: FrontEndSpec, *, seed: int) -> Tensor:
    """Sounds with the given power in each mel band and frame, up to one factor for all of a sound.

    Args:
        power: (n, mel, frames), at least 0.
        floor: Power, above 0, at or below which a tile is silent.
        spec: The front end; its frames touch, or are those of mn04.
        seed: Of the noise that every sound starts from, the same for all of them.

    Returns:
        (n, frames x hop) samples.
    """
    bands = torch.from_numpy(mel_filterbank(spec).copy())
    spread = bands / bands.sum(dim=0).clamp(min=_TINY)  # of each bin over its bands; bins of no band are silenced
    frames = frames_of(power.shape[2], spec)
    seen = torch.where(power > floor * _ROUNDED, power, _SILENCE * floor).transpose(1, 2)
    least, most = frames.limits(seen)
    noise = torch.randn(1, frames.n_samples, generator=torch.Generator().manual_seed(seed))
    spectra = frames.analyse(noise).expand(len(power), -1, -1, -1)
    before: Tensor | None = None
    for _ in range(N_ITERATIONS):
        heard = (spectra.real.square() + spectra.imag.square()) @ bands.T
        wanted = torch.minimum(torch.maximum(heard, least), most)
        if before is None:
            wanted = (least * most).sqrt()
        tiny = _TINY * heard.amax(dim=(1, 2, 3), keepdim=True)
        gains = ((wanted / (heard + tiny)) @ spread).sqrt()
        consistent = frames.analyse(frames.join(spectra * gains))
        spectra = consistent if before is None else consistent + MOMENTUM * (consistent - before)
        before = consistent
    assert before is not None
    samples = frames.join(before)
    return _integrated(samples, spec.pre_emphasis) if isinstance(spec, KaldiFrontEndSpec) else samples


def _integrated(difference: Tensor, factor: float) -> Tensor:
    """The sound x, (n, samples), that begins with 0 and has these differences x[i + 1] - `factor` x[i]."""
    following = torch.from_numpy(lfilter([1.0], [1.0, -factor], difference.numpy()))
    return torch.nn.functional.pad(following[:, :-1].to(difference.dtype), (1, 0))
