"""Anybody's own pairs: a folder with `recordings/`, `imitations/` and `pairs.csv`.

`pairs.csv` has the columns `imitation` and `recording`, file names (or paths) below those two folders, and may have
`speaker`, who imitates, `category`, the group in which the recording is ranked, and `label`, what kind of sound it is.
"""

from __future__ import annotations

from pathlib import Path

from menura.corpora.catalogue import Catalogue, Imitation, Sound, pair
from menura.corpora.layout import named, read_rows
from menura.errors import DataError, UsageError

TABLE = "pairs.csv"
ONE_CATEGORY = "all"


def load_plain(folder: Path) -> Catalogue:
    """All pairs of the folder; without a `category` column all sounds are ranked together.

    Raises:
        UsageError: No such folder.
        DataError: No table, a column missing, a recording in two categories, an imitation of two recordings, or no
            pair complete.
    """
    if not folder.is_dir():
        raise UsageError(f"{folder}: no such folder; name one with recordings/, imitations/ and {TABLE}")
    table = folder / TABLE
    if not table.is_file():
        raise DataError(f"{table}: no such file; write it with the columns imitation, recording, speaker, category")
    sounds: dict[str, Sound] = {}
    imitations: dict[str, Imitation] = {}
    incomplete: list[str] = []
    for number, row in enumerate(read_rows(table, ("imitation", "recording")), start=1):
        cells = {column: cell.strip() for column, cell in row.items()}
        recording, imitation = cells["recording"], cells["imitation"]
        if not recording or not imitation:
            incomplete.append(f"row {number}")
            continue
        category = cells.get("category") or ONE_CATEGORY
        label = cells.get("label") or Path(recording).stem
        sound = Sound(recording, folder / "recordings" / recording, label, category)
        if sounds.setdefault(recording, sound) != sound:
            raise DataError(
                f"{table}: {recording} is {_described(sounds[recording])} and {_described(sound)}; give it one of them"
            )
        item = Imitation(imitation, folder / "imitations" / imitation, recording, cells.get("speaker") or None)
        if imitations.setdefault(imitation, item).sound_id != recording:
            raise DataError(
                f"{table}: {imitation} imitates {imitations[imitation].sound_id} and {recording}; remove one of the two"
            )
    missing = [f"rows without an imitation or a recording: {named(incomplete)}"] if incomplete else []
    return pair(
        folder.name,
        folder,
        sounds.values(),
        imitations.values(),
        missing=missing,
        ranked_within_category=any(sound.category != ONE_CATEGORY for sound in sounds.values()),
    )


def _described(sound: Sound) -> str:
    return f"{sound.label!r} in category {sound.category!r}"
