"""Collections: made, changed, filled, and exported as a folder."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Depends, Response
from fastapi import Path as InPath
from pydantic import BaseModel, Field

from menura.errors import UsageError
from menura.web import export
from menura.web.collections import Collected, Collection
from menura.web.errors import refuse
from menura.web.names import named, shown
from menura.web.server import LARGEST_ID, ManagerOf, Server, ServerOf

router = APIRouter(tags=["collections"])

_MOST_AT_ONCE = 10_000

Name = Annotated[str, Field(min_length=1, max_length=200)]
Notes = Annotated[str, Field(max_length=20_000)]


class CollectionState(BaseModel):
    """A collection, and how many sounds are in it."""

    id: int
    name: str
    notes: str
    sounds: int


class CollectionText(BaseModel):
    """What a person writes about a collection."""

    name: Name
    notes: Notes = ""


class SoundKey(BaseModel):
    """A sound of a library that is served."""

    library: str = Field(max_length=100)
    id: int = Field(ge=0, le=LARGEST_ID)


class Membership(BaseModel):
    """Sounds to put into a collection, and others to take out."""

    add: list[SoundKey] = Field(default=[], max_length=_MOST_AT_ONCE)
    remove: list[SoundKey] = Field(default=[], max_length=_MOST_AT_ONCE)


class Export(BaseModel):
    """Where to export a collection to."""

    folder: str = Field(min_length=1, max_length=10_000, description="the whole path of a folder that is there")
    links: bool = Field(default=False, description="links to the sounds, and not copies")


class Exported(BaseModel):
    """What an export has made: a new folder in the one that was named."""

    folder: str
    sounds: int
    left_out: list[str] = Field(description="the sounds that are not in it, each with the reason, the first 100")


async def collection_of(
    server: ServerOf, collection: Annotated[int, InPath(ge=0, le=LARGEST_ID, description="id of a collection")]
) -> Collection:
    """The collection that a request names."""
    found = await server.reading.run(server.collections.get, collection)
    if found is None:
        raise refuse(404, "collection unknown: it may have been deleted")
    return found


CollectionOf = Annotated[Collection, Depends(collection_of)]


@router.get("/collections")
async def collections(server: ServerOf) -> list[CollectionState]:
    """Every collection, by name."""
    found = await server.reading.run(server.collections.all)
    return [_told(one) for one in found]


@router.post("/collections", status_code=201)
async def make(server: ServerOf, asked: CollectionText) -> CollectionState:
    """Make an empty collection."""
    number = await server.reading.run(server.collections.make, asked.name, asked.notes)
    return _told(await collection_of(server, number))


@router.put("/collections/{collection}")
async def change(server: ServerOf, collection: CollectionOf, asked: CollectionText) -> CollectionState:
    """Give a collection another name and other notes."""
    await server.reading.run(server.collections.change, collection, asked.name, asked.notes)
    return _told(await collection_of(server, collection.id))


@router.delete("/collections/{collection}", status_code=204, response_class=Response)
async def delete(server: ServerOf, collection: CollectionOf) -> Response:
    """Delete a collection; its sounds are not touched."""
    await server.reading.run(server.collections.delete, collection)
    return Response(status_code=204)


@router.post("/collections/{collection}/sounds")
async def put(server: ServerOf, collection: CollectionOf, asked: Membership) -> CollectionState:
    """Put sounds into a collection and take others out: all of them, or none where one is unknown."""

    def change() -> None:
        added, removed = (_collected(server, sounds) for sounds in (asked.add, asked.remove))
        server.collections.put(collection, added, removed)

    await server.reading.run(change)
    return _told(await collection_of(server, collection.id))


@router.post("/collections/{collection}/export", status_code=201)
async def export_collection(server: ManagerOf, collection: CollectionOf, asked: Export) -> Exported:
    """Make a new folder with the sounds of a collection and a table of them, in a folder that is there."""
    made = await server.reading.run(_exported, server, collection, asked)
    left_out = [f"{shown(sound.path)}: {why}" for sound, why in made.left_out[:100]]
    return Exported(folder=shown(str(made.folder)), sounds=made.n_sounds, left_out=left_out)


def _exported(server: Server, collection: Collection, asked: Export) -> export.Exported:
    into = _folder(named(asked.folder.strip()))
    export.require_no_library(into, (library.folder for library in server.libraries.all()))
    sounds = server.collections.sounds(collection)
    return export.export_sounds(collection, sounds, into, links=asked.links, follow_links=server.settings.follow_links)


def _folder(path: str) -> Path:
    try:
        given = Path(path).expanduser()
        if not given.is_absolute():
            raise UsageError(f"{path}: not a whole path; name the folder from its beginning, as in {Path.home()}")
        return given.resolve()
    except (ValueError, RuntimeError, OSError) as error:  # a NUL, the home of nobody, links in a circle
        raise UsageError(f"{path!r}: no folder has such a path") from error


def _collected(server: Server, sounds: list[SoundKey]) -> list[Collected]:
    found = []
    for one in sounds:
        library = server.libraries.get(one.library)
        sound = None if library is None else library.sound(one.id)
        if library is None or sound is None:
            raise refuse(404, "sound unknown: it may be gone from the library, search again")
        found.append(Collected(library.folder, sound.path))
    return found


def _told(collection: Collection) -> CollectionState:
    return CollectionState(id=collection.id, name=collection.name, notes=collection.notes, sounds=collection.n_sounds)
