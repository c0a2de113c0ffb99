"""Which folders are served: adding one by its path, removing one, and those that are known."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field

from menura.web import schemas
from menura.web.names import named, shown
from menura.web.server import LibraryOf, ManagerOf

router = APIRouter(tags=["libraries"])


class FolderToServe(BaseModel):
    """A folder of this machine."""

    folder: str = Field(min_length=1, max_length=10_000, description="its whole path, as `known` or a person names it")


class KnownFolder(BaseModel):
    """A folder that Menura has an index of and that is not served now."""

    folder: str
    name: str
    there: bool = Field(description="whether it can be looked into; it may be on a disk that is not connected")


@router.get("/known")
async def known(server: ManagerOf) -> list[KnownFolder]:
    """The folders that are known and not served, the last used first."""

    def listed() -> list[KnownFolder]:
        return [
            KnownFolder(folder=shown(str(folder)), name=shown(folder.name), there=Path(folder).is_dir())
            for folder in server.libraries.known()
        ]

    return await server.reading.run(listed)


@router.post("/libraries", status_code=201)
async def add(server: ManagerOf, asked: FolderToServe) -> schemas.LibraryState:
    """Serve another folder, and begin to index it; one that is served already stays as it is."""
    return await server.reading.run(lambda: server.libraries.add(named(asked.folder)).state())


@router.delete("/libraries/{lib}", status_code=204, response_class=Response)
async def remove(
    server: ManagerOf,
    library: LibraryOf,
    index: Annotated[bool, Query(description="also delete Menura's own indexes of it")] = False,
) -> Response:
    """Serve a library no longer, and forget its folder; its sounds, favourites and collections stay."""
    await server.reading.run(lambda: server.libraries.remove(library, delete_index=index))
    return Response(status_code=204)
