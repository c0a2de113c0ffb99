"""Searching: by a take, by examples, by name, folder and favourites, in any combination."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel

from menura.index.sound import Sound
from menura.search.ranking import Hit, Only, Question
from menura.search.together import together
from menura.web import schemas
from menura.web.errors import refuse
from menura.web.names import named, shown
from menura.web.routes.libraries import Limit, Offset
from menura.web.server import LARGEST_ID, LibraryOf, ServerOf
from menura.web.takes import KnownTake

router = APIRouter(tags=["search"])

_MOST_JUDGED = 64
_MOST_TEXT = 1_000
_MOST_ALIKE = 100
_BOX = "only in this box of the map: the least x, the least y, the greatest x and the greatest y"
_MOST_KINDS = 32
_MOST_TAKES = 8

SoundId = Annotated[int, Query(ge=0, le=LARGEST_ID)]
SoundIds = Annotated[list[SoundId], Query(max_length=_MOST_JUDGED)]
TakeIds = Annotated[
    list[Annotated[str, Query(max_length=100)]],
    Query(alias="take", description="ids of takes; several are one query", max_length=_MOST_TAKES),
]
Length = Annotated[float | None, Query(ge=0, le=10**9, allow_inf_nan=False, description="in seconds")]
Place = Annotated[float, Query(allow_inf_nan=False)]
Text = Annotated[str, Query(max_length=_MOST_TEXT)]
Folder = Annotated[str, Query(description="only in this folder and below it", max_length=10_000)]
FavouritesOnly = Annotated[bool, Query(description="only favourites")]
Kind = Annotated[str, Query(max_length=100)]
Kinds = Annotated[list[Kind], Query(description="only what is likely of one of these kinds", max_length=_MOST_KINDS)]


@router.get("/libraries/{lib}/search", response_model=schemas.Found, responses={404: {"model": schemas.Error}})
async def search(  # noqa: PLR0917  # FastAPI makes parameters of arguments
    server: ServerOf,
    library: LibraryOf,
    takes: TakeIds = [],  # noqa: B006  # FastAPI copies it
    text: Text = "",
    folder: Folder = "",
    favourites: FavouritesOnly = False,
    box: Annotated[list[Place] | None, Query(min_length=4, max_length=4, description=_BOX)] = None,
    longer: Length = None,
    shorter: Length = None,
    kind: Kinds = [],  # noqa: B006
    like: SoundIds = [],  # noqa: B006  # FastAPI copies it
    unlike: SoundIds = [],  # noqa: B006
    offset: Offset = 0,
    limit: Limit = 24,
) -> Response:
    """A part of the ranking, the best first; without a take and examples, of the list by path."""
    started = time.perf_counter()
    known = [found for found in map(server.takes.get, takes) if found is not None]
    if len(known) < len(takes):
        raise refuse(404, "take unknown")
    embedding = together([one.embedding for one in known]) if known else None

    def answer() -> Response:
        marked = server.favourites.of(library.folder)
        inside = None if box is None else library.map.inside(*box)
        paths = marked if favourites else None
        only = Only(
            text.strip() or None, named(folder), paths, ids=inside, kinds=kind, longer_s=longer, shorter_s=shorter
        )
        question = Question(embedding, like, unlike, only)
        page = library.library.page(question, offset=offset, limit=limit)
        items = [listed(one, marked) for one in page.found]
        spent = _spent(known, page.scan_s, started)
        return json_response(
            schemas.Found(total=page.total, items=items, nearest=page.nearest, indexing=library.is_indexing, ms=spent)
        )

    return await server.searching.run(answer)


@router.get("/libraries/{lib}/kinds", response_model=list[schemas.KindCount], responses={404: {"model": schemas.Error}})
async def kinds(
    server: ServerOf, library: LibraryOf, text: Text = "", folder: Folder = "", favourites: FavouritesOnly = False
) -> list[schemas.KindCount]:
    """The likely kinds of the sounds looked among, the most frequent first; none where the model knows no kinds."""

    def counted() -> list[schemas.KindCount]:
        marked = server.favourites.of(library.folder) if favourites else None
        counts = library.library.kind_counts(Question(only=Only(text.strip() or None, named(folder), marked)))
        return [schemas.KindCount(kind=kind, sounds=count) for kind, count in counts.items()]

    return await server.searching.run(counted)


def _spent(takes: Sequence[KnownTake], scan_s: float, started: float) -> schemas.Spent:
    return schemas.Spent(
        embed=round(sum(take.embed_ms for take in takes), 3),
        scan=round(1_000 * scan_s, 3),
        total=round(1_000 * (time.perf_counter() - started), 3),
    )


def json_response(content: BaseModel) -> Response:
    """The answer with this content, made in the thread that made the content, so that nobody else waits for it."""
    return Response(content.model_dump_json(), media_type="application/json")


def listed(found: Hit | Sound, marked: frozenset[str]) -> schemas.Sound:
    """A sound as it is sent."""
    sound, hit = (found.sound, found) if isinstance(found, Hit) else (found, None)
    alike = () if hit is None else hit.alike
    return schemas.Sound(
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
        kinds=list(sound.kinds),
        n_alike=len(alike),
        alike=[shown(path) for path in alike[:_MOST_ALIKE]],
    )
