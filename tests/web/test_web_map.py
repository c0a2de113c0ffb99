"""The map over the wire: made in the background, sent as numbers, and asked about by boxes."""

import json
import shutil
import time

import numpy as np
import pytest
from safetensors.numpy import load

import menura.web.maps
from bundles import write_sound
from kind_bundles import copy_that_tells_halves
from menura.map import making
from menura.map.categories import NONE
from web_clients import CHANGES, add_take, refusal, served, wait_until_indexed

PATIENCE_S = 300
SLEEPY = 'import time; print(\'{{"done": 5, "total": 750}}\', flush=True); time.sleep(600)  # {path!r}'


def state_of(client, lib):
    answer = client.get(f"{lib}/map")
    assert answer.status_code == 200, answer.text
    return answer.json()


def made(client, lib):
    """The state once a map that is asked for is there."""
    assert client.post(f"{lib}/map", headers=CHANGES).status_code == 202
    give_up = time.monotonic() + PATIENCE_S
    while (state := state_of(client, lib))["progress"] is not None:
        assert time.monotonic() < give_up
        time.sleep(0.05)
    return state


def points_of(client, lib, by="folder"):
    answer = client.get(f"{lib}/map/points", params={"by": by})
    assert answer.status_code == 200, answer.text
    head = json.loads(answer.content[8 : 8 + int.from_bytes(answer.content[:8], "little")])
    names = head.get("__metadata__", {})
    return load(answer.content), [names[str(number)] for number in range(len(names))]


def library_of(client):
    (library,) = client.get("/api/libraries").json()
    return f"/api/libraries/{library['id']}"


@pytest.fixture
def mapped(client, lib):
    state = made(client, lib)
    assert state["error"] is None
    return points_of(client, lib)


def everything(client, lib, **asked):
    answer = client.get(f"{lib}/search", params={"limit": 500, **asked})
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_every_sound_is_a_point_with_its_folder(client, lib, mapped):
    tensors, names = mapped
    found = everything(client, lib)["items"]
    assert sorted(tensors["ids"].tolist()) == sorted(one["id"] for one in found)
    assert {key: value.dtype for key, value in tensors.items()} == {
        "places": np.float32,
        "ids": np.uint32,
        "categories": np.uint16,
    }
    assert np.isfinite(tensors["places"]).all()
    folders = {one["id"]: one["folder"].split("/")[0] for one in found}
    assert [names[code] for code in tensors["categories"]] == [folders[one] for one in tensors["ids"].tolist()]
    state = state_of(client, lib)
    assert (state["made"], state["stale"], state["sounds"], state["placed"]) == (True, False, 12, 12)


def test_points_are_compressed_for_who_takes_that(client, lib, mapped):
    plain = client.get(f"{lib}/map/points", headers={"Accept-Encoding": "identity"})
    packed = client.get(f"{lib}/map/points", headers={"Accept-Encoding": "gzip"})
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    unpacked, as_it_is = load(packed.content), load(plain.content)
    assert unpacked.keys() == as_it_is.keys()
    for name, values in as_it_is.items():
        np.testing.assert_array_equal(unpacked[name], values)


def test_a_box_narrows_a_search(client, lib, mapped):
    tensors, _ = mapped
    x, y = tensors["places"].T.astype(float)
    box = [float(np.median(x)), float(y.min()), float(x.max()), float(y.max())]
    wanted = sorted(tensors["ids"][x >= np.median(x)].tolist())
    assert 0 < len(wanted) < 12
    assert sorted(one["id"] for one in everything(client, lib, box=box)["items"]) == wanted
    ranked = everything(client, lib, box=box, take=add_take(client))
    assert sorted(one["id"] for one in ranked["items"]) == wanted
    assert all(one["score"] is not None for one in ranked["items"])
    inside = everything(client, lib, box=box, folder="drums")
    assert {one["id"] for one in inside["items"]} < set(wanted)
    assert everything(client, lib, box=[1e9, 1e9, 2e9, 2e9])["total"] == 0
    assert "box" in refusal(client.get(f"{lib}/search", params={"box": [1.0, 2.0]}), 422)
    assert "box" in refusal(client.get(f"{lib}/search", params={"box": ["nan", 0, 1, 1]}), 422)


def test_copies_lie_on_each_other(random_bundle_folder, tmp_path):
    folder = tmp_path / "sounds"
    for seed in range(14):
        write_sound(folder / f"{seed}.wav", seed)
    (folder / "copies").mkdir()
    shutil.copy(folder / "3.wav", folder / "copies" / "three.wav")
    with served([folder], random_bundle_folder, tmp_path / "data") as client:
        lib = library_of(client)
        assert made(client, lib)["placed"] == 15
        tensors, _ = points_of(client, lib)
        assert len(np.unique(tensors["places"], axis=0)) == 14


def test_it_follows_the_library_and_says_when_it_no_longer_fits(random_bundle_folder, tmp_path):
    folder = tmp_path / "sounds"
    for seed in range(40):
        write_sound(folder / f"{seed}.wav", seed)
    with served([folder], random_bundle_folder, tmp_path / "data") as client:
        lib = library_of(client)
        made(client, lib)
        before = points_of(client, lib)[0]
        write_sound(folder / "new.wav", 100)
        client.post(f"{lib}/index", headers=CHANGES)
        wait_until_indexed(client)
        state = state_of(client, lib)
        assert (state["sounds"], state["placed"], state["stale"]) == (41, 40, False)
        for seed in range(4):
            (folder / f"{seed}.wav").unlink()
        client.post(f"{lib}/index", headers=CHANGES)
        wait_until_indexed(client)
        state = state_of(client, lib)
        assert (state["sounds"], state["placed"], state["stale"]) == (37, 36, True)
        after = points_of(client, lib)[0]
        still = np.isin(before["ids"], after["ids"])
        np.testing.assert_array_equal(before["places"][still], after["places"])
        assert made(client, lib)["placed"] == 37
    with served([folder], random_bundle_folder, tmp_path / "data") as client:  # it is kept
        assert state_of(client, library_of(client))["placed"] == 37


def test_a_library_made_anew_keeps_its_map(random_bundle_folder, tmp_path):
    folder = tmp_path / "sounds"
    for seed in range(14):
        write_sound(folder / f"{seed}.wav", seed)
    with served([folder], random_bundle_folder, tmp_path / "data") as client:
        lib = library_of(client)
        made(client, lib)
        (served_library,) = client.app.state.server.libraries.all()
        served_library.library.index(rebuild=True)
        assert state_of(client, lib)["placed"] == 14


@pytest.mark.parametrize("n", [0, 1, 2])
def test_hardly_any_sounds(random_bundle_folder, tmp_path, n):
    folder = tmp_path / "sounds"
    folder.mkdir()
    for seed in range(n):
        write_sound(folder / f"{seed}.wav", seed)
    with served([folder], random_bundle_folder, tmp_path / "data") as client:
        lib = library_of(client)
        before = state_of(client, lib)
        assert (before["made"], before["stale"], before["sounds"], before["placed"]) == (False, True, n, 0)
        state = made(client, lib)
        assert (state["made"], state["stale"], state["placed"]) == (True, False, n)
        tensors, names = points_of(client, lib)
        assert len(tensors["ids"]) == len(tensors["places"]) == n
        assert names == [""] * min(n, 1)
        assert everything(client, lib, box=[-1e9, -1e9, 1e9, 1e9])["total"] == n


def test_without_a_map_one_line_says_so(random_bundle_folder, tmp_path):
    folder = tmp_path / "sounds"
    write_sound(folder / "one.wav")
    with served([folder], random_bundle_folder, tmp_path / "data") as client:
        lib = library_of(client)
        assert "no map yet" in refusal(client.get(f"{lib}/map/points"), 404)
        assert "no map yet" in refusal(client.get(f"{lib}/search", params={"box": [0, 0, 1, 1]}), 404)
        assert "by" in refusal(client.get(f"{lib}/map/points", params={"by": "colour"}), 422)


def test_without_the_extra_one_line_says_what_to_install(client, lib, mapped, monkeypatch):
    monkeypatch.setattr(menura.web.maps, "has_openTSNE", lambda: False)
    assert 'pip install "menura[map]"' in state_of(client, lib)["advice"]
    assert 'pip install "menura[map]"' in refusal(client.post(f"{lib}/map", headers=CHANGES), 422)
    assert len(points_of(client, lib)[0]["ids"]) == 12  # the one that was made is shown


def test_a_making_says_how_far_it_is_and_is_stopped(client, lib, mapped, monkeypatch):
    monkeypatch.setattr(making, "_PROGRAM", SLEEPY)
    client.post(f"{lib}/map", headers=CHANGES)
    give_up = time.monotonic() + PATIENCE_S
    while (state := state_of(client, lib))["progress"]["done"] == 0:
        assert time.monotonic() < give_up
        time.sleep(0.02)
    assert state["progress"] == {"done": 5, "total": 750, "seconds_left": None}
    assert everything(client, lib)["total"] == 12  # searches go on
    assert client.delete(f"{lib}/map/making", headers=CHANGES).status_code == 204
    state = state_of(client, lib)
    assert (state["progress"], state["error"], state["made"]) == (None, None, True)
    assert client.delete(f"{lib}/map/making", headers=CHANGES).status_code == 204  # there is none


def test_a_making_that_breaks_says_so(client, lib, mapped, monkeypatch):
    monkeypatch.setattr(making, "_PROGRAM", "raise SystemExit(3)  # {path!r}")
    state = made(client, lib)
    assert "making its map broke off (status 3)" in state["error"]
    assert (state["made"], state["placed"]) == (True, 12)


def test_the_end_of_the_server_ends_a_making(random_bundle_folder, tmp_path, monkeypatch):
    folder = tmp_path / "sounds"
    write_sound(folder / "one.wav")
    monkeypatch.setattr(making, "_PROGRAM", SLEEPY)
    with served([folder], random_bundle_folder, tmp_path / "data") as client:
        lib = library_of(client)
        client.post(f"{lib}/map", headers=CHANGES)
        (served_library,) = client.app.state.server.libraries.all()
        process = served_library.map._making._process
        assert process.poll() is None
    assert process.poll() is not None


def test_every_point_has_a_likely_kind_of_its_sound(folder, random_bundle_folder, tmp_path):
    model = copy_that_tells_halves(random_bundle_folder, folder, tmp_path)
    with served([folder], model, tmp_path / "data") as client:
        lib = library_of(client)
        assert made(client, lib)["colours"] == ["kind", "folder"]
        tensors, names = points_of(client, lib, by="kind")
        said = {one["id"]: one["kinds"] for one in everything(client, lib)["items"]}
        for sound, code in zip(tensors["ids"].tolist(), tensors["categories"].tolist(), strict=True):
            assert names[code] in said[sound] if said[sound] else code == NONE
        assert {*names} >= {"high", "low"}


def test_without_kinds_points_are_coloured_by_folder_alone(client, lib, mapped):
    assert state_of(client, lib)["colours"] == ["folder"]
    assert "folder" in refusal(client.get(f"{lib}/map/points", params={"by": "kind"}), 422)
