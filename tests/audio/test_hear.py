"""One imitation is one query, whatever silence, room or click is about it; and a clean one stays as it is."""

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from menura.audio.features import log_mel
from menura.audio.hear import hear
from menura.audio.mono import mix_down
from menura.errors import AudioError
from menura.specs import IMITATION_FRONT_END

RATE = 16_000
LONGEST_S = 4.0


def heard(samples, rate_hz=RATE, longest_s=LONGEST_S):
    return hear(np.asarray(samples, np.float32), rate_hz, longest_s=longest_s)


def silence(seconds, rate_hz=RATE):
    return np.zeros(round(seconds * rate_hz))


def voice(seconds=0.6, hz=180.0, rate_hz=RATE, rise_s=0.03, fall_s=0.1):
    """A vowel that glides up."""
    t = np.arange(round(seconds * rate_hz)) / rate_hz
    phase = 2 * np.pi * hz * (t + 0.2 * t**2)
    tone = sum(np.sin(k * phase) / k * (1 + 2 * (k in (4, 7))) for k in range(1, 16))
    return 0.1 * tone * np.minimum(1, t / rise_s) * np.minimum(1, (seconds - t) / fall_s)


def hiss(seconds, seed=0, fade_s=0.05):
    n = round(seconds * RATE)
    t = np.arange(n) / RATE
    noise = np.diff(np.random.default_rng(seed).standard_normal(n + 1))
    return 0.1 * noise * np.minimum(1, np.minimum(t, t[::-1]) / fade_s)


def room(n, rms, seed=0):
    """Noise that falls by 6 dB an octave above 200 Hz."""
    spectrum = np.fft.rfft(np.random.default_rng(seed).standard_normal(n))
    spectrum[0] = 0
    noise = np.fft.irfft(spectrum / (1 + np.fft.rfftfreq(n, 1 / RATE) / 200), n)
    return noise / noise.std() * rms


def button():
    """A mouse button, pressed and let go."""
    t = np.arange(round(0.005 * RATE)) / RATE
    click = 0.5 * np.sin(2 * np.pi * 2_500 * t) * np.exp(-t / 0.001)
    return np.concatenate([click, silence(0.08), 0.6 * click])


def rms(samples):
    return float(np.sqrt(np.mean(np.square(samples, dtype=np.float64))))


def in_decibels(ratio):
    return 20 * np.log10(ratio)


def places(take):
    return (take.heard.start_s, take.heard.end_s)


@pytest.mark.parametrize("before_s", [0.2, 1.0, 5.0])
@pytest.mark.parametrize("after_s", [0.0, 0.2, 3.0])
def test_silence_about_it_changes_nothing(before_s, after_s):
    plain = heard(np.concatenate([silence(0.1), voice(), silence(0.1)]))
    take = heard(np.concatenate([silence(before_s), voice(), silence(after_s)]))
    assert take.heard.start_s == pytest.approx(plain.heard.start_s + before_s - 0.1, abs=1e-6)
    n = min(len(take.heard.samples), len(plain.heard.samples))
    assert n > 0.55 * RATE
    np.testing.assert_allclose(take.heard.samples[:n], plain.heard.samples[:n], atol=3e-4)
    assert take.room_db is None
    assert take.left_out == ()


def test_a_clean_imitation_is_left_as_it_is():
    said = voice(1.3)
    take = heard(said)
    assert places(take) == pytest.approx((0, 1.3), abs=0.011)
    gain = rms(take.heard.samples) / rms(said)
    np.testing.assert_allclose(take.heard.samples, gain * said[: len(take.heard.samples)], atol=2e-4)


def test_where_it_sounds_does_not_hang_on_the_rate():
    for rate_hz in (8_000, 11_025, 44_100, 48_000):
        sound = np.concatenate([silence(0.7, rate_hz), voice(rate_hz=rate_hz), silence(0.5, rate_hz)])
        take = heard(sound, rate_hz)
        assert places(take) == pytest.approx((0.67, 1.33), abs=0.03)
        assert len(take.heard.samples) == pytest.approx((take.heard.end_s - take.heard.start_s) * rate_hz, abs=1)


@pytest.mark.parametrize("below_db", [60, 50, 40, 30])
def test_a_room_is_learned_and_taken_out(below_db):
    said = np.concatenate([silence(1), voice(), silence(0.2), voice(), silence(1)])
    noise = room(len(said), rms(voice()) * 10 ** (-below_db / 20))
    take, plain = heard(said + noise), heard(said)
    assert places(take) == pytest.approx(places(plain), abs=0.05)
    assert take.room_db == pytest.approx(in_decibels(rms(noise)), abs=1.5)
    between = slice(round((1.65 - take.heard.start_s) * RATE), round((1.75 - take.heard.start_s) * RATE))
    assert rms(take.heard.samples[between]) < 0.1 * rms(noise) * rms(take.heard.samples) / rms(said)


def test_a_room_that_comes_with_the_voice_is_taken_out_too():
    opened = np.concatenate([silence(0.3), voice(), silence(0.3)])
    opened += room(len(opened), 0.02 * rms(voice()))
    take = heard(np.concatenate([silence(1), opened, silence(1)]))
    assert places(take) == pytest.approx((1.27, 1.93), abs=0.06)
    assert take.room_db == pytest.approx(in_decibels(0.02 * rms(voice())), abs=1.5)


def test_mains_hum_is_a_room():
    said = np.concatenate([silence(1), voice(), silence(1)])
    t = np.arange(len(said)) / RATE
    hum = 0.003 * sum(np.sin(2 * np.pi * 50 * k * t) / k for k in (1, 2, 3, 5, 7))
    assert places(heard(said + hum)) == pytest.approx((0.97, 1.63), abs=0.05)


@pytest.mark.parametrize(
    "sound",
    [voice(3.0, fall_s=0.01), 0.2 * np.sin(np.arange(3 * RATE) * 0.08), hiss(3.0), hiss(3.0, fade_s=0.8)],
    ids=["vowel", "hum", "hiss", "wind"],
)
def test_an_imitation_without_a_quiet_moment_is_no_room(sound):
    take = heard(sound)
    assert take.room_db is None
    assert places(take) == pytest.approx((0, 3), abs=0.06)
    np.testing.assert_allclose(rms(take.heard.samples), 0.1, rtol=0.2)


def test_a_fading_sound_is_heard_to_its_end():
    t = np.arange(2 * RATE) / RATE
    bell = 0.5 * np.sin(2 * np.pi * 600 * t) * 10 ** (-2 * t)  # 40 dB a second
    take = heard(np.concatenate([silence(0.5), bell]))
    assert take.heard.end_s - take.heard.start_s > 1.1
    fading = take.heard.samples[round((0.5 - take.heard.start_s) * RATE) :]
    rung = bell[: len(fading)]
    np.testing.assert_allclose(fading, rung * (rms(fading) / rms(rung)), atol=5e-3)
    assert take.room_db is None


def test_syllables_with_gaps_are_one_imitation():
    syllables = [voice(0.15, hz) for hz in (150, 300, 200, 450)]
    said = np.concatenate([part for syllable in syllables for part in (silence(0.25), syllable)])
    assert places(heard(said)) == pytest.approx((0.22, 1.6), abs=0.02)


@pytest.mark.parametrize("gain", [0.2, 0.05, 0.01])
def test_a_soft_take_is_the_same_query(gain):
    said = np.concatenate([silence(0.5), voice(), silence(0.5)])
    loud, soft = heard(said), heard(np.rint(gain * said * 32_767) / 32_768)
    assert soft.level_db == pytest.approx(loud.level_db + in_decibels(gain), abs=0.2)
    np.testing.assert_allclose(soft.heard.samples, loud.heard.samples[: len(soft.heard.samples)], atol=0.02)


@pytest.mark.parametrize("amount", [0.02, 0.5, -0.9])
def test_an_offset_is_taken_away(amount):
    said = np.concatenate([silence(0.5), 0.2 * voice(), silence(0.5)])
    np.testing.assert_allclose(heard(said + amount).heard.samples, heard(said).heard.samples, atol=1e-3)


def test_rumble_is_taken_away_and_a_low_voice_is_not():
    t = np.arange(3 * RATE) / RATE
    said = np.concatenate([silence(1), voice(1.0, hz=60.0), silence(1)])
    rumbling = heard(said + 0.3 * np.sin(2 * np.pi * 12 * t))
    plain = heard(said)
    assert places(rumbling) == pytest.approx(places(plain), abs=0.02)
    np.testing.assert_allclose(rumbling.heard.samples, plain.heard.samples[: len(rumbling.heard.samples)], atol=0.01)


@pytest.mark.parametrize("gain", [-1, -0.97, 0, 1])
def test_no_second_channel_cancels_it(gain):
    said = np.concatenate([silence(0.3), voice(), silence(0.3)])
    both = np.stack([said, gain * said + 0.2], axis=1)
    np.testing.assert_allclose(heard(both).heard.samples, heard(said).heard.samples, atol=1e-3)


def test_channels_that_agree_are_averaged():
    rng = np.random.default_rng(0)
    said = voice()
    both = np.stack([said + rng.normal(0, 0.01, len(said)), said + rng.normal(0, 0.01, len(said))], axis=1)
    assert rms(mix_down(both.astype(np.float32)) - said) == pytest.approx(0.01 / np.sqrt(2), rel=0.1)
    assert mix_down(both[:, :1].astype(np.float32)).shape == (len(said),)


@pytest.mark.parametrize("loudness", [0.2, 1.0, 4.0])
def test_a_button_is_left_out(loudness):
    before = np.concatenate([silence(0.3), loudness * button(), silence(0.8), voice(), silence(0.3)])
    take = heard(before)
    start = 0.3 + len(button()) / RATE + 0.8
    assert places(take) == pytest.approx((start - 0.03, start + 0.63), abs=0.03)
    assert {found.kind for found in take.left_out} == {"click"}
    assert all(0.27 < found.start_s < found.end_s < 0.43 for found in take.left_out)
    after = np.concatenate([voice(), silence(0.4), loudness * button()])
    assert heard(after).heard.end_s == pytest.approx(0.63, abs=0.03)


def test_a_click_is_heard_where_it_is_all_there_is():
    tongue = np.concatenate([silence(0.5), button()[: round(0.02 * RATE)], silence(0.5)])
    take = heard(tongue)
    assert take.left_out == ()
    assert places(take) == pytest.approx((0.47, 0.55), abs=0.03)
    clock = np.concatenate([np.concatenate([tongue[: round(0.52 * RATE)]])] * 4 + [silence(0.5)])
    assert places(heard(clock)) == pytest.approx((0.47, 2.1), abs=0.05)


def test_a_rhythm_of_clicks_before_a_sound_is_part_of_it():
    tick = np.concatenate([button()[: round(0.01 * RATE)], silence(0.2)])
    said = np.concatenate([silence(0.2), tick, tick, tick, tick, voice()])
    assert heard(said).heard.start_s == pytest.approx(0.17, abs=0.03)
    between = np.concatenate([voice(0.4), silence(0.2), tick, voice(0.5, hz=300)])
    assert heard(between).left_out == ()


@pytest.mark.parametrize("noise", [0.0, 0.001])
def test_a_breath_is_left_out(noise):
    breath = 0.01 * np.random.default_rng(0).standard_normal(round(0.4 * RATE)) * np.hanning(round(0.4 * RATE))
    take = np.concatenate([silence(0.4), breath, silence(0.25), voice(), silence(0.4)])
    found = heard(take + room(len(take), noise))
    assert [part.kind for part in found.left_out] == ["breath"]
    assert found.heard.start_s == pytest.approx(1.02, abs=0.03)


def test_a_bump_is_left_out():
    t = np.arange(round(0.25 * RATE)) / RATE
    bump = 0.8 * np.sin(2 * np.pi * 60 * t) * np.exp(-t / 0.04)
    found = heard(np.concatenate([silence(0.3), voice(), silence(0.5), bump, silence(0.2)]))
    assert [part.kind for part in found.left_out] == ["bump"]
    assert found.heard.end_s == pytest.approx(0.93, abs=0.03)
    alone = heard(np.concatenate([silence(0.3), bump, silence(0.2)]))
    assert alone.left_out == ()


def test_what_is_said_again_is_heard_once():
    again = 1.4 * voice(0.57)
    found = heard(np.concatenate([silence(0.3), voice(), silence(0.7), again, silence(0.3)]))
    assert [part.start_s for part in found.repetitions] == pytest.approx([0.27, 1.57], abs=0.03)
    assert found.heard is found.repetitions[1]
    assert [rms(part.samples) for part in found.repetitions] == pytest.approx([0.1, 0.1], rel=0.2)
    assert places(found) == pytest.approx((1.57, 2.2), abs=0.03)
    other = 0.5 * hiss(0.6)
    different = heard(np.concatenate([silence(0.3), voice(), silence(0.7), other, silence(0.3)]))
    assert different.repetitions == ()
    assert places(different) == pytest.approx((0.27, 2.23), abs=0.03)


def test_of_a_long_take_the_part_of_most_energy_is_heard():
    murmur, said = 0.1 * voice(0.8), voice(2.0, hz=240)
    take = heard(np.concatenate([murmur, silence(3.5), said, silence(2)]))
    assert take.heard.start_s == pytest.approx(4.27, abs=0.03)
    longer = heard(voice(9.0))
    assert places(longer) == pytest.approx((0, 4), abs=0.01)
    assert len(longer.heard.samples) == LONGEST_S * RATE
    assert longer.duration_s == pytest.approx(9)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("level_db", [-85, -70, -55])
def test_a_room_alone_is_said_to_be_one(seed, level_db):
    for noise in (room(4 * RATE, 1.0, seed), np.random.default_rng(seed).standard_normal(3 * RATE)):
        with pytest.raises(AudioError, match="only background noise is heard"):
            heard(noise * 10 ** (level_db / 20))


def test_silence_is_said_to_be_silence():
    for nothing in (np.zeros(RATE), np.full(RATE, 0.5), np.zeros(0), np.zeros((RATE, 2)), np.full(3, 0.1)):
        with pytest.raises(AudioError, match="nothing is heard"):
            heard(nothing)


@settings(max_examples=60, deadline=None)
@given(
    samples=arrays(
        np.float32,
        array_shapes(min_dims=1, max_dims=2, max_side=3_000),
        elements=st.floats(-4, 4, width=32),
        fill=st.just(0),
    ),
    longest_s=st.floats(0.05, 5),
)
def test_whatever_comes_is_heard_or_refused(samples, longest_s):
    try:
        take = hear(samples[:, :4] if samples.ndim == 2 else samples, 8_000, longest_s=longest_s)
    except AudioError:
        return
    assert np.isfinite(take.heard.samples).all()
    assert 0 < len(take.heard.samples) <= longest_s * 8_000 + 1
    assert 0 <= take.heard.start_s < take.heard.end_s <= take.duration_s + 1e-6


@pytest.mark.parametrize("name", ["1s_silence_first", "room_50dB_below", "click_then_1.5s", "antiphase_stereo"])
def test_one_imitation_in_four_circumstances_looks_the_same_to_a_tower(shared_data, name):
    def seen(path):
        samples, rate_hz = soundfile.read(path, dtype="float32")
        return log_mel(heard(samples, rate_hz).heard.samples, IMITATION_FRONT_END).ravel()

    field = shared_data.parent / "field"
    assert np.corrcoef(seen(field / "query.wav"), seen(field / f"query_{name}.wav"))[0, 1] > 0.98


@pytest.mark.parametrize("gain", [1e3, 1e20, 3e37])
def test_samples_far_beyond_full_scale_are_heard_as_at_full_scale(gain):
    """Floating-point files may hold any number; a warning would be an error here."""
    tone = 0.5 * np.sin(2 * np.pi * 300 * np.arange(8_000) / 16_000, dtype=np.float32)
    take = np.concatenate([np.zeros(8_000, np.float32), tone])
    plain = hear(take, 16_000, longest_s=4.0)
    loud = hear(take * np.float32(gain), 16_000, longest_s=4.0)
    assert (loud.heard.start_s, loud.heard.end_s) == (plain.heard.start_s, plain.heard.end_s)
    np.testing.assert_allclose(loud.heard.samples, plain.heard.samples, atol=1e-3)


@pytest.mark.parametrize("gap_s", [(0, 0.02), (0, 0.3), (0.3, 0.32), (0.3, 0.45), (0.95, 1.2)])
def test_a_room_is_one_though_nothing_was_recorded_for_a_moment(gap_s):
    first, end = (round(time_s * RATE) for time_s in gap_s)
    for seed in range(4):
        noise = 1e-3 * np.random.default_rng(seed).standard_normal(round(1.2 * RATE))
        noise[first:end] = 0
        with pytest.raises(AudioError, match="only background noise is heard"):
            heard(noise)


def test_a_soft_hiss_that_swells_is_no_room():
    hiss = 1e-3 * np.random.default_rng(0).standard_normal(RATE)
    swell = np.minimum(1, np.minimum(np.arange(RATE), np.arange(RATE)[::-1]) / (0.15 * RATE))
    take = heard(np.concatenate([silence(0.5), hiss * swell**2, silence(0.5)]))
    assert take.heard.start_s == pytest.approx(0.53, abs=0.06)
