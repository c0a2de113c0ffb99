"""Queries that come at once share a pass, also where each has chosen the same sounds by itself."""

import threading

import numpy as np
import pytest

from menura.cluster.passes import SharedScanner
from menura.index.snapshot import Table
from menura.search.scan import Scanner


@pytest.mark.parametrize("another", [False, True], ids=["same sounds", "other sounds"])
def test_tables_of_the_same_sounds_share_a_pass(another, monkeypatch):
    drawn = np.random.default_rng(0)
    ids = np.arange(6)
    every = Table(ids, ids, np.ones(6, np.int64), drawn.normal(size=(6, 4)).astype(np.float32))
    scanner = SharedScanner(drawn.normal(size=4).astype(np.float32), 0.0)
    best, begun, go_on, found = Scanner.best, threading.Event(), threading.Event(), {}

    def slow(self, queries, table, count):
        begun.set()
        assert go_on.wait(60)
        return best(self, queries, table, count)

    def ask(number, without):
        table = every.without(np.array([without]))  # an object of its own, as of every query that leaves twins out
        (found[number],) = scanner.best(drawn.normal(size=(1, 4)).astype(np.float32), table, 3)

    monkeypatch.setattr(Scanner, "best", slow)
    threads = [threading.Thread(target=ask, args=(number, 2 + (another and number == 2))) for number in range(3)]
    threads[0].start()
    assert begun.wait(60)
    for thread in threads[1:]:
        thread.start()
    while len(scanner._waiting) < 2:
        threading.Event().wait(0.01)
    go_on.set()
    for thread in threads:
        thread.join()
    assert (scanner.passes, scanner.queries) == (3 if another else 2, 3)
    assert all(2 not in windows.rows for windows in (found[0], found[1]))
