"""Where a page deep in a list begins in every shard, found from a few of the list's keys at a time.

Of every shard it is known before which place all belongs before the page, and from which on nothing does. Some keys
between the two, evenly spread, draw them closer together: by a hundred times a round, whatever the size of the library.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping

from menura.cluster.answers import Keys

_ROUNDS = 16  # of a few that are needed; commits may come between them
_END = 1 << 62

Part = tuple[int, int]
"""Places in a shard's list, from the first to before the second."""


def starts(ask: Callable[[Mapping[int, Part]], Mapping[int, Keys]], n_shards: int, offset: int) -> dict[int, int]:
    """The place in each shard's list at which the sounds from `offset` on of the whole list begin.

    Args:
        ask: Asks shards for keys of these parts of their lists, the first and the last among them. A shard that does
            not answer is left out from then on.
        n_shards: How many shards there are.
        offset: How many sounds come before the page.
    """
    parts = dict.fromkeys(range(n_shards), (0, _END))
    for _ in range(_ROUNDS):
        found = ask(parts)
        parts = {shard: (parts[shard][0], min(parts[shard][1], one.total)) for shard, one in found.items()}
        if sum(end for _, end in parts.values()) <= offset:
            return {shard: end for shard, (_, end) in parts.items()}
        parts = _closer(found, parts, offset)
        if sum(start for start, _ in parts.values()) >= offset:
            break
    return {shard: start for shard, (start, _) in parts.items()}


def _closer(found: Mapping[int, Keys], parts: Mapping[int, Part], offset: int) -> dict[int, Part]:
    """The parts, without what certainly comes before the page or after its begin."""
    pivots = sorted(key for one in found.values() for key in one.keys)

    def up_to(at: int) -> dict[int, Part]:
        """How many sounds of each shard are not after a pivot, at least and at most."""
        return {shard: _up_to(pivots[at], one, parts[shard]) for shard, one in found.items()}

    places = range(len(pivots))
    n_before = bisect_right(places, offset, key=lambda at: sum(most for _, most in up_to(at).values()))
    enough = bisect_left(places, offset, key=lambda at: sum(least for least, _ in up_to(at).values()))
    before = up_to(n_before - 1) if n_before else {shard: (start, start) for shard, (start, _) in parts.items()}
    after = up_to(enough) if enough < len(pivots) else {shard: (end, end) for shard, (_, end) in parts.items()}
    return {shard: (before[shard][0], after[shard][1]) for shard in parts}


def _up_to(pivot: tuple[bool, bytes], found: Keys, part: Part) -> Part:
    at = bisect_right(found.keys, pivot)
    least = found.places[at - 1] + 1 if at else part[0]
    if at and found.keys[at - 1] == pivot:  # its own shard: there it is known to the sound
        return least, least
    return least, found.places[at] if at < len(found.keys) else part[1]
