"""What a server of a study holds, and the searches that it does for it."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from menura.audio.containers import open_sound
from menura.audio.files import decoded_blocks, joined, read_audio
from menura.audio.playback import RATE_HZ, is_playback
from menura.errors import AudioError, MenuraError
from menura.model.bundle import Bundle
from menura.search.query import hear_query
from menura.search.ranking import Hit, Question
from menura.search.together import embedded
from menura.study.plan import SHOWN, Turn
from menura.study.session import Session, Shown
from menura.study.store import RECORDINGS, TAKES, Study
from menura.web.limits import Rate, Uploads, Workers
from menura.web.served import ServedLibrary
from menura.web.settings import Settings
from menura.web.turns import Turns

_PAGES = (64, 4_096)  # hits to look for the sound among, before all of them


@dataclass(frozen=True, eq=False)
class StudyServer:
    """What the routes of a study work with.

    Attributes:
        settings: What the server was told.
        study: What is kept.
        systems: The library as each system has it, by the system's name.
        searching: Threads for searches.
        reading: Threads for what reads and writes files.
        uploads: Reads what is sent.
        upload_rate: How often each client may send.
    """

    settings: Settings
    study: Study
    systems: Mapping[str, ServedLibrary]
    searching: Workers
    reading: Workers
    uploads: Uploads
    upload_rate: Rate

    @classmethod
    def of(
        cls, study: Study, folder: Path, bundles: Mapping[str, Bundle], data_dir: Path, settings: Settings
    ) -> StudyServer:
        """The server of a study of the sounds in a folder, by systems of these names."""
        turns, limits = Turns(), settings.limits
        return cls(
            settings=settings,
            study=study,
            systems={
                name: ServedLibrary(folder, bundle, data_dir, turns, follow_links=settings.follow_links)
                for name, bundle in bundles.items()
            },
            searching=Workers("search", waiting=limits.waiting),
            reading=Workers("read", waiting=limits.waiting),
            uploads=Uploads(limits.take_bytes),
            upload_rate=Rate(limits.uploads_per_s, limits.upload_burst),
        )

    def warm(self) -> None:
        """Do what a first search would wait for; whoever searches is told what is wrong."""
        for library in self.systems.values():
            try:
                library.library.bundle.warm()
                library.library.warm()
            except MenuraError:
                continue

    def end(self) -> None:
        """Finish what is in hand."""
        for workers in (self.searching, self.reading):
            workers.close()

    def check_take(self, content: bytes, turn: Turn) -> None:
        """Refuse a take that is no imitation.

        Raises:
            AudioError: It is no wav file, is too long, nothing is heard in it, or a loudspeaker played the sound.
        """
        name = Path("the take")
        with open_sound(io.BytesIO(content), name) as sound:
            if sound.format not in {"WAV", "WAVEX"}:
                raise AudioError(f"the take is {sound.format}, and a study keeps wav files")
            hear_query(content, self._bundle_of(turn).spec.imitation.front_end, longest_s=self.settings.limits.take_s)
            take = joined(decoded_blocks(sound, name, RATE_HZ))
        if is_playback(take, read_audio(self.recording(turn), RATE_HZ, duration_s=30.0)):
            raise AudioError("this is the sound itself, as a loudspeaker played it: imitate it with your voice")

    def search(self, key: str, session: Session, at: int) -> Session:
        """Let every system search for the last take of a sound, and keep what they found."""
        turn = session.turns[at]
        content = self.take_file(session.done[at].takes[-1]).read_bytes()
        ranks: dict[str, int | None] = {}
        n_sounds: dict[str, int] = {}
        shown: list[Hit] = []
        for name, library in self.systems.items():
            take = hear_query(content, library.library.bundle.spec.imitation.front_end)
            question = Question(embedded([take], library.library.bundle))
            ranks[name], n_sounds[name], first = _placed(library, question, turn.sound.path)
            if name == turn.system:
                shown = first
        found = [Shown(hit.path, hit.start_s, hit.end_s) for hit in shown]
        return self.study.search(key, at, ranks, n_sounds, found)

    def recording(self, turn: Turn) -> Path:
        """The study's own copy of a sound."""
        return self.study.folder / RECORDINGS / turn.sound.filename

    def take_file(self, name: str) -> Path:
        """The file of a take."""
        return self.study.folder / TAKES / name

    def _bundle_of(self, turn: Turn) -> Bundle:
        return self.systems[turn.system].library.bundle


def _placed(library: ServedLibrary, question: Question, path: str) -> tuple[int | None, int, list[Hit]]:
    """The place of a sound, from 1 (None where it is gone), among how many, and the best hits."""
    for limit in _PAGES:
        page = library.library.page(question, offset=0, limit=limit)
        hits = [hit for hit in page.found if isinstance(hit, Hit)]
        at = _place(hits, path)
        if at is not None or page.total <= limit:
            return at, page.total, hits[:SHOWN]
    everything = library.library.page(question, offset=0, limit=page.total)
    return _place([hit for hit in everything.found if isinstance(hit, Hit)], path), page.total, hits[:SHOWN]


def _place(hits: list[Hit], path: str) -> int | None:
    return next((place for place, hit in enumerate(hits, start=1) if path in (hit.path, *hit.alike)), None)
