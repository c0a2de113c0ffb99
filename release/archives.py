"""Archives without what tells one machine from another: whose files they were, when they were written, in which order.

What is in the files is as it was. A wheel's RECORD lists its files by their content, so it stays true.
"""

from __future__ import annotations

import gzip
import io
import tarfile
import zipfile
from pathlib import Path
from time import gmtime

_FILE_MODE, _FOLDER_MODE = 0o644, 0o755
_FIRST_S = 315_532_800  # 1980 begins: a zip file knows nothing before it


def make_sdist_plain(archive: Path, epoch_s: int) -> None:
    """Write a .tar.gz anew: entries by name, owned by nobody, of one time.

    Args:
        archive: The file, which is replaced.
        epoch_s: The time of all entries, in seconds since 1970.
    """
    packed = io.BytesIO()
    with tarfile.open(archive, "r:gz") as old, tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as new:
        for member in sorted(old.getmembers(), key=lambda one: one.name):
            plain = tarfile.TarInfo(member.name)
            plain.type, plain.size, plain.mtime = member.type, member.size, epoch_s
            plain.mode = _FOLDER_MODE if member.isdir() else _FILE_MODE
            new.addfile(plain, old.extractfile(member) if member.isfile() else None)
    with archive.open("wb") as file, gzip.GzipFile("", "wb", fileobj=file, mtime=epoch_s) as squeezed:
        squeezed.write(packed.getvalue())


def make_wheel_plain(archive: Path, epoch_s: int) -> None:
    """The same of a wheel, whose RECORD stays last, as installers like it.

    Args:
        archive: The file, which is replaced.
        epoch_s: The time of all entries, in seconds since 1970.
    """
    with zipfile.ZipFile(archive) as old:
        contents = {name: old.read(name) for name in old.namelist() if not name.endswith("/")}
    stamp = gmtime(max(epoch_s, _FIRST_S))[:6]
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as new:
        for name in sorted(contents, key=lambda one: (one.endswith(".dist-info/RECORD"), one)):
            entry = zipfile.ZipInfo(name, stamp)
            entry.create_system = 3  # Unix, wherever this runs: it decides how the mode is read
            entry.external_attr = (0o100000 | _FILE_MODE) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(entry, contents[name])
