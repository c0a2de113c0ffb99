"""Teaching: which sound is asked for, what is made of a take of it, and what all takes say."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Collection
from io import BytesIO
from pathlib import Path
from typing import Any

from fastapi import HTTPException

from menura.audio.containers import open_sound
from menura.audio.files import decoded_blocks, joined
from menura.audio.hear import Take
from menura.audio.playback import RATE_HZ as PLAYBACK_HZ
from menura.audio.playback import is_playback
from menura.errors import AudioError, LibraryError, MenuraError
from menura.index.snapshot import Snapshot, Table
from menura.model.bundle import Bundle
from menura.personal.asking import Asked, Candidates, next_sound
from menura.personal.lessons import Ear, Lessons, lessons_of, sounds_taught
from menura.personal.takes import AskedSound, Clip, TaughtTake, TaughtTakes
from menura.personal.telling import learn_and_keep
from menura.search.library import Library
from menura.search.query import hear_query
from menura.search.voice import FOLDER, Voice
from menura.web.errors import refuse
from menura.web.served import ServedLibrary

LONGEST_SOUND_S = 10.0
"""Longer sounds are not asked for while there are shorter ones; of one that is, the beginning is kept."""

_COPIES = 16
_TRIED = 20
_AROUND_S = 0.3  # kept before and after what is heard, so that the room can be heard again
_MOST_HZ = 48_000


class Teaching:
    """The takes of the owner of a server. Threads may share it.

    Args:
        bundle: The model.
        voice: What was learned for it.
        data_dir: The user's data directory.
    """

    def __init__(self, bundle: Bundle, voice: Voice, data_dir: Path) -> None:
        self.takes = TaughtTakes(data_dir / FOLDER)
        self._voice = voice
        self._bundle = bundle
        self._ear = Ear(bundle)
        self._lock = threading.Lock()
        self._copies: OrderedDict[tuple[str, int], AskedSound] = OrderedDict()
        self._candidates: tuple[Table, Candidates] | None = None

    def ask(self, library: ServedLibrary, skipped: Collection[int]) -> Asked | None:
        """Which sound of a library to imitate next, a copy of which is at hand from now on; None where none is left."""
        skipped = set(skipped)
        with _there(library).snapshot() as snapshot:
            candidates = self._candidates_of(snapshot)
            taught = self._taught(snapshot)
            for _ in range(_TRIED):
                asked = next_sound(candidates, taught, skipped, len(taught) + len(skipped))
                if asked is None:
                    return None
                try:
                    self._copy(library, asked.sound_id)
                except (MenuraError, HTTPException):  # gone since it was indexed, or not to be read any more
                    skipped.add(asked.sound_id)
                else:
                    return asked
        return None

    def keep(self, library: ServedLibrary, sound_id: int, content: bytes, *, longest_s: float) -> TaughtTake:
        """Keep a take of a sound.

        Raises:
            AudioError: It cannot be read, nothing is heard in it, or the sound itself is.
            HTTPException: 404, the sound is gone, and was not asked for lately.
            LibraryError: It cannot be written.
        """
        front_end = self._bundle.spec.imitation.front_end
        heard = hear_query(content, front_end, longest_s=longest_s)
        sound = self._copy(library, sound_id)
        clip = _cut(_decoded(BytesIO(content), Path("the take")), heard)
        if is_playback(clip.at(PLAYBACK_HZ), sound.clip.at(PLAYBACK_HZ)):
            raise AudioError(
                "the sound itself is heard in this take, and no voice that imitates it: let it end before you begin, "
                "or listen by headphones; nothing was kept"
            )
        return self.takes.keep(clip, sound)

    def lessons(self, library: ServedLibrary) -> Lessons:
        """What all takes say among the sounds of a library; errors as for `lessons_of`."""
        with _there(library).snapshot() as snapshot:
            return lessons_of(self.takes, snapshot, self._ear)

    def ranks(self, lessons: Lessons) -> dict[str, int]:
        """By name, where each take finds its sound without anything that was learned."""
        ranks = lessons.ranks(lessons.queries, self._bundle.output_weight)
        return {take.imitation: int(rank) for take, rank in zip(lessons.takes, ranks, strict=True)}

    def learn(self, library: ServedLibrary) -> dict[str, Any]:
        """Learn from all takes, as `learn_and_keep`."""
        return learn_and_keep(self.lessons(library), self._bundle, self._voice)

    def forget_all(self) -> None:
        """Delete every take, and what was learned of them."""
        self.takes.remove({take.imitation for take in self.takes.all()})
        self._voice.forget()

    def _taught(self, snapshot: Snapshot) -> dict[int, int | None]:
        """Of each sound of a library that was imitated, the worst rank that a take gave it."""
        lessons = lessons_of(self.takes, snapshot, self._ear)
        taught: dict[int, int | None] = {}
        ranks = self.ranks(lessons)
        takes = self.takes.all()
        for take, sound_id in zip(takes, sounds_taught(takes, snapshot), strict=True):
            if sound_id is not None:
                known = [rank for rank in (taught.get(sound_id), ranks.get(take.imitation)) if rank is not None]
                taught[sound_id] = max(known, default=None)
        return taught

    def _candidates_of(self, snapshot: Snapshot) -> Candidates:
        known = self._candidates
        if known is None or known[0] is not snapshot.table:  # there is a new table after every commit
            table = snapshot.table.distinct
            short = table.only(snapshot.lasting(0.0, LONGEST_SOUND_S))
            known = (snapshot.table, Candidates.of(short if len(short.sound_ids) else table))
            self._candidates = known
        return known[1]

    def _copy(self, library: ServedLibrary, sound_id: int) -> AskedSound:
        """The sound with its beginning: as it was when it was asked for, whatever became of its file."""
        key = (library.id, sound_id)
        with self._lock:
            if key in self._copies:
                self._copies.move_to_end(key)
                return self._copies[key]
        sound = library.sound(sound_id)
        if sound is None:
            raise refuse(404, "that sound is gone from the library, and was not asked for lately: take the next one")
        with library.open(sound.path) as stream:
            clip = _decoded(stream, Path(sound.path), longest_s=LONGEST_SOUND_S)
        copy = AskedSound(str(library.folder), sound.path, sound.sha256, clip)
        with self._lock:
            self._copies[key] = copy
            while len(self._copies) > _COPIES:
                self._copies.popitem(last=False)
        return copy


def _there(library: ServedLibrary) -> Library:
    absence = library.absence()
    if absence is not None:
        raise LibraryError(absence)
    return library.library


def _decoded(stream: Any, path: Path, *, longest_s: float | None = None) -> Clip:  # noqa: ANN401  # any open file
    """The sound of an open file, at its own rate where that is none too high."""
    with open_sound(stream, path) as sound:
        rate_hz = min(sound.samplerate, _MOST_HZ)
        wanted = None if longest_s is None else round(longest_s * rate_hz)
        return Clip(joined(decoded_blocks(sound, path, rate_hz), wanted), rate_hz)


def _cut(clip: Clip, heard: Take) -> Clip:
    """A take cut to what was heard of it, with a little around."""
    first = max(0, round((heard.heard.start_s - _AROUND_S) * clip.rate_hz))
    end = round((heard.heard.end_s + _AROUND_S) * clip.rate_hz)
    return Clip(clip.samples[first:end], clip.rate_hz)
