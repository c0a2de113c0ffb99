"""Downloads, from a server on this machine: kept when intact, refused when not, taken up again where they stopped."""

import hashlib
import socket
import time

import pytest

from local_server import BREAKS, serving
from menura.corpora import sonic_pi
from menura.corpora.download import RemoteFile, fetch_all
from menura.errors import DataError


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
    paths = fetch_all(files, server.url, tmp_path / "new" / "folder", progress=done.append)
    assert [path.read_bytes() for path in paths] == [b"one", b"three"]
    assert [path.name for path in paths] == ["a.flac", "b flat.flac"]
    assert sum(done) == 8


def test_a_second_call_asks_for_nothing(server, tmp_path):
    files = [server.publish("a.flac")]
    fetch_all(files, server.url, tmp_path / "kept")
    server.asked.clear()
    fetch_all(files, server.url, tmp_path / "kept")
    assert server.asked == []


def test_a_damaged_file_is_fetched_anew_and_its_neighbour_is_not(server, tmp_path):
    files = [server.publish("a.flac"), server.publish("b.flac")]
    paths = fetch_all(files, server.url, tmp_path / "kept")
    paths[1].write_bytes(b"bit rot")
    server.asked.clear()
    fetch_all(files, server.url, tmp_path / "kept")
    assert server.asked == ["/b.flac"]
    assert paths[1].read_bytes() == b"some sound"


def test_a_wrong_checksum_is_refused_and_not_kept(server, tmp_path):
    good, other = server.publish("a.flac"), server.publish("b.flac")
    folder = tmp_path / "kept"
    with pytest.raises(DataError, match=r"b\.flac is not the published file: its SHA-256 differs"):
        fetch_all([good, other._replace(sha256="0" * 64)], server.url, folder)
    assert [path.name for path in folder.iterdir()] == ["a.flac"]


def test_a_broken_connection_keeps_what_was_finished(server, tmp_path):
    files = [server.publish("a.flac"), server.publish(BREAKS, b"x" * 1000), server.publish("c.flac")]
    folder = tmp_path / "kept"
    with pytest.raises(DataError, match=r"breaks\.bin failed \(.*try again, finished files are kept"):
        fetch_all(files, server.url, folder)
    assert [path.name for path in folder.iterdir()] == ["a.flac"]


def test_a_file_that_is_gone_is_named(server, tmp_path):
    with pytest.raises(DataError, match=r"gone\.flac failed \(404"):
        fetch_all([RemoteFile("gone.flac", 1, "0" * 64)], server.url, tmp_path / "kept")


def test_nobody_there_is_said_at_once(tmp_path):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))  # bound, so that nobody else gets it; not listening, so that it refuses
        port = unused.getsockname()[1]
        with pytest.raises(DataError, match=rf"cannot reach 127\.0\.0\.1:{port}; check the network"):
            fetch_all([RemoteFile("a.flac", 1, "0" * 64)], f"http://127.0.0.1:{port}", tmp_path / "kept")


def test_a_server_that_never_answers_is_given_up(tmp_path, monkeypatch):
    monkeypatch.setattr("menura.corpora.download.ANSWER_WITHIN_S", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        started = time.monotonic()
        with pytest.raises(DataError, match="cannot reach"):
            fetch_all(
                [RemoteFile("a.flac", 1, "0" * 64)], f"http://127.0.0.1:{silent.getsockname()[1]}", tmp_path / "kept"
            )
        assert time.monotonic() - started < 2


def test_a_full_disk_is_not_taken_for_the_network(server, tmp_path, monkeypatch):
    def full(*_args, **_kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pooch.retrieve", full)
    with pytest.raises(OSError, match="No space left"):
        fetch_all([server.publish("a.flac")], server.url, tmp_path / "kept")


def test_the_demos_list_is_the_published_one(shared_data):
    for file in sonic_pi.RECORDINGS:
        content = (shared_data / "sonic-pi" / file.name).read_bytes()
        assert (len(content), hashlib.sha256(content).hexdigest()) == (file.n_bytes, file.sha256), file.name
    names = [file.name for file in sonic_pi.RECORDINGS]
    assert len(set(names)) == len(names) == 48
