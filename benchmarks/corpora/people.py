"""Measures the voices of people who were recorded for free speech synthesizers: the people who come with Menura.

    apt-get install festival flite festvox-kallpc16k festvox-kdlpc16k festvox-us-slt-hts festvox-ru \
        festvox-suopuhe-lj festvox-suopuhe-mv festvox-ca-ona-hts festival-ca
    python -m benchmarks.corpora.people --speech SPEECH

These synthesizers put together, or model, what real people said, at 16 kHz and more: their spectra are those people's.
What they say is drawn from word lists, goes to the folder SPEECH, and is measured: only smoothed spectra end up in
`src/menura/simulate/people.safetensors`. Called again after an interruption, it goes on.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks.corpora.folder import REPOSITORY, begin, run, work_off, write_wav
from benchmarks.corpora.spoken_languages import WORDS
from menura.audio.files import read_audio
from menura.errors import DataError, UsageError
from menura.simulate.people import FILE, save_people
from menura.simulate.voices import RATE_HZ, measure_voices

PEOPLE = REPOSITORY / "src" / "menura" / "simulate" / FILE
SENTENCES = 12
WORDS_PER_SENTENCE = 9


@dataclass(frozen=True)
class Speaker:
    """A person as a synthesizer has them.

    Attributes:
        name: What the voice is called here.
        voice: What the synthesizer calls it.
        engine: `festival` or `flite`.
        language: Of the words that it is given, a key of the word lists.
        licence: Of the voice.
        encoding: What the synthesizer reads.
    """

    name: str
    voice: str
    engine: str
    language: str
    licence: str
    encoding: str = "utf-8"


SPEAKERS = (
    Speaker("kal", "kal_diphone", "festival", "en", "Festival (permissive)"),
    Speaker("ked", "ked_diphone", "festival", "en", "Festival (permissive)"),
    Speaker("slt", "cmu_us_slt_arctic_hts", "festival", "en", "Festvox and BSD-3-Clause"),
    Speaker("awb", "awb", "flite", "en", "CMU Flite (permissive)"),
    Speaker("rms", "rms", "flite", "en", "CMU Flite (permissive)"),
    Speaker("nsh", "msu_ru_nsh_clunits", "festival", "ru", "Festvox (permissive)"),
    Speaker("lj", "suo_fi_lj_diphone", "festival", "it", "LGPL", "iso-8859-1"),
    Speaker("mv", "hy_fi_mv_diphone", "festival", "it", "LGPL", "iso-8859-1"),
    Speaker("ona", "upc_ca_ona_hts", "festival", "es", "LGPL-2.1+", "iso-8859-15"),
)


def main() -> None:
    """Read the command line and make the folder."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--speech", type=Path, required=True, help="folder for the speech, outside the repository")
    parser.add_argument("--seed", type=int, default=0, help="decides what is said")
    arguments = parser.parse_args()
    run(partial(make_people, arguments.speech, arguments.seed))


def make_people(out: Path, seed: int) -> None:
    """Have every speaker say every sentence that is not there yet, and measure them all."""
    if missing := [program for program in ("text2wave", "flite") if not shutil.which(program)]:
        raise UsageError(f"{' and '.join(missing)}: not installed; the head of this script has the command")
    begin(out, {"corpus": "spoken voices", "seed": seed, "speakers": [speaker.name for speaker in SPEAKERS]})
    jobs = [
        partial(say, speaker, seed, take, file)
        for speaker in SPEAKERS
        for take in range(SENTENCES)
        if not (file := file_of(out, speaker, take)).exists()
    ]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        work_off(pool, jobs, "Speaking")
    people = [[read_audio(file_of(out, speaker, take), RATE_HZ) for take in range(SENTENCES)] for speaker in SPEAKERS]
    licences = {speaker.name: speaker.licence for speaker in SPEAKERS}
    save_people(measure_voices(people, known_to_hz=RATE_HZ / 2), licences, PEOPLE)
    print(f"{len(SPEAKERS)} people, measured on {SENTENCES} sentences each, are in {PEOPLE.relative_to(REPOSITORY)}")


def file_of(out: Path, speaker: Speaker, take: int) -> Path:
    """Where one sentence of one speaker is."""
    return out / f"{speaker.name}_{take:02}.wav"


def say(speaker: Speaker, seed: int, take: int, file: Path) -> None:
    """Write one sentence of one speaker; a `DataError` if the synthesizer does not speak."""
    words = WORDS[speaker.language].split()
    rng = np.random.default_rng((seed, take, SPEAKERS.index(speaker)))
    text = " ".join(words[index] for index in rng.permutation(len(words))[:WORDS_PER_SENTENCE]) + "."
    with tempfile.TemporaryDirectory() as scratch:
        spoken, written = Path(scratch) / "spoken.wav", Path(scratch) / "text.txt"
        written.write_bytes(text.encode(speaker.encoding, "ignore"))
        command = (
            ["text2wave", "-eval", f"(voice_{speaker.voice})", "-o", spoken, written]
            if speaker.engine == "festival"
            else ["flite", "-voice", speaker.voice, "-f", written, "-o", spoken]
        )
        done = subprocess.run(command, capture_output=True, check=False)
        if done.returncode or not spoken.exists():
            raise DataError(f"{speaker.engine}: its voice {speaker.voice} does not speak; install it anew")
        write_wav(file, read_audio(spoken, RATE_HZ), RATE_HZ)


if __name__ == "__main__":
    main()
