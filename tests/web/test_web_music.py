"""Pitch and tempo over the wire: said of each sound, filtered by, refused where they are none."""

import pytest

from menura.web.routes import libraries
from musical_sounds import write_loop, write_note
from web_clients import add_take, refusal, served


@pytest.fixture(scope="module")
def notes(tmp_path_factory):
    folder = tmp_path_factory.mktemp("notes")
    write_note(folder / "a.wav", 220)
    write_note(folder / "f.wav", 185)
    write_loop(folder / "beat.wav", 120)
    return folder


@pytest.fixture(scope="module")
def music_client(notes, random_bundle_folder, tmp_path_factory):
    with served([notes], random_bundle_folder, tmp_path_factory.mktemp("data")) as client:
        yield client


@pytest.fixture
def lib(music_client):
    return f"/api/libraries/{music_client.get('/api/libraries').json()[0]['id']}"


def names(client, lib, **params):
    found = client.get(f"{lib}/search", params=params).json()
    assert found["total"] == len(found["items"])
    return {item["name"] for item in found["items"]}


def test_every_sound_says_what_is_sure_of_it(music_client, lib):
    items = {item["name"]: item for item in music_client.get(f"{lib}/search").json()["items"]}
    assert {name: (item["note"], item["tempo_bpm"] and round(item["tempo_bpm"])) for name, item in items.items()} == {
        "a.wav": ("A3", None),
        "f.wav": ("F#3", None),
        "beat.wav": (None, 120),
    }
    assert items["a.wav"]["pitch_hz"] == pytest.approx(220, rel=0.01)
    one = music_client.get(f"{lib}/sounds/{items['a.wav']['id']}").json()
    assert one["note"] == "A3"


def test_both_narrow_lists_and_rankings_of_one_library_and_of_several(music_client, lib):
    for asked in ({}, {"take": add_take(music_client)}):
        assert names(music_client, lib, pitch="A3", **asked) == {"a.wav"}
        assert names(music_client, lib, pitch=" F3 - A3 ", **asked) == {"a.wav", "f.wav"}
        assert names(music_client, lib, tempo="240", **asked) == {"beat.wav"}
        assert names(music_client, lib, tempo="240", pitch="A3", **asked) == set()
        assert names(music_client, lib, tempo="", pitch="", **asked) == {"a.wav", "f.wav", "beat.wav"}
        assert names(music_client, "/api", pitch="A3", **asked) == {"a.wav"}


@pytest.mark.parametrize(("what", "text"), [("pitch", "loud"), ("pitch", "B3-A3"), ("tempo", "0"), ("tempo", "x" * 41)])
def test_what_is_none_is_refused(music_client, lib, what, text):
    assert music_client.get(f"{lib}/search", params={what: text}).status_code == 422


def test_the_refusal_says_what_to_write(music_client, lib):
    answer = music_client.get(f"{lib}/search", params={"pitch": "loud"})
    assert refusal(answer, 422).startswith("'loud' is no pitch: give a note, Hz, or from one to another")


def test_the_status_says_what_to_install(music_client, monkeypatch):
    told = music_client.get("/api/status").json()
    assert (told["music"], told["music_advice"]) == (True, None)
    monkeypatch.setattr(libraries, "has_music", lambda: False)
    assert "menura[music]" in music_client.get("/api/status").json()["music_advice"]


def test_a_server_can_be_told_to_say_none(notes, random_bundle_folder, tmp_path):
    with served([notes], random_bundle_folder, tmp_path, music=False) as client:
        lib = f"/api/libraries/{client.get('/api/libraries').json()[0]['id']}"
        told = client.get("/api/status").json()
        assert (told["music"], told["music_advice"]) == (False, None)
        assert {item["note"] for item in client.get(f"{lib}/search").json()["items"]} == {None}
        assert "switched off" in refusal(client.get(f"{lib}/search", params={"pitch": "A3"}), 422)
