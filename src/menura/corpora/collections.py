"""A folder of many small collections of recordings, with a table of what each file is and on which terms.

    index.csv       columns file, corpus, licence and source; it may have more
    CORPUS/NAME     the recordings, one folder a collection

Notes of one instrument, takes of one drum and machines of one game resemble each other, so whole collections are held
out: everyday sounds with names, drum machines, and sounds of the body. No training hears anything of them.
"""

from __future__ import annotations

from pathlib import Path

from menura.corpora.layout import read_rows
from menura.corpora.recordings import Recording, Split, plain_label
from menura.corpora.registry import Corpus

FOLDER = "more"
HELD_OUT_COLLECTIONS = frozenset({"esc50-free", "drum-machines", "body-percussion"})


def load_collections(data: Path) -> tuple[list[Recording], list[Corpus]]:
    """The recordings under `data / "more"`, in the table's order, with their split, and the collections they are of.

    Without such a folder there are none. Of a collection whose files are on several terms, all are named.

    Raises:
        DataError: The folder has no table, or one without the columns.
    """
    folder = data / FOLDER
    if not folder.is_dir():
        return [], []
    rows = read_rows(folder / "index.csv", ("file", "corpus", "licence", "source"))
    recordings = [
        Recording(folder / row["file"], row["corpus"], plain_label(Path(row["file"])), _split(row["corpus"]))
        for row in rows
    ]
    corpora = []
    for name in dict.fromkeys(row["corpus"] for row in rows):
        of_corpus = [row for row in rows if row["corpus"] == name]
        terms = "; ".join(sorted({row["licence"] for row in of_corpus}))
        corpora.append(Corpus(name, name, terms, "; ".join(sorted({row["source"] for row in of_corpus}))))
    return recordings, corpora


def _split(corpus: str) -> Split:
    return Split.HELD_OUT if corpus in HELD_OUT_COLLECTIONS else Split.TRAIN
