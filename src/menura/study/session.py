"""A session as its events tell it: how far somebody is, and what they did."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from menura.study.events import Event
from menura.study.plan import Plan, Turn, turns_of

Step = Literal["questions", "imitate", "rate", "break", "done"]


@dataclass(frozen=True)
class Shown:
    """A sound that was found and shown, from where in its file to where."""

    path: str
    start_s: float
    end_s: float


@dataclass
class Done:
    """What somebody did about one sound.

    Attributes:
        takes: Files of the takes, the last one being the one that counts.
        searched: Whether it was searched for.
        ranks: By each system, the place of the imitated sound from 1; None where it was no longer in the library.
        n_sounds: By each system, among how many.
        shown: What the person's own system found, the best first.
        ratings: Of these, 1 to 5; None for one that could not be played.
        chosen: The place from 1 of the one that they say it is; 0 for none of them.
        seconds: From the first sight of the sound to the last answer.
        skipped: Why it was left out; None where it was not.
    """

    takes: list[str] = field(default_factory=list)
    searched: bool = False
    ranks: dict[str, int | None] = field(default_factory=dict)
    n_sounds: dict[str, int] = field(default_factory=dict)
    shown: list[Shown] = field(default_factory=list)
    ratings: list[int | None] | None = None
    chosen: int | None = None
    seconds: float | None = None
    skipped: str | None = None

    @property
    def is_over(self) -> bool:
        """Whether there is no more to do about it."""
        return self.ratings is not None or self.skipped is not None


@dataclass(frozen=True)
class Session:
    """A session.

    Attributes:
        id: The random number that stands for a person.
        number: Its number, from 0.
        arrangement: Which system searches for which sound.
        consent: The version of what was agreed to.
        begun_at: When that was, in UTC.
        turns: The sounds in their order.
        done: What was done about each.
        answers: To the questions, by their ids; empty before they are answered.
        rested: Whether the break is over.
    """

    id: str
    number: int
    arrangement: int
    consent: str
    begun_at: str
    turns: Sequence[Turn]
    done: Sequence[Done]
    answers: dict[str, str]
    rested: bool

    @classmethod
    def of(cls, session_id: str, plan: Plan, events: Sequence[Event]) -> Session:
        """The session that these events tell, the first being its beginning."""
        begun, *others = events
        turns = turns_of(plan, begun["number"], begun["arrangement"])
        done = [Done() for _ in turns]
        answers: dict[str, str] = {}
        rested = False
        for event in others:
            match event["event"]:
                case "answered":
                    answers = event["answers"]
                case "rested":
                    rested = True
                case what:
                    _note(done[event["turn"]], what, event)
        return cls(
            session_id,
            begun["number"],
            begun["arrangement"],
            begun["consent"],
            begun["at"],
            turns,
            done,
            answers,
            rested or plan.break_after is None,
        )

    @property
    def turn(self) -> int:
        """The number, from 0, of the sound that is to be done; as many as there are where all are."""
        return next((at for at, one in enumerate(self.done) if not one.is_over), len(self.turns))

    def step(self, plan: Plan) -> Step:
        """What is to be done now."""
        at = self.turn
        if plan.questions and not self.answers:
            return "questions"
        if at == len(self.turns):
            return "done"
        before = at - (plan.practice is not None)
        if plan.break_after is not None and before == plan.break_after and not self.rested:
            return "break"
        return "rate" if self.done[at].searched else "imitate"


def _note(done: Done, what: str, event: Event) -> None:
    if done.is_over:  # another tab was quicker
        return
    if what == "take" and not done.searched:
        done.takes.append(event["file"])
    elif what == "searched" and not done.searched:
        done.searched = True
        done.ranks, done.n_sounds = event["ranks"], event["n_sounds"]
        done.shown = [Shown(*one) for one in event["shown"]]
    elif what == "rated" and done.searched:
        done.ratings, done.chosen, done.seconds = event["ratings"], event["chosen"], event["seconds"]
    elif what == "skipped":
        done.skipped = event["reason"]
