"""Machines of a cluster as persons sit at them, all on this one: each with a disk and an address of its own."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

PATIENCE_S = 900
"""Of a machine with much else to do."""

_TOKEN = Path("menura", "cluster", "token")


class Machine:
    """A machine.

    Attributes:
        home: Where all that Menura keeps there is.
    """

    def __init__(self, home: Path, **environment: str) -> None:
        self.home = home
        home.mkdir(exist_ok=True)
        known = {"XDG_DATA_HOME": str(home), "RAY_AUTH_MODE": "token"}
        soon = {"RAY_health_check_period_ms": "500"}  # a lost machine is noticed in 3 s instead of 15
        self._environment = {**os.environ, **environment, **known, **soon}

    def start(self, *words: object) -> subprocess.Popen:
        command = [sys.executable, "-c", "from menura.cli import main; main()", "cluster", *map(str, words)]
        return subprocess.Popen(
            command, env=self._environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def run(self, *words: object, code: int = 0) -> str:
        process = self.start(*words)
        printed, complained = process.communicate(timeout=PATIENCE_S)
        assert process.returncode == code, printed + complained
        assert not [line for line in (printed + complained).splitlines() if "SECRET-2" in line]
        return printed if code == 0 else complained

    def found(self, clip: Path, store: object) -> list[tuple]:
        """What it finds, the best first."""
        told = json.loads(self.run("search", clip, "--store", store, "--top", 100, "--json"))
        assert told["missing"] == []
        return [(one["path"], one["logit"], one["start_s"], one["alike"]) for one in told["results"]]

    def join(self, other: "Machine", host: str) -> None:
        """Become one more machine of another's cluster, by this address."""
        (self.home / _TOKEN).parent.mkdir(parents=True)
        shutil.copy2(other.home / _TOKEN, self.home / _TOKEN)
        (node,) = other.home.glob("menura/cluster/*/node.json")
        self.run("up", "--address", json.loads(node.read_text())["address"], "--host", host, "--workers", 1)

    def lose(self) -> None:
        """Let it be gone, all at once and with its disk."""
        while pids := self._processes():
            for pid in pids:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            time.sleep(0.1)
        shutil.rmtree(self.home)

    def _processes(self) -> list[int]:
        mine, found = f"XDG_DATA_HOME={self.home}".encode(), []
        for process in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                dead = (process / "stat").read_text().rpartition(")")[2].split()[0] == "Z"
                if not dead and mine in (process / "environ").read_bytes().split(b"\0"):
                    found.append(int(process.name))
        return found


def pids_of(what: str) -> list[int]:
    """The processes of this machine that Ray calls so."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if (process / "cmdline").read_bytes().startswith(what.encode()):
                found.append(int(process.name))
    return found
