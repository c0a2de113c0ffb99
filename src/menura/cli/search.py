"""`menura search`."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from menura.cli.common import Model, NoKinds, NoMusic, expand, expand_all
from menura.cli.text import count, printable

if TYPE_CHECKING:
    from menura.audio.hear import Take
    from menura.model.steps import Word
    from menura.search.library import Library
    from menura.search.ranking import Hit

_Pitch = Annotated[str | None, typer.Option(help="Only sounds that surely have this pitch: F#3, C3-B3, or 200-400 Hz.")]
_Tempo = Annotated[
    str | None, typer.Option(help="Only loops that surely have this tempo, or half or double it: 120, 118-124.")
]
Query = Annotated[list[Path], typer.Argument(help="A recording of your imitation, or several.", callback=expand_all)]
Top = Annotated[int, typer.Option(min=1, help="How many sounds to show.")]
Text = Annotated[str | None, typer.Option(help="Only sounds with these words in their name or folder.")]
KindsAsked = Annotated[
    list[str] | None, typer.Option(help="Only sounds that are likely of this kind: snare, dog ...; or of several.")
]
Longer = Annotated[float | None, typer.Option(min=0, help="Only sounds longer than this, in seconds.")]
Shorter = Annotated[float | None, typer.Option(min=0, help="Only sounds shorter than this, in seconds.")]


def search(  # noqa: PLR0917  # typer makes options of arguments
    query: Query,
    library: Annotated[Path, typer.Option("--library", "-l", help="The folder of sounds.", callback=expand)],
    top: Top = 20,
    text: Text = None,
    kind: KindsAsked = None,
    longer: Longer = None,
    shorter: Shorter = None,
    pitch: _Pitch = None,
    tempo: _Tempo = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    model: Model = None,
    no_kinds: NoKinds = False,
    no_music: NoMusic = False,
) -> None:
    """Find the sounds that a recording imitates, the best first; a new library is indexed on the way."""
    from menura.model.bundle import Bundle
    from menura.search.library import Library
    from menura.search.ranking import nearest_of

    bundle = Bundle.load(model)
    bundle = replace(bundle, kinds=None) if no_kinds else bundle
    with Library.open(library, bundle=bundle, music=not no_music) as opened:
        takes = [opened.hear(recording) for recording in query]
        only = {"text": text, "longer_s": longer, "shorter_s": shorter, "kinds": kind or []}
        only |= {"pitch": pitch, "tempo": tempo}
        hits = _search(opened, takes, top, only)
    nearest = nearest_of(hits[0].logit, bundle.steps) if hits else None
    if as_json:
        print_json(query, takes, hits, nearest)
    else:
        from menura.cli.report import print_hits

        print_hits(hits, nearest)


def _search(library: Library, takes: Sequence[Take], top: int, only: dict[str, Any]) -> list[Hit]:
    """The hits; on stderr, a bar while a new library is indexed, and what the index lacks."""
    from menura.audio.music import NEEDS_MUSIC, has_music

    is_new = library.is_new
    if is_new:  # most searches never need a bar
        from menura.cli.progress import indexing_bar
    with indexing_bar() if is_new else nullcontext() as show:
        hits = library.search(takes, top=top, progress=show, **only)
    command = library.identity.command
    if is_new and (skipped := library.info().skipped):
        note(f"{count(len(skipped), 'file')} could not be read: see {command('info', '--skipped')}")
    if only["pitch"] is not None or only["tempo"] is not None:
        if not has_music():
            note(NEEDS_MUSIC)
        elif not hits:
            note(f"sounds that were indexed without measuring are not found so: {command('index')} measures them")
    if hits and not any(library.folder.iterdir()):
        note(f"{library.folder} is empty now; if it is on a disk, connect that")
    if not library.is_complete:
        note(f"the index of {library.folder} is not complete yet: {command('index')} goes on with it")
    return hits


def note(line: str) -> None:
    """A line beside the answer."""
    print(printable(line), file=sys.stderr)


def print_json(
    queries: Sequence[Path], takes: Sequence[Take], hits: Sequence[Hit], nearest: Word | None, **more: object
) -> None:
    """One JSON object: the query, what is heard of it, and the results, best first; of several takes, lists of both.

    What `more` says comes before the results.
    """
    told = [(str(query), _told(take)) for query, take in zip(queries, takes, strict=True)]
    query, heard = told[0] if len(told) == 1 else map(list, zip(*told, strict=True))
    results = [
        {
            "path": hit.path,
            "score": hit.score,
            "logit": hit.logit,
            "word": hit.word,
            "start_s": hit.start_s,
            "end_s": hit.end_s,
            "alike": hit.alike,
            "kinds": hit.kinds,
            "pitch_hz": hit.sound.music.pitch_hz,
            "tempo_bpm": hit.sound.music.tempo_bpm,
        }
        for hit in hits
    ]
    print(json.dumps({"query": query, "heard": heard, "nearest": nearest, **more, "results": results}, indent=2))


def _told(take: Take) -> dict[str, Any]:
    """What is heard of a take."""
    return {
        "start_s": take.heard.start_s,
        "end_s": take.heard.end_s,
        "level_db": take.level_db,
        "room_db": take.room_db,
        "repetitions": [{"start_s": part.start_s, "end_s": part.end_s} for part in take.repetitions],
        "left_out": [asdict(part) for part in take.left_out],
    }
