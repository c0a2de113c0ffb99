"""Why a query and a sound match: which parts of both raised the score.

The package bears the name of the public function, `menura.explain`, so it can be called as that.
"""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from menura.explain.explanation import Explanation
    from menura.progress import Progress


class _CallablePackage(ModuleType):
    def __call__(
        self, query: str | Path, sound: str | Path, model: str | Path | None = None, progress: Progress | None = None
    ) -> Explanation:
        from menura.explain.front import explain  # noqa: PLC0415  # what it needs is for those who call it

        return explain(query, sound, model, progress)


sys.modules[__name__].__class__ = _CallablePackage
