"""Teaching: a sound is asked for, a take of it is kept in a folder of the owner's, what is learned can be forgotten."""

import io

import numpy as np
import pytest
import soundfile

from bundles import write_sound
from menura.corpora.plain import load_plain
from menura.personal import takes as takes_module
from menura.personal import telling
from menura.personal.learning import Learned
from menura.search.voice import VoiceMap
from web_clients import CHANGES, add_take, refusal, served, wait_until_indexed, wav_bytes, write_library


@pytest.fixture
def place(tmp_path):
    write_library(tmp_path / "sounds")
    return tmp_path


@pytest.fixture
def client(place, random_bundle_folder):
    with served([place / "sounds"], random_bundle_folder, place / "data", manage=True) as client:
        yield client


@pytest.fixture
def lib(client):
    (library,) = client.get("/api/libraries").json()
    return f"/api/libraries/{library['id']}"


def next_of(client, lib, skip=()):
    answer = client.get(f"{lib}/teach/next", params={"skip": list(skip)})
    assert answer.status_code == 200, answer.text
    return answer.json()


def keep(client, lib, sound_id, content=None, **params):
    body = wav_bytes(sound_id) if content is None else content
    return client.post(f"{lib}/teach/{sound_id}", content=body, params=params, headers=CHANGES)


def teach(client, lib, n):
    for _ in range(n):
        asked = next_of(client, lib)["sound"]
        assert keep(client, lib, asked["id"]).status_code == 201
    return client.get(f"{lib}/teach").json()


def wav_of(samples, rate_hz=44_100):
    stream = io.BytesIO()
    soundfile.write(stream, samples, rate_hz, format="WAV")
    return stream.getvalue()


def test_a_take_of_what_was_asked_for_is_kept_and_ranked_as_a_search_ranks(client, lib, place):
    assert client.get(f"{lib}/teach").json()["takes"] == []
    asked = next_of(client, lib)
    assert (asked["why"], asked["sentence"]) == ("new", "Many sounds here are like it: a place to begin.")
    sound = asked["sound"]
    kept = keep(client, lib, sound["id"])
    assert kept.status_code == 201, kept.text
    (take,) = kept.json()["state"]["takes"]
    assert take["name"] == kept.json()["name"]
    assert take["label"] == sound["name"].rpartition(".")[0]

    audio = client.get(f"/api/teach/takes/{take['name']}/audio")
    assert audio.headers["content-type"] == "audio/wav"
    items = client.get(f"{lib}/search", params={"take": add_take(client, audio.content), "limit": 100}).json()["items"]
    assert [item["id"] for item in items].index(sound["id"]) + 1 == take["rank"]
    catalogue = load_plain(place / "data" / "voice")
    assert [item.id for item in catalogue.imitations] == [take["name"]]
    assert client.get(f"{lib}/teach").json()["folder"] == str(place / "data" / "voice")


def test_no_sound_is_asked_for_again_nor_one_that_was_skipped(client, lib):
    first = next_of(client, lib)["sound"]["id"]
    assert next_of(client, lib)["sound"]["id"] == first  # a page that is loaded again asks the same
    second = next_of(client, lib, [first])["sound"]["id"]
    keep(client, lib, second)
    seen = {first, second}
    for _ in range(10):
        asked = next_of(client, lib, [first])["sound"]["id"]
        assert asked not in seen
        seen.add(asked)
        keep(client, lib, asked)
    last = next_of(client, lib, [first])
    assert (last["sound"], last["sentence"]) == (None, "Every sound that is there has been asked for.")


def test_what_was_not_found_is_asked_about(client, lib):
    state = teach(client, lib, 4)
    asked = [next_of(client, lib, [10_000 + n for n in range(skipped)]) for skipped in range(3)]
    uncertain = [one for one in asked if one["why"] == "uncertain"]
    missed = [take for take in state["takes"] if take["rank"] > 10]
    assert bool(uncertain) == bool(missed)
    for one in uncertain:
        assert "which your take did not find: it was number" in one["sentence"]


def test_done_again_replaces_and_a_click_deletes(client, lib):
    asked = next_of(client, lib)["sound"]["id"]
    first = keep(client, lib, asked).json()["name"]
    second = keep(client, lib, asked, wav_bytes(7), instead=first).json()
    assert [take["name"] for take in second["state"]["takes"]] == [second["name"]] != [first]
    assert client.delete(f"/api/teach/takes/{second['name']}", headers=CHANGES).status_code == 204
    assert "may have been deleted" in refusal(client.delete(f"/api/teach/takes/{first}", headers=CHANGES), 404)
    assert "may have been deleted" in refusal(client.get(f"/api/teach/takes/{first}/audio"), 404)
    assert client.get(f"{lib}/teach").json()["takes"] == []


def test_silence_and_the_loudspeaker_are_said_and_nothing_is_kept(client, lib, place):
    asked = next_of(client, lib)["sound"]
    assert "nothing is heard" in refusal(keep(client, lib, asked["id"], wav_of(np.zeros(44_100))), 422)
    samples, rate_hz = soundfile.read(place / "sounds" / asked["path"])
    late = np.concatenate([np.zeros(20_000), 0.3 * samples, np.zeros(9_000)])
    line = refusal(keep(client, lib, asked["id"], wav_of(late, rate_hz)), 422)
    assert "the sound itself is heard in this take" in line
    refusal(keep(client, lib, asked["id"], b"garbage"), 422)
    assert client.get(f"{lib}/teach").json()["takes"] == []


def test_a_sound_deleted_meanwhile_is_kept_with_its_take(client, lib, place):
    asked = next_of(client, lib)["sound"]
    (place / "sounds" / asked["path"]).unlink()
    client.post(f"{lib}/index", headers=CHANGES)
    wait_until_indexed(client)
    kept = keep(client, lib, asked["id"])
    assert kept.status_code == 201
    assert kept.json()["state"]["takes"][0]["rank"] >= 1
    (sound,) = load_plain(place / "data" / "voice").sounds
    assert len(soundfile.read(sound.path)[0]) > 1_000
    never_asked = 999_999
    assert "take the next one" in refusal(keep(client, lib, never_asked), 404)
    assert next_of(client, lib)["sound"]["id"] != asked["id"]


def test_a_sound_that_is_gone_from_the_disk_is_not_asked_for(client, lib, place):
    first = next_of(client, lib)["sound"]
    with served([place / "sounds"], client.app.state.server.settings.model, place / "data", manage=True) as anew:
        (place / "sounds" / first["path"]).rename(place / "elsewhere.wav")
        assert next_of(anew, lib)["sound"]["id"] != first["id"]


def test_a_full_disk_is_said(client, lib, monkeypatch):
    asked = next_of(client, lib)["sound"]["id"]

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(takes_module, "_write_wav", full)
    assert "the take was not kept (No space left on device); make room" in refusal(keep(client, lib, asked), 500)
    monkeypatch.undo()
    assert keep(client, lib, asked).status_code == 201


def test_too_few_takes_are_said(client, lib):
    teach(client, lib, 2)
    assert "takes of 2 sounds" in refusal(client.post(f"{lib}/learned", headers=CHANGES), 422)


def learned_by(monkeypatch, shift):
    """Learning that comes to this, whatever the takes; None for nothing."""

    def learn(lessons, weight, usual):
        ranks, width = lessons.ranks(lessons.queries, weight), len(weight)
        zeros = np.zeros(width, np.float32)
        made = (
            None if shift is None else VoiceMap(zeros, zeros + np.float32(shift), np.zeros((width, width), np.float32))
        )
        return Learned(made, ranks, np.maximum(ranks - 1, 1), len(lessons.pool.sound_ids), 4, 0.1)

    monkeypatch.setattr(telling.learning, "learn", learn)


def test_what_is_learned_is_searched_with_until_it_is_forgotten(client, lib, monkeypatch):
    teach(client, lib, 10)
    take = add_take(client)

    def logits(url):
        return [item["logit"] for item in client.get(url, params={"take": take}).json()["items"]]

    plain = logits(f"{lib}/search")
    learned_by(monkeypatch, 1.0)
    told = client.post(f"{lib}/learned", headers=CHANGES).json()
    assert (told["kept"], told["takes"], told["among"]) == (True, 10, 12)
    assert told["sentence"].startswith("Learned from 10 takes of 10 sounds.")
    assert client.get(f"{lib}/teach").json()["learned"] == told
    assert logits(f"{lib}/search") != plain
    assert logits("/api/search") == logits(f"{lib}/search")
    assert client.delete("/api/teach/learned", headers=CHANGES).status_code == 204
    assert logits(f"{lib}/search") == plain
    assert len(client.get(f"{lib}/teach").json()["takes"]) == 10


def test_what_cannot_be_written_on_a_full_disk_leaves_what_was_learned_before(client, lib, monkeypatch):
    teach(client, lib, 10)
    learned_by(monkeypatch, 1.0)
    before = client.post(f"{lib}/learned", headers=CHANGES).json()

    def full(*_, **__):
        raise OSError(28, "No space left on device")

    learned_by(monkeypatch, 2.0)
    monkeypatch.setattr("menura.search.voice.save_file", full)
    assert "make room on the disk" in refusal(client.post(f"{lib}/learned", headers=CHANGES), 500)
    assert client.get(f"{lib}/teach").json()["learned"] == before
    assert len(client.get(f"{lib}/teach").json()["takes"]) == 10


def test_where_nothing_is_better_an_earlier_map_goes(client, lib, monkeypatch):
    teach(client, lib, 10)
    learned_by(monkeypatch, 1.0)
    client.post(f"{lib}/learned", headers=CHANGES)
    learned_by(monkeypatch, None)
    told = client.post(f"{lib}/learned", headers=CHANGES).json()
    assert not told["kept"]
    assert told["sentence"].startswith("Nothing was learned:")
    assert client.get(f"{lib}/teach").json()["learned"] is None


def test_deleting_all_leaves_nothing_of_the_voice(client, lib, place, monkeypatch):
    teach(client, lib, 10)
    learned_by(monkeypatch, 1.0)
    client.post(f"{lib}/learned", headers=CHANGES)
    assert client.delete("/api/teach/takes", headers=CHANGES).status_code == 204
    assert [file for file in (place / "data" / "voice").rglob("*") if file.suffix in {".wav", ".safetensors"}] == []


def test_a_library_that_is_away_is_said(client, lib, place):
    (place / "sounds").rename(place / "away")
    assert "connect" in refusal(client.get(f"{lib}/teach"), 500)


def test_who_may_not_have_files_written_may_not_teach_nor_is_anything_of_the_owners_applied(
    place, random_bundle_folder
):
    voice = place / "data"
    with served([place / "sounds"], random_bundle_folder, voice) as stranger:
        (library,) = stranger.get("/api/libraries").json()
        lib = f"/api/libraries/{library['id']}"
        for answer in (stranger.get(f"{lib}/teach"), stranger.get(f"{lib}/teach/next"), keep(stranger, lib, 1)):
            refusal(answer, 403)
        take = add_take(stranger)
        url = f"{lib}/search"
        plain = stranger.get(url, params={"take": take}).json()["items"]
        server = stranger.app.state.server
        width = server.bundle.spec.n_hidden
        ones = np.ones(width, np.float32)
        server.voice.keep(VoiceMap(ones, ones, np.zeros((width, width), np.float32)), {})
        assert stranger.get(url, params={"take": take}).json()["items"] == plain


def test_long_sounds_are_asked_for_only_where_there_are_no_others(tmp_path, random_bundle_folder):
    write_sound(tmp_path / "sounds" / "long.wav", 1, duration_s=12.0)
    with served([tmp_path / "sounds"], random_bundle_folder, tmp_path / "data", manage=True) as client:
        (library,) = client.get("/api/libraries").json()
        lib = f"/api/libraries/{library['id']}"
        sound = next_of(client, lib)["sound"]
        assert sound["name"] == "long.wav"
        assert keep(client, lib, sound["id"]).status_code == 201
    (kept,) = load_plain(tmp_path / "data" / "voice").sounds
    assert soundfile.info(kept.path).duration == pytest.approx(10.0)
