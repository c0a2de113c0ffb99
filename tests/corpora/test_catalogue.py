"""Catalogues and their splits: halves by sound, folds as published, nobody speaking on both sides."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from menura.corpora.catalogue import Catalogue, Imitation, Sound, pair
from menura.corpora.classes import ClassCatalogue, Clip, collect
from menura.errors import DataError
from tiny_corpora import touch


def catalogue(sizes: list[int], takes: int = 2) -> Catalogue:
    """Categories of those sizes; no files."""
    sounds = [
        Sound(f"{category}-{n}", Path(f"{category}-{n}.wav"), "sound", f"category {category}")
        for category, size in enumerate(sizes)
        for n in range(size)
    ]
    imitations = [
        Imitation(f"{sound.id}-{take}", Path(f"{sound.id}-{take}.wav"), sound.id, f"person {take}")
        for sound in sounds
        for take in range(takes)
    ]
    return Catalogue("tiny", tuple(sounds), tuple(imitations), ("a line",), False)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(2, 9), min_size=1, max_size=5), st.integers(0, 2**32))
def test_halves_are_disjoint_cover_everything_and_halve_each_category(sizes, seed):
    whole = catalogue(sizes)
    training, testing = whole.split_half(seed)
    assert not set(training.sounds) & set(testing.sounds)
    assert set(training.sounds) | set(testing.sounds) == set(whole.sounds)
    assert set(training.imitations) | set(testing.imitations) == set(whole.imitations)
    for category, size in zip(whole.categories, sizes, strict=True):
        assert len(training.sounds_in(category)) == size // 2
        assert len(testing.sounds_in(category)) == size - size // 2
    for half in (training, testing):
        assert {item.sound_id for item in half.imitations} == {sound.id for sound in half.sounds}
        assert (half.name, half.missing, half.ranked_within_category) == ("tiny", ("a line",), False)
    assert whole.split_half(seed) == (training, testing)


def test_another_seed_gives_other_halves():
    whole = catalogue([40, 40, 120, 40])
    assert len({whole.split_half(seed)[0].sounds for seed in range(10)}) == 10
    assert len(whole.split_half(0)[0].sounds) == len(whole.split_half(0)[1].sounds) == 120


def test_a_category_of_one_sound_cannot_be_halved():
    with pytest.raises(DataError, match=r"tiny: category 'category 1' has one sound \(1-0\), which cannot be halved"):
        catalogue([4, 1]).split_half(0)


def test_imitations_belong_to_their_sound():
    whole = catalogue([2], takes=3)
    assert [item.id for item in whole.imitations_of("0-1")] == ["0-1-0", "0-1-1", "0-1-2"]


def test_so_many_imitations_of_each_sound_are_chosen():
    whole = catalogue([3, 2], takes=6)
    chosen = whole.choose_imitations(4, seed=1)
    assert chosen.sounds == whole.sounds
    assert Counter(item.sound_id for item in chosen.imitations) == dict.fromkeys((s.id for s in whole.sounds), 4)
    assert set(chosen.imitations) < set(whole.imitations)
    assert chosen == whole.choose_imitations(4, seed=1)
    assert chosen != whole.choose_imitations(4, seed=2)


def test_of_a_sound_with_fewer_imitations_than_asked_all_are_used_and_it_is_said():
    whole = catalogue([3, 2], takes=6)
    scarce = replace(whole, imitations=tuple(item for item in whole.imitations if item.id not in ("0-1-0", "0-1-1")))
    chosen = scarce.choose_imitations(5, seed=0)
    assert Counter(item.sound_id for item in chosen.imitations) == {
        s.id: 4 if s.id == "0-1" else 5 for s in whole.sounds
    }
    assert scarce.few_imitations(5) == "fewer than 5 imitations, all of them used: 1 (0-1)"
    assert whole.few_imitations(6) == ""


def test_only_complete_pairs_are_kept_and_the_rest_is_said(tmp_path):
    sounds = [Sound(name, tmp_path / name, name, "all") for name in ("b", "a", "gone", "silent", "unheard")]
    imitations = [
        Imitation("b1", tmp_path / "b1", "b"),
        Imitation("a1", tmp_path / "a1", "a"),
        Imitation("a2", tmp_path / "absent", "a"),
        Imitation("g1", tmp_path / "g1", "gone"),
        Imitation("s1", tmp_path / "absent", "silent"),
        Imitation("x1", tmp_path / "x1", "never listed"),
    ]
    for name in ("b", "a", "silent", "unheard", "b1", "a1", "g1", "x1"):
        touch(tmp_path / name)
    found = pair("tiny", tmp_path, sounds, imitations, missing=["first"])
    assert [sound.id for sound in found.sounds] == ["a", "b"]
    assert [item.id for item in found.imitations] == ["a1", "b1"]
    assert found.missing == (
        "first",
        "recordings not on disk: 1 (gone) of 5",
        "imitations left out because their recording is not there: 2 (g1, x1)",
        "imitations not on disk: 2 (a2, s1) of 6",
        "recordings left out because no imitation of them is there: 2 (silent, unheard)",
    )
    assert found.summary == "2 imitations of 2 sounds in 1 category"


def test_nothing_at_all_is_an_error(tmp_path):
    sounds = [Sound("a", tmp_path / "a", "a", "all")]
    with pytest.raises(
        DataError, match=r"no recording of tiny is here together with an imitation .*not on disk: 1 \(a\)"
    ):
        pair("tiny", tmp_path, sounds, [Imitation("a1", tmp_path / "a1", "a")])
    with pytest.raises(DataError, match=r"no clip of tiny is here; .*\(clips not on disk: 1 \(a\.wav\) of 1\)"):
        collect("tiny", tmp_path, [Clip(tmp_path / "a.wav", "dog", 1)])


def folds(*numbers: int) -> ClassCatalogue:
    clips = [Clip(Path(f"{fold}-{label}.wav"), label, fold) for fold in numbers for label in ("dog", "rain")]
    return ClassCatalogue("tiny", tuple(clips))


def test_a_fold_tests_what_the_others_train():
    training, testing = folds(1, 2, 3).split_fold(2)
    assert {clip.fold for clip in testing.clips} == {2}
    assert {clip.fold for clip in training.clips} == {1, 3}
    assert len(training.clips) + len(testing.clips) == 6


@pytest.mark.parametrize(("there", "fold", "listed"), [((1, 2), 3, "1, 2"), ((1,), 1, "1"), ((), 1, "none")])
def test_a_fold_that_cannot_be_tested_is_an_error(there, fold, listed):
    with pytest.raises(
        DataError, match=rf"cannot test on fold {fold} and train on others; the folds here are {listed}"
    ):
        folds(*there).split_fold(fold)


def test_one_class_is_no_task():
    single = ClassCatalogue("tiny", tuple(Clip(Path(f"{n}.wav"), "dog", n, f"person {n}") for n in range(4)))
    with pytest.raises(DataError, match="only 'dog' is here"):
        single.split_fold(1)
    with pytest.raises(DataError, match="only 'dog' is here"):
        single.split_speakers(0)


def spoken(counts: dict[str, list[int]], shared: bool = False) -> ClassCatalogue:
    """Per language, how many clips each of its speakers has; with `shared`, speaker n is the same person everywhere."""
    return ClassCatalogue(
        "tiny",
        tuple(
            Clip(Path(f"{language}-{who}-{n}.wav"), language, speaker=f"{'' if shared else language}{who}")
            for language, sizes in counts.items()
            for who, size in enumerate(sizes)
            for n in range(size)
        ),
    )


SIZES = st.lists(st.integers(1, 12), min_size=2, max_size=12)


@settings(max_examples=50, deadline=None)
@given(SIZES, SIZES, st.integers(0, 2**32))
def test_nobody_speaks_on_both_sides_and_shares_are_met(german, dutch, seed):
    whole = spoken({"de": german, "nl": dutch})
    training, testing = whole.split_speakers(seed)
    assert not {clip.speaker for clip in training.clips} & {clip.speaker for clip in testing.clips}
    assert set(training.clips) | set(testing.clips) == set(whole.clips)
    for label, sizes in (("de", german), ("nl", dutch)):
        n = sum(clip.label == label for clip in testing.clips)
        fitting = [size for size in sizes if size <= 0.3 * sum(sizes)]
        if fitting:  # whoever would still fit is in
            assert n <= 0.3 * sum(sizes)
            left = Counter(clip.speaker for clip in training.clips if clip.label == label).values()
            assert all(n + size > 0.3 * sum(sizes) for size in left)
        else:
            assert n == min(sizes)
    assert whole.split_speakers(seed) == (training, testing)


def test_somebody_who_speaks_two_languages_is_on_one_side():
    whole = spoken({"de": [4] * 10, "nl": [4] * 10}, shared=True)
    for seed in range(10):
        training, testing = whole.split_speakers(seed)
        assert not {clip.speaker for clip in training.clips} & {clip.speaker for clip in testing.clips}
        assert len(testing.clips) == 24


def test_somebody_who_speaks_much_of_one_language_counts_in_both():
    whole = spoken({"de": [1] * 10, "nl": [1] * 5 + [9] * 5}, shared=True)
    for seed in range(10):
        labels = Counter(clip.label for clip in whole.split_speakers(seed)[1].clips)
        assert labels["de"] <= 3
        assert labels["nl"] <= 15


def test_a_speaker_of_very_many_clips_trains():
    whole = spoken({"de": [100, 2, 2, 2], "nl": [3, 3, 3, 3]})
    for seed in range(5):
        assert "de0" in {clip.speaker for clip in whole.split_speakers(seed)[0].clips}


def test_too_few_speakers_are_an_error():
    with pytest.raises(DataError, match="tiny: too few people speak class 'de'"):
        spoken({"de": [10], "nl": [3, 3]}).split_speakers(0)
    with pytest.raises(DataError, match=r"1-dog\.wav has no speaker"):
        folds(1, 2).split_speakers(0)
