"""What a folder stands on: which disks and shares are mounted where it is and below it, as far as the system tells."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import NamedTuple

_MOUNTS = Path("/proc/self/mountinfo")  # Linux alone has it; elsewhere nothing is known of mounts
_ESCAPED = re.compile(rb"\\([0-7]{3})")
# Kinds of file systems that other machines change without a word to this one.
_REMOTE = re.compile(rb"nfs\d?|cifs|smb\w*|9p|afs|ceph|coda|davfs|lustre|virtiofs|vboxsf|prl_fs|fuse\.(?!fuseblk)\w.*")


class Mount(NamedTuple):
    """A file system, which device it is, and the path that it is mounted at."""

    kind: bytes
    device: bytes
    at: bytes


class Ground(NamedTuple):
    """What a folder stands on; another one when a disk was mounted or taken away meanwhile.

    Attributes:
        identity: Device and number of the folder itself; None where it is not there.
        mounts: What is mounted at the folder or below it, and what it lies on.
    """

    identity: tuple[int, int] | None
    mounts: tuple[Mount, ...]

    @property
    def is_remote(self) -> bool:
        """Whether other machines may change something there."""
        return any(_REMOTE.fullmatch(mount.kind) for mount in self.mounts)


def ground_of(folder: Path) -> Ground:
    """What a folder, of which the whole path is given, stands on now."""
    try:
        status = folder.stat()
    except OSError:
        return Ground(None, ())
    return Ground((status.st_dev, status.st_ino), _mounts_of(os.fsencode(folder)))


def _mounts_of(folder: bytes) -> tuple[Mount, ...]:
    try:
        mounts = [_mount(line) for line in _MOUNTS.read_bytes().splitlines()]
    except (OSError, ValueError, IndexError):
        return ()
    below = [mount for mount in mounts if _holds(folder, mount.at)]
    above = [mount for mount in mounts if _holds(mount.at, folder) and mount.at != folder]
    return (*below, *sorted(above, key=lambda mount: len(mount.at))[-1:])


def _mount(line: bytes) -> Mount:
    """A line of the list: number, parent, device, root, place, options, ..., "-", kind, source, options."""
    before, after = line.split(b" - ", maxsplit=1)
    device, at = before.split(b" ")[2], before.split(b" ")[4]
    return Mount(after.split(b" ")[0], device, _ESCAPED.sub(lambda found: bytes([int(found[1], 8)]), at))


def _holds(folder: bytes, path: bytes) -> bool:
    return path == folder or path.startswith(folder.rstrip(b"/") + b"/")
