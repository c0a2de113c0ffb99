"""The paper's findings (sections 4.2 and 4.3) as numbers, with their spread over neurons and a test of each.

A finding is confirmed if its numbers go the way that the paper says and a test says that this is no accident (p below
0.01); where a number is claimed, if the 95 % interval holds it. Patterns depend on the random starts of their ascents,
so a finding is tested on the patterns of several seeds, and has to hold with every one of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.stats import mannwhitneyu, wilcoxon

from menura.paper.counterparts import in_words, layers_asked
from menura.paper.finding import Finding
from menura.paper.networks import THREE
from menura.specs import SIDES, NetworkSpec, Side
from menura.visualise.likeness import pair_likeness
from menura.visualise.measures import (
    Pattern,
    coherence,
    direction_degrees,
    extent,
    fineness,
    period_frames,
    sharpness,
)
from menura.visualise.patterns import LayerPatterns

SIGNIFICANT = 0.01
_RESAMPLES = 2_000

Layers = Mapping[str, LayerPatterns]


@dataclass(frozen=True)
class _Heard:
    """What the neurons of a layer are excited by most.

    Attributes:
        name: The layer's, in words.
        patterns: Each less what silence is to the tower.
        frame_s: Seconds from one frame to the next.
    """

    name: str
    patterns: list[Pattern]
    frame_s: float


def findings_of_network(layers: Layers, spec: NetworkSpec) -> list[Finding]:
    """Everything that the paper found within one network, in one network: both towers, then the pairs of FC1."""
    found = [finding for side in SIDES for finding in findings_of_one(layers, spec, side)]
    return [*found, finding_of_pairs(layers, _frames_s(spec))]


def findings_of_comparison(networks: Mapping[str, Layers], spec: NetworkSpec) -> list[Finding]:
    """Everything that the paper found in its three networks, `THREE`, of one spec.

    The comparisons first, then what it found within one, in the last of them; FC1's pairs without pre-training too.
    """
    untuned, scratch, tuned = THREE
    *within, pairs = findings_of_network(networks[tuned], spec)
    pairs_of_scratch = finding_of_pairs(networks[scratch], _frames_s(spec))
    return [
        *findings_of_three(networks[untuned], networks[scratch], networks[tuned], spec),
        *within,
        *(replace(one, claim=f"{one.claim}: {name}") for name, one in ((scratch, pairs_of_scratch), (tuned, pairs))),
    ]


def findings_of_one(layers: Layers, spec: NetworkSpec, side: Side) -> list[Finding]:
    """What the paper found within one network's tower.

    Args:
        layers: Its layers by name, those of `layers_asked` at least.
        spec: The network's.
        side: Which tower.
    """
    first, second, third = _heard(layers, spec, side)
    return [
        _stripes(first, side),
        _textures(first, second, side),
        _periods(second, third, side),
        _extents([first, second, third], side),
    ]


def findings_of_three(pretrained: Layers, scratch: Layers, tuned: Layers, spec: NetworkSpec) -> list[Finding]:
    """What the paper found when it compared three networks; neurons of the first and the last are the same ones."""
    found = []
    for side in SIDES:
        per_network = [
            [pattern for heard in _heard(layers, spec, side) for pattern in heard.patterns]
            for layers in (pretrained, scratch, tuned)
        ]
        found += [_sharper(per_network[0], per_network[2], side), _finer(per_network[1], per_network[2], side)]
    return found


def finding_of_pairs(layers: Layers, frame_s: dict[Side, float], n_shuffles: int = 10_000, seed: int = 0) -> Finding:
    """Whether the two inputs that excite an FC1 neuron most are alike, against inputs of different neurons."""
    likeness = pair_likeness(layers["fc1"].patterns, frame_s)
    own = np.diagonal(likeness)
    rng = np.random.default_rng(seed)
    shuffled = [likeness[np.arange(len(own)), rng.permutation(len(own))].mean() for _ in range(n_shuffles)]
    p_value = (1 + np.sum(np.array(shuffled) >= own.mean())) / (1 + n_shuffles)
    others = likeness[~np.eye(len(own), dtype=bool)]
    return Finding(
        claim="imitation and recording are alike in the pairs that excite FC1 neurons most",
        measure="mean correlation of both sides' loudness and brightness over time",
        groups={"own pair": list(map(float, own)), "shuffled pairs": list(map(float, others))},
        p_value=float(p_value),
        confirmed=bool(p_value < SIGNIFICANT),
        note=f"mean {own.mean():.3f} against {np.mean(shuffled):.3f}",
    )


def _stripes(first: _Heard, side: Side) -> Finding:
    rng = np.random.default_rng(0)
    own = [coherence(pattern) for pattern in first.patterns]
    scrambled = [
        float(np.mean([coherence(rng.permuted(pattern.ravel()).reshape(pattern.shape)) for _ in range(50)]))
        for pattern in first.patterns
    ]
    return _compared(
        claim=f"{first.name} of the {side} tower hears local edges, single stripes",
        measure="coherence, 0 no direction to 1 a stripe",
        groups={first.name: own, "its tiles shuffled": scrambled},
        p_value=wilcoxon(own, scrambled, alternative="greater").pvalue,
        note=_directions(first),
    )


def _textures(first: _Heard, second: _Heard, side: Side) -> Finding:
    def n_stripes(pattern: Pattern) -> float:
        """Stripes along the axis that holds more of them."""
        return float(max(p.shape[1] / period_frames(p) for p in (pattern, pattern.T)))

    groups = {heard.name: list(map(n_stripes, heard.patterns)) for heard in (first, second)}
    return _compared(
        claim=f"{second.name} of the {side} tower hears textures of many stripes, {first.name} single ones",
        measure="stripes within what a neuron hears",
        groups=groups,
        p_value=mannwhitneyu(groups[second.name], groups[first.name], alternative="greater").pvalue,
        note=f"{second.name}: {_directions(second)}",
    )


def _directions(heard: _Heard) -> str:
    degrees = np.abs([direction_degrees(pattern) for pattern in heard.patterns])
    lying, upright = int(np.sum(degrees < 22.5)), int(np.sum(degrees > 67.5))
    return f"{lying} horizontal, {upright} vertical, {len(degrees) - lying - upright} inclined"


def _periods(second: _Heard, third: _Heard, side: Side) -> Finding:
    groups = {
        heard.name: [period_frames(pattern) * heard.frame_s for pattern in heard.patterns] for heard in (second, third)
    }
    low, ratio, high = _ratio_of_medians(groups[third.name], groups[second.name])
    return Finding(
        claim=f"periods along time are about four times as long in {third.name} of the {side} tower "
        f"as in {second.name}",
        measure="strongest period along time (s)",
        groups=groups,
        p_value=None,
        confirmed=low <= 4 <= high,
        note=f"ratio of the medians {ratio:.2f}, 95 % interval {low:.2f} to {high:.2f}",
    )


def _extents(by_depth: Sequence[_Heard], side: Side) -> Finding:
    groups = {heard.name: [extent(pattern)[1] * heard.frame_s for pattern in heard.patterns] for heard in by_depth}
    steps = list(groups.values())
    p_values = [
        float(mannwhitneyu(wider, narrower, alternative="greater").pvalue) for narrower, wider in pairwise(steps)
    ]
    bands = [np.median([extent(pattern)[0] for pattern in heard.patterns]) for heard in by_depth]
    return _compared(
        claim=f"from local to global: what excites the {side} tower grows from layer to layer",
        measure="time that holds nine tenths of the energy (s)",
        groups=groups,
        p_value=max(p_values),
        note="bands, median: " + ", ".join(f"{value:.0f}" for value in bands),
    )


def _sharper(without: list[Pattern], with_tuning: list[Pattern], side: Side) -> Finding:
    groups = {
        "pre-trained only": [sharpness(pattern) for pattern in without],
        "pre-trained and fine-tuned": [sharpness(pattern) for pattern in with_tuning],
    }
    return _compared(
        claim=f"fine-tuning makes the patterns of the {side} tower sharper",
        measure="mean of the steepest twentieth of the steps between neighbours (standard deviations)",
        groups=groups,
        p_value=_paired_p(*groups.values()),
    )


def _finer(scratch: list[Pattern], pretrained: list[Pattern], side: Side) -> Finding:
    groups = {
        "from scratch": [fineness(pattern) for pattern in scratch],
        "pre-trained and fine-tuned": [fineness(pattern) for pattern in pretrained],
    }
    return _compared(
        claim=f"pre-training makes the patterns of the {side} tower finer",
        measure="mean spatial frequency (cycles a tile)",
        groups=groups,
        p_value=mannwhitneyu(*reversed(groups.values()), alternative="greater").pvalue,
    )


def _paired_p(before: list[float], after: list[float]) -> float:
    return 1.0 if before == after else float(wilcoxon(after, before, alternative="greater").pvalue)


def _compared(claim: str, measure: str, groups: dict[str, list[float]], p_value: float, note: str = "") -> Finding:
    return Finding(claim, measure, groups, float(p_value), bool(p_value < SIGNIFICANT), note)


def _ratio_of_medians(above: list[float], below: list[float]) -> tuple[float, float, float]:
    """Ratio of two medians with its 95 % bootstrap interval: (low, ratio, high)."""
    rng = np.random.default_rng(0)

    def medians(values: list[float]) -> NDArray[np.float64]:
        drawn: NDArray[np.float64] = np.median(rng.choice(values, (_RESAMPLES, len(values))), axis=1)
        return drawn

    low, high = np.percentile(medians(above) / medians(below), [2.5, 97.5])
    return float(low), float(np.median(above) / np.median(below)), float(high)


def _heard(layers: Layers, spec: NetworkSpec, side: Side) -> list[_Heard]:
    """Of the three depths of a tower, the shallowest first."""
    front_end = spec.tower(side).front_end
    return [
        _Heard(in_words(layer), list(layers[layer.name].patterns[side] - front_end.silence), front_end.hop_s)
        for layer in layers_asked(spec)[side]
    ]


def _frames_s(spec: NetworkSpec) -> dict[Side, float]:
    return {side: spec.tower(side).front_end.hop_s for side in SIDES}
