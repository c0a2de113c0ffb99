"""What goes over the wire between a study and its page: nothing in it names a sound, a system or a person."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field


class StudyQuestion(BaseModel):
    """A question, and the answers to choose from."""

    id: str
    words: str
    answers: list[str]


class StudyAbout(BaseModel):
    """What a study says before anybody takes part."""

    consent: str
    consent_version: str
    questions: list[StudyQuestion]
    sounds: int
    has_practice: bool
    max_take_s: float


class StudyAgreed(BaseModel):
    """That somebody agrees, and to which words."""

    consent_version: str = Field(max_length=64)


class StudyResult(BaseModel):
    """A sound that was found: play it from its match, to its end."""

    start_s: float
    end_s: float


class StudyState(BaseModel):
    """Where somebody is in a study."""

    step: Literal["questions", "imitate", "rate", "break", "done"]
    turn: int = Field(description="the number of the sound, from 0")
    turns: int
    practice: bool = Field(description="whether this sound does not count")
    has_take: bool = Field(description="whether a take of it was kept, which can be heard and searched for")
    results: list[StudyResult] = Field(description="what was found, the best first, once it was searched for")


class StudyBegun(BaseModel):
    """The key of a new session, which the browser keeps, and where it is."""

    key: str
    state: StudyState


class StudyAnswers(BaseModel):
    """Answers by the ids of their questions."""

    answers: dict[Annotated[str, Field(max_length=100)], Annotated[str, Field(max_length=1_000)]] = Field(
        max_length=100
    )


Rating = Annotated[int, Field(ge=1, le=5)]


class StudyRatings(BaseModel):
    """What somebody says of the results of one sound."""

    ratings: list[Rating | None] = Field(
        max_length=50, description="of each result; null for one that cannot be played"
    )
    chosen: int = Field(ge=0, le=50, description="the place, from 1, of the one that it is; 0 for none")
    seconds: float | None = Field(None, ge=0, le=10**6, allow_inf_nan=False)


class StudySkipped(BaseModel):
    """Why a sound is left out."""

    reason: Literal["cannot be imitated", "cannot be heard", "another reason"]
