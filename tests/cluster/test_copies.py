"""A sound in object storage is fetched once, however often a page asks for it."""

import fsspec
import pytest

from menura.cluster.copies import Copies
from menura.cluster.source import Source, _stamp
from menura.web.files import version_of


@pytest.fixture
def memory():
    memory = fsspec.filesystem("memory")
    for name in "abc":
        memory.pipe_file(f"/copied/{name}.wav", name.encode() * 100)
    yield memory
    memory.rm("/copied", recursive=True)


def read(copies, path):
    with copies.open(path) as stream:
        return version_of(stream), stream.read()


def test_a_sound_is_fetched_once_until_it_has_changed(memory, monkeypatch):
    fetched, fetch = [], Source.fetch
    monkeypatch.setattr(Source, "fetch", lambda self, path, copy: (fetched.append(path), fetch(self, path, copy)))
    copies = Copies(Source("memory://copied"))
    first = read(copies, "a.wav")
    assert read(copies, "a.wav") == first  # the version too, by which a player joins parts
    assert fetched == ["a.wav"]
    memory.pipe_file("/copied/a.wav", b"other")
    assert read(copies, "a.wav")[1] == b"other"
    assert fetched == ["a.wav", "a.wav"]
    memory.rm("/copied/a.wav")
    with pytest.raises(OSError, match=r"a\.wav"):
        copies.open("a.wav")


def test_few_copies_are_kept_and_an_open_one_is_read_to_its_end(memory):
    copies = Copies(Source("memory://copied"), most_bytes=250)
    first, of_first = copies.open("a.wav"), read(copies, "a.wav")[0]
    read(copies, "b.wav")
    read(copies, "a.wav")
    read(copies, "c.wav")  # b was asked for longest ago
    assert read(copies, "a.wav")[0] == of_first
    copies.release()
    assert first.read() == b"a" * 100
    first.close()
    assert read(copies, "b.wav")[1] == b"b" * 100


def test_an_object_of_ftp_has_changed_where_its_time_has():
    told = {"name": "a.wav", "size": 9, "type": "file"}
    assert _stamp(told | {"modify": "20250101000000"}) != _stamp(told | {"modify": "20250102000000"})
