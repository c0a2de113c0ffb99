"""Simulated people in a study: what separates the systems, people and sounds is known, since it is drawn here.

A take has a difficulty of its own, which the systems share; the place of the sound grows with it, as the exponential of
a normal variable does, among 60 sounds. What somebody gives a result is 1 to 5, rounded: more of it where the sound
itself is shown, less further down, and people differ in how much they give. People and sounds differ, too, in which
system they take to, by so much that who takes all answers for independent finds differences that are not there.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from menura.study.plan import Candidate, Plan, System, choose_sounds, turns_of
from menura.study.trials import Trial

N_SOUNDS = 60  # in the library
_SHOWN = 5


@dataclass(frozen=True)
class World:
    """What is true of all people and sounds.

    Attributes:
        places: By how much the second system's places are better: of the logarithm of a place.
        ratings: How much more its results are given.
        people: Standard deviation over people, of either.
        sounds: Over sounds.
        taking: Of what people, and sounds, take to the second system.
        noise: Of what is left, from take to take.
    """

    places: float = 0.0
    ratings: float = 0.0
    people: float = 0.5
    sounds: float = 0.6
    taking: float = 0.2
    noise: float = 0.7


def simulated_trials(world: World, n_people: int, n_sounds: int, seed: int) -> list[Trial]:
    """What so many simulated people do in a study of two systems, planned as any is."""
    rng = np.random.default_rng(seed)
    plan = _plan(n_sounds, seed)
    sounds = {sound.filename: rng.normal(0, [world.sounds, world.taking, world.taking]) for sound in plan.sounds}
    trials = []
    for number in range(n_people):
        person = rng.normal(0, [world.people, world.taking, world.taking])
        turns = [turn for turn in turns_of(plan, number, number % 2) if not turn.is_practice]
        for order, turn in enumerate(turns):
            own = sounds[turn.sound.filename]
            shared = 1.3 + person[0] + own[0] + rng.normal(0, world.noise)
            for system in plan.systems:
                side = 0.5 if system.name == plan.systems[1].name else -0.5
                harder = (person[1] + own[1] - world.places) * side + rng.normal(0, world.noise / 2)
                rank = int(np.clip(np.ceil(np.exp(shared + harder)), 1, N_SOUNDS))
                liked = (person[2] + own[2] + world.ratings) * side - person[0] - own[0]
                shown = system.name == turn.system
                rating = _rating(liked, rank, world.noise, rng) if shown else None
                found = bool(rank <= _SHOWN and rng.uniform() < 0.9) if shown else None
                names = (turn.sound.filename, turn.sound.category, system.name)
                trials.append(Trial(f"person {number}", order, *names, shown, rank, N_SOUNDS, found, rating))
    return trials


def _rating(liked: float, rank: int, noise: float, rng: np.random.Generator) -> float:
    """The mean of what five results are given."""
    places = np.arange(1, _SHOWN + 1)
    felt = 3.2 - 0.2 * places + 1.2 * (places == rank) + liked + rng.normal(0, noise, _SHOWN)
    return float(np.clip(np.round(felt), 1, 5).mean())


def _plan(n_sounds: int, seed: int) -> Plan:
    paths = [f"kind {n % 4}/{n}.wav" for n in range(N_SOUNDS)]
    sounds, practice = choose_sounds([Candidate(path, 1.0, path) for path in paths], n_sounds, seed)
    return Plan(seed, (System("one", "1"), System("two", "2")), sounds, practice, "", ())
