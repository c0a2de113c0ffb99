"""Searching: by a take, by examples, by name, folder and favourites, in any combination."""

from __future__ import annotations

import time
from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel

from menura.audio.notes import note_of
from menura.index.sound import Sound
from menura.search.ranking import Hit, Page, Question
from menura.web import schemas
from menura.web.names import shown
from menura.web.routes.asked import MOST_JUDGED, AskedTakes, FiltersBeforeKinds, FiltersOf, SoundId, TakesOf
from menura.web.routes.libraries import Limit, Offset
from menura.web.served import ServedLibrary
from menura.web.server import LibraryOf, ServerOf

router = APIRouter(tags=["search"])

MOST_ALIKE = 100
_BOX = "only in this box of the map: the least x, the least y, the greatest x and the greatest y"

SoundIds = Annotated[list[SoundId], Query(max_length=MOST_JUDGED)]
Place = Annotated[float, Query(allow_inf_nan=False)]


@router.get("/libraries/{lib}/search", response_model=schemas.Found, responses={404: {"model": schemas.Error}})
async def search(  # noqa: PLR0917  # FastAPI makes parameters of arguments
    server: ServerOf,
    library: LibraryOf,
    takes: TakesOf,
    filters: FiltersOf,
    box: Annotated[list[Place] | None, Query(min_length=4, max_length=4, description=_BOX)] = None,
    like: SoundIds = [],  # noqa: B006  # FastAPI copies it
    unlike: SoundIds = [],  # noqa: B006
    offset: Offset = 0,
    limit: Limit = 24,
) -> Response:
    """A part of the ranking, the best first; without a take and examples, of the list by path."""
    started = time.perf_counter()

    def answer() -> Response:
        marked = server.favourites.of(library.folder)
        only = filters.only(library, ids=None if box is None else library.map.inside(*box))
        page = library.page(Question(takes.embedding, like, unlike, only), offset=offset, limit=limit)
        return json_response(found_in(library, page, marked, spent_on(takes, started, page.scan_s)))

    return await server.searching.run(answer)


@router.get("/libraries/{lib}/kinds", response_model=list[schemas.KindCount], responses={404: {"model": schemas.Error}})
async def kinds(server: ServerOf, library: LibraryOf, filters: FiltersBeforeKinds) -> list[schemas.KindCount]:
    """The likely kinds of the sounds looked among, the most frequent first; none where the model knows no kinds."""

    def counted() -> list[schemas.KindCount]:
        counts = library.kind_counts(Question(only=filters.only(library)))
        return [schemas.KindCount(kind=kind, sounds=count) for kind, count in counts.items()]

    return await server.searching.run(counted)


def found_in(library: ServedLibrary, page: Page, marked: frozenset[str], spent: schemas.Spent) -> schemas.Found:
    """A part of a library's answer as it is sent."""
    return schemas.Found(
        total=page.total,
        items=[listed(library, one, marked) for one in page.found],
        nearest=page.nearest,
        missing=page.lacks,
        indexing=library.is_indexing,
        ms=spent,
    )


def spent_on(takes: AskedTakes, started: float, scan_s: float) -> schemas.Spent:
    """Where the time went since `started`, as `time.perf_counter` had it."""
    return schemas.Spent(
        embed=round(takes.embed_ms, 3),
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
        kinds=list(sound.kinds),
        pitch_hz=sound.music.pitch_hz,
        note=None if sound.music.pitch_hz is None else note_of(sound.music.pitch_hz),
        tempo_bpm=sound.music.tempo_bpm,
        n_alike=len(alike),
        alike=[shown(path) for path in alike[:MOST_ALIKE]],
    )
