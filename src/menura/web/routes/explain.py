"""Why a take and a sound match, without torch."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from fastapi import APIRouter, Query

from menura.explanation.evidence import Evidence
from menura.explanation.match import Clip, Match, match_of
from menura.explanation.occlusion import explain_by_occlusion
from menura.explanation.sentence import matched_span, sentence_of
from menura.explanation.words import words_of
from menura.search.ranking import Hit
from menura.web import schemas
from menura.web.errors import refuse
from menura.web.names import shown
from menura.web.routes.asked import SoundId
from menura.web.routes.sounds import Seconds
from menura.web.served import ServedLibrary
from menura.web.server import LibraryOf, Server, ServerOf, sound_unknown
from menura.web.takes import KnownTake
from menura.web.views import drawn, read_window

router = APIRouter(tags=["explanation"], responses={403: {"model": schemas.Error}, 404: {"model": schemas.Error}})


TakeId = Annotated[str, Query(alias="take", description="id of a take", max_length=100)]


@router.get("/libraries/{lib}/explain/pictures")
async def pictures(
    server: ServerOf, library: LibraryOf, take: TakeId, sound: SoundId, start_s: Seconds = 0.0
) -> schemas.Compared:
    """What `explain` explains: the spectrograms of both, at once."""
    known, hit = await _asked(server, library, take, sound, start_s)
    match = await server.reading.run(_match, server, library, known, hit)
    return schemas.Compared(
        imitation=schemas.Pictured(**_pictured(match.query)), recording=schemas.Pictured(**_pictured(match.recording))
    )


@router.get("/libraries/{lib}/explain")
async def explain(
    server: ServerOf, library: LibraryOf, take: TakeId, sound: SoundId, start_s: Seconds = 0.0
) -> schemas.Explained:
    """What in both made them match, found by hiding parts of their spectrograms; it takes a second or two."""
    known, hit = await _asked(server, library, take, sound, start_s)
    return await server.explaining.run(_explained, server, library, known, hit)


async def _asked(
    server: Server, library: ServedLibrary, take: str, sound: int, start_s: float
) -> tuple[KnownTake, Hit]:
    known = server.takes.get(take)
    if known is None:
        raise refuse(404, "take unknown")

    hit = await server.reading.run(library.near, known.embedding, sound, start_s)
    if hit is None:
        raise sound_unknown()
    return known, hit


def _match(server: Server, library: ServedLibrary, known: KnownTake, hit: Hit) -> Match:
    with library.open(hit.path) as stream:
        window = read_window(stream, Path(hit.path), server.bundle.spec.recording.front_end, hit.start_s)
    return match_of(known.take, window, hit.logit, server.bundle, name=Path(shown(hit.path)))


def _explained(server: Server, library: ServedLibrary, known: KnownTake, hit: Hit) -> schemas.Explained:
    explanation = explain_by_occlusion(_match(server, library, known, hit), server.bundle)
    return schemas.Explained(
        logit=explanation.logit,
        score=explanation.score,
        sentence=sentence_of(explanation),
        words=words_of(explanation),
        imitation=_side(explanation.query),
        recording=_side(explanation.recording),
    )


def _side(evidence: Evidence) -> schemas.Side:
    strongest = float(np.abs(evidence.attribution).max())
    scaled = evidence.attribution * (127 / strongest if strongest > 0 else 0.0)
    return schemas.Side(
        matched_s=list(matched_span(evidence)),
        contribution=base64.b64encode(np.round(scaled).astype(np.int8).tobytes()).decode(),
        **_pictured(evidence.clip),
    )


def _pictured(clip: Clip) -> dict[str, Any]:
    return {"start_s": clip.start_s, "end_s": clip.end_s, **drawn(clip.log_mel_db, clip.front_end).model_dump()}
