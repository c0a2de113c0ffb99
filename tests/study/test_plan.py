"""Which sounds are chosen, and who hears what by which system."""

from collections import Counter

import pytest

from menura.errors import UsageError
from menura.study.plan import Candidate, System, choose_sounds, turns_of
from menura.study.words import QUESTIONS, check_answers, consent_version, consent_words, questions_of
from studies import SYSTEMS, candidates, plan_of


def counted(turns):
    return [turn for turn in turns if not turn.is_practice]


def test_sounds_are_spread_over_the_categories():
    sounds, practice = choose_sounds(candidates(categories=4, each=5), 10, 0)
    sizes = Counter(sound.category for sound in sounds)
    assert set(sizes.values()) == {2, 3}
    assert practice not in sounds
    assert len({sound.filename for sound in (*sounds, practice)}) == 11


def test_the_same_seed_chooses_the_same_and_another_does_not():
    assert choose_sounds(candidates(), 6, 1) == choose_sounds(reversed(candidates()), 6, 1)
    assert len({choose_sounds(candidates(), 6, seed) for seed in range(5)}) > 1


def test_copies_long_sounds_and_lone_categories_are_not_chosen():
    given = [
        *candidates(categories=2, each=3),
        Candidate("kind0/copy.wav", 1.0, "kind0/sound_0.wav"),
        Candidate("kind0/long.wav", 11.0, "long"),
        Candidate("alone/one.wav", 1.0, "one"),
    ]
    sounds, practice = choose_sounds(given, 6, 0)
    assert practice is None
    assert sorted(sound.label for sound in sounds) == ["copy", *["sound"] * 5]
    with pytest.raises(UsageError, match="6 sounds of at most 10 s"):
        choose_sounds(given, 7, 0)


def test_a_folder_without_subfolders_is_one_category():
    sounds, _ = choose_sounds([Candidate(f"{n}.wav", 1.0, str(n)) for n in range(6)], 4, 0)
    assert {sound.category for sound in sounds} == {"all"}


def test_every_category_can_be_halved():
    for count in (4, 5, 9, 16):
        sounds, _ = choose_sounds(candidates(categories=8, each=4), count, 3)
        assert min(Counter(sound.category for sound in sounds).values()) >= 2


@pytest.mark.parametrize("n_systems", [1, 2, 3])
def test_systems_are_balanced_within_people_and_over_sounds(n_systems):
    systems = tuple(System(str(n), str(n)) for n in range(n_systems))
    plan = plan_of(9, systems=systems)
    met = Counter()
    for number in range(2 * n_systems):
        turns = counted(turns_of(plan, number, number % n_systems))
        assert sorted(turn.sound.path for turn in turns) == sorted(sound.path for sound in plan.sounds)
        shares = Counter(turn.system for turn in turns)
        assert max(shares.values()) - min(shares.values()) <= 1
        for first in range(0, 9 - n_systems + 1, n_systems):
            assert len({turn.system for turn in turns[first : first + n_systems]}) == n_systems
        met.update((turn.sound.path, turn.system) for turn in turns)
    assert set(met.values()) == {2}
    assert len(met) == 9 * n_systems


def test_people_hear_the_sounds_in_orders_of_their_own():
    plan = plan_of()
    orders = {tuple(turn.sound.path for turn in turns_of(plan, number, 0)) for number in range(6)}
    assert len(orders) == 6
    assert turns_of(plan, 3, 1) == turns_of(plan, 3, 1)
    assert turns_of(plan, 0, 0)[0].is_practice


def test_no_system_has_the_first_place_to_itself():
    plan = plan_of()
    firsts = Counter(counted(turns_of(plan, number, number % 2))[0].system for number in range(40))
    assert min(firsts[system.name] for system in SYSTEMS) >= 10


def test_consent_has_the_version_of_its_words(tmp_path):
    own = tmp_path / "consent.txt"
    own.write_text("I agree.\n")
    assert consent_words(own, 8) == "I agree."
    assert consent_version("I agree.") != consent_version("I agree!")
    assert "about 12 minutes" in consent_words(None, 16)
    own.write_text(" \n")
    with pytest.raises(UsageError, match="is empty"):
        consent_words(own, 8)


def test_questions_come_from_a_file(tmp_path):
    file = tmp_path / "questions.toml"
    file.write_text('[[question]]\nid = "voice"\nwords = "Do you sing?"\nanswers = ["yes", "no"]\n')
    (asked,) = questions_of(file)
    assert check_answers([asked], {"voice": "no", "more": "is dropped"}) == {"voice": "no"}
    with pytest.raises(UsageError, match=r"Do you sing\? Choose one"):
        check_answers([asked], {"voice": "perhaps"})
    file.write_text('[[question]]\nid = "voice"\nwords = "Do you sing?"\nanswers = ["yes"]\n')
    with pytest.raises(UsageError, match="a question needs id"):
        questions_of(file)
    assert questions_of(None) == QUESTIONS
