"""The API: what the index says, page by page, and what a browser needs to show and play it."""

import base64
import io
import os
import shutil
import threading
import time
from itertools import chain, pairwise
from pathlib import Path

import numpy as np
import pytest
import soundfile

import menura
from bundles import edit_card, write_sound
from compressed import COMPRESSED, encode, natural_rate_hz
from menura import Library
from menura.audio.features import log_mel
from menura.audio.files import read_audio
from menura.index.store import LibraryIndex
from menura.specs import RECORDING_FRONT_END
from web_clients import CHANGES, add_take, refusal, served, wait_until_indexed, wav_bytes


@pytest.fixture(scope="module")
def take(client):
    return add_take(client)


def paths(answer) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [item["path"] for item in answer.json()["items"]]


def sound_id(client, lib, name) -> int:
    (item,) = client.get(f"{lib}/search", params={"text": name}).json()["items"]
    return item["id"]


def test_what_is_served_says_what_it_is(client, folder):
    status = client.get("/api/status").json()
    assert status == {
        "version": menura.__version__,
        "model": "random",
        "gallery": False,
        "gallery_key": None,
        "max_take_s": 60.0,
        "max_take_bytes": 32 * 2**20,
        "max_heard_s": 4.0,
        "window_s": 3.0,
        "sample_rate_hz": 16_000,
        "manages": False,
        "music": True,
        "music_advice": None,
    }
    (library,) = client.get("/api/libraries").json()
    assert (library["name"], library["folder"], library["state"]) == ("sounds", str(folder), "ready")
    assert (library["sounds"], library["skipped"], library["progress"]) == (12, 1, None)


def test_files_that_could_not_be_read_are_listed_with_the_reason(client, lib):
    skipped = client.get(f"{lib}/skipped").json()
    assert skipped["total"] == 1
    assert skipped["items"][0]["path"] == "broken.wav"
    assert "not a sound file" in skipped["items"][0]["reason"]
    assert client.get(f"{lib}/skipped?offset=1").json() == {"total": 1, "items": []}


def test_folders_count_what_is_below_them(client, lib):
    assert client.get(f"{lib}/folders").json() == [
        {"folder": "", "sounds": 12},
        {"folder": "drums", "sounds": 6},
        {"folder": "drums/kicks", "sounds": 3},
    ]


def test_a_take_finds_what_the_library_finds(client, folder, random_bundle, tmp_path):
    (served_library,) = client.get("/api/libraries").json()
    (tmp_path / "take.wav").write_bytes(wav_bytes())
    with Library.open(folder, random_bundle, tmp_path / "data") as library:
        hits = library.search(tmp_path / "take.wav", top=12)
    found = client.get(f"/api/libraries/{served_library['id']}/search", params={"take": add_take(client)}).json()
    assert found["total"] == 12
    assert [(item["path"], item["score"], item["start_s"], item["end_s"]) for item in found["items"]] == [
        (hit.path, hit.score, hit.start_s, hit.end_s) for hit in hits
    ]
    assert found["ms"]["embed"] > 0 and found["ms"]["total"] >= found["ms"]["scan"] > 0


def test_scores_have_words_where_the_model_has_steps(client, lib, take, random_bundle_folder, tmp_path):
    folder = client.get("/api/libraries").json()[0]["folder"]
    plain = client.get(f"{lib}/search", params={"take": take}).json()
    assert plain["nearest"] is None and {item["word"] for item in plain["items"]} == {None}
    model = shutil.copytree(random_bundle_folder, tmp_path / "model")
    edit_card(model, steps={"close": plain["items"][0]["score"], "likely": plain["items"][2]["score"]})
    with served([Path(folder)], model, tmp_path / "data") as stepped:
        (library,) = stepped.get("/api/libraries").json()
        params = {"take": add_take(stepped), "limit": 4}
        url = f"/api/libraries/{library['id']}/search"
        found = stepped.get(url, params=params).json()
        assert [item["word"] for item in found["items"]] == ["close", "likely", "likely", "loose"]
        assert found["nearest"] == "close"
        assert stepped.get(url, params=params | {"offset": 4}).json()["nearest"] == "close"
        listed = stepped.get(url).json()
        assert listed["nearest"] is None and {item["word"] for item in listed["items"]} == {None}


@pytest.mark.parametrize("asked", [{}, {"take": True}, {"like": 2}, {"take": True, "unlike": [1, 4], "like": [3]}])
def test_pages_put_together_are_the_whole(client, lib, take, asked):
    asked = asked | ({"take": take} if "take" in asked else {})
    whole = paths(client.get(f"{lib}/search", params=asked | {"limit": 100}))
    n_hidden = len(asked.get("unlike", []))
    assert len(set(whole)) == 12 - n_hidden
    parts = [paths(client.get(f"{lib}/search", params=asked | {"limit": 5, "offset": at})) for at in (0, 5, 10, 15)]
    assert [len(part) for part in parts] == [5, 5, 2 - n_hidden, 0]
    assert list(chain.from_iterable(parts)) == whole


def test_copies_are_one_item_that_names_the_others(random_bundle_folder, tmp_path):
    write_sound(tmp_path / "sounds/a.wav", 1)
    for name in "hcbgdfe":
        shutil.copy(tmp_path / "sounds/a.wav", tmp_path / f"sounds/{name}.wav")
    write_sound(tmp_path / "sounds/other.wav", 2)
    with served([tmp_path / "sounds"], random_bundle_folder, tmp_path / "data") as client:
        (library,) = client.get("/api/libraries").json()
        url = f"/api/libraries/{library['id']}/search"
        found = client.get(url, params={"take": add_take(client)}).json()
        listed = client.get(url).json()
    items = {item["path"]: (item["n_alike"], item["alike"]) for item in found["items"]}
    assert found["total"] == 2 and items == {"a.wav": (7, [f"{name}.wav" for name in "bcdefgh"]), "other.wav": (0, [])}
    assert listed["total"] == 9 and {item["n_alike"] for item in listed["items"]} == {0}


def test_without_a_query_sounds_are_listed_by_path(client, lib):
    listed = client.get(f"{lib}/search", params={"limit": 100}).json()
    assert paths(client.get(f"{lib}/search", params={"limit": 100})) == sorted(item["path"] for item in listed["items"])
    assert {item["score"] for item in listed["items"]} == {None}
    first = next(item for item in listed["items"] if item["path"] == "drums/kicks/sound 2.wav")
    assert (first["name"], first["folder"]) == ("sound 2.wav", "drums/kicks")


@pytest.mark.parametrize("with_take", [True, False])
def test_filters_leave_out_what_does_not_fit_and_change_no_score(client, lib, take, with_take):
    asked = {"take": take, "limit": 100} if with_take else {"limit": 100}
    every = client.get(f"{lib}/search", params=asked).json()["items"]
    kicks = client.get(f"{lib}/search", params=asked | {"folder": "drums/kicks"}).json()
    assert kicks["items"] == [item for item in every if item["folder"] == "drums/kicks"]
    assert kicks["total"] == 3
    drums = client.get(f"{lib}/search", params=asked | {"folder": "drums"}).json()
    assert drums["items"] == [item for item in every if item["path"].startswith("drums/")]
    both = client.get(f"{lib}/search", params=asked | {"folder": "drums", "text": "sound 5"}).json()
    assert [item["path"] for item in both["items"]] == ["drums/kicks/sound 5.wav"]
    assert paths(client.get(f"{lib}/search", params=asked | {"folder": "drum"})) == []
    assert "holds no word" in refusal(client.get(f"{lib}/search", params=asked | {"text": "***"}), 422)


def test_favourites_are_kept_and_survive_a_new_index(folder, random_bundle, random_bundle_folder, tmp_path):
    data = tmp_path / "data"
    with served([folder], random_bundle_folder, data) as client:
        (library,) = client.get("/api/libraries").json()
        url = f"/api/libraries/{library['id']}"
        chosen = sound_id(client, url, "sound 4")
        assert client.put(f"{url}/favourites/{chosen}", headers=CHANGES).status_code == 204
        assert client.put(f"{url}/favourites/{chosen}", headers=CHANGES).status_code == 204
        assert client.get(f"{url}/sounds/{chosen}").json()["favourite"]
    with Library.open(folder, random_bundle, data) as opened:
        opened.index(rebuild=True)
    with served([folder], random_bundle_folder, data) as client:
        asked = {"favourites": "true", "take": add_take(client)}
        assert paths(client.get(f"{url}/search", params=asked)) == ["drums/sound 4.wav"]
        chosen = sound_id(client, url, "sound 4")
        assert client.delete(f"{url}/favourites/{chosen}", headers=CHANGES).status_code == 204
        assert paths(client.get(f"{url}/search", params={"favourites": "true"})) == []
        assert refusal(client.put(f"{url}/favourites/999999", headers=CHANGES), 404)


def test_a_take_is_heard_from_where_something_is_heard(client):
    answer = client.post("/api/takes", content=wav_bytes(duration_s=5, silence_s=2), headers=CHANGES).json()
    assert answer["duration_s"] == pytest.approx(7)
    start, end = answer["heard_s"]
    assert start == pytest.approx(1.97, abs=0.03)
    assert end - start == pytest.approx(4)


def test_silence_before_a_take_changes_no_score(client, lib):
    plain = add_take(client, wav_bytes(duration_s=1, silence_s=0.03))
    late = add_take(client, wav_bytes(duration_s=1, silence_s=1.5))
    scores = [
        [item["score"] for item in client.get(f"{lib}/search", params={"take": take}).json()["items"]]
        for take in (plain, late)
    ]
    assert scores[0] == pytest.approx(scores[1], abs=2e-3)  # frames of the room begin elsewhere


def test_takes_of_other_kinds_are_welcome(client):
    noise = np.random.default_rng(0).normal(0, 0.1, (24_000, 2))
    for kind, subtype in (("FLAC", "PCM_16"), ("OGG", "VORBIS"), ("WAV", "FLOAT"), ("AIFF", "PCM_24"), ("MP3", None)):
        stream = io.BytesIO()
        soundfile.write(stream, noise, 48_000, format=kind, subtype=subtype)
        assert add_take(client, stream.getvalue())


def test_a_silent_take_is_refused_in_words(client):
    silent = io.BytesIO()
    soundfile.write(silent, np.zeros(16_000), 16_000, format="WAV")
    answer = client.post("/api/takes", content=silent.getvalue(), headers=CHANGES)
    assert "microphone" in refusal(answer, 422)
    assert "not a sound file" in refusal(client.post("/api/takes", content=b"nonsense", headers=CHANGES), 422)
    assert refusal(client.post("/api/takes", content=b"", headers=CHANGES), 422)


def test_a_take_that_is_forgotten_is_unknown(client, lib):
    take = add_take(client)
    assert client.delete(f"/api/takes/{take}", headers=CHANGES).status_code == 204
    assert refusal(client.get(f"{lib}/search", params={"take": take}), 404) == "take unknown"
    assert refusal(client.delete(f"/api/takes/{take}", headers=CHANGES), 404) == "take unknown"


def test_the_latest_takes_alone_are_kept(folder, random_bundle_folder, tmp_path):
    with served([folder], random_bundle_folder, tmp_path / "data") as client:
        (library,) = client.get("/api/libraries").json()
        content = wav_bytes(duration_s=0.1)
        first, *_, last = (add_take(client, content) for _ in range(65))
        url = f"/api/libraries/{library['id']}/search"
        assert refusal(client.get(url, params={"take": first}), 404) == "take unknown"
        assert client.get(url, params={"take": last}).status_code == 200


def test_details_of_a_sound_are_those_of_its_file(client, lib, folder):
    details = client.get(f"{lib}/sounds/{sound_id(client, lib, 'long')}").json()
    assert (details["channels"], details["sample_rate_hz"], details["format"]) == (1, 22_050, "FLAC PCM_16")
    assert details["size_bytes"] == (folder / "long.flac").stat().st_size
    assert details["absolute_path"] == str(folder / "long.flac")
    assert details["duration_s"] == pytest.approx(7)


def test_a_view_draws_the_window_that_the_network_hears(client, lib, folder):
    url = f"{lib}/sounds/{sound_id(client, lib, 'long')}/view"
    view = client.get(url, params={"start_s": 1.5}).json()
    assert (view["bands"], view["frames"], len(view["band_hz"])) == (128, 128, 128)
    assert (view["start_s"], view["end_s"], view["duration_s"]) == (1.5, 4.5, 7.0)
    levels = np.frombuffer(base64.b64decode(view["log_mel"]), np.uint8).reshape(128, 128)
    window = read_audio(folder / "long.flac", 44_100)[round(1.5 * 44_100) :][:132_300]
    range_db = RECORDING_FRONT_END.dynamic_range_db
    assert np.abs((levels / 255 - 1) * range_db - log_mel(window, RECORDING_FRONT_END)).mean() < 0.5
    assert levels.max() == 255
    samples, _ = soundfile.read(folder / "long.flac")
    assert len(view["peaks"]) == 400
    assert max(view["peaks"]) == pytest.approx(np.abs(samples).max(), abs=1e-3)
    assert view["band_hz"] == sorted(view["band_hz"])
    assert client.get(url, params={"start_s": 1.5}).json() == view


def test_a_view_beyond_the_end_is_that_of_the_end(client, lib):
    view = client.get(f"{lib}/sounds/{sound_id(client, lib, 'long')}/view", params={"start_s": 1e6})
    assert view.status_code == 200, view.text
    view = view.json()
    assert (view["start_s"], view["end_s"]) == pytest.approx((4.0, 7.0))


def test_a_file_is_sent_as_it_is_and_in_parts(client, lib, folder):
    content = (folder / "long.flac").read_bytes()
    number = sound_id(client, lib, "long")
    whole = client.get(f"{lib}/sounds/{number}/file")
    assert whole.content == content
    assert whole.headers["content-disposition"] == "attachment; filename*=UTF-8''long.flac"
    audio = f"{lib}/sounds/{number}/audio"
    assert client.get(audio).headers["content-type"] == "audio/flac"
    size = len(content)
    for asked, start, stop in (
        ("bytes=0-9", 0, 10),
        ("bytes=10-", 10, size),
        ("bytes=-7", size - 7, size),
        (f"bytes=5-{size * 2}", 5, size),
    ):
        part = client.get(audio, headers={"Range": asked})
        assert (part.status_code, part.content) == (206, content[start:stop])
        assert part.headers["content-range"] == f"bytes {start}-{stop - 1}/{size}"
    for asked in (f"bytes={size}-", "bytes=-0"):
        beyond = client.get(audio, headers={"Range": asked})
        assert refusal(beyond, 416)
        assert beyond.headers["content-range"] == f"bytes */{size}"
    for asked in ("bytes=9-5", "bytes=0-1,4-5", "lines=0-1", "bytes=-"):
        assert client.get(audio, headers={"Range": asked}).content == content
    changed = client.get(audio, headers={"Range": "bytes=0-9", "If-Range": '"another"'})
    assert (changed.status_code, changed.content) == (200, content)


def test_what_a_browser_cannot_play_comes_as_16_bit_wav_in_any_parts(client, lib, folder):
    audio = f"{lib}/sounds/{sound_id(client, lib, 'old')}/audio"
    whole = client.get(audio)
    assert whole.headers["content-type"] == "audio/wav"
    decoded, rate_hz = soundfile.read(io.BytesIO(whole.content))
    original, _ = soundfile.read(folder / "old.aiff")
    assert rate_hz == 44_100
    assert np.abs(decoded - original).max() < 2**-14
    size = len(whole.content)
    edges = [0, 1, 43, 44, 45, 1_001, 20_000, size]
    parts = [client.get(audio, headers={"Range": f"bytes={a}-{b - 1}"}).content for a, b in pairwise(edges)]
    assert b"".join(parts) == whole.content


@pytest.mark.parametrize("subtype", ["PCM_U8", "PCM_24", "PCM_32", "FLOAT", "DOUBLE", "ULAW"])
@pytest.mark.parametrize("channels", [1, 2, 4])
def test_every_wav_can_be_played(random_bundle_folder, tmp_path, subtype, channels):
    (tmp_path / "sounds").mkdir()
    sound = 0.5 * np.sin(np.arange(8_000)[:, None] * (1 + np.arange(channels)) / 20)
    soundfile.write(tmp_path / "sounds/odd.wav", sound, 8_000, subtype=subtype)
    with served([tmp_path / "sounds"], random_bundle_folder, tmp_path / "data") as client:
        (library,) = client.get("/api/libraries").json()
        answer = client.get(f"/api/libraries/{library['id']}/sounds/1/audio")
    decoded, _ = soundfile.read(io.BytesIO(answer.content), always_2d=True)
    assert soundfile.info(io.BytesIO(answer.content)).subtype == "PCM_16"
    wanted = sound if channels <= 2 else sound.mean(axis=1, keepdims=True)
    assert np.abs(decoded - wanted).max() < 0.02


@pytest.mark.parametrize("suffix", [*COMPRESSED, ".mp2"])
def test_every_compressed_kind_can_be_played_and_drawn(random_bundle_folder, tmp_path, suffix):
    rate_hz = natural_rate_hz(suffix)
    sound = 0.5 * np.sin(2 * np.pi * 440 * np.arange(2 * rate_hz) / rate_hz)[:, None].astype(np.float32)
    encode(tmp_path / f"sounds/tone{suffix}", sound, rate_hz)
    with served([tmp_path / "sounds"], random_bundle_folder, tmp_path / "data") as client:
        (library,) = client.get("/api/libraries").json()
        url = f"/api/libraries/{library['id']}/sounds/1"
        answer = client.get(f"{url}/audio")
        later = client.get(f"{url}/audio", headers={"Range": f"bytes={44 + 2 * rate_hz}-{44 + 2 * rate_hz + 999}"})
        view = client.get(f"{url}/view").json()
        take = client.post("/api/takes", content=(tmp_path / f"sounds/tone{suffix}").read_bytes(), headers=CHANGES)
    assert answer.headers["content-type"] == "audio/wav" and take.status_code == 201
    played, played_hz = soundfile.read(io.BytesIO(answer.content))
    assert played_hz == rate_hz and len(played) == pytest.approx(2 * rate_hz, abs=0.06 * rate_hz)
    decoded = read_audio(tmp_path / f"sounds/tone{suffix}", rate_hz)
    n = min(len(played), len(decoded))
    np.testing.assert_allclose(played[:n], decoded[:n], atol=2**-14)
    expected = answer.content[44 + 2 * rate_hz : 44 + 2 * rate_hz + 1_000]
    difference = np.frombuffer(later.content, "<i2").astype(int) - np.frombuffer(expected, "<i2")
    assert np.abs(difference).max() < 300  # a decoder that begins in the middle is not the same to the last bit
    assert max(view["peaks"]) == pytest.approx(0.5, abs=0.3) and len(view["peaks"]) > 380


def test_what_others_could_not_read_is_played_as_it_is_heard(random_bundle_folder, tmp_path):
    folder = tmp_path / "sounds"
    lost = bytearray(write_sound(folder / "lost.wav", 1).read_bytes())
    lost[4:8] = lost[40:44] = bytes(4)
    (folder / "lost.wav").write_bytes(lost)
    aiff = write_sound(folder / "tagged.aiff", 2).read_bytes()
    (folder / "tagged.aiff").write_bytes(b"ID3\3\0\0\0\0\x40\0" + bytes(1 << 13) + aiff)
    flac = write_sound(folder / "ripped.flac", 3).read_bytes()
    (folder / "ripped.flac").write_bytes(flac + b"TAG" + bytes(125))
    with served([folder], random_bundle_folder, tmp_path / "data") as client:
        (library,) = client.get("/api/libraries").json()
        url = f"/api/libraries/{library['id']}"
        items = client.get(f"{url}/search").json()["items"]
        answers = {item["path"]: client.get(f"{url}/sounds/{item['id']}/audio") for item in items}
        views = [client.get(f"{url}/sounds/{item['id']}/view").json() for item in items]
    assert len(items) == 3 and all(len(view["peaks"]) == 400 for view in views)
    for path in ("lost.wav", "tagged.aiff"):
        played, _ = soundfile.read(io.BytesIO(answers[path].content))
        np.testing.assert_allclose(played, read_audio(folder / path, 44_100), atol=2**-14)
    assert answers["ripped.flac"].content == (folder / "ripped.flac").read_bytes()


def test_what_is_not_read_is_listed_by_kind(random_bundle_folder, tmp_path, without_formats):
    folder = write_sound(tmp_path / "sounds/a.wav").parent
    for name in ("1.asd", "2.asd", "memo.m4a"):
        (folder / name).touch()
    (folder / "bad.wav").write_text("no sound")
    with served([folder], random_bundle_folder, tmp_path / "data") as client:
        (library,) = client.get("/api/libraries").json()
        assert (library["skipped"], library["notices"]) == (1, 2)
        url = f"/api/libraries/{library['id']}/skipped"
        listed = client.get(url).json()
        rest = client.get(url, params={"offset": 1, "limit": 2}).json()
    assert listed["total"] == 3 and rest["items"] == listed["items"][1:]
    assert [item["path"] for item in listed["items"]] == [
        "2 .asd files, such as 1.asd",
        "1 .m4a file, such as memo.m4a",
        "bad.wav",
    ]
    assert "menura[formats]" in listed["items"][1]["reason"]


def test_why_a_sound_matches(client, lib, take):
    number = sound_id(client, lib, "long")
    found = client.get(f"{lib}/search", params={"take": take, "text": "long"}).json()["items"][0]
    asked = {"take": take, "sound": number, "start_s": found["start_s"]}
    answer = client.get(f"{lib}/explain", params=asked)
    assert answer.status_code == 200, answer.text
    why = answer.json()
    assert why["score"] == pytest.approx(found["score"], abs=1e-3)
    assert why["words"] and all(isinstance(words, str) for words in why["words"])
    for side, shape in (("imitation", (39, 482)), ("recording", (128, 128))):
        drawn = why[side]
        assert (drawn["bands"], drawn["frames"]) == shape
        contribution = np.frombuffer(base64.b64decode(drawn["contribution"]), np.int8)
        assert len(contribution) == shape[0] * shape[1]
        assert np.abs(contribution.astype(int)).max() == 127
    assert why["recording"]["start_s"] == found["start_s"]
    seen = client.get(f"{lib}/explain/pictures", params=asked).json()
    for side in ("imitation", "recording"):
        assert seen[side] == {name: why[side][name] for name in seen[side]}
        assert {"log_mel", "start_s", "end_s"} <= seen[side].keys()
    for url in (f"{lib}/explain", f"{lib}/explain/pictures"):
        assert refusal(client.get(url, params={"take": "gone", "sound": number}), 404) == "take unknown"
        assert refusal(client.get(url, params={"take": take, "sound": 10**9}), 404)


def test_feedback_changes_the_ranking_and_is_undone_by_leaving_it_out(client, lib, take):
    plain = client.get(f"{lib}/search", params={"take": take}).json()
    last = plain["items"][-1]
    liked = client.get(f"{lib}/search", params={"take": take, "like": last["id"]}).json()["items"]
    assert {item["id"]: item["score"] for item in liked} != {item["id"]: item["score"] for item in plain["items"]}
    again = client.get(f"{lib}/search", params={"take": take}).json()
    assert again["items"] == plain["items"]


def test_a_library_can_be_searched_while_it_is_indexed(random_bundle_folder, tmp_path, monkeypatch):
    folder = tmp_path / "sounds"
    for seed in range(6):
        write_sound(folder / f"{seed}.wav", seed)
    with served([folder], random_bundle_folder, tmp_path / "data") as client:
        (library,) = client.get("/api/libraries").json()
        url = f"/api/libraries/{library['id']}"
        write_sound(folder / "new.wav", 7)
        go_on = threading.Event()
        finish = LibraryIndex.finish

        def finish_later(self, *arguments):
            assert go_on.wait(30)
            finish(self, *arguments)

        monkeypatch.setattr(LibraryIndex, "finish", finish_later)
        assert client.post(f"{url}/index", headers=CHANGES).status_code == 202
        assert client.post(f"{url}/index", headers=CHANGES).status_code == 202
        asked = {"take": add_take(client)}
        give_up = time.monotonic() + 30
        while "new.wav" not in paths(client.get(f"{url}/search", params=asked)) and time.monotonic() < give_up:
            time.sleep(0.02)
        found = client.get(f"{url}/search", params=asked).json()
        assert found["indexing"] and found["total"] == 7
        (library,) = client.get("/api/libraries").json()
        assert library["state"] == "indexing"
        assert (library["progress"]["done"], library["progress"]["total"]) == (7, 7)
        go_on.set()
        (library,) = wait_until_indexed(client)
        assert (library["state"], library["sounds"]) == ("ready", 7)


def test_indexing_that_fails_says_why(random_bundle_folder, tmp_path):
    folder = tmp_path / "sounds"
    write_sound(folder / "a.wav", 0)
    with served([folder], random_bundle_folder, tmp_path / "data") as client:
        shutil.rmtree(folder)
        (library,) = client.get("/api/libraries").json()
        client.post(f"/api/libraries/{library['id']}/index", headers=CHANGES)
        (library,) = wait_until_indexed(client)
        assert library["state"] == "absent"
        assert str(folder) in library["error"]
        assert refusal(client.get(f"/api/libraries/{library['id']}/sounds/1/audio"), 404)


def test_several_libraries_stay_apart(folder, random_bundle_folder, tmp_path):
    write_sound(tmp_path / "more/other.wav", 3)
    with served([folder, tmp_path / "more"], random_bundle_folder, tmp_path / "data") as client:
        first, second = client.get("/api/libraries").json()
        assert (first["sounds"], second["sounds"]) == (12, 1)
        assert paths(client.get(f"/api/libraries/{second['id']}/search")) == ["other.wav"]
        assert refusal(client.get("/api/libraries/nope/search"), 404)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no names that are not text")
def test_names_that_are_not_text_can_be_listed_filtered_and_sent(random_bundle_folder, tmp_path):
    folder = tmp_path / "sounds"
    odd = os.fsdecode(b"d\xfcr/s\xe9.wav")
    write_sound(folder / "plain.wav", 0)
    (folder / odd).parent.mkdir()
    shutil.copy(folder / "plain.wav", folder / odd)
    with served([folder], random_bundle_folder, tmp_path / "data") as client:
        (library,) = client.get("/api/libraries").json()
        url = f"/api/libraries/{library['id']}"
        (_, shown) = client.get(f"{url}/folders").json()
        assert shown == {"folder": r"d\udcfcr", "sounds": 1}
        (item,) = client.get(f"{url}/search", params={"folder": shown["folder"]}).json()["items"]
        assert item["path"] == r"d\udcfcr/s\udce9.wav"
        assert client.get(f"{url}/sounds/{item['id']}").json()["name"] == r"s\udce9.wav"
        assert client.get(f"{url}/sounds/{item['id']}/file").content == (folder / odd).read_bytes()


def test_the_gallery_and_the_document_are_served(folder, random_bundle_folder, tmp_path):
    (tmp_path / "gallery").mkdir()
    (tmp_path / "gallery/index.html").write_text("<p>neurons</p>")
    with served([folder], random_bundle_folder, tmp_path / "data", wait=False, gallery=tmp_path / "gallery") as client:
        assert client.get("/api/status").json()["gallery"]
        page = client.get("/hears/")
        assert page.text == "<p>neurons</p>"
        assert "sandbox" in page.headers["content-security-policy"]
        document = client.get("/api/openapi.json").json()
        assert "/api/libraries/{lib}/search" in document["paths"]
        assert client.get("/docs").status_code == client.get("/redoc").status_code == 404


def test_a_file_that_has_changed_is_never_joined_from_two_versions(random_bundle_folder, tmp_path):
    file = write_sound(tmp_path / "sounds/a.wav", 1)
    other = write_sound(tmp_path / "other.wav", 2)
    old, new = file.read_bytes(), other.read_bytes()
    assert len(old) == len(new)
    with served([tmp_path / "sounds"], random_bundle_folder, tmp_path / "data") as client:
        (library,) = client.get("/api/libraries").json()
        url = f"/api/libraries/{library['id']}/sounds/1"
        times = file.stat().st_atime_ns, file.stat().st_mtime_ns
        first = {what: client.get(f"{url}/{what}", headers={"Range": "bytes=0-99"}) for what in ("audio", "file")}
        drawn = client.get(f"{url}/view").json()
        os.utime(other, ns=times)
        other.replace(file)  # of the same size and time
        for what, part in first.items():
            rest = {"Range": "bytes=100-", "If-Range": part.headers["etag"]}
            assert (part.status_code, part.content) == (206, old[:100])
            answer = client.get(f"{url}/{what}", headers=rest)
            assert (answer.status_code, answer.content) == (200, new)
            again = rest | {"If-Range": answer.headers["etag"]}
            assert client.get(f"{url}/{what}", headers=again).content == new[100:]
        assert client.get(f"{url}/view").json()["peaks"] != drawn["peaks"]
        soundfile.write(file, np.zeros(1_000), 8_000)
        details = client.get(url).json()
        assert (details["size_bytes"], details["sample_rate_hz"]) == (file.stat().st_size, 8_000)


def test_the_head_of_every_answer_is_that_of_the_whole(client, lib, take, folder):
    number = sound_id(client, lib, "long")
    sound = f"{lib}/sounds/{number}"
    for url in (
        *(f"{sound}/audio", f"{sound}/file", f"{sound}/view", sound, lib + "/folders", lib + "/skipped"),
        *("/api/status", "/api/libraries", f"{lib}/search?take={take}"),
    ):
        head, whole = client.head(url, headers={"Range": "bytes=0-9"}), client.get(url)
        assert (head.status_code, head.content) == (200, b""), url
        ours, theirs = dict(head.headers), dict(whole.headers)
        if "/search" in url:  # which says how long it took
            del ours["content-length"], theirs["content-length"]
        assert ours == theirs
    assert client.head(f"{sound}/file").headers["content-length"] == str((folder / "long.flac").stat().st_size)
    assert client.head(f"{lib}/sounds/999999/audio").status_code == 404
    assert client.head(f"{lib}/favourites/{number}").status_code == 404


def test_a_simulated_person_imitates_a_sound_and_is_searched_for(client, lib):
    made = client.get(f"{lib}/sounds/1/imitation", params={"seed": 3})
    assert made.headers["content-type"] == "audio/wav"
    imitation = soundfile.info(io.BytesIO(made.content))
    assert imitation.samplerate == 16_000 and 0.15 <= imitation.duration <= 4.0
    assert client.get(f"{lib}/sounds/1/imitation", params={"seed": 3}).content == made.content
    assert client.get(f"{lib}/sounds/1/imitation", params={"seed": 4}).content != made.content
    take = add_take(client, made.content)
    assert client.get(f"{lib}/search", params={"take": take}).json()["items"]
    assert refusal(client.get(f"{lib}/sounds/9999/imitation"), 404)
    assert refusal(client.get(f"{lib}/sounds/1/imitation", params={"seed": -1}), 422)
