"""How often the pitch and tempo that are said of sounds are right, on sounds of which both are known.

    python -m benchmarks.models.music --data DATA [--every 1] [--write]

Notes have their pitch in their names: the Philharmonia's, of which some instruments were there when the numbers of
`menura.audio.pitch` were chosen and others not, and Oramics' of three of the former, which were not. Loops are played
at tempos drawn from a seed, on the drum machines that were there when those of `menura.audio.tempo` were chosen and on
other kits; and recorded ones, which were there too: Sonic Pi's, of which a whole number of bars tells the tempo, and
LMMS's, of which later file names do. Of what is neither a note nor a loop, it is counted how much is said to be one.
"""

from __future__ import annotations

import argparse
import math
import re
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import librosa
import numpy as np
import soxr
from numpy.typing import NDArray

from benchmarks.corpora.loops import RATE_HZ as LOOP_RATE_HZ
from benchmarks.corpora.loops import Kit
from benchmarks.results import write_result
from menura.audio import pitch, tempo
from menura.audio.files import read_audio
from menura.audio.notes import pitch_range
from menura.errors import MenuraError

CHOSEN_ON = (
    *("banjo", "bass clarinet", "bassoon", "cello", "clarinet"),
    *("contrabassoon", "guitar", "oboe", "trombone"),
)
KITS_CHOSEN_ON = "drum-machines"
KITS_HELD_OUT = "hydrogen"
_NOTE = re.compile(r"_([A-G]s?\d)_")
_NO_NOTES = ("phrase", "trill", "gliss")  # of several pitches
_HYDROGEN = "usr__share__hydrogen__data__drumkits__"  # before the name of a kit
_LOOPS_A_KIT = 14
_WITHIN = 0.02
_NEITHER = 100  # of each

SONIC_PI = {
    "loop_3d_printer": 120.6, "loop_amen": 136.9, "loop_amen_full": 140, "loop_breakbeat": 126, "loop_compus": 148,
    "loop_drone_g_97": 97, "loop_electric": 97, "loop_garzul": 120, "loop_mehackit1": 97, "loop_mehackit2": 97,
    "loop_mika": 120, "loop_perc1": 97, "loop_perc2": 97, "loop_safari": 119.9, "loop_weirdo": 97,
    "arovane_beat_a": 130, "arovane_beat_b": 130, "arovane_beat_c": 130, "arovane_beat_d": 130, "arovane_beat_e": 130,
}  # fmt: skip
LMMS = {
    "909beat01": 122, "break01": 168, "break02": 141, "break03": 168, "electro_beat01": 120, "electro_beat02": 119,
    "house_loop01": 142, "jungle01": 168, "rave_hihat01": 180, "rave_hihat02": 180, "rave_kick01": 180,
    "rave_kick02": 180, "rave_snare01": 180,
}  # fmt: skip
NEITHER = {"ESC-10": "esc10", "Minetest": "minetest", "spoken digits": "fsdd", "Megaglest": "more/megaglest"}


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--every", type=int, default=1, help="take every so many files only")
    parser.add_argument("--write", action="store_true", help="keep it in docs/results/")
    options = parser.parse_args()
    figures = {
        "pitch": pitches(options.data, options.every),
        "tempo": tempos(options.data, options.every),
        "neither": neither(options.data, options.every),
    }
    if options.write:
        command = "python -m benchmarks.models.music --data DATA --write"
        data = "recordings with a note or a tempo in their names, made loops"
        write_result("music", data=data, seed=0, figures=figures, command=command)
    else:
        print(figures)


def pitches(data: Path, every: int) -> dict[str, Any]:
    """What is said of notes, by part."""
    philharmonia = sorted((data / "philharmonia" / "audio").rglob("*.mp3"))
    parts = {
        "instruments chosen on": [file for file in philharmonia if file.parent.name in CHOSEN_ON],
        "other notes of three of them": sorted((data / "more" / "oramics-orchestra").glob("*.opus")),
        "other instruments": [file for file in philharmonia if file.parent.name not in CHOSEN_ON],
    }
    return {part: _of_notes([file for file in files if _is_note(file.name)][::every]) for part, files in parts.items()}


def _is_note(name: str) -> bool:
    return _NOTE.search(name) is not None and not any(word in name for word in _NO_NOTES)


def _of_notes(files: Sequence[Path]) -> dict[str, int]:
    said = right = octave = as_yin = 0
    for file in files:
        found = _NOTE.search(file.name)
        samples = read_audio(file, pitch.RATE_HZ, duration_s=pitch.HEARD_S)
        hz = pitch.pitch_hz(samples)
        if hz is None or found is None:
            continue
        lowest, highest = pitch_range(found[1])
        said += 1
        right += lowest <= hz < highest
        octave += any(lowest <= hz * factor < highest for factor in (0.5, 1, 2))
        as_yin += not lowest <= hz < highest and abs(math.log2(_yin_hz(samples) / hz)) < 1 / 24
    return {
        "sounds": len(files),
        "said": said,
        "right": right,
        "right but for the octave": octave,
        "wrong by the name, and YIN hears the same": as_yin,
    }


def _yin_hz(samples: NDArray[np.float32]) -> float:
    """The median pitch that another method hears, which knows nothing of names either."""
    return float(np.median(librosa.yin(samples, fmin=45, fmax=2_200, sr=pitch.RATE_HZ)))


def tempos(data: Path, every: int) -> dict[str, Any]:
    """What is said of loops, by part."""
    lmms = sorted((data / "more" / "lmms").glob("*samples__beats__*.opus"))
    recorded = [(file, SONIC_PI.get(file.stem)) for file in sorted((data / "sonic-pi").glob("*.flac"))]
    recorded += [(file, LMMS.get(file.stem.rpartition("__")[2])) for file in lmms]
    known = [(read_audio(file, tempo.RATE_HZ), bpm) for file, bpm in recorded[::every] if bpm is not None]
    return {
        "made, machines chosen on": _of_loops(_made(data / "more" / KITS_CHOSEN_ON, every)),
        "made, other kits": _of_loops(_made(data / "more" / KITS_HELD_OUT, every)),
        "recorded, chosen on": _of_loops(known),
    }


def _made(folder: Path, every: int) -> Iterable[tuple[Any, float]]:
    files: dict[str, list[Path]] = {}
    for file in sorted(folder.glob("*.opus")):
        files.setdefault(file.name.removeprefix(_HYDROGEN).partition("__")[0], []).append(file)
    kits = [kit for kit in map(Kit, files.values()) if kit.is_whole]
    for number, kit in enumerate(kits):
        for seed in range(0, _LOOPS_A_KIT, every):
            loop = kit.loop(1_000 * number + seed)
            yield soxr.resample(loop.samples, LOOP_RATE_HZ, tempo.RATE_HZ), loop.bpm


def _of_loops(loops: Iterable[tuple[Any, float]]) -> dict[str, int]:
    sounds = said = right = doubled = 0
    for samples, bpm in loops:
        found = tempo.tempo_bpm(samples)
        sounds += 1
        if found is None:
            continue
        said += 1
        right += abs(found / bpm - 1) < _WITHIN
        doubled += any(abs(found / bpm / factor - 1) < _WITHIN for factor in (0.5, 1, 2))
    return {"sounds": sounds, "said": said, "right": right, "right but for half and double": doubled}


def neither(data: Path, every: int) -> dict[str, Any]:
    """How much of what is no note and no loop is said to be one, and the milliseconds that each measure takes."""
    found = {}
    for name, folder in NEITHER.items():
        files = sorted(file for ending in ("ogg", "opus", "wav") for file in (data / folder).rglob(f"*.{ending}"))
        said = {"sounds": 0, "a pitch": 0, "a tempo": 0}
        spent = {"ms for the pitch": 0.0, "ms for the tempo": 0.0}
        for file in files[:: max(every, len(files) // _NEITHER)]:
            try:
                samples = read_audio(file, tempo.RATE_HZ, duration_s=tempo.LONGEST_S)
            except MenuraError:
                continue
            heard = soxr.resample(samples[: round(pitch.HEARD_S * tempo.RATE_HZ)], tempo.RATE_HZ, pitch.RATE_HZ)
            said["sounds"] += 1
            said["a pitch"] += _timed(spent, "ms for the pitch", lambda x=heard: pitch.pitch_hz(x))
            said["a tempo"] += _timed(spent, "ms for the tempo", lambda x=samples: tempo.tempo_bpm(x))
        found[name] = {**said, **{what: round(ms / max(1, said["sounds"]), 1) for what, ms in spent.items()}}
    return found


def _timed(spent: dict[str, float], what: str, measure: Callable[[], float | None]) -> bool:
    started = time.thread_time()
    value = measure()
    spent[what] += 1_000 * (time.thread_time() - started)
    return value is not None


if __name__ == "__main__":
    main()
