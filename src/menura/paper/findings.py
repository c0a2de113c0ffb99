"""The paper's findings (sections 4.2 and 4.3) as numbers, with their spread over neurons and a test of each.

A finding is confirmed if its numbers go the way that the paper says and a test says that this is no accident (p below
0.01); where a number is claimed, if the 95 % interval holds it. Patterns depend on the random starts of their ascents,
so a finding is tested on the patterns of several seeds, and has to hold with every one of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.stats import mannwhitneyu, wilcoxon

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

Layers = dict[str, LayerPatterns]


@dataclass(frozen=True)
class Finding:
    """One claim, and what the neurons say.

    Attributes:
        claim: What the paper found, in a sentence.
        measure: What was measured, with its unit.
        groups: The values of each group of neurons that is compared, by the group's name.
        p_value: Of the claimed difference being an accident; None where an interval decides.
        confirmed: Whether the claim holds.
        note: What else the numbers say.
        by_seed: The same finding on the patterns of each seed, if there were several; groups and note are the first's,
            and p is the largest of all.
    """

    claim: str
    measure: str
    groups: dict[str, list[float]]
    p_value: float | None
    confirmed: bool
    note: str = field(default="")
    by_seed: tuple[Finding, ...] = ()

    @property
    def with_seeds(self) -> str:
        """With how many seeds it was confirmed, in words; nothing if there was one."""
        n_confirmed = sum(one.confirmed for one in self.by_seed)
        return f"with {n_confirmed} of {len(self.by_seed)} seeds" if self.by_seed else ""

    def to_dict(self) -> dict[str, object]:
        """Quartiles of each group instead of every value, as plain JSON values."""
        quartiles = {
            name: {
                "n": len(values),
                "quartiles": [round(float(q), 4) for q in np.percentile(values, [25, 50, 75])],
            }
            for name, values in self.groups.items()
        }
        return {
            "claim": self.claim,
            "measure": self.measure,
            "groups": quartiles,
            "p_value": _rounded(self.p_value),
            "confirmed": self.confirmed,
            "note": self.note,
            "by_seed": [
                {"p_value": _rounded(one.p_value), "confirmed": one.confirmed, "note": one.note} for one in self.by_seed
            ],
        }


def over_seeds(found: Sequence[Sequence[Finding]]) -> list[Finding]:
    """The findings of several seeds as one list: each holds if it does with every seed.

    Args:
        found: For each seed, the same findings in the same order.
    """
    if len(found) == 1:
        return list(found[0])
    return [
        replace(
            by_seed[0],
            p_value=None if by_seed[0].p_value is None else max(one.p_value or 0.0 for one in by_seed),
            confirmed=all(one.confirmed for one in by_seed),
            by_seed=by_seed,
        )
        for by_seed in zip(*found, strict=True)
    ]


def findings_of_network(layers: Layers, spec: NetworkSpec) -> list[Finding]:
    """Everything that the paper found within one network, in one network: both towers, then the pairs of FC1."""
    frame_s: dict[Side, float] = {side: spec.tower(side).front_end.hop_s for side in SIDES}
    found = [finding for side in SIDES for finding in findings_of_one(layers, side, frame_s[side])]
    return [*found, finding_of_pairs(layers, frame_s)]


def findings_of_comparison(networks: Mapping[str, Layers], spec: NetworkSpec) -> list[Finding]:
    """Everything that the paper found in its three networks, `THREE`, of one spec.

    The comparisons first, then what it found within one, in the last of them; FC1's pairs without pre-training too.
    """
    frame_s: dict[Side, float] = {side: spec.tower(side).front_end.hop_s for side in SIDES}
    _, scratch, tuned = THREE
    *within, pairs = findings_of_network(networks[tuned], spec)
    pairs_of_scratch = finding_of_pairs(networks[scratch], frame_s)
    return [
        *findings_of_three(*(networks[name] for name in THREE)),
        *within,
        *(replace(one, claim=f"{one.claim}: {name}") for name, one in ((scratch, pairs_of_scratch), (tuned, pairs))),
    ]


def findings_of_one(layers: Layers, side: Side, frame_s: float) -> list[Finding]:
    """What the paper found within one network's tower.

    Args:
        layers: Its layers by name.
        side: Which tower.
        frame_s: Seconds from one frame of its input to the next.
    """
    first, second, third = (_patterns(layers, side, depth) for depth in (1, 2, 3))
    return [
        _stripes(first, side),
        _textures(first, second, side),
        _periods(second, third, side, frame_s),
        _extents([first, second, third], side, frame_s),
    ]


def findings_of_three(pretrained: Layers, scratch: Layers, tuned: Layers) -> list[Finding]:
    """What the paper found when it compared three networks; neurons of the first and the last are the same ones."""
    found = []
    for side in SIDES:
        per_network = [
            [pattern for depth in (1, 2, 3) for pattern in _patterns(layers, side, depth)]
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


def _stripes(first: list[Pattern], side: Side) -> Finding:
    rng = np.random.default_rng(0)
    own = [coherence(pattern) for pattern in first]
    scrambled = [
        float(np.mean([coherence(rng.permuted(pattern.ravel()).reshape(pattern.shape)) for _ in range(50)]))
        for pattern in first
    ]
    degrees = np.abs([direction_degrees(pattern) for pattern in first])
    lying, upright = int(np.sum(degrees < 22.5)), int(np.sum(degrees > 67.5))
    return _compared(
        claim=f"conv 1 of the {side} tower hears local edges, single stripes",
        measure="coherence, 0 no direction to 1 a stripe",
        groups={"conv 1": own, "its tiles shuffled": scrambled},
        p_value=wilcoxon(own, scrambled, alternative="greater").pvalue,
        note=f"{lying} horizontal, {upright} vertical, {len(first) - lying - upright} inclined",
    )


def _textures(first: list[Pattern], second: list[Pattern], side: Side) -> Finding:
    def n_stripes(pattern: Pattern) -> float:
        """Stripes along the axis that holds more of them."""
        return float(max(p.shape[1] / period_frames(p) for p in (pattern, pattern.T)))

    groups = {"conv 1": list(map(n_stripes, first)), "conv 2": list(map(n_stripes, second))}
    degrees = np.abs([direction_degrees(pattern) for pattern in second])
    lying, upright = int(np.sum(degrees < 22.5)), int(np.sum(degrees > 67.5))
    return _compared(
        claim=f"conv 2 of the {side} tower hears textures of many stripes, conv 1 single ones",
        measure="stripes within what a neuron hears",
        groups=groups,
        p_value=mannwhitneyu(groups["conv 2"], groups["conv 1"], alternative="greater").pvalue,
        note=f"conv 2: {lying} horizontal, {upright} vertical, {len(second) - lying - upright} inclined",
    )


def _periods(second: list[Pattern], third: list[Pattern], side: Side, frame_s: float) -> Finding:
    groups = {
        "conv 2": [period_frames(pattern) * frame_s for pattern in second],
        "conv 3": [period_frames(pattern) * frame_s for pattern in third],
    }
    low, ratio, high = _ratio_of_medians(groups["conv 3"], groups["conv 2"])
    return Finding(
        claim=f"periods along time are about four times as long in conv 3 of the {side} tower as in conv 2",
        measure="strongest period along time (s)",
        groups=groups,
        p_value=None,
        confirmed=low <= 4 <= high,
        note=f"ratio of the medians {ratio:.2f}, 95 % interval {low:.2f} to {high:.2f}",
    )


def _extents(by_depth: Sequence[list[Pattern]], side: Side, frame_s: float) -> Finding:
    groups = {
        f"conv {depth}": [extent(pattern)[1] * frame_s for pattern in patterns]
        for depth, patterns in enumerate(by_depth, start=1)
    }
    steps = list(groups.values())
    p_values = [
        float(mannwhitneyu(wider, narrower, alternative="greater").pvalue) for narrower, wider in pairwise(steps)
    ]
    bands = [np.median([extent(pattern)[0] for pattern in patterns]) for patterns in by_depth]
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


def _rounded(p_value: float | None) -> float | None:
    return None if p_value is None else float(f"{p_value:.3g}")


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


def _patterns(layers: Layers, side: Side, depth: int) -> list[Pattern]:
    return list(layers[f"{side} conv{depth}"].patterns[side])
