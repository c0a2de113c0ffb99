"""The Vocal Imitation Set (Kim, Ghei, Pardo and Duan 2018): 302 classes of AudioSet, a recording of each, imitated.

`vocal_imitations.txt` is separated by tabs. Only an imitation that is included, and neither draft nor training, is
paired with its reference recording. Its participants' numbers went through a spreadsheet, which rounded them. One
recording of a class was imitated, so all are ranked together; the category of a sound is AudioSet's topmost.

The folders were renamed between its versions: `reference_recordings/` and `included/` of version 1.0 became
`original_recordings/reference/` and `vocal_imitations/included/`. The other recordings of a class, in
`original_recordings/non_reference/`, nobody imitated; they are not read.
"""

from __future__ import annotations

from pathlib import Path

from menura.corpora.catalogue import Catalogue, Imitation, Sound, pair
from menura.corpora.layout import corpus_root, is_true, read_rows

NAME = "Vocal Imitation Set"
TABLE = "vocal_imitations.txt"

_RECORDINGS = ("original_recordings/reference", "reference_recordings")
_IMITATIONS = ("vocal_imitations/included", "included")
_DEPTHS = tuple(f"category_d{depth}" for depth in range(1, 7))
_COLUMNS = ("imitation_filename", "reference_filename", *_DEPTHS, "included", "draft", "training", "participant_id")


def load_vocal_imitation_set(folder: Path) -> Catalogue:
    """The pairs of either version; a sound's label is its class, the last that is named.

    Args:
        folder: The folder with `vocal_imitations.txt`, or the one above it.

    Raises:
        UsageError: No such folder.
        DataError: The table or a column is missing, or no pair is complete.
    """
    root = corpus_root(folder, TABLE)
    recordings, takes = (_first_there(root, names) for names in (_RECORDINGS, _IMITATIONS))
    sounds: list[Sound] = []
    imitations: list[Imitation] = []
    for row in read_rows(root / TABLE, _COLUMNS, delimiter="\t"):
        if not is_true(row["included"]) or is_true(row["draft"]) or is_true(row["training"]):
            continue
        reference, name = row["reference_filename"], row["imitation_filename"]
        path = [row[depth].strip() for depth in _DEPTHS if row[depth].strip()]
        sounds.append(Sound(reference, recordings / reference, path[-1] if path else reference, (path or [NAME])[0]))
        imitations.append(Imitation(name, takes / name, reference, row["participant_id"]))
    return pair(NAME, root, sounds, imitations, ranked_within_category=False)


def _first_there(root: Path, names: tuple[str, ...]) -> Path:
    return next((root / name for name in names if (root / name).is_dir()), root / names[0])
