"""A store that fails for a moment neither blocks a shard nor ends its filling."""

import os

import pytest

from bundles import write_sound
from indexes import counts
from menura import LibraryError
from menura.cluster import shard as shard_module
from menura.cluster.revisions import Revisions
from menura.cluster.store import Store, StoreError
from shards import Shards


@pytest.fixture
def shards(random_bundle, random_bundle_folder, tmp_path):
    """A library of three sounds in one shard that is not filled yet."""
    add_sounds(tmp_path, *range(3))
    return Shards(tmp_path / "store", tmp_path / "sounds", tmp_path / "disk", random_bundle, random_bundle_folder)


def add_sounds(folder, *seeds):
    for seed in seeds:
        write_sound(folder / "sounds" / f"{seed}.wav", seed)


def fails(*_):
    raise StoreError("the store is away")


def of_manifests(then):
    """`Store.create`, which of a manifest does something else."""
    create = Store.create
    return lambda self, key, content: (then if "manifest" in key else create)(self, key, content)


def test_a_publication_whose_reply_is_lost_is_one(shards, tmp_path, monkeypatch):
    create = Store.create

    def silent(self, key, content):
        create(self, key, content)
        fails()

    def denied(self, key, content):
        create(self, key, content)
        return False

    with monkeypatch.context() as broken:
        broken.setattr(Store, "create", of_manifests(silent))
        with pytest.raises(LibraryError, match="the store is away"):
            shards.fill(1)
    assert counts(shards.fill()) == {"unchanged": 3}
    assert shards.shard(0).state().published.number == 1
    add_sounds(tmp_path, 3)
    monkeypatch.setattr(Store, "create", of_manifests(denied))
    assert shards.fill().added == 1
    assert shards.shard(0).state().published.number == 2


def test_what_cannot_be_cleaned_up_is_left_for_later(shards, tmp_path, monkeypatch):
    shards.fill(1)
    monkeypatch.setattr(Revisions, "_clean_up", fails)
    for seed in (3, 4):
        add_sounds(tmp_path, seed)
        assert shards.fill().added == 1
    assert shards.shard(0).state().published.number == 3


def test_a_first_publication_that_does_not_get_through_is_tried_again(shards, monkeypatch):
    with monkeypatch.context() as broken:
        broken.setattr(Store, "create", of_manifests(fails))
        with pytest.raises(LibraryError, match="the store is away"):
            shards.fill(1)
    shards.restart()
    assert counts(shards.fill()) == {"unchanged": 3}
    assert shards.shard(0).state().published.sounds == 3


def test_a_filling_goes_on_while_it_cannot_publish(shards, monkeypatch):
    publish, failed = Revisions.publish, []

    def once(self, *arguments):
        if not failed:
            failed.append(True)
            fails()
        return publish(self, *arguments)

    monkeypatch.setattr(shard_module, "_PUBLISH_S", 0.0)
    monkeypatch.setattr(Revisions, "publish", once)
    assert counts(shards.fill(1)) == {"added": 3}
    assert failed
    assert shards.shard(0).state().published.sounds == 3


def test_a_link_whose_reply_is_lost_is_there(tmp_path, monkeypatch):
    def silent(source, target, **_):
        link(source, target)
        raise FileExistsError

    link, store = os.link, Store(str(tmp_path))
    with monkeypatch.context() as broken:
        broken.setattr(os, "link", silent)
        assert store.create("one", b"1")
    assert not store.create("one", b"2")
    assert (store.get("one"), [path.name for path in tmp_path.iterdir()]) == (b"1", ["one"])
