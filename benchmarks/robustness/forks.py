"""Work done in forks of this process, which can be killed."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import librosa.feature  # noqa: F401  # imported once, here, and not in every fork
import lightning.pytorch  # noqa: F401
import onnxruntime  # noqa: F401
import swift_f0  # noqa: F401
import torch

from menura.errors import MenuraError


def run(work: Callable[[], Any], kill_after_s: float | None = None) -> tuple[str, Any]:
    """What `work` gives, run in a fork of this process: ("done", value), ("failed", its error) or ("killed", None)."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        os.setsid()
        code = 1
        try:
            torch.set_num_threads(1)
            null = os.open(os.devnull, os.O_WRONLY)
            os.dup2(null, 1)
            os.dup2(null, 2)
            main = sys.modules["__main__"]  # its own processes need not import that
            main.__spec__ = None
            vars(main).pop("__file__", None)
            answer = json.dumps(["done", work()])
            code = 0
        except MenuraError as error:
            answer, code = json.dumps(["failed", str(error)]), 0
        except BaseException:  # it goes on in the other process
            answer = json.dumps(["broken", traceback.format_exc()])
        with suppress(OSError), os.fdopen(writer, "w") as out:
            out.write(answer)
        os._exit(code)
    os.close(writer)
    if kill_after_s is not None:
        time.sleep(kill_after_s)
        os.kill(child, signal.SIGKILL)
    with os.fdopen(reader) as answered:
        text = answered.read() if kill_after_s is None else ""
    os.waitpid(child, 0)
    with suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)  # the pools of one that was killed
    if kill_after_s is not None:
        return "killed", None
    kind, value = json.loads(text) if text else ("broken", "ended without a word")
    if kind == "broken":
        raise RuntimeError(value)
    return kind, value


def done(work: Callable[[], Any]) -> Any:  # noqa: ANN401
    """The same for work that has to succeed."""
    kind, value = run(work)
    if kind != "done":
        raise RuntimeError(value)
    return value
