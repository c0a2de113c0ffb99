"""The front door: a library of sounds, indexed once and searched by vocal imitation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

import platformdirs

from menura.errors import LibraryError, UsageError
from menura.index.info import LibraryInfo
from menura.index.store import LibraryIndex, ModelIdentity, index_home
from menura.index.text import match_expression
from menura.model.bundle import Bundle
from menura.search.query import read_query
from menura.search.ranking import ranked_sounds
from menura.search.scan import Scanner

if TYPE_CHECKING:
    from menura.index.check import CheckReport
    from menura.index.update import IndexProgress, IndexReport


@dataclass(frozen=True)
class Hit:
    """A sound found.

    Attributes:
        path: Where it is, relative to the library folder, with forward slashes.
        score: Its similarity with the query, in (0, 1): that of its best window.
        start_s: Where that window begins in the file, in seconds.
        end_s: Where it ends.
    """

    path: str
    score: float
    start_s: float
    end_s: float


class Library:
    """A folder of sounds and its index. Safe to use from several threads.

    The index lives in the user's data directory; the folder itself is only ever read.
    """

    def __init__(self, folder: Path, bundle: Bundle, data_dir: Path) -> None:
        self._folder = folder
        self._bundle = bundle
        self._data_dir = data_dir
        self._scanner = Scanner(bundle.output_weight, bundle.output_bias)
        self._index: LibraryIndex | None = None
        self._begun = False

    @classmethod
    def open(
        cls, folder: str | Path, bundle: Bundle | str | Path | None = None, data_dir: str | Path | None = None
    ) -> Library:
        """Open a library.

        Args:
            folder: The folder of sounds.
            bundle: The model, or the folder of its bundle; the model shipped with Menura by default.
            data_dir: Where indexes are kept; the user's data directory by default.

        Raises:
            UsageError: There is no such folder.
            ModelError: The bundle is missing or damaged.
        """
        resolved = resolve_folder(folder)
        if not isinstance(bundle, Bundle):
            bundle = Bundle.load(None if bundle is None else Path(bundle))
        return cls(resolved, bundle, resolve_data_dir(data_dir))

    def __enter__(self) -> Library:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the memory that searches keep; nothing is left open between calls anyway."""
        if self._index is not None:
            self._index.release()

    @property
    def is_new(self) -> bool:
        """Whether the library has never been indexed: a search would do that first."""
        if not self._begun:  # nobody asks the disk for each search
            self._begun = not self._opened().is_new
        return not self._begun

    def index(self, *, rebuild: bool = False, progress: Callable[[IndexProgress], None] | None = None) -> IndexReport:
        """Bring the index up to date with the folder, doing only what has changed.

        Args:
            rebuild: Empty the index first: after a change of model, or when it is damaged.
            progress: Called in the calling thread as files are done.

        Raises:
            UsageError: The folder is missing.
            LibraryError: The index is damaged, of another model, or cannot be written; or the folder is suddenly empty.
        """
        from menura.index.update import update_index  # noqa: PLC0415  # a search should not wait for what it needs

        return update_index(self._opened(rebuild=rebuild), self._bundle, progress)

    def search(self, query: str | Path, top: int = 20, text: str | None = None) -> list[Hit]:
        """Find the sounds that a vocal imitation is an imitation of.

        A library that was never indexed is indexed first; later changes in the folder are found by `index` alone.

        Args:
            query: A recording of the imitation; its first 4 s count.
            top: How many hits at most.
            text: Look only among sounds that have every word of this in their name or folder, as a prefix.

        Returns:
            The best sounds first, each once, with its best window; of equal ones the first by path.

        Raises:
            UsageError: There is no such query, `top` is less than 1, or `text` holds no word.
            AudioError: The query cannot be read as sound, or is silent.
            LibraryError: There is nothing to search, or the index is damaged or of another model.
        """
        if top < 1:
            raise UsageError(f"top is {top}: ask for 1 hit or more")
        if text is not None:
            match_expression(text)  # refuses what holds no word, before any work
        embedding = self._bundle.embed_query(read_query(Path(query), self._bundle.spec.imitation.front_end))
        if self.is_new:
            self.index()
        with self._opened().snapshot() as snapshot:
            table = snapshot.table
            if not len(table.sound_ids):
                raise LibraryError(f"{self._folder}: no sound in it can be read; see menura index for what was skipped")
            if text is not None:
                table = table.only(snapshot.matching(text))
            (windows,) = self._scanner.best(embedding[None], table, top)
            front_end = self._bundle.spec.recording.front_end
            ranked = ranked_sounds(snapshot, table, windows, front_end, offset=0, limit=top)
        return [Hit(sound.path, sound.score, sound.start_s, sound.end_s) for sound in ranked]

    def info(self) -> LibraryInfo:
        """What the index holds; nothing is indexed for it.

        Raises:
            LibraryError: The index is damaged or of another model.
        """
        return self._opened().info()

    def check(
        self, *, everything: bool = False, seed: int = 0, progress: Callable[[int, int], None] | None = None
    ) -> CheckReport:
        """Prove that the index is whole, or say what is wrong with it; nothing is written.

        Args:
            everything: Hold every sound against its file, not a sample of 50.
            seed: Picks the sample.
            progress: Called with the sounds read and their number.

        Raises:
            UsageError: The library was never indexed.
        """
        from menura.index.check import check_index  # noqa: PLC0415  # a search should not wait for it

        home = index_home(self._folder, self._data_dir)
        return check_index(self._folder, home, self._bundle, everything=everything, seed=seed, progress=progress)

    def _opened(self, *, rebuild: bool = False) -> LibraryIndex:
        if self._index is None or rebuild:
            self._index = LibraryIndex.open(self._folder, self._data_dir, identity(self._bundle), rebuild=rebuild)
            self._begun = False
        return self._index


def resolve_folder(folder: str | Path) -> Path:
    """A library's folder as its index knows it.

    Raises:
        UsageError: There is no such folder.
    """
    resolved = Path(folder).expanduser().resolve()
    if not resolved.is_dir():
        raise UsageError(
            f"{folder}: {'not a folder' if resolved.exists() else 'no such folder'}; name a folder of sounds"
        )
    return resolved


def resolve_data_dir(data_dir: str | Path | None = None) -> Path:
    """Where indexes are kept: the user's data directory by default."""
    return Path(data_dir or platformdirs.user_data_path("menura", appauthor=False)).resolve()


def identity(bundle: Bundle) -> ModelIdentity:
    """What tells a model from others in an index."""
    return ModelIdentity(bundle.fingerprint, bundle.name, bundle.spec.n_hidden)
