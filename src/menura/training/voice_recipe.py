"""What decides the model that finds by any voice: what it hears of each recording, its sizes, and how it is trained."""

from __future__ import annotations

from dataclasses import dataclass, field

from menura.inputs.takes import TakePlan
from menura.specs import MobileNetTowerSpec, NetworkSpec, PoolSpec, mn04_front_end
from menura.training.end_to_end import EndToEndSettings
from menura.training.heads import HeadSettings

_DEPTHS = (4, 6, 8, 12, 14, 16)
_POOLS = (
    *(PoolSpec(layer, "mean") for layer in _DEPTHS),
    *(PoolSpec(layer, "spread") for layer in _DEPTHS[:-1]),
    *(PoolSpec(layer, "mean", (1, 4)) for layer in _DEPTHS[:-1]),
    *(PoolSpec(layer, "mean", (4, 1)) for layer in _DEPTHS[:-2]),
)
_NEURONS = 176  # as many as leave a bundle below 14 MB
_LOUDEST = 1.8  # about the median of takes and of recordings at their own levels
SPEC = NetworkSpec(
    MobileNetTowerSpec(mn04_front_end(4.0, loudest=_LOUDEST), _POOLS, _NEURONS),
    MobileNetTowerSpec(mn04_front_end(3.0, loudest=_LOUDEST), _POOLS, _NEURONS),
)
"""Means of six depths, spreads and the course over four quarters of the time of five, and four bands of four."""


_TESTS = TakePlan(simulated=1, mosaics=1, own=0, variants=0, seed=1)


@dataclass(frozen=True)
class Round:
    """A round of training end to end.

    Attributes:
        takes: What is heard of each recording.
        settings: How to train on it.
        share: Of what it has trained in the weights that are kept; the rest is what it began with (Wortsman et al.,
            *Robust fine-tuning of zero-shot models*, CVPR 2022).
    """

    takes: TakePlan
    settings: EndToEndSettings
    share: float = 1.0


_ROUNDS = (
    Round(TakePlan(simulated=3, mosaics=3, own=3, variants=2, seed=0), EndToEndSettings()),
    Round(
        TakePlan(simulated=2, mosaics=2, own=2, variants=1, seed=2),
        EndToEndSettings(n_steps=3_000, batch_size=128, tower_rate=1.5e-4, head_rate=4e-4, dropped=0.0, seed=1),
        share=0.7,
    ),
)
"""The second hears other takes and drops nothing: after the first, fresh takes of recordings that it
was trained on are found no better than those of validation recordings, so it has learned too little, not by heart."""


@dataclass(frozen=True)
class VoiceRecipe:
    """What decides the model, apart from recordings and people.

    Attributes:
        name: What the model is called.
        tests: What is heard of each held-out recording, by people that no training heard.
        heads: Stage one, on the takes of the first round.
        rounds: Stage two: each goes on from the one before.
        spec: Sizes of the network.
        window_correction: See `menura.model.score.chance_of_many`; chosen on validation recordings.
        seed: Decides the split.
    """

    name: str = "menura-default"
    tests: TakePlan = _TESTS
    heads: HeadSettings = field(default_factory=HeadSettings)
    rounds: tuple[Round, ...] = _ROUNDS
    spec: NetworkSpec = SPEC
    window_correction: float = 0.5
    seed: int = 0
