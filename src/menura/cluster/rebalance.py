"""Which whole shards go from one machine to another, so that all machines hold as many, or one more."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Move:
    """A shard that goes from one machine to another.

    Attributes:
        shard: Its number.
        source: The machine that it leaves.
        target: The one that it goes to.
    """

    shard: int
    source: str
    target: str


def moves(places: Mapping[int, str], machines: Collection[str]) -> list[Move]:
    """As few moves as make all machines hold as many shards, or one more.

    Args:
        places: The machine of each shard.
        machines: All that there are, those of the shards among them.
    """
    held: dict[str, list[int]] = {machine: [] for machine in sorted(machines)}
    for shard, machine in sorted(places.items()):
        held[machine].append(shard)
    chosen: list[Move] = []
    while True:
        most = max(held, key=lambda machine: len(held[machine]))
        fewest = min(held, key=lambda machine: len(held[machine]))
        if len(held[most]) - len(held[fewest]) <= 1:
            return chosen
        shard = held[most].pop()
        held[fewest].append(shard)
        chosen.append(Move(shard, most, fewest))
