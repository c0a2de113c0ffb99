"""Who is heard in training speaks no language of who is not."""

import pytest

from menura.corpora.recordings import Split
from menura.corpora.voices import NOISES, load_speakers
from menura.errors import DataError, UsageError


def test_the_split_of_the_real_voices(shared_data):
    speakers = load_speakers(shared_data / "voices")
    languages = {split: {s.language for s in speakers if s.split is split} for split in Split}
    assert not languages[Split.TRAIN] & (languages[Split.HELD_OUT] | languages[Split.VALIDATION])
    assert not languages[Split.VALIDATION] & languages[Split.HELD_OUT]
    held_out = load_speakers(shared_data / "voices", Split.HELD_OUT)
    assert len(held_out) >= 10
    assert NOISES in {speaker.name for speaker in held_out}
    assert sum(len(speaker.clips) for speaker in speakers) == 3_824


def test_people_are_read_off_the_folders(tmp_path):
    for name in ("one-hu/b.wav", "one-hu/a.opus", "one-hu/notes.txt", "two-de/c.wav", "three-de/notes.txt", "d.wav"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    hungarian, german = load_speakers(tmp_path)
    assert (hungarian.name, hungarian.language, hungarian.split) == ("one-hu", "hu", Split.HELD_OUT)
    assert [clip.name for clip in hungarian.clips] == ["a.opus", "b.wav"]
    assert german.split is Split.TRAIN
    with pytest.raises(DataError, match="no voices for validation"):
        load_speakers(tmp_path, Split.VALIDATION)


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(UsageError, match=r"absent: no such folder"):
        load_speakers(tmp_path / "absent")
