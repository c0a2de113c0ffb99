import pytest

from menura.audio.notes import note_of, pitch_range, tempo_range
from menura.errors import UsageError


@pytest.mark.parametrize(
    ("hz", "note"), [(440, "A4"), (261.63, "C4"), (185, "F#3"), (27.5, "A0"), (452, "A4"), (454, "A#4"), (246.9, "B3")]
)
def test_a_frequency_is_the_nearest_note(hz, note):
    assert note_of(hz) == note


@pytest.mark.parametrize("text", ["F#3", "f#3", "Fs3", "Gb3", "G♭3", " F#3 ", "F#3-F#3", "185 Hz", "185"])
def test_a_note_and_a_frequency_reach_half_a_step_to_both_sides(text):
    lowest, highest = pitch_range(text)
    assert (lowest, highest) == pytest.approx((179.7, 190.4), abs=0.1)


@pytest.mark.parametrize("text", ["C3-B3", "C3..B3", "C3 to B3", "C3 – B3", "130.8-246.9 Hz"])
def test_a_range_of_pitches_includes_both_its_ends(text):
    lowest, highest = pitch_range(text)
    assert lowest < 130.81 and highest > 246.94
    assert lowest == pytest.approx(130.81 / 2 ** (1 / 24), rel=1e-3)
    assert highest == pytest.approx(246.94 * 2 ** (1 / 24), rel=1e-3)


@pytest.mark.parametrize("text", ["", "H3", "C", "C-1", "C3-", "C3-D3-E3", "low", "B3-C3", "400-200", "0", "-3", "1e9"])
def test_what_is_no_pitch_is_refused_in_one_line(text):
    with pytest.raises(UsageError) as refused:
        pitch_range(text)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("text", "bpm"),
    [("120", (119.5, 120.5)), ("118-124", (117.5, 124.5)), ("90 bpm", (89.5, 90.5)), ("87.5..90", (87, 90.5))],
)
def test_a_tempo_is_what_is_rounded_to_it(text, bpm):
    assert tempo_range(text) == bpm


@pytest.mark.parametrize("text", ["", "fast", "124-118", "120-", "1-2-3", "0", "-120", "nan", "inf", "1e3"])
def test_what_is_no_tempo_is_refused_in_one_line(text):
    with pytest.raises(UsageError) as refused:
        tempo_range(text)
    assert "\n" not in str(refused.value)
