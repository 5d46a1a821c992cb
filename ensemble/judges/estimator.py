"""A judge that is a quality estimator or reward model: a Hugging Face model with one number out."""

import importlib
from collections.abc import Sequence
from types import ModuleType
from typing import Annotated, Any

from pydantic import Field

from ensemble.judges.base import JudgeConfig
from ensemble.judges.python_function import FunctionJudge, Scorer
from ensemble.judges.registry import register

_LARGEST = 1e6
_MOST_TOKENS = 512  # where neither the tokenizer nor the model says how many it takes


@register("estimator", key="estimator")
class EstimatorConfig(JudgeConfig):
    """A model that scores pairs of source and output, by folder or hub id; safetensors only.

    It has one output, a score, or several classes, of which `label` names the one whose
    log-probability is the score. It is never fetched unless `allow_download`, and no code that
    comes with it is run.
    """

    model: str = Field(alias="estimator", min_length=1)
    label: str | None = None
    batch: Annotated[int, Field(ge=1, le=256)] = 16
    device: str = "cpu"
    allow_download: bool = False

    @property
    def range(self) -> tuple[float, float]:
        """A range that is wide enough for any model."""
        return -_LARGEST, _LARGEST

    def judge(self) -> FunctionJudge:
        """Return the judge it describes, not started."""
        return FunctionJudge(self.name, lambda: load_estimator(self))


def load_estimator(config: EstimatorConfig) -> Scorer:
    """Load model and tokenizer, and return what scores outputs by them.

    Raises:
        ImportError: naming what to install.
        OSError: the model is not there, and may not be downloaded.
        ValueError: it has several classes, and `label` is not one of them.
    """
    torch, transformers = _imported("torch"), _imported("transformers")
    loading = {"local_files_only": not config.allow_download, "trust_remote_code": False}
    model = transformers.AutoModelForSequenceClassification.from_pretrained(
        config.model, use_safetensors=True, **loading
    )
    tokenizer = transformers.AutoTokenizer.from_pretrained(config.model, **loading)
    model = model.float().eval().to(config.device)
    column = _column(model.config, config.label)
    longest = min(tokenizer.model_max_length, _positions(model.config))

    def score(source: str, outputs: Sequence[str]) -> list[float]:
        scores: list[float] = []
        for start in range(0, len(outputs), config.batch):
            part = list(outputs[start : start + config.batch])
            tokens = tokenizer(
                [source] * len(part), part, truncation=True, max_length=longest,
                padding=True, return_tensors="pt",
            ).to(config.device)  # fmt: skip
            with torch.inference_mode():
                logits = model(**tokens).logits
            values = logits[:, 0] if column is None else logits.log_softmax(dim=1)[:, column]
            scores += values.tolist()
        return scores

    return score


def _column(config: Any, label: str | None) -> int | None:  # noqa: ANN401 - of transformers
    """Return the class whose log-probability is the score; `None` where there is one output."""
    if config.num_labels == 1 and label is None:
        return None
    if label not in config.label2id:
        known = ", ".join(map(str, config.label2id))
        raise ValueError(f"label names the class whose probability is the score, one of: {known}")
    return int(config.label2id[label])


def _positions(config: Any) -> int:  # noqa: ANN401 - of transformers
    positions = int(getattr(config, "max_position_embeddings", 0) or _MOST_TOKENS)
    # Models of RoBERTa's family count positions from the one after that of the padding.
    return positions - 2 if "roberta" in str(config.model_type) else positions


def _imported(name: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except ImportError as error:
        need = "pip install 'transformers>=4.48' 'torch>=2.6'"
        raise ImportError(f"an estimator needs {error.name}: {need}") from error
