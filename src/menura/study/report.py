"""The report of a study: figures as JSON, a table for R, pictures, and what may be claimed in sentences."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from menura.errors import DataError
from menura.evaluation.metrics import chance_mrr
from menura.study.analysis import Comparison, Mean, comparisons_of, means_of
from menura.study.pictures import draw_means, draw_people
from menura.study.store import Study
from menura.study.tables import table_text
from menura.study.trials import MEASURES, People, Trial, people_of, trials_of
from menura.whole import written_whole

FOR_R = "trials.csv"


@dataclass(frozen=True)
class Report:
    """What a study comes to.

    Attributes:
        systems: The systems, in the plan's order.
        people: Who took part.
        trials: What was measured, of those who count.
        means: The means.
        comparisons: Every measure of every two systems.
        chance: The MRR of a search that guesses.
    """

    systems: tuple[str, ...]
    people: People
    trials: tuple[Trial, ...]
    means: tuple[Mean, ...]
    comparisons: tuple[Comparison, ...]
    chance: float

    def mean(self, measure: str, system: str, *, category: str | None = None, person: str | None = None) -> Mean | None:
        """One of the means, if there is such a one."""
        wanted = (measure, system, category, person)
        return next((m for m in self.means if (m.measure, m.system, m.category, m.person) == wanted), None)


def report_of(study: Study) -> Report:
    """The report of a study as it stands.

    Raises:
        DataError: Nobody has rated half of the sounds yet.
    """
    sessions = study.sessions()
    people = people_of(study.plan, sessions)
    if not people.counted:
        raise DataError(
            f"{study.folder}: nobody has rated half of the {len(study.plan.sounds)} sounds yet "
            f"({len(people.counted)} of {people.begun:,} who began); ask again once somebody has"
        )
    trials = trials_of(one for one in sessions if one.id in people.counted)
    systems = tuple(system.name for system in study.plan.systems)
    return Report(
        systems=systems,
        people=people,
        trials=tuple(trials),
        means=tuple(means_of(trials, systems)),
        comparisons=tuple(comparisons_of(trials, systems)),
        chance=chance_mrr(max(trial.n_sounds for trial in trials)),
    )


def write_report(study: Study, report: Report, folder: Path) -> list[str]:
    """Write `report.json`, `trials.csv` and the pictures; the names of the files."""
    answers = {one.id: one.answers for one in study.sessions()}
    figures = {
        "date": datetime.now(UTC).date().isoformat(),
        "systems": report.systems,
        "sounds": len(study.plan.sounds),
        "people": {"began": report.people.begun, "counted": len(report.people.counted)},
        "chance_mrr": report.chance,
        "means": [asdict(mean) for mean in report.means],
        "comparisons": [asdict(one) for one in report.comparisons],
    }
    with written_whole(folder / "report.json") as unfinished:
        unfinished.write_text(json.dumps(figures, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    with written_whole(folder / FOR_R) as unfinished:
        asked = [question.id for question in study.plan.questions]
        unfinished.write_text(text_for_r(report.trials, asked, answers), encoding="utf-8", newline="")
    draw_means(report.means, report.systems, report.chance, folder / "means.png")
    names = ["report.json", FOR_R, "means.png"]
    if len(report.systems) > 1:
        draw_people(report.means, report.systems, folder / "people.png")
        names.append("people.png")
    return names


def text_for_r(trials: Sequence[Trial], asked: Sequence[str], answers: dict[str, dict[str, str]]) -> str:
    """A row for each take and system: its measures, and what the person answered."""
    columns = ("person", "order", "sound", "category", "system", "assigned", "rank", "n_sounds", *MEASURES, *asked)
    rows = (
        {**answers[one.person], **asdict(one), **{measure: one.value(measure) for measure in MEASURES}}
        for one in trials
    )
    return table_text(columns, rows)
