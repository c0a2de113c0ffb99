"""The front door of explanations: two files in, why they match out, with whichever method is installed."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from menura.explanation.evidence import Explanation
from menura.explanation.match import find_match
from menura.explanation.occlusion import explain_by_occlusion
from menura.model.bundle import Bundle, shipped_model
from menura.progress import Progress


def explain(
    query: str | Path,
    sound: str | Path,
    model: str | Path | None = None,
    progress: Progress | None = None,
) -> Explanation:
    """Explain why a sound matches a query, or does not: which parts of both raised the score.

    By integrated gradients where torch and captum are installed, which the train extra brings; by occlusion otherwise.

    Args:
        query: A recording of the imitation, heard as a search hears it.
        sound: The recording to compare; of a long one, the window that matches best is explained.
        model: The folder of a model bundle; the model shipped with Menura by default.
        progress: Called with the steps done and planned of integrated gradients; occlusion takes about a second.

    Raises:
        UsageError: There is no such file.
        AudioError: One of them cannot be read as sound, or is silent.
        ModelError: The bundle is missing or damaged.
    """
    bundle = Bundle.load(None if model is None else Path(model))
    match = find_match(Path(query), Path(sound), bundle)
    if find_spec("torch") is None or find_spec("captum") is None:
        return explain_by_occlusion(match, bundle)
    from menura.explanation.gradients import explain_by_gradients  # noqa: PLC0415
    from menura.network.checkpoint import load_network  # noqa: PLC0415  # the base install has no torch

    folder = Path(str(shipped_model())) if model is None else Path(model)
    return explain_by_gradients(match, load_network(folder), progress)
