"""What a score says in words: `close`, `likely` or `loose`.

A score ranks, and whoever reads it wants to know whether to listen. What it is worth depends on the model, so a model
says from which scores on a hit is likely or close, as measured on imitations that its training did not learn from (see
`menura.training.calibration.measure_steps`).

The score of a hit alone decides, and not its lead over the next: a library that has the same kick in ten versions has
no leader, and each of them is what was meant.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

Word = Literal["close", "likely", "loose"]


@dataclass(frozen=True)
class Steps:
    """From which scores on a hit is more than loose.

    Attributes:
        likely: The least score, in [0, 1], of a likely hit.
        close: That of a close one, at least `likely`; None where no score is so high that it could be trusted so far.

    Raises:
        ValueError: The scores are out of range or order.
    """

    likely: float
    close: float | None = None

    def __post_init__(self) -> None:
        scores = [self.likely, *([] if self.close is None else [self.close]), 1.0]
        are_numbers = all(type(score) in (int, float) for score in scores)  # a bool is none
        if not are_numbers or not 0 <= self.likely <= scores[1] <= 1:
            raise ValueError(f"the steps of its scores do not ascend from 0 to 1: {self.likely!r}, {self.close!r}")

    def word(self, score: float) -> Word:
        """What to call a hit of this score, in [0, 1]."""
        if self.close is not None and score >= self.close:
            return "close"
        return "likely" if score >= self.likely else "loose"

    def to_dict(self) -> dict[str, float]:
        """As in a model's card."""
        return {"likely": self.likely} | ({} if self.close is None else {"close": self.close})

    @classmethod
    def of_card(cls, stated: Any) -> Steps | None:  # noqa: ANN401  # whatever JSON holds
        """What a model's card has under `steps`; None where it has none.

        Raises:
            ValueError: It is garbled.
        """
        if not stated:
            return None
        if not isinstance(stated, dict) or not {"likely"} <= stated.keys() <= {"likely", "close"}:
            raise ValueError("the steps of its scores cannot be read")
        return cls(**stated)
