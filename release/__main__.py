"""Builds source archive and wheel, the same to the byte from the same files and tools.

    python -m release [--out dist]

The time that they bear is SOURCE_DATE_EPOCH, or that of the last commit. They are built without isolation, by the
setuptools that is installed: constraints.txt says which.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import subprocess
import sys
from pathlib import Path

from release.archives import make_sdist_plain, make_wheel_plain

ROOT = Path(__file__).parents[1]


def main() -> None:
    """Build both and print their names, sizes and SHA-256."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("dist"))
    for archive in build(ROOT, parser.parse_args().out):
        content = archive.read_bytes()
        print(f"{archive}  {len(content):,} bytes  sha256 {hashlib.sha256(content).hexdigest()}")


def build(root: Path, out: Path) -> tuple[Path, Path]:
    """Build the source archive, and of it the wheel.

    Args:
        root: The project.
        out: Where they go; it is made.

    Returns:
        Their paths.
    """
    epoch_s = int(os.environ.get("SOURCE_DATE_EPOCH") or _last_commit_s(root))
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(out.resolve()), "."]
    environment = os.environ | {"SOURCE_DATE_EPOCH": str(epoch_s)}
    built = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False)
    if built.returncode:
        sys.exit(built.stdout + built.stderr)
    (sdist,), (wheel,) = sorted(out.glob("*.tar.gz")), sorted(out.glob("*.whl"))
    make_sdist_plain(sdist, epoch_s)
    make_wheel_plain(wheel, epoch_s)
    return sdist, wheel


def _last_commit_s(root: Path) -> str:
    found = subprocess.run(
        ["git", "log", "-1", "--format=%ct"], cwd=root, capture_output=True, text=True, check=False
    ).stdout.strip()
    if not found:
        sys.exit("neither SOURCE_DATE_EPOCH nor a commit says when this was made; set SOURCE_DATE_EPOCH")
    return found


if __name__ == "__main__":
    main()
