"""What there is to say about a cluster library, put together from what its shards say."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import replace

from menura.index.changes import Skipped
from menura.index.info import LibraryInfo
from menura.index.notices import Absent
from menura.index.update import IndexProgress, IndexReport


def merged_info(infos: Collection[LibraryInfo], n_shards: int) -> LibraryInfo:
    """What the indexes of some shards, at least one, hold together; complete where each of all shards is."""
    first = next(iter(infos))
    return replace(
        first,
        sounds=sum(info.sounds for info in infos),
        windows=sum(info.windows for info in infos),
        seconds=sum(info.seconds for info in infos),
        index_bytes=sum(info.index_bytes for info in infos),
        complete=len(infos) == n_shards and all(info.complete for info in infos),
        skipped=_merged_skipped([info.skipped for info in infos]),
        absent=_merged_absent(info.absent for info in infos),
    )


def merged_report(reports: Collection[IndexReport], seconds: float) -> IndexReport:
    """What a filling did that took so long, from what each of its shards did."""
    first = next(iter(reports))
    return replace(
        first,
        added=sum(report.added for report in reports),
        updated=sum(report.updated for report in reports),
        moved=sum(report.moved for report in reports),
        removed=sum(report.removed for report in reports),
        unchanged=sum(report.unchanged for report in reports),
        skipped=_merged_skipped([report.skipped for report in reports]),
        absent=_merged_absent(report.absent for report in reports),
        seconds=seconds,
    )


def merged_progress(found: Collection[IndexProgress], total: int) -> IndexProgress:
    """How far a filling of so many files is, whose shards are so far as they say."""
    done = sum(progress.done for progress in found)
    return IndexProgress(done, max(total, done), sum(progress.skipped for progress in found))


def _merged_absent(found: Iterable[tuple[Absent, ...]]) -> tuple[Absent, ...]:
    """Each folder once: sounds below it lie in several shards."""
    away = Counter[str]()
    for of_shard in found:
        away.update({absent.folder: absent.n_sounds for absent in of_shard})
    return tuple(Absent(folder, count) for folder, count in sorted(away.items()))


def _merged_skipped(found: Collection[tuple[Skipped, ...]]) -> tuple[Skipped, ...]:
    """Each path once: what could not be looked at is told by every shard."""
    by_path = {skipped.path: skipped for of_shard in found for skipped in of_shard}
    return tuple(by_path[path] for path in sorted(by_path, key=os.fsencode))
