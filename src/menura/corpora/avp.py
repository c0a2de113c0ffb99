"""Amateur Vocal Percussion (Delgado, McDonald, Xu and Sandler 2019): 28 people say kicks, snares and hi-hats.

    AVP_Dataset/Personal/Participant_1/P1_Kick_Personal.wav     each as they please
    AVP_Dataset/Fixed/Participant_1/P1_Kick_Fixed.wav           as they were told to

Beside each recording is a table of the same name, `.csv` without a header: when an utterance begins, in seconds, and
which drum it is; later versions add the phonemes. There are four recordings of one drum each and an improvisation of
all in each folder, 9,780 utterances altogether. Nobody imitated a given recording, so what can be measured is whether a
search finds the right kind of drum.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from menura.corpora.classes import ClassCatalogue, Clip, collect
from menura.corpora.layout import corpus_root, named
from menura.errors import DataError

NAME = "AVP"
PERSONAL, FIXED = "Personal", "Fixed"

DRUMS = {"kd": "kick", "sd": "snare", "hhc": "closed hi-hat", "hho": "open hi-hat"}
"""What the tables call a drum, and its name."""


@dataclass(frozen=True)
class Utterance:
    """One drum that somebody said.

    Attributes:
        path: The recording that it is in.
        start_s: When it begins.
        end_s: When the next one begins; None for the last, which ends with the recording.
        drum: One of the names in `DRUMS`.
        speaker: Who.
        personal: Whether they said it as they pleased.
    """

    path: Path
    start_s: float
    end_s: float | None
    drum: str
    speaker: str
    personal: bool


def load_utterances(folder: Path) -> tuple[list[Utterance], list[str]]:
    """All utterances whose recording is there, by recording and time, and a line about each kind of thing left out.

    Args:
        folder: The folder with `Personal/` and `Fixed/`, or the one above it; one of the two is enough.

    Raises:
        UsageError: No such folder.
        DataError: Neither is there, or nothing in them, or a table cannot be read.
    """
    root = _root(folder)
    utterances: list[Utterance] = []
    gone: list[str] = []
    unknown: list[str] = []
    for table in sorted(table for way in (PERSONAL, FIXED) for table in (root / way).glob("*/*.csv")):
        recording = table.with_suffix(".wav")
        if not recording.is_file():
            gone.append(recording.name)
            continue
        events = sorted(_events(table))
        ends = [start for start, _ in events[1:]]
        for (start_s, drum), end_s in zip(events, [*ends, None], strict=True):
            if drum not in DRUMS:
                unknown.append(f"{drum!r} in {table.name}")
                continue
            speaker, personal = table.parent.name, table.parts[-3] == PERSONAL
            utterances.append(Utterance(recording, start_s, end_s, DRUMS[drum], speaker, personal))
    lines = [f"recordings not on disk: {named(gone)}"] if gone else []
    lines += [f"utterances of no known drum: {named(unknown)}"] if unknown else []
    if not utterances:
        raise DataError(f"{root}: no utterance of {NAME} is here; get the corpus again ({'; '.join(lines) or 'none'})")
    return utterances, lines


def load_avp(folder: Path) -> ClassCatalogue:
    """The recordings of one drum each, its name being the class; errors as for `load_utterances`."""
    utterances, lines = load_utterances(folder)
    drums: dict[Path, set[str]] = {}
    for utterance in utterances:
        drums.setdefault(utterance.path, set()).add(utterance.drum)
    speakers = {utterance.path: utterance.speaker for utterance in utterances}
    clips = [Clip(path, min(said), speaker=speakers[path]) for path, said in drums.items() if len(said) == 1]
    return collect(NAME, folder, clips, missing=lines)


def _root(folder: Path) -> Path:
    try:
        return corpus_root(folder, PERSONAL)
    except DataError:
        return corpus_root(folder, FIXED)


def _events(table: Path) -> Iterator[tuple[float, str]]:
    """When and which, row by row; a header is passed over."""
    try:
        rows = [row for row in csv.reader(table.read_text(encoding="utf-8-sig").splitlines()) if any(row)]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{table}: cannot be read ({error}); get the corpus again") from error
    for number, row in enumerate(rows):
        try:
            yield float(row[0]), row[1].strip()
        except (ValueError, IndexError) as error:
            if number:
                raise DataError(f"{table}: row {number + 1} is {row}, not a time and a drum; get it again") from error
