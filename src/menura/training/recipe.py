"""How the paper's towers are trained from recordings alone: as in the paper, under a listwise loss, and between."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from menura.errors import UsageError
from menura.network.stored import stored_spec
from menura.specs import IMITATION_FRONT_END, RECORDING_FRONT_END, MobileNetTowerSpec, NetworkSpec
from menura.training.settings import Precision


@dataclass(frozen=True)
class Recipe:
    """What decides a model, apart from the recordings. The defaults are those of `listwise`.

    Attributes:
        name: What the model is called.
        loss: `listwise` or `hardest` over all pairs of a batch; `pairs`: one match and one mismatch of each imitation,
            drawn afresh; `paper`: pairs drawn once, plain SGD, no augmentation (section 3.2 of the paper).
        batch_norm: Normalise over the batch while training; folded away afterwards.
        hears_environment: Pre-train the recording tower on ESC-10's training folds.
        hears_speech: Pre-train the imitation tower on spoken digits.
        real_voices: Mix spectra of real voices into the simulated ones.
        muffled: Take the highest bands from some imitations, as telephones and headsets do.
        n_imitations: Simulated imitations of each training recording.
        n_variants: Further sounds made from each training recording, half as many imitations of each.
        n_test_imitations: Simulated imitations of each held-out recording, by people that no training heard.
        pretrain_epochs: Passes over the clips of a source task.
        n_steps: Steps of the fine-tuning, of `batch_size` imitations each.
        batch_size: Imitations in a step.
        learning_rate: AdamW's highest (`paper`: as in the paper).
        precision: Of the arithmetic.
        seed: Decides the split, the simulated people, the initial weights and the batches.
    """

    name: str = "listwise"
    loss: Literal["listwise", "hardest", "pairs", "paper"] = "listwise"
    batch_norm: bool = True
    hears_environment: bool = True
    hears_speech: bool = True
    real_voices: bool = True
    muffled: bool = False
    n_imitations: int = 12
    n_variants: int = 5
    n_test_imitations: int = 5
    pretrain_epochs: int = 20
    n_steps: int = 4_000
    batch_size: int = 64
    learning_rate: float = 1e-3
    precision: Precision = "bf16"
    seed: int = 0


_PLAIN = Recipe(batch_norm=False, hears_environment=False, hears_speech=False, real_voices=False, n_variants=0)

RECIPES = MappingProxyType(
    {
        "listwise": Recipe(),
        "tl-iminet": replace(
            _PLAIN,
            name="tl-iminet",
            loss="paper",
            hears_environment=True,
            hears_speech=True,
            n_imitations=7,
            precision="fp32",
        ),
    }
)
"""The recipes for the paper's towers that `menura train default --recipe NAME` knows."""

LADDER = MappingProxyType(
    {
        "the paper's: pairs drawn once, SGD": RECIPES["tl-iminet"],
        "pairs drawn afresh, AdamW": replace(_PLAIN, loss="pairs"),
        "+ batch normalisation": replace(_PLAIN, loss="pairs", batch_norm=True),
        "listwise instead of pairs": replace(_PLAIN, batch_norm=True),
        "+ recording tower pre-trained on ESC-10": replace(_PLAIN, batch_norm=True, hears_environment=True),
        "+ imitation tower pre-trained on speech": replace(Recipe(), real_voices=False, n_variants=0),
        "+ real voices in the simulation": replace(Recipe(), n_variants=0),
        "+ variants of the recordings": Recipe(),
        "+ muffled imitations": replace(Recipe(), muffled=True),
        "+ hardest negatives only": replace(Recipe(), muffled=True, loss="hardest"),
    }
)
"""What the comparison of recipes trains, all on the same recordings and for equally many steps."""


def refuse_unadaptable(base: Path, *, by_own_takes: bool) -> None:
    """Refuse a network that hears otherwise than the paper's and than the default does.

    Args:
        base: Its bundle.
        by_own_takes: Whether it should learn from a person's own takes, which the paper's cannot.

    Raises:
        UsageError: It does.
        ModelError: As `stored_spec`.
    """
    spec = stored_spec(base)
    hears_as_the_paper = (spec.imitation.front_end, spec.recording.front_end) == (
        IMITATION_FRONT_END,
        RECORDING_FRONT_END,
    )
    if not (hears_as_the_paper or hears_by_mn04(spec)):
        raise UsageError(
            f"{base}: only a model that hears as default or tl-iminet does can be adapted; name one of them"
        )
    if by_own_takes and hears_as_the_paper:
        raise UsageError(f"{base}: only the default model, and those adapted from it, learn from your own takes")


def hears_by_mn04(spec: NetworkSpec) -> bool:
    """Whether both towers of a network are mn04, with neurons that read its layers."""
    return all(
        isinstance(tower, MobileNetTowerSpec) and tower.n_neurons > 0 for tower in (spec.imitation, spec.recording)
    )
