"""VocalSketch 1.0.4 and 1.1 (Cartwright and Pardo, CHI 2015), the corpus of the paper's table 1.

240 recordings in four `audio_concept_subset`s, and imitations of them by people on Mechanical Turk. Only an imitation
whose stimulus was the recording itself, not its label, and which is included and neither draft nor training, is paired.

Version 1.1 adds a second set, whose table went through a spreadsheet: its numbers are rounded to three digits
(4.62E+15), its recording ids are those of another database, and it writes 'everyday' for 'everyday sounds'. So a
recording is known by its file name and nothing else, and an imitation by its path.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from menura.corpora.catalogue import Catalogue, Imitation, Sound, pair
from menura.corpora.layout import corpus_root, is_true, read_rows

RECORDINGS_CSV = "sound_recordings.csv"
IMITATIONS_CSV = "vocal_imitations.csv"
SET2_CSV = "vocal_imitaitons_set2.csv"  # spelled so
STUDY_FILE = "study.json"
"""Beside the tables it tells that they are of a study of one's own (`menura study`), which is laid out alike."""

EVERYDAY = "everyday sounds"
EVERYDAY_SOURCE = (
    "the 'everyday sounds' are not distributed with VocalSketch: they are at "
    "http://marcellm.people.cofc.edu/confrontation%20sound%20naming/confront.htm, "
    "to be renamed as everyday_filename_translation.csv says and put into sound_recordings/"
)


def load_vocalsketch(folder: Path) -> Catalogue:
    """The pairs of either version, told apart by whether the second set's table is there.

    Args:
        folder: The folder with `sound_recordings.csv`, or the one above it.

    Raises:
        UsageError: No such folder.
        DataError: A table or a column is missing, or no pair is complete.
    """
    root = corpus_root(folder, RECORDINGS_CSV)
    sounds = [
        Sound(
            id=row["filename"],
            path=root / "sound_recordings" / row["filename"],
            label=row["sound_label"],
            category=row["audio_concept_subset"],
        )
        for row in read_rows(root / RECORDINGS_CSV, ("filename", "sound_label", "audio_concept_subset"))
    ]
    imitations = list(_imitations(root, IMITATIONS_CSV, "vocal_imitations", ""))
    has_set2 = (root / SET2_CSV).is_file()
    if has_set2:
        imitations += _imitations(root, SET2_CSV, "vocal_imitations_set2", "set 2: ")
    lacks_everyday = any(sound.category == EVERYDAY and not sound.path.is_file() for sound in sounds)
    published = "VocalSketch 1.1" if has_set2 else "VocalSketch 1.0.4"
    return pair(
        f"the study {root.resolve().name}" if (root / STUDY_FILE).is_file() else published,
        root,
        sounds,
        imitations,
        missing=[EVERYDAY_SOURCE] if lacks_everyday else [],
    )


def _imitations(root: Path, table: str, folder: str, speaker_prefix: str) -> Iterator[Imitation]:
    """The paired imitations of one set; people of different sets are different people."""
    columns = ("filename", "stimulus_type", "included", "draft", "training", "participant_id", "sound_recording")
    for row in read_rows(root / table, columns):
        wanted = is_true(row["included"]) and not is_true(row["draft"]) and not is_true(row["training"])
        if wanted and row["stimulus_type"] == "sound recording":
            name = f"{folder}/included/{row['filename']}"
            yield Imitation(name, root / name, row["sound_recording"], speaker_prefix + row["participant_id"])
