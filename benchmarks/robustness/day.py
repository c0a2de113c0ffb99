"""What people and machines do to a folder of sounds in a day: they add, record, edit, sort, and take it away.

Every change is drawn from a random generator. A file holds a sound as soon as it is whole, or says `no sound`.
"""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import soundfile

RATE_HZ = 16_000
NO_SOUND = b"no sound"


class Day:
    """A folder, and what can be done to it.

    Attributes:
        folder: The library.
        disk: Where a disk of its own is mounted in it at times.
        hindrance: Why none can be mounted, or "".
    """

    def __init__(self, work: Path, rng: np.random.Generator) -> None:
        self.folder = work / "sounds"
        self.disk = self.folder / "disk"
        self._outside = work / "outside"
        self._away = work / "away"
        self._rng = rng
        self._number = 0
        for place in (self.folder / "drums", self.disk, self._outside):
            place.mkdir(parents=True)
        for _ in range(40):
            self.add()
        for name in ("one.wav", "two.wav"):
            (self._outside / name).write_bytes(self._sound())
        self._is_mounted = False
        self.hindrance = self._mounted(True)

    def close(self) -> None:
        """Take the disk away."""
        self._mounted(False)

    def step(self) -> str:
        """Do one of the changes below, and tell which."""
        names = [name for name in CHANGES if name != "a disk comes or goes" or not self.hindrance]
        weights = np.array([CHANGES[name][1] for name in names], float)
        name = str(self._rng.choice(names, p=weights / weights.sum()))
        CHANGES[name][0](self)
        return name

    def add(self) -> None:
        """A new sound, in a folder that may be new."""
        places = self._folders()
        place = places[self._rng.integers(len(places))]
        if self._rng.random() < 0.1:
            place = place / f"folder {self._next()}"
            place.mkdir()
        (place / f"sound {self._next()}.wav").write_bytes(self._sound())

    def record(self) -> None:
        """A sound that grows while it is there."""
        content = self._sound("FLAC")
        with (self.folder / f"take {self._next()}.flac").open("wb") as stream:
            for part in np.array_split(np.frombuffer(content, np.uint8), 4):
                stream.write(part.tobytes())
                stream.flush()
                time.sleep(0.1)

    def rewrite(self) -> None:
        """Another sound of the same size in its place, perhaps with the time of the old one."""
        path = self._file()
        status = path.stat()
        path.write_bytes(self._like(path.read_bytes()))
        if self._rng.random() < 0.5:
            os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))

    def replace(self) -> None:
        """Another sound, written beside it and renamed, as careful programs do."""
        path = self._file()
        beside = path.with_name(".beside")
        beside.write_bytes(self._sound())
        beside.replace(path)

    def swap(self) -> None:
        """Two files change places."""
        first, second = self._file(), self._file()
        between = first.with_name(".between")
        first.rename(between)
        if second.exists():
            second.rename(first)
        between.rename(second)

    def move(self) -> None:
        """A file under another name, perhaps in another folder."""
        path, places = self._file(), self._folders()
        path.rename(places[self._rng.integers(len(places))] / f"moved {self._next()}{path.suffix}")

    def copy(self) -> None:
        """The same sound once more."""
        path = self._file()
        shutil.copy2(path, path.with_name(f"copy {self._next()}{path.suffix}"))

    def rename_folder(self) -> None:
        """A folder under another name."""
        places = self._folders()[1:]
        if places:
            place = places[self._rng.integers(len(places))]
            place.rename(place.with_name(f"renamed {self._next()}"))

    def delete(self) -> None:
        """A file that is gone."""
        if len(self.files()) > 20:
            self._file().unlink()

    def delete_folder(self) -> None:
        """A folder that is gone with all that is in it."""
        places = self._folders()[1:]
        if places and len(self.files()) > 60:
            shutil.rmtree(places[self._rng.integers(len(places))])

    def spoil(self) -> None:
        """A sound that is none any more; the next time it is one again."""
        path = self.folder / "spoilt.wav"
        path.write_bytes(self._sound() if path.exists() and path.read_bytes() == NO_SOUND else NO_SOUND)

    def touch(self) -> None:
        """A new time, another mode: the sound is the same."""
        path = self._file()
        path.touch()
        path.chmod(0o600 if path.stat().st_mode & 0o044 else 0o644)

    def mount(self) -> None:
        """The disk comes or goes."""
        self._mounted(not self._is_mounted)

    def go_away(self) -> None:
        """The whole folder is away for a moment, as a share is."""
        mounted = self._is_mounted
        self._mounted(False)
        self.folder.rename(self._away)
        time.sleep(float(self._rng.uniform(0, 2)))
        self._away.rename(self.folder)
        self._mounted(mounted)

    def files(self) -> list[Path]:
        """Every file but those on the disk."""
        found = (path for path in self.folder.rglob("*") if path.is_file() and self.disk not in path.parents)
        return sorted(path for path in found if path.name != "spoilt.wav" and not path.name.startswith("."))

    def _file(self) -> Path:
        files = self.files()
        return files[self._rng.integers(len(files))]

    def _folders(self) -> list[Path]:
        found = (path for path in self.folder.rglob("*") if path.is_dir())
        return [self.folder, *sorted(path for path in found if path != self.disk)]

    def _next(self) -> int:
        self._number += 1
        return self._number

    def _sound(self, container: str = "WAV") -> bytes:
        stream = io.BytesIO()
        samples = self._rng.normal(0, 0.1, int(self._rng.integers(2_000, 12_000)))
        soundfile.write(stream, samples, RATE_HZ, format=container, subtype="PCM_16")
        return stream.getvalue()

    def _like(self, content: bytes) -> bytes:
        """Another sound of as many bytes, where the old one is a wav."""
        if not content.startswith(b"RIFF"):
            return content
        stream = io.BytesIO()
        samples = self._rng.normal(0, 0.1, (len(content) - 44) // 2)
        soundfile.write(stream, samples, RATE_HZ, format="WAV", subtype="PCM_16")
        return stream.getvalue()

    def _mounted(self, wanted: bool) -> str:
        if wanted == self._is_mounted:
            return ""
        command = ["mount", "--bind", str(self._outside), str(self.disk)] if wanted else ["umount", str(self.disk)]
        for _ in range(100):  # somebody may be reading there
            tried = subprocess.run(command, capture_output=True, text=True, check=False)
            if tried.returncode == 0:
                self._is_mounted = wanted
                return ""
            if wanted:
                break
            time.sleep(0.05)
        return tried.stderr.strip()


CHANGES: dict[str, tuple[Callable[[Day], None], float]] = {
    "a new sound": (Day.add, 12),
    "a recording that grows": (Day.record, 3),
    "another sound of the same size": (Day.rewrite, 8),
    "another sound by a careful program": (Day.replace, 6),
    "two sounds change places": (Day.swap, 4),
    "a sound is moved": (Day.move, 6),
    "a copy": (Day.copy, 4),
    "a folder is renamed": (Day.rename_folder, 2),
    "a sound is deleted": (Day.delete, 8),
    "a folder is deleted": (Day.delete_folder, 1),
    "a sound is spoilt or mended": (Day.spoil, 2),
    "another time and mode": (Day.touch, 3),
    "a disk comes or goes": (Day.mount, 1.5),
    "the folder is away for a moment": (Day.go_away, 0.7),
}
"""What is done, and how often beside the others."""
