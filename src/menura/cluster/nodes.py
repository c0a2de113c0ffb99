"""This machine's Ray: started, joined to others, and ended.

Ray's ports let whoever reaches them run code, so it listens on this machine alone unless another address is named, and
its authentication is on: all machines of a cluster have one token, which is written where its owner alone can read it.
"""

from __future__ import annotations

import errno
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from ipaddress import ip_address
from pathlib import Path

from menura.errors import LibraryError, UsageError
from menura.index.homes import resolve_data_dir
from menura.whole import written_whole

DEFAULT_HOST = "127.0.0.1"
DEFAULT_WORKERS = 2

_DEFAULT_PORT = 6379
_PORTS_TRIED = 50
_OBJECT_BYTES = 1 << 29  # what tasks have found and shards have not fetched yet
_START_S = 120.0
_STOP_S = 120.0
_STARTED = "Ray runtime started"
_SEVERAL = "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"
_PROGRAM = "ray.scripts.scripts"


@dataclass(frozen=True)
class Node:
    """What was started on this machine.

    Attributes:
        pid: The process that all of it ends with.
        address: Where the head of the cluster is.
    """

    pid: int
    address: str


def disk() -> Path:
    """The folder in which this machine keeps what is the cluster's, and no other that shares its home."""
    return resolve_data_dir() / "cluster" / socket.gethostname()


def environment(address: str) -> dict[str, str]:
    """What Ray is to find in the environment, before it is imported: its authentication on, and nobody told what runs.

    Args:
        address: Where the head is. On the loopback, Ray listens there alone.
    """
    told = {"RAY_USAGE_STATS_ENABLED": "0", "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0"}
    told["RAY_GRACEFUL_SHUTDOWN_DRAIN_TIMEOUT_S"] = "0"  # shards do not go by themselves, and `stop` would wait 30 s
    # Else it takes the machine's address in the network for 127.0.0.1; the name is of where it does not by itself.
    told[_SEVERAL] = "0" if _is_loopback(address) else "1"
    if os.environ.get("RAY_AUTH_MODE", "token") == "token":
        told |= {"RAY_AUTH_MODE": "token"}
        if not {"RAY_AUTH_TOKEN", "RAY_AUTH_TOKEN_PATH"} & os.environ.keys():
            told |= {"RAY_AUTH_TOKEN_PATH": str(_made_token())}
    return told


def start(*, address: str | None, host: str | None, workers: int | None) -> Node:
    """Start Ray on this machine, as the head of a new cluster or as one more machine of another.

    Args:
        address: Where the head is that it joins, HOST:PORT; None to be the head.
        host: The address of this machine that the others reach it by. By default a head is reached by none, and who
            joins says the address that it reaches the head from.
        workers: How many tasks run here at once; 2 by default, where it joins as many as there are processors.

    Raises:
        UsageError: It runs already, Ray is not installed, or the token of the cluster that it joins is not there.
        LibraryError: It does not start.
    """
    require_ray()
    running = known()
    if running is not None:
        raise UsageError(f"Ray runs on this machine, of the cluster at {running.address}; menura cluster down ends it")
    if address is None:
        host = host or DEFAULT_HOST
        address = f"{host}:{_free_port(host)}"
        options = ["--head", f"--port={address.rpartition(':')[2]}", "--include-dashboard=false"]
        workers = workers or DEFAULT_WORKERS
        told = environment(address)
    else:
        _require_token()
        options = [f"--address={address}"]
        told = environment(address) | {_SEVERAL: "1"}  # or none could join a head on the loopback
    options += [] if host is None else [f"--node-ip-address={host}"]
    options += [] if workers is None else [f"--num-cpus={workers}"]
    node = Node(_started(options, told), address)
    with written_whole(_node_file()) as file:
        file.write_text(json.dumps(asdict(node)))
    return node


def known() -> Node | None:
    """What was started on this machine and still runs."""
    try:
        node = Node(**json.loads(_node_file().read_text()))
    except (OSError, ValueError, TypeError):
        return None
    return node if _is_ours(node.pid) else None


def stop() -> Node | None:
    """End what was started on this machine, and that alone; None where nothing runs.

    Raises:
        LibraryError: It does not end.
    """
    node = known()
    if node is None:
        return None
    os.kill(node.pid, signal.SIGTERM)
    give_up = time.monotonic() + _STOP_S
    while _is_ours(node.pid):
        if time.monotonic() > give_up:
            raise LibraryError(f"Ray does not end (process {node.pid}); end it yourself")
        with suppress(ChildProcessError):
            os.waitpid(node.pid, os.WNOHANG)  # where this process started it
        time.sleep(0.1)
    _node_file().unlink(missing_ok=True)
    return node


def require_ray() -> None:
    """Refuse, with what to install, where Ray is not there."""
    from importlib.util import find_spec  # noqa: PLC0415

    if find_spec("ray") is None:
        raise UsageError('more than one machine needs ray: pip install "menura[cluster]"')


def token_file() -> Path:
    """Where the cluster's token is, unless the environment names another place."""
    return disk().parent / "token"


def _made_token() -> Path:
    """The file of the token, made where there is none."""
    file = token_file()
    file.parent.mkdir(parents=True, exist_ok=True)
    with suppress(FileExistsError):
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as stream:
            stream.write(secrets.token_hex(32))
    return file


def _require_token() -> None:
    named = {"RAY_AUTH_TOKEN", "RAY_AUTH_TOKEN_PATH"} & os.environ.keys()
    if not (named or token_file().exists() or os.environ.get("RAY_AUTH_MODE", "token") != "token"):
        raise UsageError(f"no token of that cluster here: copy {token_file()} from its head, readable for you alone")


def _is_loopback(address: str) -> bool:
    try:
        return ip_address(address.rpartition(":")[0].strip("[]")).is_loopback
    except ValueError:
        return address.startswith("localhost:")


def _node_file() -> Path:
    return disk() / "node.json"


def _is_ours(pid: int) -> bool:
    """Whether a process is one that `start` started, and not another that has its number since."""
    found = subprocess.run(["ps", "-p", str(pid), "-o", "stat=,args="], capture_output=True, text=True, check=False)
    state, _, words = found.stdout.strip().partition(" ")
    return _PROGRAM in words and not state.startswith("Z")


def _free_port(host: str) -> int:
    for port in range(_DEFAULT_PORT, _DEFAULT_PORT + _PORTS_TRIED):
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as trial:
            try:
                trial.bind((host, port))
            except OSError as error:
                if error.errno == errno.EADDRINUSE:
                    continue
                raise UsageError(
                    f"{host}: no address of this machine ({error.strerror}); name another with --host"
                ) from error
            return port
    raise UsageError(f"{host}: ports {_DEFAULT_PORT} to {_DEFAULT_PORT + _PORTS_TRIED - 1} are taken; free one")


def _started(options: list[str], told: dict[str, str]) -> int:
    """Start Ray with these options and this environment, and wait until it runs; the process that all ends with."""
    disk().mkdir(parents=True, exist_ok=True)
    log = disk() / "ray.log"
    every = [*options, f"--object-store-memory={_OBJECT_BYTES}", "--disable-usage-stats", "--block"]
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", _PROGRAM, "start", *every],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=os.environ | told,
            start_new_session=True,
        )
    give_up = time.monotonic() + _START_S
    while _STARTED not in log.read_text(errors="replace"):
        if process.poll() is not None or time.monotonic() > give_up:
            process.terminate()
            lines = [line for line in log.read_text(errors="replace").splitlines() if line.strip()]
            raise LibraryError(f"Ray does not start ({lines[-1].strip() if lines else 'it says nothing'}); see {log}")
        time.sleep(0.1)
    return process.pid
