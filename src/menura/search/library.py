"""The front door: a library of sounds, indexed once and searched by vocal imitation."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from menura.audio.hear import Take
from menura.errors import LibraryError, UsageError
from menura.index.database import DATABASE_FILE
from menura.index.homes import homes_beside, index_home, resolve_data_dir, resolve_folder
from menura.index.identity import IndexIdentity, ModelIdentity
from menura.index.info import LibraryInfo, info_of_home
from menura.index.snapshot import Snapshot
from menura.index.sound import Sound
from menura.index.store import LibraryIndex
from menura.model.bundle import Bundle
from menura.model.steps import Steps, Word
from menura.progress import Progress
from menura.search.known_kinds import KnownKinds
from menura.search.listing import Listing
from menura.search.query import hear_query
from menura.search.ranking import Hit, Only, Page, Question, nearest_of, rank, with_kinds
from menura.search.scan import Scanner
from menura.search.together import embedded
from menura.search.voice import Voice

if TYPE_CHECKING:
    from menura.index.check import CheckReport
    from menura.index.update import IndexProgress, IndexReport


class Library:
    """A folder of sounds, and its index by a model. Safe to use from several threads, also while the index grows.

    The index lives in the user's data directory; the folder is only ever read.

    Attributes:
        folder: The folder, resolved.
        bundle: The model.
        identity: What tells its index from others; it writes commands about it.
        scanner: Finds its best windows for queries.
        music: Whether the pitch and tempo of its sounds are measured and told.
        kinds: Knows the kinds of its sounds.
        voice: What was learned of the voice of whoever searches.
    """

    def __init__(self, folder: Path, bundle: Bundle, data_dir: Path, *, music: bool = True) -> None:
        self.folder = folder
        self.bundle = bundle
        self.music = music
        self._data_dir = data_dir
        self.identity = IndexIdentity(folder, ModelIdentity.of(bundle))
        self.scanner = Scanner(bundle.output_weight, bundle.output_bias, bundle.window_correction)
        self._front_end = bundle.spec.recording.front_end
        self._index: LibraryIndex | None = None
        self._begun = False
        self.kinds = KnownKinds(bundle.kinds, bundle.name)
        self.voice = Voice.of(bundle, data_dir)
        self._listing = Listing()
        self._info: tuple[tuple[str, int], LibraryInfo] | None = None

    @classmethod
    def open(
        cls,
        folder: str | Path,
        bundle: Bundle | str | Path | None = None,
        data_dir: str | Path | None = None,
        *,
        music: bool = True,
    ) -> Library:
        """Open a library.

        Args:
            folder: The folder of sounds.
            bundle: The model, or what names it to `Bundle.load`; the default model by default. A library has an index
                of its own for each model.
            data_dir: Where indexes are kept; the user's data directory by default.
            music: Whether to measure and tell pitch and tempo.

        Raises:
            UsageError: There is no such folder.
            ModelError: The model is missing or damaged.
        """
        resolved = resolve_folder(folder)
        bundle = bundle if isinstance(bundle, Bundle) else Bundle.load(bundle)
        return cls(resolved, bundle, resolve_data_dir(data_dir), music=music)

    def __enter__(self) -> Library:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the memory that searches keep; nothing is left open between calls anyway."""
        self._info = None
        self.kinds.release()
        self._listing.release()
        if self._index is not None:
            self._index.release()

    @property
    def is_new(self) -> bool:
        """Whether the library has never been indexed with this model: a search would do that first."""
        if not self._begun:  # nobody asks the disk for each search
            there = (index_home(self.identity, self._data_dir) / DATABASE_FILE).exists()
            self._begun = there and self._opened().state != "new"
        return not self._begun

    @property
    def is_complete(self) -> bool:
        """Whether the last indexing ran to its end."""
        return not self.is_new and self._opened().state == "complete"

    def index(
        self, *, rebuild: bool = False, progress: Callable[[IndexProgress], None] | None = None, music: bool = True
    ) -> IndexReport:
        """Bring the index up to date with the folder, doing only what has changed.

        Args:
            rebuild: Empty the index first, as where it is damaged.
            progress: Called in the calling thread as files are done.
            music: Measure what is missing of pitch and tempo too, where the library measures them.

        Raises:
            UsageError: The folder is missing.
            LibraryError: The index is damaged, or cannot be written; or the folder is suddenly empty.
        """
        from menura.index.update import update_index  # noqa: PLC0415  # a search should not wait for what it needs

        return update_index(self._opened(rebuild=rebuild), self.bundle, progress, music=music and self.music)

    def info(self) -> LibraryInfo:
        """What the index holds; nothing is indexed for it.

        Raises:
            LibraryError: The index is damaged.
        """
        index = self._opened()
        revision, known = index.revision, self._info
        if known is None or known[0] != revision:
            known = self._info = (revision, index.info())
        return known[1]

    def beside(self) -> list[LibraryInfo]:
        """What the indexes of this folder by other models hold, those that can be read."""
        found = []
        for home in homes_beside(self.identity, self._data_dir):
            with suppress(LibraryError):
                found.append(info_of_home(home, self.identity))
        return [info for info in found if info is not None]

    def check(self, *, everything: bool = False, seed: int = 0, progress: Progress | None = None) -> CheckReport:
        """Prove that the index is whole, or say what is wrong with it; nothing is written.

        Args:
            everything: Hold every sound against its file, not a sample of 50.
            seed: Picks the sample.
            progress: Called with the sounds read and their number.

        Raises:
            UsageError: The library was never indexed with this model.
        """
        from menura.index.check import check_index  # noqa: PLC0415  # a search should not wait for it

        home = index_home(self.identity, self._data_dir)
        return check_index(self.identity, home, self.bundle, everything=everything, seed=seed, progress=progress)

    def snapshot(self) -> AbstractContextManager[Snapshot]:
        """The committed state of now, for several questions that one answer is made of; errors as for `info`."""
        return self._opened().snapshot(tells_music=self.music)

    def hear(self, query: str | Path | bytes, *, longest_s: float | None = None) -> Take:
        """What the model hears of a recording of an imitation; arguments and errors as for `hear_query`."""
        return hear_query(query, self.bundle.spec.imitation.front_end, longest_s=longest_s)

    def search(
        self,
        query: str | Path | bytes | Take | Sequence[Take],
        top: int = 20,
        text: str | None = None,
        *,
        kinds: Collection[str] = (),
        longer_s: float | None = None,
        shorter_s: float | None = None,
        pitch: str | None = None,
        tempo: str | None = None,
        progress: Callable[[IndexProgress], None] | None = None,
    ) -> list[Hit]:
        """Find the sounds that a vocal imitation is an imitation of.

        A library that was never indexed is indexed first; later changes in the folder are found by `index` alone.

        Args:
            query: A recording of an imitation, its path or content; or what was heard of one, or of several takes.
            top: How many hits at most.
            text: Look only among sounds that have every word of this in their name or folder, as a prefix, or that are
                likely of the kind that it means.
            kinds: Look only among sounds that are likely of one of these kinds.
            longer_s: Look only among sounds that last longer than this.
            shorter_s: Look only among sounds that last shorter than this.
            pitch: Look only among sounds that surely have this pitch: "F#3", "C3-B3", "200-400" Hz.
            tempo: Look only among loops that surely have this tempo, or half or double it: "120", "118-124".
            progress: Called while a new library is indexed, as by `index`.

        Returns:
            The best sounds first, each once, with its best window; of equal ones the first by path. Twins, which the
            model cannot tell apart, are one hit: the first by path, which names the others.

        Raises:
            UsageError: There is no such query, `top` is below 1, no word is in `text`, or no sound or kind can be so.
            AudioError: The query cannot be read as sound, or nothing is heard in it.
            LibraryError: There is nothing to search, or the index is damaged.
        """
        if top < 1:  # all that can be wrong with the question is found before any work
            raise UsageError(f"top is {top}: ask for 1 hit or more")
        only = Only(text, kinds=kinds, longer_s=longer_s, shorter_s=shorter_s, pitch=pitch, tempo=tempo)
        self.kinds.numbers(kinds)
        heard = self.hear(query) if isinstance(query, (str, Path, bytes)) else query
        embedding = self.voice.moved(embedded([heard] if isinstance(heard, Take) else heard, self.bundle))
        if self.is_new:
            self.index(progress=progress, music=pitch is not None or tempo is not None)
        with self.snapshot() as snapshot:
            if not len(snapshot.table.sound_ids):
                told = self.identity.command("info", "--skipped")
                raise LibraryError(f"{self.folder}: no sound in it can be read; {told} tells why")
            return self._ranked(snapshot, embedding, only, self.bundle.steps, offset=0, limit=top)[1]

    def page(self, question: Question, *, offset: int, limit: int) -> Page:
        """A part of what answers a question, the best first; where nothing is asked, of the sounds by path.

        Raises:
            LibraryError: The index is damaged.
        """
        started = time.perf_counter()
        with self.snapshot() as snapshot:
            query = question.query(snapshot, self.bundle)
            if query is None:
                page = Page(*self._listing.page(snapshot, question.among, self.kinds, offset=offset, limit=limit))
            else:  # what judgements have moved is no imitation any more, and the steps are about imitations
                steps = self.bundle.steps if query is question.embedding else None
                page = Page(*self._ranked(snapshot, query, question.among, steps, offset=offset, limit=limit))
        return replace(page, scan_s=time.perf_counter() - started)

    def sound(self, sound_id: int) -> Sound | None:
        """The sound with this id, or None if there is none."""
        with self.snapshot() as snapshot:
            sound = snapshot.sound(sound_id)
            return None if sound is None else self.kinds.told(snapshot.table, [sound])[0]

    def folder_counts(self) -> dict[str, int]:
        """Every folder that holds sounds, relative to the library and sorted, with their number."""
        with self.snapshot() as snapshot:
            return snapshot.folder_counts()

    def kind_counts(self, question: Question) -> dict[str, int]:
        """How many sounds are likely of each kind, of those a question looks among; the most frequent first."""
        with self.snapshot() as snapshot:
            return self.kinds.counts(snapshot.table, question.only.choose(snapshot, self.kinds))

    def warm(self) -> None:
        """Do now what a first search would wait for."""
        with self.snapshot():
            pass

    def _ranked(
        self,
        snapshot: Snapshot,
        query: NDArray[np.float32],
        only: Only,
        steps: Steps | None,
        *,
        offset: int,
        limit: int,
    ) -> tuple[int, list[Hit], Word | None]:
        """How many sounds are ranked, twins as one; the hits from `offset` on; and the word of the best of all."""
        table = only.distinct(snapshot, self.kinds)
        total = len(table.sound_ids)
        if offset >= total:
            return total, [], None
        (windows,) = self.scanner.best(query[None], table, min(offset + limit, total))
        here = steps and steps.among(total)
        hits = rank(snapshot, table, windows, self._front_end.duration_s, steps=here, offset=offset, limit=limit)
        return total, with_kinds(hits, table, self.kinds), nearest_of(windows.logits.max(), steps)

    def _opened(self, *, rebuild: bool = False) -> LibraryIndex:
        if self._index is None or rebuild:
            self._index = LibraryIndex.open(self.folder, self._data_dir, self.identity.model, rebuild=rebuild)
            self._begun = False
        return self._index
