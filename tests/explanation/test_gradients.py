"""Integrated gradients: closed forms, completeness, and agreement with occlusion on where."""

import numpy as np
import pytest
import soxr
import torch

from menura.corpora.synthetic import KINDS
from menura.explanation import gradients as attribution
from menura.explanation import occlusion
from menura.explanation.gradients import TOLERANCE, TOLERANCE_LOGIT, explain_by_gradients, integrated_gradients
from menura.explanation.match import Clip, Match
from menura.explanation.occlusion import explain_by_occlusion, occlude
from menura.explanation.picture import smooth
from menura.model.bundle import Bundle
from menura.model.score import logits
from menura.model.shipped import model_home
from menura.network.checkpoint import load_network
from menura.simulate import simulate_imitation
from menura.specs import IMITATION_FRONT_END
from toy import FRONT_END, toy_network

SHAPE = (24, 60)


@pytest.fixture(autouse=True, scope="module")
def one_thread():
    """Layers as small as these gain nothing from more, and waste what waits for them."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def noise(seed: int, shape: tuple[int, ...] = SHAPE) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


def test_of_a_linear_score_each_point_is_worth_its_weight_times_its_value():
    clip, weight = noise(0), noise(1)
    found, gain = integrated_gradients(clip, lambda inputs: (inputs[:, 0] * torch.from_numpy(weight)).sum((1, 2)) + 7)
    np.testing.assert_allclose(found, weight * clip, atol=1e-5)
    assert gain == pytest.approx(float((weight * clip).sum()), rel=1e-4)


def test_silence_may_be_another_value():
    clip, weight = noise(0), noise(1)
    found, gain = integrated_gradients(
        clip, lambda inputs: (inputs[:, 0] * torch.from_numpy(weight)).sum((1, 2)), silence=-1.4
    )
    np.testing.assert_allclose(found, weight * (clip + 1.4), atol=1e-5)
    assert gain == pytest.approx(float((weight * (clip + 1.4)).sum()), rel=1e-4)


def test_of_a_product_each_factor_is_worth_half():
    clip = np.zeros(SHAPE, np.float32)
    clip[2, 3], clip[20, 50] = 2, -5
    found, gain = integrated_gradients(clip, lambda inputs: inputs[:, 0, 2, 3] * inputs[:, 0, 20, 50])
    assert gain == pytest.approx(-10)
    assert (found[2, 3], found[20, 50]) == pytest.approx((-5, -5), rel=1e-4)
    assert np.count_nonzero(found) == 2


def test_a_network_that_hears_one_patch_is_explained_by_it_whatever_the_method():
    torch.manual_seed(0)
    layers = torch.nn.Sequential(torch.nn.Conv2d(1, 6, 3), torch.nn.ReLU(), torch.nn.Flatten(), torch.nn.Linear(336, 1))
    patch = (slice(8, 14), slice(20, 36))

    @torch.no_grad()
    def score(inputs):
        return layers(torch.from_numpy(inputs)[:, :, *patch])[:, 0].numpy()

    clip = noise(3)
    found, _ = integrated_gradients(clip, lambda inputs: layers(inputs[:, :, *patch])[:, 0])
    outside = found.copy()
    outside[patch] = 0
    assert found[patch].any() and not outside.any()
    hidden = np.abs(occlude(clip, score))
    near = (slice(4, 18), slice(10, 46))  # a tile more
    assert hidden[near].sum() == pytest.approx(hidden.sum())
    assert hidden[patch].mean() > 5 * hidden.mean()


def toy_match() -> Match:
    clips = [Clip(FRONT_END, 0, 0.2, clip, clip) for clip in (noise(4, FRONT_END.shape), noise(5, FRONT_END.shape))]
    return Match(*clips, logit=0.0)


def test_attributions_of_a_toy_network_are_complete():
    torch.manual_seed(1)
    network = toy_network().eval()
    match = toy_match()
    with torch.no_grad():
        query, recording = (torch.from_numpy(clip.network_input)[None, None] for clip in (match.query, match.recording))
        silence = torch.zeros_like(query)
        pairs = ((query, recording), (silence, recording), (query, silence))
        heard, no_query, no_sound = (torch.logit(network(*pair).double()).item() for pair in pairs)
    explanation = explain_by_gradients(match, network)
    for side, silent in ((explanation.query, no_query), (explanation.recording, no_sound)):
        assert side.gain == pytest.approx(heard - silent, abs=1e-5)
        assert abs(side.attribution.sum(dtype=np.float64) - side.gain) <= max(0.01 * abs(side.gain), 0.02)
        assert np.count_nonzero(side.attribution) > side.attribution.size / 2


def test_steps_are_refined_until_they_add_up_and_progress_tells(monkeypatch):
    for name, value in (("N_STEPS", (4, 8)), ("TOLERANCE", 0), ("TOLERANCE_LOGIT", 0)):
        monkeypatch.setattr(attribution, name, value)
    told = []
    torch.manual_seed(1)
    explain_by_gradients(toy_match(), toy_network(), lambda *numbers: told.append(numbers))
    done, planned = zip(*told, strict=True)
    assert done[-1] == planned[-1] == 2 * (4 + 8)
    assert list(done) == sorted(done) and list(planned) == sorted(planned)
    assert all(step <= total for step, total in told)


def matches_of(model: str) -> list[Match]:
    """Simulated imitations and the sounds that they imitate, as a model hears them."""
    bundle, found = Bundle.load(model), []
    query_spec, sound_spec = bundle.spec.imitation.front_end, bundle.spec.recording.front_end
    for kind in ("bell", "bird", "engine"):
        made = KINDS[kind](np.random.default_rng(0), 0.5).astype(np.float32)
        imitated = simulate_imitation(made, 44_100, seed=1)
        voice = soxr.resample(imitated, IMITATION_FRONT_END.sample_rate_hz, query_spec.sample_rate_hz)
        sound = soxr.resample(made, 44_100, sound_spec.sample_rate_hz)
        query = Clip.of(voice, query_spec)
        recording = Clip.of(sound[: sound_spec.n_samples], sound_spec)
        (projection,) = bundle.project_recordings([sound])
        (logit,) = logits(bundle.embed_query(voice), projection[None], bundle.output_weight, bundle.output_bias)
        found.append(Match(query, recording, float(logit)))
    return found


@pytest.fixture(scope="module")
def matches() -> list[Match]:
    return matches_of("tl-iminet")


@pytest.fixture(scope="module")
def shipped():
    return load_network(model_home("tl-iminet"))


@pytest.mark.parametrize("model", ["tl-iminet", "default"])
def test_attributions_of_the_shipped_models_are_complete(model):
    match = matches_of(model)[0]
    explanation = explain_by_gradients(match, load_network(model_home(model)))
    occluded = explain_by_occlusion(match, Bundle.load(model))
    for side, same in ((explanation.query, occluded.query), (explanation.recording, occluded.recording)):
        assert side.gain == pytest.approx(same.gain, abs=1e-3), "torch and ONNX Runtime hear the same"
        error = abs(side.attribution.sum(dtype=np.float64) - side.gain)
        assert error <= max(TOLERANCE * abs(side.gain), TOLERANCE_LOGIT)


def correlation(one: np.ndarray, other: np.ndarray) -> float:
    return float(np.corrcoef(one.ravel(), other.ravel())[0, 1])


def overlap(one: np.ndarray, other: np.ndarray) -> float:
    """How much of the strongest tenth of one map is in that of the other; 0.1 by chance."""
    strong = [values >= np.quantile(values, 0.9) for values in (one, other)]
    return float((strong[0] & strong[1]).sum() / strong[0].sum())


def test_both_methods_agree_on_where(matches, shipped, monkeypatch):
    """They are alike where they belong to one pair, and far less so with the map of another pair, or turned over."""
    monkeypatch.setattr(attribution, "N_STEPS", (16,))  # not complete, and precise enough for smoothed maps
    monkeypatch.setattr(occlusion, "N_ORDERS", 4)
    bundle = Bundle.load("tl-iminet")
    found = [(explain_by_gradients(match, shipped), explain_by_occlusion(match, bundle)) for match in matches]
    for side in ("query", "recording"):
        ours, theirs = zip(*[[smooth(getattr(one, side).attribution) for one in both] for both in found], strict=True)
        alike = np.array([[correlation(one, other) for other in theirs] for one in ours])
        of_one_pair, of_others = alike.diagonal().mean(), alike[~np.eye(len(found), dtype=bool)].mean()
        turned = np.mean([correlation(one[::-1, ::-1], other) for one, other in zip(ours, theirs, strict=True)])
        assert of_one_pair > 0.35
        assert max(of_others, turned) < of_one_pair - 0.2
        assert np.mean([overlap(one, other) for one, other in zip(ours, theirs, strict=True)]) > 0.3


@pytest.mark.slow
def test_what_either_method_points_at_matters_to_the_default_model():
    """Silencing the tenth that a map has strongest costs more of the score than the same places of another map.

    Over eight pairs, the median loss was 0.24 to 0.35 of the whole gain, and 0.02 to 0.08 for maps of noise.
    """
    network = load_network(model_home("default"))
    bundle, found = Bundle.load("default"), matches_of("default")[:2]
    rng = np.random.default_rng(0)
    for explain in (lambda match: explain_by_gradients(match, network), lambda m: explain_by_occlusion(m, bundle)):
        lost, by_chance = [], []
        for match in found:
            explanation = explain(match)
            side, heard = explanation.recording, match.recording.network_input
            for losses, strength in ((lost, side.attribution), (by_chance, rng.standard_normal(heard.shape))):
                smoothed = smooth(strength)
                silenced = np.where(smoothed >= np.quantile(smoothed, 0.9), match.recording.front_end.silence, heard)
                with torch.no_grad():
                    embedding = network.embed_imitation(torch.from_numpy(match.query.network_input)[None, None])
                    projection = network.project_recording(torch.from_numpy(silenced)[None, None].float())
                    losses.append((match.logit - network.pair_logits(embedding, projection).item()) / side.gain)
        assert np.mean(lost) > 0.1 + np.mean(by_chance)
