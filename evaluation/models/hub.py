"""Finds and identifies models in folders and on the Hugging Face hub, with clear errors."""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path


class NoModelError(FileNotFoundError, ValueError):
    """A folder or the hub has no model of the wanted kind under this name."""


def place_of(name: str, kind: str) -> Path | str:
    """Return the folder called `name`, or else `name` itself, as a hub id such as `owner/model`.

    Args:
        name: a folder in the format of transformers, or a hub id.
        kind: the kind of model, for the message, such as `encoder`.

    Raises:
        NoModelError: it looks like a folder, which does not exist.
    """
    folder = Path(name)
    if folder.is_dir():
        return folder
    if folder.is_absolute() or name.startswith((".", "~")) or name.count("/") > 1:
        raise NoModelError(f"no {kind} folder {name}: it does not exist")
    return name


@contextmanager
def loading(place: Path | str, kind: str) -> Iterator[None]:
    """Turn errors of reading the model at `place` into a `NoModelError` that names it.

    Errors of transformers, of the network and of damaged files are turned; others pass.
    """
    from safetensors import SafetensorError
    from transformers.utils import logging

    before = logging.get_verbosity()
    try:
        # Its warnings list the weights of heads that are not used here.
        logging.set_verbosity_error()
        yield
    except (OSError, ValueError, SafetensorError) as error:
        cause = str(error).partition("\n")[0]
        if isinstance(place, Path):
            message = f"the folder {place} has no {kind} with safetensors weights: {cause}"
        else:
            message = (
                f"no {kind} {place}: a folder of this name does not exist, and either no network "
                "was reachable or the hub has no such model with safetensors weights: "
                f"{cause} Without a network, download the model elsewhere and name its folder."
            )
        raise NoModelError(message) from error
    finally:
        logging.set_verbosity(before)


def revision_of(place: Path | str) -> str:
    """Return what identifies the weights at `place`: their SHA-256, or their commit on the hub.

    It is `unknown` for a folder without safetensors weights, and for an id not in the cache.
    """
    if isinstance(place, Path):
        weights = sorted(place.glob("*.safetensors"))
        return sha256(weights) if weights else "unknown"
    from huggingface_hub import try_to_load_from_cache

    # The hub's cache has each file as snapshots/COMMIT/FILE.
    file = try_to_load_from_cache(place, "config.json")
    return Path(file).parent.name if isinstance(file, str) else "unknown"


def sha256(files: Sequence[Path]) -> str:
    """Return the SHA-256 of the concatenated `files`, in hexadecimal digits."""
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.read_bytes())
    return digest.hexdigest()
