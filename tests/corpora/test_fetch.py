"""Downloads, from a server on this machine: taken up where they stopped, kept only if they are the right file."""

import random
import resource
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager

import pytest

from menura.corpora import fetch as fetching
from menura.corpora.fetch import CHUNK_BYTES, RemoteFile, fetch
from menura.errors import DataError

pytestmark = pytest.mark.server

CONTENT = random.Random(0).randbytes(3 * CHUNK_BYTES + 1_000)
TWO_CHUNKS = 2 * CHUNK_BYTES


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


def archive(server, **published) -> RemoteFile:
    return RemoteFile("big.zip", f"{server.url}/big.zip", **published)


def break_off(server, folder, monkeypatch, **how):
    """What is left of a download that broke off after two chunks and was not tried again."""
    served = server.publish("/big.zip", CONTENT, sends=[TWO_CHUNKS], **how)
    monkeypatch.setattr(fetching, "ATTEMPTS", 1)
    with pytest.raises(DataError, match=r"big\.zip keeps breaking off, now after 0\.5 MB; run it again to go on"):
        fetch(archive(server), folder)
    assert (folder / "big.zip.part").read_bytes() == CONTENT[:TWO_CHUNKS]
    assert not (folder / "big.zip").exists()
    server.asked.clear()
    return served


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_file_arrives_and_progress_is_told(server, tmp_path):
    served = server.publish("/big.zip", CONTENT)
    told = []
    published = archive(server, n_bytes=len(CONTENT), checksum=served.checksum)
    path = fetch(published, tmp_path / "new" / "folder", progress=lambda *state: told.append(state))
    assert path.read_bytes() == CONTENT
    assert names(path.parent) == ["big.zip"]
    assert [total for _, total in told] == [len(CONTENT)] * 4
    assert [done for done, _ in told] == [CHUNK_BYTES, TWO_CHUNKS, 3 * CHUNK_BYTES, len(CONTENT)]


def test_a_second_call_asks_for_nothing(server, tmp_path):
    published = archive(server, checksum=server.publish("/big.zip", CONTENT).checksum)
    fetch(published, tmp_path)
    server.asked.clear()
    assert fetch(published, tmp_path).read_bytes() == CONTENT
    assert server.asked == []


def test_a_broken_connection_is_taken_up_in_the_same_call(server, tmp_path):
    kept = []
    part = tmp_path / "big.zip.part"
    server.on_request = lambda: kept.append(part.read_bytes() if part.exists() else b"")
    served = server.publish("/big.zip", CONTENT, sends=[TWO_CHUNKS])
    path = fetch(archive(server, checksum=served.checksum), tmp_path)
    assert path.read_bytes() == CONTENT
    assert server.ranges == [None, f"bytes={TWO_CHUNKS}-"]
    assert kept == [b"", CONTENT[:TWO_CHUNKS]]


def test_the_next_call_goes_on_where_the_last_one_stopped(server, tmp_path, monkeypatch):
    served = break_off(server, tmp_path, monkeypatch)
    told = []
    path = fetch(archive(server, checksum=served.checksum), tmp_path, progress=lambda *state: told.append(state))
    assert path.read_bytes() == CONTENT
    assert server.ranges == [f"bytes={TWO_CHUNKS}-"]
    assert told[0] == (3 * CHUNK_BYTES, len(CONTENT))
    assert names(tmp_path) == ["big.zip"]


def test_a_killed_download_goes_on(server, tmp_path):
    served = server.publish("/big.zip", CONTENT, sends=[TWO_CHUNKS], stalls=True)
    code = (
        "import sys; from pathlib import Path; from menura.corpora.fetch import RemoteFile, fetch\n"
        "fetch(RemoteFile('big.zip', sys.argv[1]), Path(sys.argv[2]))"
    )
    process = subprocess.Popen([sys.executable, "-c", code, f"{server.url}/big.zip", str(tmp_path)])
    part = tmp_path / "big.zip.part"
    deadline = time.monotonic() + 20
    while not (part.exists() and part.stat().st_size == TWO_CHUNKS):
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    served.stalls = False
    server.asked.clear()
    assert fetch(archive(server, checksum=served.checksum), tmp_path).read_bytes() == CONTENT
    assert server.ranges == [f"bytes={TWO_CHUNKS}-"]


def test_killed_after_the_last_byte_nothing_more_is_asked(server, tmp_path, monkeypatch):
    served = break_off(server, tmp_path, monkeypatch)
    (tmp_path / "big.zip.part").write_bytes(CONTENT)
    assert fetch(archive(server, checksum=served.checksum), tmp_path).read_bytes() == CONTENT
    assert server.asked == []


def test_a_server_without_ranges_starts_over(server, tmp_path, monkeypatch):
    served = break_off(server, tmp_path, monkeypatch, ranges=False)
    assert fetch(archive(server, checksum=served.checksum), tmp_path).read_bytes() == CONTENT
    assert server.ranges == [f"bytes={TWO_CHUNKS}-"]


@pytest.mark.parametrize(
    "content",
    [CONTENT[::-1], CONTENT + b"more", CONTENT[: CHUNK_BYTES // 2]],
    ids=["same size", "longer", "shorter than what is kept"],
)
def test_a_file_that_changed_starts_over(server, tmp_path, monkeypatch, content):
    break_off(server, tmp_path, monkeypatch)
    server.publish("/big.zip", content)
    assert fetch(archive(server), tmp_path).read_bytes() == content
    assert server.ranges == [f"bytes={TWO_CHUNKS}-", None]


def test_another_address_starts_over_even_if_all_is_there(server, tmp_path, monkeypatch):
    served = break_off(server, tmp_path, monkeypatch)
    (tmp_path / "big.zip.part").write_bytes(CONTENT)
    server.publish("/other.zip", CONTENT[::-1], etag=served.etag)
    path = fetch(RemoteFile("big.zip", f"{server.url}/other.zip"), tmp_path)
    assert path.read_bytes() == CONTENT[::-1]


def test_a_download_goes_on_where_its_address_redirects_to(server, tmp_path):
    server.publish("/there.zip", CONTENT, sends=[TWO_CHUNKS])
    server.publish("/big.zip", b"", moved_to="/there.zip")
    assert fetch(archive(server), tmp_path).read_bytes() == CONTENT
    assert [asked for path, asked in server.asked if path == "/there.zip"] == [None, f"bytes={TWO_CHUNKS}-"]


def test_a_part_from_elsewhere_in_the_file_is_not_taken(server, tmp_path, monkeypatch):
    served = break_off(server, tmp_path, monkeypatch)
    served.answers_from = CHUNK_BYTES
    assert fetch(archive(server), tmp_path).read_bytes() == CONTENT
    assert server.ranges == [f"bytes={TWO_CHUNKS}-", None]


def test_no_compression_is_asked_for(server, tmp_path):
    server.publish("/big.zip", b"x" * 10_000, compresses=True)
    assert fetch(archive(server), tmp_path).read_bytes() == b"x" * 10_000


def test_a_changed_date_is_enough(server, tmp_path, monkeypatch):
    served = break_off(server, tmp_path, monkeypatch, modified="Mon, 01 Jan 2018 00:00:00 GMT")
    served.modified, served.content = "Tue, 02 Jan 2018 00:00:00 GMT", CONTENT[::-1]
    assert fetch(archive(server), tmp_path).read_bytes() == CONTENT[::-1]


def test_bytes_of_unknown_origin_are_not_built_on(server, tmp_path):
    server.publish("/big.zip", CONTENT)
    (tmp_path / "big.zip.part").write_bytes(b"x" * 100)
    (tmp_path / "big.zip.part.json").write_text('{"url": ')
    assert fetch(archive(server), tmp_path).read_bytes() == CONTENT
    assert server.ranges == [None]


def test_a_wrong_checksum_is_refused_and_nothing_kept(server, tmp_path):
    server.publish("/big.zip", CONTENT)
    with pytest.raises(DataError, match=r"big\.zip is not the published file: its MD5 differs; it was not kept"):
        fetch(archive(server, checksum="md5:" + "0" * 32), tmp_path)
    assert names(tmp_path) == []


def test_a_sha256_is_verified_as_well(server, tmp_path):
    server.publish("/big.zip", CONTENT)
    with pytest.raises(DataError, match="its SHA256 differs"):
        fetch(archive(server, checksum="sha256:" + "0" * 64), tmp_path)


def test_a_wrong_size_is_refused_before_anything_comes(server, tmp_path):
    server.publish("/big.zip", CONTENT)
    with pytest.raises(DataError, match=r"it has 787,432 bytes instead of 5; nothing was fetched"):
        fetch(archive(server, n_bytes=5), tmp_path)
    assert names(tmp_path) == []


def test_a_wrong_size_is_refused_where_the_server_does_not_state_it(server, tmp_path):
    server.publish("/big.zip", CONTENT, states_length=False)
    with pytest.raises(DataError, match=r"it has 787,432 bytes instead of 5; it was not kept"):
        fetch(archive(server, n_bytes=5), tmp_path)


def test_a_file_of_unknown_length_arrives(server, tmp_path):
    server.publish("/big.zip", CONTENT, states_length=False)
    told = []
    assert fetch(archive(server), tmp_path, progress=lambda *state: told.append(state)).read_bytes() == CONTENT
    assert told[-1] == (len(CONTENT), None)


def test_what_a_server_calls_an_encoding_is_kept_as_it_is(server, tmp_path):
    server.publish("/big.zip", CONTENT, encoding="x-gzip")
    assert fetch(archive(server), tmp_path).read_bytes() == CONTENT


@contextmanager
def files_of_at_most(n_bytes):
    """The nearest thing to a full disk that needs no rights: writing beyond that size fails."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (n_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_what_came_before_the_disk_was_full_is_kept(server, tmp_path):
    served = server.publish("/big.zip", CONTENT)
    with (
        files_of_at_most(CHUNK_BYTES + 1_000),
        pytest.raises(DataError, match=r"cannot write big\.zip \(File too large\); make room .* what has come is kept"),
    ):
        fetch(archive(server), tmp_path)
    assert (tmp_path / "big.zip.part").read_bytes() == CONTENT[: CHUNK_BYTES + 1_000]
    assert fetch(archive(server, checksum=served.checksum), tmp_path).read_bytes() == CONTENT
    assert server.ranges == [None, f"bytes={CHUNK_BYTES + 1_000}-"]


def test_a_disk_that_is_too_full_is_told_before_anything_comes(server, tmp_path, monkeypatch):
    server.publish("/big.zip", CONTENT)
    usage = shutil.disk_usage(tmp_path)._replace(free=100_000)
    monkeypatch.setattr("menura.corpora.fetch.shutil.disk_usage", lambda _path: usage)
    with pytest.raises(DataError, match=r"big\.zip needs 0\.8 MB more and the disk has 0\.1 MB free; make room"):
        fetch(archive(server), tmp_path)
    assert names(tmp_path) == []


def test_a_folder_that_cannot_be_made_is_named(server, tmp_path):
    server.publish("/big.zip", CONTENT)
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(DataError, match=r"file/folder: cannot write big\.zip \(Not a directory\)"):
        fetch(archive(server), tmp_path / "file" / "folder")


def test_a_file_that_is_gone_is_named(server, tmp_path):
    with pytest.raises(DataError, match=r"/big\.zip: the server answered 404 Not Found; try again later$"):
        fetch(archive(server), tmp_path)


def test_nobody_there_is_said(tmp_path):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))  # bound, so that nobody else gets it; not listening, so that it refuses
        port = unused.getsockname()[1]
        with pytest.raises(
            DataError, match=rf"^cannot reach 127\.0\.0\.1:{port} \(ConnectionError\); check the network"
        ):
            fetch(RemoteFile("big.zip", f"http://127.0.0.1:{port}/big.zip"), tmp_path)
