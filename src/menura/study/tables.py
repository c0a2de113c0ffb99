"""The tables of a study: those of VocalSketch, as its loader reads them, and beside them what people said.

All are made anew from the events whenever something has happened, each whole or not at all.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from menura.corpora.vocalsketch import IMITATIONS_CSV, RECORDINGS_CSV
from menura.study.plan import Plan, PlannedSound
from menura.study.session import Session
from menura.whole import written_whole

PEOPLE_CSV, SEARCHES_CSV, RATINGS_CSV = "people.csv", "searches.csv", "ratings.csv"

_RECORDINGS = ("id", "filename", "sound_label", "sound_label_id", "audio_concept_subset")
_IMITATIONS = (
    *("id", "filename", "stimulus_type", "included", "draft", "training", "participant_id", "satisfaction"),
    *("sound_label", "sound_label_id", "sound_recording", "sound_recording_id", "audio_concept_subset"),
    "participants_sound_recording_description",
    "participants_sound_recording_description_confidence",
    "description_match",
)
_SEARCHES = (
    *("person", "turn", "training", "sound", "category", "filename", "system", "assigned", "rank", "n_sounds"),
    *("chosen", "found", "seconds", "skipped"),
)
_RATINGS = ("person", "turn", "training", "sound", "category", "system", "place", "result", "is_it", "chosen", "rating")

Row = Mapping[str, object]


def write_tables(folder: Path, plan: Plan, sessions: Sequence[Session]) -> None:
    """Write all five tables.

    Raises:
        OSError: One cannot be written; it is as it was.
    """
    questions = [question.id for question in plan.questions]
    people = ("person", "number", "arrangement", "consent", "begun_at", "sounds_done", "finished", *questions)
    _write(folder / RECORDINGS_CSV, _RECORDINGS, _recordings(plan))
    _write(folder / IMITATIONS_CSV, _IMITATIONS, (row for one in sessions for row in _imitations(one)))
    _write(folder / PEOPLE_CSV, people, (_person(one, plan) for one in sessions))
    _write(folder / SEARCHES_CSV, _SEARCHES, (row for one in sessions for row in searches(one)))
    _write(folder / RATINGS_CSV, _RATINGS, (row for one in sessions for row in ratings(one)))


def table_text(columns: Sequence[str], rows: Iterable[Row]) -> str:
    """A table as CSV (RFC 4180 with plain line ends): booleans as TRUE and FALSE, which R knows, None as nothing."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([[_cell(row.get(column)) for column in columns] for row in rows])
    return stream.getvalue()


def searches(session: Session) -> Iterator[Row]:
    """A row for each sound that was imitated and each system: what that system made of the take."""
    for at, (turn, done) in enumerate(zip(session.turns, session.done, strict=True)):
        said = done.ratings is not None
        for system, rank in done.ranks.items():
            assigned = system == turn.system
            yield {
                **_where(session, at),
                "filename": done.takes[-1],
                "system": system,
                "assigned": assigned,
                "rank": rank,
                "n_sounds": done.n_sounds[system],
                "chosen": done.chosen if assigned else None,
                "found": is_found(session, at) if assigned and said else None,
                "seconds": done.seconds if assigned else None,
                "skipped": done.skipped if assigned else None,
            }


def ratings(session: Session) -> Iterator[Row]:
    """A row for each result that was rated."""
    for at, (turn, done) in enumerate(zip(session.turns, session.done, strict=True)):
        for place, (shown, rating) in enumerate(zip(done.shown, done.ratings or (), strict=False), start=1):
            yield {
                **_where(session, at),
                "system": turn.system,
                "place": place,
                "result": shown.path,
                "is_it": place == _place(session, at),
                "chosen": place == done.chosen,
                "rating": rating,
            }


def is_found(session: Session, at: int) -> bool:
    """Whether the person pointed at the sound that was played."""
    return session.done[at].chosen == _place(session, at)


def _place(session: Session, at: int) -> int | None:
    """The place at which the imitated sound, or one that is the same to the system, was shown."""
    rank = session.done[at].ranks.get(session.turns[at].system)
    return rank if rank is not None and rank <= len(session.done[at].shown) else None


def _where(session: Session, at: int) -> Row:
    turn = session.turns[at]
    return {
        "person": session.id,
        "turn": at,
        "training": turn.is_practice,
        "sound": turn.sound.filename,
        "category": turn.sound.category,
    }


def _recordings(plan: Plan) -> Iterator[Row]:
    labels = _label_ids(plan)
    for number, sound in enumerate(_sounds(plan), start=1):
        yield {
            "id": number,
            "filename": sound.filename,
            "sound_label": sound.label,
            "sound_label_id": labels[sound.label],
            "audio_concept_subset": sound.category,
        }


def _imitations(session: Session) -> Iterator[Row]:
    """Every take: the one that was searched for is included; those before it, and one that was not used, are drafts."""
    for turn, done in zip(session.turns, session.done, strict=True):
        for file in done.takes:
            final = done.searched and file == done.takes[-1]
            yield {
                "id": Path(file).stem,
                "filename": file,
                "stimulus_type": "sound recording",
                "included": final,
                "draft": not final,
                "training": turn.is_practice,
                "participant_id": session.id,
                "sound_label": turn.sound.label,
                "sound_recording": turn.sound.filename,
                "audio_concept_subset": turn.sound.category,
            }


def _person(session: Session, plan: Plan) -> Row:
    return {
        "person": session.id,
        "number": session.number,
        "arrangement": session.arrangement,
        "consent": session.consent,
        "begun_at": session.begun_at,
        "sounds_done": counted(session),
        "finished": session.step(plan) == "done",
        **session.answers,
    }


def counted(session: Session) -> int:
    """How many sounds were rated, practice aside."""
    pairs = zip(session.turns, session.done, strict=True)
    return sum(done.ratings is not None and not turn.is_practice for turn, done in pairs)


def _sounds(plan: Plan) -> list[PlannedSound]:
    return [*plan.sounds, *([plan.practice] if plan.practice else [])]


def _label_ids(plan: Plan) -> dict[str, int]:
    return {label: number for number, label in enumerate(sorted({one.label for one in _sounds(plan)}), start=1)}


def _write(file: Path, columns: Sequence[str], rows: Iterable[Row]) -> None:
    with written_whole(file) as unfinished:
        unfinished.write_text(table_text(columns, rows), encoding="utf-8", newline="")


def _cell(value: object) -> object:
    return {True: "TRUE", False: "FALSE"}[value] if isinstance(value, bool) else value
