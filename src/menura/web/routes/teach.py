"""Teaching: sounds are asked for, takes are kept in a folder of the owner's, and learned from.

All of it is for whoever may have files written: the takes are a person's voice.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import numpy as np
from fastapi import APIRouter, Query, Request, Response
from fastapi import Path as InPath
from pydantic import BaseModel, Field

from menura.personal.takes import TaughtTake
from menura.personal.telling import enough_takes, found_of
from menura.web import schemas
from menura.web.errors import refuse
from menura.web.names import shown
from menura.web.ranges import ranged_response
from menura.web.routes.asked import SoundId
from menura.web.routes.search import listed
from menura.web.routes.takes import BODY, let_upload
from menura.web.served import ServedLibrary
from menura.web.server import LARGEST_ID, LibraryOf, ManagerOf, Server
from menura.web.sounds import FileContent

router = APIRouter(tags=["teach"], responses={403: {"model": schemas.Error}, 404: {"model": schemas.Error}})

_MOST_SKIPPED = 1_000
_WAV: dict[str, Any] = {"audio/wav": {"schema": {"type": "string", "format": "binary"}}}


class FoundBy(BaseModel):
    """How often takes find their sound."""

    first: int
    ten: int = Field(description="among the first ten")
    mrr: float


class LearnedVoice(BaseModel):
    """What came of learning; of takes, judged by maps that were learned without their sound."""

    kept: bool = Field(description="whether searches use it: only if takes left out are better found")
    takes: int
    sounds: int
    among: int = Field(description="how many sounds takes were ranked among")
    before: FoundBy
    after: FoundBy
    seconds: float
    learned: str = Field(description="when, as ISO 8601")
    sentence: str


class TaughtTakeState(BaseModel):
    """A take that is kept."""

    name: str
    label: str = Field(description="what its sound is called")
    taken: str
    rank: int | None = Field(description="where it finds its sound without anything learned; null if it is unheard")
    fault: str | None = Field(description="why it is unheard")


class TeachState(BaseModel):
    """All takes, and what they say among the sounds of a library."""

    folder: str = Field(description="where the takes lie")
    enough: int = Field(description="from so many takes on it is worth learning")
    among: int = Field(description="how many sounds takes are ranked among")
    takes: list[TaughtTakeState]
    found: FoundBy
    learned: LearnedVoice | None


class AskedFor(BaseModel):
    """The next sound to imitate, and why that one."""

    sound: schemas.Sound | None = Field(description="null where none is left")
    why: Literal["new", "uncertain"] | None
    sentence: str


class Kept(BaseModel):
    """A take that was kept, and the state since then."""

    name: str
    state: TeachState


TakeName = Annotated[str, InPath(max_length=300, description="name of a taught take")]


@router.get("/libraries/{lib}/teach")
async def state(server: ManagerOf, library: LibraryOf) -> TeachState:
    """All takes, and what they say."""
    return await server.searching.run(_state, server, library)


@router.get("/libraries/{lib}/teach/next")
async def ask(
    server: ManagerOf,
    library: LibraryOf,
    skip: Annotated[list[SoundId], Query(max_length=_MOST_SKIPPED, description="not these")] = [],  # noqa: B006
) -> AskedFor:
    """The sound to imitate next: unlike those that were, or near one that was not found."""
    return await server.searching.run(_asked, server, library, skip)


@router.post(
    "/libraries/{lib}/teach/{id}",
    status_code=201,
    openapi_extra=BODY,
    responses={408: {"model": schemas.Error}, 413: {"model": schemas.Error}},
)
async def keep(
    server: ManagerOf,
    library: LibraryOf,
    request: Request,
    sound_id: Annotated[int, InPath(alias="id", ge=0, le=LARGEST_ID, description="id of a sound")],
    instead: Annotated[str | None, Query(max_length=300, description="a take that this one replaces")] = None,
) -> Kept:
    """Keep a take of a sound, cut to what is heard of it."""
    let_upload(server.upload_rate, request)
    content = await server.uploads.read(request)

    def kept() -> Kept:
        longest_s = server.settings.limits.take_s
        take = server.teaching.keep(library, sound_id, content, longest_s=longest_s)
        if instead is not None:
            server.teaching.takes.remove({instead})
        return Kept(name=take.imitation, state=_state(server, library))

    return await server.searching.run(kept)


@router.post("/libraries/{lib}/learned", status_code=201)
async def learn(server: ManagerOf, library: LibraryOf) -> LearnedVoice:
    """Learn from all takes, and search with it from now on if that is better; it takes seconds."""
    told = await server.explaining.run(server.teaching.learn, library)
    return LearnedVoice(**told)


@router.delete("/teach/learned", status_code=204, response_class=Response)
async def forget(server: ManagerOf) -> Response:
    """Search as before anything was learned; the takes stay."""
    await server.reading.run(server.voice.forget)
    return Response(status_code=204)


@router.delete("/teach/takes", status_code=204, response_class=Response)
async def remove_all(server: ManagerOf) -> Response:
    """Delete every take, and what was learned of them."""
    await server.reading.run(server.teaching.forget_all)
    return Response(status_code=204)


@router.delete("/teach/takes/{name}", status_code=204, response_class=Response)
async def remove(server: ManagerOf, name: TakeName) -> Response:
    """Delete a take."""
    if not await server.reading.run(server.teaching.takes.remove, {name}):
        raise _unknown()
    return Response(status_code=204)


@router.get(
    "/teach/takes/{name}/audio",
    response_class=Response,
    responses={200: {"description": "the take", "content": _WAV}, 416: {"model": schemas.Error}},
)
async def audio(server: ManagerOf, name: TakeName, request: Request) -> Response:
    """A take, to hear it again."""
    take = await server.reading.run(server.teaching.takes.find, name)
    if take is None:
        raise _unknown()
    try:
        stream = server.teaching.takes.imitation(take).open("rb")
    except OSError:
        raise _unknown() from None
    return ranged_response(request, FileContent(stream), {}, "audio/wav")


def _state(server: Server, library: ServedLibrary) -> TeachState:
    teaching = server.teaching
    lessons = teaching.lessons(library)
    ranks = teaching.ranks(lessons)
    faults = {take.imitation: why for take, why in lessons.unheard}
    told = server.voice.told
    return TeachState(
        folder=shown(str(teaching.takes.folder)),
        enough=enough_takes(server.bundle),
        among=len(lessons.pool.sound_ids),
        takes=[_take(take, ranks, faults) for take in (*lessons.takes, *(take for take, _ in lessons.unheard))],
        found=FoundBy.model_validate(found_of(np.array(list(ranks.values()), np.intp))),
        learned=None if told is None else LearnedVoice(**told),
    )


def _take(take: TaughtTake, ranks: dict[str, int], faults: dict[str, str]) -> TaughtTakeState:
    fault = faults.get(take.imitation)
    return TaughtTakeState(
        name=shown(take.imitation),
        label=shown(take.label or take.recording),
        taken=take.taken,
        rank=ranks.get(take.imitation),
        fault=None if fault is None else shown(fault),
    )


def _asked(server: Server, library: ServedLibrary, skip: list[int]) -> AskedFor:
    asked = server.teaching.ask(library, skip)
    sound = None if asked is None else library.sound(asked.sound_id)
    if asked is None or sound is None:
        return AskedFor(sound=None, why=None, sentence="Every sound that is there has been asked for.")
    sentence = "It is unlike those that you have imitated."
    near = None if asked.near is None else library.sound(asked.near)
    if near is not None:
        sentence = f"It is near {shown(near.name)}, which your take did not find: it was number {asked.rank}."
    elif not server.teaching.takes.all():
        sentence = "Many sounds here are like it: a place to begin."
    return AskedFor(sound=listed(library, sound, frozenset()), why=asked.why, sentence=sentence)


def _unknown() -> Exception:
    return refuse(404, "take unknown: it may have been deleted, in another tab or by hand")
