"""What is too large, too long or too much is refused at once and in words, and everything goes on afterwards."""

import asyncio
import io
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import soundfile
from fastapi import HTTPException, Request

import menura.search.query
from menura import Library
from menura.web.limits import Rate, Uploads, Workers
from menura.web.settings import Limits
from web_clients import CHANGES, add_take, refusal, served, wav_bytes, write_library


def run_apart(coroutine):
    """What it gives, in a thread of its own: a browser that other tests have open keeps this one's event loop."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, coroutine).result()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_library(tmp_path_factory.mktemp("library") / "sounds")


@pytest.fixture
def serve(folder, random_bundle_folder, tmp_path):
    return lambda **limits: served([folder], random_bundle_folder, tmp_path / "data", limits=Limits(**limits))


def test_what_is_too_large_is_refused_before_it_is_decoded(serve, monkeypatch):
    with serve(take_bytes=10_000) as client:
        monkeypatch.setattr(menura.search.query, "open_sound", None)  # to decode anything would break
        assert "larger than" in refusal(client.post("/api/takes", content=wav_bytes(), headers=CHANGES), 413)
        in_pieces = (b"x" * 1_000 for _ in range(11))  # no length is declared
        assert "larger than" in refusal(client.post("/api/takes", content=in_pieces, headers=CHANGES), 413)
        lying = CHANGES | {"Content-Length": "5"}
        assert client.post("/api/takes", content=b"x" * 20_000, headers=lying).status_code in (413, 500)


def test_what_is_too_long_is_refused_before_it_is_decoded(serve, monkeypatch):
    with serve(take_s=2.0) as client:
        assert add_take(client, wav_bytes(duration_s=1.9))
        with monkeypatch.context() as patch:
            patch.setattr(menura.search.query, "decoded_blocks", None)
            answer = client.post("/api/takes", content=wav_bytes(duration_s=2.5), headers=CHANGES)
        assert "longer than 2 s" in refusal(answer, 422)


def test_a_kind_that_does_not_say_how_long_it_is_is_decoded_no_further_than_that(serve):
    stream = io.BytesIO()
    soundfile.write(stream, np.random.default_rng(0).normal(0, 0.1, 8_000 * 60), 8_000, format="OGG", subtype="VORBIS")
    with serve(take_s=2.0) as client:
        answer = client.post("/api/takes", content=stream.getvalue(), headers=CHANGES)
        assert "longer than 2 s" in refusal(answer, 422)


def test_uploads_of_one_client_are_limited(serve):
    with serve(uploads_per_s=0.001, upload_burst=3) as client:
        content = wav_bytes(duration_s=0.1)
        for _ in range(3):
            add_take(client, content)
        answer = client.post("/api/takes", content=content, headers=CHANGES)
        assert refusal(answer, 429)
        assert int(answer.headers["retry-after"]) >= 1
        assert client.get("/api/status").status_code == 200


def test_requests_of_one_client_are_limited(serve):
    with serve(requests_per_s=20.0, request_burst=30) as client:
        answers = [client.get("/api/status") for _ in range(60)]
        assert {answer.status_code for answer in answers} == {200, 429}
        time.sleep(0.2)
        assert client.get("/api/status").status_code == 200


def test_a_rate_gives_back_what_time_has_earned():
    rate = Rate(per_s=50.0, burst=2)
    assert [rate.wait_s("a") > 0 for _ in range(3)] == [False, False, True]
    assert rate.wait_s("b") == 0
    time.sleep(0.03)
    assert rate.wait_s("a") == 0
    for client in range(3_000):
        rate.wait_s(str(client))
    assert len(rate._clients) <= 1_024


def test_over_capacity_it_refuses_quickly_and_recovers(serve, monkeypatch):
    with serve(waiting=3) as client:
        (library,) = client.get("/api/libraries").json()
        url = f"/api/libraries/{library['id']}/search"
        go_on = threading.Event()
        page = Library.page
        monkeypatch.setattr(Library, "page", lambda *a, **k: go_on.wait(20) and page(*a, **k))
        with ThreadPoolExecutor(3) as pool:
            in_hand = [pool.submit(client.get, url) for _ in range(3)]
            workers = client.app.state.server.searching
            while workers._in_hand < 3:
                time.sleep(0.01)
            started = time.monotonic()
            answer = client.get(url)
            assert refusal(answer, 503).startswith("busy")
            assert answer.headers["retry-after"] == "1"
            assert time.monotonic() - started < 2
            go_on.set()
            assert [future.result().status_code for future in in_hand] == [200] * 3
        assert client.get(url).status_code == 200


def test_workers_count_what_fails_and_what_is_given_up_as_done():
    workers = Workers("test", threads=1, waiting=1)

    async def run() -> None:
        with pytest.raises(ZeroDivisionError):
            await workers.run(lambda: 1 // 0)
        assert await workers.run(lambda: 1) == 1
        hold = threading.Event()
        task = asyncio.create_task(workers.run(hold.wait))
        await asyncio.sleep(0.05)
        with pytest.raises(HTTPException):
            await workers.run(lambda: 1)
        task.cancel()
        hold.set()
        await asyncio.sleep(0.05)
        assert await workers.run(lambda: 2) == 2

    run_apart(run())
    workers.close()


def upload(parts, *, pause_s: float = 0.0) -> Request:
    """A request whose body comes in these parts, each after a pause."""
    waiting = [{"type": "http.request", "body": part, "more_body": True} for part in parts]

    async def receive():
        await asyncio.sleep(pause_s)
        return waiting.pop(0) if waiting else {"type": "http.request", "body": b"", "more_body": False}

    return Request({"type": "http", "method": "POST", "headers": []}, receive)


def test_an_upload_that_does_not_come_is_given_up(monkeypatch):
    monkeypatch.setattr("menura.web.limits._UPLOAD_S", 0.05)
    uploads = Uploads(1_000)
    with pytest.raises(HTTPException) as refused:
        run_apart(uploads.read(upload([b"RIFF"], pause_s=1.0)))
    assert refused.value.status_code == 408
    assert run_apart(uploads.read(upload([b"RI", b"FF"]))) == b"RIFF"


def test_uploads_share_what_memory_there_is(monkeypatch):
    monkeypatch.setattr("menura.web.limits._UPLOADING_BYTES", 1_500)
    uploads = Uploads(1_000)

    async def both():
        slow = asyncio.create_task(uploads.read(upload([b"x" * 900], pause_s=0.1)))
        await asyncio.sleep(0.15)
        with pytest.raises(HTTPException) as refused:
            await uploads.read(upload([b"x" * 900]))
        return refused.value, await slow

    error, content = run_apart(both())
    assert error.status_code == 503
    assert error.headers == {"Retry-After": "1"}
    assert len(content) == 900
    assert run_apart(uploads.read(upload([b"x" * 900]))) == b"x" * 900, "what is done with is given back"
