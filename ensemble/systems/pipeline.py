"""A system that is a Hugging Face pipeline: a model and a task, run in this process."""

import importlib
from types import ModuleType
from typing import TYPE_CHECKING, Any, Literal

from pydantic import field_validator

from ensemble.systems.base import WARM_UP, SystemConfig
from ensemble.systems.line_protocol import split_lines
from ensemble.systems.python_function import CallableSystem, Corrector
from ensemble.systems.registry import register

if TYPE_CHECKING:
    from transformers import Pipeline, PreTrainedModel, PreTrainedTokenizerBase

Task = Literal["text2text-generation", "text-generation", "text-classification"]

_MODEL_CLASS: dict[Task, str] = {
    "text2text-generation": "AutoModelForSeq2SeqLM",
    "text-generation": "AutoModelForCausalLM",
    "text-classification": "AutoModelForSequenceClassification",
}


@register("pipeline", key="task")
class PipelineConfig(SystemConfig):
    """A model by hub id or folder, safetensors only; never fetched unless `allow_download`.

    `prompt` is what the model is given, with `{source}` where the line goes. It is asked for
    `warm_up` before it counts as ready; `null` asks nothing.
    """

    task: Task
    model: str
    prompt: str = "{source}"
    device: str = "cpu"
    allow_download: bool = False
    warm_up: str | None = WARM_UP

    @field_validator("prompt")
    @classmethod
    def _has_a_place_for_the_source(cls, prompt: str) -> str:
        if "{source}" not in prompt:
            raise ValueError("it must contain {source}")
        return prompt

    def system(self) -> CallableSystem:
        """The system it describes, not started."""
        return CallableSystem(self.name, lambda: load_pipeline(self), self.warm_up)


def load_pipeline(config: PipelineConfig) -> Corrector:
    """Load model and tokenizer, and answer a text line by line.

    Generation is greedy and gets twice the tokens of its prompt and 16 more; classification
    answers with the label.

    Raises:
        ImportError: naming what to install.
        OSError: the model is not there, and may not be downloaded.
    """
    transformers = _import_transformers()
    loading = {"local_files_only": not config.allow_download, "trust_remote_code": False}
    model_class = getattr(transformers, _MODEL_CLASS[config.task])
    model = model_class.from_pretrained(config.model, use_safetensors=True, **loading)
    tokenizer = transformers.AutoTokenizer.from_pretrained(config.model, **loading)
    if config.task == "text2text-generation":
        answer = _seq2seq(model.to(config.device), tokenizer)
    else:
        pipeline = transformers.pipeline(
            config.task, model=model, tokenizer=tokenizer, device=config.device
        )
        answer = _classifier(pipeline) if "class" in config.task else _generator(pipeline)
    return _line_by_line(lambda line: answer(config.prompt.replace("{source}", line)))


def _import_transformers() -> ModuleType:
    try:
        importlib.import_module("torch")
        return importlib.import_module("transformers")
    except ImportError as error:
        raise ImportError(
            f"a pipeline needs {error.name}: pip install 'transformers>=4.48' 'torch>=2.6'"
        ) from error


def _line_by_line(answer: Corrector) -> Corrector:
    def correct(source: str) -> str:
        lines, breaks = split_lines(source)
        return "".join(answer(line) + end for line, end in zip(lines, breaks, strict=True))

    return correct


def _seq2seq(model: "PreTrainedModel", tokenizer: "PreTrainedTokenizerBase") -> Corrector:
    """`transformers.pipeline` knew this task until version 5; the model classes still do."""

    def answer(prompt: str) -> str:
        tokens = tokenizer(prompt, return_tensors="pt").to(model.device)
        length = tokens["input_ids"].shape[1]
        generated = model.generate(**tokens, **_generation(length))
        return str(tokenizer.decode(generated[0], skip_special_tokens=True))

    return answer


def _generator(pipeline: "Pipeline") -> Corrector:
    def answer(prompt: str) -> str:
        length = len(pipeline.tokenizer(prompt)["input_ids"])
        generated = pipeline(prompt, return_full_text=False, **_generation(length))
        return str(generated[0]["generated_text"])

    return answer


def _classifier(pipeline: "Pipeline") -> Corrector:
    return lambda prompt: str(pipeline(prompt, truncation=True)[0]["label"])


def _generation(prompt_length: int) -> dict[str, Any]:
    return {"max_new_tokens": 2 * prompt_length + 16, "do_sample": False}
