"""`menura visualise`: every neuron of a model, to be seen and heard."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from menura.cli.common import ModelArgument, expand, network_home, refuse_absent, require_training

if TYPE_CHECKING:
    from menura.specs import FrontEndSpec
    from menura.visualise.gallery import Clip

MOST_CLIPS = 150  # of either side: more would not fit on a page that is still quick to open

OptionalFolder = Annotated[Path | None, typer.Option(callback=expand)]


def visualise(  # noqa: PLR0917  # typer makes options of arguments
    model: ModelArgument,
    out: Annotated[Path, typer.Option(help="Folder for the page and the patterns.", callback=expand)],
    sounds: Annotated[
        Path | None, typer.Option(help="Recordings in which to look for what excites a neuron.", callback=expand)
    ] = None,
    imitations: Annotated[
        Path | None, typer.Option(help="Imitations likewise; by default, simulated ones of SOUNDS.", callback=expand)
    ] = None,
    penalty: Annotated[float, typer.Option(min=1e-6, help="Weight of the squared norm of a pattern.")] = 0.1,
    jitter: Annotated[int, typer.Option(min=0, help="Shift patterns by up to so many bands and frames.")] = 0,
    blur: Annotated[float, typer.Option(min=0.0, help="Smooth patterns by so many bands and frames.")] = 0.0,
    total_variation: Annotated[float, typer.Option(min=0.0, help="Weight of the differences of neighbours.")] = 0.0,
) -> None:
    """Write a page with what excites every neuron of a model, as pictures and sounds; needs the train extra."""
    home = network_home(model)
    refuse_absent(sounds, imitations)
    require_training()
    from menura.cli.text import printable
    from menura.network.checkpoint import load_network
    from menura.visualise.ascent import AscentSettings
    from menura.visualise.gallery import write_gallery
    from menura.visualise.patterns import network_patterns

    settings = AscentSettings(penalty=penalty, jitter=jitter, blur=blur, total_variation=total_variation)
    network = load_network(home)
    recordings = _clips(sounds, network.spec.recording.front_end)
    hears = network.spec.imitation.front_end
    simulated = imitations is None and sounds is not None
    takes = _simulated(recordings, network.spec.recording.front_end, hears) if simulated else _clips(imitations, hears)
    about = f"{len(recordings)} recordings and {len(takes)} {'simulated ' * simulated}imitations were searched for what"
    page = write_gallery(
        network,
        network_patterns(network, settings, out / "patterns"),
        {"imitation": takes, "recording": recordings},
        out,
        name=model,
        about=f"{about} excites each neuron most." if recordings or takes else "No clips were searched: give --sounds.",
    )
    print(f"{printable(str(page))} ({page.stat().st_size / 1e6:.1f} MB): open it in a browser.")


def _clips(folder: Path | None, spec: FrontEndSpec) -> list[Clip]:
    """The beginnings of up to 150 sounds of a folder, drawn by a fixed seed; what cannot be read is said."""
    import sys

    import numpy as np

    from menura.audio.files import read_audio
    from menura.audio.walk import sound_files
    from menura.cli.text import printable
    from menura.errors import AudioError, UsageError
    from menura.visualise.gallery import Clip

    if folder is None:
        return []
    found = sound_files(folder)
    drawn = np.random.default_rng(0).permutation(len(found))
    clips: list[Clip] = []
    for index in drawn:
        if len(clips) == MOST_CLIPS:
            break
        path = found[index].path
        try:
            samples = read_audio(folder / path, spec.sample_rate_hz, duration_s=spec.duration_s)
        except AudioError as error:
            print(printable(f"left out: {error}"), file=sys.stderr)
            continue
        clips.append(Clip(str(path), samples))
    if not clips:
        raise UsageError(f"{folder}: no sound there that can be read")
    return clips


def _simulated(recordings: Sequence[Clip], spec: FrontEndSpec, hears: FrontEndSpec) -> list[Clip]:
    """One simulated imitation of each recording."""
    import soxr

    from menura.simulate import simulate_imitation
    from menura.specs import IMITATION_FRONT_END
    from menura.visualise.gallery import Clip

    takes = []
    for seed, clip in enumerate(recordings):
        take = simulate_imitation(clip.samples, spec.sample_rate_hz, seed)
        at_rate = soxr.resample(take, IMITATION_FRONT_END.sample_rate_hz, hears.sample_rate_hz)
        takes.append(Clip(f"simulated imitation of {clip.name}", at_rate))
    return takes
