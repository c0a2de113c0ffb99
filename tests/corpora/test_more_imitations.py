"""The Vocal Imitation Set and Amateur Vocal Percussion, as they lie on disk."""

import pytest

import tiny_corpora
from menura.corpora.avp import load_avp, load_utterances
from menura.corpora.registry import find_corpus
from menura.corpora.vocal_imitation_set import load_vocal_imitation_set
from menura.errors import DataError, UsageError


@pytest.mark.parametrize("version_1_0", [False, True])
def test_only_imitations_that_count_are_paired_in_either_version(tmp_path, version_1_0):
    found = load_vocal_imitation_set(tiny_corpora.vocal_imitation_set(tmp_path, version_1_0=version_1_0))
    imitated = found.imitated
    assert [(sound.label, sound.category) for sound in imitated.sounds] == [
        ("000 Hiss", "Animal"),
        ("001 Accordion", "Music"),
        ("002 Hiss", "Animal"),
    ]
    assert [len(found.imitations_of(sound.id)) for sound in imitated.sounds] == [2, 2, 2]
    others = [sound.label for sound in found.sounds if sound not in imitated.sounds]
    assert others == ([] if version_1_0 else ["000 Hiss", "000 Hiss", "001 Accordion"])
    assert all(path.is_file() for path in found.paths)
    assert found.imitations[0].speaker == "5.73424e+15"
    assert (found.missing, found.ranked_within_category) == ((), False)


def test_what_is_not_on_disk_of_the_vocal_imitation_set_is_said(tmp_path):
    root = tiny_corpora.vocal_imitation_set(tmp_path)
    next((root / "original_recordings" / "reference").glob("000*")).unlink()
    found = load_vocal_imitation_set(tmp_path)
    assert [sound.label for sound in found.imitated.sounds] == ["001 Accordion", "002 Hiss"]
    assert found.missing[0].startswith("recordings not on disk: 1 (original_recordings/reference/000Animal")
    table = root / "vocal_imitations.txt"
    table.write_text(table.read_text().replace("reference_filename", "reference"))
    with pytest.raises(DataError, match="has no column reference_filename"):
        load_vocal_imitation_set(tmp_path)


def test_utterances_end_where_the_next_begins(tmp_path):
    utterances, missing = load_utterances(tiny_corpora.avp(tmp_path / "AVP_Dataset").parent)
    assert (len(utterances), missing) == (3 * 6, [])
    improvised = [item for item in utterances if "P2_Improvisation" in item.path.name]
    assert [(item.start_s, item.end_s, item.drum) for item in improvised] == [
        (0.1, 0.6, "kick"),
        (0.6, 0.9, "closed hi-hat"),
        (0.9, None, "snare"),
    ]
    assert {(item.speaker, item.personal) for item in utterances} == {
        ("Participant_1", True),
        ("Participant_2", True),
        ("Participant_1", False),
    }


def test_recordings_of_one_drum_are_clips_of_a_class(tmp_path):
    found = load_avp(tiny_corpora.avp(tmp_path))
    assert found.labels == ("kick", "open hi-hat")
    assert {(clip.path.name, clip.label, clip.speaker) for clip in found.clips if "P2" in clip.path.name} == {
        ("P2_Kick_Personal.wav", "kick", "Participant_2"),
        ("P2_HHopened_Personal.wav", "open hi-hat", "Participant_2"),
    }
    training, testing = found.split_speakers(0, test_share=0.4)
    assert {clip.speaker for clip in training.clips} != {clip.speaker for clip in testing.clips}


def test_what_is_odd_about_percussion_is_said_or_refused(tmp_path):
    root = tiny_corpora.avp(tmp_path)
    folder = root / "Fixed" / "Participant_1"
    (folder / "P1_Kick_Fixed.wav").unlink()
    (folder / "P1_HHopened_Fixed.csv").write_text("onset,label\n0.25,hho\n0.75,tom\n")
    utterances, missing = load_utterances(root)
    assert len(utterances) == 3 * 6 - 2
    assert missing == [
        "recordings not on disk: 1 (P1_Kick_Fixed.wav)",
        "utterances of no known drum: 1 ('tom' in P1_HHopened_Fixed.csv)",
    ]
    (folder / "P1_HHopened_Fixed.csv").write_text("0.25,hho\nlater,hho\n")
    with pytest.raises(DataError, match=r"row 2 is \['later', 'hho'\], not a time and a drum"):
        load_utterances(root)


def test_percussion_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(UsageError, match="no such folder"):
        load_avp(tmp_path / "nowhere")
    with pytest.raises(DataError, match="Fixed is not here"):
        load_avp(tmp_path)
    (tmp_path / "Personal").mkdir()
    with pytest.raises(DataError, match="no utterance of AVP is here"):
        load_avp(tmp_path)


def test_both_can_be_got():
    assert find_corpus("vocal-imitation-set").load is load_vocal_imitation_set
    assert find_corpus("avp").load is load_avp
