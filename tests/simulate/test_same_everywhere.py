"""The same recording and seed give the same imitation, whatever the threads, the BLAS and the processor.

Each process makes the same imitations as the first one does, bit by bit, though there BLAS sums in another order, and
numpy computes with an older processor's instructions.
"""

import os
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf

from menura.audio.files import read_audio
from menura.audio.kinds import AUDIO_SUFFIXES
from menura.corpora.synthetic import synthesise_library
from menura.simulate import Mouth, measure_mouth, mosaic_imitations, simulate_performances
from menura.simulate.hear import Heard, hear
from menura.simulate.mouth import RATE_HZ as MOUTH_RATE_HZ
from menura.simulate.people import load_people

pytestmark = pytest.mark.slow

RATE_HZ = 44_100
IMITATIONS_A_SOUND = 2
CORPORA = ("esc10", "freedoom", "kenney", "minetest", "philharmonia", "sonic-pi")
# Those beyond the ones that numpy needs, as far as this processor has them: no others can be done without.
INSTRUCTIONS = " ".join(np.show_config(mode="dicts")["SIMD Extensions"].get("found", []))
PLACES = {
    "one thread": {"OPENBLAS_NUM_THREADS": "1"},
    "two threads": {"OPENBLAS_NUM_THREADS": "2"},
    "an older processor": {
        "OPENBLAS_NUM_THREADS": "1",
        "OPENBLAS_CORETYPE": "Prescott",
        "NPY_DISABLE_CPU_FEATURES": INSTRUCTIONS,
    },
}


def environment(place):
    """This process's, but for what numpy and BLAS read, so that the first processes take the machine's own kernel."""
    read_by_them = ("OPENBLAS_", "OMP_", "MKL_", "NPY_")
    return {name: value for name, value in os.environ.items() if not name.startswith(read_by_them)} | PLACES[place]


def made_everywhere(sounds, folder):
    """What `make` makes in each place, all of them at work at once."""
    running = {}
    for place in PLACES:
        file = folder / f"{place}.npz"
        command = [sys.executable, __file__, str(file), *map(str, sounds)]
        running[place] = file, subprocess.Popen(command, env=environment(place), stderr=subprocess.PIPE, text=True)
    made = {}
    for place, (file, process) in running.items():
        _, complaint = process.communicate(timeout=300)
        assert process.returncode == 0, f"{place}: {complaint}"
        with np.load(file) as arrays:
            made[place] = dict(arrays)
    return made


def make(sounds):
    """What is heard of some sounds, how they are imitated, every other one with real spectra, and their mosaics."""
    people, made = load_people(), {}
    # Any sounds will do as a person's clips.
    mouth = measure_mouth([read_audio(sound, MOUTH_RATE_HZ, duration_s=1.0) for sound in sounds[:6]])
    made |= {f"mouth: {field.name}": getattr(mouth, field.name) for field in fields(Mouth)}
    for number, sound in enumerate(sounds):
        samples = read_audio(sound, RATE_HZ, duration_s=5.0)
        heard = hear(samples, RATE_HZ)
        made |= {f"{sound.stem}: {field.name}": np.asarray(getattr(heard, field.name)) for field in fields(Heard)}
        seeds = range(number * IMITATIONS_A_SOUND, (number + 1) * IMITATIONS_A_SOUND)
        takes = simulate_performances(samples, RATE_HZ, seeds, people if number % 2 else None)
        for take, performance in enumerate(takes):
            made[f"{sound.stem}: strategy {take}"] = np.array(performance.strategy.value)
            made[f"{sound.stem}: imitation {take}"] = performance.samples
        (made[f"{sound.stem}: mosaic"],) = mosaic_imitations(samples, RATE_HZ, [number], mouth)
    return made


def assert_the_same(made):
    first, *others = made
    for place in others:
        assert made[place].keys() == made[first].keys()
        different = [name for name in made[first] if not np.array_equal(made[first][name], made[place][name])]
        assert not different, f"{place}: {len(different)} of {len(made[first])} differ, such as {different[:5]}"


@pytest.fixture(scope="module")
def sounds(tmp_path_factory):
    """Twenty-five, two of each kind of the synthesised library and a noise, in which nothing is sure."""
    folder = tmp_path_factory.mktemp("sounds")
    noise = folder / "noise.wav"
    sf.write(noise, 0.1 * np.random.default_rng(0).standard_normal(RATE_HZ), RATE_HZ)
    library = synthesise_library(folder / "library")
    return [noise, *library[::5], *library[3::5]]


def test_fifty_imitations_are_the_same_everywhere(sounds, tmp_path):
    made = made_everywhere(sounds, tmp_path)
    imitations = [name for name in made["one thread"] if ": imitation " in name]
    assert len(imitations) == 50
    assert len({str(made["one thread"][name.replace("imitation", "strategy")]) for name in imitations}) >= 5
    assert_the_same(made)


def test_imitations_of_real_recordings_are_the_same_everywhere(shared_data, tmp_path):
    sounds = []
    for corpus in CORPORA:
        recordings = sorted(file for file in (shared_data / corpus).rglob("*") if file.suffix in AUDIO_SUFFIXES)
        sounds += recordings[:: max(1, len(recordings) // 5)][:5]
    assert_the_same(made_everywhere(sounds, tmp_path))


if __name__ == "__main__":
    np.savez(sys.argv[1], **make([Path(sound) for sound in sys.argv[2:]]))
