"""Which shards move, and that a shard which cannot be published stays."""

from collections import Counter

import pytest

from bundles import write_sound
from indexes import counts
from menura import LibraryError
from menura.cluster.rebalance import moves
from menura.cluster.store import Store, StoreError
from shards import Shards


@pytest.mark.parametrize(
    ("places", "machines", "n_moves"),
    [("aaaa", "ab", 2), ("aaa", "ab", 1), ("aab", "ab", 0), ("a", "abc", 0), ("aaaaabb", "abc", 2), ("", "a", 0)],
)
def test_as_few_shards_move_as_make_all_machines_hold_as_many_or_one_more(places, machines, n_moves):
    where = dict(enumerate(places))
    chosen = moves(where, machines)
    assert len(chosen) == n_moves == len({move.shard for move in chosen})
    for move in chosen:
        assert where[move.shard] == move.source
        where[move.shard] = move.target
    held = Counter(dict.fromkeys(machines, 0)) + Counter(where.values())
    numbers = [held[machine] for machine in machines]
    assert max(numbers) - min(numbers) <= 1


@pytest.fixture
def shards(random_bundle, random_bundle_folder, tmp_path):
    """A library of three sounds in one shard that is not filled yet."""
    for seed in range(3):
        write_sound(tmp_path / "sounds" / f"{seed}.wav", seed)
    return Shards(tmp_path / "store", tmp_path / "sounds", tmp_path / "disk", random_bundle, random_bundle_folder)


def test_a_shard_that_retires_is_whole_elsewhere(shards, tmp_path):
    shards.fill(1)
    shards.shard(0).retire()
    shards.restart(tmp_path / "another disk")
    assert counts(shards.fill()) == {"unchanged": 3}


def test_a_shard_whose_store_is_away_stays_and_goes_on(shards, tmp_path, monkeypatch):
    def fails(*_):
        raise StoreError("the store is away")

    shards.fill(1)
    with monkeypatch.context() as away:
        away.setattr(Store, "names", fails)
        with pytest.raises(LibraryError, match="the store is away"):
            shards.shard(0).retire()
    (piece, *_) = (tmp_path / "store").glob("shards/*/0000/data/*")
    piece.rename(tmp_path / "kept")
    with pytest.raises(LibraryError, match="what was published of shard 0 is not whole, so it stays where it is"):
        shards.shard(0).retire()
    (tmp_path / "kept").rename(piece)
    assert counts(shards.fill()) == {"unchanged": 3}


def test_a_shard_that_is_being_filled_stays(shards):
    refused = []

    def submit(files):
        with pytest.raises(LibraryError, match="shard 0 is being filled: move it once that has ended") as error:
            shards.shard(0).retire()
        refused.append(error)
        return shards.examine(files)

    assert counts(shards.fill(1, submit=submit)) == {"added": 3}
    assert refused
