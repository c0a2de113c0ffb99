"""Any of the corpora of vocal imitations, told apart by how it lies on disk."""

from __future__ import annotations

from pathlib import Path

from menura.corpora import plain, qvim, vimsketch, vocalsketch
from menura.corpora.catalogue import Catalogue
from menura.errors import DataError, UsageError

_LOADERS = (
    (vocalsketch.RECORDINGS_CSV, vocalsketch.load_vocalsketch),
    (vimsketch.REFERENCES_CSV, vimsketch.load_vimsketch),
    (qvim.TABLE, qvim.load_qvim),
    (plain.TABLE, plain.load_plain),
)


def load_imitations(folder: Path) -> Catalogue:
    """VocalSketch, VimSketch, the QVIM development set or pairs of one's own, whichever the folder holds.

    Raises:
        UsageError: No such folder.
        DataError: It is none of these; or as of the corpus's own loader.
    """
    if not folder.is_dir():
        raise UsageError(f"{folder}: no such folder; name the folder of a corpus of vocal imitations")
    for root in (folder, *sorted(path for path in folder.iterdir() if path.is_dir())):
        for table, load in _LOADERS:
            if (root / table).is_file():
                return load(root)
    tables = ", ".join(table for table, _ in _LOADERS)
    raise DataError(f"{folder}: no corpus of vocal imitations is here; one of these files tells what it is: {tables}")
