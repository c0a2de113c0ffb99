"""A library in shards has the page and the API that any library has."""

import pytest
from fastapi.testclient import TestClient

from menura.cluster.served import ServedShards
from menura.web.app import create_app
from menura.web.settings import Settings
from shards import Shards
from web_clients import ADDRESS, CHANGES, add_take, refusal, served, write_library


@pytest.fixture(scope="module")
def both(random_bundle, random_bundle_folder, tmp_path_factory):
    """Clients of two servers: of a folder, and of the same folder in three shards; and the shards."""
    folder, place = write_library(tmp_path_factory.mktemp("sounds")), tmp_path_factory.mktemp("cluster")
    shards = Shards(place / "store", folder, place / "disk", random_bundle, random_bundle_folder)
    shards.fill(3)
    library = ServedShards(shards.library(), shards.store.address)
    settings = Settings((), model=random_bundle_folder, data_dir=place / "data", music=False)
    app = create_app(settings, also=[library])
    with (
        served([folder], random_bundle_folder, place / "plain", music=False) as plain,
        TestClient(app, base_url=ADDRESS, raise_server_exceptions=False) as in_shards,
    ):
        yield plain, in_shards, shards


def of(client, path, **asked):
    (library,) = client.get("/api/libraries").json()
    answer = client.get(f"/api/libraries/{library['id']}/{path}", params=asked)
    assert answer.status_code == 200, answer.text
    return answer


def without_ids(found):
    items = [{key: value for key, value in item.items() if key not in ("id", "library")} for item in found["items"]]
    return {**found, "items": items, "ms": None}


def test_what_is_found_and_said_is_the_same(both):
    plain, in_shards, _ = both
    states = [client.get("/api/libraries").json()[0] for client in (plain, in_shards)]
    for what in ("state", "sounds", "segments", "seconds", "skipped", "notices", "error"):
        assert states[1][what] == pytest.approx(states[0][what]), what
    takes = [add_take(client) for client in (plain, in_shards)]
    for asked in ({}, {"text": "drums"}, {"folder": "drums", "limit": 2, "offset": 1}, {"shorter": 1.0}):
        for with_take in (True, False):
            found = [
                of(client, "search", **asked, **({"take": take} if with_take else {})).json()
                for client, take in zip((plain, in_shards), takes, strict=True)
            ]
            assert without_ids(found[1]) == without_ids(found[0])
    every = in_shards.get("/api/search", params={"take": takes[1]}).json()
    assert without_ids(every) == without_ids(of(in_shards, "search", take=takes[1]).json())
    for path in ("folders", "kinds", "skipped"):
        assert of(in_shards, path).json() == of(plain, path).json()


def test_a_sound_is_played_marked_and_explained(both):
    plain, in_shards, _ = both
    take = add_take(in_shards)
    first = of(in_shards, "search", take=take).json()["items"][0]
    (theirs,) = [item for item in of(plain, "search").json()["items"] if item["path"] == first["path"]]
    for path in ("view", "audio", "file"):
        ours = of(in_shards, f"sounds/{first['id']}/{path}")
        assert ours.content == of(plain, f"sounds/{theirs['id']}/{path}").content
    mark = f"/api/libraries/{first['library']}/favourites/{first['id']}"
    assert in_shards.put(mark, headers=CHANGES).status_code == 204
    assert [item["path"] for item in of(in_shards, "search", favourites=True).json()["items"]] == [first["path"]]
    assert of(in_shards, "explain", take=take, sound=first["id"]).json()["logit"] == pytest.approx(
        first["logit"], abs=1e-3
    )


def test_what_only_one_machine_can_do_is_refused_in_a_line(both):
    _, in_shards, _ = both
    (library,) = in_shards.get("/api/libraries").json()
    place = f"/api/libraries/{library['id']}"
    assert "in shards has none" in of(in_shards, "map").json()["advice"]
    assert "in shards has none" in refusal(in_shards.post(f"{place}/map", headers=CHANGES), 422)
    assert "in shards has none" in refusal(in_shards.get(f"{place}/search", params={"box": [0, 0, 1, 1]}), 422)
    assert in_shards.post(f"{place}/index", headers=CHANGES).status_code == 202  # and nothing happens


def test_an_answer_without_a_shard_says_so(both):
    plain, in_shards, shards = both
    take = add_take(in_shards)
    shards.lost = {1}
    try:
        found = of(in_shards, "search", take=take).json()
        assert found["missing"].startswith("shard 1 of 3 does not answer: what would be found there is missing")
        state = in_shards.get("/api/libraries").json()[0]
        assert (state["state"], state["error"]) == ("incomplete", found["missing"])
        shards.lost = {0, 1, 2}
        assert "no shard answers" in refusal(in_shards.get("/api/search", params={"take": take}), 500)
        assert in_shards.get("/api/libraries").json()[0]["state"] == "failed"
    finally:
        shards.lost = set()
    assert of(in_shards, "search", take=take).json()["missing"] is None
    assert of(plain, "search").json()["missing"] is None
