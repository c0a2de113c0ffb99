"""What was kept of sounds goes on with them when a share gives their names back spelt otherwise."""

import sqlite3
import unicodedata
from contextlib import closing

import pytest

from bundles import write_sound
from menura.index.known import KnownLibrary
from menura.index.spelling import respelt
from menura.index.text import searchable
from menura.web import folders
from menura.web.folders import Folders
from menura.web.kept import Kept
from web_clients import CHANGES, served, wait_until_indexed


def mangled(path: str) -> str:
    """With accents decomposed, as by macOS."""
    return unicodedata.normalize("NFD", path)


def test_favourites_and_collections_follow_the_spelling_of_a_share(random_bundle_folder, tmp_path):
    sounds, kept = tmp_path / "sounds", "Türen/OpenHat Café#2.wav"
    write_sound(sounds / kept, 1)
    write_sound(sounds / "Türen/gone.wav", 2)
    write_sound(sounds / "other.wav", 3)
    with served([sounds], random_bundle_folder, tmp_path / "data") as client:
        (library,) = wait_until_indexed(client)
        url = f"/api/libraries/{library['id']}"
        ids = {item["path"]: item["id"] for item in client.get(f"{url}/search").json()["items"]}
        made = client.post("/api/collections", json={"name": "doors", "notes": ""}, headers=CHANGES).json()["id"]
        for path in (kept, "Türen/gone.wav"):
            client.put(f"{url}/favourites/{ids[path]}", headers=CHANGES)
            chosen = {"library": library["id"], "id": ids[path]}
            client.post(f"/api/collections/{made}/sounds", json={"add": [chosen]}, headers=CHANGES)
        (sounds / "Türen").rename(sounds / "away")
        (sounds / mangled("Türen")).mkdir()
        (sounds / "away/OpenHat Café#2.wav").rename(sounds / mangled(kept))
        client.post(f"{url}/index", headers=CHANGES)
        wait_until_indexed(client)
        for narrowed in ({"favourites": "true"}, {"collection": made}):
            found = client.get(f"{url}/search", params=narrowed).json()["items"]
            assert [item["path"] for item in found] == [mangled(kept)]
    with closing(sqlite3.connect(tmp_path / "data/favourites.sqlite")) as db:
        paths = {path.decode() for (path,) in db.execute("SELECT path FROM favourites")}
    assert paths == {mangled(kept), "Türen/gone.wav"}  # what is gone is kept for when it is back


def test_another_case_is_another_sound_where_the_disk_tells_them_apart(tmp_path):
    names = ("Kick.wav", "Straße.wav", "Tür.wav")
    now = ("kick.wav", "Strasse.wav", mangled("Tür.wav"))
    with closing(sqlite3.connect(":memory:")) as db:
        db.execute("CREATE TABLE sounds (id INTEGER PRIMARY KEY, path BLOB, name TEXT)")
        db.execute("CREATE VIRTUAL TABLE words USING fts5 (name, content='sounds', content_rowid='id')")
        for path in now:
            (tmp_path / path).touch()
            db.execute("INSERT INTO sounds (path, name) VALUES (?, ?)", (path.encode(), searchable(path)))
        db.execute("INSERT INTO words (words) VALUES ('rebuild')")
        assert respelt(db, tmp_path, names) == {"Tür.wav": now[2]}
        (tmp_path / "Kick.wav").hardlink_to(tmp_path / "kick.wav")  # as on a disk that does not
        assert respelt(db, tmp_path, names) == {"Kick.wav": "kick.wav", "Tür.wav": now[2]}


@pytest.mark.parametrize("written_ns", [10**18, 3 * 10**18])  # in 2001 and in 2065
def test_a_folder_that_is_removed_stays_so_though_the_clock_was_ahead(tmp_path, monkeypatch, written_ns):
    library = KnownLibrary(tmp_path / "sounds", "model", written_ns)
    monkeypatch.setattr(folders, "known_libraries", lambda _: [library])
    known = Folders(Kept(tmp_path / "data"), tmp_path / "data")
    assert known.known() == [library.folder]
    known.forgotten(library.folder)
    assert known.known() == []
    known.opened(library.folder)
    assert known.known() == [library.folder]
