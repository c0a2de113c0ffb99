"""The corpora that Menura knows: on which terms they are published and where, and how they lie on disk.

Nowhere else stand their licences. Those of `PUBLISHED` can be had with `menura data get` (`obtain.py`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from menura.corpora import (
    avp,
    esc,
    mn04,
    plain,
    qvim,
    urbansound8k,
    vimsketch,
    vocal_imitation_set,
    vocalsketch,
    voxforge,
)
from menura.corpora.catalogue import Catalogue
from menura.corpora.classes import ClassCatalogue
from menura.corpora.fetch import RemoteFile
from menura.corpora.layout import held_by
from menura.corpora.zenodo import ZenodoRecord
from menura.errors import DataError, UsageError


@dataclass(frozen=True)
class Corpus:
    """A collection of sounds: its name, which is also its folder's, and on which terms it is published, and where."""

    folder: str
    title: str
    licence: str
    source: str


@dataclass(frozen=True)
class PublishedCorpus:
    """How a corpus is had and read.

    `archive` is the archive, or the Zenodo record that holds it; None for VoxForge, which is thousands of archives.
    """

    corpus: Corpus
    load: Callable[[Path], Catalogue | ClassCatalogue]
    archive: RemoteFile | ZenodoRecord | None
    other_folders: tuple[str, ...] = ()
    size: str = "size as the server says"
    note: str = ""

    def statement(self) -> str:
        """The terms, in one line."""
        note = f" ({self.note})" if self.note else ""
        corpus = self.corpus
        return f"{corpus.title}; licence: {corpus.licence}; {self.size}, from {corpus.source}{note}"


_VOCALSKETCH_LICENCE = "'open', as Zenodo's record has it, without further terms"
_VOCALSKETCH_1_0, _VOCALSKETCH_1_1 = ZenodoRecord(164926), ZenodoRecord(1251982)
_VIMSKETCH, _URBANSOUND8K = ZenodoRecord(2596911), ZenodoRecord(1203745)
_VOCAL_IMITATION_SET, _AVP = ZenodoRecord(1340763), ZenodoRecord(5036529)
_ESC10, _ESC50 = (f"https://github.com/karolpiczak/{name}" for name in ("ESC-10", "ESC-50"))

PUBLISHED = (
    PublishedCorpus(
        Corpus(
            "vocalsketch-1.0.4",
            "VocalSketch 1.0.4 (Cartwright and Pardo 2015)",
            _VOCALSKETCH_LICENCE,
            _VOCALSKETCH_1_0.page,
        ),
        vocalsketch.load_vocalsketch,
        _VOCALSKETCH_1_0,
        other_folders=("vocalsketch", "VocalSketch", "VocalSketchDataSet"),
        note=vocalsketch.EVERYDAY_SOURCE,
    ),
    PublishedCorpus(
        Corpus(
            "vocalsketch-1.1",
            "VocalSketch 1.1 (Cartwright, Kim and Pardo 2018)",
            _VOCALSKETCH_LICENCE,
            _VOCALSKETCH_1_1.page,
        ),
        vocalsketch.load_vocalsketch,
        _VOCALSKETCH_1_1,
        note=vocalsketch.EVERYDAY_SOURCE,
    ),
    PublishedCorpus(
        Corpus("vimsketch", "VimSketch (Kim, Cartwright, Pishdadian and Pardo 2019)", "CC BY 4.0", _VIMSKETCH.page),
        vimsketch.load_vimsketch,
        _VIMSKETCH,
        other_folders=("Vim_Sketch_Dataset", "VimSketch"),
    ),
    PublishedCorpus(
        Corpus(
            "vocal-imitation-set",
            "Vocal Imitation Set (Kim, Ghei, Pardo and Duan 2018)",
            "CC BY 4.0, its recordings by file as its tables say",
            _VOCAL_IMITATION_SET.page,
        ),
        vocal_imitation_set.load_vocal_imitation_set,
        _VOCAL_IMITATION_SET,
        other_folders=("VocalImitationSet",),
    ),
    PublishedCorpus(
        Corpus("avp", "Amateur Vocal Percussion (Delgado, McDonald, Xu and Sandler 2019)", "CC BY 4.0", _AVP.page),
        avp.load_avp,
        _AVP,
        other_folders=("AVP_Dataset", "AVP"),
    ),
    PublishedCorpus(
        Corpus(
            "qvim-dev",
            "QVIM 2025 development set (AES challenge Query by Vocal Imitation)",
            "not stated with the download; ask the organisers before passing it on",
            "https://qvim-aes.github.io",
        ),
        qvim.load_qvim,
        RemoteFile("qvim-dev.zip", "https://cloud.cp.jku.at/index.php/s/R2tJQnPmxp6RSSz/download/qvim-dev.zip"),
    ),
    PublishedCorpus(
        Corpus("voxforge", "VoxForge, 8,000 clips of each of seven languages", "GPL", voxforge.PAGE),
        voxforge.load_voxforge,
        None,
        other_folders=("VoxForge",),
        size="some 9 GB in thousands of archives",
        note="no published checksums, and not encrypted on the way",
    ),
    PublishedCorpus(
        Corpus(
            "urbansound8k",
            "UrbanSound8K (Salamon, Jacoby and Bello 2014)",
            "CC BY-NC: not for commercial use, and a model trained on it says so",
            _URBANSOUND8K.page,
        ),
        urbansound8k.load_urbansound8k,
        RemoteFile(
            "UrbanSound8K.tar.gz",
            f"{_URBANSOUND8K.page}/files/UrbanSound8K.tar.gz?download=1",
            checksum="md5:9aa69802bbf37fb986f71ec1483a196e",
        ),
        other_folders=("UrbanSound8K",),
        size="about 6 GB",
    ),
    PublishedCorpus(
        Corpus(
            "esc50",
            "ESC-50 (Piczak 2015)",
            "CC BY-NC 3.0: not for commercial use, and a model trained on it says so",
            _ESC50,
        ),
        esc.load_esc50,
        RemoteFile("ESC-50.zip", f"{_ESC50}/archive/refs/heads/master.zip"),
        other_folders=("ESC-50", "ESC-50-master"),
        size="about 600 MB",
    ),
    PublishedCorpus(
        Corpus("esc10", "ESC-10 (Piczak 2015)", "CC BY 3.0, by clip as its README says", _ESC10),
        esc.load_esc10,
        RemoteFile("ESC-10.zip", f"{_ESC10}/archive/553c8f1743b9dba6b282e1323c3ca8fa76923448.zip"),
        other_folders=("ESC-10", "ESC-10-master"),
    ),
)

_OTHERS = (
    Corpus("sonic-pi", "Sonic Pi samples", "CC0 1.0, public domain", "https://github.com/sonic-pi-net/sonic-pi"),
    Corpus("philharmonia", "Philharmonia Orchestra samples", "CC BY-SA 3.0", "https://philharmonia.co.uk"),
    Corpus("freedoom", "Freedoom sound effects", "BSD-3-Clause", "https://freedoom.github.io"),
    Corpus("minetest", "Minetest Game effects", "CC0, CC BY and CC BY-SA, by file", "https://www.minetest.net"),
    Corpus("kenney", "Kenney interface sounds", "CC0", "https://kenney.nl"),
    Corpus("fsdd", "Free Spoken Digit Dataset", "CC BY-SA 4.0", "https://doi.org/10.5281/zenodo.1342401"),
)

CORPORA = {corpus.folder: corpus for corpus in (*(published.corpus for published in PUBLISHED), *_OTHERS)}

_OF_IMITATIONS = (
    (vocalsketch.RECORDINGS_CSV, vocalsketch.load_vocalsketch),
    (vimsketch.REFERENCES_CSV, vimsketch.load_vimsketch),
    (vocal_imitation_set.TABLE, vocal_imitation_set.load_vocal_imitation_set),
    (qvim.TABLE, qvim.load_qvim),
    (plain.TABLE, plain.load_plain),
)


def find_corpus(name: str) -> PublishedCorpus:
    """The published corpus of that name; a `UsageError` that lists the names if there is none."""
    names = [published.corpus.folder for published in PUBLISHED]
    if name not in names:
        raise UsageError(f"{name}: no such corpus; the names are {', '.join([*names, mn04.NAME])}")
    return PUBLISHED[names.index(name)]


def load_environment(folder: Path) -> ClassCatalogue:
    """UrbanSound8K, ESC-50 or ESC-10, whichever the folder holds; errors as of their own loaders."""
    if (folder / urbansound8k.TABLE).is_file():
        return urbansound8k.load_urbansound8k(folder)
    if (folder / esc.TABLE).is_file():
        return esc.load_esc50(folder)
    if folder.is_dir() and not any(folder.glob(esc.ESC10_FOLDERS)):
        raise DataError(
            f"{folder}: neither {urbansound8k.TABLE} nor {esc.TABLE} is here, nor folders like '001 - Dog bark'; "
            f"{held_by(folder)}; name the folder of UrbanSound8K, ESC-50 or ESC-10"
        )
    return esc.load_esc10(folder)


def load_imitations(folder: Path) -> Catalogue:
    """VocalSketch, VimSketch, the Vocal Imitation Set, the QVIM development set or one's own pairs, whichever is there.

    Raises:
        UsageError: No such folder.
        DataError: It is none of these; or as of the corpus's own loader.
    """
    if not folder.is_dir():
        raise UsageError(f"{folder}: no such folder; name the folder of a corpus of vocal imitations")
    for root in (folder, *sorted(path for path in folder.iterdir() if path.is_dir())):
        for table, load in _OF_IMITATIONS:
            if (root / table).exists():
                return load(root)
    tables = ", ".join(table for table, _ in _OF_IMITATIONS)
    raise DataError(
        f"{folder}: no corpus of vocal imitations is here; one of these tells what it is: {tables}; {held_by(folder)}"
    )
