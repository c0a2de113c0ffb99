"""What a study comes to: means with intervals, comparisons of systems, and what may be claimed of them.

People are the sample. So means have bootstrap intervals over people, a difference between systems is tested by
changing the signs of people's own differences (a permutation test, which assumes no distribution), Holm's correction is
over all measures of a comparison, and a mixed-effects model, in which sounds are a sample as well, has to agree before
anything is claimed. Of fewer than 12 people nothing is.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.power import TTestPower

from menura.study.mixed import Estimate, grouped_difference, paired_difference
from menura.study.trials import MEASURES, NAMES, OF_PLACES, Trial

LEAST_PEOPLE = 12
"""With fewer, only differences larger than most that are worth a study (d of 0.9) would be found 4 times in 5."""

ALPHA, POWER = 0.05, 0.8
_RESAMPLES, _PERMUTATIONS = 2_000, 9_999
_Valued = tuple[Trial, float]


@dataclass(frozen=True)
class Mean:
    """The mean of a measure for one system, over all or one of the categories or people.

    Attributes:
        measure: Which.
        system: Whose.
        category: Of which group of sounds; None for all.
        person: Of whom; None for all.
        n: How many values it is of.
        mean: The mean: of persons' means where it is of all people.
        interval: 95 % over people; None for one person, or fewer than two.
    """

    measure: str
    system: str
    category: str | None
    person: str | None
    n: int
    mean: float
    interval: tuple[float, float] | None


@dataclass(frozen=True)
class Comparison:
    """A measure of two systems, the second less the first.

    Attributes:
        measure: Which.
        first: The one system.
        second: The other.
        n_people: How many have a value for both.
        difference: The mean of people's own differences.
        effect: Cohen's d of these (mean by standard deviation); None where they do not vary.
        p_value: By permutation of their signs; None with fewer than two people.
        corrected: The same, corrected by Holm over the measures.
        mixed: By the mixed-effects model; None where that cannot be fitted.
        wanted: How many people it takes to find such an effect 4 times in 5; None where there is none.
        claim: Whether there is a difference: True, or False where none is shown; None where people are too few to say.
        words: That, in a sentence.
    """

    measure: str
    first: str
    second: str
    n_people: int
    difference: float
    effect: float | None
    p_value: float | None
    corrected: float | None
    mixed: Estimate | None
    wanted: int | None
    claim: bool | None
    words: str


def means_of(trials: Sequence[Trial], systems: Sequence[str], *, seed: int = 0) -> list[Mean]:
    """Every measure by system: of all, by category, and by person."""
    categories = sorted({trial.category for trial in trials})
    rng = np.random.default_rng(seed)
    found = []
    for measure, system in itertools.product(MEASURES, systems):
        own = [one for one in _valued(trials, measure) if one[0].system == system]
        for category in (None, *categories):
            within = [(one, value) for one, value in own if category in (None, one.category)]
            means = np.array([np.mean(values) for values in _grouped(within).values()])
            if len(means):
                interval = bootstrap_interval(means, rng)
                found.append(Mean(measure, system, category, None, len(within), float(means.mean()), interval))
        for person, values in _grouped(own).items():
            found.append(Mean(measure, system, None, person, len(values), float(np.mean(values)), None))
    return found


def comparisons_of(
    trials: Sequence[Trial], systems: Sequence[str], *, measures: Sequence[str] = MEASURES, seed: int = 0
) -> list[Comparison]:
    """Every measure of every two systems, and what may be claimed of it.

    Args:
        trials: What was measured, of the people who count.
        systems: The systems, in the plan's order: differences are the later less the earlier.
        measures: Which measures; the correction is over these.
        seed: Decides which permutations are tried where there are too many for all.
    """
    found = []
    for first, second in itertools.combinations(systems, 2):
        raw = [_compared(trials, measure, first, second, seed) for measure in measures]
        tested = [one.p_value for one in raw if one.p_value is not None]
        corrected = iter(multipletests(tested, method="holm")[1] if tested else [])
        found += [_judged(one, None if one.p_value is None else float(next(corrected))) for one in raw]
    return found


@dataclass(frozen=True)
class _Raw:
    measure: str
    first: str
    second: str
    differences: NDArray[np.float64]  # one a person
    p_value: float | None
    mixed: Estimate | None


def _compared(trials: Sequence[Trial], measure: str, first: str, second: str, seed: int) -> _Raw:
    own = [one for one in _valued(trials, measure) if one[0].system in (first, second)]
    sides = [_grouped([one for one in own if one[0].system == system]) for system in (first, second)]
    both = [person for person in sides[0] if person in sides[1]]
    differences = np.array([np.mean(sides[1][person]) - np.mean(sides[0][person]) for person in both], np.float64)
    p_value = None if len(differences) < 2 else sign_flip_p(differences, seed)
    mixed = _mixed_within_takes(own, first, second) if measure in OF_PLACES else _mixed_between(own, second)
    return _Raw(measure, first, second, differences, p_value, mixed)


def _mixed_between(own: Sequence[_Valued], second: str) -> Estimate | None:
    """Where each take has a value by one of the systems."""
    values, side = np.array([value for _, value in own]), np.array([one.system == second for one, _ in own])
    if not side.any() or side.all():
        return None
    return grouped_difference(values, side, [one.person for one, _ in own], [one.sound for one, _ in own])


def _mixed_within_takes(own: Sequence[_Valued], first: str, second: str) -> Estimate | None:
    """Where each take has a value by both."""
    by_take: dict[tuple[str, str], dict[str, float]] = {}
    for one, value in own:
        by_take.setdefault((one.person, one.sound), {})[one.system] = value
    both = {take: values for take, values in by_take.items() if len(values) == 2}
    if not both:
        return None
    differences = np.array([values[second] - values[first] for values in both.values()])
    return paired_difference(differences, [person for person, _ in both], [sound for _, sound in both])


def sign_flip_p(differences: NDArray[np.float64], seed: int) -> float:
    """Two-sided p of the hypothesis that (n,) differences go one way as likely as the other; exact up to 13."""
    if not np.any(differences):
        return 1.0
    result = stats.permutation_test(
        (differences,),
        lambda values, axis: np.mean(values, axis=axis),
        permutation_type="samples",
        vectorized=True,
        n_resamples=_PERMUTATIONS,
        rng=np.random.default_rng(seed),
    )
    return float(result.pvalue)


def people_wanted(effect: float) -> int:
    """How many people it takes to find an effect (Cohen's d of paired differences) 4 times in 5."""
    size = max(abs(effect), 0.05)  # what is less than that takes thousands
    return max(LEAST_PEOPLE, int(np.ceil(TTestPower().solve_power(size, alpha=ALPHA, power=POWER))))


def effect_found(n_people: int) -> float:
    """The least effect (Cohen's d of paired differences) that so many people find 4 times in 5."""
    return float(TTestPower().solve_power(nobs=n_people, alpha=ALPHA, power=POWER))


def _judged(raw: _Raw, corrected: float | None) -> Comparison:
    n = len(raw.differences)
    spread = float(np.std(raw.differences, ddof=1)) if n > 1 else 0.0
    mean = float(raw.differences.mean()) if n else 0.0
    effect = mean / spread if spread > 0 else None
    wanted = people_wanted(effect) if effect else None
    claim: bool | None = None
    if n >= LEAST_PEOPLE and corrected is not None:
        agrees = raw.mixed is not None and raw.mixed.low * raw.mixed.high > 0 and raw.mixed.difference * mean > 0
        claim = corrected < ALPHA and agrees
    words = _words(raw, mean, corrected, wanted, claim)
    return Comparison(
        raw.measure, raw.first, raw.second, n, mean, effect, raw.p_value, corrected, raw.mixed, wanted, claim, words
    )


def _words(raw: _Raw, mean: float, corrected: float | None, wanted: int | None, claim: bool | None) -> str:
    n, name = len(raw.differences), NAMES[raw.measure]
    if claim is None:
        more = f", and about {wanted:,} if the difference is as large as it looks" if wanted else ""
        return f"{name}: too few people to claim anything: {n} did enough, {LEAST_PEOPLE} or more are needed{more}"
    mixed = "" if raw.mixed is None else f", 95 % interval {raw.mixed.low:+.3f} to {raw.mixed.high:+.3f}"
    seen = f"{mean:+.3f}{mixed}, p = {corrected:.4f} corrected"
    if claim:
        way = "higher" if mean > 0 else "lower"
        return f"{name}: {raw.second} is {way} than {raw.first} ({seen})"
    least = effect_found(n)
    return (
        f"{name}: no difference between {raw.first} and {raw.second} is shown ({seen}); {n} people find one of "
        f"d = {least:.2f} 4 times in 5, and miss smaller ones more often"
    )


def _valued(trials: Sequence[Trial], measure: str) -> list[_Valued]:
    return [(one, value) for one in trials if (value := one.value(measure)) is not None]


def _grouped(valued: Sequence[_Valued]) -> dict[str, list[float]]:
    """The values of each person."""
    by_person: dict[str, list[float]] = {}
    for one, value in valued:
        by_person.setdefault(one.person, []).append(value)
    return by_person


def bootstrap_interval(means: NDArray[np.float64], rng: np.random.Generator) -> tuple[float, float] | None:
    """95 % of the mean of (n,) means of people, by the bootstrap; None of fewer than two."""
    if len(means) < 2:
        return None
    resampled = means[rng.integers(len(means), size=(_RESAMPLES, len(means)))].mean(axis=1)
    low, high = np.quantile(resampled, [0.025, 0.975])
    return float(low), float(high)
