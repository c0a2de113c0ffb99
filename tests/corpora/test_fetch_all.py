"""Downloads of many files, from a server on this machine: of what is not there, and given up at once without one."""

import hashlib
import socket
import time

import pytest

from local_server import BREAKS, serving
from menura.corpora import fetch as fetching
from menura.corpora import sonic_pi
from menura.corpora.fetch import RemoteFile, fetch_all
from menura.errors import DataError

pytestmark = pytest.mark.server


@pytest.fixture
def server(tmp_path, monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    folder = tmp_path / "published"
    folder.mkdir()
    with serving(folder) as server:
        yield server


def test_files_arrive_and_progress_adds_up(server, tmp_path):
    files = [server.publish("a.flac", b"one"), server.publish("b flat.flac", b"three")]
    done = []
    folder = tmp_path / "new" / "folder"
    fetch_all(files, folder, progress=done.append)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == {"a.flac": b"one", "b flat.flac": b"three"}
    assert sum(done) == 8


def test_a_second_call_asks_for_nothing(server, tmp_path):
    files = [server.publish("a.flac")]
    fetch_all(files, tmp_path / "kept")
    server.asked.clear()
    fetch_all(files, tmp_path / "kept")
    assert server.asked == []


def test_a_damaged_file_is_fetched_anew_and_its_neighbour_is_not(server, tmp_path):
    files = [server.publish("a.flac"), server.publish("b.flac")]
    damaged = tmp_path / "kept" / "b.flac"
    fetch_all(files, tmp_path / "kept")
    damaged.write_bytes(b"bit rot")
    server.asked.clear()
    fetch_all(files, tmp_path / "kept")
    assert server.asked == ["/b.flac"]
    assert damaged.read_bytes() == b"some sound"


def test_a_wrong_checksum_is_refused_and_not_kept(server, tmp_path):
    good, other = server.publish("a.flac"), server.publish("b.flac")
    folder = tmp_path / "kept"
    with pytest.raises(DataError, match=r"b\.flac is not the published file: its SHA256 differs"):
        fetch_all([good, other._replace(checksum=f"sha256:{'0' * 64}")], folder)
    assert [path.name for path in folder.iterdir()] == ["a.flac"]


def test_a_broken_connection_keeps_what_was_finished(server, tmp_path, monkeypatch):
    monkeypatch.setattr(fetching, "ATTEMPTS", 1)
    files = [server.publish("a.flac"), server.publish(BREAKS, b"x" * 1000), server.publish("c.flac")]
    folder = tmp_path / "kept"
    with pytest.raises(DataError, match=r"breaks\.bin keeps breaking off, now after 0\.0 MB; run it again"):
        fetch_all(files, folder)
    assert sorted(path.name for path in folder.iterdir()) == ["a.flac", f"{BREAKS}.part", f"{BREAKS}.part.json"]


def test_a_file_that_is_gone_is_named(server, tmp_path):
    with pytest.raises(DataError, match=r"gone\.flac: the server answered 404"):
        fetch_all([RemoteFile("gone.flac", f"{server.url}gone.flac")], tmp_path / "kept")


def test_nobody_there_is_said_at_once(tmp_path):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))  # bound, so that nobody else gets it; not listening, so that it refuses
        port = unused.getsockname()[1]
        with pytest.raises(DataError, match=rf"cannot reach 127\.0\.0\.1:{port}; check the network"):
            fetch_all([RemoteFile("a.flac", f"http://127.0.0.1:{port}/a.flac")], tmp_path / "kept")


def test_a_server_that_never_answers_is_given_up(tmp_path, monkeypatch):
    monkeypatch.setattr("menura.corpora.http.ANSWER_WITHIN_S", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        started = time.monotonic()
        with pytest.raises(DataError, match="cannot reach"):
            address = f"http://127.0.0.1:{silent.getsockname()[1]}/a.flac"
            fetch_all([RemoteFile("a.flac", address)], tmp_path / "kept")
        assert time.monotonic() - started < 2


def test_a_full_disk_is_not_taken_for_the_network(server, tmp_path, monkeypatch):
    def full(*_args, **_kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(fetching, "_write", full)
    with pytest.raises(OSError, match="No space left"):
        fetch_all([server.publish("a.flac")], tmp_path / "kept")


def test_the_demos_list_is_the_published_one(shared_data):
    for file in sonic_pi.RECORDINGS:
        content = (shared_data / "sonic-pi" / file.name).read_bytes()
        assert file[2:] == (len(content), f"sha256:{hashlib.sha256(content).hexdigest()}"), file.name
    names = [file.name for file in sonic_pi.RECORDINGS]
    assert len(set(names)) == len(names) == 48
