"""A page deep in a list begins where the whole list says, and few keys are asked for to know."""

import random

import pytest

from menura.cluster.answers import Keys
from menura.cluster.deep import starts


class Lists:
    """Lists of shards, and how many of their keys were asked for."""

    def __init__(self, n_shards, n_sounds):
        drawn = random.Random(0)
        self.of = [[] for _ in range(n_shards)]
        self.every = sorted((drawn.random() < 0.2, f"{number:07}".encode()) for number in range(n_sounds))
        for key in self.every:
            drawn.choice(self.of[: 1 + n_shards // 2] if key[1] < b"1" else self.of).append(key)
        self.asked = 0

    def ask(self, parts, count=256):
        found = {}
        for shard, (start, stop) in parts.items():
            size = max(0, min(stop, len(self.of[shard])) - start)
            n_keys = min(count, size)
            places = [start + at * (size - 1) // max(n_keys - 1, 1) for at in range(n_keys)]
            found[shard] = Keys(len(self.of[shard]), places, [self.of[shard][at] for at in places])
            self.asked += n_keys
        return found


@pytest.mark.parametrize(("n_shards", "n_sounds"), [(1, 5), (3, 40), (4, 10), (9, 5_000)])
def test_a_page_begins_where_the_whole_list_says(n_shards, n_sounds):
    lists = Lists(n_shards, n_sounds)
    for offset in {0, 1, 2, 5, n_sounds // 2, n_sounds - 1, n_sounds, n_sounds + 7}:
        for count in (4, 256):
            begin = starts(lambda parts, count=count: lists.ask(parts, count), n_shards, offset)
            before = [key for shard, at in begin.items() for key in lists.of[shard][:at]]
            assert sorted(before) == lists.every[:offset], (offset, count)


def test_few_keys_are_asked_for():
    lists = Lists(8, 100_000)
    begin = starts(lists.ask, 8, 70_000)
    assert sum(begin.values()) == 70_000
    assert lists.asked <= 4 * 8 * 256
