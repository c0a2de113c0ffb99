"""What happened in a session, in the order in which it did: one file a session, one line an event, none ever changed.

A line is written in one piece and reaches the disk before anybody is told that it is kept. Who is killed in the middle
leaves at most a beginning of a line, which is no event, and which the next one takes the place of.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from menura.errors import DataError

Event = dict[str, Any]


def read_events(file: Path) -> list[Event]:
    """The events of a session.

    Raises:
        DataError: The file cannot be read, or a line of it is no event.
    """
    try:
        content = file.read_bytes()
    except OSError as error:
        raise DataError(f"{file}: cannot be read ({error.strerror}); check its permissions") from error
    events = []
    for number, line in enumerate(content[: content.rfind(b"\n") + 1].splitlines(), start=1):
        try:
            event = json.loads(line)
        except ValueError as error:
            raise DataError(f"{file}: line {number} is no event ({error}); put the file elsewhere") from error
        if not isinstance(event, dict) or not isinstance(event.get("event"), str):
            raise DataError(f"{file}: line {number} is no event; put the file elsewhere")
        events.append(event)
    return events


def append_event(file: Path, event: Event) -> None:
    """Keep one more event; where that fails, the file is as it was.

    Raises:
        OSError: It cannot be written, as on a disk that is full.
    """
    line = json.dumps(event, ensure_ascii=False).encode() + b"\n"
    with file.open("r+b") as stream:
        content = stream.read()
        end = content.rfind(b"\n") + 1
        try:
            stream.seek(end)
            stream.truncate()
            stream.write(line)
            stream.flush()
            os.fsync(stream.fileno())
        except OSError:
            stream.truncate(end)
            raise


def write_synced(file: Path, content: bytes) -> None:
    """Write a file whole, or not at all; it is on the disk when this returns.

    Raises:
        OSError: It cannot be written.
    """
    unfinished = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        with unfinished.open("wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        unfinished.replace(file)
    finally:
        unfinished.unlink(missing_ok=True)
