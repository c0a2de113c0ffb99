"""The command in a real process: it says where it is, serves, and ends without dropping what is in hand."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager

import httpx
import pytest

from bundles import write_sound
from cli_calls import isolate, refusal_of
from menura.errors import UsageError
from menura.web.serve import listening_socket, page_addresses
from menura.web.settings import Settings
from web_clients import CHANGES, wav_bytes

pytestmark = [
    pytest.mark.server,
    pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGTERM to end gracefully by"),
]


@contextmanager
def running(folder, model, data, *options):
    """A server in a process of its own, and a client that has the token which it printed."""
    environment = os.environ | {"XDG_DATA_HOME": str(data), "PYTHONUNBUFFERED": "1"}
    program = "from menura.cli import main; main()"
    command = [sys.executable, "-c", program, "serve", str(folder), "--model", str(model), "--no-open", *options]
    process = subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    try:
        line = process.stdout.readline()
        printed = re.search(r"(http://127\.0\.0\.1:\d+/)#token=(\S+)", line)
        assert printed, line + process.stderr.read()
        with httpx.Client(base_url=printed[1], headers={"Authorization": f"Bearer {printed[2]}"}, timeout=20) as client:
            yield process, client
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


@pytest.fixture
def folder(tmp_path):
    for seed in range(3):
        write_sound(tmp_path / f"sounds/{seed}.wav", seed)
    return tmp_path / "sounds"


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_when_told_and_finishes_what_is_in_hand(folder, random_bundle_folder, tmp_path, how):
    with running(folder, random_bundle_folder, tmp_path / "data", "--port", str(free_port())) as (process, client):
        content = wav_bytes(duration_s=2)

        def slowly():
            yield content[:1_000]
            time.sleep(1.0)  # a busy machine has to see that somebody asks
            process.send_signal(how)
            time.sleep(0.5)
            yield content[1_000:]

        answer = client.post("api/takes", content=slowly(), headers=CHANGES)
        assert answer.status_code == 201, answer.text
        _, errors = process.communicate(timeout=60)  # a busy machine takes its time
        assert process.returncode in (0, -how, 128 + how, 130), errors
        assert "Traceback" not in errors
        with pytest.raises(httpx.ConnectError):
            client.get("api/status")


def test_a_stop_while_indexing_keeps_what_is_finished(random_bundle_folder, tmp_path):
    folder = tmp_path / "sounds"
    for seed in range(300):
        write_sound(folder / f"{seed}.wav", seed)
    with running(folder, random_bundle_folder, tmp_path / "data", "--port", str(free_port())) as (process, client):
        give_up = time.monotonic() + 20
        while client.get("api/libraries").json()[0]["sounds"] == 0 and time.monotonic() < give_up:
            time.sleep(0.02)
        process.send_signal(signal.SIGTERM)
        started = time.monotonic()
        process.communicate(timeout=20)
        assert time.monotonic() - started < 10
    with running(folder, random_bundle_folder, tmp_path / "data", "--port", str(free_port())) as (_, client):
        (library,) = client.get("api/libraries").json()
        assert library["sounds"] > 0


def test_a_server_dies_with_a_search_in_flight_and_the_next_one_knows_no_take(folder, random_bundle_folder, tmp_path):
    port = str(free_port())
    with running(folder, random_bundle_folder, tmp_path / "data", "--port", port) as (process, client):
        take = client.post("api/takes", content=wav_bytes(), headers=CHANGES).json()["id"]
        process.kill()
        process.wait()
    with running(folder, random_bundle_folder, tmp_path / "data", "--port", port) as (_, client):
        (library,) = client.get("api/libraries").json()
        answer = client.get(f"api/libraries/{library['id']}/search", params={"take": take})
        assert (answer.status_code, answer.json()) == (404, {"error": "take unknown"})


def test_nothing_of_what_is_asked_is_printed_or_kept(folder, random_bundle_folder, tmp_path):
    data = tmp_path / "data"
    with running(folder, random_bundle_folder, data, "--port", str(free_port())) as (process, client):
        (library,) = client.get("api/libraries").json()
        client.post("api/takes", content=wav_bytes(), headers=CHANGES)
        client.get(f"api/libraries/{library['id']}/search", params={"text": "verysecretword"})
        process.terminate()
        output, errors = process.communicate(timeout=20)
    assert output + errors == ""
    kept = {path.name.partition("-")[0] for path in data.rglob("*") if path.is_file()}
    assert kept <= {"index.sqlite", "projections", "favourites.sqlite"}
    assert not any(b"verysecretword" in path.read_bytes() for path in data.rglob("*") if path.is_file())


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])
def test_a_token_is_printed_and_wanted_also_by_other_accounts_of_this_machine(
    folder, random_bundle_folder, tmp_path, host
):
    options = ("--host", host, "--port", str(free_port()))
    with running(folder, random_bundle_folder, tmp_path / "data", *options) as (_, client):
        (library,) = client.get("api/libraries").json()
        assert len(client.headers["Authorization"]) > 24
        for path in ("api/status", "api/libraries", f"api/libraries/{library['id']}/sounds/1/file"):
            answer = httpx.get(client.base_url.join(path))
            assert (answer.status_code, "open the address that menura serve printed" in answer.text) == (401, True)


def test_the_next_free_port_is_taken_unless_one_is_named():
    with listening_socket("127.0.0.1", 0, any_port=False) as taken:
        taken.listen()
        port = taken.getsockname()[1]
        with listening_socket("127.0.0.1", port, any_port=True) as other:
            assert port < other.getsockname()[1] < port + 20
        with pytest.raises(UsageError, match=f"port {port} is taken"):
            listening_socket("127.0.0.1", port, any_port=False)


def test_an_address_of_another_machine_is_refused():
    with pytest.raises(UsageError, match="address of this machine"):
        listening_socket("192.0.2.1", 8_573, any_port=True)
    with pytest.raises(UsageError, match="address of this machine"):
        listening_socket("no such name.invalid", 8_573, any_port=True)


def test_the_command_refuses_in_one_line(tmp_path, monkeypatch, folder):
    isolate(tmp_path, monkeypatch)
    assert "no such folder" in refusal_of("serve", tmp_path / "nothing", "--no-open", code=2)
    assert "index.html" in refusal_of("serve", folder, "--gallery", tmp_path, "--no-open", code=2)
    assert "no model there" in refusal_of("serve", folder, "--model", tmp_path / "m", "--no-open", code=1)


def test_the_address_of_the_page():
    assert page_addresses(Settings((), host="::1", port=80)) == ["http://[::1]:80/"]
    assert page_addresses(Settings((), host="10.0.0.1", token="x")) == ["http://10.0.0.1:8573/#token=x"]
    here, elsewhere = page_addresses(Settings((), host="0.0.0.0", token="x"))
    assert here == "http://127.0.0.1:8573/#token=x"
    assert socket.gethostname() in elsewhere


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]
