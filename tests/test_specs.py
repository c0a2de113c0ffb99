"""The sizes of the network follow from its spec, and are the paper's."""

import json

import pytest

from menura.errors import ModelError
from menura.specs import (
    TL_IMINET,
    ConvSpec,
    ConvTowerSpec,
    FrontEndSpec,
    MobileNetTowerSpec,
    NetworkSpec,
    PoolSpec,
    mn04_front_end,
)


def test_the_papers_sizes_follow():
    assert TL_IMINET.imitation.output_shape == (48, 1, 55)
    assert TL_IMINET.recording.output_shape == (48, 25, 2)
    assert (TL_IMINET.imitation.n_features, TL_IMINET.recording.n_features) == (2_640, 2_400)
    assert (TL_IMINET.n_joint, TL_IMINET.n_hidden) == (5_040, 108)


def test_durations_are_the_papers():
    imitation, recording = TL_IMINET.imitation.front_end, TL_IMINET.recording.front_end
    assert (imitation.n_samples, recording.n_samples) == (64_000, 132_300)
    assert imitation.hop_s == pytest.approx(8.33e-3, abs=3e-5)  # 8.33 ms
    assert recording.hop_s == pytest.approx(23e-3, abs=3e-4)  # 23 ms


def test_a_spec_survives_json():
    assert NetworkSpec.from_dict(json.loads(json.dumps(TL_IMINET.to_dict()))) == TL_IMINET


def mobile_network():
    """A network of one tower of each kind."""
    pools = (PoolSpec(6, "spread", (2, 4)), PoolSpec(16))
    return NetworkSpec(TL_IMINET.imitation, MobileNetTowerSpec(mn04_front_end(3.0), pools), n_hidden=64)


def test_a_spec_of_either_kind_of_tower_survives_json():
    network = mobile_network()
    read = NetworkSpec.from_dict(json.loads(json.dumps(network.to_dict())))
    assert read == network
    assert (read.recording.n_features, read.n_joint) == (16 * 2 * 4 + 384, 2_640 + 512)


def test_the_papers_towers_are_written_as_when_there_was_no_other_kind():
    tower = TL_IMINET.to_dict()["recording"]
    assert list(tower) == ["front_end", "layers"]
    assert tower["front_end"] == {
        "sample_rate_hz": 44_100,
        "duration_s": 3.0,
        "n_mels": 128,
        "f_min_hz": 0.0,
        "f_max_hz": 22_050.0,
        "frame_samples": 1_024,
        "hop_samples": 1_024,
        "n_frames": 128,
        "dynamic_range_db": 60.0,
    }


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("kind", "transformer"),
        ("kind", None),
        ("pools", [{"layer": 17, "statistic": "mean", "grid": [1, 1]}]),
        ("pools", [{"layer": 3, "statistic": "median", "grid": [1, 1]}]),
        ("pools", [{"layer": 3, "statistic": "mean", "grid": [0, 1]}]),
        ("pools", [{"layer": 3, "statistic": "mean", "grid": 4}]),
        ("pools", 3),
        ("front_end", {"window_samples": 800}),
    ],
)
def test_a_damaged_tower_of_the_other_kind_is_refused(key, value):
    values = mobile_network().to_dict()
    values["recording"][key] = value
    with pytest.raises(ModelError, match="sizes cannot be read"):
        NetworkSpec.from_dict(values)


def test_what_is_no_dictionary_is_refused():
    for tower in ([], 3, "kind", None):
        with pytest.raises(ModelError, match="sizes cannot be read"):
            NetworkSpec.from_dict(TL_IMINET.to_dict() | {"recording": tower})


def test_a_damaged_spec_is_refused():
    values = TL_IMINET.to_dict()
    del values["recording"]["front_end"]["hop_samples"]
    with pytest.raises(ModelError, match=r"sizes cannot be read.*hop_samples"):
        NetworkSpec.from_dict(values)


def test_impossible_front_ends_are_refused():
    with pytest.raises(ValueError, match="do not fit in 0 to 4000"):
        FrontEndSpec(8_000, 1.0, 40, 0, 5_000, 100, 100, 80)
    with pytest.raises(ValueError, match="82 frames asked of a clip that gives 81"):
        FrontEndSpec(8_000, 1.0, 40, 0, 4_000, 100, 100, 82)


def test_a_clip_too_small_for_its_layers_is_refused():
    small = FrontEndSpec(8_000, 0.1, 8, 0, 4_000, 100, 100, 8)
    with pytest.raises(ValueError, match="too small"):
        _ = ConvTowerSpec(small, (ConvSpec(4, (5, 5), (2, 2)), ConvSpec(4, (5, 5)))).output_shape
