"""One sound: what it is, how it looks, how it sounds, whether it is a favourite."""

from __future__ import annotations

import hashlib
import os
from datetime import UTC, datetime
from io import BufferedReader
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Query, Request, Response

from menura.audio.containers import open_sound
from menura.web import schemas
from menura.web.files import version_of
from menura.web.imitations import imitation_of
from menura.web.names import shown
from menura.web.ranges import ranged_response
from menura.web.routes.search import json_response, listed
from menura.web.server import LARGEST_ID, LibraryOf, ServerOf, SoundOf
from menura.web.sounds import FileContent, playable
from menura.web.views import view_of

router = APIRouter(tags=["sounds"], responses={403: {"model": schemas.Error}, 404: {"model": schemas.Error}})

_BYTES = {"schema": {"type": "string", "format": "binary"}}
_RANGED: dict[int | str, dict[str, Any]] = {
    206: {"description": "the part that the Range header asks for", "content": {"audio/*": _BYTES}},
    416: {"model": schemas.Error},
}

Seconds = Annotated[float, Query(ge=0, le=10**9, allow_inf_nan=False)]


@router.get("/libraries/{lib}/sounds/{id}")
async def sound(server: ServerOf, library: LibraryOf, row: SoundOf) -> schemas.SoundDetails:
    """All there is to say about a sound."""

    def details() -> schemas.SoundDetails:
        with library.open(row.path) as stream, open_sound(stream, Path(row.path)) as header:
            status = os.fstat(stream.fileno())
            format_name, rate_hz, channels = f"{header.format} {header.subtype}", header.samplerate, header.channels
        marked = server.favourites.of(library.folder)
        return schemas.SoundDetails(
            **listed(library, row, marked).model_dump(),
            size_bytes=status.st_size,
            modified=datetime.fromtimestamp(status.st_mtime, UTC).isoformat(),
            sample_rate_hz=rate_hz,
            channels=channels,
            format=format_name,
            absolute_path=shown(library.place_of(row.path)),
        )

    return await server.reading.run(details)


@router.get("/libraries/{lib}/sounds/{id}/view", response_model=schemas.View)
async def view(server: ServerOf, library: LibraryOf, row: SoundOf, start_s: Seconds = 0.0) -> Response:
    """What a card draws: the waveform of the whole file, and the spectrogram of the window at `start_s`."""
    front_end = server.bundle.spec.recording.front_end

    def answer() -> Response:
        with library.open(row.path) as stream:
            key = (library.id, row.path, version_of(stream), start_s)
            return json_response(server.views.get(key, lambda: view_of(stream, Path(row.path), front_end, start_s)))

    return await server.reading.run(answer)


@router.get(
    "/libraries/{lib}/sounds/{id}/audio",
    response_class=Response,
    responses={200: {"description": "the sound", "content": {"audio/*": _BYTES}}, **_RANGED},
)
async def audio(server: ServerOf, library: LibraryOf, row: SoundOf, request: Request) -> Response:
    """The sound as a browser can play it, whole or in part: as it is, or as 16-bit wav."""
    stream = await server.reading.run(library.open, row.path)
    try:
        content, media_type = await server.reading.run(playable, stream, Path(row.path))
        tag = _tag(stream, media_type)
    except BaseException:
        stream.close()
        raise
    return ranged_response(request, content, {"ETag": tag}, media_type)


@router.get(
    "/libraries/{lib}/sounds/{id}/file",
    response_class=Response,
    responses={200: {"description": "the file", "content": {"application/octet-stream": _BYTES}}, **_RANGED},
)
async def file(server: ServerOf, library: LibraryOf, row: SoundOf, request: Request) -> Response:
    """The file as it is, to keep."""
    stream = await server.reading.run(library.open, row.path)
    name = quote(shown(row.name), safe="")
    headers = {"ETag": _tag(stream, "file"), "Content-Disposition": f"attachment; filename*=UTF-8''{name}"}
    return ranged_response(request, FileContent(stream), headers, "application/octet-stream")


@router.get(
    "/libraries/{lib}/sounds/{id}/imitation",
    response_class=Response,
    responses={200: {"description": "a take", "content": {"audio/wav": _BYTES}}},
)
async def imitation(
    server: ServerOf,
    library: LibraryOf,
    row: SoundOf,
    start_s: Seconds = 0.0,
    seed: Annotated[int, Query(ge=0, le=LARGEST_ID, description="picks who imitates")] = 0,
) -> Response:
    """What a simulated person makes of the sound, to search with where there is no microphone."""
    front_end = server.bundle.spec.recording.front_end

    def made() -> bytes:
        with library.open(row.path) as stream:
            return imitation_of(stream, Path(row.path), front_end, start_s, seed)

    return Response(await server.reading.run(made), media_type="audio/wav")


@router.put("/libraries/{lib}/favourites/{id}", status_code=204, response_class=Response)
async def mark(server: ServerOf, library: LibraryOf, row: SoundOf) -> Response:
    """Make a sound a favourite."""
    await server.reading.run(server.favourites.add, library.folder, row.path)
    return Response(status_code=204)


@router.delete("/libraries/{lib}/favourites/{id}", status_code=204, response_class=Response)
async def unmark(server: ServerOf, library: LibraryOf, row: SoundOf) -> Response:
    """Make a sound no favourite any more."""
    await server.reading.run(server.favourites.remove, library.folder, row.path)
    return Response(status_code=204)


def _tag(stream: BufferedReader, form: str) -> str:
    """Of the file that is sent, and not of the one that was indexed: parts of two are never joined to one."""
    digest = hashlib.sha256(f"{version_of(stream)} {form}".encode()).hexdigest()
    return f'"{digest[:24]}"'
