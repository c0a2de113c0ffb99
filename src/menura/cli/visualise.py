"""`menura visualise`: every neuron of a model, to be seen and heard."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from menura.cli.common import ModelArgument, expand, network_home, refuse_absent, require_training

if TYPE_CHECKING:
    from menura.specs import FrontEndSpec, NetworkSpec, Side
    from menura.visualise.breadth import Breadth
    from menura.visualise.climb import AscentSettings
    from menura.visualise.gallery import Clip

MOST_CLIPS = 150  # of either side: more would not fit on a page that is still quick to open
QUICK_CLIPS = 20

Out = Annotated[Path, typer.Option(help="Folder for the page and the patterns.", callback=expand)]
Sounds = Annotated[
    Path | None, typer.Option(help="Recordings in which to look for what excites a neuron.", callback=expand)
]
Imitations = Annotated[
    Path | None, typer.Option(help="Imitations likewise; by default, simulated ones of SOUNDS.", callback=expand)
]
Quick = Annotated[bool, typer.Option("--quick", help="A few neurons of each layer, from one start each: much sooner.")]
Neurons = Annotated[
    int | None,
    typer.Option(min=0, help="Of a layer at most, evenly over it; 0: all; by default what five minutes allow."),
]
Restarts = Annotated[
    int | None, typer.Option(min=1, help="Starts of a neuron; by default 5, and 1 where it hears whole clips.")
]
Seed = Annotated[int, typer.Option(min=0, help="Of the random starts.")]
Penalty = Annotated[float, typer.Option(min=1e-6, help="Weight of the squared norm of a pattern.")]
Jitter = Annotated[int, typer.Option(min=0, help="Shift patterns by up to so many bands and frames.")]
Blur = Annotated[float, typer.Option(min=0.0, help="Smooth patterns by so many bands and frames.")]
TotalVariation = Annotated[float, typer.Option(min=0.0, help="Weight of the differences of neighbours.")]


def visualise(  # noqa: PLR0917  # typer makes options of arguments
    model: ModelArgument,
    out: Out,
    sounds: Sounds = None,
    imitations: Imitations = None,
    quick: Quick = False,
    neurons: Neurons = None,
    restarts: Restarts = None,
    seed: Seed = 0,
    penalty: Penalty = 0.1,
    jitter: Jitter = 0,
    blur: Blur = 0.0,
    total_variation: TotalVariation = 0.0,
) -> None:
    """Write a page with what excites the neurons of a model, as pictures and sounds; needs the train extra."""
    home = network_home(model)
    refuse_absent(sounds, imitations)
    require_training()
    from menura.cli.text import printable
    from menura.network.checkpoint import load_network
    from menura.visualise.climb import AscentSettings
    from menura.visualise.gallery import write_gallery
    from menura.visualise.patterns import network_patterns

    settings = AscentSettings(penalty=penalty, seed=seed, jitter=jitter, blur=blur, total_variation=total_variation)
    network, work = load_network(home), out / "patterns"
    breadth = _breadth(network.spec, quick=quick, neurons=neurons, restarts=restarts)
    clips, about = _searched(sounds, imitations, network.spec, QUICK_CLIPS if quick else MOST_CLIPS)
    made = network_patterns(network, settings, work, breadth=breadth)
    decided = _decided(home, settings, breadth)
    page = write_gallery(network, made, clips, out, work=work, name=model, about=about, decided=decided)
    print(f"{printable(str(page))} ({page.stat().st_size / 1e6:.1f} MB): open it in a browser.")


def _breadth(spec: NetworkSpec, *, quick: bool, neurons: int | None, restarts: int | None) -> Breadth:
    from dataclasses import replace

    from menura.visualise.breadth import Breadth, quick_breadth, usual_breadth

    usual = quick_breadth(spec) if quick else usual_breadth(spec)
    if neurons is None:
        return replace(usual, restarts=restarts or usual.restarts)
    return Breadth(neurons, restarts=restarts or usual.restarts)


def _decided(home: Path, settings: AscentSettings, breadth: Breadth) -> dict[str, Any]:
    """All that decides the patterns."""
    from dataclasses import asdict

    from menura.evaluation.provenance import made_with
    from menura.network.stored import network_sha256

    asked = {"settings": asdict(settings), "breadth": asdict(breadth)}
    return {"sha256": network_sha256(home), **asked, "made_with": made_with()}


def _searched(
    sounds: Path | None, imitations: Path | None, spec: NetworkSpec, most: int
) -> tuple[dict[Side, list[Clip]], str]:
    """The clips in which to look for what excites a neuron, and a sentence about them."""
    hears = spec.imitation.front_end
    recordings = _clips(sounds, spec.recording.front_end, most)
    simulated = imitations is None and sounds is not None
    takes = _simulated(recordings, spec.recording.front_end, hears) if simulated else _clips(imitations, hears, most)
    about = f"{len(recordings)} recordings and {len(takes)} {'simulated ' * simulated}imitations were searched for what"
    said = f"{about} excites each neuron most." if recordings or takes else "No clips were searched: give --sounds."
    return {"imitation": takes, "recording": recordings}, said


def _clips(folder: Path | None, spec: FrontEndSpec, most: int) -> list[Clip]:
    """The beginnings of so many sounds of a folder at most, drawn by a fixed seed; what cannot be read is said."""
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
        if len(clips) == most:
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
