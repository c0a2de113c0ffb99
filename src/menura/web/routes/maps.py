"""The map of a library: its state, its points, and its making."""

from __future__ import annotations

import gzip
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response

from menura.web import schemas
from menura.web.server import LibraryOf, ServerOf

router = APIRouter(tags=["map"], responses={404: {"model": schemas.Error}})

_LEVEL = 1  # of gzip: places are hardly smaller for more work, and numbers are
_POINTS = (
    "the points as safetensors: `places` (n, 2) float32, `ids` (n,) uint32, `categories` (n,) uint16, 65535 for none; "
    "the metadata has the name of each category under its number"
)


@router.get("/libraries/{lib}/map")
async def state(server: ServerOf, library: LibraryOf) -> schemas.MapState:
    """Whether there is a map, how it fits the sounds of now, and how far its making is."""
    return await server.reading.run(library.map.state)


@router.post("/libraries/{lib}/map", status_code=202, response_class=Response)
async def make(server: ServerOf, library: LibraryOf) -> Response:
    """Begin to make the map, or to make it anew; nothing happens where that is going on."""
    await server.reading.run(library.map.start)
    return Response(status_code=202)


@router.delete("/libraries/{lib}/map/making", status_code=204, response_class=Response)
async def stop_making(server: ServerOf, library: LibraryOf) -> Response:
    """End the making of the map; the one that was there before is kept."""
    await server.reading.run(library.map.cancel)
    return Response(status_code=204)


@router.get(
    "/libraries/{lib}/map/points",
    response_class=Response,
    responses={
        200: {
            "description": _POINTS,
            "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
        }
    },
)
async def points(
    server: ServerOf,
    library: LibraryOf,
    request: Request,
    by: Annotated[Literal["kind", "folder"], Query(description="what the categories are")] = "folder",
) -> Response:
    """Where each sound lies."""
    compressed = "gzip" in request.headers.get("accept-encoding", "")

    def answer() -> Response:
        content = library.map.points(by)
        headers = {"Vary": "Accept-Encoding"}
        if compressed:
            content, headers["Content-Encoding"] = gzip.compress(content, _LEVEL, mtime=0), "gzip"
        return Response(content, headers=headers, media_type="application/octet-stream")

    return await server.reading.run(answer)
