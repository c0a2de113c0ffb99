"""Every corpus in miniature, laid out exactly as it is published; a 'sound' is a few bytes, for nobody decodes it."""

from __future__ import annotations

import csv
import io
import tarfile
from collections.abc import Iterable, Sequence
from pathlib import Path

SUBSETS = {
    "acoustic instruments": ["bass (bowed)", "oboe"],
    "commercial synthesizers": ["air machine", "bell swarm"],
    "everyday sounds": ["camera", "crow"],
    "single synthesizer": ["subsynth 374", "subsynth 2043"],
}
RECORDING_COLUMNS = ["id", "filename", "sound_label", "sound_label_id", "audio_concept_subset"]
IMITATION_COLUMNS = [
    "id",
    "filename",
    "stimulus_type",
    "included",
    "draft",
    "training",
    "participant_id",
    "satisfaction",
    "sound_label",
    "sound_label_id",
    "sound_recording",
    "sound_recording_id",
    "audio_concept_subset",
    "participants_sound_recording_description",
    "participants_sound_recording_description_confidence",
    "description_match",
]
TAKES = 3


def touch(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"RIFF")
    return path


def write_table(path: Path, columns: Sequence[str], rows: Iterable[Sequence[object]], *, above: str = "") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    stream = io.StringIO(newline="")
    csv.writer(stream).writerows([columns, *rows])
    path.write_text(above + stream.getvalue(), encoding="utf-8", newline="")
    return path


def recording_name(label: str) -> str:
    return label.replace("(", "").replace(")", "").replace(" ", "_") + ".wav"


def vocalsketch(root: Path, *, set2: bool = False, everyday: bool = True) -> Path:
    """Eight recordings, three takes of each that count, and one row of each kind that does not."""
    recordings, imitations, spreadsheet = [], [], []
    number = 4_511_221_852_143_616
    for subset, labels in SUBSETS.items():
        for label in labels:
            number += 1_000_001
            recording = [number, recording_name(label), label, number + 7, subset]
            recordings.append(recording)
            if everyday or subset != "everyday sounds":
                touch(root / "sound_recordings" / recording[1])
            for take in range(TAKES):
                imitations.append(_imitation(root / "vocal_imitations", recording, take))
                if set2:
                    row = _imitation(root / "vocal_imitations_set2", recording, take)
                    spreadsheet.append(_through_a_spreadsheet(row))
            not_counted = {"stimulus_type": "sound label", "included": False, "draft": True, "training": True}
            for take, (column, cell) in enumerate(not_counted.items(), start=TAKES):
                row = _imitation(root / "vocal_imitations", recording, take)
                row[IMITATION_COLUMNS.index(column)] = cell
                imitations.append(row)
    write_table(root / "sound_recordings.csv", RECORDING_COLUMNS, recordings)
    write_table(root / "vocal_imitations.csv", IMITATION_COLUMNS, imitations)
    if set2:
        table = write_table(root / "vocal_imitaitons_set2.csv", IMITATION_COLUMNS, spreadsheet)
        table.write_bytes(table.read_bytes().replace(b"guiro", b"g\x9firo"))  # not UTF-8, in a description
    return root


def _imitation(folder: Path, recording: list, take: int) -> list:
    recording_id, recording_file, label, _, subset = recording
    number = recording_id + 10 * take
    name = f"{label} - {number}.wav"
    touch(folder / "included" / name)
    head = [number, name, "sound recording", True, False, False, 100 + take, "Mostly satisfied", label, ""]
    return [*head, recording_file, recording_id, subset, "guiro, or so", "Confident", ""]


def _through_a_spreadsheet(row: list) -> list:
    """What the second set of version 1.1 went through: rounded numbers, foreign ids, capital booleans."""
    row = [str(cell).upper() if isinstance(cell, bool) else cell for cell in row]
    row[0], row[6], row[11] = f"{row[0]:.2E}", "5.54E+15", "4.75E+15"
    row[12] = row[12].replace("everyday sounds", "everyday")
    return row


def vocal_imitation_set(root: Path, *, version_1_0: bool = False) -> Path:
    """Three classes: two takes of each that count, and one row of each kind that does not, with a stray quote.

    But for version 1.0 there are two and one recordings of the first two that nobody imitated, beside the reference.
    """
    recordings, takes = (
        ("reference_recordings", "included")
        if version_1_0
        else ("original_recordings/reference", "vocal_imitations/included")
    )
    head = "imitation_id imitation_filename category_id category_d1 category_d2 category_d3 category_d4 category_d5"
    tail = "category_d6 reference_filename included draft training participant_id satisfaction description"
    lines = ["\t".join(["", *f"{head} {tail}".split()])]
    classes = [
        ("Animal", "Domestic animals, pets", "Cat", "Hiss"),
        ("Music", "Musical instrument", "Accordion"),
        ("Animal", "Wild animals", "Snake", "Hiss"),
    ]
    for number, path in enumerate(classes):
        for other in range(0 if version_1_0 else 2 - number):
            touch(root / "original_recordings" / "non_reference" / f"{number:03}{path[0]}" / f"{other}.wav")
        reference = f"{number:03}{'_'.join(path).replace(',', '_')}_reference.wav"
        touch(root / recordings / reference)
        states = [(True, False, False)] * 2 + [(False, True, False), (False, False, True), (False, False, False)]
        for take, state in enumerate(states):
            name = reference.replace("_reference", f"-{4_808_870_065_078_272 + take}")
            touch(root / (takes if state[0] else f"{takes}/../excluded") / name)
            depths = [*path, "", "", ""][:6]
            row = [take, take, name, number, *depths, reference, *state, "5.73424e+15", "", "I don't know, 5 feet"]
            lines.append("\t".join(map(str, row)))
    (root / "vocal_imitations.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return root


def avp(root: Path) -> Path:
    """Two people, each as they please and one as told: a recording of each of two drums, and one of both."""
    for way, person in (("Personal", 1), ("Personal", 2), ("Fixed", 1)):
        folder = root / way / f"Participant_{person}"
        tables = {
            "Kick": ["0.5,kd,p,u", "1.25,kd,p,u"],
            "HHopened": ["0.25,hho,ts,"],
            "Improvisation": ["0.1,kd,p,u", "0.9,sd,k,a", "0.6,hhc,t,"],
        }
        for what, rows in tables.items():
            recording = touch(folder / f"P{person}_{what}_{way}.wav")
            recording.with_suffix(".csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    return root


def vimsketch(root: Path) -> Path:
    references = ["000_000Animal_Cat_Growling.wav", "001_abyss_of_despair.wav"]
    imitations = ["00000_000Animal_Cat_Growling.wav", "00001_000Animal_Cat_Growling.wav", "00002_abyss_of_despair.wav"]
    for name in references:
        touch(root / "references" / name)
    for name in imitations:
        touch(root / "vocal_imitations" / name)
    (root / "reference_file_names.csv").write_text("\n".join(references) + "\n")
    (root / "vocal_imitation_file_names.csv").write_text("\n".join(imitations) + "\n")
    return root


def qvim(root: Path) -> Path:
    rows = [
        ["bark", "Dog", "bark.wav", "q1.wav", "q2.wav", "q3.wav"],
        ["whine", "Dog", "whine.wav", "q4.wav", "", ""],
        ["bell", "Door", "bell.wav", "q1.wav", "q2.wav", ""],
    ]
    for _, category, item, *queries in rows:
        touch(root / "Items" / category / item)
        for query in filter(None, queries):
            touch(root / "Queries" / category / query)
    columns = ["Label", "Class", "Items", "Query 1", "Query 2", "Query 3"]
    write_table(root / "DEV Dataset.csv", columns, rows, above="QVIM development set,,,,,\r\n")
    return root


def plain(root: Path, rows: Sequence[Sequence[str]], columns: Sequence[str]) -> Path:
    for imitation, recording, *_ in rows:
        touch(root / "imitations" / imitation)
        touch(root / "recordings" / recording)
    write_table(root / "pairs.csv", columns, rows)
    return root


def urbansound8k(root: Path) -> Path:
    columns = ["slice_file_name", "fsID", "start", "end", "salience", "fold", "classID", "class"]
    rows = []
    for fold in range(1, 11):
        for class_id, label in enumerate(["air_conditioner", "car_horn"]):
            name = f"{100_000 + fold}-{class_id}-0-0.wav"
            rows.append([name, 100_000 + fold, 0.0, 4.0, 1, fold, class_id, label])
            touch(root / "audio" / f"fold{fold}" / name)
    write_table(root / "metadata" / "UrbanSound8K.csv", columns, rows)
    return root


def esc50(root: Path) -> Path:
    columns = ["filename", "fold", "target", "category", "esc10", "src_file", "take"]
    rows = []
    for fold in range(1, 6):
        for target, category, esc10 in ((0, "dog", True), (1, "rooster", True), (2, "pig", False)):
            name = f"{fold}-100{target}-A-{target}.wav"
            rows.append([name, fold, target, category, esc10, 1_000 + target, "A"])
            touch(root / "audio" / name)
    write_table(root / "meta" / "esc50.csv", columns, rows)
    return root


def submission(folder: Path, name: str, n_clips: int, *, archived: bool = False) -> Path:
    """One of VoxForge's, as a folder or as it is downloaded."""
    if not archived:
        for index in range(n_clips):
            touch(folder / name / "wav" / f"clip-{index:03}.wav")
        touch(folder / name / "etc" / "README")
        return folder / name
    folder.mkdir(parents=True, exist_ok=True)
    with tarfile.open(folder / f"{name}.tgz", "w:gz") as archive:
        for index in range(n_clips):
            info = tarfile.TarInfo(f"{name}/wav/clip-{index:03}.wav")
            info.size = 4
            archive.addfile(info, io.BytesIO(b"RIFF"))
    return folder / f"{name}.tgz"
