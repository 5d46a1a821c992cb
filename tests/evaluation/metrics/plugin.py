"""A metric as another package may offer it: a factory that may be told a model."""

import numpy as np

from evaluation.metrics.base import mean_score


class Shortness:
    """How short a text is, in the unit that the model has."""

    name = "shortness"
    needs = frozenset()

    def __init__(self, model):
        self.factor = 0.5 if model == "half" else 1

    def segment_scores(self, texts):
        return -self.factor * np.array(list(map(len, texts.hypotheses)), dtype=float)

    def corpus_score(self, texts):
        return mean_score(self.name, self.segment_scores(texts), {})


def shortness(model="whole"):
    return Shortness(model)
