"""Seven languages as a speech synthesizer speaks them, in VoxForge's layout, where VoxForge cannot be had.

    python -m benchmarks.corpora.spoken_languages --out FOLDER [--clips-per-language 400] [--seed 0]

A speaker is a voice of `espeak-ng` with a speed and a pitch of its own. The same speakers speak every language, so
that a voice does not tell which one it is. What they say is put together from the word lists below.

Called again after an interruption, it goes on. The README is written last, so a folder with a README is complete.
"""

from __future__ import annotations

import argparse
import io
import os
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import soundfile
import soxr

from benchmarks.corpora.folder import begin, run, work_off, write, write_wav
from menura.errors import DataError, UsageError

SAMPLE_RATE_HZ = 16_000
WORDS_PER_SENTENCE = (6, 12)
WORDS_PER_MINUTE = (120, 200)
PITCH = (25, 75)  # of espeak-ng's 0 to 99

# espeak-ng's variants that are people, rather than robots, whispers or copies of another.
VOICES = (
    "m1 m2 m3 m4 m5 m6 m7 m8 f1 f2 f3 f4 f5 adam Alex Alicia Andrea Andy Annie anika antonio aunty belinda benjamin "
    "boris caleb croak david Denis Diogo ed edward Gene grandma grandpa gustave Henrique Hugo iven Jacky john "
    "kaukovalta klatt3 Lee linda marcelo Marco Mario max Michael michel miguel Mike norbert pablo paul pedro quincy "
    "RicishayMax rob robert sandro shelby steph Storm travis Tweaky victor zac"
)

WORDS = {
    "de": """
        und ist nicht ein eine der die das ich du er sie wir ihr mit von auf für aus nach bei über unter zwischen
        Haus Baum Wasser Feuer Erde Himmel Sonne Mond Stern Tag Nacht Morgen Abend Woche Monat Jahr Zeit Stunde Mann
        Frau Kind Mutter Vater Bruder Schwester Freund Nachbar Hund Katze Pferd Vogel Fisch Brot Milch Käse Apfel
        Fleisch Zucker Tisch Stuhl Fenster Tür Straße Stadt Dorf Land Berg Fluss Wald Garten Schule Buch Brief Wort
        Sprache gehen kommen sehen hören sprechen schreiben lesen essen trinken schlafen arbeiten spielen kaufen geben
        nehmen finden wissen groß klein gut schlecht alt neu jung lang kurz schnell langsam warm kalt schön rot grün
        blau weiß schwarz heute gestern morgens immer nie oft vielleicht zusammen""",
    "en": """
        and is not a the of to in that it you he she we they with from for by about under between through
        house tree water fire earth sky sun moon star day night morning evening week month year time hour man woman
        child mother father brother sister friend neighbour dog cat horse bird fish bread milk cheese apple meat sugar
        table chair window door street town village country mountain river forest garden school book letter word
        language go come see hear speak write read eat drink sleep work play buy give take find know think large small
        good bad old new young long short quick slow warm cold beautiful red green blue white black today yesterday
        tomorrow always never often perhaps together without every three seven eight hundred""",
    "es": """
        y es no un una el la los las de en que yo tú él ella nosotros ellos con por para desde sobre entre bajo
        casa árbol agua fuego tierra cielo sol luna estrella día noche mañana tarde semana mes año tiempo hora hombre
        mujer niño madre padre hermano hermana amigo vecino perro gato caballo pájaro pez pan leche queso manzana carne
        azúcar mesa silla ventana puerta calle ciudad pueblo país montaña río bosque jardín escuela libro carta palabra
        lengua ir venir ver oír hablar escribir leer comer beber dormir trabajar jugar comprar dar tomar encontrar
        saber grande pequeño bueno malo viejo nuevo joven largo corto rápido lento caliente frío hermoso rojo verde
        azul blanco negro hoy ayer siempre nunca quizás juntos cuatro siete ocho cien""",
    "fr": """
        et est pas un une le la les des je tu il elle nous vous ils avec pour dans sur sous entre chez depuis
        maison arbre eau feu terre ciel soleil lune étoile jour nuit matin soir semaine mois année temps heure homme
        femme enfant mère père frère sœur ami voisin chien chat cheval oiseau poisson pain lait fromage pomme viande
        sucre table chaise fenêtre porte rue ville village pays montagne rivière forêt jardin école livre lettre mot
        langue aller venir voir entendre parler écrire lire manger boire dormir travailler jouer acheter donner prendre
        trouver savoir grand petit bon mauvais vieux nouveau jeune long court rapide lent chaud froid beau rouge vert
        bleu blanc noir hier demain toujours jamais souvent peut-être ensemble trois quatre huit cent""",
    "it": """
        e è non un una il la gli le di che io tu lui lei noi voi loro con per da su tra sotto dopo
        casa albero acqua fuoco terra cielo sole luna stella giorno notte mattina sera settimana mese anno tempo ora
        uomo donna bambino madre padre fratello sorella amico vicino cane gatto cavallo uccello pesce pane latte
        formaggio mela carne zucchero tavolo sedia finestra porta strada città villaggio paese montagna fiume bosco
        giardino scuola libro lettera parola lingua andare venire vedere sentire parlare scrivere leggere mangiare bere
        dormire lavorare giocare comprare dare prendere trovare sapere grande piccolo buono cattivo vecchio nuovo
        giovane lungo corto veloce lento caldo freddo bello rosso verde azzurro bianco nero oggi ieri domani sempre
        mai spesso forse insieme quattro sette otto cento""",
    "nl": """
        en is niet een de het dat ik jij hij zij wij jullie met van op voor uit naar bij over onder tussen door
        huis boom water vuur aarde hemel zon maan ster dag nacht ochtend avond week maand jaar tijd uur man vrouw kind
        moeder vader broer zus vriend buurman hond kat paard vogel vis brood melk kaas appel vlees suiker tafel stoel
        venster deur straat stad dorp land berg rivier bos tuin school boek brief woord taal gaan komen zien horen
        spreken schrijven lezen eten drinken slapen werken spelen kopen geven nemen vinden weten groot klein goed
        slecht oud nieuw jong lang kort snel langzaam warm koud mooi rood groen blauw wit zwart vandaag gisteren morgen
        altijd nooit vaak misschien samen drie zeven acht honderd""",
    "ru": """
        и не это он она мы вы они я ты с на в под над между из от для через после
        дом дерево вода огонь земля небо солнце луна звезда день ночь утро вечер неделя месяц год время час мужчина
        женщина ребёнок мать отец брат сестра друг сосед собака кошка лошадь птица рыба хлеб молоко сыр яблоко мясо
        сахар стол стул окно дверь улица город деревня страна гора река лес сад школа книга письмо слово язык идти
        приходить видеть слышать говорить писать читать есть пить спать работать играть покупать давать брать находить
        знать большой маленький хороший плохой старый новый молодой длинный короткий быстрый медленный тёплый холодный
        красивый красный зелёный синий белый чёрный сегодня вчера завтра всегда никогда часто может быть вместе три
        четыре семь восемь сто""",
}

README = """# Seven languages spoken by a synthesizer

**Synthetic speech.** Nobody's voice is in it, and the sentences are random words in random order. Write 'synthetic'
wherever a figure measured on this corpus stands: it says little about people.

{n_clips} clips of each of {languages}, 16 kHz mono, in VoxForge's layout LANGUAGE/SPEAKER/wav/*.wav. The same
{n_speakers} speakers speak every language; a speaker is one voice with a speed and a pitch of its own, so speakers held
out are voices held out. The words are few, so training and test clips share them. Seed {seed}. Spoken by
{version}.

The words are part of Menura (Apache-2.0); espeak-ng is under the GPL, version 3 or later, which does not extend to what
it speaks.
"""


@dataclass(frozen=True)
class Speaker:
    """A voice of espeak-ng at one speed (words a minute) and pitch (0 to 99)."""

    voice: str
    speed: int
    pitch: int

    @property
    def name(self) -> str:
        """The name of the speaker's folder."""
        return f"{self.voice}-{self.speed}wpm-pitch{self.pitch}"


def main() -> None:
    """Read the command line and make the corpus."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True, help="folder for the corpus, outside the repository")
    parser.add_argument("--clips-per-language", type=int, default=400)
    parser.add_argument("--seed", type=int, default=0, help="decides the speakers and what they say")
    arguments = parser.parse_args()
    run(lambda: make_corpus(arguments.out, arguments.clips_per_language, arguments.seed))


def make_corpus(out: Path, clips_per_language: int, seed: int) -> None:
    """Make the corpus, or the rest of it."""
    if clips_per_language < 1:
        raise UsageError(f"--clips-per-language is {clips_per_language}; ask for 1 at least")
    version, voices = installed()
    speakers = draw_speakers(voices, seed)
    begin(out, {"corpus": "spoken languages", "version": version, "clips": clips_per_language, "seed": seed})
    jobs = []
    for language in WORDS:
        for number in range(clips_per_language):
            speaker = speakers[number % len(speakers)]
            path = out / language / speaker.name / "wav" / f"{language}-{number:05}.wav"
            if not path.exists():
                jobs.append(partial(speak, path, language, speaker, sentence(language, number, seed)))
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        work_off(pool, jobs, "Speaking")
    readme = README.format(
        version=version,
        n_clips=clips_per_language,
        languages=", ".join(WORDS),
        n_speakers=min(len(speakers), clips_per_language),
        seed=seed,
    )
    write(out / "README.md", readme.encode())
    print(f"{clips_per_language:,} synthetic clips of each of {len(WORDS)} languages are in {out}")


def installed() -> tuple[str, list[str]]:
    """The synthesizer's name with its version, and which of `VOICES` it has; a voice that it lacks it would ignore."""
    if shutil.which("espeak-ng") is None:
        raise UsageError("espeak-ng is not installed; install it, on Debian or Ubuntu with: apt-get install espeak-ng")
    version = espeak("--version").decode().split(" Data at")[0].strip()
    listed = espeak("--voices=variant").decode().split()
    voices = [voice for voice in VOICES.split() if f"!v/{voice}" in listed]
    if not voices:
        raise DataError(
            "espeak-ng is here but lists no voice variants; install its data: apt-get install espeak-ng-data"
        )
    return version, voices


def draw_speakers(voices: list[str], seed: int) -> list[Speaker]:
    """One speaker a voice, in random order."""
    rng = np.random.default_rng(seed)
    speeds = rng.integers(*WORDS_PER_MINUTE, len(voices), endpoint=True)
    pitches = rng.integers(*PITCH, len(voices), endpoint=True)
    order = rng.permutation(len(voices))
    return [Speaker(voices[index], int(speeds[index]), int(pitches[index])) for index in order]


def sentence(language: str, number: int, seed: int) -> str:
    """Words of a language in random order, which depends on the arguments alone."""
    words = WORDS[language].split()
    rng = np.random.default_rng([seed, number, *language.encode()])
    said = " ".join(rng.choice(words, rng.integers(*WORDS_PER_SENTENCE, endpoint=True), replace=False))
    return f"{said[0].upper()}{said[1:]}."


def speak(path: Path, language: str, speaker: Speaker, text: str) -> None:
    """Write a speaker's reading of the text."""
    path.parent.mkdir(parents=True, exist_ok=True)
    voice = ("-v", f"{language}+{speaker.voice}", "-s", str(speaker.speed), "-p", str(speaker.pitch))
    samples, rate_hz = soundfile.read(io.BytesIO(espeak(*voice, "--stdout", text)), dtype="float32")
    write_wav(path, soxr.resample(samples, rate_hz, SAMPLE_RATE_HZ), SAMPLE_RATE_HZ)


def espeak(*arguments: str) -> bytes:
    """What espeak-ng prints."""
    finished = subprocess.run(["espeak-ng", *arguments], capture_output=True, check=False)
    if finished.returncode:
        reason = " ".join(finished.stderr.decode(errors="replace").split())
        raise DataError(f"espeak-ng {' '.join(arguments)}: failed ({reason}); check its installation")
    return finished.stdout


if __name__ == "__main__":
    main()
