"""A process that examines files for an indexing.

Threads of one process take turns at the interpreter, and on short sounds two of them get 1.6 times as far as one;
processes do not. But a process takes half a second to start, so only long indexings have them. A helper ends when its
standard input does, which is when the indexing ends it or has been killed, and it writes nothing anywhere.
"""

from __future__ import annotations

import os
import pickle
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from menura.audio.walk import SoundFile
from menura.index.changes import Change
from menura.index.child import start_child
from menura.index.examine import Examiner
from menura.index.sound import Sound
from menura.model.bundle import Bundle

_PROGRAM = "import sys; sys.path[:] = {path!r}; from menura.index.helper import serve; serve()"
_READY = "ready"


class HelperGoneError(Exception):
    """The process has ended, or never began."""


class Helper:
    """A helper as the indexing sees it. Starting one takes no time; to wait until it is ready does.

    Args:
        folder: The library.
        bundle: The model that embeds.

    Raises:
        HelperGoneError: No process can be started.
    """

    def __init__(self, folder: Path, bundle: Bundle) -> None:
        self._work = (folder, bundle)
        try:
            self._process = start_child(_PROGRAM)
        except OSError as error:
            raise HelperGoneError from error

    def wait(self) -> None:
        """Wait until it has loaded all that it needs.

        Raises:
            HelperGoneError: It has ended instead.
        """
        if self._ask(self._work) != _READY:
            raise HelperGoneError

    def examine(self, files: Sequence[tuple[SoundFile, Sound | None]]) -> list[Change]:
        """What has become of files, as `Examiner.examine` tells.

        Raises:
            HelperGoneError: It has ended.
            Exception: What was raised there: a bug.
        """
        answer = self._ask(files)
        if isinstance(answer, Exception):
            raise answer
        return list(answer)

    def end(self) -> None:
        """End the process, whatever it is doing."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            with suppress(OSError):  # what was not sent has nobody to go to
                pipe.close()

    def _ask(self, question: object) -> Any:  # noqa: ANN401  # whatever the other side answers
        assert self._process.stdin is not None and self._process.stdout is not None
        try:
            _send(question, self._process.stdin)
            return pickle.load(self._process.stdout)
        except (OSError, EOFError, pickle.UnpicklingError, ValueError) as error:  # ValueError: the pipe is closed
            raise HelperGoneError from error


def serve() -> None:
    """The whole life of a helper."""
    questions, answers = sys.stdin.buffer, os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # whatever is printed is not an answer
    try:
        folder, bundle = pickle.load(questions)
        bundle.project_recordings([])
        examiner = Examiner(folder, bundle, claim=lambda _: None)
        _send(_READY, answers)
        while True:
            files = pickle.load(questions)
            try:
                found: object = [examiner.examine(*file) for file in files]
            except Exception as error:
                found = _sendable(error)
            _send(found, answers)
    except (EOFError, OSError):  # nobody asks any more
        return


def _send(message: object, stream: IO[bytes]) -> None:
    pickle.dump(message, stream, pickle.HIGHEST_PROTOCOL)
    stream.flush()


def _sendable(error: Exception) -> Exception:
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:
        return RuntimeError(repr(error))
    return error
