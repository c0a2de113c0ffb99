"""What a result was made with: this Menura, its commit where it is a checkout, and the libraries that compute."""

from __future__ import annotations

import platform
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

_COUNTED = ("menura", "torch", "numpy", "onnxruntime", "librosa")


def made_with() -> dict[str, str | None]:
    """Versions by name; `commit` is None where Menura is installed without its history."""
    return {
        "commit": _commit(Path(__file__).parent.parent),
        "python": platform.python_version(),
        **{name: _version(name) for name in _COUNTED},
    }


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _commit(package: Path) -> str | None:
    """The commit of the checkout that the package is part of, with a + where its files were changed since."""

    def git(*arguments: str) -> str:
        command = ["git", "-C", str(package), *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=10).stdout.strip()

    try:
        git("ls-files", "--error-unmatch", "__init__.py")  # installed within somebody else's checkout, it is not theirs
        return git("rev-parse", "HEAD") + "+" * bool(git("status", "--porcelain", "--untracked-files=no", "."))
    except (OSError, subprocess.SubprocessError):
        return None
