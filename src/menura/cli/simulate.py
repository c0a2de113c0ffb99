"""`menura simulate`: vocal imitations of a sound by simulated people, as files to listen to."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from menura.cli.common import expand
from menura.errors import AudioError, UsageError

if TYPE_CHECKING:
    from menura.simulate import Performance

READ_HZ = 44_100  # beyond it there is nothing that a listener would hear


def simulate(
    sound: Annotated[Path, typer.Argument(help="The recording to imitate.", callback=expand)],
    out: Annotated[Path, typer.Option(help="The folder that the imitations go to.", callback=expand)],
    number: Annotated[int, typer.Option("-n", "--number", min=1, max=1_000, help="How many people imitate it.")] = 10,
    seed: Annotated[int, typer.Option(min=0, help="Another seed, other people.")] = 0,
) -> None:
    """Imitate a sound by voice as several simulated people would, into 16-bit wav files at 16 kHz."""
    import numpy as np

    from menura.audio.files import read_audio
    from menura.cli.text import printable
    from menura.simulate import LISTENED_S, is_silent, simulate_performances

    paths = [out / f"{sound.stem}-{take:02}.wav" for take in range(1, number + 1)]
    samples = read_audio(sound, READ_HZ, duration_s=LISTENED_S)
    if is_silent(samples, READ_HZ):
        raise AudioError(f"{sound}: silent for its first {LISTENED_S:g} s, which are listened to; name another sound")
    _refuse_existing(out, paths)
    out.mkdir(parents=True, exist_ok=True)
    # One stream of seeds, so that more imitations of a sound begin with those of fewer.
    seeds = [int(state) for state in np.random.SeedSequence(seed).generate_state(number, np.uint64)]
    for path, performance in zip(paths, simulate_performances(samples, READ_HZ, seeds), strict=True):
        _write(path, performance)
        length_s = len(performance.samples) / _rate_hz()
        print(f"{printable(str(path))}  {length_s:.1f} s  {performance.strategy.value}")


def _refuse_existing(out: Path, paths: list[Path]) -> None:
    if out.exists() and not out.is_dir():
        raise UsageError(f"{out}: is no folder; name another with --out")
    for path in paths:
        if path.exists() or path.is_symlink():
            raise UsageError(f"{path}: exists and is not overwritten; move it or name another folder with --out")


def _write(path: Path, performance: Performance) -> None:
    """Writes the file beside its name and renames it, so that no name ever holds half a sound."""
    from io import BytesIO

    import soundfile

    sound = BytesIO()
    soundfile.write(sound, performance.samples, _rate_hz(), format="WAV", subtype="PCM_16")
    unfinished = path.with_name(f".{path.name}.unfinished")
    try:
        unfinished.write_bytes(sound.getbuffer())
        _refuse_existing(path.parent, [path])  # whoever made it meanwhile keeps it
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def _rate_hz() -> int:
    from menura.specs import IMITATION_FRONT_END

    return IMITATION_FRONT_END.sample_rate_hz
