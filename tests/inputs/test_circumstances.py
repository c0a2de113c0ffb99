"""A sound as a take of itself, and what is about a take."""

import numpy as np
import pytest

from menura.inputs.circumstances import heard_of, own_imitation, surround

RATE_HZ = 32_000


def tone(hz=500.0, duration_s=1.5, lead_s=0.5):
    time_s = np.arange(round(duration_s * RATE_HZ)) / RATE_HZ
    sound = 0.3 * np.sin(2 * np.pi * hz * time_s) * np.minimum(1, 20 * (duration_s - time_s))
    return np.concatenate([np.zeros(round(lead_s * RATE_HZ)), sound]).astype(np.float32)


def loudest_hz(samples):
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    return float(np.fft.rfftfreq(len(samples), 1 / RATE_HZ)[spectrum.argmax()])


@pytest.mark.parametrize("seed", range(4))
def test_a_sound_is_its_own_imitation_but_for_speed_room_and_level(seed):
    take = own_imitation(tone(), RATE_HZ, np.random.default_rng(seed))
    assert take.dtype == np.float32 and len(take) <= 4 * RATE_HZ and np.abs(take).max() <= 1
    heard = heard_of(take, RATE_HZ, RATE_HZ, 4.0)
    assert abs(np.log2(loudest_hz(heard) / 500)) < 4 * 0.25  # four standard deviations of its speed


def test_takes_of_one_sound_differ_and_the_same_seed_gives_the_same():
    one, again, other = (own_imitation(tone(), RATE_HZ, np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert np.array_equal(one, again)
    assert len(one) != len(other) or not np.array_equal(one, other)


@pytest.mark.parametrize("sound", [np.zeros(1, np.float32), np.zeros(RATE_HZ, np.float32), np.ones(1, np.float32)])
def test_silence_and_a_single_sample_are_taken_as_they_are(sound):
    take = own_imitation(sound, RATE_HZ, np.random.default_rng(0))
    assert np.isfinite(take).all()
    assert np.isfinite(heard_of(surround(take, RATE_HZ, np.random.default_rng(0)), RATE_HZ, RATE_HZ, 4.0)).all()


def test_a_quarter_of_the_takes_is_surrounded_and_the_sound_itself_is_heard_all_the_same():
    plain = tone(lead_s=0.0)
    takes = [surround(plain, RATE_HZ, np.random.default_rng(seed)) for seed in range(400)]
    longer = [take for take in takes if len(take) > len(plain)]
    assert all(take is plain for take in takes if len(take) == len(plain))
    assert 0.18 < len(longer) / len(takes) < 0.32
    for take in longer[:5]:
        assert abs(loudest_hz(heard_of(take, RATE_HZ, RATE_HZ, 4.0)) - 500) < 10
