"""Every corpus, in miniature and exactly as it is published, becomes the catalogue that it should."""

import re
import shutil
from collections import Counter
from pathlib import Path

import pytest

import tiny_corpora
from menura.corpora.esc import load_esc10, load_esc50
from menura.corpora.plain import load_plain
from menura.corpora.qvim import load_qvim
from menura.corpora.urbansound8k import load_urbansound8k
from menura.corpora.vimsketch import load_vimsketch
from menura.corpora.vocalsketch import load_vocalsketch
from menura.corpora.voxforge import load_voxforge, survey_voxforge
from menura.errors import DataError, UsageError
from tiny_corpora import TAKES, submission, touch


def test_vocalsketch_pairs_what_was_made_from_the_recording(tmp_path):
    found = load_vocalsketch(tiny_corpora.vocalsketch(tmp_path))
    assert found.name == "VocalSketch 1.0.4"
    assert found.categories == tuple(tiny_corpora.SUBSETS)  # AI, CS, ED, SS
    assert len(found.sounds) == 8
    assert Counter(item.sound_id for item in found.imitations) == {sound.id: TAKES for sound in found.sounds}
    assert found.missing == ()
    assert found.ranked_within_category
    bass = next(sound for sound in found.sounds if sound.label == "bass (bowed)")
    assert (bass.id, bass.category) == ("bass_bowed.wav", "acoustic instruments")
    for item in found.imitations_of("bass_bowed.wav"):
        assert item.path.parent == tmp_path / "vocal_imitations" / "included"
        assert item.path.name.startswith("bass (bowed) - 4511")
    assert {item.speaker for item in found.imitations_of("bass_bowed.wav")} == {"100", "101", "102"}


def test_the_second_set_of_vocalsketch_is_known_by_file_names(tmp_path):
    """Its ids are rounded and foreign, its booleans in capitals, its subset 'everyday', and not all of it UTF-8."""
    found = load_vocalsketch(tiny_corpora.vocalsketch(tmp_path, set2=True))
    assert found.name == "VocalSketch 1.1"
    assert found.categories == tuple(tiny_corpora.SUBSETS)
    assert Counter(item.sound_id for item in found.imitations) == {sound.id: 2 * TAKES for sound in found.sounds}
    first, second = (
        {item.speaker for item in found.imitations if item.path.parts[-3] == folder}
        for folder in ("vocal_imitations", "vocal_imitations_set2")
    )
    assert first == {"100", "101", "102"}
    assert second == {"set 2: 5.54E+15"}


def test_vocalsketch_goes_on_without_the_everyday_sounds(tmp_path):
    found = load_vocalsketch(tiny_corpora.vocalsketch(tmp_path, everyday=False))
    assert found.categories == ("acoustic instruments", "commercial synthesizers", "single synthesizer")
    assert len(found.sounds) == 6
    terms, recordings, imitations = found.missing
    assert "not distributed with VocalSketch" in terms
    assert recordings == "recordings not on disk: 2 (camera.wav, crow.wav) of 8"
    assert imitations.startswith(
        "imitations left out because their recording is not there: 6 (vocal_imitations/included/camera"
    )


def test_a_corpus_is_found_one_folder_down(tmp_path):
    tiny_corpora.vocalsketch(tmp_path / "interactiveaudiolab-VocalSketchDataSet-6c9f381")
    assert len(load_vocalsketch(tmp_path).sounds) == 8


def test_vimsketch_is_paired_by_name(tmp_path):
    found = load_vimsketch(tiny_corpora.vimsketch(tmp_path))
    assert [sound.id for sound in found.sounds] == ["000Animal_Cat_Growling.wav", "abyss_of_despair.wav"]
    assert [len(found.imitations_of(sound.id)) for sound in found.sounds] == [2, 1]
    assert found.sounds[0].path == tmp_path / "references" / "000_000Animal_Cat_Growling.wav"
    assert not found.ranked_within_category
    assert found.missing == ()


def test_vimsketch_leaves_out_what_nobody_can_tell_apart(tmp_path):
    root = tiny_corpora.vimsketch(tmp_path)
    with (root / "reference_file_names.csv").open("a") as file:
        file.write("007_abyss_of_despair.wav\n")
    found = load_vimsketch(root)
    assert [sound.label for sound in found.sounds] == ["000Animal_Cat_Growling"]
    assert found.missing[0].startswith("references left out because others have the same name: 2 (001_abyss")


def test_qvim_has_up_to_three_queries_a_recording(tmp_path):
    found = load_qvim(tiny_corpora.qvim(tmp_path))
    assert {sound.id: len(found.imitations_of(sound.id)) for sound in found.sounds} == {
        "Dog/bark.wav": 3,
        "Dog/whine.wav": 1,
        "Door/bell.wav": 2,
    }
    assert found.categories == ("Dog", "Door")
    assert found.imitations_of("Door/bell.wav")[0].path == tmp_path / "Queries" / "Door" / "q1.wav"
    assert not found.ranked_within_category


def test_own_pairs_need_two_columns_and_may_have_more(tmp_path):
    rows = [["me/hum.wav", "bell.wav"], ["you/hum.wav", "bell.wav"], ["me/hiss.wav", "sub/rain.wav"]]
    found = load_plain(tiny_corpora.plain(tmp_path / "mine", rows, ["imitation", "recording"]))
    assert (found.name, found.categories) == ("mine", ("all",))
    assert {item.id: (item.sound_id, item.speaker) for item in found.imitations} == {
        "me/hum.wav": ("bell.wav", None),
        "you/hum.wav": ("bell.wav", None),
        "me/hiss.wav": ("sub/rain.wav", None),
    }
    rows = [["hum.wav", "bell.wav", "metal", "me"], ["", "bell.wav", "metal", "me"]]
    root = tiny_corpora.plain(tmp_path / "more", rows[:1], ["imitation", " recording", "category", "speaker"])
    with (root / "pairs.csv").open("a") as file:
        file.write(", bell.wav, metal, me\n")
    found = load_plain(root)
    assert (found.sounds[0].category, found.imitations[0].speaker) == ("metal", "me")
    assert found.missing == ("rows without an imitation or a recording: 1 (row 2)",)


@pytest.mark.parametrize(
    ("second", "message"),
    [
        (["hiss.wav", "bell.wav", "wood"], r"bell\.wav is 'bell' in category 'metal' and .* 'wood'; give it one"),
        (["hum.wav", "rain.wav", "metal"], r"hum\.wav imitates bell\.wav and rain\.wav; remove one of the two"),
    ],
)
def test_own_pairs_that_contradict_each_other_are_refused(tmp_path, second, message):
    rows = [["hum.wav", "bell.wav", "metal"], second]
    root = tiny_corpora.plain(tmp_path, rows, ["imitation", "recording", "category"])
    with pytest.raises(DataError, match=message):
        load_plain(root)


def test_urbansound8k_has_its_ten_folds(tmp_path):
    found = load_urbansound8k(tiny_corpora.urbansound8k(tmp_path))
    assert found.folds == tuple(range(1, 11))
    assert found.labels == ("air_conditioner", "car_horn")
    for clip in found.clips:
        assert clip.path.parent.name == f"fold{clip.fold}"
        assert (clip.label == "car_horn") == ("-1-0-0" in clip.path.name)
    shutil.rmtree(tmp_path / "audio" / "fold3")
    found = load_urbansound8k(tmp_path)
    assert len(found.clips) == 18
    assert found.missing == ("clips not on disk: 2 (100003-0-0-0.wav, 100003-1-0-0.wav) of 20",)


def test_esc50_and_its_ten_classes(tmp_path):
    root = tiny_corpora.esc50(tmp_path)
    found = load_esc50(root)
    assert (found.name, found.folds, found.labels) == ("ESC-50", (1, 2, 3, 4, 5), ("dog", "pig", "rooster"))
    assert all(clip.path.name.startswith(f"{clip.fold}-") for clip in found.clips)
    assert load_esc50(root, esc10_only=True).labels == ("dog", "rooster")


def test_esc10_is_400_clips_in_5_folds_of_80(shared_data):
    found = load_esc10(shared_data / "esc10")
    assert len(found.clips) == 400
    assert Counter(clip.fold for clip in found.clips) == dict.fromkeys(range(1, 6), 80)
    assert Counter(clip.label for clip in found.clips) == dict.fromkeys(found.labels, 40)
    assert len(found.labels) == 10
    assert {"Dog bark", "Rain", "Fire crackling"} <= set(found.labels)
    assert found.missing == ()
    for fold in found.folds:
        training, testing = found.split_fold(fold)
        assert (len(training.clips), len(testing.clips)) == (320, 80)


def test_esc10_says_what_is_missing(tmp_path):
    for fold in range(1, 6):
        touch(tmp_path / "001 - Dog bark" / f"{fold}-1-A.ogg")
    found = load_esc10(tmp_path)
    assert found.missing == ("classes not on disk: 9 of 10", "Dog bark: 35 of 40 clips not on disk")


def voxforge(root: Path) -> Path:
    for language, speakers in {"de": "abcdef", "nl": "ghi"}.items():
        for speaker in speakers:
            submission(root / language, f"{speaker}-20140101-xyz", 4, archived=speaker in "aceg")
    submission(root / "de", "a-20150202-uvw", 4)
    return root


def test_voxforge_reads_folders_and_archives(tmp_path):
    root = voxforge(tmp_path / "voxforge")
    before = sorted(root.rglob("*"))
    found = load_voxforge(root, unpacked=tmp_path / "cache")
    assert Counter(clip.label for clip in found.clips) == {"de": 28, "nl": 12}
    assert Counter(clip.speaker for clip in found.clips if clip.label == "de") == {"a": 8} | dict.fromkeys("bcdef", 4)
    assert sorted(root.rglob("*")) == before  # nothing of the user's is touched
    assert found.missing == (
        "languages not on disk: 5 (en, es, fr, ...)",
        "de: 28 clips of the 8,000 asked for",
        "nl: 12 clips of the 8,000 asked for",
    )
    training, testing = found.split_speakers(0)
    assert not {clip.speaker for clip in training.clips} & {clip.speaker for clip in testing.clips}


def test_voxforge_takes_so_many_clips_of_each_language(tmp_path):
    root = voxforge(tmp_path / "voxforge")
    choices = [
        load_voxforge(root, clips_per_language=10, seed=seed, unpacked=tmp_path / f"cache {seed}") for seed in range(6)
    ]
    for found in choices:
        assert Counter(clip.label for clip in found.clips) == {"de": 10, "nl": 10}
        assert len(found.missing) == 1
    assert len({tuple(clip.speaker for clip in found.clips) for found in choices}) > 1
    again = load_voxforge(root, clips_per_language=10, seed=0, unpacked=tmp_path / "cache 0")
    assert again == choices[0]
    # 10 clips take three submissions of 4, so no more than three archives are ever unpacked.
    assert max(len(list((tmp_path / f"cache {seed}" / "de").glob("*"))) for seed in range(6)) <= 3


def test_voxforge_unpacks_to_the_cache_of_the_user(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    found = load_voxforge(voxforge(tmp_path / "voxforge"))
    assert any(clip.path.is_relative_to(tmp_path / "cache" / "menura" / "voxforge") for clip in found.clips)


def test_voxforge_leaves_out_what_it_cannot_use(tmp_path):
    root = tmp_path / "voxforge"
    submission(root / "de", "a-20140101-xyz", 2)
    touch(root / "de" / "b-20140101-xyz" / "flac" / "clip.flac")
    touch(root / "de" / "c-20140101-xyz.tgz")
    found = load_voxforge(root, unpacked=tmp_path / "cache")
    assert len(found.clips) == 2
    line = next(line for line in found.missing if "without" in line)
    assert line.startswith("de: submissions without wav/*.wav: 2 (")
    assert {"b-20140101-xyz", "c-20140101-xyz"} == set(re.findall(r"[bc]-20140101-xyz", line))


def test_anonymous_is_one_speaker(tmp_path):
    for name in ("anonymous-20140101-abc", "anonymous-20150101-def", "jim-jam-20140101-abc", "odd"):
        submission(tmp_path / "en", name, 1)
    assert {clip.speaker for clip in load_voxforge(tmp_path).clips} == {"anonymous", "jim-jam", "odd"}


def test_a_survey_of_voxforge_unpacks_nothing(tmp_path):
    found, missing = survey_voxforge(voxforge(tmp_path))
    assert found == "submissions: de 7, nl 3"
    assert missing == ("languages not on disk: 5 (en, es, fr, ...)",)


LOADERS = [
    (tiny_corpora.vocalsketch, load_vocalsketch, "sound_recordings.csv", "sound_label"),
    (tiny_corpora.vocalsketch, load_vocalsketch, "vocal_imitations.csv", "sound_recording"),
    (tiny_corpora.qvim, load_qvim, "DEV Dataset.csv", "Items"),
    (tiny_corpora.urbansound8k, load_urbansound8k, "metadata/UrbanSound8K.csv", "fold"),
    (tiny_corpora.esc50, load_esc50, "meta/esc50.csv", "category"),
]


@pytest.mark.parametrize(("build", "load", "table", "column"), LOADERS)
def test_a_missing_column_is_named_with_its_file(tmp_path, build, load, table, column):
    path = build(tmp_path) / table
    path.write_text(path.read_text().replace(f",{column},", ",something_else,", 1))
    with pytest.raises(
        DataError, match=rf"{Path(table).name}: has no column {column}; it must have .*get the corpus again"
    ):
        load(tmp_path)


def test_a_missing_column_of_own_pairs_is_named(tmp_path):
    root = tiny_corpora.plain(tmp_path, [["hum.wav", "bell.wav"]], ["imitation", "sound"])
    with pytest.raises(DataError, match=r"pairs\.csv: has no column recording; it must have imitation, recording"):
        load_plain(root)


@pytest.mark.parametrize(("build", "load", "table", "_column"), LOADERS)
def test_a_missing_table_is_named(tmp_path, build, load, table, _column):
    (build(tmp_path) / table).unlink()
    with pytest.raises(DataError, match=Path(table).name):
        load(tmp_path)


@pytest.mark.parametrize(
    "load",
    [load_vocalsketch, load_vimsketch, load_qvim, load_plain, load_urbansound8k, load_esc50, load_esc10, load_voxforge],
)
def test_a_folder_that_is_absent_or_empty_is_an_error(tmp_path, load):
    with pytest.raises(UsageError, match=r"absent: no such folder; name "):
        load(tmp_path / "absent")
    with pytest.raises(DataError, match=str(tmp_path)):
        load(tmp_path)


@pytest.mark.parametrize(
    ("build", "load"), [(tiny_corpora.urbansound8k, load_urbansound8k), (tiny_corpora.esc50, load_esc50)]
)
def test_a_fold_that_is_no_number_is_named(tmp_path, build, load):
    table = next(build(tmp_path).rglob("*.csv"))
    table.write_text(table.read_text().replace(",5,", ",five,"))
    with pytest.raises(DataError, match=r"\.csv: the fold of .*\.wav is 'five', not a number"):
        load(tmp_path)


def test_a_table_without_any_of_its_files_is_an_error(tmp_path):
    root = tiny_corpora.vocalsketch(tmp_path)
    shutil.rmtree(root / "sound_recordings")
    with pytest.raises(DataError, match=r"no recording of VocalSketch 1\.0\.4 is here .*recordings not on disk: 8 \("):
        load_vocalsketch(root)


def test_garbled_tables_are_errors_of_one_line(tmp_path):
    root = tiny_corpora.esc50(tmp_path)
    table = root / "meta" / "esc50.csv"
    for garbage in (b"", b"\x00\xff" * 50, table.read_bytes() + b'"' + b"x" * 200_000, table.read_bytes()[:40]):
        table.write_bytes(garbage)
        with pytest.raises(DataError, match=r"^[^\n]*esc50\.csv[^\n]*$|^[^\n]*no clip of ESC-50 is here[^\n]*$"):
            load_esc50(root)
