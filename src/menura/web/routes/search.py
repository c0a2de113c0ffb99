"""Searching: by a take, by examples, by name, folder and favourites, in any combination."""

from __future__ import annotations

import time
from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel

from menura.index.sound import Sound
from menura.search.ranking import Hit, Only, Question
from menura.web import schemas
from menura.web.errors import refuse
from menura.web.names import named, shown
from menura.web.routes.libraries import Limit, Offset
from menura.web.served import ServedLibrary
from menura.web.server import LARGEST_ID, LibraryOf, ServerOf
from menura.web.takes import KnownTake

router = APIRouter(tags=["search"])

MOST_JUDGED = 64
_MOST_TEXT = 1_000
MOST_ALIKE = 100

SoundId = Annotated[int, Query(ge=0, le=LARGEST_ID)]
SoundIds = Annotated[list[SoundId], Query(max_length=MOST_JUDGED)]
CollectionId = Annotated[
    int | None, Query(ge=0, le=LARGEST_ID, description="id of a collection: only sounds that are in it")
]
Text = Annotated[str, Query(max_length=_MOST_TEXT)]


@router.get("/libraries/{lib}/search", response_model=schemas.Found, responses={404: {"model": schemas.Error}})
async def search(  # noqa: PLR0917  # FastAPI makes parameters of arguments
    server: ServerOf,
    library: LibraryOf,
    take: Annotated[str | None, Query(description="id of a take", max_length=100)] = None,
    text: Text = "",
    folder: Annotated[str, Query(description="only in this folder and below it", max_length=10_000)] = "",
    favourites: Annotated[bool, Query(description="only favourites")] = False,
    collection: CollectionId = None,
    like: SoundIds = [],  # noqa: B006  # FastAPI copies it
    unlike: SoundIds = [],  # noqa: B006
    offset: Offset = 0,
    limit: Limit = 24,
) -> Response:
    """A part of the ranking, the best first; without a take and examples, of the list by path."""
    started = time.perf_counter()
    known = None if not take else server.takes.get(take)
    if take and known is None:
        raise refuse(404, "take unknown")

    def answer() -> Response:
        marked = server.favourites.of(library.folder)
        only = Only(
            text.strip() or None,
            named(folder),
            server.narrowed(library.folder, favourites=favourites, collection=collection),
        )
        question = Question(None if known is None else known.embedding, like, unlike, only)
        page = library.page(question, offset=offset, limit=limit)
        items = [listed(library, one, marked) for one in page.found]
        spent = spent_on(known, started, page.scan_s)
        return json_response(
            schemas.Found(total=page.total, items=items, nearest=page.nearest, indexing=library.is_indexing, ms=spent)
        )

    return await server.searching.run(answer)


def spent_on(known: KnownTake | None, started: float, scan_s: float) -> schemas.Spent:
    """Where the time went since `started`, as `time.perf_counter` had it."""
    return schemas.Spent(
        embed=0.0 if known is None else round(known.embed_ms, 3),
        scan=round(1_000 * scan_s, 3),
        total=round(1_000 * (time.perf_counter() - started), 3),
    )


def json_response(content: BaseModel) -> Response:
    """The answer with this content, made in the thread that made the content, so that nobody else waits for it."""
    return Response(content.model_dump_json(), media_type="application/json")


def listed(library: ServedLibrary, found: Hit | Sound, marked: frozenset[str]) -> schemas.Sound:
    """A sound of a library as it is sent."""
    sound, hit = (found.sound, found) if isinstance(found, Hit) else (found, None)
    alike = () if hit is None else hit.alike
    return schemas.Sound(
        library=library.id,
        id=sound.id,
        path=shown(sound.path),
        name=shown(sound.name),
        folder=shown(sound.folder),
        duration_s=sound.duration_s,
        logit=None if hit is None else hit.logit,
        score=None if hit is None else hit.score,
        word=None if hit is None else hit.word,
        start_s=None if hit is None else hit.start_s,
        end_s=None if hit is None else hit.end_s,
        favourite=sound.path in marked,
        n_alike=len(alike),
        alike=[shown(path) for path in alike[:MOST_ALIKE]],
    )
