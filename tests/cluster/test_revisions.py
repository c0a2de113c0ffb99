"""What a shard publishes is there whole or not at all, and is all that it needs to go on."""

import shutil

import pytest

from bundles import write_sound
from indexes import counts
from menura import LibraryError, UsageError
from menura.cluster import revisions, store
from menura.cluster.manifest import Revision
from menura.cluster.shard import shard_place
from menura.cluster.source import Source
from menura.index.database import DATABASE_FILE
from menura.search.ranking import Question
from shards import Shards


@pytest.fixture
def shards(random_bundle, random_bundle_folder, tmp_path, monkeypatch):
    """A library of eight sounds in two shards, filled, whose files are in many pieces."""
    monkeypatch.setattr(revisions, "PIECE_BYTES", 4_096)
    for seed in range(8):
        write_sound(tmp_path / "sounds" / f"{seed}.wav", seed)
    made = Shards(tmp_path / "store", tmp_path / "sounds", tmp_path / "disk", random_bundle, random_bundle_folder)
    made.fill(2)
    return made


def place(shards, number=0):
    return shards.disk.parent / "store" / shard_place(shards.card.model, number)


def manifests(shards, number=0):
    return sorted(path.name for path in place(shards, number).glob("manifest-*.json"))


def paths(shards):
    page = shards.library().page(Question(), offset=0, limit=100)
    assert page.lacks is None
    return [sound.path for sound in page.found]


def add_sounds(shards, *seeds):
    for seed in seeds:
        write_sound(shards.disk.parent / "sounds" / f"{seed}.wav", seed)


def test_a_lost_disk_is_made_anew_from_the_store(shards, tmp_path):
    wanted = paths(shards)
    found = shards.library().page(Question(), offset=0, limit=100)
    shards.restart(tmp_path / "another disk")
    assert paths(shards) == wanted == [f"{seed}.wav" for seed in range(8)]
    again = shards.library().page(Question(), offset=0, limit=100)
    assert [sound.sha256 for sound in again.found] == [sound.sha256 for sound in found.found]
    assert counts(shards.fill()) == {"unchanged": 8}
    assert shards.shard(0).check() == shards.shard(1).check() == []


def test_what_has_not_changed_is_not_sent_again(shards, monkeypatch):
    sent = []
    put = store.Store.put
    monkeypatch.setattr(store.Store, "put", lambda self, key, content: (sent.append(key), put(self, key, content)))
    before = manifests(shards), manifests(shards, 1)
    shards.fill()
    assert (manifests(shards), manifests(shards, 1)) == before
    assert not [key for key in sent if "/data/" in key]
    n_pieces = len(list((place(shards) / "data").iterdir()))
    add_sounds(shards, *range(8, 20))
    shards.fill()
    assert 0 < len([key for key in sent if f"{shard_place(shards.card.model, 0)}/data/" in key]) < 2 * n_pieces


def test_old_revisions_and_their_pieces_go(shards):
    for seed in range(8, 14):
        add_sounds(shards, seed)
        shards.fill()
    for number in (0, 1):
        kept = [Revision.of((place(shards, number) / name).read_bytes()) for name in manifests(shards, number)]
        assert len(kept) == 2
        there = {path.name for path in (place(shards, number) / "data").iterdir()}
        assert there == kept[0].pieces | kept[1].pieces


def test_a_torn_publication_is_never_read(shards, tmp_path):
    add_sounds(shards, *range(8, 16))
    shards.fill()
    number = max((0, 1), key=lambda one: len(manifests(shards, one)))
    assert len(manifests(shards, number)) == 2
    last = place(shards, number) / manifests(shards, number)[-1]
    last.write_bytes(last.read_bytes()[:-20])
    shards.restart(tmp_path / "another disk")
    before = len(paths(shards))
    assert before < 16
    assert shards.fill().added == 16 - before
    assert len(paths(shards)) == 16
    assert shards.shard(number).check() == []


def test_a_lost_piece_is_noticed_and_the_revision_before_it_is_taken(shards, tmp_path):
    add_sounds(shards, *range(8, 16))
    shards.fill()
    kept = [Revision.of((place(shards) / name).read_bytes()) for name in manifests(shards)]
    piece = min(kept[1].pieces - kept[0].pieces)
    (place(shards) / "data" / piece).write_bytes(b"something else")
    (fault,) = shards.shard(0).check()
    assert f"piece {piece[:8]} of revision {kept[1].number} holds something else" in fault
    shards.restart(tmp_path / "another disk")
    assert len(paths(shards)) < 16
    shards.fill()
    assert len(paths(shards)) == 16
    shutil.rmtree(place(shards) / "data")
    shards.restart(tmp_path / "a third disk")
    with pytest.raises(LibraryError, match="cannot be read any more; put a copy of it back, or delete"):
        shards.library()


def test_of_two_that_take_themselves_for_a_shard_one_publishes(shards, tmp_path, random_bundle, random_bundle_folder):
    other = Shards(tmp_path / "store", shards.source, tmp_path / "elsewhere", random_bundle, random_bundle_folder)
    other.library()
    add_sounds(shards, *range(8, 16))
    assert counts(shards.fill()) == {"added": 8, "unchanged": 8}
    with pytest.raises(LibraryError, match="was published by another process meanwhile; fill again"):
        other.fill()
    other.restart()  # its disk is behind the store, and what it holds is put away
    assert counts(other.fill()) == {"unchanged": 16}


def test_a_disk_that_is_ahead_of_the_store_loses_nothing(shards, monkeypatch):
    def fails(*_):
        raise LibraryError("the store is away")

    add_sounds(shards, *range(8, 16))
    with monkeypatch.context() as broken:
        broken.setattr(store.Store, "create", fails)
        with pytest.raises(LibraryError, match="the store is away"):
            shards.fill()
    shards.restart()
    assert len(paths(shards)) == 16
    assert counts(shards.fill()) == {"unchanged": 16}


def test_a_damaged_disk_is_made_anew(shards):
    home = shards.shard(0).state().home
    shards.restart()
    (home / "index.sqlite").write_bytes(b"no database at all" * 1_000)
    assert len(paths(shards)) == 8


@pytest.mark.parametrize(
    "address",
    [
        "s3://KEY:SECRET@bucket/place",
        "az://box/place?sig=SECRET",
        "az://box/place#SECRET",
        "simplecache::memory://KEY:SECRET@bucket/place",
        "simplecache::memory://KEY/SECRET",
        "memory://KEY:SEC/SECRET@bucket/place",
        "ftp://user:pa/SECRET@host/place",
        "memory://x::KEY:SECRET",
    ],
)
def test_an_address_with_credentials_is_refused_and_not_repeated(address):
    for opened in (store.Store, Source):
        with pytest.raises(UsageError, match="may hold credentials, which would be written down") as raised:
            opened(address)
        assert "SECRET" not in str(raised.value)


def test_an_address_that_cannot_be_opened_is_not_repeated(tmp_path):
    with pytest.raises(UsageError, match="nothing://: no such kind of address; name a folder") as raised:
        store.Store("nothing://SECRET")
    assert "SECRET" not in str(raised.value)
    with pytest.raises(LibraryError, match="ftp://: cannot be opened") as raised:
        store.Store("ftp://127.0.0.1:1/SECRET")
    assert "SECRET" not in str(raised.value)
    strange = store.Store(str(tmp_path / "a folder::with #1 @ all?"))  # which no address of a folder minds
    strange.put("one", b"1")
    assert strange.get("one") == b"1"


def test_a_manifest_whose_pieces_are_no_names_is_none():
    files = {DATABASE_FILE: [(7, 1)], "projections-0000.f32": [("0" * 64, 1)]}
    assert Revision.of(Revision(1, 1, 1, True, 0.0, files).content) is None
