"""Records of zenodo.org: which archive a record holds, and its published size, checksum and licence.

Asked when they are needed, so that what is verified is what the record says and nothing is copied here by hand.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from menura.corpora.fetch import RemoteFile
from menura.corpora.http import at_mirror, get_text
from menura.errors import DataError

HOST = "https://zenodo.org"
ARCHIVE_SUFFIXES = (".zip", ".tar.gz", ".tgz")


@dataclass(frozen=True)
class ZenodoRecord:
    """A record by its number; `page` is for people."""

    number: int

    @property
    def page(self) -> str:
        """The record's page."""
        return f"{HOST}/records/{self.number}"

    def look_up(self, base_url: str | None = None) -> tuple[RemoteFile, str]:
        """The record's only archive, and its licence as Zenodo names it (such as "cc-by-4.0").

        Args:
            base_url: A mirror, http://HOST.

        Raises:
            DataError: Zenodo cannot be reached, or the record does not hold exactly one archive.
        """
        try:
            record = json.loads(get_text(at_mirror(f"{HOST}/api/records/{self.number}", base_url)))
            files = {str(entry["key"]): entry for entry in record["files"]}
            archives = [_archive(self, files[key], base_url) for key in files if key.endswith(ARCHIVE_SUFFIXES)]
            licence = str(record.get("metadata", {}).get("license", {}).get("id", "not stated"))
        except (ValueError, LookupError, TypeError, AttributeError) as error:
            raise DataError(
                f"{self.page}: the answer of Zenodo cannot be read; download it from there by hand"
            ) from error
        if len(archives) != 1:
            raise DataError(
                f"{self.page}: holds {len(archives)} archives instead of one; download it from there by hand"
            )
        return archives[0], licence


def _archive(record: ZenodoRecord, entry: dict[str, Any], base_url: str | None) -> RemoteFile:
    key, checksum = str(entry["key"]), str(entry["checksum"])
    if not re.fullmatch(r"md5:[0-9a-f]{32}|sha256:[0-9a-f]{64}", checksum):
        raise ValueError(checksum)
    return RemoteFile(
        name=key.rpartition("/")[2],  # a release that came from GitHub is OWNER/REPOSITORY-VERSION.zip
        url=at_mirror(f"{record.page}/files/{quote(key)}?download=1", base_url),
        n_bytes=int(entry["size"]),
        checksum=checksum,
    )
