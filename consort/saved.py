"""Trained estimators in folders, which the command line writes and reads too, and on the hub."""

from pathlib import Path
from typing import Any, Self

from consort.estimator import Estimator
from consort.hub import push
from ensemble.combiners.trainable import Trainable
from evaluation.errors import InputError


class Saved(Estimator):
    """An estimator that can be saved and read again, once it has learnt from labels."""

    def save_pretrained(self, folder: str | Path) -> None:
        """Save the trained combiner in `folder`, as `consort train` does.

        Raises:
            InputError: nothing was learnt from labels, or `folder` has other files.
            NotFittedError: the combiner must first be fitted.
        """
        from ensemble.training.artefact import write

        self._check_fitted()
        if not isinstance(self.combiner_, Trainable) or self.record_ is None:
            message = f"{self.combiner} has learnt nothing from labels: it cannot be saved"
            raise InputError("invalid-option", message)
        self.combiner_ = write(Path(folder), self.combiner_, self.record_)

    @classmethod
    def from_pretrained(cls, folder: str | Path, **options: Any) -> Self:  # noqa: ANN401
        """Return the trained combiner in `folder`, from `save_pretrained` or `consort train`.

        Args:
            folder: the folder.
            options: options of the class; by default those of training.

        Raises:
            DataError: something is missing, damaged or not of this format.
            InputError: this class does not combine what the combiner was trained on.
        """
        from ensemble.training.artefact import read

        combiner, record = read(Path(folder))
        trained = {"kind": combiner.kind, "types": combiner.types, "context": combiner.context}
        trained |= {"label_case": record.config.get("label_case", "keep")}
        trained |= {"random_state": record.config.get("seed")}
        known = cls().get_params()
        usual = {name: value for name, value in trained.items() if name in known}
        loaded = cls(combiner.name, **(usual | options))
        loaded._take(combiner, record)
        return loaded

    def push_to_hub(
        self,
        repo_id: str,
        *,
        private: bool = True,
        commit_message: str = "Upload a combiner",
        token: str | None = None,
    ) -> str:
        """Upload what `save_pretrained` saves to the Hugging Face Hub; return the commit's address.

        Raises:
            ImportError: huggingface_hub is not installed.
            InputError: it has learnt nothing from labels.
            OSError: the hub cannot be reached, or refuses the upload.
        """
        self._check_fitted()
        return push(self.save_pretrained, repo_id, private, commit_message, token)
