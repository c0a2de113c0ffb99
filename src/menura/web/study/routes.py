"""What the page of a study asks.

Whoever takes part has a key, which is theirs alone: `X-Menura-Session`, or `session` where no header can be set. What
is said of a sound that is over, as from a second tab, is answered with 409, and changes nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from io import BufferedReader
from pathlib import Path
from typing import Annotated, Any, ParamSpec, TypeVar

from fastapi import APIRouter, Depends, Header, HTTPException, Query, Request, Response
from fastapi import Path as InPath

from menura.study.plan import Turn
from menura.study.session import Session, Step
from menura.study.words import check_answers
from menura.web.errors import refuse
from menura.web.ranges import ranged_response
from menura.web.routes.takes import let_upload
from menura.web.sounds import playable
from menura.web.study import schemas
from menura.web.study.server import StudyServer

router = APIRouter(prefix="/study", tags=["study"])

_Given = ParamSpec("_Given")
_Result = TypeVar("_Result")

_log = logging.getLogger("menura.web")
_GONE = "this session is not known here: it was taken back, or belongs to another study; begin again"
_OVER = "this was done already, perhaps in another tab; what was said first counts"
_AUDIO: dict[str, Any] = {
    "response_class": Response,
    "responses": {200: {"content": {"audio/*": {"schema": {"type": "string", "format": "binary"}}}}},
}
_TAKE = {
    "requestBody": {
        "required": True,
        "description": "a wav file",
        "content": {"audio/wav": {"schema": {"type": "string", "format": "binary"}}},
    }
}


async def study_server_of(request: Request) -> StudyServer:
    """The server that a request came to."""
    server = request.app.state.study
    assert isinstance(server, StudyServer)
    return server


ServerOf = Annotated[StudyServer, Depends(study_server_of)]


async def _key_of(
    x_menura_session: Annotated[str | None, Header()] = None, session: Annotated[str | None, Query()] = None
) -> str:
    return x_menura_session or session or ""


KeyOf = Annotated[str, Depends(_key_of)]
TurnAt = Annotated[int, InPath(ge=0, le=10_000, description="the number of a sound, from 0")]


@router.get("")
async def about(server: ServerOf) -> schemas.StudyAbout:
    """What the study is about, and what people agree to."""
    plan = server.study.plan
    return schemas.StudyAbout(
        consent=plan.consent,
        consent_version=plan.consent_version,
        questions=[
            schemas.StudyQuestion(id=one.id, words=one.words, answers=list(one.answers)) for one in plan.questions
        ],
        sounds=len(plan.sounds),
        has_practice=plan.practice is not None,
        max_take_s=server.settings.limits.take_s,
    )


@router.post("/sessions", status_code=201)
async def begin(server: ServerOf, agreed: schemas.StudyAgreed) -> schemas.StudyBegun:
    """Begin, having agreed to the words of this version."""
    if agreed.consent_version != server.study.plan.consent_version:
        raise refuse(409, "the words that are agreed to are other ones now: load the page again and read them")
    key, session = await server.reading.run(_kept(server.study.begin))
    return schemas.StudyBegun(key=key, state=_told(server, session))


@router.get("/session")
async def state(server: ServerOf, key: KeyOf) -> schemas.StudyState:
    """Where somebody is."""
    return _told(server, await server.reading.run(_session, server, key))


@router.delete("/session", status_code=204, response_class=Response)
async def withdraw(server: ServerOf, key: KeyOf) -> Response:
    """Take everything back: all that there is of a session is deleted, which can be done until it is over."""

    def withdrawn() -> None:
        _at(server, key, {"questions", "imitate", "rate", "break"})
        server.study.withdraw(key)

    await server.reading.run(_kept(withdrawn))
    return Response(status_code=204)


@router.post("/session/answers")
async def answer(server: ServerOf, key: KeyOf, given: schemas.StudyAnswers) -> schemas.StudyState:
    """Answer the questions."""

    def answered() -> Session:
        _at(server, key, {"questions"})
        return server.study.answer(key, check_answers(server.study.plan.questions, given.answers))

    return _told(server, await server.reading.run(_kept(answered)))


@router.post("/session/rested")
async def rest(server: ServerOf, key: KeyOf) -> schemas.StudyState:
    """Go on after the break."""

    def rested() -> Session:
        _at(server, key, {"break"})
        return server.study.rest(key)

    return _told(server, await server.reading.run(_kept(rested)))


@router.post("/turns/{at}/take", openapi_extra=_TAKE)
async def take(server: ServerOf, key: KeyOf, at: TurnAt, request: Request) -> schemas.StudyState:
    """Keep a take of a sound; one after another may be sent, and the last one is searched for."""
    let_upload(server.upload_rate, request)
    content = await server.uploads.read(request)

    def taken() -> Session:
        session = _at(server, key, {"imitate"}, at)
        server.check_take(content, session.turns[at])
        return server.study.take(key, at, content)

    return _told(server, await server.searching.run(_kept(taken)))


@router.post("/turns/{at}/search")
async def search(server: ServerOf, key: KeyOf, at: TurnAt) -> schemas.StudyState:
    """Search for the last take of a sound."""

    def searched() -> Session:
        session = _at(server, key, {"imitate"}, at)
        if not session.done[at].takes:
            raise refuse(409, "there is no take of this sound yet: record one first")
        return server.search(key, session, at)

    return _told(server, await server.searching.run(_kept(searched)))


@router.post("/turns/{at}/ratings")
async def rate(server: ServerOf, key: KeyOf, at: TurnAt, said: schemas.StudyRatings) -> schemas.StudyState:
    """Say what the results are worth, and which of them it is."""

    def rated() -> Session:
        n_shown = len(_at(server, key, {"rate"}, at).done[at].shown)
        if len(said.ratings) != n_shown or said.chosen > n_shown:
            raise refuse(422, f"there are {n_shown} results: rate each of them, and choose one of them or none")
        return server.study.rate(key, at, said.ratings, said.chosen, said.seconds)

    return _told(server, await server.reading.run(_kept(rated)))


@router.post("/turns/{at}/skip")
async def skip(server: ServerOf, key: KeyOf, at: TurnAt, why: schemas.StudySkipped) -> schemas.StudyState:
    """Leave a sound out."""

    def skipped() -> Session:
        _at(server, key, {"imitate", "rate"}, at)
        return server.study.skip(key, at, why.reason)

    return _told(server, await server.reading.run(_kept(skipped)))


@router.get("/turns/{at}/sound", **_AUDIO)
async def sound(server: ServerOf, key: KeyOf, at: TurnAt, request: Request) -> Response:
    """The sound to imitate."""
    session = await server.reading.run(_session, server, key)
    return await _sent(server, request, server.recording(_turn(session, at)))


@router.get("/turns/{at}/take", **_AUDIO)
async def own_take(server: ServerOf, key: KeyOf, at: TurnAt, request: Request) -> Response:
    """The last take of a sound, to hear it again."""
    session = await server.reading.run(_session, server, key)
    _turn(session, at)
    if not session.done[at].takes:
        raise refuse(404, "there is no take of this sound yet")
    return await _sent(server, request, server.take_file(session.done[at].takes[-1]))


@router.get("/turns/{at}/results/{place}", **_AUDIO)
async def result(server: ServerOf, key: KeyOf, at: TurnAt, place: TurnAt, request: Request) -> Response:
    """One of the results, by its place from 0."""
    session = await server.reading.run(_session, server, key)
    turn = _turn(session, at)
    shown = session.done[at].shown
    if place >= len(shown):
        raise refuse(404, "there is no such result")
    return await _sent(server, request, Path(shown[place].path), server.systems[turn.system].open)


async def _sent(
    server: StudyServer, request: Request, path: Path, opening: Callable[[str], BufferedReader] | None = None
) -> Response:
    """A sound as a browser can play it, of the study's folder or, by `opening`, of the library."""

    def opened() -> BufferedReader:
        try:
            return path.open("rb") if opening is None else opening(str(path))
        except OSError:
            raise refuse(404, "this sound is no longer there") from None

    stream = await server.reading.run(opened)
    try:
        content, media_type = await server.reading.run(playable, stream, path)
    except BaseException:
        stream.close()
        raise
    return ranged_response(request, content, {}, media_type)


def _session(server: StudyServer, key: str) -> Session:
    session = server.study.session(key)
    if session is None:
        raise refuse(404, _GONE)
    return session


def _at(server: StudyServer, key: str, steps: set[Step], at: int | None = None) -> Session:
    """The session, if it is at one of these steps, and at this sound."""
    session = _session(server, key)
    if session.step(server.study.plan) not in steps or (at is not None and at != session.turn):
        raise refuse(409, _OVER)
    return session


def _turn(session: Session, at: int) -> Turn:
    """A sound that was come to; those after it are not to be heard yet."""
    if at > session.turn or at >= len(session.turns):
        raise refuse(404, "this sound has not been come to")
    return session.turns[at]


def _kept(write: Callable[_Given, _Result]) -> Callable[_Given, _Result]:
    """The same, with words for whoever takes part where the disk is full or the like."""

    def written(*given: _Given.args, **named: _Given.kwargs) -> _Result:
        try:
            return write(*given, **named)
        except HTTPException:
            raise
        except OSError as error:
            _log.warning("the study could not be written: %s", error)
            raise refuse(
                507,
                f"this could not be kept ({error.strerror}). Nothing that you did before is lost: tell whoever runs "
                "the study, and press the button again once it is mended",
            ) from error

    return written


def _told(server: StudyServer, session: Session) -> schemas.StudyState:
    at = session.turn
    over = at == len(session.turns)
    done = None if over else session.done[at]
    return schemas.StudyState(
        step=session.step(server.study.plan),
        turn=at,
        turns=len(session.turns),
        practice=not over and session.turns[at].is_practice,
        has_take=done is not None and bool(done.takes),
        results=[]
        if done is None
        else [schemas.StudyResult(start_s=one.start_s, end_s=one.end_s) for one in done.shown],
    )
