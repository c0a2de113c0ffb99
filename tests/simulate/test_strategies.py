"""Each strategy does with a sound what its name says, and is taken for the sounds that call for it."""

from collections import Counter

import numpy as np
import pytest

from menura.simulate import LISTENED_S, Strategy, is_silent, simulate_imitation, simulate_performances
from menura.simulate.choose import choose, draft_of
from menura.simulate.hear import hear
from menura.simulate.imitator import draw_imitator
from menura.simulate.speak import RATE_HZ as SPOKEN_HZ
from menura.simulate.speak import speak
from menura.simulate.styles import STYLES
from menura.simulate.telephone import companded, over_the_telephone

RATE_HZ = 44_100
SEEDS = range(60)


def seconds(duration_s):
    return np.arange(round(duration_s * RATE_HZ)) / RATE_HZ


def tone(hz, duration_s=1.5):
    return sum(np.sin(2 * np.pi * hz * k * seconds(duration_s)) / k for k in range(1, 8)).astype(np.float32) * 0.3


def noise(duration_s=1.5):
    return 0.2 * np.random.default_rng(7).standard_normal(round(duration_s * RATE_HZ)).astype(np.float32)


def knocks(times_s, duration_s=2.0):
    samples = np.zeros(round(duration_s * RATE_HZ), np.float32)
    knock = noise(0.06) * np.exp(-seconds(0.06) / 0.01).astype(np.float32)
    for time_s in times_s:
        start = round(time_s * RATE_HZ)
        samples[start : start + len(knock)] += knock
    return samples


def motor():
    """Some 30 dull, uneven thuds a second."""
    rng = np.random.default_rng(3)
    samples = np.zeros(2 * RATE_HZ, np.float32)
    starts = np.cumsum(rng.normal(RATE_HZ / 30, RATE_HZ / 200, 58)).astype(int)
    samples[starts] = rng.uniform(0.3, 1.0, 58)
    thud = np.exp(-seconds(0.05) / 0.012) * np.sin(2 * np.pi * 140 * seconds(0.05))
    return np.convolve(samples, thud)[: len(samples)].astype(np.float32)


def tremolo(rate_hz):
    return tone(300, 2.0) * (0.55 + 0.45 * np.sin(2 * np.pi * rate_hz * seconds(2.0))).astype(np.float32)


def performed(strategy, samples, seed):
    """The plan that one person makes of a sound with a given strategy, and how it sounds before any microphone."""
    who, what, voice = np.random.default_rng(seed).spawn(3)
    person = draw_imitator(who)
    plan = STYLES[strategy](draft_of(hear(samples, RATE_HZ), person, what), person, what)
    return plan, speak(plan, person, voice)


def strategies_for(samples):
    return Counter(performance.strategy for performance in simulate_performances(samples, RATE_HZ, SEEDS))


@pytest.mark.parametrize(
    ("sound", "expected"),
    [
        (noise(), {Strategy.VOICE, Strategy.HISS}),
        (tone(220), {Strategy.VOICE, Strategy.HUM}),
        (tone(900), {Strategy.VOICE, Strategy.HUM, Strategy.WHISTLE}),
        (motor(), {Strategy.VOICE, Strategy.LIP_TRILL}),
        (knocks([0.3]), {Strategy.PLOSIVES, Strategy.SYLLABLES, Strategy.VOICE}),
        (knocks([0.1, 0.4, 0.8, 1.2, 1.6]), {Strategy.PLOSIVES, Strategy.SYLLABLES, Strategy.VOICE}),
        (tremolo(5.0), {Strategy.SYLLABLES, Strategy.VOICE}),
    ],
    ids=["noise", "tone", "high tone", "motor", "knock", "rhythm", "tremolo"],
)
def test_the_usual_strategies_are_those_that_suit_the_sound(sound, expected):
    taken = strategies_for(sound)
    assert sum(taken[strategy] for strategy in expected) >= 0.7 * len(SEEDS), taken
    assert min(taken[strategy] for strategy in expected) >= 0.08 * len(SEEDS), taken


@pytest.mark.parametrize("strategy", Strategy)
@pytest.mark.parametrize("sound", [noise(0.5), tone(220), knocks([0.1, 0.5]), np.zeros(RATE_HZ, np.float32)])
def test_every_strategy_can_be_tried_on_every_sound(strategy, sound):
    for seed in range(4):
        plan, spoken = performed(strategy, sound, seed)
        assert plan.strategy is strategy
        assert np.isfinite(spoken).all()
        assert len(spoken) == plan.n_frames * 160
        if sound.any():
            assert np.abs(spoken).max() > 0.01
        assert plan.pitch_hz.min() >= 70 and plan.pitch_hz.max() <= 900


def spectrum(samples):
    return np.abs(np.fft.rfft(samples * np.hanning(len(samples)))) ** 2, np.fft.rfftfreq(len(samples), 1 / SPOKEN_HZ)


def test_a_lip_trill_flaps_20_to_30_times_a_second():
    for seed in range(6):
        _, spoken = performed(Strategy.LIP_TRILL, tone(150), seed)
        frames = spoken[: len(spoken) // 80 * 80].reshape(-1, 80)
        level = np.sqrt(np.mean(frames**2, axis=1))[20:-20]  # 200 values a second
        power = np.abs(np.fft.rfft(level - level.mean(), 4_096)) ** 2
        hz = np.fft.rfftfreq(4_096, 80 / SPOKEN_HZ)
        strongest = hz[(hz > 8) & (hz < 60)][np.argmax(power[(hz > 8) & (hz < 60)])]
        assert 17 < strongest < 33
        assert np.percentile(level, 10) < 0.4 * np.percentile(level, 90)


def test_a_hum_is_duller_than_the_voice_and_a_hiss_has_no_pitch():
    for seed in range(6):
        _, hummed = performed(Strategy.HUM, tone(220), seed)
        power, hz = spectrum(hummed)
        assert power[hz < 1_000].sum() > 0.9 * power.sum()
        _, hissed = performed(Strategy.HISS, tone(220), seed)
        assert np.median(hear(hissed, SPOKEN_HZ).salience) < 0.3


def test_a_whistle_is_one_line():
    for seed in range(6):
        _, whistled = performed(Strategy.WHISTLE, tone(900), seed)
        power, hz = spectrum(whistled)
        peak_hz = hz[np.argmax(power)]
        assert 500 <= peak_hz <= 2_500
        assert power[np.abs(np.log2(np.maximum(hz, 1) / peak_hz)) < 0.25].sum() > 0.7 * power.sum()


def test_beatboxing_is_silent_between_the_beats():
    times_s = [0.0, 0.5, 1.0, 1.5]
    for seed in range(6):
        plan, spoken = performed(Strategy.PLOSIVES, knocks(times_s) + 0.02 * noise(2.0), seed)
        assert len(plan.bursts.time_s) == len(times_s)
        level = np.sqrt(np.mean(spoken[: len(spoken) // 160 * 160].reshape(-1, 160) ** 2, axis=1))
        at = np.round(plan.bursts.time_s * 100).astype(int)
        between = (at[:-1] + at[1:]) // 2
        assert level[between].max() < 0.15 * min(level[k : k + 6].max() for k in at)


def test_a_syllable_opens_from_its_consonant_into_its_vowel():
    """At the release F1 is that of a closed mouth; 100 ms on the formants are those of the vowel alone."""
    bell = (tone(220, 1.0) * np.exp(-seconds(1.0) / 0.3)).astype(np.float32)
    bent = 0
    for seed in range(12):
        who, what, _ = np.random.default_rng(seed).spawn(3)
        person = draw_imitator(who)
        draft = draft_of(hear(bell, RATE_HZ), person, what)
        plan = STYLES[Strategy.SYLLABLES](draft, person, what)
        start = round(float(plan.bursts.time_s[0]) * 100) if len(plan.bursts.time_s) else 0
        vowel = draft.formants_hz
        later = slice(start + 12, min(start + 20, plan.n_frames))
        np.testing.assert_allclose(plan.formants_hz[later, 0], vowel[later, 0], rtol=0.01)
        bent += abs(np.log2(plan.formants_hz[start, 1] / vowel[start, 1])) > 0.1
    assert bent >= 9


def test_a_tremolo_becomes_as_many_syllables():
    heard = hear(tremolo(4.0), RATE_HZ)
    assert abs(heard.swell_hz - 4.0) < 0.3
    assert heard.swelling > 0.7
    assert 6 <= len(heard.swells()) <= 9
    for still in (tone(300), noise(), knocks([0.3, 1.1])):
        assert hear(still, RATE_HZ).swelling < 0.3


def click():
    return np.eye(1, RATE_HZ, 20_000, dtype=np.float32)[0]


def rumble():
    return (0.5 * np.sin(2 * np.pi * 5 * seconds(1.0))).astype(np.float32)


@pytest.mark.parametrize("sound", [click(), rumble(), noise(0.01)], ids=["click", "rumble", "10 ms"])
def test_odd_sounds_are_imitated_audibly(sound):
    assert not is_silent(sound, RATE_HZ)
    for performance in simulate_performances(sound, RATE_HZ, range(30)):
        assert 0.15 <= len(performance.samples) / SPOKEN_HZ <= 4.0
        assert np.isfinite(performance.samples).all()
        assert 0.03 < np.abs(performance.samples).max() <= 1.0


def test_a_rumble_is_not_taken_for_a_tone():
    heard = hear(rumble(), RATE_HZ)
    assert heard.salience.max() < 0.2
    assert 2 ** heard.brightness.mean() < 150


def test_silence_is_silent_and_nan_is_refused():
    assert is_silent(np.zeros(RATE_HZ, np.float32), RATE_HZ)
    with pytest.raises(ValueError, match="not all finite"):
        simulate_imitation(np.append(noise(), np.float32(np.nan)), RATE_HZ, 0)


def test_nothing_after_the_first_seconds_is_listened_to():
    recording = noise(LISTENED_S)
    longer = np.append(recording, tone(200, 5.0))
    np.testing.assert_array_equal(simulate_imitation(recording, RATE_HZ, 1), simulate_imitation(longer, RATE_HZ, 1))


def test_the_telephone_keeps_its_band_and_nothing_else():
    for hz, low, high in ((1_000, 0.9, 1.1), (100, 0.0, 0.1), (5_000, 0.0, 0.05)):
        sine = (0.5 * np.sin(2 * np.pi * hz * np.arange(16_000) / 16_000)).astype(np.float32)
        heard = over_the_telephone(sine, 16_000)
        assert heard.shape == sine.shape
        ratio = np.std(heard[2_000:-2_000]) / np.std(sine)
        assert low <= ratio <= high, hz
    loudest = over_the_telephone(np.sign(np.sin(np.arange(16_000) / 8)).astype(np.float32), 16_000)
    assert np.abs(loudest).max() <= 1.0


def test_mu_law_has_256_levels_and_the_signal_to_noise_ratio_of_g711():
    levels = companded(np.linspace(-1.2, 1.2, 100_001).astype(np.float32))
    assert len(np.unique(levels)) == 256
    assert np.abs(levels).max() < 1.0
    for peak in (1.0, 0.1, 0.03):  # the ratio hardly depends on the level, which is what companding is for
        sine = (peak * np.sin(np.linspace(0, 999, 50_000))).astype(np.float32)
        ratio_db = 10 * np.log10(np.mean(sine**2) / np.mean((companded(sine) - sine) ** 2))
        assert 30 < ratio_db < 42


def test_the_plan_names_its_strategy():
    who, what = np.random.default_rng(0).spawn(2)
    assert choose(hear(noise(), RATE_HZ), draw_imitator(who), what).strategy in Strategy


def test_a_tone_that_loses_its_odd_harmonics_is_not_sung_as_a_leap():
    even, odd = (
        sum(np.sin(2 * np.pi * 450 * k * seconds(1.0)) / k for k in numbers) for numbers in ((2, 4, 6), (1, 3, 5))
    )
    recording = 0.3 * np.concatenate([even + odd, even + 0.05 * odd, even + odd]).astype(np.float32)
    assert np.ptp(np.log2(hear(recording, RATE_HZ).pitch_hz[20:-20])) > 0.9  # so the ear does doubt
    for seed in range(6):
        who, what = np.random.default_rng(seed).spawn(2)
        semitones = draft_of(hear(recording, RATE_HZ), draw_imitator(who), what).semitones
        assert np.ptp(semitones[40:-40]) < 6.0
