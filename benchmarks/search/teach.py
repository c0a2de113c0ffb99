"""What is learned of a person's own takes, and whether it ever makes things worse: people with strong habits, and not.

    python -m benchmarks.search.teach --data DATA --work RUNS [--people N] [--sounds N]

DATA is the folder that `menura train default` was given, with `more/` and `voices/`. The library is a sample of the
recordings that no training heard. People are simulated: each keeps body and habits from take to take, and imitates
sounds of the library, one take each. Some have a habit that no training had so strongly: they always whistle, never
voice anything, lisp, or are basses whose pitch follows nothing; others have none. Of the people of `voices` whom no
training heard there are mosaics, and of the speakers of the yardstick the older ones, a way of imitating that no
training heard. After 5, 15 and 40 takes the map of `menura.personal.learning` is learned as the page
learns it, with its own decision whether to keep it, and 30 other sounds are looked for with it and without it.

Takes are kept under RUNS, so a run that was stopped goes on where it was. Constants were chosen on other people and
another sample of recordings (seeds below `FIRST_PERSON`). Intervals are of the mean gain in reciprocal rank, by
resampling people. Writes `docs/results/teach.json`.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from rich.progress import track

from benchmarks.corpora.mosaics import RATE_HZ as OLDER_HZ
from benchmarks.corpora.mosaics import Voice, imitate, load_voice
from benchmarks.corpora.voice_yardstick import HELD_OUT_SPEAKERS as SPEAKERS
from benchmarks.results import write_result
from menura.audio.files import read_audio
from menura.audio.windows import Windows
from menura.corpora.collections import load_collections
from menura.corpora.recordings import Split, load_recordings
from menura.corpora.voices import NOISES, load_speakers
from menura.evaluation.ranking import bootstrap_interval
from menura.inputs.arrays import save_array
from menura.inputs.circumstances import heard_of
from menura.model.bundle import Bundle
from menura.personal.learning import learn
from menura.personal.lessons import Lessons, Pool
from menura.personal.takes import TaughtTake
from menura.simulate import LISTENED_S, Mouth, Strategy, measure_mouth, mosaic_imitations
from menura.simulate.choose import choose, draft_of
from menura.simulate.hear import hear
from menura.simulate.imitator import Imitator, draw_imitator
from menura.simulate.microphone import record
from menura.simulate.speak import RATE_HZ, speak
from menura.simulate.styles import STYLES

WHISTLES, BREATH, LISP, BASS, ANYBODY = "always whistles", "never voices", "lisps", "a bass", "no strong habit"
REAL, OLDER = "mosaics of real people", "older mosaics of real people"
KINDS = (WHISTLES, BREATH, LISP, BASS, ANYBODY, REAL, OLDER)
N_TAKES, N_TESTS = (5, 15, 40), 30
FIRST_PERSON = 100
SEED = 21
LISTENED_HZ, TAKE_HZ, MOSAIC_HZ, MOUTH_HZ, LONGEST_S = 44_100, 32_000, 24_000, 24_000, 4.0
CLIPS_OF_A_MOUTH = 60
Samples = NDArray[np.float32]


class Library(NamedTuple):
    """Recordings, and what the model makes of their windows."""

    paths: list[Path]
    rows: Samples
    n_windows: NDArray[np.int64]

    def lessons(self, queries: Samples, sounds: NDArray[np.int64]) -> Lessons:
        """Takes of these recordings, given by number."""
        firsts = np.cumsum(self.n_windows) - self.n_windows
        return Lessons(
            takes=tuple(TaughtTake(f"{sound}.wav", self.paths[sound].name) for sound in sounds),
            queries=queries,
            sounds=np.arange(len(sounds)),
            targets=tuple(self.rows[firsts[sound] : firsts[sound] + self.n_windows[sound]] for sound in sounds),
            pool=Pool(np.arange(len(self.paths)), self.rows, self.n_windows),
            same=sounds[:, None] == np.arange(len(self.paths)),
        )


class Outcome(NamedTuple):
    """Mean reciprocal rank of a person's other sounds without and with what was learned; how fast it was."""

    before: float
    after: float
    kept: bool
    seconds: float


def main() -> None:
    """Imitate, learn, measure, and write `docs/results/teach.json`."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--people", type=int, default=4, help="people of each kind")
    parser.add_argument("--sounds", type=int, default=300, help="recordings in the library")
    arguments = parser.parse_args()
    bundle = Bundle.load()
    work = arguments.work / f"teach-{bundle.fingerprint[:8]}-{arguments.sounds}"
    work.mkdir(parents=True, exist_ok=True)
    library = library_of(arguments.data, arguments.sounds, work, bundle)
    voices = [one for one in load_speakers(arguments.data / "voices", Split.HELD_OUT) if one.name != NOISES]
    outcomes: dict[str, dict[int, list[Outcome]]] = {kind: {n: [] for n in N_TAKES} for kind in KINDS}
    for number in range(arguments.people):
        sounds = np.random.default_rng([SEED, number]).permutation(len(library.paths))[: max(N_TAKES) + N_TESTS]
        for kind in track(KINDS, f"person {number + 1}"):
            clips = voices[number % len(voices)].clips if kind == REAL else ()
            file = work / f"{kind}-{FIRST_PERSON + number}.npy"
            older = load_voice(arguments.data, SPEAKERS[number % len(SPEAKERS)]) if kind == OLDER else None
            queries = queries_of(kind, FIRST_PERSON + number, clips, library, sounds, file=file, older=older)
            for n in N_TAKES:
                outcomes[kind][n].append(outcome(library, queries, sounds, n, bundle))
        write(outcomes, len(library.paths), number + 1)  # what is there counts if nobody waits for the rest


def write(outcomes: dict[str, dict[int, list[Outcome]]], n_sounds: int, n_people: int) -> None:
    """Write the figures of so many people of each kind."""
    figures = {kind: {str(n): summary(found) for n, found in by_n.items()} for kind, by_n in outcomes.items()}
    everybody = {n: [one for by_n in outcomes.values() for one in by_n[n]] for n in N_TAKES}
    figures["everybody"] = {str(n): summary(found) for n, found in everybody.items()}
    write_result(
        "teach",
        data=f"{n_sounds} recordings that no training heard, {n_people} people of each kind; {N_TESTS} sounds of each "
        "are looked for, which were not taught",
        seed=SEED,
        figures=figures,
        command=f"python -m benchmarks.search.teach --data DATA --work RUNS --people {n_people} --sounds {n_sounds}",
    )


def recordings_of(data: Path, n_sounds: int) -> list[Path]:
    """A sample of the recordings that no training heard."""
    recordings = [r for r in load_recordings(data, 0) + load_collections(data)[0] if r.split is Split.HELD_OUT]
    chosen = np.sort(np.random.default_rng(SEED).permutation(len(recordings))[:n_sounds])
    return [recordings[place].path for place in chosen]


def library_of(data: Path, n_sounds: int, work: Path, bundle: Bundle) -> Library:
    """A sample of the recordings that no training heard, embedded as an index embeds them."""
    paths = recordings_of(data, n_sounds)
    files = work / "rows.npy", work / "windows.npy"
    if not all(file.exists() for file in files):
        front_end = bundle.spec.recording.front_end
        rows = [bundle.project_recordings([w.samples for w in Windows(path, front_end)]) for path in track(paths)]
        save_array(files[0], np.concatenate(rows))
        save_array(files[1], np.array([len(of_sound) for of_sound in rows]))
    return Library(paths, *(np.load(file) for file in files))


def queries_of(
    kind: str,
    seed: int,
    clips: Sequence[Path],
    library: Library,
    sounds: NDArray[np.int64],
    *,
    file: Path,
    older: Voice | None,
) -> Samples:
    """(n, h) what a person's takes of these sounds are to the model, kept in a file."""
    bundle = Bundle.load()
    if not file.exists():
        person = with_habit(kind, draw_imitator(np.random.default_rng([SEED, seed])))
        chosen = [clips[place] for place in np.random.default_rng(seed).permutation(len(clips))[:CLIPS_OF_A_MOUTH]]
        mouth = measure_mouth(read_audio(clip, MOUTH_HZ, duration_s=5.0) for clip in chosen) if chosen else None
        made = []
        for sound in sounds.tolist():
            samples = read_audio(library.paths[sound], LISTENED_HZ, duration_s=LISTENED_S)
            rng = np.random.default_rng([SEED, seed, sound])
            if older is not None:
                take = older_mosaic(older, library.paths[sound], rng)
            else:
                take = spoken(kind, person, samples, rng) if mouth is None else mosaic(mouth, samples, rng)
            made.append(bundle.embed_query(take))
        save_array(file, np.stack(made))
    found: Samples = np.load(file)
    return found


def with_habit(kind: str, person: Imitator) -> Imitator:
    """A person with a lisp, whose /s/ is softer, lower and wide; or a bass, who sings no sound's own notes."""
    if kind == LISP:
        return replace(person, fricative_shift=-1.0, frication_gain=0.4 * person.frication_gain)
    if kind == BASS:
        deep = {"tract_scale": 0.88, "lowest_hz": 70.0, "comfortable_hz": 85.0, "highest_hz": 190.0}
        return replace(person, matches_pitch=False, **deep)
    return person


def spoken(kind: str, person: Imitator, samples: Samples, rng: np.random.Generator) -> Samples:
    """What is heard of a simulated person's take of a sound."""
    heard = hear(samples, LISTENED_HZ)
    what, voice, microphone = rng.spawn(3)
    always = {WHISTLES: Strategy.WHISTLE, BREATH: Strategy.HISS}.get(kind)
    if always is None:
        plan = choose(heard, person, what)
    else:
        plan = STYLES[always](draft_of(heard, person, what), person, what)
    return heard_of(record(speak(plan, person, voice), RATE_HZ, microphone), RATE_HZ, TAKE_HZ, LONGEST_S)


def mosaic(mouth: Mouth, samples: Samples, rng: np.random.Generator) -> Samples:
    """What is heard of a real person's mosaic of a sound."""
    (take,) = mosaic_imitations(samples, LISTENED_HZ, [int(rng.integers(2**31))], mouth)
    return heard_of(take, MOSAIC_HZ, TAKE_HZ, LONGEST_S)


def older_mosaic(voice: Voice, path: Path, rng: np.random.Generator) -> Samples:
    """What is heard of an older mosaic of a sound; of one that is silent, of its silence."""
    samples = read_audio(path, OLDER_HZ, duration_s=LISTENED_S)
    take = imitate(samples, voice, rng) if np.abs(samples).max(initial=0.0) > 0 else samples
    return heard_of(take, OLDER_HZ, TAKE_HZ, LONGEST_S)


def outcome(library: Library, queries: Samples, sounds: NDArray[np.int64], n_takes: int, bundle: Bundle) -> Outcome:
    """What the first takes teach, on the last sounds."""
    correction = bundle.window_correction
    taught = replace(library.lessons(queries[:n_takes], sounds[:n_takes]), window_correction=correction)
    learned = learn(taught, bundle.output_weight, bundle.usual)
    others = replace(library.lessons(queries[-N_TESTS:], sounds[-N_TESTS:]), window_correction=correction)
    moved = others.queries if learned.map is None else np.stack([learned.map.moved(one) for one in others.queries])
    before, after = (float((1 / others.ranks(one, bundle.output_weight)).mean()) for one in (others.queries, moved))
    return Outcome(before, after, learned.map is not None, learned.seconds)


def summary(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Over people."""
    gains = np.array([one.after - one.before for one in outcomes])
    low, high = bootstrap_interval(gains, [str(person) for person in range(len(gains))], seed=SEED)
    return {
        "people": len(outcomes),
        "mrr_before": round(float(np.mean([one.before for one in outcomes])), 4),
        "mrr_after": round(float(np.mean([one.after for one in outcomes])), 4),
        "gain": round(float(gains.mean()), 4),
        "interval_95": [round(low, 4), round(high, 4)],
        "kept": sum(one.kept for one in outcomes),
        "worse": int((gains < 0).sum()),
        "worst": round(float(gains.min()), 4),
        "seconds": round(float(np.median([one.seconds for one in outcomes])), 2),
    }


if __name__ == "__main__":
    main()
