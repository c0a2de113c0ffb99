"""Libraries are indexed one after the other, and what is told of their sounds waits for that and gives way to it."""

import threading
import time

import pytest

from bundles import write_sound
from menura.web.turns import Turns
from web_clients import CHANGES, served, wait_until_indexed


def until(is_true, patience_s=20.0):
    give_up = time.monotonic() + patience_s
    while not is_true():
        assert time.monotonic() < give_up, "never true"
        time.sleep(0.01)


def test_who_waits_to_index_comes_before_who_waits_to_measure():
    turns, order, may_end = Turns(), [], threading.Event()

    def holding():
        with turns.measuring():
            order.append("first")
            may_end.wait(20)

    def taking(turn, name):
        with turn():
            order.append(name)

    threads = [threading.Thread(target=holding)]
    threads[0].start()
    until(lambda: order)
    assert not turns.is_wanted
    threads.append(threading.Thread(target=taking, args=(turns.measuring, "measures")))
    threads[1].start()
    threads.append(threading.Thread(target=taking, args=(turns.indexing, "indexes")))
    threads[2].start()
    until(lambda: turns.is_wanted)
    may_end.set()
    for thread in threads:
        thread.join(20)
    assert order == ["first", "indexes", "measures"]


@pytest.fixture
def endless(monkeypatch):
    """Measuring that goes on until it is told to end, or may; yields the folders of which it began, and the permit."""
    began, may_end = [], threading.Event()

    def measure(folder, _, tell):
        began.append(folder.name)
        while not may_end.is_set():
            tell(0, 1)
            time.sleep(0.01)
        return 1

    monkeypatch.setattr("menura.index.update.measure_missing", measure)
    monkeypatch.setattr("menura.web.served.has_music", lambda: True)
    return began, may_end


def test_a_library_is_indexed_while_another_is_measured(folder, random_bundle_folder, tmp_path, endless):
    began, may_end = endless
    write_sound(tmp_path / "more/other.wav", 3)
    with served([folder], random_bundle_folder, tmp_path / "data", wait=False, manage=True) as client:
        until(lambda: began)
        asked = {"folder": str(tmp_path / "more")}
        added = client.post("/api/libraries", json=asked, headers=CHANGES).json()["id"]
        until(lambda: client.get(f"/api/libraries/{added}/search").json().get("total") == 1)
        may_end.set()
        wait_until_indexed(client)
    assert sorted(set(began)) == ["more", "sounds"]


def test_a_measuring_ends_when_the_server_does(folder, random_bundle_folder, tmp_path, endless):
    began, _ = endless
    with served([folder], random_bundle_folder, tmp_path / "data", wait=False):
        until(lambda: began)
        started = time.monotonic()
    assert time.monotonic() - started < 15
