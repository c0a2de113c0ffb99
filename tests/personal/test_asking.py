"""Which sound is asked for: varied, then near what was not found, and never one that is there or was not wanted."""

import numpy as np

from menura.index.snapshot import Table
from menura.personal.asking import MOST_CANDIDATES, N_GROUPS, Candidates, next_sound

N_KINDS, OF_EACH = 6, 10


def table_of(places: np.ndarray) -> Table:
    """Sounds of two windows each, with ids from 100 on."""
    n = len(places)
    rows = np.repeat(places, 2, axis=0).astype(np.float32)
    return Table(100 + np.arange(n), 2 * np.arange(n), np.full(n, 2), rows)


def library() -> tuple[Candidates, np.ndarray]:
    """Sounds of six kinds that lie far apart, and the kind of each id."""
    rng = np.random.default_rng(0)
    kinds = np.repeat(np.arange(N_KINDS), OF_EACH)
    places = 10 * rng.normal(size=(N_KINDS, 8))[kinds] + rng.normal(size=(len(kinds), 8))
    return Candidates.of(table_of(places)), kinds


def test_the_first_questions_are_one_of_each_kind():
    candidates, kinds = library()
    taught = {}
    for question in range(N_KINDS):
        asked = next_sound(candidates, taught, (), question)
        assert asked is not None
        assert asked.why == "new"
        taught[asked.sound_id] = 1  # found at once
    assert len({kinds[sound - 100] for sound in taught}) == N_KINDS


def test_what_was_not_found_is_asked_about_in_its_neighbourhood():
    candidates, kinds = library()
    taught = {100: 40, 125: 2, 140: 11}
    asked = next_sound(candidates, taught, (), 2)
    assert asked is not None
    assert (asked.why, asked.near, asked.rank) == ("uncertain", 100, 40)
    assert kinds[asked.sound_id - 100] == kinds[0]
    assert asked.sound_id != 100
    nearest = np.square(candidates.places - candidates.places[0]).sum(axis=1)
    nearest[0] = np.inf
    assert asked.sound_id == candidates.sound_ids[nearest.argmin()]


def test_where_all_was_found_nothing_is_uncertain():
    candidates, _ = library()
    asked = next_sound(candidates, {100: 10, 125: None}, (), 2)
    assert asked is not None
    assert asked.why == "new"


def test_no_sound_is_asked_for_twice_and_in_the_end_none():
    candidates, _ = library()
    taught, skipped = {}, set()
    for question in range(N_KINDS * OF_EACH):
        asked = next_sound(candidates, taught, skipped, question)
        assert asked is not None
        assert asked.sound_id not in taught.keys() | skipped
        if question % 2:
            taught[asked.sound_id] = 99
        else:
            skipped.add(asked.sound_id)
    assert next_sound(candidates, taught, skipped, 60) is None


def test_an_outlier_is_not_asked_for_because_it_is_one():
    rng = np.random.default_rng(1)
    places = rng.normal(size=(400, 8))
    places[7] = 60.0
    first = next_sound(Candidates.of(table_of(places)), {}, (), 0)
    assert first is not None
    assert first.sound_id != 107


def test_small_and_large_libraries():
    assert next_sound(Candidates.of(table_of(np.empty((0, 8)))), {}, (), 0) is None
    one = next_sound(Candidates.of(table_of(np.ones((1, 8)))), {}, (), 0)
    assert one is not None
    assert one.sound_id == 100
    alike = Candidates.of(table_of(np.ones((3, 8))))  # no spread to tell them apart by
    assert next_sound(alike, {100: 3}, (), 2) is not None
    large = Candidates.of(table_of(np.random.default_rng(2).normal(size=(MOST_CANDIDATES + 50, 3))))
    assert len(large.sound_ids) == MOST_CANDIDATES
    assert len(large.centres) == N_GROUPS
    assert next_sound(large, {}, (), 0) == next_sound(large, {}, (), 0)
