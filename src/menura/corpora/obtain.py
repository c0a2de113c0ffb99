"""What of the published corpora is on disk, and getting what is not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from menura.corpora import mn04
from menura.corpora.fetch import Progress, RemoteFile, fetch
from menura.corpora.http import at_mirror
from menura.corpora.registry import PUBLISHED, Corpus, PublishedCorpus, find_corpus
from menura.corpora.unpack import DamagedArchiveError, unpack
from menura.corpora.voxforge import fetch_voxforge, survey_voxforge
from menura.corpora.zenodo import ZenodoRecord
from menura.errors import MenuraError

Announce = Callable[[str], None]
"""Called with a line of text for the user; what it raises stops the download."""

DOWNLOADS = ".downloads"
"""The folder, beside the corpora, of downloads that are not finished and unpacked."""


@dataclass(frozen=True)
class CorpusStatus:
    """What of a corpus is on disk.

    `path` is its folder, or None; `found` says what is there and `missing` what is not; `waiting_bytes` is what an
    unfinished download has brought.
    """

    corpus: Corpus
    path: Path | None
    found: str = ""
    missing: tuple[str, ...] = ()
    waiting_bytes: int = 0

    @property
    def on_disk(self) -> bool:
        """Whether there is anything to load."""
        return bool(self.found)


def get_corpus(
    name: str, folder: Path, *, announce: Announce, base_url: str | None = None, progress: Progress | None = None
) -> Path:
    """Download and unpack a corpus, or find it there.

    Args:
        name: One of the names in `PUBLISHED`.
        folder: The folder of all corpora; this one becomes `folder / name`, whole or not at all (VoxForge grows by
            submission). An interrupted call is taken up again by the next.
        announce: Called with the licence before anything is asked of anybody, then with size and checksum.
        base_url: A mirror, http://HOST, in place of the published host.
        progress: Called with bytes done and, where it is known, the total.

    Returns:
        The corpus's folder.

    Raises:
        UsageError: No such corpus.
        DataError: It cannot be had, or is not what was published.
    """
    published = find_corpus(name)
    path = _locate(published, folder)
    if path is not None and published.archive is not None:
        announce(f"{published.corpus.title} is there: {path}")
        return path
    announce(published.statement())
    if published.archive is None:
        path = path or folder / name
        fetch_voxforge(path, base_url=base_url, progress=progress)
        return path
    return _get_archive(_resolve(published.archive, base_url, announce), name, folder, announce, progress)


def _get_archive(archive: RemoteFile, name: str, folder: Path, announce: Announce, progress: Progress | None) -> Path:
    """Fetch, verify and unpack an archive to `folder / name`."""
    size = "size unknown" if archive.n_bytes is None else f"{archive.n_bytes / 1e6:,.1f} MB"
    announce(f"{archive.name}: {size}, {archive.checksum or 'no published checksum'}")
    downloads = folder / DOWNLOADS / name
    fetched = fetch(archive, downloads, progress=progress)
    announce(f"unpacking {archive.name}")
    try:
        path = unpack(fetched, folder / name)
    except DamagedArchiveError:
        fetched.unlink(missing_ok=True)  # or the next call would find it again
        raise
    fetched.unlink(missing_ok=True)
    downloads.rmdir()
    return path


def list_corpora(folder: Path) -> list[CorpusStatus]:
    """What of every corpus, and of mn04, is in the folder of all corpora; nothing is fetched or unpacked."""
    return [*(_status(published, folder) for published in PUBLISHED), _status_of_mn04(folder)]


def _resolve(source: RemoteFile | ZenodoRecord, base_url: str | None, announce: Announce) -> RemoteFile:
    if isinstance(source, ZenodoRecord):
        archive, licence = source.look_up(base_url)
        announce(f"licence in Zenodo's record: {licence}")
        return archive
    return source._replace(url=at_mirror(source.url, base_url))


def _locate(published: PublishedCorpus, folder: Path) -> Path | None:
    """Where the corpus lies: under its name here, or one that its own archive unpacks to."""
    for name in (published.corpus.folder, *published.other_folders):
        if (folder / name).is_dir():
            return folder / name
    return None


def _status(published: PublishedCorpus, folder: Path) -> CorpusStatus:
    path = _locate(published, folder)
    found: str = ""
    missing: tuple[str, ...] = ()
    if path is not None:
        try:
            if published.archive is None:
                found, missing = survey_voxforge(path)
            else:
                catalogue = published.load(path)
                found, missing = catalogue.summary, catalogue.missing
        except MenuraError as error:
            missing = (str(error),)
    return CorpusStatus(published.corpus, path, found, missing, _waiting_bytes(published.corpus, folder))


def _status_of_mn04(folder: Path) -> CorpusStatus:
    weights, terms = mn04.weights_of(folder), Corpus(mn04.NAME, mn04.TITLE, mn04.LICENCE, mn04.PAGE)
    path, found = (weights.parent, "weights") if weights.is_file() else (None, "")
    return CorpusStatus(terms, path, found, waiting_bytes=_waiting_bytes(terms, folder))


def _waiting_bytes(corpus: Corpus, folder: Path) -> int:
    return sum(part.stat().st_size for part in (folder / DOWNLOADS / corpus.folder).glob("*") if part.is_file())
