"""Small studies, and people who do everything they are asked."""

from __future__ import annotations

from pathlib import Path

from menura.study.plan import Candidate, Plan, System, choose_sounds
from menura.study.session import Session, Shown
from menura.study.store import Study
from menura.study.words import Asked

SYSTEMS = (System("one", "1" * 64), System("two", "2" * 64))
QUESTIONS = (Asked("music", "How long have you sung?", ("never", "always")),)


def candidates(*, categories: int = 3, each: int = 4, duration_s: float = 1.0) -> list[Candidate]:
    """Sounds `kindC/sound_N.wav`."""
    paths = [f"kind{c}/sound_{n}.wav" for c in range(categories) for n in range(each)]
    return [Candidate(path, duration_s, path) for path in paths]


def plan_of(count: int = 8, *, systems: tuple[System, ...] = SYSTEMS, seed: int = 0) -> Plan:
    sounds, practice = choose_sounds(candidates(), count, seed)
    return Plan(seed, systems, sounds, practice, "You agree.", QUESTIONS)


def study_in(folder: Path, count: int = 8) -> Study:
    """A study of 8 sounds whose library is beside it; a 'sound' is a few bytes."""
    library = folder / "library"
    for one in candidates():
        (library / one.path).parent.mkdir(parents=True, exist_ok=True)
        (library / one.path).write_bytes(b"RIFF" + one.path.encode())
    return Study.make(folder / "study", plan_of(count), library)


def do_turn(study: Study, key: str, *, rank: int = 1, rating: int = 4) -> Session:
    """One sound from its take to its ratings."""
    session = study.session(key)
    assert session is not None
    at = session.turn
    study.take(key, at, b"RIFF take")
    ranks = {system.name: rank for system in study.plan.systems}
    shown = [Shown(f"kind0/result {place}.wav", 0.0, 1.0) for place in range(5)]
    study.search(key, at, dict(ranks), dict.fromkeys(ranks, 12), shown)
    return study.rate(key, at, [rating] * 5, rank if rank <= 5 else 0, 20.0)


def do_all(study: Study, *, turns: int | None = None) -> str:
    """A person who does everything, or stops after so many sounds; the key."""
    key, session = study.begin()
    study.answer(key, {"music": "never"})
    for _ in range(len(session.turns) if turns is None else turns):
        if study.session(key).step(study.plan) == "break":
            study.rest(key)
        do_turn(study, key)
    return key
