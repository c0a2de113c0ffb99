"""What a study says and asks before it begins, where its researchers do not say otherwise."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from menura.errors import UsageError

CONSENT = """\
This study is about finding sounds by imitating them with the voice.

You will hear some sounds, imitate each of them, and say how well a search found them. It takes about {minutes} minutes.

What is kept: your recorded imitations, what you answer, and when you agreed to this. Your name and your address are \
not asked for and not kept; a random number stands for you. A voice can be recognised by those who know it. The \
recordings may be shared with other researchers, and models may be trained on them.

You may stop whenever you like. Until you have finished you can take everything back with one button, and it is \
deleted.\
"""

_MINUTES_A_SOUND = 0.75


@dataclass(frozen=True)
class Asked:
    """A question that is asked once, before the first sound: the answers to choose from are all there are."""

    id: str
    words: str
    answers: tuple[str, ...]


QUESTIONS = (
    Asked("age", "How old are you?", ("18 to 24", "25 to 34", "35 to 44", "45 to 54", "55 or more", "I do not say")),
    Asked(
        "music",
        "How many years have you sung or played an instrument regularly?",
        ("none", "1 to 2", "3 to 5", "6 to 10", "more than 10", "I do not say"),
    ),
    Asked("hears", "What do you listen with?", ("headphones", "loudspeakers", "a telephone or tablet itself")),
    Asked("hearing", "Do you hear normally, as far as you know?", ("yes", "no", "I do not say")),
)


def consent_words(file: Path | None, n_sounds: int) -> str:
    """What people agree to: the text of a file, or the default one.

    Raises:
        UsageError: The file cannot be read, or holds nothing.
    """
    if file is None:
        return CONSENT.format(minutes=max(5, round(n_sounds * _MINUTES_A_SOUND)))
    text = _text(file).strip()
    if not text:
        raise UsageError(f"{file}: is empty; write into it what people agree to")
    return text


def consent_version(text: str) -> str:
    """The version of a text of consent, which is another one as soon as a letter is: 12 hexadecimal digits."""
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def questions_of(file: Path | None) -> tuple[Asked, ...]:
    """The questions of a TOML file, each a table `[[question]]` with `id`, `words` and `answers`; or the default ones.

    Raises:
        UsageError: The file cannot be read, or a question lacks something.
    """
    if file is None:
        return QUESTIONS
    try:
        asked = [_question(file, one) for one in tomllib.loads(_text(file)).get("question", [])]
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{file}: is no TOML ({error})") from error
    ids = [one.id for one in asked]
    if len(set(ids)) < len(ids):
        raise UsageError(f"{file}: two questions have one id; give each its own")
    return tuple(asked)


def check_answers(questions: Sequence[Asked], answers: dict[str, str]) -> dict[str, str]:
    """The answers, one to each question.

    Raises:
        UsageError: One is missing, or is none of those to choose from.
    """
    for question in questions:
        if answers.get(question.id) not in question.answers:
            raise UsageError(f"{question.words} Choose one of the answers")
    return {question.id: answers[question.id] for question in questions}


def _question(file: Path, table: object) -> Asked:
    match table:
        case {"id": str(name), "words": str(words), "answers": [_, _, *_] as answers} if name.isidentifier():
            return Asked(name, words, tuple(map(str, answers)))
    raise UsageError(
        f'{file}: a question needs id = "one_word", words = "the question" and answers = ["two", "or more"]'
    )


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise UsageError(f"{file}: cannot be read ({reason})") from error
