"""The front door of a cluster library: it asks every shard, and makes one answer of theirs."""

from __future__ import annotations

import os
import threading
import time
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from menura.audio.hear import Take
from menura.cluster.answers import Answer, Best, Cells, Keys, Member
from menura.cluster.card import Card
from menura.cluster.deep import starts
from menura.cluster.merging import ClusterPage, by_shard, id_of, in_words, listed, of_all, ranked, spans
from menura.cluster.reach import Reach
from menura.cluster.source import Source
from menura.cluster.told import merged_info
from menura.cluster.twins import ShardTwins, candidates, twins_of
from menura.errors import UsageError
from menura.index.across import TwinsAcross
from menura.index.info import LibraryInfo
from menura.index.sound import Sound
from menura.model.bundle import Bundle
from menura.search.feedback import Feedback, refine
from menura.search.known_kinds import KnownKinds
from menura.search.query import hear_query
from menura.search.ranking import Hit, Only, Page, Question, nearest_of
from menura.search.together import embedded
from menura.search.voice import Voice

_SHALLOW = 200  # sounds before a page that are fetched with it
_KEYS = 256  # of a shard at a time
_TRIES = 3  # where commits come between the questions that an answer is made of


class ClusterLibrary:
    """A library in shards, searched as one. Safe to use from several threads, also while the shards are filled.

    Attributes:
        card: What it is.
        bundle: The model.
        source: Where its sounds are.
        folder: What stands for its folder in messages.
        kinds: The kinds that its model knows.
        voice: What was learned of the voice of whoever searches.
    """

    def __init__(self, card: Card, bundle: Bundle, reach: Reach, voice: Voice) -> None:
        self.card = card
        self.bundle = bundle
        self.source = Source(card.source)
        self.folder = self.source.folder
        self.kinds = KnownKinds(bundle.kinds, bundle.name)
        self.voice = voice
        self._reach = reach
        none = np.zeros(0, np.int64)
        self._none = ShardTwins(TwinsAcross(none, none, none), ())
        self._looking = threading.Lock()
        self._cells: dict[int, Cells] = {}
        self._twins = self._none

    def hear(self, query: str | Path | bytes, *, longest_s: float | None = None) -> Take:
        """As `Library.hear`."""
        return hear_query(query, self.bundle.spec.imitation.front_end, longest_s=longest_s)

    def search(
        self,
        takes: Sequence[Take],
        top: int = 20,
        text: str | None = None,
        *,
        kinds: Collection[str] = (),
        longer_s: float | None = None,
        shorter_s: float | None = None,
    ) -> ClusterPage:
        """The best sounds; arguments and errors as of `Library.search`, and shards that do not answer are named."""
        if top < 1:
            raise UsageError(f"top is {top}: ask for 1 hit or more")
        only = Only(text, kinds=kinds, longer_s=longer_s, shorter_s=shorter_s)
        self.kinds.numbers(kinds)
        embedding = self.voice.moved(embedded(takes, self.bundle))
        return self.page(Question(embedding, only=only), offset=0, limit=top)

    def page(self, question: Question, *, offset: int, limit: int) -> ClusterPage:
        """As `Library.page`; shards that do not answer are named.

        Raises:
            LibraryError: No shard answers, or the index of one is damaged.
        """
        started = time.perf_counter()
        query = self._moved(question)
        if query is None:
            answers, page = self._listed(question, offset=offset, limit=limit)
        else:
            answers, page = self._ranked(question, query, offset=offset, limit=limit)
        spent_s, missing = time.perf_counter() - started, self._reach.missing(answers)
        lacks = in_words(missing, self.card.shards)
        return ClusterPage(page.total, page.found, page.nearest, spent_s, lacks, missing)

    def sound(self, sound_id: int) -> Sound | None:
        """As `Library.sound`."""
        of_shard, shard = divmod(sound_id, self.card.shards)
        found: Sound | None = self._reach.one(shard, "sound", of_shard)
        return None if found is None else of_all(found, shard, self.card.shards)

    def near(self, embedding: NDArray[np.float32], sound_id: int, start_s: float) -> Hit | None:
        """As `menura.search.ranking.hit_near`."""
        of_shard, shard = divmod(sound_id, self.card.shards)
        found: Hit | None = self._reach.one(shard, "near", embedding, of_shard, start_s)
        return None if found is None else of_all(found, shard, self.card.shards)

    def folder_counts(self) -> dict[str, int]:
        """As `Library.folder_counts`, of the shards that answer."""
        counts = Counter[str]()
        for found in self._reach.all("folder_counts").values():
            counts.update(found)
        return {folder: counts[folder] for folder in sorted(counts, key=os.fsencode)}

    def kind_counts(self, question: Question) -> dict[str, int]:
        """As `Library.kind_counts`, of the shards that answer."""
        counts = Counter[str]()
        for found in self._reach.all("kind_counts", Question(only=question.only)).values():
            counts.update(found)
        names = [] if self.bundle.kinds is None else [kind.name for kind in self.bundle.kinds.names]
        return {name: counts[name] for name in sorted(counts, key=lambda name: (-counts[name], names.index(name)))}

    def info(self) -> LibraryInfo:
        """What the indexes of the shards that answer hold; complete where all answer and each is."""
        return merged_info(self._reach.all("info").values(), self.card.shards)

    @property
    def lacks(self) -> str | None:
        """Which shards did not answer the last time that they were asked, in words; None where all did."""
        return in_words(self._reach.silent, self.card.shards)

    def warm(self) -> None:
        """Have the shards do now what a first search would wait for."""
        self._reach.all("warm")
        self._look_for_twins()

    def close(self) -> None:
        """Let go of the memory that searches keep."""
        self._cells, self._twins = {}, self._none

    # A list

    def _listed(self, question: Question, *, offset: int, limit: int) -> tuple[dict[int, Answer], Page]:
        """What the shards find, and the page of the list of that; of a deep page they tell first where it begins."""
        hidden = self._hidden(question, self._none)
        parts = {shard: Question(None, (), ids, question.only) for shard, ids in hidden.items()}
        before = dict.fromkeys(parts, 0)
        if offset > _SHALLOW:

            def keys(of: Mapping[int, tuple[int, int]]) -> dict[int, Keys]:
                return self._reach.each("keys", {shard: (parts[shard], *part, _KEYS) for shard, part in of.items()})

            before = starts(keys, self.card.shards, offset)
        skip = offset if offset <= _SHALLOW else 0
        answers = self._reach.each("page", {shard: (parts[shard], at, skip + limit) for shard, at in before.items()})
        return answers, listed(answers, self.card.shards, skip=skip, limit=limit)

    # A ranking

    def _ranked(
        self, question: Question, query: NDArray[np.float32], *, offset: int, limit: int
    ) -> tuple[dict[int, Answer], Page]:
        """What the shards find, and the page of their ranking: asked again where twins are other than was known."""
        steps = self.bundle.steps if query is question.embedding else None
        if not self._cells:
            self._look_for_twins()
        away: tuple[int, ...] = ()
        for _ in range(_TRIES):
            twins = self._twins_among(question.only, away)
            hidden = self._hidden(question, twins)
            parts = {shard: Question(query, (), ids, question.only) for shard, ids in hidden.items()}
            answers, skip, best = self._found(parts, offset, limit)
            page = ranked(answers, self.card.shards, twins, steps, skip=skip, limit=limit)
            if page.found:
                page = replace(page, nearest=nearest_of(best, steps))
            if self._are_known(answers) and away == self._reach.missing(answers):
                break
            away = self._reach.missing(answers)
            self._look_for_twins()
        return answers, page

    def _found(self, parts: Mapping[int, Question], offset: int, limit: int) -> tuple[dict[int, Answer], int, float]:
        """Of each shard what may be on the page, how many hits of that come before it, and the best logit of all."""
        if not offset:
            answers = self._reach.each("page", {shard: (one, 0, limit) for shard, one in parts.items()})
            found = [answer.page.found[0] for answer in answers.values() if answer.page.found]
            return answers, 0, max((hit.logit for hit in found if isinstance(hit, Hit)), default=-np.inf)
        bests: dict[int, Best] = self._reach.each(
            "best", {shard: (one, offset + limit) for shard, one in parts.items()}
        )
        where = spans(bests, offset, limit)
        asked = {shard: (parts[shard], part.start, len(part)) for shard, part in where.items() if part}
        answers = {shard: Answer(one.state, Page(one.total, []), []) for shard, one in bests.items()}
        found_there = self._reach.each("page", asked)
        for shard in asked:
            if shard in found_there:
                answers[shard] = found_there[shard]
            else:
                del answers[shard]
        skip = offset - sum(part.start for part in where.values())
        return answers, skip, max((float(one.logits[0]) for one in bests.values() if len(one.logits)), default=-np.inf)

    def _hidden(self, question: Question, twins: ShardTwins) -> dict[int, list[int]]:
        """By shard, the ids of sounds that are not to be found: not meant, or a twin elsewhere stands for them."""
        unliked = by_shard(question.unliked, self.card.shards)
        given = [unliked.get(shard, []) for shard in range(self.card.shards)]
        spread = self._twins.across.with_twins(given) if question.unliked else given
        return {shard: [*spread[shard], *twins.later(shard)] for shard in range(self.card.shards)}

    def _moved(self, question: Question) -> NDArray[np.float32] | None:
        """(h,) what to search with: the embedding, moved by the sounds that are liked; None for neither."""
        if not question.liked:
            return question.embedding
        by = by_shard(question.liked, self.card.shards)
        found = self._reach.each("liked", {shard: (by.get(shard, []),) for shard in range(self.card.shards)})
        rows = {
            id_of(sound_id, shard, self.card.shards): one
            for shard, (of_shard, _) in found.items()
            for sound_id, one in zip(by.get(shard, []), of_shard, strict=True)
            if one is not None
        }
        liked = [rows[one] for one in question.liked if one in rows]
        if not liked:
            return question.embedding
        sample = np.concatenate([sample for _, sample in found.values()])
        return refine(question.embedding, Feedback(liked, [], sample), self.bundle.output_weight)

    # Twins in different shards

    def _are_known(self, answers: Mapping[int, Answer]) -> bool:
        """Whether the twins of these states are known."""
        known = self._cells
        return all(shard in known and known[shard].state == one.state for shard, one in answers.items())

    def _twins_among(self, only: Only, away: Sequence[int]) -> ShardTwins:
        """The twins across the shards that answer, of the sounds that are looked among."""
        twins = self._twins
        if not twins.paths:
            return twins
        chosen = {shard: twins.of_shard(shard) for shard in range(self.card.shards) if shard not in away}
        if only != Only() or only.ids is not None:
            chosen = self._reach.each("chosen", {shard: (only, ids) for shard, ids in chosen.items()})
        return twins.among(chosen)

    def _look_for_twins(self) -> None:
        """Bring what is known of twins across the shards up to date with those that answer."""
        with self._looking:  # of many searches after a commit one looks, and the others wait for it
            known = self._cells
            asked = {shard: (known[shard].state if shard in known else None,) for shard in range(self.card.shards)}
            found = self._reach.each("cells", asked)
            if found.keys() == known.keys() and not any(found.values()):
                return
            cells = [found.get(shard) or (known.get(shard) if shard in found else None) for shard in asked]
            ids = candidates(cells)
            wanted = {shard: (of_shard.tolist(),) for shard, of_shard in enumerate(ids) if len(of_shard)}
            members = self._reach.each("members", wanted)
            there: list[dict[int, Member]] = [
                {one: told for one, told in zip(ids[shard].tolist(), members.get(shard, []), strict=False) if told}
                for shard in asked
            ]
            self._twins = twins_of(cells, there, self.bundle.spec.n_hidden)
            # Of a shard that did not tell its members the twins are not known yet.
            self._cells = {
                shard: one
                for shard, one in enumerate(cells)
                if one is not None and (shard not in wanted or shard in members)
            }
