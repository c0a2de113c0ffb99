"""The sentence names parts and ranges rightly, and no time of an explanation lies past the end of a sound."""

import numpy as np
import pytest

from bundles import write_sound
from menura.audio.features import band_of
from menura.explanation.evidence import Evidence, Explanation
from menura.explanation.gradients import explain_by_gradients
from menura.explanation.match import Clip, find_match
from menura.explanation.occlusion import explain_by_occlusion, occlude
from menura.explanation.regions import lowering_regions, raising_regions
from menura.explanation.sentence import SHORTEST_S, matched_span, sentence_of
from menura.explanation.words import words_of
from menura.model.bundle import Bundle
from menura.model.shipped import model_home
from menura.network.checkpoint import load_network
from menura.specs import RECORDING_FRONT_END


def side(hz: tuple[float, float], start_s: float, end_s: float, length_s: float = 1.0, sign: float = 1.0) -> Evidence:
    """Noise of some length from 2 s on in its file, of which what is between two frequencies and two times matters."""
    front_end = RECORDING_FRONT_END
    samples = np.random.default_rng(0).normal(0, 0.1, round(length_s * front_end.sample_rate_hz)).astype(np.float32)
    attribution = np.zeros(front_end.shape, np.float32)
    bands = slice(*(round(band_of(one, front_end)) for one in hz))
    attribution[bands, slice(*(round(at / front_end.hop_s) for at in (start_s, end_s)))] = sign
    return Evidence(Clip.of(samples, front_end, 2.0), attribution, 1.0)


@pytest.mark.parametrize(
    ("hz", "times", "words"),
    [
        ((6_000, 14_000), (0.0, 0.12), "the attack, in the highs"),
        ((900, 1_800), (0.4, 0.55), "the body, in the mids"),
        ((400, 690), (0.8, 1.0), "the tail, in the low mids"),
        ((2_200, 4_500), (0.0, 1.0), "the whole length, in the high mids"),
        ((60, 20_000), (0.0, 0.12), "the attack, over the whole range"),
    ],
)
def test_parts_and_ranges_have_the_names_that_people_use(hz, times, words):
    found = side(hz, *times)
    assert words in sentence_of(Explanation("occlusion", 0.0, side((900, 1_800), 0.4, 0.55), found))
    start_s, end_s = matched_span(found)
    assert 2.0 <= start_s <= 2.0 + times[0] + 0.07
    assert end_s >= start_s + SHORTEST_S - 1e-9 and end_s <= 3.0


def test_what_speaks_against_it_is_named_and_so_is_nothing():
    against = side((6_000, 14_000), 0.8, 1.0, sign=-1.0)
    said = sentence_of(Explanation("occlusion", 0.0, side((900, 1_800), 0.4, 0.55), against))
    assert said.endswith("; the tail, in the highs, speaks against it.")
    same = side((900, 1_800), 0.4, 0.55)
    assert sentence_of(Explanation("occlusion", 0.0, same, same)).startswith("What your take and the sound share is")
    nothing = side((900, 1_800), 0.4, 0.55, sign=0.0)
    assert "No one part" in sentence_of(Explanation("occlusion", 0.0, nothing, nothing))
    assert matched_span(nothing) == pytest.approx((2.0, 3.0))


@pytest.mark.parametrize("duration_s", [0.005, 0.06, 0.4])
def test_no_time_lies_past_the_end_of_a_short_sound(tmp_path, duration_s):
    query = write_sound(tmp_path / "hum.wav", 1, duration_s=0.6, rate_hz=16_000)
    sound = write_sound(tmp_path / "hit.wav", 2, duration_s=duration_s)
    bundle = Bundle.load("tl-iminet")
    match = find_match(query, sound, bundle)
    explanations = [explain_by_occlusion(match, bundle)]
    if duration_s == 0.06:  # it takes its time
        explanations.append(explain_by_gradients(match, load_network(model_home("tl-iminet"))))
    for explanation in explanations:
        for evidence in (explanation.query, explanation.recording):
            clip = evidence.clip
            for region in raising_regions(evidence) + lowering_regions(evidence):
                assert clip.start_s <= region.start_s < region.end_s <= clip.end_s + 1e-9
            start_s, end_s = matched_span(evidence)
            assert clip.start_s <= start_s < end_s <= clip.end_s + 1e-9
        assert words_of(explanation) and sentence_of(explanation)


def test_the_padding_is_one_tile_and_the_sound_has_all_the_others():
    clip = np.ones((24, 60), np.float32)
    n_heard, hidden = 12, []

    def score(inputs):
        hidden.extend((1 - inputs[:, 0]).astype(bool))
        return inputs[:, 0, 3, 2] + 2 * inputs[:, 0, 3, 40]

    found = occlude(clip, score, n_heard=n_heard)
    assert found[:, n_heard:].sum() == pytest.approx(2, abs=1e-5)
    assert np.allclose(found[:, n_heard:], found[0, -1])
    assert found[:, :6].sum() == pytest.approx(1, abs=1e-5), "the second half of the sound is worth nothing"
    assert all(one[:, n_heard:].all() or not one[:, n_heard:].any() for one in hidden)
