"""Shards as actors of Ray, and their filling as its tasks.

An actor is named, outlives whoever made it, and is started again by Ray, on another machine where its own is lost. Of
tasks Ray repeats none: a shard whose task is lost has its files examined again itself, and knows when to give one up.
"""

from __future__ import annotations

import math
import socket
import time
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from typing import Any

import numpy as np
import ray
from numpy.typing import NDArray
from ray.exceptions import ActorDiedError, RayError, RayTaskError
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

from menura.cluster.card import Card, fetched_model
from menura.cluster.nodes import disk
from menura.cluster.probe import probe
from menura.cluster.reach import Reach, ShardDiedError
from menura.cluster.shard import Shard
from menura.cluster.store import Store, reason_of
from menura.cluster.task import Examined, Files, Work, examined
from menura.errors import LibraryError

_NAMESPACE = "menura"
_CONNECT_S = 5.0
_START_S = 600.0  # while which a shard may fetch what is published of it
_END_S = 30.0
_PROBE_S = 60.0
_OPTIONS = {
    "namespace": _NAMESPACE,
    "lifetime": "detached",
    "get_if_exists": True,  # where somebody else is starting it
    "num_cpus": 0,
    "memory": 1,  # a byte: what asks for nothing at all is put on a machine by chance, whatever the strategy
    "max_restarts": -1,
    "max_task_retries": -1,
    "max_concurrency": 64,  # a filling, and queries that share passes
}


def connect(address: str) -> None:
    """Join the cluster whose head is at this address, as the environment says when Ray is first imported.

    Until `leave`, Ray prints to stdout whenever something is lost.

    Raises:
        LibraryError: Nobody answers there, or it takes this machine for a stranger.
    """
    host, _, port = address.rpartition(":")
    try:  # Ray itself would try for minutes
        socket.create_connection((host.strip("[]"), int(port)), _CONNECT_S).close()
    except (OSError, ValueError) as error:
        raise LibraryError(f"{address}: nobody answers ({reason_of(error)}); menura cluster up starts Ray") from error
    quiet = {"log_to_driver": False, "logging_level": "ERROR", "ignore_reinit_error": True}
    try:
        ray.init(address=address, namespace=_NAMESPACE, **quiet)
    except (ConnectionError, RuntimeError, ValueError, RayError) as error:
        raise LibraryError(
            f"{address}: no Ray that lets this machine in ({reason_of(error)}); menura cluster up starts one"
        ) from error


def leave() -> None:
    """Leave the cluster; shards go on."""
    ray.shutdown()


def reach(store: Store, card: Card, model: str) -> Reach:
    """The shards of a generation, started where they do not run, and waited for while they start."""

    def handle_of(number: int) -> tuple[Any, bool]:
        """A shard, and whether it runs already."""
        try:
            return ray.get_actor(_name(card, model, number), _NAMESPACE), True
        except ValueError:
            return _started(store, card, model, number), False

    def renew(number: int) -> None:
        with suppress(RayError):  # whoever asks next tries again
            handles[number], _ = handle_of(number)

    found = [handle_of(number) for number in range(card.shards)]
    handles = [handle for handle, _ in found]
    starting = [handle.info.remote() for handle, is_there in found if not is_there]
    if starting:
        ray.wait(starting, num_returns=len(starting), timeout=_START_S)
    n_processors = ray.cluster_resources().get("CPU", 1)
    # So many that no processor waits, though a shard is asked for more work only now and then.
    tasks = max(2, math.ceil(2 * n_processors / card.shards))
    return Reach(card.shards, partial(_ask, handles), renew, tasks)


def move(store: Store, card: Card, model: str, number: int, machine: str) -> None:
    """End a shard that has retired, and start it on another machine, where it fetches what it published.

    Args:
        store: The library's store.
        card: The library.
        model: Fingerprint of the model of the generation.
        number: The shard's number.
        machine: The machine's number in Ray.

    Raises:
        LibraryError: It does not end, or does not start there.
    """
    name = _name(card, model, number)
    give_up = time.monotonic() + _END_S
    with suppress(ValueError):  # of a name that nobody has
        ended = ray.get_actor(name, _NAMESPACE)
        ray.kill(ended, no_restart=True)
        while ray.get_actor(name, _NAMESPACE) == ended:  # who asks meanwhile may start it, anywhere
            if time.monotonic() > give_up:
                raise LibraryError(f"shard {number}: does not end where it is; menura cluster status says how it is")
            time.sleep(0.05)
    # Where that machine is lost later, it starts on any other.
    strategy = NodeAffinitySchedulingStrategy(machine, soft=True)
    started = _started(store, card, model, number, strategy)
    try:
        ray.get(started.info.remote(), timeout=_START_S)
    except RayError as error:
        raise LibraryError(
            f"shard {number}: has ended, and does not start ({_last_line(str(error))}); what it published is in the "
            "store, and whoever asks next starts it"
        ) from error


def machines() -> list[str]:
    """A line for each machine of the cluster: its address and name, and how many tasks run there at once."""
    nodes = sorted(ray.nodes(), key=lambda node: str(node["NodeManagerAddress"]))
    return [
        f"{_told(node)}: " + (f"{node['Resources'].get('CPU', 0):.0f} workers" if node["Alive"] else "lost")
        for node in nodes
    ]


def running() -> dict[str, str]:
    """The address and name of each machine that is not lost, by its number in Ray."""
    return {str(node["NodeID"]): _told(node) for node in ray.nodes() if node["Alive"]}


def probes(store: Store, model: str) -> dict[str, NDArray[np.float32]]:
    """The probe's projection, (h,), by the address and name of each machine that comes back with it."""
    task = ray.remote(_probed)
    asked = {}
    for machine, name in sorted(running().items(), key=lambda one: one[1]):
        there = NodeAffinitySchedulingStrategy(machine, soft=False)
        options = {"num_cpus": 0, "memory": 1, "max_retries": 0, "scheduling_strategy": there}
        asked[name] = task.options(**options).remote(store.address, model)
    ended, _ = ray.wait(list(asked.values()), num_returns=len(asked), timeout=_PROBE_S)
    found = {}
    for name, answer in asked.items():
        with suppress(RayError):
            if answer in ended:
                found[name] = ray.get(answer)
    return found


class _ShardActor(Shard):
    """A shard as Ray makes it."""

    def __init__(self, store: str, number: int, model: str) -> None:
        work = Work(store, Card.known(Store(store)).source, model)
        task = ray.remote(_examined).options(num_cpus=1, max_retries=0)
        super().__init__(store, number, model, disk(), lambda files: _answer(task.remote(work, files)))

    def machine(self) -> str:
        """The number in Ray of the machine that it runs on."""
        found: str = ray.get_runtime_context().get_node_id()
        return found


def _started(store: Store, card: Card, model: str, number: int, strategy: object = "SPREAD") -> Any:  # noqa: ANN401
    """A shard that does not run, started."""
    options = _OPTIONS | {"name": _name(card, model, number), "scheduling_strategy": strategy}
    return ray.remote(_ShardActor).options(**options).remote(store.address, number, model)


def _told(node: dict[str, Any]) -> str:
    return f"{node['NodeManagerAddress']} ({node['NodeManagerHostname']})"


def _examined(work: Work, files: Files) -> Examined:
    return examined(work, files, disk())


def _probed(store: str, model: str) -> NDArray[np.float32]:
    return probe(fetched_model(Store(store), model, disk()))


def _name(card: Card, model: str, number: int) -> str:
    return f"{card.id}-{model[:16]}-{number:04}"


def _ask(handles: list[Any], shard: int, method: str, *arguments: object) -> Future[Any]:
    return _answer(getattr(handles[shard], method).remote(*arguments))


def _answer(reference: Any) -> Future[Any]:  # noqa: ANN401  # of Ray
    """What a call comes to: what it raised as it was raised there, a `ConnectionError` where nobody answers."""
    answer: Future[Any] = Future()

    def pass_on(ended: Future[Any]) -> None:
        error = ended.exception()
        if error is None:
            answer.set_result(ended.result())
        elif isinstance(error, RayTaskError):
            answer.set_exception(error.cause if isinstance(error.cause, Exception) else error)
        elif isinstance(error, ActorDiedError):
            answer.set_exception(ShardDiedError(_last_line(str(error))))
        elif isinstance(error, RayError):
            answer.set_exception(ConnectionError(_last_line(str(error))))
        else:
            answer.set_exception(error)

    reference.future().add_done_callback(pass_on)
    return answer


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "no reason given"
