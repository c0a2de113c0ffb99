"""The development set of the AES challenge Query by Vocal Imitation (QVIM) 2025: 121 recordings, 985 imitations.

`DEV Dataset.csv` has one line above its header, then a recording a line with up to three queries. The published figures
(MRR .0444 by chance) rank every imitation against all 121 recordings; its classes, not its labels, say which recordings
are alike, for nDCG and class-wise MRR. It is a test set: nothing is tuned to it.
"""

from __future__ import annotations

from pathlib import Path

from menura.corpora.catalogue import Catalogue, Imitation, Sound, pair
from menura.corpora.layout import corpus_root, read_rows

TABLE = "DEV Dataset.csv"
QUERIES = ("Query 1", "Query 2", "Query 3")


def load_qvim(folder: Path) -> Catalogue:
    """All pairs; ids are CLASS/FILE, and the category of a sound is its class.

    Args:
        folder: The folder with `DEV Dataset.csv`, or the one above it.

    Raises:
        UsageError: No such folder.
        DataError: The table or a column is missing, or no pair is complete.
    """
    root = corpus_root(folder, TABLE)
    sounds: list[Sound] = []
    imitations: list[Imitation] = []
    for row in read_rows(root / TABLE, ("Label", "Class", "Items", *QUERIES), skip_lines=1):
        if not row["Items"]:
            continue
        category, sound_id = row["Class"], f"{row['Class']}/{row['Items']}"
        sounds.append(Sound(sound_id, root / "Items" / sound_id, category, category))
        names = [f"{category}/{row[query]}" for query in QUERIES if row[query]]
        imitations += [Imitation(name, root / "Queries" / name, sound_id) for name in names]
    return pair("QVIM 2025 development set", root, sounds, imitations, ranked_within_category=False)
