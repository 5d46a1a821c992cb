"""Pushes a saved combiner to the Hugging Face Hub."""

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory


def push(
    save: Callable[[Path], object], repo_id: str, private: bool, message: str, token: str | None
) -> str:
    """Upload the files that `save` writes into a folder, and return the address of the commit.

    The repository is created if it does not exist.

    Raises:
        ImportError: huggingface_hub is not installed.
        OSError: the hub cannot be reached, or refuses the upload.
    """
    try:
        from huggingface_hub import HfApi
    except ImportError as error:
        message = "push_to_hub needs huggingface_hub: pip install huggingface_hub"
        raise ImportError(message) from error
    with TemporaryDirectory() as name:
        folder = Path(name) / "combiner"
        save(folder)
        hub = HfApi(token=token)
        hub.create_repo(repo_id, private=private, exist_ok=True)
        done = hub.upload_folder(repo_id=repo_id, folder_path=folder, commit_message=message)
    return str(getattr(done, "commit_url", done))
