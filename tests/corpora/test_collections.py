"""Collections of recordings with their table: terms, splits by whole collection, and what is refused."""

import pytest

from menura.corpora.collections import HELD_OUT_COLLECTIONS, load_collections
from menura.corpora.recordings import Split
from menura.errors import DataError


def write(folder, rows):
    (folder / "more").mkdir()
    (folder / "more" / "index.csv").write_text("file,corpus,seconds,licence,source\n" + "\n".join(rows) + "\n")


def test_a_collection_is_on_one_side_whole_and_says_all_its_terms(tmp_path):
    write(
        tmp_path,
        [
            "wis/door__creak_2.opus,wis,1.0,CC0,one",
            'wis/bell.opus,wis,1.0,"CC BY 3.0",one',
            "drum-machines/kick-1.opus,drum-machines,0.2,public domain,two",
        ],
    )
    recordings, corpora = load_collections(tmp_path)
    assert [(item.corpus, item.split) for item in recordings] == [
        ("wis", Split.TRAIN),
        ("wis", Split.TRAIN),
        ("drum-machines", Split.HELD_OUT),
    ]
    assert recordings[0].path == tmp_path / "more" / "wis" / "door__creak_2.opus"
    assert recordings[0].label == "door__creak" and recordings[2].label == "kick"
    assert [(corpus.folder, corpus.licence) for corpus in corpora] == [
        ("wis", "CC BY 3.0; CC0"),
        ("drum-machines", "public domain"),
    ]


def test_without_the_folder_there_are_none(tmp_path):
    assert load_collections(tmp_path) == ([], [])


def test_a_table_without_terms_is_refused(tmp_path):
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "index.csv").write_text("file,corpus\n")
    with pytest.raises(DataError, match="licence, source"):
        load_collections(tmp_path)


def test_every_real_collection_is_read(shared_data):
    recordings, corpora = load_collections(shared_data)
    if not recordings:
        pytest.skip("needs the folder `more`")
    assert all(recording.path.is_file() for recording in recordings)
    assert {corpus.folder for corpus in corpora} >= HELD_OUT_COLLECTIONS
    held_out = {recording.corpus for recording in recordings if recording.split is Split.HELD_OUT}
    assert held_out == HELD_OUT_COLLECTIONS
