"""A network small enough to train in a test, and sounds that it can learn."""

import numpy as np
import soundfile

from menura.corpora.catalogue import Imitation, Sound, pair
from menura.inputs.pair_features import PairFeatures
from menura.network.iminet import IMINET
from menura.paper.networks import SCRATCH, TIED, TRANSFER, Configuration
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


def toy_catalogue(folder):
    """Eight sounds of noise in two categories, and three imitations of each that are the sound with more noise."""
    rng = np.random.default_rng(0)
    sounds, imitations = [], []
    for number in range(8):
        sound = rng.standard_normal(2_000)
        path = folder / f"s{number}.wav"
        soundfile.write(path, 0.1 * sound, 8_000)
        category = ("acoustic instruments", "everyday sounds")[number % 2]
        sounds.append(Sound(f"s{number}", path, f"label {number}", category))
        for take in range(3):
            path = folder / f"i{number}-{take}.wav"
            soundfile.write(path, 0.1 * sound + 0.02 * rng.standard_normal(2_000), 8_000)
            imitations.append(Imitation(f"i{number}-{take}", path, f"s{number}"))
    return pair("toy", folder, sounds, imitations)


def toy_configurations(pretrained, run=0):
    """The rows of table 1, with networks that are quick to train; the last only if there is a name of its towers."""
    rows = [Configuration(name, SPEC, toy_network) for name in (TIED, SCRATCH)]
    return [*rows, Configuration(TRANSFER, SPEC, toy_network, pretrained.name_of_run(run))] if pretrained else rows
