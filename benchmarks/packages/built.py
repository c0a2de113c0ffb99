"""How large the packages are, and whether two builds are the same to the byte.

    python -m benchmarks.packages.built

Writes `docs/results/packages.json`, to which a test holds the wheel.
"""

from __future__ import annotations

import argparse
import hashlib
import tempfile
import zipfile
from pathlib import Path

from benchmarks.results import write_result
from release.__main__ import ROOT, build


def main() -> None:
    """Build twice and write the sizes."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.parse_args()
    with tempfile.TemporaryDirectory() as first, tempfile.TemporaryDirectory() as second:
        sdist, wheel = build(ROOT, Path(first))
        again = [hashlib.sha256(path.read_bytes()).digest() for path in build(ROOT, Path(second))]
        same = again == [hashlib.sha256(path.read_bytes()).digest() for path in (sdist, wheel)]
        with zipfile.ZipFile(wheel) as opened:
            sizes = {entry.filename: entry.file_size for entry in opened.infolist()}
        figures = {
            "wheel_bytes": wheel.stat().st_size,
            "sdist_bytes": sdist.stat().st_size,
            "unpacked_bytes": sum(sizes.values()),
            "models_bytes": sum(size for name, size in sizes.items() if name.startswith("menura/models/")),
            "page_bytes": sum(size for name, size in sizes.items() if name.startswith("menura/web/static/")),
            "files": len(sizes),
            "two_builds_are_the_same": same,
        }
    write_result("packages", data="the files of the project", seed=None, figures=figures)


if __name__ == "__main__":
    main()
