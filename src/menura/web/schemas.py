"""What goes over the wire, field by field: the API's document is made from this."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from menura.model.steps import Word


class Error(BaseModel):
    """What went wrong, in one line: what, and what to do."""

    error: str


class Status(BaseModel):
    """What this server is."""

    version: str
    model: str
    gallery: bool = Field(description="whether /hears/ has a page of `menura visualise`")
    gallery_key: str | None = Field(
        description="opens that page as `?key=`, and nothing else; null where none is asked"
    )
    max_take_s: float
    max_take_bytes: int
    max_heard_s: float = Field(description="how much of a take the imitation tower hears at most")
    window_s: float = Field(description="how much of a sound the recording tower hears at once")
    sample_rate_hz: int = Field(description="what the imitation tower hears; takes of any rate are welcome")
    manages: bool = Field(description="whether folders can be added and removed, and files be written")
    music: bool = Field(description="whether pitch and tempo are measured and told")
    music_advice: str | None = Field(description="what to install, where only the tempos that names tell are known")


class Progress(BaseModel):
    """How far an indexing is."""

    done: int
    total: int
    skipped: int
    measuring: bool = Field(description="whether the files are done, and pitch and tempo of sounds are counted")
    seconds_left: float | None


class LibraryState(BaseModel):
    """A library and the state of its index."""

    id: str
    name: str
    folder: str
    state: Literal["new", "indexing", "ready", "incomplete", "failed", "absent"]
    error: str | None
    sounds: int
    segments: int
    seconds: float
    skipped: int
    notices: int
    progress: Progress | None


class SkippedFile(BaseModel):
    """A file that could not be read, a kind of files that are not read or an absent folder, and why."""

    path: str
    reason: str


class SkippedFiles(BaseModel):
    """A part of the files that could not be read."""

    total: int
    items: list[SkippedFile]


class Folder(BaseModel):
    """A folder that holds sounds, with their number, subfolders included."""

    folder: str
    sounds: int


class MapProgress(BaseModel):
    """How far the making of a map is."""

    done: int
    total: int
    seconds_left: float | None


class MapState(BaseModel):
    """The map of a library: whether there is one, and how it fits the sounds of now."""

    made: bool = Field(description="whether there are points to ask for")
    stale: bool = Field(description="whether so many sounds have come or gone that it should be made anew")
    sounds: int = Field(description="how many sounds the library has")
    placed: int = Field(description="how many of them are on the map")
    colours: list[Literal["kind", "folder"]] = Field(description="what its points can be coloured by")
    progress: MapProgress | None = Field(description="of the making that goes on; null where none does")
    error: str | None = Field(description="why the last making came to nothing")
    advice: str | None = Field(description="what to install, where this server cannot make maps; null where it can")


class KindCount(BaseModel):
    """A kind of sound, with the number of sounds that are likely of it."""

    kind: str
    sounds: int


Span = Annotated[list[float], Field(min_length=2, max_length=2, description="from and to, in seconds")]


class Level(BaseModel):
    """How loud a sound is, so that it can be played as loud as others."""

    loudness_lufs: float = Field(description="the loudest 400 ms by ITU-R BS.1770, from both speakers; at least -70")
    peak: float = Field(description="the largest magnitude, in [0, 1]; 1 where not all of it was looked at")


class LeftOut(BaseModel):
    """Something in a take that is no part of the imitation: a click, a bump, a breath."""

    kind: str
    span_s: Span


class Take(BaseModel):
    """A recording of an imitation, and what is heard of it: `heard_s` is the part that the network hears."""

    id: str
    duration_s: float
    heard_s: Span
    repetitions_s: list[Span] = Field(description="each time that it was said, if it was said more than once")
    left_out: list[LeftOut]
    level_db: float = Field(description="of the imitation, in dB of full scale")
    room_db: float | None = Field(description="of the room; null where none is heard")
    loudness_lufs: float = Field(description="of the imitation as it was recorded, as of a sound")


class Sound(BaseModel):
    """A sound in a list; without a query it has no score and no best window. Scores near 1 tie, logits do not."""

    library: str = Field(description="id of its library, in which its own id is the only one")
    id: int
    path: str
    name: str
    folder: str
    duration_s: float
    logit: float | None
    score: float | None
    word: Word | None = Field(
        description="what the score says; null without an imitation, with sounds judged, and for models that do not say"
    )
    start_s: float | None
    end_s: float | None
    favourite: bool
    kinds: list[str] = Field(description="what it likely is, the surest first; most sounds have few, many have none")
    pitch_hz: float | None = Field(description="its pitch, where one surely holds most of it")
    note: str | None = Field(description="the note nearest to that, such as F#3")
    tempo_bpm: float | None = Field(description="beats a minute, where it surely is a loop; or half or double")
    n_alike: int = Field(description="other sounds that are the same to the model, and not listed beside it")
    alike: list[str] = Field(description="paths of these, the first 100")


class Spent(BaseModel):
    """Where the milliseconds of a search went; embedding was done when the take came."""

    embed: float
    scan: float
    total: float


class Found(BaseModel):
    """A part of a ranking or listing."""

    total: int
    items: list[Sound]
    nearest: Word | None = Field(description="the word of the first hit of all; nothing is near where that is loose")
    missing: str | None = Field(description="what is not in it because it does not answer; null where nothing is")
    indexing: bool
    ms: Spent


class SoundDetails(Sound):
    """All there is to say about one sound."""

    size_bytes: int
    modified: str
    sample_rate_hz: int
    channels: int
    format: str
    absolute_path: str


class LogMel(BaseModel):
    """A log-mel spectrogram as bytes, row by row, the lowest band first; 0 is the softest heard, 255 the loudest."""

    log_mel: str = Field(description="base64 of bands x frames bytes")
    bands: int
    frames: int
    frame_s: float
    band_hz: list[float]


class View(LogMel):
    """What a card draws of a sound, the waveform of all of it and the spectrogram of one window; and how loud it is."""

    duration_s: float
    start_s: float
    end_s: float
    peaks: list[float]
    near: list[float] = Field(description="peaks of the window; empty where the file is no longer than a window")
    level: Level
    f_min_hz: float
    f_max_hz: float


class Pictured(LogMel):
    """The spectrogram of what was heard of a file, from `start_s` to `end_s` in it."""

    start_s: float
    end_s: float


class Compared(BaseModel):
    """A take and a window of a sound, as they were compared."""

    imitation: Pictured
    recording: Pictured


class Side(Pictured):
    """One side of an explanation: `contribution` is base64 of signed bytes, 127 raised the score most."""

    contribution: str
    matched_s: Span = Field(description="what of it raised the score most, to listen to")


class Explained(BaseModel):
    """Why a take and a window of a sound match."""

    logit: float
    score: float
    sentence: str = Field(description="what made them match, in short")
    words: list[str]
    imitation: Side
    recording: Side
