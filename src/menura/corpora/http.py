"""Questions asked over HTTP: an answer, or one line that says why there is none."""

from __future__ import annotations

import queue
import threading
from urllib.parse import urlsplit, urlunsplit

import requests
import urllib3

from menura.errors import DataError

CONNECT_WITHIN_S = 10.0
READ_WITHIN_S = 60.0
ANSWER_WITHIN_S = 3.0  # where there is something else to do without a network


def at_mirror(url: str, base_url: str | None) -> str:
    """The address at another host: `base_url` (http://HOST) in place of the address's own; None leaves it as it is."""
    if base_url is None:
        return url
    scheme, host, *_ = urlsplit(base_url)
    return urlunsplit(urlsplit(url)._replace(scheme=scheme, netloc=host))


def get(url: str, headers: dict[str, str] | None = None) -> requests.Response:
    """The answer to a GET, its body not yet read; a `DataError` if there is none or it is not a success.

    Who asks for a range may also be told that there is no such range (416).
    """
    # Offsets count the bytes as published, so no compression on the way.
    asked = {"Accept-Encoding": "identity", **(headers or {})}
    try:
        response = requests.get(url, headers=asked, stream=True, timeout=(CONNECT_WITHIN_S, READ_WITHIN_S))
    except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
        raise DataError(
            f"cannot reach {urlsplit(url).netloc} ({type(error).__name__}); check the network connection and try again"
        ) from error
    if response.status_code not in ((200, 206, 416) if "Range" in asked else (200,)):
        response.close()
        raise DataError(f"{url}: the server answered {response.status_code} {response.reason}; try again later")
    return response


def get_text(url: str) -> str:
    """A page as text; a `DataError` if it cannot be had whole."""
    try:
        with get(url) as response:
            return response.text
    except requests.RequestException as error:
        raise DataError(f"{url}: the connection broke ({type(error).__name__}); try again") from error


def require_answer(url: str) -> None:
    """A `DataError` unless somebody answers within `ANSWER_WITHIN_S`, all in all.

    A connection's own timeout holds for each address of the host in turn and not at all for looking up its name, so
    an unplugged machine could wait for minutes; a thread that is left to itself cannot make anybody wait.
    """
    answers: queue.Queue[OSError | None] = queue.Queue()

    def ask() -> None:
        try:
            requests.head(url, timeout=ANSWER_WITHIN_S, allow_redirects=True)
        except OSError as error:
            answers.put(error)
        else:
            answers.put(None)

    threading.Thread(target=ask, daemon=True).start()
    try:
        error = answers.get(timeout=ANSWER_WITHIN_S)
    except queue.Empty:
        error = TimeoutError()
    if error is not None:
        raise DataError(f"cannot reach {urlsplit(url).netloc}; check the network connection and try again") from error
