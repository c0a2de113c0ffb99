"""What the page needs to listen: levels, the picture of the window, lengths, what is hidden, and several takes."""

import io
import shutil

import numpy as np
import pytest
import soundfile

from bundles import write_sound
from menura.audio.loudness import loudness_lufs
from web_clients import add_take, refusal, served, wav_bytes


@pytest.fixture(scope="module")
def take(client):
    return add_take(client)


def found(client, lib, **params):
    answer = client.get(f"{lib}/search", params={"limit": 100, **params})
    assert answer.status_code == 200, answer.text
    return answer.json()


def paths(client, lib, **params):
    return [item["path"] for item in found(client, lib, **params)["items"]]


def view_of(client, lib, name, **params):
    (item,) = found(client, lib, text=name)["items"]
    return client.get(f"{lib}/sounds/{item['id']}/view", params=params).json()


def test_a_view_says_how_loud_the_sound_is(client, lib, folder):
    view = view_of(client, lib, "old")
    samples, rate_hz = soundfile.read(folder / "old.aiff", dtype="float32")
    assert view["level"]["loudness_lufs"] == pytest.approx(loudness_lufs(samples, rate_hz), abs=0.01)
    assert view["level"]["peak"] == pytest.approx(float(np.abs(samples).max()), abs=1e-3)


def test_of_a_long_sound_the_window_is_drawn_closely(client, lib, folder):
    view = view_of(client, lib, "long", start_s=1.5)
    samples, rate_hz = soundfile.read(folder / "long.flac", dtype="float32")
    window = samples[round(1.5 * rate_hz) : round(4.5 * rate_hz)]
    assert len(view["near"]) == 300
    assert np.mean(view["near"]) == pytest.approx(
        float(np.mean([np.abs(piece).max() for piece in np.array_split(window, 300)])), rel=0.1
    )
    assert view_of(client, lib, "old")["near"] == []
    assert client.get("/api/status").json()["window_s"] == 3.0


def test_a_take_says_how_loud_what_is_heard_of_it_is(client):
    levels = []
    for factor in (1.0, 0.25):
        samples, rate_hz = soundfile.read(io.BytesIO(wav_bytes(silence_s=0.5)), dtype="float32")
        stream = io.BytesIO()
        soundfile.write(stream, factor * samples, rate_hz, format="WAV")
        answer = client.post("/api/takes", content=stream.getvalue(), headers={"X-Menura": "1"})
        levels.append(answer.json()["loudness_lufs"])
    assert levels[0] == pytest.approx(loudness_lufs(samples, rate_hz), abs=1.5)  # it is heard without the room
    assert levels[0] - levels[1] == pytest.approx(12.04, abs=0.1)


@pytest.mark.parametrize("with_take", [True, False])
def test_lengths_leave_out_what_does_not_fit_and_change_no_score(client, lib, take, with_take):
    asked = {"take": take} if with_take else {}
    whole = found(client, lib, **asked)["items"]
    for longer, shorter in ((0.75, None), (None, 0.75), (0.45, 0.85), (5, None)):
        bounds = {name: value for name, value in (("longer", longer), ("shorter", shorter)) if value is not None}
        some = found(client, lib, **asked, **bounds)
        fits = [one for one in whole if (longer or 0) < one["duration_s"] < (shorter or 1e9)]
        assert some["items"] == fits and some["total"] == len(fits)
        assert 0 < len(fits) < len(whole)
    drums = paths(client, lib, **asked, folder="drums", shorter=0.75)
    assert drums == [one["path"] for one in whole if one["folder"][:5] == "drums" and one["duration_s"] < 0.75]
    assert "no sound is longer than" in refusal(client.get(f"{lib}/search", params={"longer": 2, "shorter": 1}), 422)
    for wrong in ("-1", "nan", "inf", "soon"):
        assert refusal(client.get(f"{lib}/search", params={"shorter": wrong}), 422)


def test_what_is_disliked_is_hidden_with_its_twins(random_bundle_folder, tmp_path):
    for seed, name in enumerate("abcde"):
        write_sound(tmp_path / f"sounds/{name}.wav", seed)
    shutil.copy(tmp_path / "sounds/b.wav", tmp_path / "sounds/z, a copy of b.wav")
    with served([tmp_path / "sounds"], random_bundle_folder, tmp_path / "data") as client:
        (library,) = client.get("/api/libraries").json()
        url = f"/api/libraries/{library['id']}"
        listed = {item["path"]: item["id"] for item in found(client, url)["items"]}
        take = add_take(client)
        before = found(client, url, take=take)
        for disliked in ("b.wav", "z, a copy of b.wav"):
            after = found(client, url, take=take, unlike=listed[disliked])
            assert sorted(item["path"] for item in after["items"]) == ["a.wav", "c.wav", "d.wav", "e.wav"]
            assert (before["total"], after["total"]) == (5, 4)
        assert sorted(paths(client, url, unlike=listed["b.wav"])) == ["a.wav", "c.wav", "d.wav", "e.wav"]
        assert len(paths(client, url, take=take, unlike=10**12)) == 5
        assert paths(client, url, take=take, unlike=list(listed.values())) == []


def test_several_takes_are_one_query_between_them(client, lib, take):
    other = add_take(client, wav_bytes(7, duration_s=0.4))
    one, two, both = (
        {item["path"]: item["logit"] for item in found(client, lib, take=ids)["items"]}
        for ids in (take, other, [take, other])
    )
    assert both not in (one, two)
    assert found(client, lib, take=[take, other])["items"] == found(client, lib, take=[other, take])["items"]
    assert found(client, lib, take=[take, take])["items"] == found(client, lib, take=take)["items"]
    assert refusal(client.get(f"{lib}/search", params={"take": [take, "nobody's"]}), 404) == "take unknown"
    assert refusal(client.get(f"{lib}/search", params={"take": [take] * 9}), 422)


def test_an_explanation_says_it_in_a_sentence_and_what_to_listen_to(client, lib, take):
    for item in found(client, lib, take=take)["items"][:3]:
        asked = {"take": take, "sound": item["id"], "start_s": item["start_s"]}
        told = client.get(f"{lib}/explain", params=asked).json()
        start_s, end_s = told["recording"]["matched_s"]
        assert item["start_s"] <= start_s < end_s <= item["end_s"] + 1e-6
        assert told["imitation"]["start_s"] <= told["imitation"]["matched_s"][0] < told["imitation"]["matched_s"][1]
        assert told["sentence"].endswith(".") and told["sentence"].count(".") == 1
