"""Regions name the time and the pitch of what raised the score, and the picture shows it in red."""

import numpy as np
import pytest
from matplotlib.image import imread

from menura.explanation.evidence import Evidence, Explanation
from menura.explanation.match import Clip
from menura.explanation.picture import draw_explanation, smooth
from menura.explanation.regions import BLOCKS, lowering_regions, raising_regions
from menura.specs import IMITATION_FRONT_END, RECORDING_FRONT_END, FrontEndSpec


def beep(front_end: FrontEndSpec, hz: float, start_s: float, end_s: float, clip_start_s: float = 0.0) -> Clip:
    """A clip with a tone for a part of it."""
    time_s = np.arange(front_end.n_samples) / front_end.sample_rate_hz
    sounds = (time_s >= start_s) & (time_s < end_s)
    return Clip.of((np.sin(2 * np.pi * hz * time_s) * sounds).astype(np.float32), front_end, clip_start_s)


def loud(clip: Clip) -> np.ndarray:
    """1 where the tone is, 0 elsewhere."""
    return (clip.log_mel_db > -6).astype(np.float32)


@pytest.mark.parametrize(
    ("front_end", "hz"), [(IMITATION_FRONT_END, 1_000), (RECORDING_FRONT_END, 300), (RECORDING_FRONT_END, 12_000)]
)
def test_a_tone_that_raised_the_score_is_found_where_it_sounds(front_end, hz):
    clip = beep(front_end, hz, 1.0, 1.5, clip_start_s=10.0)
    region, *rest = raising_regions(Evidence(clip, loud(clip), 1.0))
    assert (region.start_s, region.end_s) == pytest.approx((11.0, 11.5), abs=front_end.duration_s / BLOCKS[1])
    assert region.low_hz <= hz <= region.high_hz
    assert region.high_hz - region.low_hz < hz + 1_000
    assert region.share > 0.7
    assert region.share + sum(other.share for other in rest) == pytest.approx(1.0, abs=0.05)
    assert not region.quiet


def test_shares_are_of_all_that_raised_or_lowered():
    early, late = (beep(IMITATION_FRONT_END, 800, at, at + 0.5) for at in (0.5, 2.5))
    raised, lowered = loud(early), loud(late)
    attribution = 3 * raised / raised.sum() - lowered / lowered.sum()
    evidence = Evidence(early, attribution, 2.0)
    (up,), (down,) = raising_regions(evidence), lowering_regions(evidence)
    assert (up.share, down.share) == pytest.approx((0.75, 0.25), abs=0.02)
    assert up.end_s < down.start_s
    assert (up.quiet, down.quiet) == (False, True), "the clip is silent where the score was lowered"


def test_what_is_slight_is_not_named():
    clip = beep(IMITATION_FRONT_END, 800, 0.0, 2.0)
    assert raising_regions(Evidence(clip, np.zeros_like(clip.log_mel_db), 0.0)) == []
    even = np.random.default_rng(0).choice([-1.0, 1.0], clip.log_mel_db.shape).astype(np.float32)
    assert sum(region.share for region in raising_regions(Evidence(clip, even, 0.0))) < 0.5
    even[:5, :30] = 40
    assert raising_regions(Evidence(clip, even, 0.0))[0].end_s <= 0.3


def test_smoothing_keeps_a_constant_and_spreads_a_point():
    assert np.allclose(smooth(np.full((39, 482), 2, np.float32)), 2)
    point = np.zeros((39, 482), np.float32)
    point[20, 200] = 1
    smoothed = smooth(point)
    assert smoothed.shape == point.shape
    assert smoothed.sum() == pytest.approx(1)
    assert np.count_nonzero(smoothed) == round(39 / 8) * round(482 / 16)


@pytest.mark.parametrize("sign", [1, -1, 0])
def test_the_picture_is_red_where_the_score_was_raised_and_blue_where_it_was_lowered(tmp_path, sign):
    clips = beep(IMITATION_FRONT_END, 800, 0.5, 1.5), beep(RECORDING_FRONT_END, 800, 0.5, 1.5, clip_start_s=4.5)
    sides = [Evidence(clip, sign * loud(clip), float(sign)) for clip in clips]
    file = tmp_path / "pictures" / "why.png"
    draw_explanation(Explanation("occlusion", 0.5, *sides), ("it costs $5$.wav", "bell.wav"), file)
    assert [path.name for path in file.parent.iterdir()] == ["why.png"]
    picture = imread(file)[:, :1_100, :3]  # without the colour bar
    red, blue = (int((picture[:, :, one] > picture[:, :, other] + 0.3).sum()) for one, other in ((0, 2), (2, 0)))
    assert (red > 2_000, blue > 2_000) == (sign > 0, sign < 0)
