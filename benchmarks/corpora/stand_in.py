"""A stand-in for VocalSketch, in its exact layout, for where the corpus itself cannot be had.

    python -m benchmarks.corpora.stand_in --data DATA --out FOLDER [--seed 0] [--sounds-per-group 40 40 120 40]

The recordings are real, from the folders that `menura train default` reads; the vocal imitations are made, ten of each
by ten participants, the same in all imitations that are theirs. Every other participant is a simulated person; the rest
are real people whose speech is cut and joined to mosaics, where DATA has their `voices`. In
`environment/` are the clips of ESC-10 that the corpus does not use, to pre-train a recording tower on. Called again
after an interruption, it goes on; the tables come last, so a folder with them is complete.
"""

from __future__ import annotations

import argparse
import csv
import os
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache, partial
from itertools import zip_longest
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

import numpy as np
import soxr
from numpy.typing import NDArray

import menura.simulate
from benchmarks.corpora.folder import (
    begin,
    follow_parent,
    identifier,
    licences,
    run,
    work_off,
    write,
    write_csv,
    write_wav,
)
from menura.audio.files import read_audio
from menura.corpora.recordings import Recording, load_recordings
from menura.corpora.voices import NOISES, load_speakers
from menura.errors import UsageError
from menura.simulate import LISTENED_S, Mouth, measure_mouth, mosaic_imitations, simulate_imitation

RECORDING_RATE_HZ, IMITATION_RATE_HZ, MOSAIC_RATE_HZ = 44_100, 16_000, 24_000
LONGEST_CLIP_S = 5.0
LONGEST_RECORDING_S = 10.0
IMITATIONS_PER_SOUND = 10

# VocalSketch's groups with the corpora that fill them here, taking turns, and how many sounds each has.
GROUPS = {
    "acoustic instruments": ("philharmonia", "sonic-pi"),
    "commercial synthesizers": ("sonic-pi",),
    "everyday sounds": ("esc10", "minetest", "freedoom"),
    "single synthesizer": ("kenney",),
}
SIZES = (40, 40, 120, 40)
SONIC_PI = {  # which of Sonic Pi's samples, by the prefixes of their names
    "acoustic instruments": {"drum", "guit", "perc", "ride", "tabla"},
    "commercial synthesizers": {"ambi", "arovane", "bass", "bd", "elec", "glitch", "hat", "mehackit", "sn"},
}
PARTICIPANTS = "participants.csv"
SIMULATED, MOSAIC = "simulated people", "mosaics of real people"
SILENT = "dummy"  # Freedoom's placeholder
SOUND_COLUMNS = "id,filename,sound_label,sound_label_id,audio_concept_subset"
IMITATION_COLUMNS = (
    "id,filename,stimulus_type,included,draft,training,participant_id,satisfaction,sound_label,sound_label_id,"
    "sound_recording,sound_recording_id,audio_concept_subset,participants_sound_recording_description,"
    "participants_sound_recording_description_confidence,description_match"
)

README = """# A stand-in for VocalSketch: real recordings, made vocal imitations

**No person made these imitations.** They were simulated by Menura's `menura.simulate`, those of {n_real} participants
as mosaics of real people's speech. A figure measured on this corpus tells how well a system knows this simulator; write
'stand-in corpus' wherever it stands.

{n_sounds} recordings (mono, 44.1 kHz, their first 10 s at most) and {n_imitations} imitations (16 kHz) by {n_people}
participants, in VocalSketch 1.0.4's layout. `sources.csv` says where each recording comes from, `participants.csv`
whose voice a participant has, nobody's where simulated; columns about what a participant felt or wrote are empty.
Seed {seed}. Menura's shipped model was trained on many of these recordings: do not measure it here.

## Recordings and their licences

{licences}
"""


class Participant(NamedTuple):
    """Somebody who imitates: their seed, and clips of the real person whose mouth they have; none where simulated."""

    seed: int
    clips: tuple[Path, ...]


@dataclass(frozen=True)
class Sound:
    """A recording of the corpus, its group, and who imitates it."""

    recording: Recording
    group: str
    participants: tuple[Participant, ...]

    @property
    def label(self) -> str:
        """What it is, in words."""
        return self.recording.label.replace("_", " ").lower()

    @property
    def filename(self) -> str:
        """Its name in the corpus, which no other sound has."""
        words = f"{self.label} {self.recording.corpus} {self.recording.path.stem}"
        return re.sub(r"[^a-z0-9]+", "_", words.lower()) + ".wav"


def main() -> None:
    """Read the command line and make the corpus."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of real recordings")
    parser.add_argument("--out", type=Path, required=True, help="folder for the corpus, outside the repository")
    parser.add_argument("--seed", type=int, default=0, help="decides which recordings and who imitates them")
    parser.add_argument("--sounds-per-group", type=int, nargs=len(GROUPS), default=SIZES, metavar="N")
    arguments = parser.parse_args()
    run(lambda: make_corpus(arguments.data, arguments.out, arguments.seed, arguments.sounds_per_group))


def make_corpus(data: Path, out: Path, seed: int, sounds_per_group: Sequence[int]) -> None:
    """Make the corpus, or the rest of it."""
    recordings = load_recordings(data, seed)
    voices = load_speakers(data / "voices") if (data / "voices").is_dir() else []
    mouths = [person.clips for person in voices if not person.name.startswith(NOISES)]
    sounds = choose_sounds(recordings, sounds_per_group, seed, mouths)
    heard = [[(person.seed, [clip.name for clip in person.clips]) for person in sound.participants] for sound in sounds]
    depends_on = [(sound.group, sound.filename, people) for sound, people in zip(sounds, heard, strict=True)]
    code = [path.read_bytes() for path in sorted(Path(menura.simulate.__path__[0]).glob("*.py"))]
    begin(out, {"corpus": "VocalSketch stand-in", "seed": seed, "digest": identifier(depends_on, code)})
    for folder in ("sound_recordings", "vocal_imitations/included"):
        (out / folder).mkdir(parents=True, exist_ok=True)
    os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")  # threads in each of all processes only fight
    with ProcessPoolExecutor(os.cpu_count(), get_context("spawn"), follow_parent) as pool:
        work_off(pool, [partial(make_sound, sound, out) for sound in sounds], "Simulating imitations")
    copy_rest_of_esc10(recordings, sounds, out / "environment")
    write_tables(out, sounds, seed)
    print(f"{len(sounds)} recordings and {IMITATIONS_PER_SOUND * len(sounds):,} made imitations are in {out}")


def choose_sounds(
    recordings: Sequence[Recording],
    sounds_per_group: Sequence[int],
    seed: int,
    mouths: Sequence[Sequence[Path]] = (),
) -> list[Sound]:
    """The sounds of every group, as varied as the recordings allow, and ten participants for each.

    Every other participant has the mouth of a real person, of whom `mouths` are clips; none has where there are none.
    """
    rng = np.random.default_rng(seed)
    chosen: list[tuple[str, Recording]] = []
    for group, n in zip(GROUPS, sounds_per_group, strict=True):
        pool = [item for item in recordings if _fits(item, group)]
        if not 1 <= n <= len(pool):
            raise UsageError(f"{n} sounds for {group!r} asked for, there are {len(pool)}; change --sounds-per-group")
        shuffled = [pool[index] for index in rng.permutation(len(pool))]
        by_label = in_turns(shuffled, lambda item: item.label)
        chosen += [(group, recording) for recording in in_turns(by_label, lambda item: item.corpus)[:n]]
    # Sounds and participants in two circles: everybody imitates as many sounds as each sound has imitations.
    people = [
        Participant(
            identifier("participant", seed, number),
            tuple(mouths[number // 2 % len(mouths)]) if mouths and number % 2 else (),
        )
        for number in range(max(len(chosen), IMITATIONS_PER_SOUND))
    ]
    shifts = rng.choice(len(people), IMITATIONS_PER_SOUND, replace=False)
    return [
        Sound(recording, group, tuple(people[(place + shift) % len(people)] for shift in shifts))
        for (group, recording), place in zip(chosen, rng.permutation(len(chosen)), strict=True)
    ]


def in_turns(recordings: Iterable[Recording], key: Callable[[Recording], str]) -> list[Recording]:
    """The recordings in an order in which keys take turns; those of one key keep theirs."""
    piles: dict[str, list[Recording]] = {}
    for recording in recordings:
        piles.setdefault(key(recording), []).append(recording)
    return [recording for turn in zip_longest(*piles.values()) for recording in turn if recording is not None]


def make_sound(sound: Sound, out: Path) -> None:
    """Write a recording and its imitations, those that are not there yet."""
    recording = out / "sound_recordings" / sound.filename
    imitations = {imitation_path(out, sound, participant): participant for participant in sound.participants}
    if all(path.exists() for path in (recording, *imitations)):
        return
    samples = read_audio(sound.recording.path, RECORDING_RATE_HZ, duration_s=LONGEST_RECORDING_S)
    write_wav(recording, samples, RECORDING_RATE_HZ)
    for path, participant in imitations.items():
        if not path.exists():
            write_wav(path, imitated(samples, participant), IMITATION_RATE_HZ)


def imitated(samples: NDArray[np.float32], participant: Participant) -> NDArray[np.float32]:
    """What a participant makes of a recording."""
    if not participant.clips:
        return simulate_imitation(samples, RECORDING_RATE_HZ, participant.seed)
    listened = soxr.resample(samples[: round(LISTENED_S * RECORDING_RATE_HZ)], RECORDING_RATE_HZ, MOSAIC_RATE_HZ)
    (mosaic,) = mosaic_imitations(listened, MOSAIC_RATE_HZ, [participant.seed], mouth_of(participant.clips))
    made: NDArray[np.float32] = soxr.resample(mosaic, MOSAIC_RATE_HZ, IMITATION_RATE_HZ)
    return made


@cache
def mouth_of(clips: tuple[Path, ...]) -> Mouth:
    """The mouth of a real person."""
    return measure_mouth(read_audio(clip, MOSAIC_RATE_HZ, duration_s=LONGEST_CLIP_S) for clip in clips)


def copy_rest_of_esc10(recordings: Sequence[Recording], sounds: Sequence[Sound], folder: Path) -> None:
    """Copy the clips of ESC-10 that are no sounds of the corpus, in folders of their classes as ESC-10 has them.

    A tower that learned to name the sounds that it is later to find would have an advantage that is none of its own.
    """
    used = {sound.recording.path for sound in sounds}
    for recording in recordings:
        if recording.corpus == "esc10" and recording.path not in used:
            copy = folder / recording.path.parent.name / recording.path.name
            if not copy.exists():
                copy.parent.mkdir(parents=True, exist_ok=True)
                write(copy, recording.path.read_bytes())


def imitation_path(out: Path, sound: Sound, participant: Participant) -> Path:
    """Where an imitation is, named as VocalSketch names them."""
    name = f"{sound.label} - {identifier(sound.filename, participant.seed)}.wav"
    return out / "vocal_imitations" / "included" / name


def write_tables(out: Path, sounds: Sequence[Sound], seed: int) -> None:
    """Write the README and the tables, the one that names the imitations last."""
    used = Counter(sound.recording.corpus for sound in sounds)
    people = {participant for sound in sounds for participant in sound.participants}
    readme = README.format(
        n_sounds=len(sounds),
        n_imitations=IMITATIONS_PER_SOUND * len(sounds),
        n_people=len(people),
        n_real=sum(bool(participant.clips) for participant in people),
        seed=seed,
        licences=licences(used),
    )
    write(out / "README.md", readme.encode())
    sources = [(sound.filename, sound.recording.corpus, sound.recording.path.name) for sound in sounds]
    write_csv(out / "sources.csv", "filename,corpus,file", sources)
    voices = {person.seed: person.clips[0].parent.name if person.clips else "" for person in sorted(people)}
    write_csv(out / PARTICIPANTS, "participant_id,voice", voices.items())
    write_csv(out / "sound_recordings.csv", SOUND_COLUMNS, [_sound_row(sound) for sound in sounds])
    rows = [_imitation_row(out, sound, participant) for sound in sounds for participant in sound.participants]
    write_csv(out / "vocal_imitations.csv", IMITATION_COLUMNS, rows)


def read_who_imitates(folder: Path) -> dict[str, str]:
    """What kind of people each participant of a corpus that was made here is; nobody of any other corpus."""
    if not (folder / PARTICIPANTS).is_file():
        return {}
    with (folder / PARTICIPANTS).open(encoding="utf-8", newline="") as rows:
        return {row["participant_id"]: MOSAIC if row["voice"] else SIMULATED for row in csv.DictReader(rows)}


def _sound_row(sound: Sound) -> tuple[object, ...]:
    return identifier(sound.filename), sound.filename, sound.label, identifier(sound.label), sound.group


def _imitation_row(out: Path, sound: Sound, participant: Participant) -> tuple[object, ...]:
    path = imitation_path(out, sound, participant)
    made = (path.stem.rpartition(" ")[2], path.name, "sound recording", True, False, False, participant.seed, "")
    return *made, sound.label, "", sound.filename, identifier(sound.filename), sound.group, "", "", ""


def _fits(recording: Recording, group: str) -> bool:
    if recording.corpus == "sonic-pi" and recording.label not in SONIC_PI.get(group, ()):
        return False
    return recording.corpus in GROUPS[group] and recording.path.stem != SILENT


if __name__ == "__main__":
    main()
