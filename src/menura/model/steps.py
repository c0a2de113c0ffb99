"""What a score says in words: `close`, `likely` or `loose`.

A score ranks, and whoever reads it wants to know whether to listen. What it is worth depends on the model, so a model
says from which scores on a hit is likely or close, as measured on imitations that its training did not learn from (see
`menura.training.calibration.measure_steps`).

The score of a hit alone decides, and not its lead over the next: a library that has the same kick in ten versions has
no leader, and each of them is what was meant.

What a score is worth depends on how many sounds it is the best of: with ten times as many, ten times as many score so
high by accident. By Bayes' rule the odds that a hit is the one fall in proportion to the number of sounds, so a step
that was measured among m sounds begins, among n, at the logit that is log(n / m) higher.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal

Word = Literal["close", "likely", "loose"]

_STATED = {"likely", "close", "measured_among"}


@dataclass(frozen=True)
class Steps:
    """From which scores on a hit is more than loose.

    Attributes:
        likely: The least score, in [0, 1], of a likely hit.
        close: That of a close one, at least `likely`; None where no score is so high that it could be trusted so far.
        measured_among: How many sounds they were measured among, at least 1; None where that is not known, and then
            they hold as they are in every library.

    Raises:
        ValueError: The scores are out of range or order, or the number of sounds is none.
    """

    likely: float
    close: float | None = None
    measured_among: int | None = None

    def __post_init__(self) -> None:
        scores = [self.likely, *([] if self.close is None else [self.close]), 1.0]
        are_numbers = all(type(score) in (int, float) for score in scores)  # a bool is none
        if not are_numbers or not 0 <= self.likely <= scores[1] <= 1:
            raise ValueError(f"the steps of its scores do not ascend from 0 to 1: {self.likely!r}, {self.close!r}")
        if self.measured_among is not None and not (type(self.measured_among) is int and self.measured_among >= 1):
            raise ValueError(f"the steps of its scores were measured among {self.measured_among!r} sounds")

    def among(self, n_sounds: int) -> Steps:
        """The steps in a library of so many sounds, at least 1."""
        if self.measured_among in (None, n_sounds):
            return self
        shift = math.log(n_sounds / self.measured_among)
        close = None if self.close is None else _raised(self.close, shift)
        return Steps(_raised(self.likely, shift), close, n_sounds)

    def word(self, score: float) -> Word:
        """What to call a hit of this score, in [0, 1]."""
        if self.close is not None and score >= self.close:
            return "close"
        return "likely" if score >= self.likely else "loose"

    def to_dict(self) -> dict[str, float | int]:
        """As in a model's card."""
        stated = {"likely": self.likely, "close": self.close, "measured_among": self.measured_among}
        return {name: value for name, value in stated.items() if value is not None}

    @classmethod
    def of_card(cls, stated: Any) -> Steps | None:  # noqa: ANN401  # whatever JSON holds
        """What a model's card has under `steps`; None where it has none.

        Raises:
            ValueError: It is garbled.
        """
        if not stated:
            return None
        if not isinstance(stated, dict) or not {"likely"} <= stated.keys() <= _STATED:
            raise ValueError("the steps of its scores cannot be read")
        return cls(**stated)


def _raised(score: float, shift: float) -> float:
    """A score whose logit is this much higher; 0 and 1 stay."""
    return score if score in (0.0, 1.0) else score / (score + (1 - score) * math.exp(-shift))
