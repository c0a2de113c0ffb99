"""Words that mean the same to those who name samples: `bd` is a bass drum, and a bass drum is a kick.

Only words that mean one thing in a sample's name are here: `ch` is a closed hat to some, and a choir or a channel to
others.
"""

from __future__ import annotations

_GROUPS = (
    ("kick", "kick drum", "bass drum", "bd"),
    ("snare", "snare drum", "snr", "sn", "sd"),
    ("hat", "hi hat", "high hat", "hh", "chh", "hhc", "hho"),
    ("clap", "hand clap", "clp", "cp"),
    ("rim", "rim shot"),
    ("tom", "tom tom"),
    ("cymbal", "cymb", "cym"),
    ("cowbell", "cow bell"),
    ("tambourine", "tamb"),
    ("percussion", "perc"),
    ("synth", "synthesizer", "synthesiser", "syn"),
    ("guitar", "gtr"),
    ("piano", "pno"),
    ("vocal", "vox", "voc"),
    ("fx", "sfx", "effect", "sound effect"),
    ("ambience", "ambiance", "amb", "atmosphere", "atmos", "atmo"),
)


def _forms(name: str) -> list[str]:
    """A name in one word or in several, singular and plural: those as people write them."""
    written = [name, name.replace(" ", "")] if " " in name else [name]
    countable = len(name) > 2 and name[-1] not in "sx"
    return [form + end for form in written for end in ("", "s")[: 1 + countable]]


SYNONYMS = {
    form: tuple(other for name in group for other in _forms(name))
    for group in _GROUPS
    for name in group
    for form in _forms(name)
}
"""By each word, or each few words with a space between, all that mean the same, itself among them."""
