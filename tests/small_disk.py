"""A disk that is really small, and really full: no write is pretended to fail."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

SIZE_BYTES = 1_000_000


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A folder on a disk of a megabyte; a skip where none can be mounted, as by anybody but root of a Linux."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={SIZE_BYTES}", "tmpfs", str(folder)]
    try:
        subprocess.run(command, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("a disk of a megabyte takes root and Linux")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def fill(folder: Path, left_bytes: int = 0) -> Path:
    """Fill the disk of a folder up to some bytes; the file that does it, to be deleted for room."""
    file = folder / "ballast"
    with file.open("wb", buffering=0) as stream:
        try:
            while True:
                stream.write(bytes(4096))
        except OSError:
            stream.truncate(max(0, file.stat().st_size - left_bytes))
    return file
