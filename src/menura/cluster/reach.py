"""Asking shards, and noticing which of them do not answer."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from menura.errors import LibraryError

ANSWER_S = 20.0
"""How long a shard is waited for: that of a lost machine is back on another one sooner, where it is small."""

_RENEW_S = 30.0  # between two starts of a shard that dies
_AGAIN_S = 0.5  # how long one is waited for that did not answer the last time


class ShardDiedError(ConnectionError):
    """A shard is away and does not come back by itself, as where it could not read its store when it started."""


@dataclass(eq=False)
class Reach:
    """The shards of a library, as they are asked.

    Attributes:
        shards: How many there are.
        ask: Called with the number of a shard, the name of one of its methods and what that takes; the answer is a
            `ConnectionError` where the shard is away.
        renew: Called with the number of a shard that died, every half minute at most, to start it again.
        tasks: How many tasks of a filling a shard may wait for.
        answer_s: How long a shard is waited for.
    """

    shards: int
    ask: Callable[..., Future[Any]]
    renew: Callable[[int], None]
    tasks: int = 4
    answer_s: float = ANSWER_S
    _silent: set[int] = field(default_factory=set)
    _renewed_at: dict[int, float] = field(default_factory=dict)

    def each(
        self, method: str, arguments: Mapping[int, Sequence[object]], within_s: float | None = None
    ) -> dict[int, Any]:
        """What shards answer that are asked at once; those that do not answer are left out.

        Args:
            method: What they are asked.
            arguments: What it takes, by shard.
            within_s: How long they are waited for; by default `answer_s`, or 0.5 s where one did not answer the last
                time, until that answer comes.

        Raises:
            LibraryError: No shard answers; or what a shard raises.
        """
        waiting = {shard: self.ask(shard, method, *asked) for shard, asked in arguments.items()}
        started, found = time.monotonic(), {}
        for shard, future in waiting.items():
            patience_s = within_s or (_AGAIN_S if shard in self._silent else self.answer_s)
            try:
                found[shard] = future.result(max(0.0, started + patience_s - time.monotonic()))
            except (TimeoutError, ConnectionError) as error:
                self._silent.add(shard)
                if isinstance(error, ShardDiedError):
                    self._renew(shard)
                future.add_done_callback(partial(self._note_late, shard))
            else:
                self._silent.discard(shard)
        if arguments and not found:
            raise LibraryError("no shard answers; menura cluster status says what runs, menura cluster up starts it")
        return found

    def all(self, method: str, *arguments: object, within_s: float | None = None) -> dict[int, Any]:
        """The same of every shard with the same arguments."""
        return self.each(method, dict.fromkeys(range(self.shards), arguments), within_s)

    def one(self, shard: int, method: str, *arguments: object) -> Any:  # noqa: ANN401  # whatever it answers
        """The same of one shard, which has to answer."""
        return self.each(method, {shard: arguments})[shard]

    def _renew(self, shard: int) -> None:
        now = time.monotonic()
        if now - self._renewed_at.get(shard, -_RENEW_S) >= _RENEW_S:
            self._renewed_at[shard] = now
            self.renew(shard)

    def _note_late(self, shard: int, future: Future[Any]) -> None:
        """Wait for a shard as for any other again, once an answer has come after all."""
        if not future.cancelled() and future.exception() is None:
            self._silent.discard(shard)

    @property
    def silent(self) -> tuple[int, ...]:
        """The shards that did not answer the last time that they were asked."""
        return tuple(sorted(self._silent.copy()))

    def missing(self, answers: Mapping[int, Any]) -> tuple[int, ...]:
        """The shards without an answer among these."""
        return tuple(shard for shard in range(self.shards) if shard not in answers)
