"""What a server is told when it starts."""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha256
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from menura.errors import UsageError

DEFAULT_PORT = 8573


@dataclass(frozen=True)
class Limits:
    """What one server takes on, so that it stays quick and its memory flat.

    Attributes:
        take_bytes: Size of an upload.
        take_s: Length of a take.
        takes: How many takes are kept.
        waiting: How many searches, pictures and uploads may be in hand at once; the next is refused.
        explaining: How many explanations: each keeps a core busy for seconds.
        uploads_per_s: Uploads of one client in the long run.
        upload_burst: Uploads of one client at once.
        requests_per_s: Requests of one client in the long run.
        request_burst: Requests of one client at once.
    """

    take_bytes: int = 32 * 2**20
    take_s: float = 60.0
    takes: int = 64
    waiting: int = 128
    explaining: int = 2
    uploads_per_s: float = 10.0
    upload_burst: int = 100
    requests_per_s: float = 500.0
    request_burst: int = 1_000


@dataclass(frozen=True)
class PublicAddress:
    """Where a proxy shows the page: its address for browsers, of which it passes on all that comes.

    Attributes:
        origin: Scheme, name and, unless it is the scheme's own, port.
        path: Without a slash at its end; empty where the page is at the top.
    """

    origin: str
    path: str

    @classmethod
    def of(cls, url: str) -> PublicAddress:
        """The address that a URL spells.

        Raises:
            UsageError: It is none of a page.
        """
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            parts, port = urlsplit(""), None
        plain = not (parts.query or parts.fragment or parts.username or parts.password)
        if parts.scheme not in _PORTS or not parts.hostname or not plain:
            raise UsageError(f"{url}: is not the address of a page; write it as https://studio.example/menura")
        name = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
        shown = "" if port in (None, _PORTS[parts.scheme]) else f":{port}"
        return cls(f"{parts.scheme}://{name}{shown}", parts.path.rstrip("/"))

    @property
    def host(self) -> str:
        """As a browser names it to a server."""
        return self.origin.partition("://")[2]


_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True)
class Settings:
    """What a server is told when it starts.

    Attributes:
        folders: The libraries; None for those that are known, the last used first (see `menura.web.folders`).
        host: The address it listens on.
        port: The port.
        token: What every request has to know; None where whoever reaches the server may ask.
        model: The model, by what names it to `Bundle.load`.
        public: Where a proxy on this machine shows the page to others.
        gallery: The folder of a page of `menura visualise`.
        data_dir: Where indexes and favourites are kept; the user's data directory by default.
        follow_links: Whether sounds are sent to which links lead out of their library.
        kinds: Whether to tell the likely kinds of sounds, where the model knows any.
        music: Whether to measure and tell pitch and tempo.
        manage: Whether whoever has the token may open folders and have files written, from other machines as well.
        limits: What it takes on.
    """

    folders: tuple[Path, ...] | None
    host: str = "127.0.0.1"
    port: int = DEFAULT_PORT
    token: str | None = None
    model: str | Path | None = None
    public: PublicAddress | None = None
    gallery: Path | None = None
    data_dir: Path | None = None
    follow_links: bool = False
    kinds: bool = True
    music: bool = True
    manage: bool = False
    limits: Limits = field(default_factory=Limits)

    @property
    def gallery_key(self) -> str | None:
        """What opens the gallery and nothing else: its script, which may be a stranger's, can read its address."""
        return None if self.token is None else sha256(f"gallery {self.token}".encode()).hexdigest()

    @property
    def may_manage(self) -> bool:
        """Whether the page may open other folders and have files written: to do that is to read and write as its owner.

        Whoever listens to a network that plain HTTP goes over has the token. So it is the owner's alone where nobody
        but this machine can reach the server, and a token is asked for; elsewhere the owner has to have said so.
        """
        here_alone = is_loopback(self.host) and self.public is None
        return self.manage or (self.token is not None and here_alone)


def is_loopback(host: str) -> bool:
    """Whether none but this machine can reach this address."""
    bare = host.strip("[]").lower()
    try:
        return ip_address(bare).is_loopback
    except ValueError:
        return bare == "localhost"


def is_any_address(host: str) -> bool:
    """Whether this stands for every address of the machine, as 0.0.0.0 does."""
    try:
        return ip_address(host.strip("[]")).is_unspecified
    except ValueError:
        return False
