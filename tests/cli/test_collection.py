"""`menura collection` lists what was put together in the page, and exports it."""

import platformdirs
import pytest

from bundles import write_sound
from cli_calls import isolate, refusal_of, run
from menura.web.collections import Collected, Collections
from menura.web.kept import Kept


@pytest.fixture
def film(tmp_path, monkeypatch):
    """A collection of two sounds of one name, and one that is gone."""
    isolate(tmp_path, monkeypatch)
    collections = Collections(Kept(platformdirs.user_data_path("menura", appauthor=False)))
    film = collections.get(collections.make("Film", "doors"))
    sounds = [Collected(tmp_path / name, "door.wav") for name in ("a", "b")]
    for seed, (folder, path) in enumerate(sounds):
        write_sound(folder / path, seed)
    collections.put(film, [*sounds, Collected(tmp_path / "a", "gone.wav")])
    return sounds


def test_collections_are_listed_and_so_are_their_sounds(film, tmp_path):
    assert run("collection").stdout == "Film  (3 sounds)\n"
    listed = run("collection", "film").stdout.splitlines()
    assert sorted(listed) == sorted(
        map(str, (tmp_path / "a/door.wav", tmp_path / "a/gone.wav", tmp_path / "b/door.wav"))
    )


def test_a_collection_is_exported(film, tmp_path):
    (tmp_path / "out").mkdir()
    said = run("collection", "Film", "--export", tmp_path / "out").stdout
    assert f"2 sounds and a table are in {tmp_path / 'out/Film'}" in said
    assert "left out: gone.wav: the file is no longer there" in said
    contents = {(tmp_path / "out/Film" / name).read_bytes() for name in ("door.wav", "door (2).wav")}
    assert contents == {(folder / path).read_bytes() for folder, path in film}


def test_what_cannot_be_is_refused(film, tmp_path):
    assert "no such collection" in refusal_of("collection", "Flim", code=2)
    assert "which collection" in refusal_of("collection", "--links", code=2)
    assert "no such folder" in refusal_of("collection", "Film", "--export", tmp_path / "none", code=2)
    assert "writes nothing" in refusal_of("collection", "Film", "--export", tmp_path / "a", code=2)
