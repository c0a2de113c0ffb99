"""The published corpora that Menura knows: on which terms, from where, how they are read, and what is on disk."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from menura.corpora import mn04
from menura.corpora.archives import Archive, Progress, at_mirror, fetch
from menura.corpora.catalogue import Catalogue
from menura.corpora.classes import ClassCatalogue
from menura.corpora.esc import load_esc10, load_esc50
from menura.corpora.qvim import load_qvim
from menura.corpora.unpack import DamagedArchiveError, unpack
from menura.corpora.urbansound8k import load_urbansound8k
from menura.corpora.vimsketch import load_vimsketch
from menura.corpora.vocalsketch import EVERYDAY_SOURCE, load_vocalsketch
from menura.corpora.voxforge import fetch_voxforge, load_voxforge, survey_voxforge
from menura.corpora.zenodo import ZenodoRecord
from menura.errors import MenuraError, UsageError

Announce = Callable[[str], None]
"""Called with a line of text for the user; what it raises stops the download."""

DOWNLOADS = ".downloads"
"""The folder, beside the corpora, of downloads that are not finished and unpacked."""


@dataclass(frozen=True)
class PublishedCorpus:
    """One corpus, under the name that the commands know it by, which is also its folder's.

    `source` is the archive, or the Zenodo record that holds it; None for VoxForge, which is thousands of archives.
    """

    name: str
    title: str
    licence: str
    page: str
    load: Callable[[Path], Catalogue | ClassCatalogue]
    source: Archive | ZenodoRecord | None
    other_folders: tuple[str, ...] = ()
    size: str = "size as the server says"
    note: str = ""

    def statement(self) -> str:
        """The terms, in one line."""
        note = f" ({self.note})" if self.note else ""
        return f"{self.title}; licence: {self.licence}; {self.size}, from {self.page}{note}"


@dataclass(frozen=True)
class CorpusStatus:
    """What of a corpus is on disk.

    `path` is its folder, or None; `found` says what is there and `missing` what is not; `waiting_bytes` is what an
    unfinished download has brought.
    """

    name: str
    title: str
    licence: str
    page: str
    path: Path | None
    found: str = ""
    missing: tuple[str, ...] = ()
    waiting_bytes: int = 0

    @property
    def on_disk(self) -> bool:
        """Whether there is anything to load."""
        return bool(self.found)


_VOCALSKETCH_LICENCE = "'open', as Zenodo's record has it, without further terms"

CORPORA = (
    PublishedCorpus(
        "vocalsketch-1.0.4",
        "VocalSketch 1.0.4 (Cartwright and Pardo 2015)",
        _VOCALSKETCH_LICENCE,
        ZenodoRecord(164926).page,
        load_vocalsketch,
        ZenodoRecord(164926),
        other_folders=("vocalsketch", "VocalSketch", "VocalSketchDataSet"),
        note=EVERYDAY_SOURCE,
    ),
    PublishedCorpus(
        "vocalsketch-1.1",
        "VocalSketch 1.1 (Cartwright, Kim and Pardo 2018)",
        _VOCALSKETCH_LICENCE,
        ZenodoRecord(1251982).page,
        load_vocalsketch,
        ZenodoRecord(1251982),
        note=EVERYDAY_SOURCE,
    ),
    PublishedCorpus(
        "vimsketch",
        "VimSketch (Kim, Cartwright, Pishdadian and Pardo 2019)",
        "CC BY 4.0",
        ZenodoRecord(2596911).page,
        load_vimsketch,
        ZenodoRecord(2596911),
        other_folders=("Vim_Sketch_Dataset", "VimSketch"),
    ),
    PublishedCorpus(
        "qvim-dev",
        "QVIM 2025 development set (AES challenge Query by Vocal Imitation)",
        "not stated with the download; ask the organisers before passing it on",
        "https://qvim-aes.github.io",
        load_qvim,
        Archive("qvim-dev.zip", "https://cloud.cp.jku.at/index.php/s/R2tJQnPmxp6RSSz/download/qvim-dev.zip"),
    ),
    PublishedCorpus(
        "voxforge",
        "VoxForge, 8,000 clips of each of seven languages",
        "GPL",
        "http://www.voxforge.org",
        load_voxforge,
        None,
        other_folders=("VoxForge",),
        size="some 9 GB in thousands of archives",
        note="no published checksums, and not encrypted on the way",
    ),
    PublishedCorpus(
        "urbansound8k",
        "UrbanSound8K (Salamon, Jacoby and Bello 2014)",
        "CC BY-NC: not for commercial use, and a model trained on it says so",
        ZenodoRecord(1203745).page,
        load_urbansound8k,
        Archive(
            "UrbanSound8K.tar.gz",
            f"{ZenodoRecord(1203745).page}/files/UrbanSound8K.tar.gz?download=1",
            checksum="md5:9aa69802bbf37fb986f71ec1483a196e",
        ),
        other_folders=("UrbanSound8K",),
        size="about 6 GB",
    ),
    PublishedCorpus(
        "esc50",
        "ESC-50 (Piczak 2015)",
        "CC BY-NC 3.0: not for commercial use, and a model trained on it says so",
        "https://github.com/karolpiczak/ESC-50",
        load_esc50,
        Archive("ESC-50.zip", "https://github.com/karolpiczak/ESC-50/archive/refs/heads/master.zip"),
        other_folders=("ESC-50", "ESC-50-master"),
        size="about 600 MB",
    ),
    PublishedCorpus(
        "esc10",
        "ESC-10 (Piczak 2015)",
        "CC BY 3.0, by clip as its README says",
        "https://github.com/karolpiczak/ESC-10",
        load_esc10,
        Archive(
            "ESC-10.zip",
            "https://github.com/karolpiczak/ESC-10/archive/553c8f1743b9dba6b282e1323c3ca8fa76923448.zip",
        ),
        other_folders=("ESC-10", "ESC-10-master"),
    ),
)


def find_corpus(name: str) -> PublishedCorpus:
    """The corpus of that name; a `UsageError` that lists the names if there is none."""
    for corpus in CORPORA:
        if corpus.name == name:
            return corpus
    names = [*(corpus.name for corpus in CORPORA), mn04.NAME]
    raise UsageError(f"{name}: no such corpus; the names are {', '.join(names)}")


def get_corpus(
    name: str, folder: Path, *, announce: Announce, base_url: str | None = None, progress: Progress | None = None
) -> Path:
    """Download and unpack a corpus, or find it there.

    Args:
        name: One of the names in `CORPORA`.
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
    corpus = find_corpus(name)
    path = _locate(corpus, folder)
    if path is not None and corpus.source is not None:
        announce(f"{corpus.title} is there: {path}")
        return path
    announce(corpus.statement())
    if corpus.source is None:
        path = path or folder / name
        fetch_voxforge(path, base_url=base_url, progress=progress)
        return path
    return _get_archive(_resolve(corpus.source, base_url, announce), corpus.name, folder, announce, progress)


def _get_archive(archive: Archive, name: str, folder: Path, announce: Announce, progress: Progress | None) -> Path:
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
    return [*(_status(corpus, folder) for corpus in CORPORA), _status_of_mn04(folder)]


def _resolve(source: Archive | ZenodoRecord, base_url: str | None, announce: Announce) -> Archive:
    if isinstance(source, ZenodoRecord):
        archive, licence = source.look_up(base_url)
        announce(f"licence in Zenodo's record: {licence}")
        return archive
    return source._replace(url=at_mirror(source.url, base_url))


def _locate(corpus: PublishedCorpus, folder: Path) -> Path | None:
    """Where the corpus lies: under its name here, or one that its own archive unpacks to."""
    for name in (corpus.name, *corpus.other_folders):
        if (folder / name).is_dir():
            return folder / name
    return None


def _status(corpus: PublishedCorpus, folder: Path) -> CorpusStatus:
    path = _locate(corpus, folder)
    found: str = ""
    missing: tuple[str, ...] = ()
    if path is not None:
        try:
            if corpus.source is None:
                found, missing = survey_voxforge(path)
            else:
                catalogue = corpus.load(path)
                found, missing = catalogue.summary, catalogue.missing
        except MenuraError as error:
            missing = (str(error),)
    return CorpusStatus(
        corpus.name,
        corpus.title,
        corpus.licence,
        corpus.page,
        path,
        found,
        missing,
        _waiting_bytes(corpus.name, folder),
    )


def _status_of_mn04(folder: Path) -> CorpusStatus:
    weights = mn04.weights_of(folder)
    path, found = (weights.parent, "weights") if weights.is_file() else (None, "")
    waiting = _waiting_bytes(mn04.NAME, folder)
    return CorpusStatus(mn04.NAME, mn04.TITLE, mn04.LICENCE, mn04.PAGE, path, found, waiting_bytes=waiting)


def _waiting_bytes(name: str, folder: Path) -> int:
    return sum(part.stat().st_size for part in (folder / DOWNLOADS / name).glob("*") if part.is_file())
