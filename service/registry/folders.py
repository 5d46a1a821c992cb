"""The folders of registered combiners, which jobs name without the torch of `artefacts`."""

from pathlib import Path


def folder(state: Path, digest: str) -> Path:
    """Return the folder of the artefact with this digest."""
    return place(state) / digest


def place(state: Path) -> Path:
    """Return the folder of all artefacts."""
    return state / "combiners"
