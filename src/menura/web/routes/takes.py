"""Takes: recordings of imitations, which come as files and stay in memory."""

from __future__ import annotations

import math
import time

from fastapi import APIRouter, Request, Response

from menura.search.query import hear_query
from menura.web import schemas
from menura.web.errors import refuse
from menura.web.levels import loudness_of_take
from menura.web.limits import Rate
from menura.web.server import Server, ServerOf
from menura.web.takes import KnownTake

router = APIRouter(tags=["takes"])

BODY = {
    "requestBody": {
        "required": True,
        "description": "a sound file: wav, or any other kind that a library may hold",
        "content": {"audio/wav": {"schema": {"type": "string", "format": "binary"}}},
    }
}


@router.post(
    "/takes",
    status_code=201,
    openapi_extra=BODY,
    responses={408: {"model": schemas.Error}, 413: {"model": schemas.Error}},
)
async def add_take(server: ServerOf, request: Request) -> schemas.Take:
    """Keep a take, in memory alone: the latest 64 are there until the server ends."""
    let_upload(server.upload_rate, request)
    content = await server.uploads.read(request)
    known = await server.searching.run(_heard, server, content)
    return _told(known, server.bundle.spec.imitation.front_end.sample_rate_hz)


@router.delete("/takes/{take}", status_code=204, response_class=Response, responses={404: {"model": schemas.Error}})
async def forget_take(server: ServerOf, take: str) -> Response:
    """Forget a take."""
    if not server.takes.forget(take):
        raise refuse(404, "take unknown")
    return Response(status_code=204)


def let_upload(rate: Rate, request: Request) -> None:
    """Refuse whoever sends too often."""
    wait_s = rate.wait_s(request.client.host if request.client else "")
    if wait_s > 0:
        raise refuse(429, "too many takes at once; wait a moment", retry_after_s=math.ceil(wait_s))


def _told(known: KnownTake, rate_hz: float) -> schemas.Take:
    """What is heard of a take, as it is sent."""
    take = known.take
    return schemas.Take(
        id=known.id,
        duration_s=take.duration_s,
        heard_s=[take.heard.start_s, take.heard.end_s],
        repetitions_s=[[part.start_s, part.end_s] for part in take.repetitions],
        left_out=[schemas.LeftOut(kind=out.kind, span_s=[out.start_s, out.end_s]) for out in take.left_out],
        level_db=take.level_db,
        room_db=take.room_db,
        loudness_lufs=loudness_of_take(take, rate_hz),
    )


def _heard(server: Server, content: bytes) -> KnownTake:
    take = hear_query(content, server.bundle.spec.imitation.front_end, longest_s=server.settings.limits.take_s)
    started = time.perf_counter()
    embedding = server.bundle.embed_query(take.heard.samples)
    return server.takes.add(take, embedding, 1_000 * (time.perf_counter() - started))
