"""Tests are by category too, corrected for their number; what cannot be compared is not set side by side."""

from dataclasses import replace
from pathlib import Path

import pytest

from menura.corpora.catalogue import Catalogue, Sound
from menura.evaluation.comparable import why_not_comparable
from menura.evaluation.differences import differences, holm
from menura.evaluation.ranking import Ranked
from menura.evaluation.tables import every_pair, make_table


def test_holms_correction_by_hand():
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.5, 0.6]) == [1.0, 1.0]
    assert holm([]) == []


def ranked(ranks_of):
    return [
        [
            Ranked(f"{category}{n}", category, rank, 20, 1.0)
            for category, ranks in ranks_of.items()
            for n, rank in enumerate(ranks)
        ]
    ]


def test_a_difference_in_one_category_is_found_there():
    found = differences(
        {"a": ranked({"X": [1] * 12, "Y": [2] * 12}), "b": ranked({"X": [4] * 12, "Y": [2] * 12})}, [("a", "b")]
    )
    by_category = {test.category: test for test in found}
    assert list(by_category) == ["all", "X", "Y"]
    assert [by_category[name].mrr for name in ("all", "X", "Y")] == pytest.approx([0.375, 0.75, 0.0])
    assert by_category["X"].p_value < 0.002
    assert by_category["Y"].p_value == 1.0
    assert by_category["X"].corrected == pytest.approx(3 * min(test.p_value for test in found), rel=1.0)
    assert all(test.corrected >= test.p_value for test in found)


def test_every_pair_is_tested_and_hits_beyond_the_candidates_are_none():
    methods = {name: ranked({"X": [1, 2, 3]}) for name in "abc"}
    methods = {
        name: [[replace(item, n_candidates=5) for item in run] for run in runs] for name, runs in methods.items()
    }
    table = make_table(methods, every_pair(list(methods)), {})
    assert [(test.one, test.other) for test in table.differences] == [("b", "a"), ("c", "a"), ("c", "b")]
    assert list(table.p_values) == ["b against a", "c against a", "c against b"]
    assert [(row.recall_at_1, row.recall_at_5, row.recall_at_10) for row in table.rows] == [(1 / 3, None, None)] * 3


def vocalsketch(everyday=120, first="subsynth_374.wav"):
    sizes = {
        "acoustic instruments": 40,
        "commercial synthesizers": 40,
        "everyday sounds": everyday,
        "single synthesizer": 38,
    }
    sounds = [Sound(f"{name}{n}", Path("x"), "x", name) for name, size in sizes.items() for n in range(size)]
    known = [
        Sound(name, Path("x"), "x", "single synthesizer") for name in (first, "chinese_cymbal_hit_with_a_stick.wav")
    ]
    return Catalogue("VocalSketch 1.0.4", tuple(sounds + known), ())


def test_published_figures_stand_only_beside_the_same_corpus():
    assert why_not_comparable(vocalsketch()) == ""
    assert "here are 0 instead of 120 of everyday sounds" in why_not_comparable(vocalsketch(everyday=0))
    assert "has other recordings (subsynth_374.wav is not among them)" in why_not_comparable(
        vocalsketch(first="mine.wav")
    )
    assert "this is VocalSketch 1.1" in why_not_comparable(replace(vocalsketch(), name="VocalSketch 1.1"))
