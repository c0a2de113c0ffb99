"""The findings hold for patterns made as the paper says, and not for others; the command tells all of them."""

import json

import numpy as np
import pytest

from cli_calls import output_of, refusal_of
from menura.model.shipped import model_home
from menura.network.stored import stored_spec
from menura.paper.counterparts import about_layers, breadth_asked, layers_asked
from menura.paper.finding import over_seeds
from menura.paper.findings import (
    finding_of_pairs,
    findings_of_comparison,
    findings_of_network,
    findings_of_one,
    findings_of_three,
)
from menura.paper.networks import THREE
from menura.specs import SIDES, TL_IMINET
from menura.visualise.likeness import pair_likeness
from menura.visualise.neurons import layer_of_mn04, middle_box
from patterns_found import network_found, pairs_found

DEFAULT = stored_spec(model_home("default"))
RNG = np.random.default_rng(0)


@pytest.fixture(autouse=True)
def _seeded():
    """Each test draws the same, whichever ran before it."""
    RNG.bit_generator.state = np.random.default_rng(0).bit_generator.state


def as_the_paper_says(depth, shape):
    """An edge, a texture with periods of 4 frames, one with periods of 16."""
    mel, time = np.mgrid[: shape[0], : shape[1]]
    phase = RNG.uniform(0, 2 * np.pi)
    if depth == 1:
        return np.where(RNG.uniform() < 0.5, mel, time) - 2.0 + 0.05 * RNG.standard_normal(shape)
    return np.sin(2 * np.pi * time / (4 if depth == 2 else 16) + phase) + 0.1 * RNG.standard_normal(shape)


def test_the_findings_hold_for_patterns_made_so_and_not_for_noise():
    made = findings_of_one(network_found(as_the_paper_says), TL_IMINET, "recording")
    assert [finding.confirmed for finding in made] == [True] * 4
    assert "ratio of the medians 4." in made[2].note or "ratio of the medians 3.9" in made[2].note
    assert not findings_of_one(network_found(rough), TL_IMINET, "recording")[0].confirmed


def test_sharper_and_finer_are_told_from_the_contrary():
    smooth = network_found(lambda _, shape: np.cumsum(np.cumsum(RNG.standard_normal(shape), axis=1), axis=0))
    sharp = network_found(rough)
    forth = findings_of_three(smooth, smooth, sharp, TL_IMINET)
    back = findings_of_three(sharp, sharp, smooth, TL_IMINET)
    assert [finding.confirmed for finding in forth] == [True] * 4
    assert [finding.confirmed for finding in back] == [False] * 4
    assert not any(finding.confirmed for finding in findings_of_three(sharp, sharp, sharp, TL_IMINET))
    described = forth[0].to_dict()
    assert described["groups"]["pre-trained only"]["n"] == 60
    assert described["confirmed"] is True


FRAME_S = {"imitation": 133 / 16_000, "recording": 1_024 / 44_100}


def pairs(alike, n=30, spec=TL_IMINET):
    """Both sides of n FC1 neurons: bursts at the same moments on both sides, or at any."""
    times = RNG.uniform(0.3, 2.5, (2, n, 3))
    if alike:
        times[1] = times[0]
    sides = {}
    for index, side in enumerate(SIDES):
        front_end = spec.tower(side).front_end
        shape, at_s = front_end.shape, np.arange(front_end.n_frames) * front_end.hop_s
        bursts = np.exp(-(((at_s - times[index][:, :, None]) / 0.1) ** 2)).sum(axis=1)
        sides[side] = (bursts[:, None, :] + 0.1 * RNG.standard_normal((n, *shape))).astype(np.float32)
    return sides


def test_pairs_that_are_alike_are_told_from_shuffled_ones():
    alike = finding_of_pairs(pairs_found(pairs(alike=True)), FRAME_S)
    apart = finding_of_pairs(pairs_found(pairs(alike=False)), FRAME_S)
    assert alike.confirmed and np.median(alike.groups["own pair"]) > 0.4
    assert not apart.confirmed
    likeness = pair_likeness(pairs(alike=True), FRAME_S)
    assert likeness.shape == (30, 30)
    assert (np.abs(likeness) <= 1).all()


def whole_network(make, *, alike, spec=TL_IMINET):
    return network_found(make, spec) | pairs_found(pairs(alike, spec=spec), spec)


def rough(_, shape):
    return RNG.standard_normal(shape)


def test_one_network_is_asked_about_both_towers_and_its_pairs():
    found = findings_of_network(whole_network(as_the_paper_says, alike=True), TL_IMINET)
    assert len(found) == 2 * 4 + 1
    assert [finding.claim.count("imitation tower") for finding in found] == [1] * 4 + [0] * 5
    assert found[-1].confirmed and "pairs" in found[-1].claim


def test_a_comparison_tells_the_networks_apart():
    networks = dict(
        zip(
            THREE,
            (
                whole_network(rough, alike=False),
                whole_network(rough, alike=True),
                whole_network(as_the_paper_says, alike=False),
            ),
            strict=True,
        )
    )
    found = findings_of_comparison(networks, TL_IMINET)
    assert len({finding.claim for finding in found}) == len(found) == 4 + 8 + 2
    assert [finding.confirmed for finding in found[-2:]] == [True, False]
    assert [finding.claim.rpartition(": ")[2] for finding in found[-2:]] == list(THREE[1:])
    assert all(finding.confirmed for finding in found[8:12])  # the recording tower of the last network


def test_a_finding_has_to_hold_with_every_seed():
    holds, fails = (
        findings_of_network(whole_network(make, alike=True), TL_IMINET) for make in (as_the_paper_says, rough)
    )
    assert over_seeds([holds]) == holds
    both = over_seeds([holds, fails, holds])
    assert both[0].confirmed is False and both[0].with_seeds == "with 2 of 3 seeds"
    assert both[0].p_value == max(holds[0].p_value, fails[0].p_value)
    assert both[0].groups == holds[0].groups
    assert both[2].p_value is None and not both[2].confirmed  # by interval
    assert both[-1].confirmed and both[-1].with_seeds == "with 3 of 3 seeds"
    assert [one["confirmed"] for one in both[0].to_dict()["by_seed"]] == [True, False, True]


@pytest.mark.slow
def test_the_command_tells_every_finding_and_writes_it(tmp_path, monkeypatch, random_bundle_folder):
    layers = whole_network(as_the_paper_says, alike=True)
    monkeypatch.setattr("menura.visualise.patterns.network_patterns", lambda *_, **__: iter(layers.values()))
    options = ("--work", tmp_path / "work", "--out", tmp_path / "out", "--seeds", 2)
    printed = output_of("reproduce", "findings", "--model", random_bundle_folder, *options).splitlines()
    written = json.loads((tmp_path / "out" / "findings.json").read_text())
    assert written["networks"] == [str(random_bundle_folder)]
    assert len(written["findings"]) == 9
    assert printed.pop(0).startswith("Not asked of one model")
    for line, finding in zip(printed, written["findings"], strict=False):
        assert finding["claim"] in line
        assert f"with {2 * finding['confirmed']} of 2 seeds" in line and len(finding["by_seed"]) == 2
        assert line.startswith("confirmed" if finding["confirmed"] else "not confirmed")
        assert ("by interval" if finding["p_value"] is None else f"p = {finding['p_value']:.2g}") in line
    n_confirmed = sum(finding["confirmed"] for finding in written["findings"])
    assert printed[9] == f"{n_confirmed} of 9 confirmed."
    assert (tmp_path / "out" / "findings.png").read_bytes().startswith(b"\x89PNG")


def test_of_mn04_the_layers_are_asked_that_hear_most_nearly_as_long():
    asked = layers_asked(DEFAULT)
    assert [layer.name for side in SIDES for layer in asked[side]] == [
        f"{side} layer{depth}" for side in SIDES for depth in (2, 5, 11)
    ]
    for side in SIDES:
        for depth, layer in enumerate(asked[side], start=1):
            papers_s = middle_box(TL_IMINET.recording, depth).n_frames * FRAME_S["recording"]
            ratios = [
                layer_of_mn04(DEFAULT.tower(side), side, number).boxes[side].n_frames * 0.01 / papers_s
                for number in range(17)
            ]
            assert abs(np.log(ratios[layer.depth])) == np.abs(np.log(ratios)).min()
    assert {layer.name for layer in layers_asked(TL_IMINET)["imitation"]} == {f"imitation conv{n}" for n in (1, 2, 3)}
    about = about_layers(DEFAULT)
    assert len(about) == 8 and "layer11 stands for conv 3: a neuron hears 2.4 s there, and 2.3 s" in about[2]
    assert "16 of 48 channels" in about[2] and "16 of 108 neurons of FC1" in about[6]
    assert about_layers(TL_IMINET) == about[7:]
    assert breadth_asked(TL_IMINET).neurons == 0


def test_mn04_is_asked_the_same_above_its_own_silence():
    def bursts(depth, shape):
        """A stripe as high as the field, of 2, 8 or 60 frames amid silence, with ripples of 2, 4 or 16."""
        at = np.arange(shape[1])
        ripple = 1 + 0.5 * np.sin(2 * np.pi * at / (2, 4, 16)[depth - 1])
        lasts = (2, 8, 60)[depth - 1] * RNG.uniform(0.9, 1.1)
        return np.where(np.abs(at - shape[1] // 2) <= lasts / 2, ripple, 0) * np.ones(shape)

    found = findings_of_network(whole_network(bursts, alike=True, spec=DEFAULT), DEFAULT)
    assert found[0].claim == "layer 2 of the imitation tower hears local edges, single stripes"
    for grows in (found[3], found[7]):
        assert list(grows.groups) == ["layer 2", "layer 5", "layer 11"] and grows.confirmed
        assert np.median(grows.groups["layer 11"]) < 0.7  # of 2.43: silence is no energy
    assert found[8].confirmed


@pytest.mark.slow
def test_figures_and_findings_are_those_of_the_default_model_too(tmp_path, monkeypatch):
    found, asked_of = whole_network(as_the_paper_says, alike=True, spec=DEFAULT), []

    def patterns(*_, layers, breadth):
        asked_of.append((len(layers), breadth.neurons))
        return iter(found[layer.name] for layer in layers)

    monkeypatch.setattr("menura.visualise.patterns.network_patterns", patterns)
    for command in ("figure2", "figure3"):
        output_of("reproduce", command, "--model", "default", "--out", tmp_path)
    printed = output_of("reproduce", "findings", "--model", "default", "--seeds", 1, "--out", tmp_path).splitlines()
    assert asked_of == [(3, 16), (3, 16), (1, 16), (7, 16)]
    assert {path.name for path in tmp_path.iterdir()} == {
        "figure2-imitation.png", "figure2-recording.png", "figure3.png", "findings.json", "findings.png"
    }  # fmt: skip
    assert printed[:8] == about_layers(DEFAULT) == json.loads((tmp_path / "findings.json").read_text())["about"]
    assert len(printed) == 8 + 9 + 2


@pytest.mark.parametrize("options", [(), ("--model", "default", "--voxforge", "speech"), ("--vocalsketch", "sounds")])
def test_the_command_asks_for_a_model_or_all_corpora(options):
    line = refusal_of("reproduce", "findings", *options, code=2)
    assert "give either --model, or all of --vocalsketch, --voxforge and --urbansound8k" in line
