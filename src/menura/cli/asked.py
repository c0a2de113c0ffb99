"""What a reproduction is asked for, read before torch is loaded."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from menura.cli.common import expand

if TYPE_CHECKING:
    from menura.corpora.catalogue import Catalogue
    from menura.corpora.classes import ClassCatalogue
    from menura.paper.networks import Experiment, Pretrained
    from menura.training.settings import Settings

_CORPUS = typer.Option("--vocalsketch", help="VocalSketch, or a corpus laid out like it.", callback=expand)
_SPEECH = typer.Option("--voxforge", help="Speech for pre-training, in VoxForge's layout.", callback=expand)
_SOUNDS = typer.Option("--urbansound8k", help="UrbanSound8K, ESC-50 or ESC-10 for pre-training.", callback=expand)

Corpus = Annotated[Path, _CORPUS]
Speech = Annotated[Path, _SPEECH]
Sounds = Annotated[Path, _SOUNDS]
OptionalCorpus = Annotated[Path | None, _CORPUS]
OptionalSpeech = Annotated[Path | None, _SPEECH]
OptionalSounds = Annotated[Path | None, _SOUNDS]
SettingsFile = Annotated[
    Path | None, typer.Option("--settings", help="TOML with other settings than the defaults.", callback=expand)
]
Work = Annotated[Path, typer.Option(help="For inputs, checkpoints, logs and results.", callback=expand)]
TableWork = Annotated[
    Path,
    typer.Option(help="The folder of `reproduce table1`, whose first run is used if it is there.", callback=expand),
]


@dataclass(frozen=True)
class Asked:
    """What a call names, read as far as can be without torch, so that mistakes are said at once."""

    catalogue: Catalogue
    settings: Settings
    speech: ClassCatalogue | None
    sounds: ClassCatalogue | None

    @classmethod
    def read(
        cls, catalogue: Catalogue, voxforge: Path | None, urbansound8k: Path | None, settings: Path | None
    ) -> Asked:
        """Read the tables of the corpora for pre-training and the settings; their errors."""
        from menura.corpora.registry import load_environment
        from menura.corpora.voxforge import load_voxforge
        from menura.training.settings import load_settings

        return cls(
            catalogue,
            load_settings(settings),
            None if voxforge is None else load_voxforge(voxforge),
            None if urbansound8k is None else load_environment(urbansound8k),
        )

    def remember(self, runs: int, work: Path, mn04: Path | None = None) -> dict[str, Any]:
        """Keep what decides a table beside it, say what has changed, and give it."""
        from menura.inputs.digest import content_digests
        from menura.paper.decided import all_that_decides, remember

        corpora = {"imitations": self.catalogue, "voxforge": self.speech, "urbansound8k": self.sounds}
        decided = all_that_decides(self.settings, corpora, runs, work / "features")
        if mn04 is not None:
            decided["mn04"] = content_digests([mn04], work / "features")[0]
        remember(decided, work, print)
        return decided

    def experiment(self, work: Path) -> tuple[Experiment, Pretrained | None]:
        """What a table is trained on and how; its pre-trained towers if there are corpora for both."""
        from menura.inputs.readable import leave_out_unreadable
        from menura.paper.networks import Experiment, pretrained_towers

        cache = work / "features"
        experiment = Experiment(leave_out_unreadable(self.catalogue, cache, print), self.settings.fine_tuning, work)
        if self.speech is None or self.sounds is None:
            return experiment, None
        speech = leave_out_unreadable(self.speech, cache, print)
        sounds = leave_out_unreadable(self.sounds, cache, print)
        return experiment, pretrained_towers(speech, sounds, self.settings.pretraining, work)


def vocalsketch_of(folder: Path) -> Catalogue:
    """VocalSketch, or a corpus laid out like it."""
    from menura.corpora.vocalsketch import load_vocalsketch

    return load_vocalsketch(folder)
