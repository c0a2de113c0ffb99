"""The errors a person may see: what failed, on which file, what to do about it.

Every error that Menura raises on purpose is a `MenuraError`; the command line prints its text on one line and
exits with its `exit_code`: 2 where the caller can mend the call, 1 where the work itself failed.
"""

from __future__ import annotations


class MenuraError(Exception):
    """The root of all errors raised on purpose."""

    exit_code = 1


class UsageError(MenuraError):
    """The call itself is at fault: a path that does not exist, a value out of range."""

    exit_code = 2


class AudioError(MenuraError):
    """A file that cannot be read as sound."""


class ModelError(MenuraError):
    """A model bundle that is missing, damaged or of another format."""


class LibraryError(MenuraError):
    """An index that is missing, damaged, locked or made with another model."""


class DataError(MenuraError):
    """A corpus that is missing, incomplete or not laid out as published."""


class TrainingError(MenuraError):
    """A training that cannot start or go on."""
