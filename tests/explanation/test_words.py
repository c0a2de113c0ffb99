"""The sentences of an explanation name the right side, place and pitch, and say something where nothing stands out."""

import numpy as np

from menura.audio.features import mel_centres_hz
from menura.explanation.evidence import Evidence, Explanation
from menura.explanation.match import Clip
from menura.explanation.words import words_of
from menura.specs import IMITATION_FRONT_END, RECORDING_FRONT_END


def evidence(front_end, *, at=None, sign=1.0, start_s=0.0) -> Evidence:
    """Noise, of which one place (band, frame) matters, if any."""
    rng = np.random.default_rng(0)
    samples = rng.normal(0, 0.1, front_end.n_samples).astype(np.float32)
    attribution = np.zeros(front_end.shape, np.float32)
    if at is not None:
        attribution[at[0] : at[0] + 4, at[1] : at[1] + 4] = sign
    return Evidence(Clip.of(samples, front_end, start_s), attribution, 1.0)


def test_what_raised_and_what_lowered_the_score_is_named_with_its_place():
    query = evidence(IMITATION_FRONT_END, at=(20, 240))
    recording = evidence(RECORDING_FRONT_END, at=(60, 64), sign=-1.0, start_s=4.5)
    raised, lowered = words_of(Explanation("occlusion", 0.0, query, recording))
    assert "your imitation" in raised and "raised" in raised and "2.0" in raised
    assert "the sound" in lowered and "lowered" in lowered and "1.5" in lowered
    between = raised.partition("between ")[2].partition(" Hz")[0]
    low, high = (float(hz.replace(",", "")) for hz in between.split(" and "))
    assert low <= mel_centres_hz(IMITATION_FRONT_END)[21] <= high


def test_where_nothing_stands_out_that_is_said():
    sides = (evidence(IMITATION_FRONT_END), evidence(RECORDING_FRONT_END))
    (sentence,) = words_of(Explanation("occlusion", 0.0, *sides))
    assert "stands out" in sentence
