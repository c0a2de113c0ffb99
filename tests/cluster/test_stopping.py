"""A filling is ended by whoever began it, and what is not whole does not answer."""

from concurrent.futures import Future
from dataclasses import replace

import pytest

from bundles import write_sound
from indexes import counts
from menura import Bundle, LibraryError
from menura.cluster.filling import StoppedError
from menura.cluster.shard import Shard
from shards import Shards


@pytest.fixture
def shards(random_bundle, random_bundle_folder, tmp_path):
    """A library of three sounds in one shard that is not filled yet."""
    for seed in range(3):
        write_sound(tmp_path / "sounds" / f"{seed}.wav", seed)
    return Shards(tmp_path / "store", tmp_path / "sounds", tmp_path / "disk", random_bundle, random_bundle_folder)


def listing_of(shards):
    (folder,) = (shards.disk.parent / "store" / "listings").iterdir()
    return f"listings/{folder.name}"


def test_who_stops_ends_no_filling_of_another(shards):
    def submit(files):
        shards.shard(0).stop("listings/another's")
        return shards.examine(files)

    assert counts(shards.fill(1, submit=submit)) == {"added": 3}
    assert shards.library().info().complete


def test_a_stopped_filling_says_so_and_the_next_goes_on(shards):
    stopping = [True]

    def submit(files):
        if stopping:
            shards.shard(0).stop(listing_of(shards))
            stopping.clear()
            return Future()  # never done
        return shards.examine(files)

    with pytest.raises(StoppedError, match="stopped; what is finished is kept: fill again"):
        shards.fill(1, submit=submit)
    assert not shards.library().info().complete
    assert counts(shards.fill()) == {"added": 3}


def test_a_model_whose_generation_is_not_whole_does_not_answer(shards, monkeypatch):
    shards.fill(1)
    first, info = shards.card.model, Shard.info
    shards.bundle, shards.model = Bundle.load(), None
    with monkeypatch.context() as meanwhile:  # somebody has begun another filling of a shard
        meanwhile.setattr(Shard, "info", lambda self: replace(info(self), complete=False))
        with pytest.raises(LibraryError, match="not every shard is complete, so the old model goes on; fill again"):
            shards.fill()
    assert shards.card.model == first
    assert counts(shards.fill()) == {"unchanged": 3}
    assert shards.card.model == shards.bundle.fingerprint
