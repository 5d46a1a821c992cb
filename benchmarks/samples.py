"""Edits voted over samples of one language model, against its greedy answer and against MBR.

The model is SmolLM2-135M-Instruct in its package, asked with four examples; its replies are read as
those of a chat endpoint with `samples`. The sentences have planted errors: set 1 of
`benchmarks.prose`, which nothing was chosen on. The recipe is that of arXiv 2605.13624.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import torch

from benchmarks.answers import planted
from benchmarks.planting import Planted
from benchmarks.table import publish
from ensemble.answer_cache import ask_once
from ensemble.candidates import Kind
from ensemble.systems.base import SystemFailure
from ensemble.systems.reply import answer_in
from ensemble.systems.samples import combined
from evaluation.execution.progress import quietly
from evaluation.metrics.base import Texts
from evaluation.metrics.correction import EditsF, gold_from_references
from evaluation.metrics.fscore import percentages
from evaluation.models.packaged_lm import PACKAGED, load_packaged
from evaluation.statistics.significance import SEED, paired_difference

SIZE, SAMPLES, TEMPERATURE = 200, 8, 0.7
FEWER = 4
SET = 1
_TOKENS = 80
_TASK = (
    "You correct the spelling and grammar of a sentence. Answer with the corrected sentence alone."
)
_EXAMPLES = (
    ("He go to school every day.", "He goes to school every day."),
    (
        "I have received you're letter , and its great.",
        "I have received your letter, and it's great.",
    ),
    ("We was happy to see teh house.", "We were happy to see the house."),
    ("The weather was nice yesterday.", "The weather was nice yesterday."),
)


def main() -> None:
    """Print the table; half an hour on two cores, nearly all of it for the samples."""
    sentences = planted(SET, SIZE)
    sources = [sentence.source for sentence in sentences]
    replies = ask_once(
        f"smollm2 {SAMPLES} samples at {TEMPERATURE:g}, seed {SEED}, {_TASK} {_EXAMPLES}",
        sources,
        Model(),
        quietly,
        batch=1,
    )
    rows = _rows(_outputs(sources, replies), sentences)
    note = f"{SIZE} sentences, temperature {TEMPERATURE:g}. 95% bootstrap over them, seed {SEED}."
    publish("python -m benchmarks.samples", rows, note)


class Model:
    """Answers a sentence with the greedy reply and `SAMPLES` others; loaded when first asked."""

    def __init__(self) -> None:
        self._loaded: tuple[Any, Any] | None = None

    def __call__(self, sources: Sequence[str]) -> list[list[str]]:
        """Return the replies to each sentence, the greedy one first."""
        return [self._replies(source) for source in sources]

    def _replies(self, source: str) -> list[str]:
        tokenizer, model = self._loaded = self._loaded or load_packaged(PACKAGED["smollm2"])[:2]
        asked = tokenizer.apply_chat_template(
            _conversation(source), add_generation_prompt=True, return_tensors="pt", return_dict=True
        )
        generate = partial(model.generate, **asked, max_new_tokens=_TOKENS, pad_token_id=0)
        torch.manual_seed(SEED)
        greedy = generate(do_sample=False)
        samples = generate(
            do_sample=True, temperature=TEMPERATURE, top_k=0, num_return_sequences=SAMPLES
        )
        begin = asked["input_ids"].shape[1]
        return [
            tokenizer.decode(tokens[begin:], skip_special_tokens=True)
            for tokens in (*greedy, *samples)
        ]


def _conversation(source: str) -> list[dict[str, str]]:
    messages = [{"role": "system", "content": _TASK}]
    for wrong, right in (*_EXAMPLES, (source, "")):
        messages += [{"role": "user", "content": wrong}, {"role": "assistant", "content": right}]
    return messages[:-1]


def _outputs(
    sources: Sequence[str], replies: Sequence[Sequence[str]]
) -> Mapping[str, tuple[int, list[str]]]:
    """Return the calls for each row, and its outputs."""
    answers = [
        [_answer(source, reply) for reply in given]
        for source, given in zip(sources, replies, strict=True)
    ]

    def each(take: Callable[[str, Sequence[str | None]], str]) -> list[str]:
        return [take(source, given) for source, given in zip(sources, answers, strict=True)]

    def over(count: int, kind: Kind) -> list[str]:
        return each(lambda source, given: _combined(source, given[1 : count + 1], kind))

    return {
        "greedy": (1, each(lambda source, given: given[0] or source)),
        "one sample": (1, each(lambda source, given: given[1] or source)),
        f"MBR over {SAMPLES}": (SAMPLES, over(SAMPLES, "texts")),
        f"edits voted over {FEWER}": (FEWER, over(FEWER, "edits")),
        f"edits voted over {SAMPLES}": (SAMPLES, over(SAMPLES, "edits")),
    }


def _answer(source: str, reply: str) -> str | None:
    try:
        return answer_in(reply, source)
    except SystemFailure:
        return None


def _combined(source: str, answers: Sequence[str | None], kind: Kind) -> str:
    texts = [answer for answer in answers if answer is not None]
    return combined(source, texts, kind) if texts else source


def _rows(
    outputs: Mapping[str, tuple[int, list[str]]], sentences: Sequence[Planted]
) -> list[dict[str, object]]:
    sources, targets = [s.source for s in sentences], [[s.target] for s in sentences]
    gold = gold_from_references(sources, targets)
    texts = {name: Texts(given, sources, targets, gold) for name, (_, given) in outputs.items()}
    return [
        {"output": name, "calls": outputs[name][0], **_figures(given, texts["greedy"])}
        for name, given in texts.items()
    ]


def _figures(texts: Texts, greedy: Texts) -> dict[str, object]:
    metric = EditsF()
    f, precision, recall = metric.corpus_score(texts).rows
    statistic = partial(percentages, beta=metric.beta)
    gain = paired_difference(metric.counts(texts), metric.counts(greedy), statistic)
    delta, low, high = (float(part[0]) for part in gain[:3])
    return {
        "P": f"{precision.value:.1f}",
        "R": f"{recall.value:.1f}",
        "F0.5": f"{f.value:.1f} ({f.low:.1f} to {f.high:.1f})",
        "above greedy": "" if texts is greedy else f"{delta:+.1f} ({low:+.1f} to {high:+.1f})",
    }


if __name__ == "__main__":
    main()
