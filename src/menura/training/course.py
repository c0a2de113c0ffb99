"""What an adaptation is made of, whatever kind of model learns: what decides it, and what fine-tunes and judges."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from menura.errors import UsageError
from menura.network.iminet import IMINET
from menura.training.heads import Heads
from menura.training.judges import Judges

LEARNED_FROM, JUDGES = slice(0, 9, 2), slice(1, 9, 2)
"""Of the people who come with Menura, those that an adaptation hears and those that judge it."""

Learner = IMINET | Heads
"""What is fine-tuned: the paper's network, or what reads the layers of another."""


@dataclass(frozen=True)
class AdaptRecipe:
    """What decides an adaptation, apart from the library and the model.

    Attributes:
        seed: Decides the sounds kept out, the simulated people and the batches.
        held_out: Share of the sounds kept out of the training.
        n_imitations: Simulated imitations of each training sound.
        n_variants: Further sounds made from each training sound; the paper's network hears half as many imitations of
            each.
        n_own: Takes of each sound that are the sound itself, disturbed; the paper's network hears none.
        n_test_imitations: Simulated imitations of a sound to report by, and as many others to choose by.
        most_tested: Of the sounds that were learned from, so many are measured at most.
        n_steps: Training steps, at least.
        batch_size: Sounds in a step, if there are as many.
        learning_rate: AdamW's highest.
        shares: How far from the model to the fine-tuned weights the adapted ones may lie.
        most_sounds: Of a larger library, so many sounds are drawn.
    """

    seed: int = 0
    held_out: float = 0.2
    n_imitations: int = 8
    n_variants: int = 2
    n_own: int = 0
    n_test_imitations: int = 3
    most_tested: int = 200
    n_steps: int = 200
    batch_size: int = 64
    learning_rate: float = 3e-4
    shares: tuple[float, ...] = (0.25, 0.5, 0.75, 1.0)
    most_sounds: int = 2_000


@dataclass(frozen=True, eq=False)
class Course:
    """A model on its way.

    Attributes:
        model: Where it begins; its weights stay as they are.
        judges: Who rank.
        tune: Gives it fine-tuned on the library.
        read: What the judges hear a network of another bundle by, such as the one that an earlier call left.
        network: The network that a fine-tuned model is.
    """

    model: Learner
    judges: Judges
    tune: Callable[[], Learner]
    read: Callable[[Path], Learner]
    network: Callable[[Learner], IMINET]


def of_another_kind(other: Path, base: Path) -> UsageError:
    """Why a model that stands where an adapted one should go is not compared with it."""
    return UsageError(f"{other}: holds a model of another kind than {base}; name another folder with --out")
