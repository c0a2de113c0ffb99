"""The weights of mn04: downloaded, verified, and turned from a pickle into safetensors."""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors.torch import save_file

from menura.corpora import mn04
from menura.corpora.fetch import Progress
from menura.corpora.obtain import DOWNLOADS, Announce
from menura.network.mobilenet import load_mn04
from menura.whole import written_whole


def get_mn04(
    folder: Path, *, announce: Announce, base_url: str | None = None, progress: Progress | None = None
) -> Path:
    """Download the weights of mn04, or find them there.

    Args:
        folder: The folder of all corpora; the weights, whole or not at all, go to `folder / "mn04"`, with the notice
            that whoever uses them carries. An interrupted call is taken up again by the next.
        announce: Called with the licence before anything is asked of anybody, then with size and checksum.
        base_url: A mirror, http://HOST, in place of the published host.
        progress: Called with bytes done and the total.

    Returns:
        The weights' folder.

    Raises:
        DataError: They cannot be had, or are not what was published.
    """
    weights = mn04.weights_of(folder)
    if weights.is_file():
        announce(f"{mn04.TITLE} is there: {weights.parent}")
        return weights.parent
    announce(f"{mn04.TITLE}; licence: {mn04.LICENCE}, from {mn04.PAGE}")
    announce(f"{mn04.ARCHIVE.name}: {(mn04.ARCHIVE.n_bytes or 0) / 1e6:.1f} MB, {mn04.ARCHIVE.checksum}")
    downloads = folder / DOWNLOADS / mn04.NAME
    fetched = mn04.fetch_published(downloads, base_url=base_url, progress=progress)
    with written_whole(weights.with_name(mn04.NOTICE_FILE)) as notice:
        notice.write_text(mn04.NOTICE, encoding="utf-8")
    convert(fetched, weights)
    fetched.unlink()
    downloads.rmdir()
    return weights.parent


def convert(published: Path, file: Path) -> None:
    """Write the weights as safetensors, under the names that they were published with.

    Args:
        published: torch's pickle; of it nothing but tensors is read.
        file: Where the weights go.

    Raises:
        ModelError: The pickle holds the weights of another network; nothing is written.
    """
    tensors = torch.load(published, map_location="cpu", weights_only=True)
    with written_whole(file) as unfinished:
        save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, unfinished)
        unfinished.chmod(0o644)  # safetensors keeps its files private
        load_mn04(unfinished)
