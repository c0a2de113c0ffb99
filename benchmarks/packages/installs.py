"""Whether the wheel works with each extra on each Python, what that weighs, and how old the packages it needs may be.

    python -m benchmarks.packages.installs [--python 3.12] [--extra web]

For each Python from 3.11 on that is found, and each extra that users have, it makes an empty environment, installs the
wheel as pip does for a user (the newest releases, wheels alone), weighs it, and runs `trial.py` in it. On the oldest
Python it does the same with the lowest releases that pyproject.toml admits. What the index has no wheel for, or torch
only with gigabytes of CUDA, is left out with the reason. It takes half an hour and writes `docs/results/installs.json`.
What is found is written as it is found, and a part that is asked for is measured anew beside the rest, unless what the
packages need has changed since.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from contextlib import suppress
from importlib import metadata
from pathlib import Path
from typing import Any

from benchmarks.results import read_result, write_result
from release.__main__ import ROOT, build

BASE = "base"  # no extra
EXTRAS = (BASE, "web", "train", "formats", "hub", "map", "music", "study")
MINORS = (11, 12, 13)
TRIAL = Path(__file__).with_name("trial.py")
TORCH = "torch==2.13.0"  # there are builds of it without CUDA
COMMAND = "python -m benchmarks.packages.installs"
DATA = "the releases that the index had that day"
_REASON = re.compile(r"(?:No matching distribution found for|ResolutionImpossible).*|.*conflicting dependencies.*")


def main() -> None:
    """Install, weigh, try, and write what came of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--python", type=int, action="append", choices=MINORS, help="the minor version")
    parser.add_argument("--extra", action="append", choices=EXTRAS)
    options = parser.parse_args()
    minors, extras = options.python or MINORS, options.extra or EXTRAS
    figures = known()
    with tempfile.TemporaryDirectory() as built:
        _, wheel = build(ROOT, Path(built))
        kinds = [("newest", minor) for minor in minors] + [("lowest", minor) for minor in minors if minor == MINORS[0]]
        for kind, minor in kinds:
            for extra in extras:
                pinned = lowest(extra) if kind == "lowest" else []
                found = install(wheel, minor, extra, [*pinned, TORCH])
                print(f"{kind} on 3.{minor}, {extra}: {json.dumps(found)}", flush=True)
                figures[kind].setdefault(f"3.{minor}", {})[extra] = found
                write_result("installs", data=DATA, seed=None, figures=figures, command=COMMAND)


def known() -> dict[str, Any]:
    """What was found before, if the packages needed the same then."""
    with suppress(FileNotFoundError):
        figures: dict[str, Any] = read_result("installs")["figures"]
        if figures["requires"] == ranges():
            return figures
    return {"requires": ranges(), "newest": {}, "lowest": {}}


def install(wheel: Path, minor: int, extra: str, constraints: list[str]) -> dict[str, Any]:
    """What came of one environment, in which everything worked: its weight; or why there is none.

    Args:
        wheel: What is installed.
        minor: Of which Python.
        extra: Which of `EXTRAS`.
        constraints: What pip has to keep to.
    """
    python = find_python(minor)
    if python is None:
        return {"left_out": "no such Python here"}
    with tempfile.TemporaryDirectory() as scratch:
        home = Path(scratch)
        (home / "constraints.txt").write_text("\n".join(constraints))
        subprocess.run([python, "-m", "venv", "--without-pip", home / "env"], check=True)
        wanted = [str(wheel) if extra == BASE else f"{wheel}[{extra}]", "--constraint", str(home / "constraints.txt")]
        if extra == "train" and brings_cuda(home, wanted):
            return {"left_out": "the index has torch for it with CUDA alone"}
        done = pip(home, *wanted)
        if done.returncode:
            reason = _REASON.search(done.stderr)
            return {"left_out": reason[0].strip() if reason else done.stderr[-300:]}
        found = weigh(home)
        try_out(home, extra)
        return found


def brings_cuda(home: Path, wanted: list[str]) -> bool:
    """Whether pip would install CUDA as well."""
    report = home / "report.json"
    pip(home, "--dry-run", "--report", str(report), *wanted)
    chosen = json.loads(report.read_text())["install"] if report.exists() else []
    return any(one["metadata"]["name"].startswith("nvidia-") for one in chosen)


def ranges() -> dict[str, list[str]]:
    """What pyproject.toml says that each of `EXTRAS` needs."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    needed = {BASE: project["dependencies"], **project["optional-dependencies"]}
    return {extra: needed[extra] for extra in EXTRAS}


def lowest(extra: str) -> list[str]:
    """The lowest releases for the base and an extra, as constraints. Not of torch, of which only `TORCH` is small."""
    needed = sorted({*ranges()[BASE], *ranges()[extra]})
    return [needs.replace(">=", "==") for needs in needed if not needs.startswith("torch>")]


def find_python(minor: int) -> Path | None:
    """An interpreter of Python 3.`minor`, on the path or as pyenv keeps them."""
    pyenv = sorted(Path.home().glob(f".pyenv/versions/3.{minor}.*/bin/python"))
    for python in filter(None, [shutil.which(f"python3.{minor}"), *pyenv]):
        asked = subprocess.run(
            [python, "-c", "import sys; print(sys.version_info[1])"], capture_output=True, text=True, check=False
        )
        if asked.stdout.strip() == str(minor):
            return Path(python)
    return None


def pip(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Have this environment's pip install into that one; wheels alone."""
    command = [sys.executable, "-m", "pip", "--python", str(home / "env"), "install", "--quiet"]
    outside = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    command += ["--only-binary", ":all:", *arguments]
    return subprocess.run(command, env=outside, capture_output=True, text=True, check=False)


def weigh(home: Path) -> dict[str, Any]:
    """Bytes of what was installed, its compiled Python among it, and of the packages that are more than 1 MB."""
    (site,) = (home / "env").glob("lib/python*/site-packages")
    packages = {}
    for one in metadata.distributions(path=[str(site)]):
        files = [Path(str(file.locate())) for file in one.files or []]
        packages[one.name.lower()] = sum(file.stat().st_size for file in files if file.is_file())
    heavy = sorted((name for name in packages if packages[name] > 1_000_000), key=lambda name: -packages[name])
    return {
        "bytes": sum(file.stat().st_size for file in site.rglob("*") if file.is_file()),
        "packages": len(packages),
        "heavy": {name: packages[name] for name in heavy},
    }


def try_out(home: Path, extra: str) -> None:
    """Run `trial.py` there, with nothing of this environment's nor the user's; it ends with an error if it has to."""
    (home / "trial").mkdir()
    environment = {"HOME": str(home), "PATH": os.environ["PATH"], "LANG": "C.UTF-8"}
    command = [home / "env" / "bin" / "python", "-I", TRIAL, extra, home / "trial"]
    done = subprocess.run(command, cwd=home, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{extra} does not work:\n{done.stdout}{done.stderr}")


if __name__ == "__main__":
    main()
