"""A yardstick of vocal imitations made of real human voices, for a model whose training voices were simulated.

    python -m benchmarks.corpora.voice_yardstick --data DATA --out FOLDER [--split held-out|validation] [--seed 0]

How somebody's voice imitates a recording is in `mosaics.py`. The folder reads as a plain corpus. Called again, it goes
on where it was stopped; `pairs.csv` comes last.
"""

from __future__ import annotations

import argparse
import os
import re
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

import numpy as np

from benchmarks.corpora import mosaics
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
from benchmarks.corpora.mosaics import FRAME, RATE_HZ, clips_of, hear, imitate, load_voice
from menura.audio.files import read_audio
from menura.corpora.fsdd import TRAINING_SPEAKERS
from menura.corpora.recordings import VOICES, Recording, Split, load_recordings
from menura.errors import UsageError

HELD_OUT_SPEAKERS = ("lucas", "nicolas")
COPY_RATE_HZ, LONGEST_COPY_S = 44_100, 10.0
SILENCE = 1e-4  # RMS below which a recording holds nothing

README = """# A yardstick of vocal imitations, made of real voices

**No person made these imitations.** Each is a mosaic of 60 ms grains of one real person's spoken digits, pitched and
weighted to follow a real recording. The voices were recorded at 8 kHz: little lies above 4 kHz.

{n_sounds} recordings ({split}; mono, their first 10 s at most) and {n_imitations} imitations (16 kHz), {takes} of each,
by {speakers}; seed {seed}. Left out because they are silent: {silent}.

- {voices.title}, the voices: {voices.licence} ({voices.source})
{licences}
"""


class Sound(NamedTuple):
    """A recording, its name in the corpus, and its imitations: who makes each file."""

    recording: Recording
    name: str
    imitations: dict[str, str]


def main() -> None:
    """Read the command line and make the corpus."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--data", type=Path, required=True, help="folder of real recordings, with fsdd/ for the voices")
    add("--out", type=Path, required=True, help="folder for the corpus, outside the repository")
    add("--split", choices=("held-out", "validation"), default="held-out", help="which recordings")
    add("--speakers", nargs="+", default=(), metavar="NAME", help="whose voices; by default two for each split")
    add("--takes", type=int, choices=range(1, 100), default=2, metavar="N", help="imitations of each recording")
    add("--seed", type=int, default=0, help="decides how each is imitated")
    run(partial(make_yardstick, **vars(parser.parse_args())))


def make_yardstick(data: Path, out: Path, *, split: str, speakers: Sequence[str], takes: int, seed: int) -> None:
    """Make the corpus, or the rest of it."""
    ours, others = (HELD_OUT_SPEAKERS, TRAINING_SPEAKERS)[:: 1 if split == "held-out" else -1]
    speakers = tuple(dict.fromkeys(speakers or ours))
    if barred := sorted({*speakers} & {*others}):
        raise UsageError(f"{', '.join(barred)}: kept for other uses than {split}; name other speakers")
    sounds = choose_sounds(load_recordings(data, seed=0), Split(split.replace("-", " ")), speakers, takes)
    settings = {"split": split, "speakers": speakers, "takes": takes, "seed": seed}
    voices = [path.name for speaker in speakers for path in clips_of(data, speaker)]
    code = [Path(file).read_bytes() for file in (__file__, mosaics.__file__)]
    digest = identifier([sound.imitations for sound in sounds], voices, code)
    begin(out, {"corpus": "voice yardstick", **settings, "digest": digest})
    (out / "recordings").mkdir(exist_ok=True)
    (out / "imitations").mkdir(exist_ok=True)
    # Compiled here once: processes that compile librosa's functions side by side spoil its cache, and crash ever after.
    hear(np.zeros(FRAME, np.float32))
    os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")  # threads in each of all processes only fight
    with ProcessPoolExecutor(os.cpu_count(), get_context("spawn"), follow_parent) as pool:
        work_off(pool, [partial(make_sound, sound, data, out, seed) for sound in sounds], "Imitating")
    write_tables(out, sounds, settings)


def choose_sounds(recordings: Sequence[Recording], split: Split, speakers: Sequence[str], takes: int) -> list[Sound]:
    """The split's recordings with names that no two share, the speakers taking turns."""
    sounds, used = list[Sound](), Counter[str]()
    for place, item in enumerate(recording for recording in recordings if recording.split == split):
        name = f"{item.corpus}__{re.sub(r'[^A-Za-z0-9.-]+', '_', item.path.stem)}"
        used[name.casefold()] += 1
        name += f"__{used[name.casefold()]}" if used[name.casefold()] > 1 else ""
        turns = {take: speakers[(place + take) % len(speakers)] for take in range(takes)}
        sounds.append(Sound(item, name, {f"{name}__{who}_{take}.wav": who for take, who in turns.items()}))
    return sounds


def make_sound(sound: Sound, data: Path, out: Path, seed: int) -> None:
    """Write a recording and its imitations, those that are not there yet; nothing if it is silent."""
    samples = read_audio(sound.recording.path, RATE_HZ, duration_s=LONGEST_COPY_S)
    if hear(samples).level.max() < SILENCE:
        return
    for name, who in sound.imitations.items():
        if not (out / "imitations" / name).exists():
            imitation = imitate(samples, load_voice(data, who), np.random.default_rng(identifier(seed, name)))
            write_wav(out / "imitations" / name, imitation, RATE_HZ)
    if not (copy := out / "recordings" / f"{sound.name}.wav").exists():
        write_wav(copy, read_audio(sound.recording.path, COPY_RATE_HZ, duration_s=LONGEST_COPY_S), COPY_RATE_HZ)


def write_tables(out: Path, sounds: Sequence[Sound], settings: dict[str, object]) -> None:
    """Write the README and the table of pairs, and say what was made and what was left out."""
    made = [sound for sound in sounds if (out / "recordings" / f"{sound.name}.wav").exists()]
    silent = ", ".join(sound.name for sound in sounds if sound not in made) or "none"
    kind_of = {sound.name: f"{sound.recording.corpus} {sound.recording.label}" for sound in made}
    rows = [
        (name, f"{sound.name}.wav", who, kind_of[sound.name])
        for sound in made
        for name, who in sound.imitations.items()
    ]
    used = Counter(sound.recording.corpus for sound in made)
    about = {**settings, "speakers": ", ".join(sorted({who for _, _, who, _ in rows})), "voices": VOICES}
    about["licences"] = licences(used)
    write(out / "README.md", README.format(n_sounds=len(made), n_imitations=len(rows), silent=silent, **about).encode())
    write_csv(out / "pairs.csv", "imitation,recording,speaker,label", rows)
    print(f"{len(made)} recordings and {len(rows):,} imitations are in {out}; left out as silent: {silent}")


if __name__ == "__main__":
    main()
