"""mn04, the network that new towers begin as: not a corpus, but published weights, got in the same way.

They are published as a pickle, which `menura.training.mn04` turns into safetensors.
"""

from __future__ import annotations

from pathlib import Path

from menura.corpora.fetch import Progress, RemoteFile, fetch
from menura.corpora.http import at_mirror

NAME = "mn04"
TITLE = "mn04_as, AudioSet's classes in a MobileNetV3 of width 0.4 (Schmid, Koutini and Widmer 2023)"
LICENCE = "MIT"
PAGE = "https://github.com/fschmid56/EfficientAT"
ARCHIVE = RemoteFile(
    "mn04_as_mAP_432.pt",
    f"{PAGE}/releases/download/v0.0.1/mn04_as_mAP_432.pt",
    4_066_513,
    "sha256:899a8c6217063f6941793102a2780b3dd788ab11fce468d9cf5f0577c453321c",
)
WEIGHTS_FILE = "weights.safetensors"
NOTICE_FILE = "LICENSE"
NOTICE = """\
MIT License

Copyright (c) 2022 Florian Schmid

Permission is hereby granted, free of charge, to any person obtaining a copy
of this software and associated documentation files (the "Software"), to deal
in the Software without restriction, including without limitation the rights
to use, copy, modify, merge, publish, distribute, sublicense, and/or sell
copies of the Software, and to permit persons to whom the Software is
furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all
copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR
IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY,
FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE
AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER
LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM,
OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE
SOFTWARE.
"""
"""What a model that began as mn04 carries."""


def weights_of(folder: Path) -> Path:
    """Where the weights are in the folder of all corpora, if they are there."""
    return folder / NAME / WEIGHTS_FILE


def fetch_published(downloads: Path, *, base_url: str | None = None, progress: Progress | None = None) -> Path:
    """Download the weights as published, verified, to a folder; errors are those of `fetch`."""
    return fetch(ARCHIVE._replace(url=at_mirror(ARCHIVE.url, base_url)), downloads, progress=progress)
