"""A small library, served once a module: its folder, a client of its server, and its address there."""

import pytest

from web_clients import served, write_library


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_library(tmp_path_factory.mktemp("library") / "sounds")


@pytest.fixture(scope="module")
def client(folder, random_bundle_folder, tmp_path_factory):
    with served([folder], random_bundle_folder, tmp_path_factory.mktemp("data")) as client:
        yield client


@pytest.fixture(scope="module")
def lib(client):
    (library,) = client.get("/api/libraries").json()
    return f"/api/libraries/{library['id']}"
