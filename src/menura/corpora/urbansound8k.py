"""UrbanSound8K (Salamon, Jacoby and Bello 2014): 8,732 clips of up to 4 s, 10 classes, in ten published folds.

Clips of one field recording are in one fold, so the folds are never reshuffled.
"""

from __future__ import annotations

from pathlib import Path

from menura.corpora.classes import ClassCatalogue, Clip, collect, fold_number
from menura.corpora.layout import corpus_root, read_rows

TABLE = "metadata/UrbanSound8K.csv"


def load_urbansound8k(folder: Path) -> ClassCatalogue:
    """All clips with their published folds, 1 to 10.

    Args:
        folder: The folder with `audio/` and `metadata/`, or the one above it.

    Raises:
        UsageError: No such folder.
        DataError: The table or a column is missing, a fold is not a number, or no clip is there.
    """
    root = corpus_root(folder, TABLE)
    rows = read_rows(root / TABLE, ("slice_file_name", "fold", "class"))
    clips = [
        Clip(
            path=root / "audio" / f"fold{row['fold']}" / row["slice_file_name"],
            label=row["class"],
            fold=fold_number(root / TABLE, row["slice_file_name"], row["fold"]),
        )
        for row in rows
    ]
    return collect("UrbanSound8K", root, clips)
