"""Searching several libraries as one."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Query, Response

from menura.errors import UsageError
from menura.search.ranking import Question
from menura.search.several import Of, PageOfSeveral, Part
from menura.web import schemas
from menura.web.errors import refuse
from menura.web.names import shown
from menura.web.routes.asked import MOST_JUDGED, FiltersBeforeKinds, FiltersOf, TakesOf
from menura.web.routes.libraries import Limit, Offset
from menura.web.routes.search import MOST_ALIKE, found_in, json_response, listed, spent_on
from menura.web.served import ServedLibrary
from menura.web.server import LARGEST_ID, Server, ServerOf

router = APIRouter(tags=["search"])

_MOST_LIBRARIES = 64

LibraryIds = Annotated[list[str], Query(max_length=_MOST_LIBRARIES, description="ids of libraries; all by default")]
Judged = Annotated[
    list[Annotated[str, Query(pattern=r"^[0-9a-f]{8}/[0-9]{1,19}$")]],
    Query(max_length=MOST_JUDGED, description="a sound: LIBRARY/ID"),
]


@router.get("/search", response_model=schemas.Found, responses={404: {"model": schemas.Error}})
async def search_several(  # noqa: PLR0917  # FastAPI makes parameters of arguments
    server: ServerOf,
    takes: TakesOf,
    filters: FiltersOf,
    lib: LibraryIds = [],  # noqa: B006  # FastAPI copies it
    like: Judged = [],  # noqa: B006
    unlike: Judged = [],  # noqa: B006
    offset: Offset = 0,
    limit: Limit = 24,
) -> Response:
    """A part of one ranking over several libraries, the best first; those that are absent are left out.

    Without a take and examples, of the list by library and path. A copy in two libraries is one item.
    """
    started = time.perf_counter()
    chosen, embedding = _libraries(server, lib), takes.embedding

    def question_of(library: ServedLibrary) -> Question:
        return Question(embedding, _of(library, like), _of(library, unlike), filters.only(library))

    def answer() -> Response:
        searched = [library for library in chosen if library.absence() is None]
        if any(library.is_in_shards for library in searched):
            library = _alone(searched)
            found = library.page(question_of(library), offset=offset, limit=limit)
            marked = server.favourites.of(library.folder)
            return json_response(found_in(library, found, marked, spent_on(takes, started, found.scan_s)))
        parts = [Part(library.library, question_of(library)) for library in searched]
        page = server.libraries.several.page(parts, offset=offset, limit=limit)
        return json_response(_told(server, searched, page, spent_on(takes, started, page.scan_s)))

    return await server.searching.run(answer)


@router.get("/kinds", response_model=list[schemas.KindCount], responses={404: {"model": schemas.Error}})
async def kinds_of_several(
    server: ServerOf,
    filters: FiltersBeforeKinds,
    lib: LibraryIds = [],  # noqa: B006
) -> list[schemas.KindCount]:
    """The likely kinds of the sounds of several libraries, the most frequent first; those that are absent have none."""
    chosen = _libraries(server, lib)

    def counted() -> list[schemas.KindCount]:
        counts = Counter[str]()
        for library in chosen:
            counts.update(library.kind_counts(Question(only=filters.only(library))))
        return [schemas.KindCount(kind=kind, sounds=count) for kind, count in counts.most_common()]

    return await server.searching.run(counted)


def _alone(searched: Sequence[ServedLibrary]) -> ServedLibrary:
    if len(searched) > 1:
        raise UsageError("a library in shards is searched by itself: choose it alone, or leave it out")
    return searched[0]


def _told(
    server: Server, searched: Sequence[ServedLibrary], page: PageOfSeveral, spent: schemas.Spent
) -> schemas.Found:
    marked = [server.favourites.of(library.folder) for library in searched]
    return schemas.Found(
        total=page.total,
        items=[_item(one, searched, marked[one.place]) for one in page.found],
        nearest=page.nearest,
        missing=None,
        indexing=any(library.is_indexing for library in searched),
        ms=spent,
    )


def _libraries(server: Server, ids: Sequence[str]) -> list[ServedLibrary]:
    """The libraries of these ids, each once and in the order in which they are served; all of them for none."""
    unknown = [one for one in ids if server.libraries.get(one) is None]
    if unknown:
        raise refuse(404, "library unknown: load the page again")
    return [library for library in server.libraries.all() if not ids or library.id in ids]


def _of(library: ServedLibrary, judged: Sequence[str]) -> list[int]:
    """The ids of those of these sounds that are the library's."""
    split = (one.split("/") for one in judged)
    return [min(int(sound_id), LARGEST_ID) for library_id, sound_id in split if library_id == library.id]


def _item(one: Of, searched: Sequence[ServedLibrary], marked: frozenset[str]) -> schemas.Sound:
    item = listed(searched[one.place], one.found, marked)
    item.n_alike += len(one.elsewhere)
    elsewhere = [f"{shown(searched[place].folder.name)}/{shown(path)}" for place, path in one.elsewhere]
    item.alike = [*item.alike, *elsewhere][:MOST_ALIKE]
    return item
