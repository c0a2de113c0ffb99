"""A network small enough to train in a test, and sounds that it can learn."""

import numpy as np

from menura.inputs.pair_features import PairFeatures
from menura.network.iminet import IMINET
from menura.specs import ConvSpec, ConvTowerSpec, FrontEndSpec, NetworkSpec

FRONT_END = FrontEndSpec(
    sample_rate_hz=8_000,
    duration_s=0.2,
    n_mels=12,
    f_min_hz=0,
    f_max_hz=4_000,
    frame_samples=100,
    hop_samples=100,
    n_frames=16,
)
TOWER = ConvTowerSpec(FRONT_END, (ConvSpec(6, (3, 3), (2, 2)), ConvSpec(6, (3, 3))))
SPEC = NetworkSpec(TOWER, TOWER, n_hidden=8)


def toy_network(**options):
    return IMINET(SPEC, **options)


def toy_features(n=24, takes=3, seed=0):
    """Recordings of noise, and imitations that are the recording with more noise."""
    rng = np.random.default_rng(seed)
    recordings = rng.standard_normal((n, *FRONT_END.shape))
    imitations = recordings[:, None] + 0.3 * rng.standard_normal((n, takes, *FRONT_END.shape))
    return PairFeatures(recordings.astype(np.float16), imitations.astype(np.float16))
