"""Kinds of sounds over the wire: counted, filtered by, said of each sound, refused where there are none."""

import shutil

import pytest

from kind_bundles import copy_that_tells_halves
from web_clients import add_take, refusal, served


@pytest.fixture(scope="module")
def kind_client(folder, random_bundle_folder, tmp_path_factory):
    """A client of a library half of whose sounds are "high" and the others "low"."""
    home = tmp_path_factory.mktemp("kinds")
    model = copy_that_tells_halves(random_bundle_folder, folder, home)
    with served([folder], model, home / "data") as client:
        yield client


def test_kinds_are_counted_and_narrow_lists_and_rankings(kind_client):
    (library,) = kind_client.get("/api/libraries").json()
    lib = f"/api/libraries/{library['id']}"
    counts = {one["kind"]: one["sounds"] for one in kind_client.get(f"{lib}/kinds").json()}
    assert counts.keys() >= {"high", "low"}
    take = add_take(kind_client)
    for kind, count in counts.items():
        for asked in ({}, {"take": take}):
            found = kind_client.get(f"{lib}/search", params={"kind": kind, "limit": 50, **asked}).json()
            assert found["total"] == len(found["items"]) == count
            assert all(kind in item["kinds"] for item in found["items"])
    of_folder = kind_client.get(f"{lib}/kinds", params={"folder": "drums"}).json()
    assert sum(one["sounds"] for one in of_folder) < sum(counts.values())
    assert kind_client.get(f"{lib}/kinds", params={"favourites": True}).json() == []
    several = kind_client.get(f"{lib}/search", params={"kind": ["high", "low"]}).json()
    assert several["total"] == library["sounds"]
    (first, *_) = several["items"]
    assert kind_client.get(f"{lib}/sounds/{first['id']}").json()["kinds"] == first["kinds"] != []


def test_kinds_are_counted_and_narrow_several_libraries_as_one(folder, kind_client, tmp_path):
    for name in ("one", "two"):
        shutil.copytree(folder / "drums" if name == "two" else folder, tmp_path / name)
    with served([tmp_path / "one", tmp_path / "two"], kind_client.app.state.server.settings.model, tmp_path) as client:
        libraries = [f"/api/libraries/{one['id']}" for one in client.get("/api/libraries").json()]
        counts = {one["kind"]: one["sounds"] for one in client.get("/api/kinds").json()}
        each = [{one["kind"]: one["sounds"] for one in client.get(f"{lib}/kinds").json()} for lib in libraries]
        assert counts == {kind: sum(of_one.get(kind, 0) for of_one in each) for kind in counts}
        assert list(counts.values()) == sorted(counts.values(), reverse=True)
        take = add_take(client)
        for kind, count in counts.items():
            listed = client.get("/api/search", params={"kind": kind, "limit": 50}).json()
            ranked = client.get("/api/search", params={"kind": kind, "limit": 50, "take": take}).json()
            assert listed["total"] == count
            assert ranked["total"] == each[0][kind]  # whatever the second has, the first has, too
            assert all(kind in item["kinds"] for item in (*listed["items"], *ranked["items"]))
        assert client.get("/api/kinds", params={"text": "nothing has it"}).json() == []
        assert refusal(client.get("/api/search", params={"kind": "dog"}), 422).startswith("'dog' is no kind of sound")


def test_an_unknown_kind_is_refused_with_those_that_are_known(kind_client):
    (library,) = kind_client.get("/api/libraries").json()
    answer = kind_client.get(f"/api/libraries/{library['id']}/search", params={"kind": "dog"})
    assert refusal(answer, 422) == "'dog' is no kind of sound that this model knows; it knows high, low, wide"


def test_a_model_without_kinds_says_none(client, lib):
    assert client.get(f"{lib}/kinds").json() == []
    assert all(item["kinds"] == [] for item in client.get(f"{lib}/search").json()["items"])
    assert "no kinds of sounds are known with random" in refusal(client.get(f"{lib}/search?kind=dog"), 422)


def test_a_server_can_be_told_to_say_none(folder, kind_client, tmp_path):
    model = kind_client.app.state.server.settings.model
    with served([folder], model, tmp_path, kinds=False) as client:
        (library,) = client.get("/api/libraries").json()
        assert client.get(f"/api/libraries/{library['id']}/kinds").json() == []
