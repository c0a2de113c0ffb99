"""A study's folder: laid out as VocalSketch is, with the plan and the sessions beside it.

    study.json                     the plan
    sound_recordings/              the sounds that are imitated, copied from the library when the study was made
    vocal_imitations/included/     every take that somebody kept
    sessions/ID.jsonl              what happened in a session: from these the tables are made
    sound_recordings.csv, vocal_imitations.csv, people.csv, searches.csv, ratings.csv

Of people it holds nothing but what they said and answered. A browser has a key, of which the session's id is a hash: so
nobody who reads the folder can go on in somebody's place.
"""

from __future__ import annotations

import hashlib
import json
import logging
import re
import secrets
import threading
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from menura.corpora.vocalsketch import STUDY_FILE
from menura.errors import DataError, UsageError
from menura.study.events import Event, append_event, read_events, write_synced
from menura.study.plan import Plan, PlannedSound, System
from menura.study.session import Session, Shown
from menura.study.tables import counted, write_tables
from menura.study.words import Asked

RECORDINGS, TAKES, SESSIONS = "sound_recordings", "vocal_imitations/included", "sessions"
_FORMAT = 1
_KEY = re.compile(r"[\w-]{16,64}")

_log = logging.getLogger("menura.study")


class Study:
    """A study and all that was kept of it. Safe to use from several threads.

    Attributes:
        folder: Its folder.
        plan: Its plan.
    """

    def __init__(self, folder: Path, plan: Plan) -> None:
        self.folder = folder
        self.plan = plan
        self._lock = threading.RLock()

    @classmethod
    def make(cls, folder: Path, plan: Plan, library: Path) -> Study:
        """Begin a study: copy its sounds, then write down its plan.

        Raises:
            OSError: A sound cannot be copied, or the folder not be written.
        """
        for part in (RECORDINGS, TAKES, SESSIONS):
            (folder / part).mkdir(parents=True, exist_ok=True)
        for sound in (*plan.sounds, *([plan.practice] if plan.practice else [])):
            write_synced(folder / RECORDINGS / sound.filename, (library / sound.path).read_bytes())
        text = json.dumps({"format": _FORMAT, **asdict(plan)}, indent=2, ensure_ascii=False)
        write_synced(folder / STUDY_FILE, text.encode() + b"\n")
        study = cls(folder, plan)
        study.write_tables()
        return study

    @classmethod
    def open(cls, folder: Path) -> Study:
        """A study that was begun.

        Raises:
            UsageError: There is none in this folder.
            DataError: Its plan cannot be read.
        """
        file = folder / STUDY_FILE
        try:
            found = json.loads(file.read_bytes())
        except (FileNotFoundError, NotADirectoryError):
            raise UsageError(f"{folder}: holds no study (no {STUDY_FILE}); name what was given as --out") from None
        except (OSError, ValueError) as error:
            raise DataError(f"{file}: cannot be read ({error}); put back the one that the study began with") from error
        try:
            if found.pop("format") != _FORMAT:
                raise DataError(f"{file}: is of another version of Menura; use that one")
            return cls(folder, _plan_of(found))
        except (KeyError, TypeError, AttributeError) as error:
            raise DataError(
                f"{file}: is no plan of a study ({error!r}); put back the one that it began with"
            ) from error

    def sessions(self) -> list[Session]:
        """All sessions, by their numbers; one whose file cannot be read is told of and left out."""
        found = []
        for file in sorted((self.folder / SESSIONS).glob("*.jsonl")):
            try:
                found.append(self._read(file))
            except (DataError, KeyError, IndexError, TypeError, ValueError) as error:
                _log.warning("%s: left out (%s)", file, error)
        return sorted(found, key=lambda one: (one.number, one.id))

    def session(self, key: str) -> Session | None:
        """The session of a key; None where there is none."""
        file = self._file(key)
        return self._read(file) if file is not None and file.is_file() else None

    def begin(self) -> tuple[str, Session]:
        """Begin a session with somebody who has agreed to the plan's consent; its key, and the session.

        It gets the arrangement that most lacks people: those who have done something count first.
        """
        key = secrets.token_urlsafe(18)
        file = self._file(key)
        assert file is not None
        with self._lock:
            sessions = self.sessions()
            arrangements = range(len(self.plan.systems))
            least = min(arrangements, key=lambda one: _people_in(one, sessions))
            number = 1 + max((one.number for one in sessions), default=-1)
            consent = self.plan.consent_version
            begun = {"event": "begun", "number": number, "arrangement": least, "consent": consent, "at": _now()}
            write_synced(file, json.dumps(begun).encode() + b"\n")
            self._changed()
            return key, self._read(file)

    def answer(self, key: str, answers: dict[str, str]) -> Session:
        """Keep the answers to the questions."""
        return self._keep(key, {"event": "answered", "answers": answers})

    def rest(self, key: str) -> Session:
        """Keep that the break is over."""
        return self._keep(key, {"event": "rested"})

    def take(self, key: str, turn: int, content: bytes) -> Session:
        """Keep a take of a sound: a wav file, as it was recorded. It counts once it is searched for.

        Raises:
            OSError: It cannot be written; nothing is kept then, and nothing lost.
        """
        with self._lock:
            session = self._of(key)
            name = f"{session.id}-{turn:02d}-{len(session.done[turn].takes) + 1}.wav"
            write_synced(self.folder / TAKES / name, content)
            return self._keep(key, {"event": "take", "turn": turn, "file": name})

    def search(
        self, key: str, turn: int, ranks: dict[str, int | None], n_sounds: dict[str, int], shown: Sequence[Shown]
    ) -> Session:
        """Keep what each system made of the last take, and what is shown of it."""
        rows = [[one.path, round(one.start_s, 3), round(one.end_s, 3)] for one in shown]
        event = {"event": "searched", "turn": turn, "ranks": ranks, "n_sounds": n_sounds, "shown": rows}
        return self._keep(key, event)

    def rate(self, key: str, turn: int, ratings: Sequence[int | None], chosen: int, seconds: float | None) -> Session:
        """Keep what somebody says of the results."""
        event = {"event": "rated", "turn": turn, "ratings": list(ratings), "chosen": chosen, "seconds": seconds}
        return self._keep(key, event)

    def skip(self, key: str, turn: int, reason: str) -> Session:
        """Keep that a sound was left out, and why."""
        return self._keep(key, {"event": "skipped", "turn": turn, "reason": reason})

    def withdraw(self, key: str) -> None:
        """Delete all that there is of a session.

        Raises:
            OSError: Something cannot be deleted.
        """
        with self._lock:
            session = self._of(key)
            for take in (self.folder / TAKES).glob(f"{session.id}-*.wav"):
                take.unlink()
            (self.folder / SESSIONS / f"{session.id}.jsonl").unlink()
            self._changed()

    def write_tables(self) -> None:
        """Make the tables anew from the sessions.

        Raises:
            OSError: One cannot be written.
        """
        with self._lock:
            write_tables(self.folder, self.plan, self.sessions())

    def _keep(self, key: str, event: Event) -> Session:
        file = self._file(key)
        assert file is not None
        with self._lock:
            append_event(file, event)
            self._changed()
            return self._read(file)

    def _changed(self) -> None:
        """The event is kept already: tables that cannot be written now are made with the next one."""
        try:
            self.write_tables()
        except OSError as error:
            _log.warning("%s: the tables could not be written (%s); they are with the next answer", self.folder, error)

    def _of(self, key: str) -> Session:
        session = self.session(key)
        assert session is not None  # whoever asks has looked
        return session

    def _file(self, key: str) -> Path | None:
        if not _KEY.fullmatch(key):
            return None
        return self.folder / SESSIONS / f"{hashlib.sha256(key.encode()).hexdigest()[:16]}.jsonl"

    def _read(self, file: Path) -> Session:
        return Session.of(file.stem, self.plan, read_events(file))


def _plan_of(found: dict[str, Any]) -> Plan:
    practice = found["practice"]
    return Plan(
        seed=found["seed"],
        systems=tuple(System(**one) for one in found["systems"]),
        sounds=tuple(PlannedSound(**one) for one in found["sounds"]),
        practice=None if practice is None else PlannedSound(**practice),
        consent=found["consent"],
        questions=tuple(Asked(one["id"], one["words"], tuple(one["answers"])) for one in found["questions"]),
    )


def _people_in(arrangement: int, sessions: Sequence[Session]) -> tuple[int, int]:
    """How many have done something in an arrangement, and how many have begun."""
    own = [one for one in sessions if one.arrangement == arrangement]
    return sum(counted(one) > 0 for one in own), len(own)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
