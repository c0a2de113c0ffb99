"""What the points of a map are coloured by."""

import numpy as np

from menura.map.categories import NONE, by_folder, by_kind


def test_folders_count_from_where_they_part():
    found = by_folder(["kits/a/1.wav", "kits/b/2.wav", "kits/b/deep/3.wav"])
    assert found.names == ("kits/b", "kits/a")
    assert found.codes.tolist() == [1, 0, 0]


def test_of_several_likely_kinds_a_sound_is_the_one_that_the_fewest_are():
    names = ["drum", "kick", "bird", "never"]
    pairs = [(1, 0), (1, 1), (2, 0), (3, 1), (3, 0), (5, 2), (6, 0)]  # of sound 4 nothing is known
    found = by_kind(np.arange(1, 7), *np.array(pairs).T, names)
    told = [None if code == NONE else found.names[code] for code in found.codes]
    assert told == ["kick", "drum", "kick", None, "bird", "drum"]
    assert found.names == ("drum", "kick", "bird")  # those that there are, the most frequent first


def test_of_sounds_that_are_not_on_the_map_nothing_is_said():
    found = by_kind(np.array([7, 9]), np.array([8, 9]), np.array([0, 1]), ["a", "b"])
    assert found.codes.tolist() == [NONE, 0]
    assert found.names == ("b",)
    none = by_kind(np.array([7, 9]), *np.zeros((2, 0), np.int64), ["a", "b"])
    assert none.codes.tolist() == [NONE, NONE]
    assert none.names == ()
