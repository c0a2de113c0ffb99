"""What is taken from Menura: room, the right to write, solitude, and the format that it knows."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.robustness.forks import done, run
from benchmarks.robustness.scenes import check, contents, fingerprint, index, write_library
from menura.index.database import connect
from menura.index.schema import FORMAT


@contextmanager
def mounted(place: Path, *options: str) -> Iterator[str]:
    """A mount at a folder for a while; what hinders it, or ""."""
    place.mkdir(parents=True, exist_ok=True)
    tried = subprocess.run(["mount", *options, str(place)], capture_output=True, text=True, check=False)
    try:
        yield tried.stderr.strip()
    finally:
        if tried.returncode == 0:
            subprocess.run(["umount", str(place)], check=False)


def remount(place: Path, option: str) -> None:
    """Mount again what is mounted there, with another option."""
    subprocess.run(["mount", "-o", f"remount,{option}", str(place)], check=True)


def full_disk(work: Path) -> dict[str, Any]:
    """Data directories on disks too small for the index, of many sizes, that grow afterwards."""
    folder = write_library(work / "sounds")
    done(partial(index, folder, work / "roomy"))
    wanted, before = done(partial(contents, folder, work / "roomy")), fingerprint(folder)
    counts: Counter[str] = Counter()
    for size_kb in range(8, 248, 12):
        disk = work / f"disk-{size_kb}"
        with mounted(disk, "-t", "tmpfs", "-o", f"size={size_kb}k", "menura") as hindrance:
            if hindrance:
                return {"left out": hindrance}
            kind, answer = run(partial(index, folder, disk))
            counts["disks"] += 1
            counts["refused in one line"] += kind == "failed" and "\n" not in answer
            counts["large enough"] += kind == "done"
            counts["check finds it whole while full"] += run(partial(check, folder, disk)) == ("done", "")
            remount(disk, "size=64m")
            counts["whole once there is room"] += done(partial(check, folder, disk)) == ""
            done(partial(index, folder, disk))
            counts["ended as if never full"] += done(partial(contents, folder, disk)) == wanted
    counts["folder unchanged"] = int(fingerprint(folder) == before)
    return dict(counts)


def read_only(work: Path) -> dict[str, Any]:
    """A folder of sounds on a read-only disk, and then a data directory on one."""
    folder = write_library(work / "sounds")
    done(partial(index, folder, work / "data"))
    wanted = done(partial(contents, folder, work / "data"))
    with mounted(work / "locked", "--bind", str(folder)) as hindrance:
        if hindrance:
            return {"left out": hindrance}
        remount(work / "locked", "bind,ro")
        done(partial(index, work / "locked", work / "data"))
        found = done(partial(contents, work / "locked", work / "data"))
    disk = work / "disk"
    with mounted(disk, "-t", "tmpfs", "menura") as hindrance:
        shutil.copytree(work / "data", disk, dirs_exist_ok=True)
        remount(disk, "ro")
        kind, answer = run(partial(index, folder, disk))
        remount(disk, "rw")
        after = done(partial(contents, folder, disk))
    return {
        "sounds on a read-only disk are indexed": found == wanted,
        "a read-only index is refused for writing": kind == "failed",
        "in the words": str(answer).replace(str(folder), "FOLDER").replace(str(disk), "DATA"),
        "and stays as it was": after == wanted,
    }


def two_at_once(work: Path) -> dict[str, Any]:
    """Two programs that index the same folder into the same index."""
    folder, counts = write_library(work / "sounds"), Counter[str]()
    done(partial(index, folder, work / "alone"))
    wanted = done(partial(contents, folder, work / "alone"))
    for number in range(10):
        data = work / f"data-{number}"
        other = os.fork()
        if other == 0:
            ended, _ = run(partial(index, folder, data))
            os._exit(0 if ended == "done" else 1)
        kind, _ = run(partial(index, folder, data))
        counts["runs"] += 1
        counts["both done"] += os.waitpid(other, 0)[1] == 0 and kind == "done"
        counts["whole"] += done(partial(check, folder, data)) == ""
        counts["one and the same index"] += done(partial(contents, folder, data)) == wanted
    return dict(counts)


def other_formats(work: Path) -> dict[str, Any]:
    """Indexes of an older and of a future format."""
    folder, data, refused = write_library(work / "sounds"), work / "data", {}
    done(partial(index, folder, data))
    (file,) = data.rglob("index.sqlite")
    for version in (0, FORMAT + 1):
        db = connect(file)
        db.execute("UPDATE meta SET value = ? WHERE key = 'format'", (str(version),))
        db.close()
        before = file.read_bytes()
        kind, answer = run(partial(index, folder, data))
        refused[f"format {version}"] = str(answer).replace(str(folder), "FOLDER") if kind == "failed" else "misread"
        refused[f"format {version} left alone"] = before == file.read_bytes()
    return refused


HARDSHIPS = {
    "full disk": full_disk,
    "read-only disks": read_only,
    "two indexers at once": two_at_once,
    "other formats": other_formats,
}
