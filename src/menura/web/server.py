"""All that a running server holds, and how a request reaches it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Annotated

from fastapi import Depends, HTTPException, Request
from fastapi import Path as InPath

from menura.advice import command
from menura.errors import MenuraError, UsageError
from menura.index.homes import resolve_data_dir
from menura.index.sound import Sound
from menura.model.bundle import Bundle
from menura.search.voice import Voice
from menura.web.collections import Collections
from menura.web.errors import refuse
from menura.web.favourites import Favourites
from menura.web.folders import Folders
from menura.web.kept import Kept
from menura.web.libraries import Libraries
from menura.web.limits import Rate, Uploads, Workers
from menura.web.served import ServedLibrary
from menura.web.settings import Settings
from menura.web.spelling import follow_spelling
from menura.web.takes import Takes
from menura.web.teaching import Teaching
from menura.web.views import Views

_log = logging.getLogger("menura.web")

LARGEST_ID = 2**63 - 1


@dataclass(frozen=True, eq=False)
class Server:
    """What the routes work with.

    Attributes:
        settings: What it was told.
        bundle: The model.
        libraries: What is searched.
        takes: The takes of now.
        voice: What was learned of the owner's voice.
        teaching: The takes that it was learned from.
        favourites: The favourites of all libraries.
        collections: The collections.
        views: The views made last.
        searching: Threads for what people wait for.
        reading: Threads for what reads files.
        explaining: Threads for explanations.
        uploads: Reads what is sent.
        upload_rate: How often each client may send.
    """

    settings: Settings
    bundle: Bundle
    libraries: Libraries
    takes: Takes
    voice: Voice
    teaching: Teaching
    favourites: Favourites
    collections: Collections
    views: Views
    searching: Workers
    reading: Workers
    explaining: Workers
    uploads: Uploads
    upload_rate: Rate

    @classmethod
    def start(cls, settings: Settings, also: Sequence[ServedLibrary] = ()) -> Server:
        """Open everything, and serve some libraries that are open already as well; nothing runs yet.

        Raises:
            MenuraError: A folder is missing, the model is damaged, or an index is.
        """
        limits = settings.limits
        bundle = Bundle.load(settings.model)
        if not settings.kinds:
            bundle = replace(bundle, kinds=None)
        data_dir = resolve_data_dir(settings.data_dir)
        kept, voice = Kept(data_dir), Voice.of(bundle, data_dir)
        folders = Folders(kept, data_dir)
        libraries = Libraries(
            settings.folders,
            folders,
            bundle,
            data_dir,
            follow_links=settings.follow_links,
            after_indexing=partial(follow_spelling, kept),
            music=settings.music,
            also=also,
        )
        for fault in libraries.faults:
            _log.warning("%s", fault)
        if settings.folders is None and not libraries.all():
            _refuse_emptiness(settings)
        return cls(
            settings=settings,
            bundle=bundle,
            libraries=libraries,
            takes=Takes(limits.takes),
            voice=voice,
            teaching=Teaching(bundle, voice, data_dir),
            favourites=Favourites(kept),
            collections=Collections(kept),
            views=Views(),
            searching=Workers("search", waiting=limits.waiting),
            reading=Workers("read", waiting=limits.waiting),
            explaining=Workers("explain", threads=1, waiting=limits.explaining),
            uploads=Uploads(limits.take_bytes),
            upload_rate=Rate(limits.uploads_per_s, limits.upload_burst),
        )

    def narrowed(self, folder: Path, *, favourites: bool, collection: int | None) -> frozenset[str] | None:
        """Paths of the sounds of a library that are favourites, or in a collection, or both; None where all may be.

        Raises:
            HTTPException: 404, because there is no such collection.
        """
        if collection is None:
            return self.favourites.of(folder) if favourites else None
        found = self.collections.get(collection)
        if found is None:
            raise refuse(404, "collection unknown: it may have been deleted")
        paths = self.collections.paths(found, folder)
        return paths & self.favourites.of(folder) if favourites else paths

    def begin(self) -> None:
        """Bring every index up to date and load what a first search would wait for, all in the background."""
        for library in self.libraries.all():
            library.start_indexing()
        threading.Thread(target=self._warm, name="menura-warm", daemon=True).start()

    def end(self) -> None:
        """Stop indexing, finish what is in hand."""
        self.libraries.stop()
        for workers in (self.searching, self.reading, self.explaining):
            workers.close()

    def _warm(self) -> None:
        try:
            self.bundle.warm()
            for library in self.libraries.all():
                if library.absence() is None:
                    library.warm()
        except MenuraError as error:  # whoever searches is told again
            _log.warning("%s", error)


def _refuse_emptiness(settings: Settings) -> None:
    """Where no folder was named and none is known, the page can add one; if it may not, there is nothing to do."""
    nothing = f"no folder is known yet; name one: {command('serve', '~/Samples')}"
    if not settings.may_manage:
        raise UsageError(nothing)
    _log.warning("%s, or add one in the page", nothing)


async def server_of(request: Request) -> Server:
    """The server that a request came to."""
    server = request.app.state.server
    assert isinstance(server, Server)
    return server


ServerOf = Annotated[Server, Depends(server_of)]


async def library_of(server: ServerOf, lib: Annotated[str, InPath(description="id of a library")]) -> ServedLibrary:
    """The library that a request names."""
    found = server.libraries.get(lib)
    if found is None:
        raise refuse(404, "library unknown: load the page again")
    return found


LibraryOf = Annotated[ServedLibrary, Depends(library_of)]


async def manager_of(server: ServerOf) -> Server:
    """The server, if whoever asks may change what it serves and have it write."""
    if not server.settings.may_manage:
        raise refuse(
            403,
            "other machines can reach this server, so it neither opens folders nor writes files for a page; "
            "if all who know its address may, start it again with menura serve --manage",
        )
    return server


ManagerOf = Annotated[Server, Depends(manager_of)]


def sound_of(
    library: LibraryOf, sound_id: Annotated[int, InPath(alias="id", ge=0, le=LARGEST_ID, description="id of a sound")]
) -> Sound:
    """The sound of the library that a request names."""
    found = library.sound(sound_id)
    if found is None:
        raise sound_unknown()
    return found


def sound_unknown() -> HTTPException:
    """The answer where a library has no sound of an id."""
    return refuse(404, "sound unknown: it may be gone from the library, search again")


SoundOf = Annotated[Sound, Depends(sound_of)]
