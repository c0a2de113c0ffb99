"""What a person's own takes teach an adaptation, beside the fast form, and beside adapting to the library alone.

    python -m benchmarks.models.own_takes --data DATA --work RUNS [--people N] [--sounds N]

DATA, library and people are those of `benchmarks.search.teach`: recordings that no training heard, and people who keep
their body and one habit. The default model is adapted to the library as `menura adapt` does it, without any takes,
and with the first 15 and 40 of each person's, with its own decision whether to keep it. Of 5 takes `menura adapt` wants
no part; what they would do is measured with the weights halfway, kept whatever comes of it. Then 30 other sounds are
looked for with the model as it is, with what the fast form learned of the same takes, and with the adapted models.

Takes and outcomes are kept under RUNS, so a run that was stopped goes on where it was. Settings were chosen on other
people and another sample of recordings. Intervals are of the mean gain in reciprocal rank, by resampling people. Writes
`docs/results/own_takes.json`.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from rich.progress import track

from benchmarks.results import write_result
from benchmarks.search.teach import (
    CLIPS_OF_A_MOUTH,
    FIRST_PERSON,
    KINDS,
    LISTENED_HZ,
    MOUTH_HZ,
    N_TESTS,
    REAL,
    SEED,
    mosaic,
    recordings_of,
    spoken,
    with_habit,
)
from menura.audio.files import read_audio
from menura.corpora.recordings import Split
from menura.corpora.voices import NOISES, load_speakers
from menura.evaluation.ranking import bootstrap_interval
from menura.inputs.arrays import save_array
from menura.model.bundle import Bundle
from menura.model.shipped import model_home
from menura.network.checkpoint import load_network
from menura.personal.learning import learn
from menura.simulate import LISTENED_S, measure_mouth
from menura.simulate.imitator import draw_imitator
from menura.training.adapt import HEADS
from menura.training.adapt_heads import HeadsCourse, heads_course, pools_of_take
from menura.training.heads import Heads
from menura.training.own_takes import judged_by_own, lessons_of, ranks_of
from menura.training.tuned_heads import OwnTakes, between, tuned

N_TAKES = (5, 15, 40)
HALFWAY = 0.5
"""How far to go by takes that are too few to choose by."""


class Outcome(NamedTuple):
    """Mean reciprocal rank of a person's other sounds; whether the takes had the adapted model kept; seconds."""

    before: float
    library: float
    fast: float
    adapted: float
    kept: bool
    seconds: float


def main() -> None:
    """Adapt, measure, and write `docs/results/own_takes.json`."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--people", type=int, default=2, help="people of each kind")
    parser.add_argument("--sounds", type=int, default=200, help="recordings in the library")
    arguments = parser.parse_args()
    paths = recordings_of(arguments.data, arguments.sounds)
    paths = [paths[place] for place in np.random.default_rng(SEED).permutation(len(paths))]
    n_held_out = round(HEADS.held_out * len(paths))
    work = arguments.work / f"own-takes-{arguments.sounds}"
    course = heads_course(model_home("default"), paths, n_held_out, HEADS, work)
    alone = by_the_library(course)
    voices = [one for one in load_speakers(arguments.data / "voices", Split.HELD_OUT) if one.name != NOISES]
    outcomes: dict[str, dict[int, list[Outcome]]] = {kind: {n: [] for n in N_TAKES} for kind in KINDS}
    for number in range(arguments.people):
        places = taught_and_others(number, len(paths), n_held_out)
        for kind in track(KINDS, f"person {number + 1}"):
            clips = voices[number % len(voices)].clips if kind == REAL else ()
            file = work / f"{kind}-{FIRST_PERSON + number}.npy"
            kept = takes_of(kind, FIRST_PERSON + number, clips, [paths[place] for place in places], file=file)
            own = OwnTakes(kept, places - n_held_out)
            for n in N_TAKES:
                told = file.with_name(f"{file.stem}-{n}.json")
                if not told.exists():
                    told.write_text(json.dumps(outcome(course, alone, own, n)), encoding="utf-8")
                outcomes[kind][n].append(Outcome(*json.loads(told.read_text(encoding="utf-8"))))
        write(outcomes, len(paths), number + 1)  # what is there counts if nobody waits for the rest


def write(outcomes: dict[str, dict[int, list[Outcome]]], n_sounds: int, n_people: int) -> None:
    """Write the figures of so many people of each kind."""
    figures = {kind: {str(n): summary(found) for n, found in by_n.items()} for kind, by_n in outcomes.items()}
    everybody = {n: [one for by_n in outcomes.values() for one in by_n[n]] for n in N_TAKES}
    figures["everybody"] = {str(n): summary(found) for n, found in everybody.items()}
    sizes = f"--people {n_people} --sounds {n_sounds}"
    write_result(
        "own_takes",
        data=f"{n_sounds} recordings that no training heard, {n_people} people of each kind; {N_TESTS} sounds of each "
        "are looked for, which were not taught",
        seed=SEED,
        figures=figures,
        command=f"python -m benchmarks.models.own_takes --data DATA --work RUNS {sizes}",
    )


def by_the_library(course: HeadsCourse) -> Heads:
    """What is learned of the library alone, as far along as the judges say."""
    learned = tuned(course.heads, course.lessons, None, course.settings)
    judges = course.judges
    mixed = {share: between(course.heads, learned, share) for share in HEADS.shares}
    return max(mixed.values(), key=lambda heads: judges.mrr(judges.rank(heads, choosing=True)).library)


def taught_and_others(number: int, n_sounds: int, n_held_out: int) -> NDArray[np.intp]:
    """The sounds that a person imitates, as places in the library: 40 that are learned from, then 30 of all others."""
    rng = np.random.default_rng([SEED, number])
    taught = n_held_out + rng.permutation(n_sounds - n_held_out)[: max(N_TAKES)]
    others = rng.permutation(np.setdiff1d(np.arange(n_sounds), taught))[:N_TESTS]
    return np.concatenate([taught, others])


def takes_of(kind: str, seed: int, clips: Sequence[Path], paths: Sequence[Path], *, file: Path) -> NDArray[np.float16]:
    """(n, f) what the default model's layers make of a person's takes of these sounds, kept in a file."""
    if not file.exists():
        network = load_network(model_home("default"))
        person = with_habit(kind, draw_imitator(np.random.default_rng([SEED, seed])))
        chosen = [clips[place] for place in np.random.default_rng(seed).permutation(len(clips))[:CLIPS_OF_A_MOUTH]]
        mouth = measure_mouth(read_audio(clip, MOUTH_HZ, duration_s=5.0) for clip in chosen) if chosen else None
        made = []
        for number, path in enumerate(paths):
            samples = read_audio(path, LISTENED_HZ, duration_s=LISTENED_S)
            rng = np.random.default_rng([SEED, seed, number])
            take = spoken(kind, person, samples, rng) if mouth is None else mosaic(mouth, samples, rng)
            made.append(pools_of_take(take, network))
        save_array(file, np.stack(made))
    found: NDArray[np.float16] = np.load(file)
    return found


def outcome(course: HeadsCourse, alone: Heads, own: OwnTakes, n_takes: int) -> Outcome:
    """What the first takes teach, on the last sounds."""
    first, others = (own.only(np.isin(np.arange(len(own.rows)), part)) for part in parts(len(own.rows), n_takes))
    started = time.perf_counter()
    adapted, kept = adapted_by(course, first)
    seconds = time.perf_counter() - started

    def mrr(heads: Heads) -> float:
        return float((1 / ranks_of(course, heads, others)).mean())

    before, after = mrr(course.heads), mrr(adapted) if kept else mrr(course.heads)
    return Outcome(before, mrr(alone), by_the_fast_form(course, first, others), after, kept, seconds)


def parts(n: int, n_takes: int) -> tuple[range, range]:
    """The places of the takes that are learned from, and of those that are looked for with."""
    return range(n_takes), range(n - N_TESTS, n)


def adapted_by(course: HeadsCourse, own: OwnTakes) -> tuple[Heads, bool]:
    """What is learned of some takes and the library, and whether the takes have it kept."""
    learned = tuned(course.heads, course.lessons, own, course.settings)
    if len(own.rows) < N_TAKES[1]:
        return between(course.heads, learned, HALFWAY), True
    judged = judged_by_own(course, own, HEADS.shares, Bundle.load("default").usual)
    return between(course.heads, learned, judged.share), judged.kept


def by_the_fast_form(course: HeadsCourse, own: OwnTakes, others: OwnTakes) -> float:
    """What the fast form finds of the last sounds, with its own decision whether to keep what it learned."""
    weight = course.heads.fc2.weight.detach().numpy()[0]
    learned, told = learn(lessons_of(course, own), weight), lessons_of(course, others)
    moved = told.queries if learned.map is None else np.stack([learned.map.moved(one) for one in told.queries])
    return float((1 / told.ranks(moved, weight)).mean())


def summary(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Over people."""
    found: dict[str, Any] = {"people": len(outcomes), "mrr_before": _mean([one.before for one in outcomes])}
    for form in ("library", "fast", "adapted"):
        gains = np.array([getattr(one, form) - one.before for one in outcomes])
        low, high = bootstrap_interval(gains, [str(person) for person in range(len(gains))], seed=SEED)
        found[form] = {
            "gain": _mean(gains),
            "interval_95": [round(low, 4), round(high, 4)],
            "worse": int((gains < 0).sum()),
            "worst": round(float(gains.min()), 4),
        }
    kept, seconds = sum(one.kept for one in outcomes), float(np.median([one.seconds for one in outcomes]))
    return {**found, "kept": kept, "seconds": round(seconds, 1)}


def _mean(values: Sequence[float] | NDArray[np.float64]) -> float:
    return round(float(np.mean(values)), 4)


if __name__ == "__main__":
    main()
