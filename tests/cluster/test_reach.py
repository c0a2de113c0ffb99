"""Shards that are slow, lost and back: how long they are waited for, and what is known of them."""

import time
from concurrent.futures import Future

import numpy as np

from bundles import write_sound
from menura.cluster.reach import Reach, ShardDiedError
from menura.search.ranking import Question
from shards import Shards


class Late(Future):
    """An answer that has not come whenever it is asked for, and for how long it was waited for."""

    waited_s: float

    def result(self, timeout=None):
        self.waited_s = timeout
        raise TimeoutError


class Slow:
    """Two shards: 0 answers at once, 1 late."""

    def __init__(self):
        self.late = []

    def ask(self, shard, method):
        answer = Future() if shard == 0 else Late()
        if shard == 0:
            answer.set_result(method)
        else:
            self.late.append(answer)
        return answer


def test_a_shard_that_was_slow_once_is_waited_for_again_once_it_has_answered():
    slow = Slow()
    reach = Reach(2, slow.ask, lambda _: None)
    for _ in range(2):
        assert reach.all("info") == {0: "info"}
        assert reach.silent == (1,)
    slow.late[0].set_result("late")
    assert reach.silent == ()
    reach.all("info")
    first, second, third = (answer.waited_s for answer in slow.late)
    assert min(first, third) > 10
    assert second < 1


def test_a_shard_that_died_is_started_again_and_not_at_every_question(monkeypatch):
    died, renewed, now = {1}, [], [1_000.0]

    def ask(shard, method):
        answer = Future()
        if shard in died:
            answer.set_exception(ShardDiedError("its store could not be read"))
        else:
            answer.set_result(method)
        return answer

    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    reach = Reach(2, ask, renewed.append)
    for _ in range(3):
        assert reach.all("info") == {0: "info"}
    assert renewed == [1]
    now[0] += 31.0
    reach.all("info")
    assert renewed == [1, 1]
    died.clear()
    assert reach.all("info") == {0: "info", 1: "info"}


def test_work_of_hours_is_waited_for_by_its_own_measure():
    slow = Slow()
    reach = Reach(2, slow.ask, lambda _: None)
    for _ in range(2):
        reach.all("check", within_s=3_600.0)
    assert all(answer.waited_s > 3_000 for answer in slow.late)


def test_twins_of_a_shard_that_did_not_tell_them_are_looked_for_again(random_bundle, random_bundle_folder, tmp_path):
    for name in "abcdefgh":
        write_sound(tmp_path / "sounds" / f"{name}.wav", 0)
    shards = Shards(tmp_path / "store", tmp_path / "sounds", tmp_path / "disk", random_bundle, random_bundle_folder)
    shards.fill(2)
    library = shards.library()
    reach, failed = library._reach, []
    reach.answer_s = 300.0  # on a machine with much else to do
    ask = reach.ask

    def once(shard, method, *arguments):
        if method == "members" and shard == 0 and not failed:
            failed.append(True)
            answer = Future()
            answer.set_exception(ConnectionError("lost"))
            return answer
        return ask(shard, method, *arguments)

    reach.ask = once
    library.warm()
    assert failed
    embedding = np.ones(random_bundle.spec.n_hidden, np.float32)
    page = library.page(Question(embedding), offset=0, limit=10)
    assert [len(hit.alike) for hit in page.found] == [7]
