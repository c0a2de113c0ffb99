"""Answers of shards made one: the ranking that one machine would give, to the last bit.

A scan is exact and a logit depends on its sound alone, so the answers can be put together as they are. Sounds have ids
of the whole library: that of the shard times the number of shards, and the number of the shard.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np

from menura.cluster.answers import Answer, Best
from menura.cluster.twins import ShardTwins
from menura.index.sound import Sound
from menura.model.steps import Steps
from menura.search.ranking import Hit, Page

Found = TypeVar("Found", Hit, Sound)


@dataclass(frozen=True)
class ClusterPage(Page):
    """A part of an answer, as `Page`.

    Attributes:
        missing: The shards that did not answer: what they hold is not in it.
    """

    missing: tuple[int, ...] = ()

    @property
    def hits(self) -> list[Hit]:
        """The part, where it is hits."""
        return [one for one in self.found if isinstance(one, Hit)]


def spans(bests: Mapping[int, Best], offset: int, limit: int) -> dict[int, range]:
    """In which part of each shard's own ranking the hits of a page are; `bests` are of `offset + limit` sounds."""
    every = np.concatenate([one.logits for one in bests.values()])
    last = min(offset + limit, len(every))
    if offset >= last:
        return {}
    high, low = -np.partition(-every, [offset, last - 1])[[offset, last - 1]]
    # What is better than the first of the page comes before it, what is worse than its last comes after it.
    return {
        shard: range(int(np.count_nonzero(one.logits > high)), int(np.count_nonzero(one.logits >= low)))
        for shard, one in bests.items()
    }


def ranked(
    answers: Mapping[int, Answer], n_shards: int, twins: ShardTwins, steps: Steps | None, *, skip: int, limit: int
) -> Page:
    """The hits of all shards as one ranking; of equal ones the first by path is first.

    Args:
        answers: What each shard found, those alone that may be on the page.
        n_shards: How many shards there are.
        twins: The twins across the shards among the sounds that were looked among.
        steps: What the model's scores say; None where they say nothing of this query.
        skip: How many of these hits come before the page.
        limit: How many there are on it at most.
    """
    total = sum(answer.page.total for answer in answers.values())
    hits = [hit for shard, answer in answers.items() for hit in _of_all(answer.page.found, Hit, shard, n_shards)]
    hits.sort(key=lambda hit: (-hit.logit, os.fsencode(hit.path)))
    here = steps.among(total) if steps is not None and total else None
    page = [
        replace(
            hit,
            alike=_together(hit.alike, twins.alike(hit.path)),
            word=None if here is None else here.word(hit.score),
        )
        for hit in hits[skip:][:limit]
    ]
    return Page(total, page)


def listed(answers: Mapping[int, Answer], n_shards: int, *, skip: int, limit: int) -> Page:
    """The sounds of all shards as one list by path, those first that a text finds by name.

    Arguments as for `ranked`.
    """
    total = sum(answer.page.total for answer in answers.values())
    found = []
    for shard, answer in answers.items():
        sounds = _of_all(answer.page.found, Sound, shard, n_shards)
        found += list(zip(answer.by_name, sounds, strict=True))
    found.sort(key=lambda one: (not one[0], os.fsencode(one[1].path)))
    return Page(total, [sound for _, sound in found[skip:][:limit]])


def in_words(missing: Sequence[int], n_shards: int) -> str | None:
    """Which of so many shards are missing; None where none is."""
    if not missing:
        return None
    which = ", ".join(map(str, missing))
    named = f"shard {which} of {n_shards} does" if len(missing) == 1 else f"shards {which} of {n_shards} do"
    return f"{named} not answer: what would be found there is missing; menura cluster status tells more"


def id_of(sound_id: int, shard: int, n_shards: int) -> int:
    """The id in the whole library of a shard's sound."""
    return sound_id * n_shards + shard


def by_shard(ids: Sequence[int], n_shards: int) -> dict[int, list[int]]:
    """Ids of the whole library as those of shards."""
    found: dict[int, list[int]] = {}
    for one in ids:
        found.setdefault(one % n_shards, []).append(one // n_shards)
    return found


def of_all(found: Found, shard: int, n_shards: int) -> Found:
    """A sound or hit of a shard with the id that it has in the whole library."""
    if isinstance(found, Hit):
        return replace(found, sound=of_all(found.sound, shard, n_shards))
    return replace(found, id=id_of(found.id, shard, n_shards))


def _of_all(found: Sequence[Hit] | Sequence[Sound], kind: type[Found], shard: int, n_shards: int) -> list[Found]:
    return [of_all(one, shard, n_shards) for one in found if isinstance(one, kind)]


def _together(own: Sequence[str], others: Sequence[str]) -> tuple[str, ...]:
    return tuple(sorted({*own, *others}, key=os.fsencode)) if others else tuple(own)
