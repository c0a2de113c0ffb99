"""Any of the corpora of environmental sounds, told apart by how it lies on disk."""

from __future__ import annotations

from pathlib import Path

from menura.corpora import esc, urbansound8k
from menura.corpora.classes import ClassCatalogue
from menura.corpora.esc import load_esc10, load_esc50
from menura.corpora.urbansound8k import load_urbansound8k


def load_environment(folder: Path) -> ClassCatalogue:
    """UrbanSound8K, ESC-50 or ESC-10, whichever the folder holds; errors as of their own loaders."""
    if (folder / urbansound8k.TABLE).is_file():
        return load_urbansound8k(folder)
    if (folder / esc.TABLE).is_file():
        return load_esc50(folder)
    return load_esc10(folder)
