"""What the commands say where there is no Ray; `test_ray.py` has the rest."""

import importlib.util
import socket

import pytest

from cli_calls import isolate, output_of, refusal_of
from menura.cluster.nodes import disk, environment, token_file


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    isolate(tmp_path, monkeypatch)


@pytest.mark.parametrize("words", [("up",), ("status",), ("fill", "sounds", "--store", "store")], ids=" ".join)
def test_without_ray_a_command_says_what_to_install(words, monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    line = refusal_of("cluster", *words, code=2)
    assert line == 'menura: more than one machine needs ray: pip install "menura[cluster]"'


def test_what_does_not_run_cannot_be_ended():
    assert output_of("cluster", "down") == "Nothing runs on this machine.\n"


def test_ray_is_told_to_ask_for_a_token_that_its_owner_alone_can_read(monkeypatch):
    for name in ("RAY_AUTH_MODE", "RAY_AUTH_TOKEN", "RAY_AUTH_TOKEN_PATH"):
        monkeypatch.delenv(name, raising=False)
    told = environment("127.0.0.1:6379")
    assert (told["RAY_AUTH_MODE"], told["RAY_AUTH_TOKEN_PATH"]) == ("token", str(token_file()))
    assert token_file().stat().st_mode & 0o077 == 0
    assert len(token_file().read_text()) == 64
    token = token_file().read_text()
    assert environment("10.0.0.1:6379") == told | {"RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "1"}
    assert token_file().read_text() == token
    monkeypatch.setenv("RAY_AUTH_TOKEN_PATH", "elsewhere")
    assert "RAY_AUTH_TOKEN_PATH" not in environment("127.0.0.1:6379")


def test_machines_that_share_a_home_have_a_disk_each_and_one_token(monkeypatch):
    monkeypatch.setattr(socket, "gethostname", lambda: "one")
    first, token = disk(), token_file()
    monkeypatch.setattr(socket, "gethostname", lambda: "two")
    assert (first.name, disk().name) == ("one", "two")
    assert token_file() == token
