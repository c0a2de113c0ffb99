"""Folders come and go while the server runs: added, removed, absent, back again, known from before, searched as one."""

import os
import shutil
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from bundles import write_sound
from menura import Library
from menura.errors import LibraryError, UsageError
from menura.index.known import known_libraries
from menura.web.app import create_app
from menura.web.settings import PublicAddress, Settings
from web_clients import CHANGES, add_take, refusal, served, wait_until_indexed, wav_bytes

TOKEN = "correct-horse-battery"


@pytest.fixture
def more(tmp_path):
    write_sound(tmp_path / "more/other.wav", 3)
    shutil.copy(tmp_path / "more/other.wav", tmp_path / "more/copy.wav")
    return tmp_path / "more"


@pytest.fixture
def model(random_bundle_folder):
    return random_bundle_folder


def names(client):
    return [library["name"] for library in wait_until_indexed(client)]


def add(client, folder):
    return client.post("/api/libraries", json={"folder": str(folder)}, headers=CHANGES)


def files_of(folder):
    return {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in folder.rglob("*") if path.is_file()}


def test_a_folder_is_added_searched_removed_and_known(folder, more, model, tmp_path):
    before = files_of(more)
    with served([folder], model, tmp_path / "data", manage=True) as client:
        assert client.get("/api/status").json()["manages"]
        added = add(client, more)
        assert added.status_code == 201, added.text
        assert names(client) == ["sounds", "more"]
        url = f"/api/libraries/{added.json()['id']}"
        assert client.get(f"{url}/search").json()["total"] == 2
        assert add(client, more).json()["id"] == added.json()["id"]
        assert len(client.get("/api/libraries").json()) == 2
        assert client.delete(url, headers=CHANGES).status_code == 204
        assert names(client) == ["sounds"]
        assert refusal(client.get(f"{url}/search"), 404)
        assert client.get("/api/known").json() == []  # it was forgotten
        assert len(known_libraries(tmp_path / "data")) == 2  # and its index is still there
        assert add(client, more).json()["sounds"] == 2
        assert client.delete(f"{url}?index=true", headers=CHANGES).status_code == 204
        assert [library.folder for library in known_libraries(tmp_path / "data")] == [folder]
    assert files_of(more) == before


def test_a_folder_that_cannot_be_added_is_refused_in_words(folder, model, tmp_path):
    with served([folder], model, tmp_path / "data", manage=True) as client:
        for path, words in (
            (tmp_path / "none", "no such folder"),
            (folder / "long.flac", "not a folder"),
            ("more", "whole path"),
            ("../more", "whole path"),
            ("/tmp/\0", "no folder has such a path"),
            ("~nobody-of-this-name/x", "no folder has such a path"),
        ):
            assert words in refusal(add(client, path), 422)
        assert refusal(client.post("/api/libraries", json={}, headers=CHANGES), 422)
        headers = {**CHANGES, "Content-Type": "application/json"}
        no_text = client.post("/api/libraries", content=b"\xe9", headers=headers)
        assert "no JSON" in refusal(no_text, 422)
        assert names(client) == ["sounds"]


@pytest.mark.parametrize(
    ("told", "allowed"),
    [
        ({"token": TOKEN}, True),
        ({"token": TOKEN, "host": "::1"}, True),
        ({"token": TOKEN, "host": "localhost"}, True),
        ({"token": TOKEN, "host": "0.0.0.0"}, False),
        ({"token": TOKEN, "host": "192.168.1.2"}, False),
        ({"token": TOKEN, "host": "studio"}, False),
        ({}, False),  # whoever has an account on this machine may ask
        ({"token": TOKEN, "public": PublicAddress.of("https://studio.example/m")}, False),
        ({"token": TOKEN, "host": "0.0.0.0", "manage": True}, True),
    ],
)
def test_only_the_owner_may_add_and_remove(folder, more, model, told, allowed):
    with served([folder], model, more.parent / "data", wait=False, **told) as client:
        client.headers |= {"Authorization": f"Bearer {TOKEN}"}
        (library,) = client.get("/api/libraries").json()
        assert client.get("/api/status").json()["manages"] == allowed
        url = f"/api/libraries/{library['id']}"
        if allowed:
            assert add(client, more).status_code == 201
            assert client.delete(url, headers=CHANGES).status_code == 204
        else:
            for answer in (add(client, more), client.delete(url, headers=CHANGES), client.get("/api/known")):
                assert "menura serve --manage" in refusal(answer, 403)
            assert len(client.get("/api/libraries").json()) == 1


def test_nothing_is_added_or_removed_without_the_header(folder, more, model, tmp_path):
    with served([folder], model, tmp_path / "data", wait=False, manage=True) as client:
        (library,) = client.get("/api/libraries").json()
        assert "X-Menura" in refusal(client.post("/api/libraries", json={"folder": str(more)}), 403)
        assert "X-Menura" in refusal(client.delete(f"/api/libraries/{library['id']}"), 403)
        assert len(client.get("/api/libraries").json()) == 1


def test_a_folder_that_is_absent_is_marked_and_the_rest_goes_on(folder, more, model, tmp_path):
    data, away = tmp_path / "data", tmp_path / "away"
    with served([folder, more], model, data):
        pass
    more.rename(away)
    with served([more, folder], model, data) as client:
        absent, there = wait_until_indexed(client)
        assert (absent["state"], there["state"]) == ("absent", "ready")
        assert "no such folder" in absent["error"] and "connect" in absent["error"]
        assert absent["sounds"] == 2  # they are kept
        url = f"/api/libraries/{absent['id']}"
        assert client.get(f"{url}/search").json()["total"] == 0
        assert client.get(f"{url}/folders").json() == []
        assert client.get("/api/search").json()["total"] == 12
        assert client.post(f"{url}/index", headers=CHANGES).status_code == 202  # it is still absent
        assert wait_until_indexed(client)[0]["state"] == "absent"
        away.rename(more)
        assert client.post(f"{url}/index", headers=CHANGES).status_code == 202
        assert wait_until_indexed(client)[0]["state"] == "ready"
        assert client.get("/api/search").json()["total"] == 14


def test_the_place_of_a_disk_without_the_disk_is_absent_too(more, model, tmp_path):
    with served([more], model, tmp_path / "data") as client:
        shutil.rmtree(more)
        more.mkdir()
        (library,) = wait_until_indexed(client)
        assert library["state"] == "absent" and "empty" in library["error"]
        assert client.get(f"/api/libraries/{library['id']}/search").json()["total"] == 0


def test_what_was_never_there_is_refused_or_marked(folder, model, tmp_path):
    data = tmp_path / "data"
    with pytest.raises(UsageError, match="no such folder"):
        create_app(Settings((tmp_path / "none",), model=model, data_dir=data))
    with served([tmp_path / "none", folder], model, data) as client:
        assert [library["state"] for library in wait_until_indexed(client)] == ["absent", "ready"]
        assert client.get("/api/search").json()["total"] == 12
    assert [library.folder for library in known_libraries(data)] == [folder]


def test_an_index_that_is_damaged_takes_no_other_library_along(folder, more, model, tmp_path):
    data = tmp_path / "data"
    with served([more], model, data):
        pass
    for file in (data / "libraries").rglob("index.sqlite"):
        file.write_bytes(b"no index at all" * 1_000)
    with pytest.raises(LibraryError, match="damaged"):
        create_app(Settings((more,), model=model, data_dir=data))
    with served([more, folder], model, data) as client:
        bad, good = wait_until_indexed(client)
        assert (bad["state"], good["state"]) == ("failed", "ready")
        assert "menura index" in bad["error"]


def test_without_a_folder_the_known_ones_are_served_the_last_used_first(folder, more, model, tmp_path, caplog):
    data = tmp_path / "data"

    def opened():
        with served_known(model, data) as client:
            return names(client)

    assert opened() == []
    assert "no folder is known yet" in caplog.text
    with pytest.raises(UsageError, match="no folder is known yet"):
        create_app(Settings(None, model=model, data_dir=data))
    for one in (folder, more):
        with served([one], model, data):
            time.sleep(0.01)
    assert opened() == ["more", "sounds"]
    with served([folder], model, data, manage=True) as client:
        assert client.get("/api/known").json() == [{"folder": str(more), "name": "more", "there": True}]
    assert opened() == ["sounds", "more"]
    with served_known(model, data) as client:
        first, _ = wait_until_indexed(client)
        client.delete(f"/api/libraries/{first['id']}", headers=CHANGES)
    assert opened() == ["more"]
    with served([folder], model, data):
        pass
    assert opened() == ["sounds", "more"]


def served_known(model, data):
    return served(None, model, data, manage=True)


def test_several_libraries_are_one_list_and_every_item_says_its_own(folder, more, model, tmp_path):
    shutil.copy(folder / "sound 0.wav", more / "sound zero.wav")
    with served([folder, more], model, tmp_path / "data") as client:
        first, second = wait_until_indexed(client)
        take = add_take(client)
        whole = client.get("/api/search", params={"take": take, "limit": 100}).json()
        assert whole["total"] == 13 == len(whole["items"])
        logits = [item["logit"] for item in whole["items"]]
        assert logits == sorted(logits, reverse=True)
        of = {item["path"]: item for item in whole["items"]}
        assert of["copy.wav"]["library"] == second["id"] and of["long.flac"]["library"] == first["id"]
        assert of["copy.wav"]["alike"] == ["other.wav"]
        assert (of["sound 0.wav"]["n_alike"], of["sound 0.wav"]["alike"]) == (1, ["more/sound zero.wav"])
        for one in (first, second):
            alone = client.get(f"/api/libraries/{one['id']}/search", params={"take": take, "limit": 100}).json()
            same = client.get("/api/search", params={"lib": one["id"], "take": take, "limit": 100}).json()
            assert same["items"] == alone["items"] and same["total"] == alone["total"]
        asked = {"take": [take, add_take(client, wav_bytes(7, duration_s=0.4))], "limit": 100, "shorter": 0.7}
        together = client.get("/api/search", params=asked).json()["items"]
        alone = client.get(f"/api/libraries/{first['id']}/search", params=asked).json()["items"]
        shared = [{**item, "n_alike": 0, "alike": []} for item in together if item["library"] == first["id"]]
        assert shared == [{**item, "n_alike": 0, "alike": []} for item in alone]
        assert 0 < len(shared) < len(together) < 13
        item = of["copy.wav"]
        liked = {"lib": second["id"], "like": f"{second['id']}/{item['id']}"}
        alone = client.get(f"/api/libraries/{second['id']}/search", params={"like": item["id"]}).json()
        assert client.get("/api/search", params=liked).json()["items"] == alone["items"]
        assert alone["items"][0]["score"] is not None
        del liked["lib"]
        assert client.get("/api/search", params=liked).json()["total"] == 13
        client.put(f"/api/libraries/{second['id']}/favourites/{item['id']}", headers=CHANGES)
        marked = client.get("/api/search", params={"favourites": "true"}).json()["items"]
        assert [one["path"] for one in marked] == ["copy.wav"]
        assert refusal(client.get("/api/search", params={"lib": ["nope"]}), 404)
        assert refusal(client.get("/api/search", params={"like": "1"}), 422)
        pages = [client.get("/api/search", params={"offset": at, "limit": 4}).json()["items"] for at in range(0, 16, 4)]
        listed = [(item["library"], item["path"]) for page in pages for item in page]
        assert listed == sorted(listed, key=lambda one: (one[0] != first["id"], one[1])) and len(listed) == 15


def test_favourites_of_an_older_menura_are_still_there(folder, model, tmp_path):
    data = tmp_path / "data"
    data.mkdir()
    with closing(sqlite3.connect(data / "favourites.sqlite", isolation_level=None)) as db:
        columns = "folder BLOB NOT NULL, path BLOB NOT NULL, PRIMARY KEY (folder, path)"
        db.execute(f"CREATE TABLE favourites ({columns}) WITHOUT ROWID")
        db.execute("INSERT INTO favourites VALUES (?, ?)", (os.fsencode(folder), b"old.aiff"))
    with served([folder], model, data) as client:
        found = client.get("/api/search", params={"favourites": "true"}).json()
        assert [item["path"] for item in found["items"]] == ["old.aiff"]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no /dev/null")
def test_a_data_directory_that_cannot_be_written_is_said_to_be_one(folder, model):
    """Not a damaged index, as `menura index` would have it anew."""
    with pytest.raises(LibraryError, match=r"/dev/null.*cannot be made .*XDG_DATA_HOME") as refused:
        create_app(Settings((folder,), model=model, data_dir=Path("/dev/null/data")))
    assert "damaged" not in str(refused.value)
    with pytest.raises(LibraryError, match=r"/dev/null.*cannot make .*XDG_DATA_HOME") as refused:
        Library.open(folder, model, "/dev/null/data").index()
    assert "damaged" not in str(refused.value)
