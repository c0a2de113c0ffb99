"""Collections: under a name, with notes, of any libraries; and exported as a folder that is whole or not there."""

import csv
import errno
import os
import shutil
from pathlib import Path

import pytest

from bundles import write_sound
from menura.web import export
from web_clients import CHANGES, add_take, refusal, served, wait_until_indexed, write_library


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    place = tmp_path_factory.mktemp("place")
    write_library(place / "sounds")
    write_sound(place / "more/sound 0.wav", 50)
    write_sound(place / "more/SOUND 3.wav", 51)
    return place


@pytest.fixture(scope="module")
def client(place, random_bundle_folder):
    with served([place / "sounds", place / "more"], random_bundle_folder, place / "data", manage=True) as client:
        yield client


@pytest.fixture
def collection(client):
    made = client.post("/api/collections", json={"name": " For  the film ", "notes": "doors"}, headers=CHANGES)
    assert made.status_code == 201, made.text
    assert {**made.json(), "id": 0} == {"id": 0, "name": "For the film", "notes": "doors", "sounds": 0}
    url = f"/api/collections/{made.json()['id']}"
    yield url
    client.delete(url, headers=CHANGES)


def keys(client, *names):
    items = client.get("/api/search", params={"limit": 100}).json()["items"]
    return [{"library": item["library"], "id": item["id"]} for item in items if item["name"] in names]


def put(client, url, **changes):
    return client.post(f"{url}/sounds", json=changes, headers=CHANGES)


def export_to(client, url, folder, **options):
    return client.post(f"{url}/export", json={"folder": str(folder), **options}, headers=CHANGES)


def test_sounds_of_several_libraries_are_put_in_and_taken_out(client, collection):
    first = wait_until_indexed(client)[0]["id"]
    chosen = keys(client, "sound 0.wav", "long.flac")
    assert len(chosen) == 3
    assert put(client, collection, add=chosen).json()["sounds"] == 3
    assert put(client, collection, add=chosen[:1]).json()["sounds"] == 3
    number = collection.rpartition("/")[2]
    take = add_take(client)
    for asked in ({}, {"take": take}):
        found = client.get("/api/search", params=asked | {"collection": number}).json()
        assert found["total"] == 3
        alone = client.get(f"/api/libraries/{first}/search", params=asked | {"collection": number}).json()
        assert sorted(item["path"] for item in alone["items"]) == ["long.flac", "sound 0.wav"]
    favourites = client.get("/api/search", params={"collection": number, "favourites": "true"}).json()
    assert favourites["total"] == 0
    assert put(client, collection, remove=chosen[:2], add=keys(client, "old.aiff")).json()["sounds"] == 2
    assert refusal(put(client, collection, add=[{"library": first, "id": 999_999}]), 404)
    assert put(client, collection).json()["sounds"] == 2
    for where in ("/api/search", f"/api/libraries/{first}/search"):
        assert refusal(client.get(where, params={"collection": 999}), 404)


def test_names_are_one_each_and_can_be_changed(client, collection):
    taken = client.post("/api/collections", json={"name": "FOR THE FILM"}, headers=CHANGES)
    assert "of that name" in refusal(taken, 422)
    assert "needs a name" in refusal(client.post("/api/collections", json={"name": "  "}, headers=CHANGES), 422)
    changed = client.put(collection, json={"name": "Film", "notes": "=1+1\nwindows"}, headers=CHANGES).json()
    assert (changed["name"], changed["notes"]) == ("Film", "=1+1\nwindows")
    assert [one["name"] for one in client.get("/api/collections").json()] == ["Film"]
    assert client.delete(collection, headers=CHANGES).status_code == 204
    assert client.get("/api/collections").json() == []
    for answer in (client.delete(collection, headers=CHANGES), put(client, collection, add=[])):
        assert refusal(answer, 404)


def test_collections_are_kept(place, random_bundle_folder, tmp_path):
    for again in (False, True):
        with served([place / "more"], random_bundle_folder, tmp_path, manage=True) as client:
            if not again:
                made = client.post("/api/collections", json={"name": "Kept"}, headers=CHANGES).json()
                put(client, f"/api/collections/{made['id']}", add=keys(client, "sound 0.wav"))
            assert [(one["name"], one["sounds"]) for one in client.get("/api/collections").json()] == [("Kept", 1)]


def test_an_export_is_a_new_folder_with_copies_and_a_table(client, collection, place, tmp_path):
    put(client, collection, add=keys(client, "sound 0.wav", "sound 3.wav", "SOUND 3.wav"))
    (tmp_path / "For the film").write_text("mine")
    made = export_to(client, collection, tmp_path)
    assert made.status_code == 201, made.text
    assert made.json() == {"folder": str(tmp_path / "For the film (2)"), "sounds": 4, "left_out": []}
    folder = tmp_path / "For the film (2)"
    with (folder / "collection.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert len({row["file"].casefold() for row in rows}) == 4
    for row in rows:
        source = Path(row["library"], row["path"])
        assert source.parts[: len(place.parts)] == place.parts
        assert (folder / row["file"]).read_bytes() == source.read_bytes()
        assert (folder / row["file"]).stat().st_mtime_ns == source.stat().st_mtime_ns
    assert {path.name for path in folder.iterdir()} == {row["file"] for row in rows} | {"collection.csv", "notes.txt"}
    assert (folder / "notes.txt").read_text() == "doors"
    assert (tmp_path / "For the film").read_text() == "mine"
    assert export_to(client, collection, tmp_path).json()["folder"] == str(tmp_path / "For the film (3)")
    assert {path.name for path in tmp_path.iterdir()} == {"For the film", "For the film (2)", "For the film (3)"}


FORMULAS = ['=HYPERLINK("x","y").wav', "+1.wav", "-loop.wav", "@sum.wav", "\ttab.wav", "＝wide.wav", "plain =1.wav"]


@pytest.mark.skipif(os.name == "nt", reason="some of these are no names on Windows")
def test_no_table_makes_a_formula_of_a_name_and_programs_find_the_file(random_bundle_folder, tmp_path):
    library = tmp_path / "sounds"
    for number, name in enumerate(FORMULAS):
        write_sound(library / "=in" / name, 60 + number)
    (tmp_path / "out").mkdir()
    with served([library], random_bundle_folder, tmp_path / "data", manage=True) as client:
        made = client.post("/api/collections", json={"name": "x"}, headers=CHANGES).json()
        url = f"/api/collections/{made['id']}"
        put(client, url, add=keys(client, *FORMULAS))
        folder = Path(export_to(client, url, tmp_path / "out").json()["folder"])
    with (folder / "collection.csv").open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == len(FORMULAS)
    for row in rows:
        assert not any(cell.startswith(tuple("=+-@\t\r\n＝＋－＠")) for cell in row.values())
        assert (folder / row["file"]).read_bytes() == Path(row["library"], row["path"]).read_bytes()
    assert "plain =1.wav" in {row["file"] for row in rows}  # what begins otherwise is as it is


@pytest.mark.skipif(os.name == "nt", reason="links need rights on Windows")
def test_an_export_of_links(client, collection, place, tmp_path):
    put(client, collection, add=keys(client, "long.flac"))
    folder = Path(export_to(client, collection, tmp_path, links=True).json()["folder"])
    assert (folder / "long.flac").is_symlink()
    assert (folder / "long.flac").resolve() == place / "sounds/long.flac"


def test_sounds_that_are_gone_are_left_out_and_told(place, random_bundle_folder, tmp_path):
    shutil.copytree(place / "more", tmp_path / "more")
    (tmp_path / "out").mkdir()
    with served([tmp_path / "more"], random_bundle_folder, tmp_path / "data", manage=True) as client:
        made = client.post("/api/collections", json={"name": "x"}, headers=CHANGES).json()
        url = f"/api/collections/{made['id']}"
        put(client, url, add=keys(client, "sound 0.wav", "SOUND 3.wav"))
        (tmp_path / "more/sound 0.wav").unlink()
        told = export_to(client, url, tmp_path / "out").json()
        assert told["sounds"] == 1 and len(told["left_out"]) == 1
        assert told["left_out"][0].startswith("sound 0.wav: the file is no longer there")
        shutil.rmtree(tmp_path / "more")
        assert "no sound of it can be exported" in refusal(export_to(client, url, tmp_path / "out"), 422)
        assert [path.name for path in (tmp_path / "out").iterdir()] == ["x"]


@pytest.mark.parametrize(
    "failure",
    [(errno.ENOSPC, "the disk is full"), (errno.EACCES, "may not write"), (errno.EROFS, "only be read"), (5, "output")],
)
def test_a_disk_that_fails_leaves_nothing_and_is_told(client, collection, tmp_path, monkeypatch, failure):
    number, words = failure
    put(client, collection, add=keys(client, "sound 0.wav"))
    copied = []

    def fails_the_second_time(_source, target):
        if copied:
            raise OSError(number, os.strerror(number))
        copied.append(target)
        target.write_bytes(b"half")

    monkeypatch.setattr(export, "_copy", fails_the_second_time)
    line = refusal(export_to(client, collection, tmp_path), 500)
    assert words in line and "nothing was exported" in line and str(tmp_path) in line
    assert copied and list(tmp_path.iterdir()) == []


def test_an_export_goes_nowhere_else(client, collection, place, tmp_path, monkeypatch):
    put(client, collection, add=keys(client, "sound 0.wav"))
    before = sorted((place / "sounds").rglob("*"))
    for folder, words in (
        (place / "sounds", "Menura writes nothing"),
        (place / "sounds/drums", "Menura writes nothing"),
        (place / "sounds/../sounds/drums", "Menura writes nothing"),
        (tmp_path / "none", "no such folder"),
        ("out", "whole path"),
        ("/\0", "no folder has such a path"),
    ):
        assert words in refusal(export_to(client, collection, folder), 422)
    assert sorted((place / "sounds").rglob("*")) == before
    client.put(collection, json={"name": "../../../up / :?", "notes": ""}, headers=CHANGES)
    made = Path(export_to(client, collection, tmp_path).json()["folder"])
    assert made.parent == tmp_path and "/" not in made.name


def test_only_the_owner_may_export(place, random_bundle_folder, tmp_path):
    with served([place / "more"], random_bundle_folder, tmp_path / "data") as client:
        made = client.post("/api/collections", json={"name": "x"}, headers=CHANGES).json()
        url = f"/api/collections/{made['id']}"
        put(client, url, add=keys(client, "sound 0.wav"))
        assert "--manage" in refusal(export_to(client, url, tmp_path), 403)
        assert not (tmp_path / "x").exists()
