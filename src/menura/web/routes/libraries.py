"""What this server is, and the libraries that it serves."""

from __future__ import annotations

from importlib.metadata import version
from typing import Annotated

from fastapi import APIRouter, Query, Response

from menura.audio.music import NEEDS_MUSIC, has_music
from menura.index.notices import in_words
from menura.web import schemas
from menura.web.names import shown
from menura.web.server import LibraryOf, ServerOf

router = APIRouter(tags=["libraries"])

Offset = Annotated[int, Query(ge=0, le=10**9, description="how many to leave out")]
Limit = Annotated[int, Query(ge=1, le=500, description="how many at most")]


@router.get("/status")
async def status(server: ServerOf) -> schemas.Status:
    """What this server is."""
    front_end = server.bundle.spec.imitation.front_end
    limits = server.settings.limits
    return schemas.Status(
        version=version("menura"),
        model=server.bundle.name,
        gallery=server.settings.gallery is not None,
        gallery_key=server.settings.gallery_key,
        max_take_s=limits.take_s,
        max_take_bytes=limits.take_bytes,
        max_heard_s=front_end.duration_s,
        window_s=server.bundle.spec.recording.front_end.duration_s,
        sample_rate_hz=front_end.sample_rate_hz,
        manages=server.settings.may_manage,
        music=server.settings.music,
        music_advice=None if not server.settings.music or has_music() else NEEDS_MUSIC,
    )


@router.get("/libraries")
async def libraries(server: ServerOf) -> list[schemas.LibraryState]:
    """The libraries and how far their indexes are."""
    return await server.reading.run(lambda: [library.state() for library in server.libraries.all()])


@router.post("/libraries/{lib}/index", status_code=202, response_class=Response)
async def index(library: LibraryOf) -> Response:
    """Begin to bring the index up to date; nothing happens where that is going on."""
    library.start_indexing()
    return Response(status_code=202)


@router.get("/libraries/{lib}/skipped")
async def skipped(server: ServerOf, library: LibraryOf, offset: Offset = 0, limit: Limit = 100) -> schemas.SkippedFiles:
    """What is not found, and why: absent folders, kinds of files that are not read, files that could not be."""
    info = await server.reading.run(library.info)
    found = (*in_words(info.absent, info.not_read), *info.skipped)
    items = [
        schemas.SkippedFile(path=shown(file.path), reason=shown(file.reason)) for file in found[offset : offset + limit]
    ]
    return schemas.SkippedFiles(total=len(found), items=items)


@router.get("/libraries/{lib}/folders")
async def folders(server: ServerOf, library: LibraryOf) -> list[schemas.Folder]:
    """Every folder that holds sounds, sorted."""
    counts = await server.reading.run(library.folder_counts)
    return [schemas.Folder(folder=shown(folder), sounds=count) for folder, count in counts.items()]
