"""`menura demo`: a library and an imitation, both made available where the user has none, and one search."""

from __future__ import annotations

import shutil
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit

import typer

from menura.advice import command
from menura.cli.common import Model, expand
from menura.cli.text import count, printable, size
from menura.errors import DataError, LibraryError

if TYPE_CHECKING:
    from menura.search.library import Library

SEED = 0
TOP = 10


def demo(
    library: Annotated[
        Path | None, typer.Option(help="Your own folder of sounds instead of the demo's.", callback=expand)
    ] = None,
    query: Annotated[
        Path | None, typer.Option(help="Your own imitation instead of a simulated one.", callback=expand)
    ] = None,
    model: Model = None,
) -> None:
    """Search a small public-domain library with a simulated imitation, or your own with yours; then open the page."""
    go_on_at_the_microphone(run_demo(library, query, model), model)


def run_demo(
    folder: Path | None = None, query: Path | None = None, model: str | None = None, *, base_url: str | None = None
) -> Path:
    """Searches a library with an imitation, and says of each where it comes from.

    Args:
        folder: The library; by default samples of Sonic Pi, or without a network sounds that Menura synthesises.
        query: The imitation; by default a simulated one of the library's first sound by name, whichever rank it gets.
        model: As for `Bundle.load`.
        base_url: A mirror of the samples of Sonic Pi, http://HOST.

    Returns:
        The library's folder.
    """
    import platformdirs

    from menura.cli.progress import index_with_progress
    from menura.cli.report import print_hits, print_index_report
    from menura.model.bundle import Bundle
    from menura.search.library import Library
    from menura.search.query import hear_query
    from menura.search.ranking import nearest_of

    cache = platformdirs.user_cache_path("menura", appauthor=False) / "demo"
    bundle = Bundle.load(model)
    take = None if query is None else hear_query(query, bundle.spec.imitation.front_end)
    if folder is None:
        folder = _demo_library(cache, base_url)
    with Library.open(folder, bundle) as library:
        print_index_report(folder, library, index_with_progress(library))
        if take is None:
            _search_with_imitation(library, cache / "imitation.wav")
        else:
            hits = library.search(take, top=TOP)
            print_hits(hits, nearest_of(hits[0].logit, bundle.steps))
    return folder


def go_on_at_the_microphone(folder: Path, model: str | None) -> None:
    """Open the page on the library where somebody sits, and say elsewhere how to."""
    own = command("serve", folder, model=model)
    if not (sys.stdin.isatty() and sys.stdout.isatty() and find_spec("fastapi")):
        print(f"With your own voice, by the microphone of this machine: {printable(own)}")
        return
    from menura.cli.serve import serve

    print(f"Now with your own voice. The page that opens is: {printable(own)}")
    serve([folder], model=model)


def _search_with_imitation(library: Library, query: Path) -> None:
    from menura.cli.report import print_hits
    from menura.search.ranking import nearest_of

    imitated = _first_sound(library)
    _write_imitation(library.folder / imitated, query)
    print(f"The query is a simulated vocal imitation of {printable(imitated)}, the library's first sound by name.")
    print(f"Listen to it: {printable(str(query))}")
    hits = library.search(query, top=library.info().sounds)
    print_hits(hits, nearest_of(hits[0].logit, library.bundle.steps), top=TOP, imitated=imitated)
    rank = 1 + [imitated in (hit.path, *hit.alike) for hit in hits].index(True)
    chance = (1 + len(hits)) / 2
    print(f"The imitated sound has rank {rank} of {len(hits)}; by chance it would be {chance:g} on average.")
    own = command("search", "hum.wav", "--library", library.folder, model=library.bundle.called)
    print(f"With a recording of your own: {printable(own)}")


def _demo_library(cache: Path, base_url: str | None) -> Path:
    from menura.cli.progress import download_progress
    from menura.corpora import sonic_pi
    from menura.corpora.fetch import fetch_all
    from menura.corpora.http import at_mirror
    from menura.corpora.registry import CORPORA

    folder = cache / "sonic-pi"
    total = sum(file.n_bytes or 0 for file in sonic_pi.RECORDINGS)
    samples = count(len(sonic_pi.RECORDINGS), "sample")
    licence, host = CORPORA["sonic-pi"].licence, urlsplit(at_mirror(sonic_pi.RECORDINGS[0].url, base_url)).netloc
    print(f"The library: {samples} of Sonic Pi ({licence}), {size(total)} from {host}.")
    try:
        with download_progress(total) as advance:
            fetch_all(sonic_pi.RECORDINGS, folder, base_url=base_url, progress=advance)
    except DataError as error:
        print(f"Not downloaded: {printable(str(error))}. Instead, these are sounds that Menura synthesises.")
        return _synthetic_library(cache / "synthetic")
    return folder


def _synthetic_library(folder: Path) -> Path:
    from menura.corpora.synthetic import synthesise_library

    try:
        synthesise_library(folder)
    except DataError:  # whatever cleans the cache may have taken some of its files
        shutil.rmtree(folder, ignore_errors=True)
        synthesise_library(folder)
    return folder


def _first_sound(library: Library) -> str:
    from menura.audio.walk import sound_files

    unreadable = {skipped.path for skipped in library.info().skipped}
    for file in sound_files(library.folder):
        if file.path not in unreadable:
            return file.path
    raise LibraryError(f"{library.folder}: no sound in it can be read; name another folder")


def _write_imitation(recording: Path, path: Path) -> None:
    import soundfile

    from menura.audio.files import read_audio
    from menura.simulate import simulate_imitation
    from menura.specs import IMITATION_FRONT_END, RECORDING_FRONT_END

    rate_hz = RECORDING_FRONT_END.sample_rate_hz
    samples = read_audio(recording, rate_hz, duration_s=RECORDING_FRONT_END.duration_s)
    imitation = simulate_imitation(samples, rate_hz, SEED)
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as unfinished:
        soundfile.write(unfinished, imitation, IMITATION_FRONT_END.sample_rate_hz, format="WAV")
    Path(unfinished.name).replace(path)
