"""What a system costs: the time that a query takes, and how many numbers a library keeps of a sound."""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from menura.audio.features import network_input
from menura.audio.files import read_audio
from menura.corpora.catalogue import Catalogue
from menura.evaluation.system_scores import RATE_HZ, keep_all, learned
from menura.evaluation.systems import SupervisedSystem, System
from menura.inputs.catalogue_inputs import load_catalogue_inputs
from menura.network.dual_encoder import DualEncoder
from menura.network.iminet import IMINET
from menura.whole import written_whole

TIMED = 10

Samples = NDArray[np.float32]


@dataclass(frozen=True)
class Cost:
    """What a system costs.

    Attributes:
        seconds_a_query: From the samples of an imitation to the scores of all candidates, median of `TIMED` queries.
        candidates: How many those were.
        numbers_a_sound: What is kept of a sound to search by, on average.
    """

    seconds_a_query: float
    candidates: int
    numbers_a_sound: float


def system_cost(system: System, training: Catalogue, testing: Catalogue, *, seed: int, cache: Path) -> Cost:
    """Of a system that learned from one half, among the sounds of the other."""
    heard = learned(system, training.paths, seed, cache)
    kept = keep_all(system, [sound.path for sound in testing.sounds], heard, cache)

    def answer(samples: Samples) -> None:
        system.scores([system.keep(system.describe(samples, RATE_HZ), heard)], kept)

    numbers = float(np.mean([one.size for one in kept]))
    return Cost(_seconds(answer, testing, RATE_HZ), len(kept), numbers)


def supervised_cost(
    system: SupervisedSystem, training: Catalogue, testing: Catalogue, *, seed: int, cache: Path
) -> Cost:
    """Of a machine that was shown all imitations of the sounds that it is to find."""
    heard = learned(system, training.paths, seed, cache)
    vectors = np.stack(keep_all(system, [item.path for item in testing.imitations], heard, cache))
    names, classes = np.unique([item.sound_id for item in testing.imitations], return_inverse=True)
    machine = system.train(vectors, classes)

    def answer(samples: Samples) -> None:
        machine.decide(system.keep(system.describe(samples, RATE_HZ), heard)[None])

    return Cost(_seconds(answer, testing, RATE_HZ), len(names), machine.n_numbers / len(names))


def network_cost(network: IMINET | DualEncoder, testing: Catalogue, cache: Path) -> Cost:
    """Of a network in its factorised form."""
    network.eval()
    front_end = network.spec.imitation.front_end
    recordings = load_catalogue_inputs(testing, network.spec, cache).recordings
    with torch.no_grad():
        parts = [torch.from_numpy(one.astype(np.float32))[None, None] for one in recordings]
        projections = torch.cat([network.project_recording(part) for part in parts])

    @torch.no_grad()
    def answer(samples: Samples) -> None:
        heard = torch.from_numpy(network_input(samples, front_end))[None, None]
        network.logits(network.embed_imitation(heard), projections)

    return Cost(_seconds(answer, testing, front_end.sample_rate_hz), len(projections), network.spec.n_hidden)


def kept_cost(file: Path, measure: Callable[[], Cost]) -> Cost:
    """What a file holds, or what is measured now and kept there."""
    if file.exists():
        return Cost(**json.loads(file.read_text(encoding="utf-8")))
    cost = measure()
    with written_whole(file) as unfinished:
        unfinished.write_text(json.dumps(asdict(cost)), encoding="utf-8")
    return cost


def _seconds(answer: Callable[[Samples], None], testing: Catalogue, rate_hz: int) -> float:
    """The median; the first query pays for what later ones find ready, and does not count."""
    spread = np.linspace(0, len(testing.imitations) - 1, min(TIMED, len(testing.imitations))).astype(int)
    queries = [read_audio(testing.imitations[index].path, rate_hz) for index in spread]
    answer(queries[0])
    times = []
    for query in queries:
        started = time.perf_counter()
        answer(query)
        times.append(time.perf_counter() - started)
    return statistics.median(times)
